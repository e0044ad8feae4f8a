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
fn a_chat_that_is_not_found_is_asked_for_anew_and_its_new_address_holds_for_what_follows() {
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
        ["DeliveryRetryScheduled"],
        "it may be found later, and the card has days to live"
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

fn roster() -> SendResult {
    refused(403, "BotNotInConversationRoster")
}

#[test]
fn nobody_counts_as_gone_before_the_chat_was_asked_for_by_their_object_id() {
    let mut user = with_card(CardKind::Plain);
    assert_eq!(user.is_sent(1, roster()), ["DeliveryRetryScheduled"]);
    assert_eq!(user.state.reachability, Reachability::Reachable);
    user.when(&begin(1));
    assert_eq!(user.when(&opened(1, 2)), ["ReferenceRefreshed"]);
    assert_eq!(user.is_answered(1, accepted()), ["NotificationDelivered"]);

    let mut user = with_card(CardKind::Plain);
    user.is_sent(1, roster());
    user.when(&begin(1));
    user.when(&opened(1, 2));
    assert_eq!(
        user.is_answered(1, roster()),
        ["NotificationRefused", "AppUninstalled", "ReachabilityChanged"]
    );
}

#[test]
fn a_passing_not_found_does_not_end_a_request_that_has_days_to_live_and_its_end_does() {
    let mut user = with_card(CardKind::Plain);
    let ends = user.state.notification(card(1)).unwrap().expires_at;
    let mut tries = 0;
    while user.now < ends {
        assert_eq!(
            user.is_sent(1, refused(404, "ConversationNotFound")),
            ["DeliveryRetryScheduled"]
        );
        tries += 1;
        let Phase::Retry(at) = user.phase(1) else {
            panic!("{:?}", user.phase(1))
        };
        user.now = at.max(user.now);
    }
    assert!((200..500).contains(&tries), "{tries} tries in two weeks");
    assert_eq!(user.when(&begin(1)), ["NotificationExpired"]);
}

#[test]
fn a_card_that_waits_for_its_chat_is_tried_at_once_when_the_person_shows_up() {
    let mut user = with_card(CardKind::Plain);
    for _ in 0..15 {
        user.is_sent(1, refused(404, "ConversationNotFound"));
        let Phase::Retry(at) = user.phase(1) else {
            panic!("{:?}", user.phase(1))
        };
        user.now = at.max(user.now);
    }
    user.is_sent(1, refused(404, "ConversationNotFound"));
    assert!(user.when(&begin(1)).is_empty(), "it waits");
    assert_eq!(user.receives(What::Contact), ["DeliveryRetryScheduled"]);
    assert_eq!(user.is_sent(1, accepted()), ["NotificationDelivered"]);
}

#[test]
fn one_stray_word_of_an_administrators_switch_is_looked_at_again_and_what_was_held_back_follows() {
    let mut user = with_card(CardKind::Plain);
    for number in [2, 3] {
        user.when(&UserCommand::Queue(Box::new(route(number, CardKind::Plain))));
    }
    assert_eq!(
        user.is_sent(1, refused(403, "BotDisabledByAdmin")),
        ["DeliveryRetryScheduled", "ReachabilityChanged"]
    );
    assert_eq!(user.state.reachability, Reachability::DisabledByAdmin);
    assert_eq!(user.when(&begin(2)), ["NotificationSuppressed"]);
    user.now += TimeDelta::hours(3);
    assert!(user.when(&begin(1)).is_empty(), "too early");
    assert_eq!(user.when(&begin(3)), ["NotificationSuppressed"]);
    user.now += TimeDelta::hours(3);
    assert_eq!(
        user.is_sent(1, refused(403, "BotDisabledByAdmin")),
        ["DeliveryRetryScheduled", "ReachabilityChanged"],
        "it is still so"
    );
    user.now += TimeDelta::hours(16);
    assert_eq!(
        user.is_sent(1, accepted()),
        [
            "NotificationDelivered",
            "ReachabilityChanged",
            "NotificationQueued"
        ]
    );
    assert_eq!(user.state.reachability, Reachability::Reachable);
    let catch_up = user.newest().id;
    assert_eq!(user.newest().card, CardKind::CatchUp);
    user.is_delivered(catch_up);
    assert_eq!(user.state.missed.count, 0);
}

#[test]
fn a_switch_that_no_card_waits_to_look_at_again_is_looked_at_by_the_first_card_after_hours() {
    let mut user = User::installed();
    user.receives(typed(Command::Help));
    let reply = user.newest().id;
    assert_eq!(user.begins(reply), ["DeliveryAttempted"]);
    let disabled = UserCommand::FinishSend {
        notification_id: reply,
        attempt: 1,
        revision: 1,
        result: refused(403, "BotDisabledByAdmin"),
    };
    assert_eq!(
        user.when(&disabled),
        ["NotificationRefused", "ReachabilityChanged"]
    );
    user.when(&UserCommand::Queue(Box::new(route(1, CardKind::Plain))));
    assert_eq!(user.when(&begin(1)), ["NotificationSuppressed"]);
    user.now += TimeDelta::hours(5);
    user.when(&UserCommand::Queue(Box::new(route(2, CardKind::Plain))));
    let facts = user.is_sent(2, accepted());
    assert_eq!(facts[..2], ["NotificationDelivered", "ReachabilityChanged"]);
}

/// A delivered card that has to change.
fn outdated() -> User {
    let mut user = User::with_delivered_request(1);
    user.when(&resolved(SubjectState::Withdrawn, "w"));
    user
}

fn begins_update() -> UserCommand {
    UserCommand::BeginUpdate {
        notification_id: card(1),
    }
}

impl User {
    fn is_put(&mut self, result: SendResult) -> Vec<&'static str> {
        self.when(&UserCommand::UpdateFailed {
            notification_id: card(1),
            revision: 2,
            result,
        })
    }

    fn update_is_due(&self) -> bool {
        crate::user::revisions::update_is_due(self.state.notification(card(1)).unwrap(), self.now)
    }
}

