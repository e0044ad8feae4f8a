//! The retry plan: an outcome → delivered, again later, refused, or unknown.
//!
//! The connector takes no idempotency key, so only answers that certainly created nothing are tried again freely
//! (429, 412, no connection). 408, 5xx and silence may have created the card: those are unknown, and the
//! notification's own policy says whether a second card or a missing one is worse (teams-protocol, section 3.5).

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use events::NotificationId;
use events::user::{Reachability, Recovery, RefusalClass, UnknownPolicy};

use super::outcome::Outcome;
use crate::ports::SendResult;

mod updates;

pub use updates::{Update, UpdateSettlement};

/// The numbers of the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryPlan {
    /// First delay when nothing was created; doubles with each try.
    pub first_delay: Duration,
    /// Longest delay that we choose ourselves.
    pub longest_delay: Duration,
    /// Longest `Retry-After` that is followed.
    pub longest_retry_after: Duration,
    /// Delays after a try whose outcome is unknown, one per further try; their number bounds the tries.
    pub unknown_delays: Vec<Duration>,
    /// Longest delay between two tries while the chat is not found, or refused for a reason that is not known.
    pub longest_stale_delay: Duration,
    /// Tries that a refusal without a known reason may cost before the card is refused.
    pub unclear_attempts: u32,
    /// How long after the connector said that an administrator disabled the app it is asked again; the last delay holds
    /// for every further time.
    pub probe_delays: Vec<Duration>,
    /// Tries of an update in place before it is given up, however it failed.
    pub update_tries: u32,
    /// The same while the connector says that the person cannot be reached.
    pub unreachable_update_tries: u32,
    /// Tries that an operator's mistake (credentials, host) may cost before the card is refused.
    pub configuration_attempts: u32,
}

impl Default for DeliveryPlan {
    fn default() -> Self {
        Self {
            first_delay: Duration::from_secs(1),
            longest_delay: Duration::from_secs(60),
            longest_retry_after: Duration::from_secs(3_600),
            // A connector that answered 5xx is given time to recover; two repeats bound the duplicates.
            unknown_delays: vec![Duration::from_secs(5), Duration::from_secs(60)],
            // With doubling delays of up to an hour this is about five hours, and an update lives for a week.
            longest_stale_delay: Duration::from_secs(3_600),
            unclear_attempts: 16,
            probe_delays: vec![hours(4), hours(12), hours(24)],
            update_tries: 180,
            unreachable_update_tries: 16,
            configuration_attempts: 20,
        }
    }
}

const fn hours(number: u64) -> Duration {
    Duration::from_secs(number * 3_600)
}

/// What an outcome means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settlement {
    /// The card is in the chat.
    Delivered,
    /// Nothing was created; try again then.
    Retry {
        /// When.
        at: DateTime<Utc>,
        /// Why.
        reason: String,
        /// HTTP status, where there was an answer.
        status: Option<u16>,
        /// The next try first asks for the chat anew, this way.
        recover: Option<Recovery>,
        /// What the try shows about reaching the person, which the next one finds out again.
        shows: Option<Reachability>,
    },
    /// It will not be taken.
    Refused {
        /// What kind of refusal.
        class: RefusalClass,
        /// HTTP status, where there was an answer.
        status: Option<u16>,
        /// The connector's code, or ours.
        code: String,
        /// What it shows about reaching the person.
        shows: Option<Reachability>,
    },
    /// Nobody knows.
    Unknown {
        /// Why.
        reason: String,
        /// When it is tried again, if it is.
        retry_at: Option<DateTime<Utc>>,
    },
}

/// What the plan must know of a try.
#[derive(Debug, Clone, Copy)]
pub struct Try {
    /// The card; spreads the delays of many.
    pub notification_id: NotificationId,
    /// Which try it was, from 1; a replay counts from 1 again.
    pub attempt: u32,
    /// Tries before it whose outcome is unknown.
    pub unknowns: u32,
    /// The card's policy.
    pub policy: UnknownPolicy,
    /// The chat was asked for anew for this card already.
    pub recovered: bool,
    /// This try asked for the chat anew, this way, and did not get it.
    pub recovery: Option<Recovery>,
    /// How often the card found out whether the app is still disabled.
    pub probes: u32,
    /// When the card is no longer worth sending.
    pub expires_at: DateTime<Utc>,
    /// When the outcome came.
    pub now: DateTime<Utc>,
}

