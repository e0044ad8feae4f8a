//! What may be sent, and what outcomes mean.

use super::*;

#[test]
fn nothing_goes_to_a_person_who_disconnected_but_their_commands_are_answered() {
    let mut user = User::installed();
    assert_eq!(
        user.receives(typed(Command::Disconnect)),
        ["CommandReceived", "NotificationQueued"]
    );
    assert_eq!(
        user.receives(typed(Command::Disconnect)),
        ["CommandReceived", "Disconnected", "NotificationQueued"]
    );
    let reply = user.state.notifications.last().unwrap().id;
    assert_eq!(
        user.when(&UserCommand::BeginSend {
            notification_id: reply
        }),
        ["DeliveryAttempted"]
    );
    user.when(&UserCommand::Queue(Box::new(route(1, CardKind::Plain))));
    assert_eq!(
        user.when(&UserCommand::BeginSend {
            notification_id: card(1)
        }),
        ["NotificationSuppressed"]
    );
    assert_eq!(user.state.missed.count, 1);
}

#[test]
fn a_block_shown_by_a_refusal_stops_sending_until_the_person_shows_up() {
    let mut user = User::installed();
    for number in [1, 2, 3] {
        user.when(&UserCommand::Queue(Box::new(route(number, CardKind::Plain))));
    }
    assert_eq!(
        user.is_sent(1, refused(403, "MessageWritesBlocked")),
        ["NotificationRefused", "ReachabilityChanged"]
    );
    assert_eq!(
        user.when(&UserCommand::BeginSend {
            notification_id: card(2)
        }),
        ["NotificationSuppressed"]
    );
    // What was missed meanwhile comes as one card.
    assert_eq!(
        user.receives(What::Contact),
        ["ReachabilityChanged", "NotificationQueued"]
    );
    assert_eq!(
        user.when(&UserCommand::BeginSend {
            notification_id: card(3)
        }),
        ["DeliveryAttempted"]
    );
}

#[test]
fn a_card_whose_time_ran_out_is_not_sent() {
    let mut user = User::installed();
    user.when(&UserCommand::Queue(Box::new(route(1, CardKind::Plain))));
    user.now += TimeDelta::days(30);
    assert_eq!(
        user.when(&UserCommand::BeginSend {
            notification_id: card(1)
        }),
        ["NotificationExpired"]
    );
    assert!(
        user.when(&UserCommand::BeginSend {
            notification_id: card(1)
        })
        .is_empty()
    );
}

#[test]
fn an_interrupted_attempt_is_unknown_and_repeated_after_its_delay_only() {
    let mut user = User::installed();
    user.when(&UserCommand::Queue(Box::new(route(
        1,
        CardKind::MentoringRequest,
    ))));
    let begin = UserCommand::BeginSend {
        notification_id: card(1),
    };
    user.when(&begin);
    assert!(
        user.when(&begin).is_empty(),
        "a second lane got leave for the same attempt"
    );
    assert_eq!(
        user.when(&UserCommand::Interrupted {
            notification_id: card(1)
        }),
        ["DeliveryOutcomeUnknown"]
    );
    assert!(user.when(&begin).is_empty());
    user.now += TimeDelta::minutes(1);
    assert_eq!(user.when(&begin), ["DeliveryAttempted"]);
}

#[test]
fn an_answer_that_comes_after_the_attempt_was_called_unknown_settles_it() {
    let mut user = User::installed();
    user.when(&UserCommand::Queue(Box::new(route(
        1,
        CardKind::MentoringRequest,
    ))));
    let notification_id = card(1);
    user.when(&UserCommand::BeginSend { notification_id });
    // Another node takes over and finds the attempt without its outcome.
    assert_eq!(
        user.when(&UserCommand::Interrupted { notification_id }),
        ["DeliveryOutcomeUnknown"]
    );
    assert_eq!(user.is_answered(1, accepted()), ["NotificationDelivered"]);
    assert_eq!(user.phase(1), Phase::Delivered);
    assert!(user.is_answered(1, accepted()).is_empty(), "it is recorded twice");
}