#[test]
fn an_update_is_tried_like_a_card_and_only_a_message_that_is_gone_ends_it() {
    for (status, code) in [
        (404, "ConversationNotFound"),
        (403, "BotNotInConversationRoster"),
        (403, "AclCheckFailed"),
        (412, "PreconditionFailed"),
        (429, "Throttled"),
        (503, "ServiceError"),
    ] {
        let mut user = outdated();
        assert!(user.update_is_due());
        assert_eq!(
            user.is_put(refused(status, code)),
            ["CardUpdateRetryScheduled"],
            "{code}"
        );
        assert!(!user.update_is_due(), "{code}: at once");
        assert!(user.when(&begins_update()).is_empty());
        user.now += TimeDelta::seconds(5);
        assert!(user.update_is_due(), "{code}: not within seconds");
        let put = UserCommand::FinishUpdate {
            notification_id: card(1),
            revision: 2,
            abandoned: None,
        };
        assert_eq!(user.when(&put), ["CardUpdated"]);
    }
    let mut user = outdated();
    assert_eq!(
        user.is_put(refused(404, "ActivityNotFoundInConversation")),
        ["CardUpdateAbandoned"]
    );
    assert!(!user.update_is_due());
}

#[test]
fn an_update_in_a_chat_that_moved_asks_for_the_chat_first() {
    let mut user = outdated();
    user.is_put(refused(404, "ConversationNotFound"));
    let waiting = user.state.notification(card(1)).unwrap();
    assert_eq!(waiting.update_recovery, Some(events::user::Recovery::Global));
    let opened = UserCommand::UpdateReferenceOpened {
        notification_id: card(1),
        revision: 2,
        conversation: ConversationRef {
            service_url: "https://smba.trafficmanager.net/emea".into(),
            ..conversation()
        },
    };
    assert_eq!(user.when(&opened), ["ReferenceRefreshed"]);
    assert!(user.when(&opened).is_empty(), "it was recorded twice");
    let chat = user.state.conversation.clone().unwrap();
    assert_eq!(chat.service_url, "https://smba.trafficmanager.net/emea");
}

