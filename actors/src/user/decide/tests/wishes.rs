//! What the person wants to get, when and when not.

use std::collections::BTreeMap;

use events::organization::{ReminderKind, Topic};
use events::user::{DigestEvery, QuietDays, TimeOfDay, TopicWay};

use super::*;
use crate::action::{PauseTime, QuietChange, SettingsForm};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A person in Berlin, on a Monday at noon.
fn in_berlin() -> User {
    let mut user = User::installed();
    user.lives_in("Europe/Berlin");
    user.now = at("2026-03-02T11:00:00Z");
    user
}

fn plain(user: &User, number: u32) -> Route {
    Route {
        accepted_at: user.now,
        ..route(number, CardKind::Plain)
    }
}

fn asks(user: &mut User, number: u32) -> Route {
    Route {
        accepted_at: user.now,
        ..about(
            number,
            CardKind::MentoringRequest,
            &format!("mentoring_request/{number}"),
            SubjectFacts::default(),
        )
    }
}

fn set(topic: Topic, how: TopicWay) -> SettingsForm {
    SettingsForm {
        topics: BTreeMap::from([(topic, how)]),
        ..SettingsForm::default()
    }
}

/// Opens the settings and saves `form` on them.
fn saves(user: &mut User, form: SettingsForm) -> Vec<&'static str> {
    user.receives(typed(Command::Notifications));
    let card = user.newest().id;
    user.is_delivered(card);
    user.presses(Press {
        input: PressInput::default(),
        on: Some(card),
        revision: Some(1),
        subject: None,
        line: None,
        act: Act::SaveSettings(form),
    })
}

fn deferred_until(user: &User, number: u32) -> Option<DateTime<Utc>> {
    match user.phase(number) {
        Phase::Deferred(until) => Some(until),
        _ => None,
    }
}

fn pauses(user: &mut User, time: PauseTime) -> Vec<&'static str> {
    user.receives(What::Typed(Typed {
        pause: Some(time),
        ..Typed::plain(Command::Pause)
    }))
}

#[test]
fn at_night_a_card_waits_for_the_morning_of_the_person() {
    let mut user = in_berlin();
    user.now = at("2026-03-02T22:30:00Z");
    user.hears(plain(&user, 1));
    assert_eq!(user.begins(card(1)), ["NotificationDeferred"]);
    assert_eq!(deferred_until(&user, 1), Some(at("2026-03-03T06:00:00Z")));
    assert!(user.begins(card(1)).is_empty());
    user.now = at("2026-03-03T06:00:00Z");
    assert_eq!(user.begins(card(1)), ["DeliveryAttempted"]);
}

#[test]
fn who_travels_meanwhile_gets_it_in_the_morning_of_where_they_are() {
    let mut user = in_berlin();
    user.now = at("2026-03-02T22:30:00Z");
    user.hears(plain(&user, 1));
    user.begins(card(1));
    user.lives_in("America/New_York");
    user.now = at("2026-03-03T06:00:00Z");
    assert_eq!(user.begins(card(1)), ["NotificationDeferred"]);
    assert_eq!(deferred_until(&user, 1), Some(at("2026-03-03T12:00:00Z")));
}

#[test]
fn without_a_known_zone_nothing_is_held_back() {
    let mut user = User::installed();
    user.now = at("2026-03-02T23:30:00Z");
    user.hears(plain(&user, 1));
    assert_eq!(user.begins(card(1)), ["DeliveryAttempted"]);
}

