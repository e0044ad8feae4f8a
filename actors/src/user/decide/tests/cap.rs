//! How many cards that can wait a person gets within a day.

use super::*;
use events::user::MergeReason;

fn news(user: &User, number: u32, kind: CardKind) -> Route {
    Route {
        most_a_day: Some(2),
        accepted_at: user.now,
        subject: None,
        ..route(number, kind)
    }
}

fn merged(events: &[UserEvent]) -> Option<MergeReason> {
    events.iter().find_map(|event| match event {
        UserEvent::Queue(Queue::Merged(event)) => Some(event.reason),
        _ => None,
    })
}

#[test]
fn what_is_more_than_the_organization_wants_goes_into_the_digest_until_a_day_has_passed() {
    let mut user = User::installed();
    user.is_greeted();
    for number in [1, 2] {
        user.gets(news(&user, number, CardKind::Announcement));
        user.now += TimeDelta::hours(1);
    }
    user.hears(news(&user, 3, CardKind::Plain));
    let events = user.when_events(&UserCommand::BeginSend {
        notification_id: card(3),
    });
    assert_eq!(merged(&events), Some(MergeReason::DailyCap));
    assert!(matches!(user.phase(3), Phase::Merged(_)));

    // The first of the two is older than a day by now.
    user.now += TimeDelta::hours(22);
    user.gets(news(&user, 4, CardKind::Announcement));
}

#[test]
fn requests_meetings_and_messages_are_not_counted_and_what_is_urgent_goes_out() {
    let mut user = User::installed();
    user.is_greeted();
    for number in [1, 2] {
        user.gets(news(&user, number, CardKind::Announcement));
    }
    for (number, kind) in [
        (3, CardKind::MentoringRequest),
        (4, CardKind::Meeting),
        (5, CardKind::Message),
        (6, CardKind::Task),
    ] {
        user.gets(news(&user, number, kind));
    }
    let urgent = Route {
        facts: Some(SubjectFacts {
            urgent: true,
            ..SubjectFacts::default()
        }),
        ..news(&user, 7, CardKind::Announcement)
    };
    user.gets(urgent);
    let without = Route {
        most_a_day: None,
        ..news(&user, 8, CardKind::Announcement)
    };
    user.gets(without);
}
