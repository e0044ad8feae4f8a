//! Which receipts are looked at again, and when.

use std::sync::Arc;

use chrono::DateTime;
use events::Metadata;
use events::user::{ClientDefaultsChanged, ClientObserved};
use tracing::Span;
use uuid::Uuid;

use super::*;
use crate::user::asking::{Asker, View};
use crate::user::command::{ActivityChat, Inbound};
use crate::user::decide::Decision;
use crate::user::notification::Notification;

/// Waits for no reply.
#[derive(Debug)]
struct Nobody;

impl Asker for Nobody {
    fn note(&self, _: &View<'_>, _: &Decision) {}
}

fn receipt(number: u128, what: What) -> Request {
    let inbound = Inbound {
        tenant_off: false,
        activity_key: Uuid::from_u128(number),
        at: None,
        chat: ActivityChat::Another,
        client: ClientObserved::default(),
        app_version: None,
        client_defaults: ClientDefaultsChanged::default(),
        what,
    };
    Request {
        commands: Arc::new([UserCommand::Receive(Box::new(inbound))]),
        asker: Arc::new(Nobody),
        span: Span::none(),
    }
}

fn read(number: u128, message: &str) -> Request {
    receipt(number, What::ReadUpTo(ActivityId::parse(message).unwrap()))
}

/// A person with one card in this phase, in this message.
fn with_card(phase: Phase, message: Option<&str>, seen: bool) -> UserState {
    let queued = serde_json::json!({
        "notification_id": Uuid::from_u128(1), "source": "chat", "card": "help", "class": "reply",
        "expires_at": "2026-03-02T09:00:00Z", "unknown_policy": "retry"
    });
    let meta = Metadata {
        time: DateTime::UNIX_EPOCH,
        correlation_id: Uuid::nil(),
        causation_id: Uuid::nil(),
    };
    let mut card = Notification::queued(&serde_json::from_value(queued).unwrap(), &meta);
    card.phase = phase;
    card.activity_id = message.map(|message| ActivityId::parse(message).unwrap());
    card.seen = seen;
    let mut state = UserState::default();
    let _ = state.notifications.push(card);
    state
}

/// The numbers of the receipts that are looked at again.
fn due(early: &mut Early, state: &UserState) -> Vec<u128> {
    let due = early.due(state);
    let key = |request: &Request| {
        let UserCommand::Receive(inbound) = &request.commands[0] else {
            panic!("a receipt is an activity");
        };
        inbound.activity_key.as_u128()
    };
    due.iter().map(key).collect()
}

#[test]
fn a_receipt_of_an_unknown_message_waits_for_the_card_that_is_on_its_way() {
    let on_its_way = with_card(Phase::Attempted, None, false);
    let mut early = Early::default();
    early.keep(&read(1, "1700"), &on_its_way);
    early.keep(&receipt(2, What::Contact), &on_its_way);
    assert_eq!(due(&mut early, &on_its_way), []);
    let arrived = with_card(Phase::Delivered, Some("1700"), false);
    assert_eq!(due(&mut early, &arrived), [1]);
    assert_eq!(due(&mut early, &arrived), []);
}

#[test]
fn one_of_a_message_that_came_to_be_known_meanwhile_is_kept_until_its_card_is_seen() {
    let mut early = Early::default();
    early.keep(
        &read(1, "1700"),
        &with_card(Phase::Delivered, Some("1700"), false),
    );
    early.keep(&read(2, "1700"), &with_card(Phase::Delivered, Some("1700"), true));
    // Nothing is on its way that could have made this one.
    early.keep(
        &read(3, "1800"),
        &with_card(Phase::Delivered, Some("1700"), false),
    );
    assert_eq!(due(&mut early, &UserState::default()), [1]);
}

#[test]
fn of_many_the_newest_eight_are_kept() {
    let on_its_way = with_card(Phase::Attempted, None, false);
    let mut early = Early::default();
    for number in 1..=10 {
        early.keep(&read(number, "1700"), &on_its_way);
    }
    let kept: Vec<u128> = (3..=10).collect();
    assert_eq!(due(&mut early, &UserState::default()), kept);
}
