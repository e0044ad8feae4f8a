//! Putting a card's newest form over the one in the chat: a PUT is safe to repeat, so it is tried like a card and longer.

use std::time::Duration;

use chrono::{DateTime, Utc};
use events::NotificationId;
use events::user::{Reachability, Recovery, RefusalClass};

use super::{DeliveryPlan, after, asked_to_wait, jittered};
use crate::delivery::outcome::Outcome;
use crate::ports::SendResult;

/// What the plan must know of a try to update a card in place.
#[derive(Debug, Clone, Copy)]
pub struct Update {
    /// The card; spreads the delays of many.
    pub notification_id: NotificationId,
    /// Tries of this update, this one included.
    pub tries: u32,
    /// When the outcome came.
    pub now: DateTime<Utc>,
}

/// What the outcome of such a try means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UpdateSettlement {
    /// The chat shows it.
    Done,
    /// Put it again then: a PUT is safe to repeat.
    Retry {
        /// When.
        at: DateTime<Utc>,
        /// Why.
        reason: String,
        /// HTTP status, where there was an answer.
        status: Option<u16>,
        /// The next try first asks for the chat anew, this way.
        recover: Option<Recovery>,
    },
    /// It will not be shown.
    Abandoned {
        /// The connector's code, or ours.
        code: String,
    },
}

impl DeliveryPlan {
    /// Settles a try to update a card in place. What may pass is tried again; only a message that does not exist, and
    /// a card that will never be taken, end it at once.
    pub fn settle_update(&self, this: Update, result: &SendResult) -> UpdateSettlement {
        let again = |most: u32, reason: String, status, wait: Option<Duration>, recover| {
            if this.tries >= most {
                return UpdateSettlement::Abandoned { code: reason };
            }
            let delay = wait.unwrap_or_else(|| {
                let delay = self.doubled(this.tries, self.longest_stale_delay);
                jittered(delay, this.notification_id, this.tries)
            });
            UpdateSettlement::Retry {
                at: after(this.now, delay),
                reason,
                status,
                recover,
            }
        };
        match Outcome::of(result) {
            Outcome::Delivered => UpdateSettlement::Done,
            Outcome::NotCreated {
                reason,
                status,
                retry_after,
            } => {
                let asked = retry_after.filter(|asked| !asked.is_zero());
                let wait = asked.map(|asked| self.as_asked(asked));
                again(self.update_tries, reason, status, wait, None)
            }
            Outcome::NotTaken {
                code,
                status,
                retry_after,
            } => {
                let asked = retry_after.filter(|asked| !asked.is_zero());
                let wait = asked.map(|asked| self.as_asked(asked));
                again(self.update_tries, code, Some(status), wait, None)
            }
            Outcome::Unknown { reason } => {
                let asked = asked_to_wait(result).filter(|asked| !asked.is_zero());
                let wait = asked.map(|asked| self.as_asked(asked));
                again(self.update_tries, reason, None, wait, None)
            }
            Outcome::Unreadable => UpdateSettlement::Abandoned {
                code: SendResult::UNREADABLE.to_owned(),
            },
            Outcome::Misconfigured { code, status } => {
                again(self.configuration_attempts, code, status, None, None)
            }
            Outcome::StaleReference {
                recover,
                code,
                status,
            } => again(self.update_tries, code, status, None, Some(recover)),
            Outcome::MessageGone { code, .. } => UpdateSettlement::Abandoned { code },
            Outcome::Refused {
                class,
                code,
                status,
                shows,
            } => {
                let most = match (class, shows) {
                    (RefusalClass::Permanent, _) if matches!(status, 400 | 413) => {
                        return UpdateSettlement::Abandoned { code };
                    }
                    // The card that stands there was taken, so a refusal of its successor's type or length by what stands
                    // in between may pass.
                    (RefusalClass::Permanent, _) | (RefusalClass::RecipientState, None) => self.update_tries,
                    (RefusalClass::Configuration, _) => self.configuration_attempts,
                    (RefusalClass::RecipientState, Some(_)) => self.unreachable_update_tries,
                };
                let moved = shows == Some(Reachability::Uninstalled);
                again(most, code, Some(status), None, moved.then_some(Recovery::Global))
            }
        }
    }
}