#[test]
fn a_late_answer_to_an_attempt_that_was_repeated_says_nothing_about_the_new_one() {
    let mut user = User::installed();
    user.when(&UserCommand::Queue(Box::new(route(
        1,
        CardKind::MentoringRequest,
    ))));
    let notification_id = card(1);
    user.when(&UserCommand::BeginSend { notification_id });
    user.when(&UserCommand::Interrupted { notification_id });
    user.now += TimeDelta::minutes(10);
    user.when(&UserCommand::BeginSend { notification_id });
    let late = UserCommand::FinishSend {
        notification_id,
        attempt: 1,
        revision: 1,
        result: accepted(),
    };
    assert!(user.when(&late).is_empty());
    assert_eq!(user.phase(1), Phase::Attempted);
}

#[test]
fn a_press_on_a_card_whose_arrival_is_unknown_settles_it() {
    let mut user = User::installed();
    user.when(&UserCommand::Queue(Box::new(route(
        1,
        CardKind::MentoringRequest,
    ))));
    user.is_sent(1, refused(503, "ServiceError"));
    assert!(matches!(user.phase(1), Phase::Unknown(Some(_))));
    user.presses(ACCEPT(1));
    assert_eq!(user.phase(1), Phase::Delivered);
    user.now += TimeDelta::minutes(10);
    assert!(
        user.when(&UserCommand::BeginSend {
            notification_id: card(1)
        })
        .is_empty(),
        "it was sent again"
    );
}

#[test]
fn a_throttled_card_waits_and_keeps_its_place() {
    let mut user = User::installed();
    user.when(&UserCommand::Queue(Box::new(route(1, CardKind::Plain))));
    assert_eq!(
        user.is_sent(1, refused(429, "Throttled")),
        ["DeliveryRetryScheduled"]
    );
    assert!(
        user.when(&UserCommand::BeginSend {
            notification_id: card(1)
        })
        .is_empty()
    );
    user.now += TimeDelta::minutes(2);
    assert_eq!(user.is_sent(1, accepted()), ["NotificationDelivered"]);
}

#[test]
fn the_same_domain_event_under_two_recipient_entries_is_one_card() {
    let mut user = User::installed();
    user.when(&UserCommand::Queue(Box::new(route(1, CardKind::Plain))));
    let twin = Route {
        notification_id: card(2),
        ..route(1, CardKind::Plain)
    };
    assert_eq!(
        user.when(&UserCommand::Queue(Box::new(twin))),
        ["NotificationQueued", "NotificationSuppressed"]
    );
    assert!(
        user.when(&UserCommand::Queue(Box::new(route(1, CardKind::Plain))))
            .is_empty()
    );
}

#[test]
fn a_card_leaves_with_its_queueing_only_where_nothing_else_of_the_person_waits() {
    let mut user = User::installed();
    let at_once = |number| UserCommand::BeginSendAtOnce {
        notification_id: card(number),
    };
    let greeting = user.state.notifications.last().unwrap().id;
    user.when(&UserCommand::BeginSend {
        notification_id: greeting,
    });
    user.hears(route(1, CardKind::Plain));
    assert_eq!(user.when(&at_once(1)), ["DeliveryAttempted"]);
    assert!(user.when(&at_once(1)).is_empty(), "leave was given twice");
    user.hears(route(2, CardKind::Plain));
    user.hears(route(3, CardKind::Plain));
    assert!(user.when(&at_once(3)).is_empty(), "it overtook one that waits");
    // What may not be sent is not sent this way either.
    user.when(&UserCommand::BeginSend {
        notification_id: card(2),
    });
    user.now += TimeDelta::days(30);
    assert_eq!(user.when(&at_once(3)), ["NotificationExpired"]);
}

#[test]
fn what_waits_behind_a_card_that_teams_puts_off_for_long_is_put_off_too_and_told_of() {
    let mut user = User::installed();
    user.is_greeted();
    user.hears(route(1, CardKind::Plain));
    user.hears(route(2, CardKind::Plain));
    let throttled = SendResult::Rejected(Rejection {
        status: 429,
        code: None,
        retry_after: Some(std::time::Duration::from_secs(600)),
    });
    assert_eq!(
        user.is_sent(1, throttled),
        ["NotificationDeferred", "DeliveryRetryScheduled"]
    );
    assert!(matches!(user.phase(2), Phase::Deferred(_)));
    user.now += TimeDelta::minutes(2);
    assert!(
        user.hears(route(3, CardKind::Plain))
            .contains(&"NotificationDeferred")
    );
    user.now += TimeDelta::minutes(9);
    for number in 1..=3 {
        assert_eq!(user.begins(card(number)), ["DeliveryAttempted"], "{number}");
    }
}

