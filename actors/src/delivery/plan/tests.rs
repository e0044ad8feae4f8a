//! Every outcome has one settlement, and delays stay within their bounds.

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
fn a_chat_that_is_not_the_persons_own_is_asked_for_again_and_never_at_once() {
    let result = SendResult::NotSent {
        reason: SendResult::NOT_THEIR_CHAT.to_owned(),
        configuration: false,
    };
    for (recovered, recovery) in [
        (false, Some(Recovery::Global)),
        (true, Some(Recovery::Gcc)),
        (true, None),
    ] {
        for attempt in [2, 30] {
            let this = Try {
                recovered,
                recovery,
                ..this(attempt, 0, UnknownPolicy::Retry)
            };
            let Settlement::Retry { at, recover, .. } = DeliveryPlan::default().settle(this, &result) else {
                panic!("{this:?}");
            };
            assert!(at > this.now, "{this:?}");
            assert_eq!(recover, Some(recovery.unwrap_or(Recovery::Global)));
        }
    }
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
fn what_stands_in_between_may_pass_and_the_card_is_tried_as_long_as_it_lives() {
    let plan = DeliveryPlan::default();
    for (status, code) in [
        (302, Some("RedirectRefused")),
        (405, None),
        (407, None),
        (409, None),
        (409, Some("Conflict")),
        (451, None),
    ] {
        for attempt in [1, 1_000] {
            let this = this(attempt, 0, UnknownPolicy::Hold);
            let settled = plan.settle(this, &rejected(status, code));
            let Settlement::Retry { at, .. } = settled else {
                panic!("{status}: {settled:?}")
            };
            assert!(
                at > this.now && at <= this.now + TimeDelta::hours(2),
                "{status}: {at}"
            );
        }
    }
    for status in [400, 413, 415, 422] {
        let settled = settle(&rejected(status, None));
        assert!(
            matches!(settled, Settlement::Refused { .. }),
            "{status}: {settled:?}"
        );
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
        (302, Some("RedirectRefused")),
        (405, None),
        (409, Some("Conflict")),
        (415, None),
        (422, None),
        (451, None),
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

/// When an update is put again whose try was answered like this.
fn put_again(tries: u32, result: &SendResult) -> Result<(TimeDelta, Option<Recovery>), String> {
    let this = Update {
        notification_id: NotificationId::derive(["n"]),
        tries,
        now: DateTime::UNIX_EPOCH,
    };
    match DeliveryPlan::default().settle_update(this, result) {
        UpdateSettlement::Retry { at, recover, .. } => Ok((at - DateTime::UNIX_EPOCH, recover)),
        UpdateSettlement::Abandoned { code } => Err(code),
        UpdateSettlement::Done => Err("done".into()),
    }
}

#[test]
fn an_update_waits_as_long_as_it_is_asked_to_and_at_once_is_no_time_to_wait() {
    for status in [409, 429, 503] {
        let asking = |seconds| {
            let result = SendResult::Rejected(Rejection {
                status,
                code: None,
                retry_after: Some(Duration::from_secs(seconds)),
            });
            put_again(1, &result).unwrap().0
        };
        assert_eq!(asking(7), TimeDelta::seconds(7), "{status}");
        assert!(asking(0) >= TimeDelta::seconds(1), "{status}: {}", asking(0));
    }
}

#[test]
fn an_update_has_so_many_tries_and_asks_for_the_chat_only_of_whoever_may_have_moved() {
    let plan = DeliveryPlan::default();
    let gone = rejected(403, Some("BotNotInConversationRoster"));
    let blocked = rejected(403, Some("MessageWritesBlocked"));
    for (result, most) in [
        (rejected(429, None), plan.update_tries),
        (rejected(401, None), plan.configuration_attempts),
        (gone.clone(), plan.unreachable_update_tries),
    ] {
        assert!(put_again(most - 1, &result).is_ok(), "{result:?}");
        assert!(put_again(most, &result).is_err(), "{result:?}");
    }
    assert_eq!(put_again(1, &gone).unwrap().1, Some(Recovery::Global));
    assert_eq!(put_again(1, &blocked).unwrap().1, None);
}

#[test]
fn an_administrators_switch_is_looked_at_again_only_while_the_card_lives() {
    let plan = DeliveryPlan::default();
    let disabled = rejected(403, Some("BotDisabledByAdmin"));
    let living_until = |expires_at| {
        let this = Try {
            expires_at,
            ..this(1, 0, UnknownPolicy::Retry)
        };
        match plan.settle(this, &disabled) {
            Settlement::Retry { at, .. } => Some(at),
            Settlement::Refused { .. } => None,
            other @ (Settlement::Delivered | Settlement::Unknown { .. }) => panic!("{other:?}"),
        }
    };
    let at = living_until(DateTime::UNIX_EPOCH + TimeDelta::days(14)).unwrap();
    assert_eq!(living_until(at + TimeDelta::milliseconds(1)), Some(at));
    assert_eq!(living_until(at), None);
}

#[test]
fn cards_that_failed_together_do_not_return_together() {
    let delay = Duration::from_secs(1_000);
    let delays: std::collections::BTreeSet<Duration> = (0..100)
        .map(|number: u32| jittered(delay, NotificationId::derive([number.to_string().as_str()]), 1))
        .collect();
    assert!(delays.len() > 50, "{}", delays.len());
    assert!(delays.iter().all(|late| (delay..=delay * 6 / 5).contains(late)));
}