impl DeliveryPlan {
    /// Settles a try.
    pub fn settle(&self, this: Try, result: &SendResult) -> Settlement {
        match Outcome::of(result) {
            Outcome::Delivered => Settlement::Delivered,
            Outcome::NotCreated {
                reason,
                status,
                retry_after,
            } => self.again(this, &reason, status, retry_after),
            Outcome::NotTaken {
                code,
                status,
                retry_after,
            } => self.not_taken(this, code, status, retry_after),
            Outcome::Misconfigured { code, status } => self.misconfigured(this, &code, status),
            Outcome::StaleReference {
                recover,
                code,
                status,
            } => self.stale(this, recover, code, status),
            Outcome::Refused {
                class,
                code,
                status,
                shows,
            } => self.refused(this, class, code, status, shows),
            Outcome::Unreadable => Settlement::Refused {
                class: RefusalClass::Permanent,
                status: None,
                code: SendResult::UNREADABLE.to_owned(),
                shows: None,
            },
            // A card is posted, not put: the chat is what is gone.
            Outcome::MessageGone { code, status } => self.stale(this, Recovery::Global, code, Some(status)),
            Outcome::Unknown { reason } => self.unknown(this, &reason, asked_to_wait(result)),
        }
    }

    /// Settles a try that a crash cut off.
    pub fn interrupted(&self, this: Try) -> Settlement {
        self.unknown(this, "interrupted", None)
    }

    /// The chat is asked for anew at once, and at the government cloud where the connector says so; a chat that is still
    /// not found is asked for again and again, ever more rarely, until the card's time runs out: it may be back.
    fn stale(&self, this: Try, recover: Recovery, code: String, status: Option<u16>) -> Settlement {
        if code == SendResult::NOT_THEIR_CHAT {
            // What was answered is nobody's address, and asking at once would bring the same.
            return Settlement::Retry {
                at: self.rarely(this),
                reason: code,
                status,
                recover: Some(this.recovery.unwrap_or(recover)),
                shows: None,
            };
        }
        if this.recovered && status.is_none() {
            // A host that is not allowed, before anything was asked.
            return self.misconfigured(this, &code, None);
        }
        let other_cloud = recover == Recovery::Gcc && this.recovery == Some(Recovery::Global);
        let at_once = !this.recovered || other_cloud;
        Settlement::Retry {
            at: if at_once { this.now } else { self.rarely(this) },
            reason: code,
            status,
            recover: Some(recover),
            shows: None,
        }
    }

    /// Before anybody counts as gone, the chat is asked for by their object id: it may have moved, or the answer came
    /// from where the install is not known yet. A refusal for no known reason may pass, and so may an administrator's
    /// switch.
    fn refused(
        &self,
        this: Try,
        class: RefusalClass,
        code: String,
        status: u16,
        shows: Option<Reachability>,
    ) -> Settlement {
        let again = |at, recover, shows| Settlement::Retry {
            at,
            reason: code.clone(),
            status: Some(status),
            recover,
            shows,
        };
        match (class, shows) {
            (RefusalClass::RecipientState, Some(Reachability::Uninstalled)) if !this.recovered => {
                again(this.now, Some(Recovery::Global), None)
            }
            (RefusalClass::RecipientState, Some(Reachability::DisabledByAdmin))
                if self.probe_at(this) < this.expires_at =>
            {
                again(self.probe_at(this), None, shows)
            }
            (RefusalClass::RecipientState, None) if this.attempt < self.unclear_attempts => {
                again(self.rarely(this), None, None)
            }
            _ => Settlement::Refused {
                class,
                status: Some(status),
                code,
                shows,
            },
        }
    }

    /// How long an administrator's switch is believed at first.
    pub fn first_probe(&self) -> TimeDelta {
        let first = self
            .probe_delays
            .first()
            .copied()
            .unwrap_or(self.longest_stale_delay);
        TimeDelta::from_std(first).unwrap_or(TimeDelta::MAX)
    }