#[test]
fn answers_to_commands_and_what_cannot_wait_come_at_night() {
    let mut user = in_berlin();
    user.now = at("2026-03-02T23:30:00Z");
    user.receives(typed(Command::Help));
    assert_eq!(user.begins(user.newest().id), ["DeliveryAttempted"]);
    let soon = SubjectFacts {
        starts_at: Some(user.now + TimeDelta::minutes(10)),
        reminder: Some(ReminderKind::Soon),
        ..SubjectFacts::default()
    };
    let reminder = Route {
        accepted_at: user.now,
        ..about(1, CardKind::MeetingReminder, "meeting/1", soon)
    };
    user.hears(reminder);
    assert_eq!(user.begins(card(1)), ["DeliveryAttempted"]);
    let day = SubjectFacts {
        starts_at: Some(user.now + TimeDelta::days(1)),
        reminder: Some(ReminderKind::Day),
        ..SubjectFacts::default()
    };
    user.hears(about(2, CardKind::MeetingReminder, "meeting/2", day));
    assert_eq!(user.begins(card(2)), ["NotificationDeferred"]);
    let urgent = SubjectFacts {
        urgent: true,
        ..SubjectFacts::default()
    };
    user.hears(Route {
        facts: Some(urgent),
        ..plain(&user, 3)
    });
    assert_eq!(user.begins(card(3)), ["DeliveryAttempted"]);
}

#[test]
fn a_meeting_of_tomorrow_morning_that_is_cancelled_at_night_is_told_at_once() {
    let mut user = in_berlin();
    let facts = SubjectFacts {
        starts_at: Some(at("2026-03-03T08:00:00Z")),
        ..SubjectFacts::default()
    };
    user.gets(about(1, CardKind::Meeting, "meeting/1", facts));
    user.now = at("2026-03-02T23:30:00Z");
    let name = SubjectRef::parse("meeting/1").unwrap();
    let mut cancelled = change(name, CardKind::Meeting, SubjectState::Cancelled, "c", 11);
    cancelled.accepted_at = user.now;
    user.learns(cancelled);
    assert_eq!(user.begins(user.newest().id), ["DeliveryAttempted"]);
}

#[test]
fn the_persons_own_quiet_hours_win_over_the_default() {
    let mut user = in_berlin();
    let own = QuietChange {
        hours: Some((TimeOfDay::of(11, 0), TimeOfDay::of(13, 0))),
        ..QuietChange::default()
    };
    let typed_quiet = |quiet| {
        What::Typed(Typed {
            quiet,
            ..Typed::plain(Command::Quiet)
        })
    };
    assert_eq!(
        user.receives(typed_quiet(Some(own))),
        ["CommandReceived", "PreferencesChanged", "NotificationQueued"]
    );
    // It is said again, which counts against what was said before and comes later.
    let before = user.state.preferences.clone();
    user.receives(typed_quiet(Some(own)));
    assert_eq!(user.state.preferences, before);
    user.hears(plain(&user, 1));
    user.begins(card(1));
    assert_eq!(deferred_until(&user, 1), Some(at("2026-03-02T12:00:00Z")));
    let off = QuietChange {
        off: Some(true),
        ..QuietChange::default()
    };
    user.receives(typed_quiet(Some(off)));
    user.now = at("2026-03-02T11:59:00Z");
    user.hears(plain(&user, 3));
    assert_eq!(user.begins(card(3)), ["DeliveryAttempted"]);
    let weekends = QuietChange {
        days: Some(QuietDays::Weekends),
        off: Some(false),
        ..QuietChange::default()
    };
    user.receives(typed_quiet(Some(weekends)));
    user.now = at("2026-03-07T15:00:00Z");
    user.hears(plain(&user, 4));
    user.begins(card(4));
    // Saturday afternoon waits for Monday, when the day begins.
    assert_eq!(deferred_until(&user, 4), Some(at("2026-03-08T23:00:00Z")));
}

#[test]
fn a_topic_that_is_off_is_not_sent_and_is_not_missed() {
    let mut user = in_berlin();
    assert_eq!(
        saves(&mut user, set(Topic::Announcements, TopicWay::Off)),
        ["NotificationSeen", "PreferencesChanged", "CardUpdateQueued"]
    );
    user.hears(plain(&user, 1));
    assert_eq!(user.begins(card(1)), ["NotificationSuppressed"]);
    assert_eq!(user.state.missed.count, 0);
    let request = asks(&mut user, 2);
    user.gets(request);
}