#[test]
fn what_ended_while_its_card_was_under_way_does_not_leave_after_a_try_that_created_nothing() {
    let not_sent = || SendResult::NotSent {
        reason: SendResult::NO_CONNECTION.into(),
        configuration: false,
    };
    let then = |card_tells: SubjectState, ends: &dyn Fn(&mut User)| {
        let mut user = User::installed();
        user.hears(Route {
            state: Some(card_tells),
            ..route(1, CardKind::MentoringRequest)
        });
        user.begins(card(1));
        ends(&mut user);
        user.is_answered(1, not_sent());
        user.now += TimeDelta::hours(1);
        user.begins(card(1))
    };
    let withdrawn = |user: &mut User| {
        user.when(&resolved(SubjectState::Withdrawn, "w"));
    };
    let accepted_here = |user: &mut User| {
        user.presses(ACCEPT(1));
        // The press shows that it arrived; what is asked here is the try alone.
        user.state.notifications.get_mut(card(1)).unwrap().phase = Phase::Attempted;
    };
    assert_eq!(then(SubjectState::Open, &withdrawn), ["NotificationWithdrawn"]);
    assert_eq!(
        then(SubjectState::Scheduled, &withdrawn),
        ["NotificationWithdrawn"]
    );
    assert_eq!(
        then(SubjectState::Open, &accepted_here),
        ["NotificationWithdrawn"]
    );
    // What tells of the end itself goes out.
    assert_eq!(then(SubjectState::Withdrawn, &|_| {}), ["DeliveryAttempted"]);
}

#[test]
fn nothing_is_sent_without_the_app_or_a_chat_whatever_else_is_known() {
    let mut user = User::installed();
    user.hears(route(1, CardKind::MentoringRequest));
    for without in [
        |state: &mut UserState| state.installed = false,
        |state: &mut UserState| state.conversation = None,
    ] {
        let mut state = user.state.clone();
        without(&mut state);
        let decision = decide(
            &state,
            &UserCommand::BeginSend {
                notification_id: card(1),
            },
            user.now,
            &user.rules,
        );
        let [fact] = &decision.facts[..] else {
            panic!("{decision:?}")
        };
        let UserEvent::Queue(Queue::Suppressed(event)) = &fact.event else {
            panic!("{fact:?}")
        };
        assert_eq!(event.reason, events::user::SuppressedReason::Uninstalled);
    }
}

#[test]
fn that_a_card_arrived_after_all_is_another_fact_than_that_nobody_knew() {
    let mut user = User::installed();
    user.hears(route(1, CardKind::MentoringRequest));
    user.begins(card(1));
    let finish = |result| UserCommand::FinishSend {
        notification_id: card(1),
        attempt: 1,
        revision: 1,
        result,
    };
    let unanswered = finish(SendResult::NoAnswer {
        reason: "timeout".into(),
    });
    let unknown = decide(&user.state, &unanswered, user.now, &user.rules);
    user.when(&unanswered);
    let arrived = decide(&user.state, &finish(accepted()), user.now, &user.rules);
    assert_ne!(
        unknown.event_id("user/t/ada", 0),
        arrived.event_id("user/t/ada", 0)
    );
    // Of what one node was told and another one cut off, one stands.
    let mut user = User::installed();
    user.hears(route(1, CardKind::MentoringRequest));
    user.begins(card(1));
    let told = decide(&user.state, &finish(accepted()), user.now, &user.rules);
    let cut = UserCommand::Interrupted {
        notification_id: card(1),
    };
    let cut = decide(&user.state, &cut, user.now, &user.rules);
    assert_eq!(told.event_id("user/t/ada", 0), cut.event_id("user/t/ada", 0));
}
