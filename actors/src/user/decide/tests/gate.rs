//! What becomes of a card that is due: each reason by itself, and what none of them concerns.

use std::collections::BTreeMap;

use events::organization::Topic;
use events::user::{Rsvp, SuppressedReason, TopicWay};

use super::*;

fn not_sent() -> SendResult {
    SendResult::NotSent {
        reason: SendResult::NO_CONNECTION.into(),
        configuration: false,
    }
}

fn greeted() -> User {
    let mut user = User::installed();
    user.is_greeted();
    user
}

/// Why the card is not sent, where it is suppressed.
fn suppressed(user: &mut User, number: u32) -> Option<SuppressedReason> {
    let begin = UserCommand::BeginSend {
        notification_id: card(number),
    };
    user.when_events(&begin).iter().find_map(|event| match event {
        UserEvent::Queue(Queue::Suppressed(event)) => Some(event.reason),
        _ => None,
    })
}

fn message(number: u32) -> Route {
    let facts = SubjectFacts {
        message_id: Some(number.to_string()),
        ..SubjectFacts::default()
    };
    about(number, CardKind::Message, "thread/1", facts)
}

fn edited(number: u32, state: SubjectState) -> SubjectRoute {
    let thread = SubjectRef::parse("thread/1").unwrap();
    let position = 1_000 + u64::from(number);
    SubjectRoute {
        facts: Some(SubjectFacts {
            message_id: Some(number.to_string()),
            ..SubjectFacts::default()
        }),
        ..change(
            thread,
            CardKind::Message,
            state,
            &format!("e{number}{state:?}"),
            position,
        )
    }
}

fn event_facts(user: &User) -> SubjectFacts {
    SubjectFacts {
        starts_at: Some(user.now + TimeDelta::days(3)),
        ..SubjectFacts::default()
    }
}

#[test]
fn a_digest_is_not_sent_during_a_pause_and_not_for_what_is_missed_besides() {
    let gathering = |user: &mut User| {
        user.state.preferences.topics = BTreeMap::from([(CardKind::Announcement.topic(), TopicWay::Digest)]);
        user.hears(about(
            1,
            CardKind::Announcement,
            "announcement/1",
            SubjectFacts::default(),
        ));
        user.begins(card(1));
        let digest = user.newest();
        assert_eq!(digest.card, CardKind::Digest);
        let Phase::Deferred(due) = digest.phase else {
            panic!("{:?}", digest.phase)
        };
        (digest.id, due)
    };
    let reason = |user: &mut User, id| {
        let begin = UserCommand::BeginSend { notification_id: id };
        user.when_events(&begin).iter().find_map(|event| match event {
            UserEvent::Queue(Queue::Suppressed(event)) => Some(event.reason),
            _ => None,
        })
    };
    let mut user = greeted();
    let (digest, due) = gathering(&mut user);
    user.state.paused_until = Some(due + TimeDelta::hours(1));
    user.now = due;
    assert_eq!(reason(&mut user, digest), Some(SuppressedReason::Paused));

    let mut user = greeted();
    let (digest, due) = gathering(&mut user);
    // Another card was missed, and the one that the digest gathered is taken back.
    user.hears(about(2, CardKind::Task, "task/2", SubjectFacts::default()));
    user.state.missed.add(card(2));
    user.learns(change(
        SubjectRef::parse("announcement/1").unwrap(),
        CardKind::Announcement,
        SubjectState::Withdrawn,
        "w",
        1_000,
    ));
    user.now = due;
    assert_eq!(reason(&mut user, digest), Some(SuppressedReason::NothingLeft));
}

#[test]
fn what_is_urgent_does_not_wait_for_the_digest_of_its_topic() {
    let mut user = greeted();
    let of_announcements = CardKind::Announcement.topic();
    user.state.preferences.topics = BTreeMap::from([(of_announcements, TopicWay::Digest)]);
    let facts = |urgent| SubjectFacts {
        urgent,
        ..SubjectFacts::default()
    };
    user.hears(about(1, CardKind::Announcement, "announcement/1", facts(true)));
    user.hears(about(2, CardKind::Announcement, "announcement/2", facts(false)));
    assert_eq!(user.begins(card(1)), ["DeliveryAttempted"]);
    assert!(user.begins(card(2)).contains(&"NotificationMerged"));
}

#[test]
fn a_card_in_doubt_is_looked_at_ever_more_rarely_until_its_time_runs_out() {
    let mut user = greeted();
    let mut waits = Vec::new();
    user.hears(Route {
        expires_at: Some(user.now + TimeDelta::hours(30)),
        ..route(1, CardKind::MentoringRequest)
    });
    user.state.link = None;
    user.state.former = Some(crate::user::state::Former {
        member_id: None,
        since: user.now + TimeDelta::days(1),
        in_doubt: true,
        last_known: None,
    });
    while user.begins(card(1)) == ["NotificationDeferred"] {
        let Phase::Deferred(until) = user.phase(1) else {
            panic!("{:?}", user.phase(1))
        };
        waits.push((until - user.now).num_minutes());
        user.now = until;
    }
    // 30 hours are 1,800 minutes.
    assert_eq!(waits, [10, 20, 40, 80, 160, 320, 640, 530]);
    assert_eq!(user.phase(1), Phase::Expired);
}