#[test]
fn saving_what_is_so_already_changes_nothing() {
    let mut user = in_berlin();
    saves(&mut user, set(Topic::Surveys, TopicWay::Off));
    let before = user.state.preferences.clone();
    let again = saves(&mut user, set(Topic::Surveys, TopicWay::Off));
    assert_eq!(again.last(), Some(&"ActionIgnored"));
    assert_eq!(user.state.preferences, before);
}

#[test]
fn a_digest_gathers_its_topics_and_comes_once_with_what_is_still_so() {
    let mut user = in_berlin();
    saves(&mut user, set(Topic::Announcements, TopicWay::Digest));
    for number in 1..=3 {
        user.hears(plain(&user, number));
        let first = ["NotificationQueued", "NotificationDeferred", "NotificationMerged"];
        let later = ["NotificationMerged"];
        let expected: &[&str] = if number == 1 { &first } else { &later };
        assert_eq!(user.begins(card(number)), expected);
    }
    let Phase::Merged(digest) = user.phase(1) else {
        panic!("not gathered")
    };
    assert_eq!(
        user.state.notification(digest).unwrap().phase,
        Phase::Deferred(at("2026-03-03T08:00:00Z"))
    );
    user.now = at("2026-03-03T08:00:00Z");
    user.is_delivered(digest);
    assert_eq!(user.list(digest).items.len(), 3);
    // What comes now is for the next one.
    user.hears(plain(&user, 4));
    assert_eq!(user.begins(card(4)).len(), 3);
    assert_ne!(user.phase(4), Phase::Merged(digest));
}

#[test]
fn a_digest_of_which_nothing_is_left_is_not_sent() {
    let mut user = in_berlin();
    saves(&mut user, set(Topic::Requests, TopicWay::Digest));
    let request = asks(&mut user, 1);
    let name = request.subject.clone().unwrap();
    user.hears(request);
    user.begins(card(1));
    user.learns(change(
        name,
        CardKind::RequestOutcome,
        SubjectState::Withdrawn,
        "w",
        11,
    ));
    let Phase::Merged(digest) = user.phase(1) else {
        panic!("not gathered")
    };
    user.now = at("2026-03-03T08:00:00Z");
    assert_eq!(user.begins(digest), ["NotificationSuppressed"]);
}

#[test]
fn a_weekly_digest_moves_what_gathers_already() {
    let mut user = in_berlin();
    saves(&mut user, set(Topic::Announcements, TopicWay::Digest));
    user.hears(plain(&user, 1));
    user.begins(card(1));
    let weekly = SettingsForm {
        digest: Some(DigestEvery::Weekly),
        ..SettingsForm::default()
    };
    assert!(saves(&mut user, weekly).contains(&"NotificationDeferred"));
    let Phase::Merged(digest) = user.phase(1) else {
        panic!("not gathered")
    };
    assert_eq!(
        user.state.notification(digest).unwrap().phase,
        Phase::Deferred(at("2026-03-09T08:00:00Z"))
    );
}

#[test]
fn a_pause_ends_by_itself_with_one_card_of_what_is_still_so() {
    let mut user = in_berlin();
    let events = pauses(&mut user, PauseTime::Next(chrono::Weekday::Fri));
    assert_eq!(
        events,
        [
            "CommandReceived",
            "Paused",
            "NotificationQueued",
            "NotificationDeferred",
            "NotificationQueued"
        ]
    );
    let friday = at("2026-03-05T23:00:00Z");
    assert_eq!(user.state.paused_until, Some(friday));
    for number in [1, 2] {
        let request = asks(&mut user, number);
        user.hears(request);
        assert_eq!(user.begins(card(number)), ["NotificationSuppressed"]);
    }
    let name = SubjectRef::parse("mentoring_request/2").unwrap();
    user.learns(change(
        name,
        CardKind::RequestOutcome,
        SubjectState::Withdrawn,
        "w",
        11,
    ));
    let catch_up = user
        .state
        .notifications
        .iter()
        .find(|card| card.card == CardKind::CatchUp)
        .unwrap()
        .id;
    user.now = friday;
    // It is midnight: the card waits for the morning.
    assert_eq!(user.begins(catch_up), ["Resumed", "NotificationDeferred"]);
    user.now = at("2026-03-06T06:00:00Z");
    user.is_delivered(catch_up);
    let list = user.list(catch_up);
    assert_eq!((list.items.len(), list.missed), (1, 2));
    assert_eq!(user.state.missed, crate::user::state::Missed::default());
}

