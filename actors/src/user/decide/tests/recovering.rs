//! What brings a card back: the chat's new address, and an operator's replay.

use super::*;
use crate::user::command::Requeue;

fn begin(number: u32) -> UserCommand {
    UserCommand::BeginSend {
        notification_id: card(number),
    }
}

fn opened(number: u32, attempt: u32) -> UserCommand {
    UserCommand::ReferenceOpened {
        notification_id: card(number),
        attempt,
        conversation: ConversationRef {
            service_url: "https://smba.trafficmanager.net/emea".into(),
            ..conversation()
        },
    }
}

fn requeue(number: u32, replay: u128) -> UserCommand {
    UserCommand::Requeue {
        notification_id: card(number),
        replay_id: Uuid::from_u128(replay),
        by: "cli".into(),
    }
}

fn with_card(kind: CardKind) -> User {
    let mut user = User::installed();
    user.when(&UserCommand::Queue(Box::new(route(1, kind))));
    user
}

#[test]
fn a_chat_that_is_not_found_is_asked_for_anew_once_and_its_new_address_holds_for_what_follows() {
    let mut user = with_card(CardKind::Plain);
    user.when(&UserCommand::Queue(Box::new(route(2, CardKind::Plain))));
    assert_eq!(
        user.is_sent(1, refused(404, "ConversationNotFound")),
        ["DeliveryRetryScheduled"]
    );
    assert_eq!(user.when(&begin(1)), ["DeliveryAttempted"], "it does not wait");
    assert_eq!(user.when(&opened(1, 2)), ["ReferenceRefreshed"]);
    assert!(user.when(&opened(1, 2)).is_empty(), "it was recorded twice");
    assert_eq!(
        user.is_answered(1, refused(404, "ConversationNotFound")),
        ["NotificationRefused"]
    );
    let chat = user.state.conversation.clone().unwrap();
    assert_eq!(chat.service_url, "https://smba.trafficmanager.net/emea");
    assert_eq!(user.is_sent(2, accepted()), ["NotificationDelivered"]);
}

#[test]
fn a_chat_that_cannot_be_asked_for_now_is_asked_for_later_and_one_that_is_refused_is_not() {
    let mut user = with_card(CardKind::Plain);
    user.is_sent(1, refused(403, "InvalidBotApiHost"));
    user.when(&begin(1));
    let no_connection = SendResult::NotSent {
        reason: "no_connection".into(),
        configuration: false,
    };
    assert_eq!(user.is_answered(1, no_connection), ["DeliveryRetryScheduled"]);
    assert!(user.state.notification(card(1)).unwrap().recovery.is_some());
    user.now += TimeDelta::minutes(5);
    user.when(&begin(1));
    assert_eq!(
        user.is_answered(1, refused(403, "ForbiddenOperationException")),
        ["NotificationRefused", "AppUninstalled", "ReachabilityChanged"]
    );
}

#[test]
fn a_replay_sends_a_dead_card_again_and_the_same_replay_only_once() {
    let mut user = with_card(CardKind::Plain);
    user.is_sent(1, refused(400, "BadArgument"));
    assert_eq!(user.when(&requeue(1, 7)), ["NotificationRequeued"]);
    assert!(user.when(&requeue(1, 7)).is_empty());
    assert_eq!(
        user.is_sent(1, refused(400, "BadArgument")),
        ["NotificationRefused"]
    );
    assert!(
        user.when(&requeue(1, 7)).is_empty(),
        "the same replay had a second effect"
    );
    assert_eq!(user.when(&requeue(1, 8)), ["NotificationRequeued"]);
    assert_eq!(user.is_sent(1, accepted()), ["NotificationDelivered"]);
    assert!(
        user.when(&requeue(1, 9)).is_empty(),
        "a delivered card was replayed"
    );
}

#[test]
fn a_replay_has_all_tries_again_and_a_card_whose_time_ran_out_gets_a_day() {
    let mut user = with_card(CardKind::Plain);
    for _ in 0..20 {
        user.is_sent(1, refused(401, ""));
        user.now += TimeDelta::minutes(2);
    }
    assert_eq!(user.phase(1), Phase::Refused);
    user.when(&requeue(1, 1));
    assert_eq!(user.is_sent(1, refused(401, "")), ["DeliveryRetryScheduled"]);
    user.now += TimeDelta::days(30);
    assert_eq!(user.when(&begin(1)), ["NotificationExpired"]);
    user.when(&requeue(1, 2));
    user.now += TimeDelta::hours(23);
    assert_eq!(user.when(&begin(1)), ["DeliveryAttempted"]);
}

