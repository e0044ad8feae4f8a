//! Failures on order. Faults stand in a queue; a call takes the first one that matches it, so a test knows exactly
//! which call fails and how. Nothing here is random.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

/// What a call does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Asks for an access token.
    Token,
    /// Asks for the keys with which activities' tokens are signed, or where they are.
    Keys,
    /// Creates a conversation.
    Create,
    /// Posts or replies.
    Send,
    /// Replaces a message.
    Update,
    /// Removes a message.
    Delete,
    /// Asks for members.
    Members,
}

/// What happens to the call instead of, or besides, its work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case", deny_unknown_fields)]
pub enum Effect {
    /// 429.
    Throttle {
        /// Whole seconds for `Retry-After`; the header is left out where absent.
        #[serde(default)]
        retry_after: Option<u64>,
    },
    /// Any error answer; 5xx may do the work before it is given.
    Refuse {
        /// HTTP status.
        status: u16,
        /// The error's code, or sub-code in the string-in-JSON shape of `MessageWritesBlocked`.
        code: String,
        /// Whether the call's work is done although it is refused.
        #[serde(default)]
        delivered: bool,
    },
    /// The work is done and the answer comes late.
    Slow {
        /// Milliseconds before the work.
        milliseconds: u64,
    },
    /// No answer ever comes; the work may be done.
    Stall {
        /// Whether the call's work is done.
        #[serde(default)]
        delivered: bool,
    },
    /// The connection is closed without an answer.
    Reset {
        /// Whether the call's work is done.
        #[serde(default)]
        delivered: bool,
    },
}

/// A fault and the calls it meets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// What happens.
    #[serde(flatten)]
    pub effect: Effect,
    /// How many calls it meets; 1 where absent.
    #[serde(default = "one")]
    pub count: u32,
    /// Only calls of this tenant.
    #[serde(default)]
    pub tenant: Option<String>,
    /// Only calls about this person (AAD object id).
    #[serde(default)]
    pub user: Option<String>,
    /// Only calls of this kind.
    #[serde(default)]
    pub operation: Option<Operation>,
}

fn one() -> u32 {
    1
}

impl Fault {
    /// A fault that meets the next `count` calls, whatever they are.
    pub fn next(effect: Effect, count: u32) -> Self {
        Self {
            effect,
            count,
            tenant: None,
            user: None,
            operation: None,
        }
    }

    /// Restricts it to one kind of call.
    #[must_use]
    pub fn on(mut self, operation: Operation) -> Self {
        self.operation = Some(operation);
        self
    }

    /// Restricts it to one person's chat.
    #[must_use]
    pub fn for_user(mut self, user: &events::UserKey) -> Self {
        self.tenant = Some(user.tenant_id.to_string());
        self.user = Some(user.aad_object_id.to_string());
        self
    }

    fn meets(&self, operation: Operation, tenant: &str, user: Option<&str>) -> bool {
        let same = |wanted: Option<&str>, found: Option<&str>| {
            wanted.is_none_or(|wanted| found.is_some_and(|found| found.eq_ignore_ascii_case(wanted)))
        };
        // A fault that names no operation is about the connector; a refused login and missing keys are asked for by name.
        let operation_fits = match self.operation {
            Some(wanted) => wanted == operation,
            None => !matches!(operation, Operation::Token | Operation::Keys),
        };
        operation_fits && same(self.tenant.as_deref(), Some(tenant)) && same(self.user.as_deref(), user)
    }
}

/// The queue.
#[derive(Debug, Default)]
pub struct Faults(Mutex<VecDeque<Fault>>);

impl Faults {
    /// Starts with `faults`.
    pub fn new(faults: Vec<Fault>) -> Self {
        Self(Mutex::new(faults.into()))
    }

    /// Puts a fault last.
    pub fn push(&self, fault: Fault) {
        self.queue().push_back(fault);
    }

    /// Removes all faults.
    pub fn clear(&self) {
        self.queue().clear();
    }

    /// The faults still waiting.
    pub fn waiting(&self) -> Vec<Fault> {
        self.queue().iter().cloned().collect()
    }

    /// Takes the first fault that meets the call.
    pub fn take(&self, operation: Operation, tenant: &str, user: Option<&str>) -> Option<Effect> {
        let mut queue = self.queue();
        let place = queue
            .iter()
            .position(|fault| fault.count > 0 && fault.meets(operation, tenant, user))?;
        let fault = queue.get_mut(place)?;
        fault.count -= 1;
        let effect = fault.effect.clone();
        if fault.count == 0 {
            queue.remove(place);
        }
        Some(effect)
    }

    fn queue(&self) -> std::sync::MutexGuard<'_, VecDeque<Fault>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_matching_fault_is_taken_as_often_as_it_counts() {
        let throttle = Effect::Throttle { retry_after: None };
        let reset = Effect::Reset { delivered: true };
        let mut second = Fault::next(reset.clone(), 1);
        second.user = Some("ANN".into());
        let faults = Faults::new(vec![
            Fault::next(throttle.clone(), 2).on(Operation::Update),
            second,
        ]);
        assert_eq!(faults.take(Operation::Send, "t", Some("bob")), None);
        assert_eq!(faults.take(Operation::Send, "t", Some("ann")), Some(reset));
        assert_eq!(faults.take(Operation::Update, "t", None), Some(throttle.clone()));
        assert_eq!(faults.take(Operation::Update, "t", None), Some(throttle));
        assert!(faults.waiting().is_empty());
    }

    #[test]
    fn a_fault_reads_from_flat_json_and_counts_once_unless_told() {
        let fault: Fault = serde_json::from_str(
            r#"{"effect":"refuse","status":403,"code":"BotDisabledByAdmin","user":"ann"}"#,
        )
        .unwrap();
        assert_eq!(fault.count, 1);
        assert!(fault.meets(Operation::Send, "t", Some("ann")));
        assert!(!fault.meets(Operation::Token, "t", Some("ann")));
    }
}
