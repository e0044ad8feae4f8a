//! Cards of a programme or an ERG that is switched off.

use super::*;
use events::user::{DeferReason, NotificationDeferred, NotificationSuppressed, Settings, SuppressedReason};

fn stop(number: u32) -> UserCommand {
    UserCommand::Stop {
        notification_id: card(number),
        reason: SuppressedReason::ProgrammeOff,
    }
}

#[test]
fn what_waits_is_dropped_once_and_what_is_in_the_chat_stays() {
    let mut user = User::installed();
    user.is_greeted();
    user.hears(route(1, CardKind::Plain));
    user.hears(route(2, CardKind::Plain));
    user.gets(route(3, CardKind::Plain));
    let night = NotificationDeferred {
        notification_id: card(2),
        until: user.now + TimeDelta::hours(9),
        reason: DeferReason::QuietHours,
    };
    let meta = Metadata {
        time: user.now,
        correlation_id: Uuid::nil(),
        causation_id: Uuid::nil(),
    };
    user.state.apply(&night.into(), &meta);

    for waits in [1, 2] {
        let events = user.when_events(&stop(waits));
        let expected = NotificationSuppressed {
            notification_id: card(waits),
            reason: SuppressedReason::ProgrammeOff,
        };
        assert_eq!(events, [expected.into()], "{waits}");
        assert!(user.when(&stop(waits)).is_empty(), "{waits}: once");
        assert!(user.begins(card(waits)).is_empty(), "{waits}");
    }
    assert!(user.when(&stop(3)).is_empty(), "it is in the chat");
    assert_eq!(user.phase(3), Phase::Delivered);
    assert!(user.when(&stop(4)).is_empty(), "nobody knows such a card");
}

#[test]
fn what_was_missed_of_it_is_listed_by_no_card_and_what_was_missed_beside_it_is() {
    let mut user = User::installed();
    user.is_greeted();
    let pause = |until| UserEvent::Settings(Settings::Paused(events::user::Paused { until, at: None }));
    let meta = Metadata {
        time: user.now,
        correlation_id: Uuid::nil(),
        causation_id: Uuid::nil(),
    };
    user.state.apply(&pause(user.now + TimeDelta::days(1)), &meta);
    for number in [1, 2] {
        user.hears(route(number, CardKind::Plain));
        assert_eq!(user.begins(card(number)), ["NotificationSuppressed"]);
    }
    assert_eq!(user.state.missed.of.len(), 2);

    assert_eq!(user.when(&stop(1)), ["NotificationSuppressed"]);

    assert_eq!(user.state.missed.of, [card(2)]);
    let told = |number| {
        let card = user.state.notification(card(number)).unwrap();
        crate::user::standing::still_so(&user.state, card, user.now)
    };
    assert_eq!((told(1), told(2)), (false, true));
}
