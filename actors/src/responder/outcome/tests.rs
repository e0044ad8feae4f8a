use std::time::Duration;

use events::{OrganizationId, Position};
use proptest::prelude::*;

use super::*;

fn pending(attempts: u32) -> PendingResponse {
    PendingResponse {
        position: Position(7),
        organization_id: OrganizationId::parse("acme").unwrap(),
        correlation_id: uuid::Uuid::nil(),
        attempts,
        tries_before: 0,
        due_at: DateTime::UNIX_EPOCH,
        receiver: ReceiverStanding::default(),
    }
}

fn not_taken(status: impl Into<Option<u16>>, retry_after: Option<u64>) -> WebhookResult {
    WebhookResult::NotTaken {
        status: status.into(),
        reason: "x".into(),
        retry_after: retry_after.map(Duration::from_secs),
    }
}

fn tried(response: &PendingResponse, result: WebhookResult, receiver: &mut ReceiverStanding) -> HandedOver {
    outcome(
        response,
        result,
        receiver,
        DateTime::UNIX_EPOCH,
        &HandOverRules::default(),
    )
}

fn failed(handed: &HandedOver) -> &ResponseFailed {
    let Some(OutboundEvent::ResponseFailed(failed)) = handed.events.first() else {
        panic!("{handed:?} is no failure")
    };
    failed
}

fn retry_in(response: &PendingResponse, result: WebhookResult) -> Option<i64> {
    let handed = tried(response, result, &mut ReceiverStanding::default());
    failed(&handed).retry_at.map(|at| at.timestamp())
}

fn switched_off(handed: &HandedOver) -> Option<WebhookOffReason> {
    match handed.events.get(1) {
        Some(OutboundEvent::WebhookDisabled(off)) => Some(off.reason),
        None => None,
        Some(other) => panic!("{other:?}"),
    }
}

#[test]
fn a_refused_answer_is_tried_again_until_the_delays_are_used_up() {
    assert_eq!(retry_in(&pending(0), not_taken(500, None)), Some(5));
    assert_eq!(retry_in(&pending(6), not_taken(500, None)), Some(36_000));
    assert_eq!(retry_in(&pending(7), not_taken(500, None)), None);
}

#[test]
fn an_answer_that_is_asked_for_again_has_all_its_tries_before_it() {
    let again = PendingResponse {
        tries_before: 8,
        ..pending(8)
    };
    assert_eq!(retry_in(&again, not_taken(500, None)), Some(5));
}

#[test]
fn what_the_receiver_asks_for_holds_for_all_its_answers_within_bounds() {
    for (asked, rests) in [
        (0, 1),
        (30, 30),
        (3_600, 3_600),
        (1_000_000, 3_600),
        (u64::MAX, 3_600),
    ] {
        for status in [429, 500, 503] {
            let handed = tried(
                &pending(0),
                not_taken(status, Some(asked)),
                &mut ReceiverStanding::default(),
            );
            let failed = failed(&handed);
            assert_eq!(failed.rests_until.unwrap().timestamp(), rests);
            assert_eq!(
                failed.retry_at.unwrap().timestamp(),
                rests.max(5),
                "our own delay stays"
            );
            assert_eq!(handed.end, Some(End::LeftAlone));
        }
    }
}

#[test]
fn a_receiver_that_is_gone_is_switched_off_and_its_answer_waits() {
    let mut receiver = ReceiverStanding::default();
    let handed = tried(&pending(0), not_taken(410, None), &mut receiver);
    assert_eq!(switched_off(&handed), Some(WebhookOffReason::Gone));
    assert!(failed(&handed).retry_at.is_some());
    assert_eq!(handed.end, Some(End::LeftAlone));
}

#[test]
fn a_receiver_that_fails_for_long_and_often_is_switched_off() {
    let days = |days| DateTime::UNIX_EPOCH - TimeDelta::days(days);
    for (since, failures, off) in [(4, 100, false), (5, 3, false), (5, 4, true), (30, 100, true)] {
        let mut receiver = ReceiverStanding {
            failing_since: Some(days(since)),
            failures,
            is_off: false,
        };
        let handed = tried(&pending(0), not_taken(None, None), &mut receiver);
        let expected = off.then_some(WebhookOffReason::Failing);
        assert_eq!(switched_off(&handed), expected, "{since} days, {failures}");
    }
}

#[test]
fn one_answer_that_is_taken_wipes_the_slate() {
    let mut receiver = ReceiverStanding {
        failing_since: Some(DateTime::UNIX_EPOCH - TimeDelta::days(30)),
        failures: 100,
        is_off: false,
    };
    tried(&pending(0), WebhookResult::Taken(200), &mut receiver);
    let handed = tried(&pending(0), not_taken(500, None), &mut receiver);
    assert_eq!((switched_off(&handed), handed.end), (None, None));
}

#[test]
fn what_fails_on_our_side_is_not_held_against_the_receiver() {
    let mut receiver = ReceiverStanding::default();
    let unreadable = WebhookResult::NotTaken {
        status: None,
        reason: ResponseFailed::NOT_READABLE.to_owned(),
        retry_after: None,
    };
    let handed = tried(&pending(0), unreadable, &mut receiver);
    assert_eq!((receiver, handed.end), (ReceiverStanding::default(), None));
    assert!(!handed.is_given_up());
    assert!(given_up(&pending(0)).is_given_up());
}

proptest! {
    #[test]
    fn whatever_comes_back_one_outcome_follows_and_a_wait_is_bounded(
        attempts in 0..20_u32, status in proptest::option::of(100..600_u16), asked in proptest::option::of(any::<u64>())
    ) {
        let handed = tried(&pending(attempts), not_taken(status, asked), &mut ReceiverStanding::default());
        let failed = failed(&handed);
        prop_assert_eq!(failed.attempt, attempts + 1);
        prop_assert_eq!(failed.retry_at.is_none(), attempts >= 7);
        for at in failed.retry_at.into_iter().chain(failed.rests_until) {
            prop_assert!(at > DateTime::UNIX_EPOCH && at <= DateTime::UNIX_EPOCH + TimeDelta::hours(10));
        }
    }
}