    fn probe_at(&self, this: Try) -> DateTime<Utc> {
        let delay = self
            .probe_delays
            .get(this.probes as usize)
            .or(self.probe_delays.last())
            .copied()
            .unwrap_or(self.longest_stale_delay);
        after(this.now, jittered(delay, this.notification_id, this.attempt))
    }

    fn rarely(&self, this: Try) -> DateTime<Utc> {
        let delay = self.doubled(this.attempt, self.longest_stale_delay);
        after(this.now, jittered(delay, this.notification_id, this.attempt))
    }

    /// Tried again ever more rarely, until the card's time runs out.
    fn not_taken(&self, this: Try, code: String, status: u16, retry_after: Option<Duration>) -> Settlement {
        let asked = retry_after.map(|asked| after(this.now, self.as_asked(asked)));
        let rarely = self.rarely(this);
        Settlement::Retry {
            at: asked.map_or(rarely, |asked| asked.max(rarely)),
            reason: code,
            status: Some(status),
            recover: None,
            shows: None,
        }
    }

    fn as_asked(&self, asked: Duration) -> Duration {
        asked.clamp(Duration::from_millis(100), self.longest_retry_after)
    }

    fn again(
        &self,
        this: Try,
        reason: &str,
        status: Option<u16>,
        retry_after: Option<Duration>,
    ) -> Settlement {
        // "At once" is no time to wait: whoever says so again and again would be asked without end.
        let delay = retry_after.filter(|asked| !asked.is_zero()).map_or_else(
            || {
                let delay = self.doubled(this.attempt, self.longest_delay);
                jittered(delay, this.notification_id, this.attempt)
            },
            |asked| self.as_asked(asked),
        );
        Settlement::Retry {
            at: after(this.now, delay),
            reason: reason.to_owned(),
            status,
            recover: None,
            shows: None,
        }
    }

    fn misconfigured(&self, this: Try, code: &str, status: Option<u16>) -> Settlement {
        if this.attempt < self.configuration_attempts {
            return self.again(this, code, status, None);
        }
        Settlement::Refused {
            class: RefusalClass::Configuration,
            status,
            code: code.to_owned(),
            shows: None,
        }
    }

    /// A 503 that asks for more time gets it.
    fn unknown(&self, this: Try, reason: &str, asked: Option<Duration>) -> Settlement {
        let delay = match this.policy {
            UnknownPolicy::Hold => None,
            UnknownPolicy::Retry => self.unknown_delays.get(this.unknowns as usize).copied(),
        };
        let asked = asked.unwrap_or_default().min(self.longest_retry_after);
        let retry_at = delay.map(|delay| {
            let delay = jittered(delay, this.notification_id, this.attempt);
            after(this.now, delay.max(asked))
        });
        Settlement::Unknown {
            reason: reason.to_owned(),
            retry_at,
        }
    }

    fn doubled(&self, attempt: u32, longest: Duration) -> Duration {
        let factor = 2_u32.saturating_pow(attempt.saturating_sub(1));
        self.first_delay.saturating_mul(factor).min(longest)
    }
}

/// `Retry-After`, whatever the status.
fn asked_to_wait(result: &SendResult) -> Option<Duration> {
    match result {
        SendResult::Rejected(rejection) => rejection.retry_after,
        SendResult::Accepted { .. } | SendResult::NotSent { .. } | SendResult::NoAnswer { .. } => None,
    }
}

/// Up to a fifth more, derived from the card and the try: many cards that failed together do not return together,
/// and a replay finds the same time.
fn jittered(delay: Duration, card: NotificationId, attempt: u32) -> Duration {
    let seed = card.0.as_u128() ^ u128::from(attempt).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let share = u32::try_from(seed % 201).unwrap_or(0);
    delay + delay.saturating_mul(share) / 1_000
}

fn after(now: DateTime<Utc>, delay: Duration) -> DateTime<Utc> {
    now + TimeDelta::from_std(delay).unwrap_or(TimeDelta::MAX)
}

#[cfg(test)]
mod tests;