#[test]
fn whatever_is_newer_is_put_at_once() {
    let mut user = outdated();
    for _ in 0..10 {
        user.is_put(refused(404, "ConversationNotFound"));
    }
    assert!(!user.update_is_due());
    user.presses(ACCEPT(1));
    user.when(&resolved(SubjectState::Expired, "x"));
    let shown = user.state.notification(card(1)).unwrap();
    if shown.wanted > 2 {
        assert!(user.update_is_due());
    }
}

#[test]
fn a_service_url_at_which_the_tenant_does_not_live_is_not_taken_from_activities() {
    let mut user = with_card(CardKind::Plain);
    user.is_sent(1, refused(403, "InvalidBotApiHost"));
    user.when(&begin(1));
    let gcc = "https://smba.infra.gcc.teams.microsoft.com/teams";
    user.when(&UserCommand::ReferenceOpened {
        notification_id: card(1),
        attempt: 2,
        conversation: ConversationRef {
            service_url: gcc.into(),
            ..conversation()
        },
    });
    user.is_answered(1, accepted());
    user.now += TimeDelta::minutes(1);
    user.receives(What::Contact);
    assert_eq!(user.state.conversation.as_ref().unwrap().service_url, gcc);
}

#[test]
fn who_could_not_be_looked_up_is_looked_up_again_in_the_chat_that_was_found() {
    let mut user = with_card(CardKind::Plain);
    user.when(&UserCommand::ProfileFailed(LookUpFailure {
        status: Some(403),
        code: "BotNotInConversationRoster".into(),
        is_outage: false,
        retry_after: None,
    }));
    user.is_sent(1, roster());
    user.when(&begin(1));
    assert_eq!(
        user.when(&opened(1, 2)),
        ["ReferenceRefreshed", "ProfileRequested"]
    );
}

#[test]
fn what_changed_while_the_person_was_away_is_put_over_their_cards_when_they_are_back() {
    let away: [fn(&mut User); 2] = [
        |user| {
            user.receives(What::Uninstalled(UninstallEvidence::InstallationUpdate));
        },
        |user| {
            user.hears(route(2, CardKind::Plain));
            user.is_sent(2, refused(403, "BotDisabledByAdmin"));
        },
    ];
    for goes_away in away {
        let mut user = User::with_delivered_request(1);
        goes_away(&mut user);
        user.when(&resolved(SubjectState::Withdrawn, "w"));
        assert_eq!(user.when(&begins_update()), ["CardUpdateAbandoned"]);
        user.now += TimeDelta::minutes(10);
        let back = user.receives(What::Installed(InstallEvidence::InstallationUpdate));
        assert!(back.contains(&"CardUpdateQueued"), "{back:?}");
        assert!(user.update_is_due());
        assert!(user.when(&begins_update()).is_empty(), "it is put");
    }
}

#[test]
fn a_replay_keeps_the_time_that_a_card_has_left_and_gives_a_day_to_one_that_has_none() {
    let replayed = |left: TimeDelta| {
        let mut user = User::installed();
        let end = user.now + TimeDelta::hours(2);
        user.hears(Route {
            expires_at: Some(end),
            ..route(1, CardKind::Plain)
        });
        user.is_sent(1, refused(400, "BadArgument"));
        user.now = end - left;
        user.when(&UserCommand::Requeue {
            notification_id: card(1),
            replay_id: Uuid::from_u128(7),
            by: "operator".into(),
        });
        user.state.notification(card(1)).unwrap().expires_at - end
    };
    let moment = TimeDelta::milliseconds(1);
    assert_eq!(replayed(moment), TimeDelta::zero());
    assert_eq!(replayed(TimeDelta::zero()), TimeDelta::days(1));
}