#[test]
fn of_two_short_words_about_a_thing_the_newer_goes_out_and_of_two_lost_messages_both() {
    let mut user = greeted();
    let facts = event_facts(&user);
    user.gets(about(1, CardKind::ErgEvent, "erg_event/1", facts.clone()));
    user.presses(press(1, Act::Rsvp(Rsvp::Going)));
    for number in [2, 3] {
        user.hears(about(
            number,
            CardKind::ErgEventNotice,
            "erg_event/1",
            facts.clone(),
        ));
    }
    assert_eq!(suppressed(&mut user, 2), Some(SuppressedReason::Superseded));
    assert_eq!(user.begins(card(3)), ["DeliveryAttempted"]);

    user.gets(message(4));
    for number in [5, 6] {
        user.hears(about(
            number,
            CardKind::MessageNotice,
            "thread/1",
            SubjectFacts::default(),
        ));
    }
    assert_eq!(user.begins(card(5)), ["DeliveryAttempted"]);
    assert_eq!(user.begins(card(6)), ["DeliveryAttempted"]);
}

#[test]
fn whoever_stays_away_hears_no_short_word_of_it() {
    let hears_of = |kind: CardKind, notice: CardKind, name: &str, answer: Act<Sealed>| {
        let mut user = greeted();
        let facts = event_facts(&user);
        user.gets(about(1, kind, name, facts.clone()));
        user.presses(press(1, answer));
        user.hears(about(2, notice, name, facts));
        suppressed(&mut user, 2)
    };
    let away = Some(SuppressedReason::NotGoing);
    let decline = Act::DeclineMeeting { note: None };
    let meeting = |answer| hears_of(CardKind::Meeting, CardKind::MeetingNotice, "meeting/1", answer);
    let event = |answer| {
        hears_of(
            CardKind::ErgEvent,
            CardKind::ErgEventNotice,
            "erg_event/1",
            answer,
        )
    };
    assert_eq!(meeting(decline), away);
    assert_eq!(meeting(Act::AcceptMeeting { slot: None }), None);
    assert_eq!(event(Act::Rsvp(Rsvp::NotGoing)), away);
    assert_eq!(event(Act::Rsvp(Rsvp::Going)), None);
}

#[test]
fn a_message_taken_back_while_it_was_under_way_does_not_leave_and_an_edited_one_does() {
    for (state, then) in [
        (SubjectState::Deleted, "NotificationWithdrawn"),
        (SubjectState::Updated, "DeliveryAttempted"),
    ] {
        let mut user = greeted();
        user.hears(message(1));
        user.begins(card(1));
        user.learns(edited(1, state));
        user.is_answered(1, not_sent());
        user.now += TimeDelta::minutes(1);
        assert_eq!(user.begins(card(1)), [then], "{state:?}");
    }
}

#[test]
fn messages_are_bundled_into_the_newest_that_can_still_change_and_never_after_a_try() {
    let three = || {
        let mut user = greeted();
        for number in 1..=3 {
            user.gets(message(number));
        }
        user
    };
    let bundled_into = |user: &mut User| {
        user.hears(message(9));
        user.begins(card(9));
        match user.phase(9) {
            Phase::Merged(into) => Some(into),
            _ => None,
        }
    };
    assert_eq!(bundled_into(&mut three()), Some(card(3)));
    let frozen =
        |user: &mut User, number| user.state.notifications.get_mut(card(number)).unwrap().frozen = true;
    let mut user = three();
    frozen(&mut user, 3);
    assert_eq!(bundled_into(&mut user), Some(card(2)));
    let mut user = three();
    user.state.notifications.get_mut(card(3)).unwrap().activity_id = None;
    assert_eq!(bundled_into(&mut user), Some(card(2)));
    let revision = |user: &User| user.state.notification(card(2)).unwrap().wanted;
    assert_eq!(revision(&user), 2, "it is drawn anew");

    let mut user = greeted();
    for number in 1..=2 {
        user.gets(message(number));
    }
    user.hears(message(9));
    user.begins(card(9));
    user.gets(message(3));
    user.is_answered(9, not_sent());
    user.now += TimeDelta::minutes(1);
    assert_eq!(user.begins(card(9)), ["DeliveryAttempted"]);

    // Other cards of the thread are no messages.
    let mut user = greeted();
    for number in 1..=2 {
        user.gets(message(number));
    }
    user.gets(about(
        3,
        CardKind::MessageNotice,
        "thread/1",
        SubjectFacts::default(),
    ));
    assert_eq!(bundled_into(&mut user), None);
    // Nor are those counted that did not arrive.
    let mut user = greeted();
    for number in 1..=3 {
        user.gets(message(number));
    }
    user.state.notifications.get_mut(card(1)).unwrap().phase = Phase::Unknown(None);
    assert_eq!(bundled_into(&mut user), None);
}

#[test]
fn topics_are_switched_each_by_itself() {
    let mut user = greeted();
    user.state.preferences.topics = BTreeMap::from([(Topic::Tasks, TopicWay::Off)]);
    user.hears(about(1, CardKind::Task, "task/1", SubjectFacts::default()));
    user.hears(about(2, CardKind::Survey, "survey/1", SubjectFacts::default()));
    assert_eq!(suppressed(&mut user, 1), Some(SuppressedReason::TopicOff));
    assert_eq!(user.begins(card(2)), ["DeliveryAttempted"]);
}
