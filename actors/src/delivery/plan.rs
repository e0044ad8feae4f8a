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
                    (RefusalClass::Permanent, _) => return UpdateSettlement::Abandoned { code },
                    (RefusalClass::Configuration, _) => self.configuration_attempts,
                    (RefusalClass::RecipientState, Some(_)) => self.unreachable_update_tries,
                    (RefusalClass::RecipientState, None) => self.update_tries,
                };
                let moved = shows == Some(Reachability::Uninstalled);
                again(most, code, Some(status), None, moved.then_some(Recovery::Global))
            }
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
            recovery: None,
            probes: 0,
            expires_at: DateTime::UNIX_EPOCH + TimeDelta::days(14),
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
    fn a_chat_that_is_gone_is_asked_for_anew_at_once_and_then_ever_more_rarely() {
        let gone = rejected(404, Some("ConversationNotFound"));
        let first = this(1, 0, UnknownPolicy::Hold);
        assert!(matches!(
            DeliveryPlan::default().settle(first, &gone),
            Settlement::Retry { at, recover: Some(Recovery::Global), .. } if at == first.now
        ));
        let mut last = TimeDelta::zero();
        for attempt in 2..200 {
            let later = Try {
                recovered: true,
                ..this(attempt, 0, UnknownPolicy::Hold)
            };
            let settled = DeliveryPlan::default().settle(later, &gone);
            let Settlement::Retry {
                at,
                recover: Some(Recovery::Global),
                ..
            } = settled
            else {
                panic!("{settled:?}")
            };
            let wait = at - later.now;
            assert!(
                wait > TimeDelta::zero() && wait <= TimeDelta::minutes(75),
                "{wait}"
            );
            last = last.max(wait);
        }
        assert!(last >= TimeDelta::hours(1));
    }

    #[test]
    fn the_government_cloud_is_asked_at_once_but_not_over_and_over() {
        let elsewhere = rejected(403, Some("InvalidBotApiHost"));
        let at_once = |recovered, recovery| {
            let this = Try {
                recovered,
                recovery,
                ..this(2, 0, UnknownPolicy::Hold)
            };
            let settled = DeliveryPlan::default().settle(this, &elsewhere);
            matches!(settled, Settlement::Retry { at, recover: Some(Recovery::Gcc), .. } if at == this.now)
        };
        assert!(at_once(false, None));
        assert!(
            at_once(true, Some(Recovery::Global)),
            "the public cloud was asked and sent us there"
        );
        assert!(!at_once(true, Some(Recovery::Gcc)));
        assert!(!at_once(true, None));
    }

    #[test]
    fn before_anybody_counts_as_gone_the_chat_is_asked_for_once() {
        for code in ["BotNotInConversationRoster", "ForbiddenOperationException"] {
            let first = this(1, 0, UnknownPolicy::Retry);
            let settled = DeliveryPlan::default().settle(first, &rejected(403, Some(code)));
            assert!(
                matches!(settled, Settlement::Retry { at, recover: Some(Recovery::Global), shows: None, .. } if at == first.now),
                "{settled:?}"
            );
            let again = Try {
                recovered: true,
                ..first
            };
            assert!(matches!(
                DeliveryPlan::default().settle(again, &rejected(403, Some(code))),
                Settlement::Refused {
                    shows: Some(Reachability::Uninstalled),
                    ..
                }
            ));
        }
    }

    #[test]
    fn an_administrators_switch_is_looked_at_again_after_hours_as_long_as_the_card_lives() {
        let disabled = rejected(403, Some("BotDisabledByAdmin"));
        for (probes, least) in [(0, 4), (1, 12), (2, 24), (9, 24)] {
            let this = Try {
                probes,
                ..this(1, 0, UnknownPolicy::Retry)
            };
            let settled = DeliveryPlan::default().settle(this, &disabled);
            let Settlement::Retry {
                at,
                shows: Some(Reachability::DisabledByAdmin),
                ..
            } = settled
            else {
                panic!("{settled:?}")
            };
            let wait = at - this.now;
            assert!(
                wait >= TimeDelta::hours(least) && wait <= TimeDelta::minutes(least * 72),
                "{wait}"
            );
        }
        let short = Try {
            expires_at: DateTime::UNIX_EPOCH + TimeDelta::hours(1),
            ..this(1, 0, UnknownPolicy::Retry)
        };
        assert!(matches!(
            DeliveryPlan::default().settle(short, &disabled),
            Settlement::Refused {
                shows: Some(Reachability::DisabledByAdmin),
                ..
            }
        ));
    }

    #[test]
    fn a_refusal_for_no_known_reason_is_tried_again_a_bounded_number_of_times() {
        let plan = DeliveryPlan::default();
        for code in [Some("AclCheckFailed"), None] {
            assert!(matches!(settle(&rejected(403, code)), Settlement::Retry { .. }));
            let last = this(plan.unclear_attempts, 0, UnknownPolicy::Retry);
            assert!(matches!(
                plan.settle(last, &rejected(403, code)),
                Settlement::Refused { .. }
            ));
        }
    }

    #[test]
    fn an_update_in_place_ends_only_where_it_can_never_be_shown() {
        let plan = DeliveryPlan::default();
        let update = |tries, result: &SendResult| {
            let this = Update {
                notification_id: NotificationId::derive(["n"]),
                tries,
                now: DateTime::UNIX_EPOCH,
            };
            plan.settle_update(this, result)
        };
        for (status, code) in [
            (404, Some("ConversationNotFound")),
            (404, None),
            (403, Some("BotNotInConversationRoster")),
            (403, Some("MessageWritesBlocked")),
            (403, Some("BotDisabledByAdmin")),
            (403, Some("InvalidBotApiHost")),
            (403, Some("AclCheckFailed")),
            (403, None),
            (401, None),
            (408, None),
            (412, Some("PreconditionFailed")),
            (429, Some("Throttled")),
            (500, Some("ServiceError")),
            (503, None),
        ] {
            let settled = update(1, &rejected(status, code));
            let UpdateSettlement::Retry { at, .. } = settled else {
                panic!("{status} {code:?}: {settled:?}")
            };
            assert!(
                at - DateTime::UNIX_EPOCH <= TimeDelta::seconds(2),
                "{status} {code:?}"
            );
            assert!(matches!(
                update(1_000, &rejected(status, code)),
                UpdateSettlement::Abandoned { .. }
            ));
        }
        for (status, code) in [
            (404, Some("ActivityNotFoundInConversation")),
            (404, Some("Activity Not Found")),
            (410, None),
            (400, Some("BadArgument")),
            (413, Some("MessageSizeTooBig")),
        ] {
            let settled = update(1, &rejected(status, code));
            assert!(
                matches!(settled, UpdateSettlement::Abandoned { .. }),
                "{status} {code:?}"
            );
        }
        let taken = SendResult::Accepted { activity_id: None };
        assert_eq!(update(1, &taken), UpdateSettlement::Done);
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
