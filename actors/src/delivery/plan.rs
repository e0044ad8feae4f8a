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
            configuration_attempts: 20,
        }
    }
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
            } => Settlement::Refused {
                class,
                status: Some(status),
                code,
                shows,
            },
            Outcome::Unreadable => Settlement::Refused {
                class: RefusalClass::Permanent,
                status: None,
                code: SendResult::UNREADABLE.to_owned(),
                shows: None,
            },
            Outcome::Unknown { reason } => self.unknown(this, &reason, asked_to_wait(result)),
        }
    }

    /// Settles a try that a crash cut off.
    pub fn interrupted(&self, this: Try) -> Settlement {
        self.unknown(this, "interrupted", None)
    }

    /// The chat is asked for anew once per card; what is refused after that is refused.
    fn stale(&self, this: Try, recover: Recovery, code: String, status: Option<u16>) -> Settlement {
        match (this.recovered, status) {
            (false, _) => Settlement::Retry {
                at: this.now,
                reason: code,
                status,
                recover: Some(recover),
            },
            // A host that is not allowed, before anything was asked.
            (true, None) => self.misconfigured(this, &code, None),
            (true, Some(_)) => Settlement::Refused {
                class: RefusalClass::RecipientState,
                status,
                code,
                shows: None,
            },
        }
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
            || jittered(self.doubled(this.attempt), this),
            |asked| asked.clamp(Duration::from_millis(100), self.longest_retry_after),
        );
        Settlement::Retry {
            at: after(this.now, delay),
            reason: reason.to_owned(),
            status,
            recover: None,
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
        let retry_at = delay.map(|delay| after(this.now, jittered(delay, this).max(asked)));
        Settlement::Unknown {
            reason: reason.to_owned(),
            retry_at,
        }
    }

    fn doubled(&self, attempt: u32) -> Duration {
        let factor = 2_u32.saturating_pow(attempt.saturating_sub(1));
        self.first_delay.saturating_mul(factor).min(self.longest_delay)
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
fn jittered(delay: Duration, this: Try) -> Duration {
    let seed =
        this.notification_id.0.as_u128() ^ u128::from(this.attempt).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let share = u32::try_from(seed % 201).unwrap_or(0);
    delay + delay.saturating_mul(share) / 1_000
}

fn after(now: DateTime<Utc>, delay: Duration) -> DateTime<Utc> {
    now + TimeDelta::from_std(delay).unwrap_or(TimeDelta::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ports::Rejection;

    fn this(attempt: u32, unknowns: u32, policy: UnknownPolicy) -> Try {
        let notification_id = NotificationId::derive(["n"]);
        Try {
            notification_id,
            attempt,
            unknowns,
            policy,
            recovered: false,
            now: DateTime::UNIX_EPOCH,
        }
    }

    fn rejected(status: u16, code: Option<&str>) -> SendResult {
        SendResult::Rejected(Rejection {
            status,
            code: code.map(str::to_owned),
            retry_after: None,
        })
    }

    fn settle(result: &SendResult) -> Settlement {
        DeliveryPlan::default().settle(this(1, 0, UnknownPolicy::Retry), result)
    }

    #[test]
    fn a_503_waits_as_long_as_it_asks_and_an_immediate_retry_backs_off() {
        let asking = |status, seconds| {
            let settled = settle(&SendResult::Rejected(Rejection {
                status,
                code: None,
                retry_after: Some(Duration::from_secs(seconds)),
            }));
            match settled {
                Settlement::Unknown { retry_at, .. } => retry_at.unwrap(),
                Settlement::Retry { at, .. } => at,
                other @ (Settlement::Delivered | Settlement::Refused { .. }) => panic!("{other:?}"),
            }
        };
        let plan = DeliveryPlan::default();
        assert!(asking(503, 600) >= DateTime::UNIX_EPOCH + TimeDelta::seconds(600));
        assert!(asking(503, 0) >= after(DateTime::UNIX_EPOCH, plan.unknown_delays[0]));
        assert!(asking(429, 0) >= after(DateTime::UNIX_EPOCH, plan.first_delay));
    }

    #[test]
    fn what_created_nothing_is_tried_again() {
        for result in [
            rejected(429, Some("Throttled")),
            rejected(412, Some("PreconditionFailed")),
            SendResult::NotSent {
                reason: "connect".into(),
                configuration: false,
            },
        ] {
            assert!(matches!(settle(&result), Settlement::Retry { .. }), "{result:?}");
        }
    }

    #[test]
    fn what_may_have_created_the_card_is_unknown() {
        for result in [
            rejected(408, None),
            rejected(500, None),
            rejected(504, None),
            SendResult::NoAnswer {
                reason: "reset".into(),
            },
        ] {
            assert!(
                matches!(
                    settle(&result),
                    Settlement::Unknown {
                        retry_at: Some(_),
                        ..
                    }
                ),
                "{result:?}"
            );
        }
    }

    #[test]
    fn a_card_with_the_hold_policy_is_never_posted_twice() {
        let settled = DeliveryPlan::default().settle(
            this(1, 0, UnknownPolicy::Hold),
            &SendResult::NoAnswer { reason: "t".into() },
        );
        assert!(matches!(settled, Settlement::Unknown { retry_at: None, .. }));
    }

    #[test]
    fn unknown_tries_are_bounded() {
        let plan = DeliveryPlan::default();
        let settled = plan.settle(
            this(3, 2, UnknownPolicy::Retry),
            &SendResult::NoAnswer { reason: "t".into() },
        );
        assert!(matches!(settled, Settlement::Unknown { retry_at: None, .. }));
    }

    #[test]
    fn a_chat_that_is_gone_is_asked_for_anew_at_once_and_only_once() {
        let gone = rejected(404, Some("ConversationNotFound"));
        let first = this(1, 0, UnknownPolicy::Hold);
        assert!(matches!(
            DeliveryPlan::default().settle(first, &gone),
            Settlement::Retry { at, recover: Some(Recovery::Global), .. } if at == first.now
        ));
        let second = Try {
            recovered: true,
            ..first
        };
        assert!(matches!(
            DeliveryPlan::default().settle(second, &gone),
            Settlement::Refused {
                class: RefusalClass::RecipientState,
                shows: None,
                ..
            }
        ));
    }

    #[test]
    fn wrong_credentials_wait_for_the_operator_and_end_as_a_refusal() {
        assert!(matches!(settle(&rejected(401, None)), Settlement::Retry { .. }));
        let plan = DeliveryPlan::default();
        let last = this(plan.configuration_attempts, 0, UnknownPolicy::Retry);
        assert!(matches!(
            plan.settle(last, &rejected(401, None)),
            Settlement::Refused {
                class: RefusalClass::Configuration,
                ..
            }
        ));
    }

    proptest! {
        #[test]
        fn delays_stay_inside_their_bounds(attempt in 1_u32..10_000, asked in proptest::option::of(0_u64..1_000_000)) {
            let plan = DeliveryPlan::default();
            let result = SendResult::Rejected(Rejection {
                status: 429, code: None, retry_after: asked.map(Duration::from_secs),
            });
            let Settlement::Retry { at, .. } = plan.settle(this(attempt, 0, UnknownPolicy::Hold), &result) else {
                panic!("a throttled try was not scheduled again")
            };
            let delay = (at - DateTime::UNIX_EPOCH).to_std().unwrap();
            prop_assert!(delay >= Duration::from_millis(100));
            prop_assert!(delay <= plan.longest_retry_after.max(plan.longest_delay * 2));
            if let Some(asked) = asked.filter(|asked| (1..=3_600).contains(asked)) {
                prop_assert_eq!(delay, Duration::from_secs(asked));
            }
        }
    }
}