#[test]
fn resuming_sends_what_was_missed_at_once_and_never_twice() {
    let mut user = in_berlin();
    pauses(&mut user, PauseTime::For(TimeDelta::weeks(2)));
    let request = asks(&mut user, 1);
    user.hears(request);
    user.begins(card(1));
    assert_eq!(
        user.receives(typed(Command::Resume)),
        [
            "CommandReceived",
            "Resumed",
            "NotificationSuppressed",
            "NotificationQueued"
        ]
    );
    assert_eq!(user.newest().card, CardKind::Resumed);
    let catch_up = user.newest().id;
    user.is_delivered(catch_up);
    assert_eq!(user.list(catch_up).items.len(), 1);
    let waiting = user
        .state
        .notifications
        .iter()
        .filter(|card| card.phase.is_unsent());
    assert_eq!(waiting.filter(|card| card.card == CardKind::CatchUp).count(), 0);
    assert_eq!(
        user.receives(typed(Command::Resume)),
        ["CommandReceived", "NotificationQueued"]
    );
}

#[test]
fn a_pause_without_a_time_that_makes_sense_shows_where_to_choose_one() {
    let mut user = in_berlin();
    user.receives(typed(Command::Pause));
    assert_eq!(user.newest().card, CardKind::Settings);
    pauses(&mut user, PauseTime::Until("2020-01-01".parse().unwrap()));
    assert_eq!(
        (user.newest().card, user.state.paused_until),
        (CardKind::Settings, None)
    );
}

#[test]
fn whoever_connects_again_gets_one_card_of_what_is_still_so() {
    let mut user = in_berlin();
    user.receives(typed(Command::Disconnect));
    user.receives(typed(Command::Disconnect));
    for number in [1, 2, 3] {
        let request = asks(&mut user, number);
        user.hears(request);
        user.begins(card(number));
    }
    let name = SubjectRef::parse("mentoring_request/3").unwrap();
    user.learns(change(
        name,
        CardKind::RequestOutcome,
        SubjectState::Expired,
        "x",
        11,
    ));
    assert_eq!(
        user.receives(typed(Command::Connect)),
        ["CommandReceived", "Connected", "NotificationQueued"]
    );
    assert_eq!(user.newest().card, CardKind::Connected);
    let catch_up = user.newest().id;
    assert_eq!(user.list(catch_up).items.len(), 2);
    user.is_delivered(catch_up);
    assert_eq!(user.list(catch_up).items.len(), 2);
    // Its buttons work.
    let accept = Press {
        on: Some(catch_up),
        revision: Some(1),
        subject: Some(SubjectRef::parse("mentoring_request/1").unwrap()),
        line: None,
        input: PressInput::default(),
        act: Act::AcceptRequest,
    };
    assert!(user.presses(accept).contains(&"RequestAccepted"));
}

#[test]
fn whoever_connects_again_having_missed_nothing_gets_no_second_card() {
    let mut user = in_berlin();
    user.receives(typed(Command::Disconnect));
    user.receives(typed(Command::Disconnect));
    assert_eq!(
        user.receives(typed(Command::Connect)),
        ["CommandReceived", "Connected", "NotificationQueued"]
    );
}

#[test]
fn whoever_installs_again_is_greeted_with_what_is_still_so() {
    let mut user = User::installed();
    user.is_greeted();
    user.lives_in("Europe/Berlin");
    user.now = at("2026-03-02T11:00:00Z");
    user.receives(What::Uninstalled(UninstallEvidence::InstallationUpdate));
    let request = asks(&mut user, 1);
    user.hears(request);
    assert_eq!(user.begins(card(1)), ["NotificationSuppressed"]);
    user.receives(What::Installed(InstallEvidence::InstallationUpdate));
    assert_eq!(user.newest().card, CardKind::WelcomeBack);
    let greeting = user.newest().id;
    user.is_delivered(greeting);
    assert_eq!(user.list(greeting).items.len(), 1);
}

