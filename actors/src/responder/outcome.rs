//! What a try to hand an answer over means, and what follows from it. Decides by what it is given alone.

use chrono::{DateTime, TimeDelta, Utc};
use events::OutboundEvent;
use events::outbound::{ResponseDelivered, ResponseFailed, WebhookDisabled, WebhookOffReason};

use super::standing::End;
use crate::ports::{PendingResponse, ReceiverStanding, WebhookResult};

/// `Retry-After` is followed within these bounds.
const SHORTEST_RETRY_AFTER: TimeDelta = TimeDelta::seconds(1);
const LONGEST_RETRY_AFTER: TimeDelta = TimeDelta::hours(1);
/// Tries in a row that a receiver must not have taken before it is switched off for failing: two with a weekend between
/// them say nothing.
const FEWEST_FAILURES: u64 = 5;

/// What the responder goes by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandOverRules {
    /// Delays before each further try; their number bounds the tries.
    pub delays: Vec<TimeDelta>,
    /// For how long a receiver may take nothing before its webhook is switched off.
    pub off_after: TimeDelta,
}

impl Default for HandOverRules {
    /// As Standard Webhooks recommends: eight tries over a day and a bit, and five days of failing.
    fn default() -> Self {
        Self {
            delays: [5, 5 * 60, 30 * 60, 2 * 3_600, 5 * 3_600, 10 * 3_600, 10 * 3_600]
                .map(TimeDelta::seconds)
                .to_vec(),
            off_after: TimeDelta::days(5),
        }
    }
}

impl HandOverRules {
    /// How long an answer is tried, all delays together.
    pub(super) fn patience(&self) -> TimeDelta {
        self.delays.iter().sum()
    }
}

/// What follows from a try.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct HandedOver {
    /// What is recorded, in one append.
    pub(super) events: Vec<OutboundEvent>,
    /// What becomes of the organization's other answers; `None` where they go on.
    pub(super) end: Option<End>,
}

impl HandedOver {
    /// Whether the answer was given up, for another reason than that its organization reads the feed.
    pub(super) fn is_given_up(&self) -> bool {
        self.events.iter().any(|event| {
            matches!(event, OutboundEvent::ResponseFailed(failed)
                if failed.retry_at.is_none() && failed.reason != ResponseFailed::NO_WEBHOOK)
        })
    }
}

/// An answer whose webhook is off for longer than it would have been tried.
pub(super) fn given_up(response: &PendingResponse) -> HandedOver {
    let failed = failure(response, None, ResponseFailed::WEBHOOK_OFF.to_owned());
    HandedOver {
        events: vec![failed.into()],
        end: None,
    }
}

/// What a try means. `receiver` is how the receiver stood before, and becomes how it stands after.
pub(super) fn outcome(
    response: &PendingResponse,
    result: WebhookResult,
    receiver: &mut ReceiverStanding,
    now: DateTime<Utc>,
    rules: &HandOverRules,
) -> HandedOver {
    match result {
        WebhookResult::Taken(status) => {
            *receiver = ReceiverStanding::default();
            let taken = ResponseDelivered {
                response: response.position,
                attempt: response.attempts + 1,
                status,
            };
            HandedOver {
                events: vec![taken.into()],
                end: None,
            }
        }
        WebhookResult::NoWebhook => HandedOver {
            events: vec![failure(response, None, ResponseFailed::NO_WEBHOOK.to_owned()).into()],
            end: None,
        },
        WebhookResult::NotTaken {
            status,
            reason,
            retry_after,
        } => {
            let asked = retry_after.map(|asked| {
                let asked = TimeDelta::from_std(asked).unwrap_or(LONGEST_RETRY_AFTER);
                asked.clamp(SHORTEST_RETRY_AFTER, LONGEST_RETRY_AFTER)
            });
            let mut failed = failure(response, status, reason);
            let delay = rules.delays.get(tries(response)).copied();
            failed.retry_at = delay.map(|own| now + asked.map_or(own, |asked| asked.max(own)));
            failed.rests_until = asked.map(|asked| now + asked);
            not_taken(failed, receiver, now, rules)
        }
    }
}

fn not_taken(
    failed: ResponseFailed,
    receiver: &mut ReceiverStanding,
    now: DateTime<Utc>,
    rules: &HandOverRules,
) -> HandedOver {
    let status = failed.status;
    if !failed.is_receivers() {
        return HandedOver {
            events: vec![failed.into()],
            end: None,
        };
    }
    let since = *receiver.failing_since.get_or_insert(now);
    receiver.failures += 1;
    let off = if status == Some(410) {
        // Standard Webhooks: the receiver is gone for good.
        Some(WebhookOffReason::Gone)
    } else {
        let long = receiver.failures >= FEWEST_FAILURES && now - since >= rules.off_after;
        long.then_some(WebhookOffReason::Failing)
    };
    let end = if off.is_some() || failed.rests_until.is_some() {
        Some(End::LeftAlone)
    } else {
        // Otherwise it does not want this one (4xx), or fails over it (500): the others are tried.
        let down = status.is_none_or(|status| matches!(status, 408 | 429 | 502..=504));
        down.then_some(End::Down)
    };
    let off = off.map(|reason| WebhookDisabled {
        reason,
        by: "service".to_owned(),
        failing_since: Some(since),
    });
    let mut events = vec![OutboundEvent::from(failed)];
    events.extend(off.map(OutboundEvent::from));
    HandedOver { events, end }
}

fn failure(response: &PendingResponse, status: Option<u16>, reason: String) -> ResponseFailed {
    ResponseFailed {
        response: response.position,
        attempt: response.attempts + 1,
        status,
        reason,
        retry_at: None,
        rests_until: None,
    }
}

/// Tries made since it was last asked for.
fn tries(response: &PendingResponse) -> usize {
    response.attempts.saturating_sub(response.tries_before) as usize
}

#[cfg(test)]
mod tests;