#[test]
fn a_replay_overrules_neither_the_persons_wish_nor_what_became_of_the_subject() {
    let mut user = with_card(CardKind::MentoringRequest);
    user.is_sent(1, refused(413, "MessageSizeTooBig"));
    user.receives(typed(Command::Disconnect));
    user.receives(typed(Command::Disconnect));
    user.when(&requeue(1, 1));
    assert_eq!(user.when(&begin(1)), ["NotificationSuppressed"]);

    let mut user = with_card(CardKind::MentoringRequest);
    user.is_sent(1, refused(413, "MessageSizeTooBig"));
    user.when(&resolved(SubjectState::Withdrawn, "withdrawn"));
    assert!(user.when(&requeue(1, 1)).is_empty());
    let told = super::super::requeued(&user.state, card(1), Uuid::from_u128(1));
    assert_eq!(told, Requeue::SubjectEnded);
}

#[test]
fn a_missing_install_event_is_made_up_for_by_any_activity_and_a_removal_stops_everything() {
    for what in [What::Contact, typed(Command::Help)] {
        let mut user = User::new();
        let facts = user.receives(what);
        assert!(
            facts.contains(&"AppInstalled") && facts.contains(&"ReachabilityChanged"),
            "{facts:?}"
        );
        user.when(&UserCommand::Queue(Box::new(route(1, CardKind::Plain))));
        assert_eq!(user.when(&begin(1)), ["DeliveryAttempted"]);
    }
    let mut user = with_card(CardKind::Plain);
    user.receives(What::Uninstalled(UninstallEvidence::InstallationUpdate));
    assert_eq!(user.when(&begin(1)), ["NotificationSuppressed"]);
}

fn silence() -> SendResult {
    SendResult::NoAnswer {
        reason: "timeout".into(),
    }
}

/// The message with the id that Teams gives at so many seconds after now.
fn message(user: &User, seconds: i64) -> ActivityId {
    let at = user.now + TimeDelta::seconds(seconds);
    ActivityId::parse(at.timestamp_millis().to_string()).unwrap()
}

#[test]
fn a_reaction_or_a_read_receipt_shows_that_a_card_was_seen() {
    for evidence in [What::Reacted, What::ReadUpTo] {
        let mut user = with_card(CardKind::Plain);
        user.is_sent(1, accepted());
        let shown = user.state.notification(card(1)).unwrap();
        let id = shown.activity_id.clone().unwrap();
        assert_eq!(user.receives(evidence(id)), ["NotificationSeen"]);
        assert!(user.state.notification(card(1)).unwrap().seen);
    }
}

#[test]
fn a_reaction_or_a_read_receipt_settles_a_card_whose_arrival_was_unknown() {
    for evidence in [What::Reacted, What::ReadUpTo] {
        let mut user = with_card(CardKind::Plain);
        let id = message(&user, 1);
        user.is_sent(1, silence());
        assert_eq!(user.receives(evidence(id.clone())), ["NotificationSeen"]);
        let settled = user.state.notification(card(1)).unwrap();
        assert_eq!(
            (settled.phase, settled.activity_id.clone()),
            (Phase::Delivered, Some(id))
        );
        assert!(user.when(&begin(1)).is_empty(), "it was sent again");
    }
}

#[test]
fn a_message_of_another_time_or_one_of_two_cards_in_doubt_settles_nothing() {
    let mut user = with_card(CardKind::Plain);
    let (early, late) = (message(&user, -60), message(&user, 3_600));
    user.is_sent(1, silence());
    for id in [early, late] {
        assert!(user.receives(What::Reacted(id)).is_empty());
    }
    let mut user = with_card(CardKind::Plain);
    user.when(&UserCommand::Queue(Box::new(route(2, CardKind::Plain))));
    let id = message(&user, 1);
    user.is_sent(1, silence());
    user.is_sent(2, silence());
    assert!(user.receives(What::Reacted(id)).is_empty());
}
