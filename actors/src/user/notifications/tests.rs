//! What is kept of many notifications, and what is known of the rest.

use chrono::DateTime;
use events::organization::{CardKind, Class};
use events::user::{NotificationQueued, Source, UnknownPolicy};
use events::{Metadata, NotificationId, SubjectRef};
use uuid::Uuid;

use super::*;
use crate::user::notification::Phase;

fn id(number: usize) -> NotificationId {
    NotificationId::derive([number.to_string().as_str()])
}

fn card(number: usize, phase: Phase) -> Notification {
    let queued = NotificationQueued {
        notification_id: id(number),
        source: Source::Chat,
        card: CardKind::Help,
        subject: Some(SubjectRef::parse("meeting/9").unwrap()),
        class: Class::Direct,
        expires_at: DateTime::UNIX_EPOCH,
        unknown_policy: UnknownPolicy::Retry,
        state: None,
        facts: None,
        prompt: None,
        awaited: false,
        happened_at: None,
        most_a_day: None,
        member_id: None,
    };
    let meta = Metadata {
        time: DateTime::UNIX_EPOCH,
        correlation_id: Uuid::nil(),
        causation_id: Uuid::nil(),
    };
    Notification {
        phase,
        ..Notification::queued(&queued, &meta)
    }
}

fn with(numbers: std::ops::Range<usize>) -> Notifications {
    let mut kept = Notifications::default();
    for number in numbers {
        kept.push(card(number, Phase::Delivered));
    }
    kept
}

/// The first that is kept, how many are, and that each is found by its id.
#[track_caller]
fn kept(of: &Notifications) -> (NotificationId, usize) {
    for card in of {
        assert_eq!(of.get(card.id).map(|found| found.id), Some(card.id));
    }
    (of.iter().next().unwrap().id, of.len())
}

#[test]
fn a_list_is_looked_through_whenever_it_has_grown_by_fifty() {
    let mut list = Notifications::default();
    assert!(list.is_empty());
    let mut looked_at = Vec::new();
    for number in 1..=400 {
        if list.push(card(number, Phase::Delivered)) {
            looked_at.push(number);
            list.forget(|_| false);
        }
    }
    assert_eq!(looked_at, [250, 300, 350, 400]);
    assert!(!list.is_empty());
}

#[test]
fn the_newest_two_hundred_are_kept_and_older_ones_known_for_ever() {
    let mut list = with(0..250);
    list.forget(|_| false);
    assert_eq!(kept(&list), (id(50), 200));
    for number in 0..250 {
        assert!(list.knows(id(number)), "{number}");
        assert_eq!(list.get(id(number)).is_some(), number >= 50, "{number}");
    }
    assert!(!list.knows(id(250)));
}

#[test]
fn what_is_under_way_is_kept_however_old_it_is() {
    let mut list = Notifications::default();
    list.push(card(0, Phase::Queued));
    for number in 1..1_200 {
        list.push(card(number, Phase::Delivered));
    }
    list.forget(|_| true);
    assert!(list.get(id(0)).is_some());
    assert_eq!(list.len(), 1_001);
}

#[test]
fn of_what_is_still_open_a_thousand_are_kept() {
    let mut list = with(0..1_050);
    list.forget(|_| true);
    assert_eq!(kept(&list), (id(50), 1_000));
}

#[test]
fn a_list_that_is_read_back_is_looked_through_at_the_same_length() {
    let mut list = with(0..260);
    list.forget(|_| true);
    let mut read: Notifications = serde_json::from_value(serde_json::to_value(&list).unwrap()).unwrap();
    assert_eq!(read, list);
    let due = (260..400).find(|number| read.push(card(*number, Phase::Delivered)));
    assert_eq!(due, Some(309));
}