#[test]
fn whoever_comes_back_during_a_pause_is_left_alone_until_it_ends() {
    let mut user = in_berlin();
    pauses(&mut user, PauseTime::For(TimeDelta::days(3)));
    let request = asks(&mut user, 1);
    user.hears(request);
    user.begins(card(1));
    for command in [Command::Disconnect, Command::Disconnect, Command::Connect] {
        user.receives(typed(command));
    }
    assert_eq!(user.newest().card, CardKind::Connected);
    let connected = user.newest().id;
    user.is_delivered(connected);
    user.now += TimeDelta::days(3);
    let mut cards = user.state.notifications.iter();
    let catch_up = cards.find(|card| card.card == CardKind::CatchUp).unwrap().id;
    user.is_delivered(catch_up);
    assert_eq!(user.list(catch_up).items.len(), 1);
}

#[test]
fn the_first_card_keeps_the_quiet_hours_of_the_zone_that_chronus_gives() {
    // 23:00 in Berlin, for somebody who got the app by a policy and never wrote a word.
    let mut user = User::installed();
    user.now = "2026-03-02T22:00:00Z".parse().unwrap();
    let is_quiet =
        |user: &User| crate::user::quiet::quiet_until(&user.state, user.now, &user.rules).is_some();
    let card = |number: u32, timezone: &str| Route {
        client_defaults: ClientDefaultsChanged {
            locale: Some("de-DE".into()),
            timezone: Some(timezone.into()),
            unknown_timezone: None,
        },
        accepted_at: "2026-03-02T22:00:00Z".parse().unwrap(),
        ..route(number, CardKind::Plain)
    };
    assert!(!is_quiet(&user), "nobody told a zone");
    let events = user.hears(card(1, "W. Europe Standard Time"));
    assert_eq!(
        events,
        ["MemberLinked", "ClientDefaultsChanged", "NotificationQueued"]
    );
    assert!(is_quiet(&user));

    // Said again it is no news; what the person's own client tells counts more, unless nobody knows the name.
    assert_eq!(
        user.hears(card(2, "W. Europe Standard Time")),
        ["NotificationQueued"]
    );
    user.lives_in("America/New_York");
    assert!(!is_quiet(&user));
    user.lives_in("Mars/Olympus");
    assert!(is_quiet(&user));
}

#[test]
fn what_waits_for_the_morning_follows_a_new_zone_and_new_quiet_hours() {
    for (zone, quiet_off) in [(Some("America/New_York"), false), (None, true)] {
        let mut user = in_berlin();
        user.state.preferences.quiet_hours = Some(events::user::QuietHours {
            from: events::user::TimeOfDay::of(21, 0),
            to: events::user::TimeOfDay::of(7, 0),
            days: events::user::QuietDays::All,
            off: false,
        });
        user.now = at("2026-03-02T23:00:00Z");
        user.hears(plain(&user, 1));
        assert_eq!(user.begins(card(1)), ["NotificationDeferred"]);
        assert!(user.begins(card(1)).is_empty());
        if quiet_off {
            user.receives(What::Typed(Typed {
                quiet: Some(crate::action::QuietChange {
                    off: Some(true),
                    ..crate::action::QuietChange::default()
                }),
                ..Typed::plain(Command::Quiet)
            }));
        } else {
            let UserCommand::Receive(mut inbound) = user.activity(What::Contact) else {
                panic!("not an activity")
            };
            inbound.client.timezone = zone.map(str::to_owned);
            user.when(&UserCommand::Receive(inbound));
        }
        assert_eq!(user.begins(card(1)), ["DeliveryAttempted"], "{zone:?}");
    }
}
