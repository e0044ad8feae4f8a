//! What holds at the very moment: a time that is reached is past, one millisecond before it is not.

use events::organization::{ReminderKind, Slot};
use events::user::Rsvp;

use super::*;

fn not_sent() -> SendResult {
    SendResult::NotSent {
        reason: SendResult::NO_CONNECTION.into(),
        configuration: false,
    }
}

const A_MOMENT: TimeDelta = TimeDelta::milliseconds(1);

/// What the person is listed when they type `command` so long after now.
fn listed(user: &User, command: Command, after: TimeDelta) -> Vec<NotificationId> {
    let mut user = User {
        state: user.state.clone(),
        now: user.now + after,
        rules: user.rules.clone(),
        activities: user.activities,
        tenant_off: false,
    };
    user.receives(typed(command));
    let list = user.newest().id;
    let items = user.list(list).items;
    items.iter().map(|item| item.notification_id).collect()
}

#[test]
fn what_takes_place_is_listed_until_the_moment_of_its_end() {
    let hour = TimeDelta::hours(1);
    let of = |kind: CardKind, name: &str, facts: fn(DateTime<Utc>) -> SubjectFacts| {
        let mut user = User::installed();
        let facts = facts(user.now + hour);
        user.gets(about(1, kind, name, facts));
        user
    };
    let ends = |at: DateTime<Utc>| SubjectFacts {
        starts_at: Some(at - TimeDelta::minutes(30)),
        ends_at: Some(at),
        ..SubjectFacts::default()
    };
    let last_slot = |at: DateTime<Utc>| {
        let slot = |id: &str, starts_at| Slot {
            id: id.into(),
            starts_at,
            ends_at: None,
        };
        SubjectFacts {
            slots: vec![slot("2", at), slot("1", at - TimeDelta::minutes(50))],
            ..SubjectFacts::default()
        }
    };
    for (user, command) in [
        (of(CardKind::Meeting, "meeting/1", ends), Command::Meetings),
        (of(CardKind::Meeting, "meeting/1", last_slot), Command::Meetings),
        (of(CardKind::Meeting, "meeting/1", last_slot), Command::Pending),
        (of(CardKind::ErgEvent, "erg_event/1", ends), Command::Events),
        (of(CardKind::ErgEvent, "erg_event/1", ends), Command::Pending),
    ] {
        assert_eq!(listed(&user, command, hour - A_MOMENT), [card(1)], "{command:?}");
        assert!(listed(&user, command, hour).is_empty(), "{command:?}");
    }
}

#[test]
fn what_is_to_be_answered_by_a_time_waits_until_that_moment() {
    let hour = TimeDelta::hours(1);
    for (kind, name) in [
        (CardKind::MentoringRequest, "mentoring_request/1"),
        (CardKind::Task, "task/1"),
        (CardKind::ErgEvent, "erg_event/1"),
    ] {
        let mut user = User::installed();
        let facts = SubjectFacts {
            respond_by: Some(user.now + hour),
            ..SubjectFacts::default()
        };
        user.gets(about(1, kind, name, facts));
        assert_eq!(
            listed(&user, Command::Pending, hour - A_MOMENT),
            [card(1)],
            "{kind:?}"
        );
        assert!(listed(&user, Command::Pending, hour).is_empty(), "{kind:?}");
    }
}

#[test]
fn a_card_leaves_until_the_moment_its_time_runs_out_and_not_before_it_is_due() {
    let begins = |user: &mut User, at: DateTime<Utc>| {
        user.now = at;
        user.begins(card(1))
    };
    let queued = |lives: TimeDelta| {
        let mut user = User::installed();
        user.hears(Route {
            expires_at: Some(user.now + lives),
            ..route(1, CardKind::Plain)
        });
        user
    };
    let hour = TimeDelta::hours(1);
    let mut user = queued(hour);
    let end = user.now + hour;
    assert_eq!(begins(&mut user, end - A_MOMENT), ["DeliveryAttempted"]);
    let mut user = queued(hour);
    assert_eq!(begins(&mut user, end), ["NotificationExpired"]);

    let mut user = queued(hour);
    user.is_sent(1, not_sent());
    let Phase::Retry(at) = user.phase(1) else {
        panic!("{:?}", user.phase(1))
    };
    assert!(begins(&mut user, at - A_MOMENT).is_empty());
    assert_eq!(begins(&mut user, at), ["DeliveryAttempted"]);
}

#[test]
fn a_pause_holds_until_its_moment_and_what_comes_then_is_sent() {
    let mut user = User::installed();
    user.is_greeted();
    let until = user.now + TimeDelta::days(1);
    user.state.paused_until = Some(until);
    for number in [1, 2] {
        user.hears(route(number, CardKind::Plain));
    }
    user.now = until - A_MOMENT;
    assert_eq!(user.begins(card(1)), ["NotificationSuppressed"]);
    user.now = until;
    assert_eq!(user.begins(card(2)), ["DeliveryAttempted"]);
}

#[test]
fn a_change_of_what_begins_within_twelve_hours_wakes_and_of_what_begins_later_or_began_does_not() {
    let night: DateTime<Utc> = "2026-03-02T23:00:00Z".parse().unwrap();
    let starts = |at: DateTime<Utc>| SubjectFacts {
        starts_at: Some(at),
        ends_at: Some(at + TimeDelta::hours(3)),
        ..SubjectFacts::default()
    };
    let told_at_night = |starts_at: DateTime<Utc>| {
        let mut user = User::installed();
        user.is_greeted();
        user.lives_in("Europe/London");
        user.now = "2026-03-02T12:00:00Z".parse().unwrap();
        user.gets(about(1, CardKind::ErgEvent, "erg_event/1", starts(starts_at)));
        user.presses(press(1, Act::Rsvp(Rsvp::Going)));
        user.now = night;
        user.hears(Route {
            state: Some(SubjectState::Cancelled),
            ..about(2, CardKind::ErgEventNotice, "erg_event/1", starts(starts_at))
        });
        user.begins(card(2))
    };
    let half_a_day = TimeDelta::hours(12);
    assert_eq!(told_at_night(night + half_a_day), ["DeliveryAttempted"]);
    assert_eq!(
        told_at_night(night + half_a_day + A_MOMENT),
        ["NotificationDeferred"]
    );
    assert_eq!(told_at_night(night + A_MOMENT), ["DeliveryAttempted"]);
    assert_eq!(told_at_night(night), ["NotificationDeferred"]);
}

#[test]
fn a_reminder_wakes_only_where_it_says_soon_of_what_has_a_place_in_time() {
    let night: DateTime<Utc> = "2026-03-02T23:00:00Z".parse().unwrap();
    let reminded = |kind: CardKind, reminds: CardKind, name: &str, reminder: Option<ReminderKind>| {
        let mut user = User::installed();
        user.is_greeted();
        user.lives_in("Europe/London");
        user.now = night - TimeDelta::hours(10);
        let facts = SubjectFacts {
            starts_at: Some(night + TimeDelta::hours(2)),
            ..SubjectFacts::default()
        };
        let accepted_at = user.now;
        user.gets(Route {
            accepted_at,
            ..about(1, kind, name, facts.clone())
        });
        user.presses(press(1, Act::Rsvp(Rsvp::Going)));
        user.now = night;
        user.hears(Route {
            accepted_at,
            ..about(2, reminds, name, SubjectFacts { reminder, ..facts })
        });
        user.begins(card(2))
    };
    let (event, of_event) = (CardKind::ErgEvent, CardKind::ErgEventReminder);
    let soon = Some(ReminderKind::Soon);
    assert_eq!(
        reminded(event, of_event, "erg_event/1", soon),
        ["DeliveryAttempted"]
    );
    assert_eq!(
        reminded(event, of_event, "erg_event/1", None),
        ["NotificationDeferred"]
    );
    let (request, of_request) = (CardKind::MentoringRequest, CardKind::RequestReminder);
    assert_eq!(
        reminded(request, of_request, "mentoring_request/1", soon),
        ["NotificationDeferred"]
    );
}

#[test]
fn messages_are_bundled_from_the_fourth_in_ten_minutes_on() {
    let with = |messages: u32, after: TimeDelta| {
        let mut user = User::installed();
        user.is_greeted();
        let message = |number: u32| {
            let facts = SubjectFacts {
                message_id: Some(number.to_string()),
                ..SubjectFacts::default()
            };
            about(number, CardKind::Message, "thread/1", facts)
        };
        for number in 1..=messages {
            user.gets(message(number));
        }
        user.now += after;
        user.hears(message(99));
        user.begins(card(99))
    };
    let ten_minutes = TimeDelta::minutes(10);
    assert_eq!(with(2, TimeDelta::zero()), ["DeliveryAttempted"]);
    assert_eq!(
        with(3, ten_minutes - A_MOMENT),
        ["NotificationMerged", "CardUpdateQueued"]
    );
    assert_eq!(with(3, ten_minutes), ["DeliveryAttempted"]);
}

#[test]
fn the_question_whether_to_disconnect_is_answered_within_ten_minutes_by_what_is_said_after_it() {
    let again = |after: TimeDelta, said: TimeDelta| {
        let mut user = User::installed();
        user.receives(typed(Command::Disconnect));
        let asked = user.now;
        user.now += after;
        let mut command = user.activity(typed(Command::Disconnect));
        if let UserCommand::Receive(inbound) = &mut command {
            inbound.at = Some(asked + said);
        }
        user.when(&command).contains(&"Disconnected")
    };
    let (zero, ten) = (TimeDelta::zero(), TimeDelta::minutes(10));
    assert!(again(ten - A_MOMENT, ten - A_MOMENT));
    assert!(!again(ten, ten));
    // Teams' clock may be five seconds behind ours.
    let behind = TimeDelta::seconds(-5);
    assert!(again(zero, behind));
    assert!(!again(zero, behind - A_MOMENT));
}

#[test]
fn the_numbers_of_a_list_hold_for_a_day_and_only_for_what_was_typed_after_it() {
    let accepts = |after: TimeDelta, said: TimeDelta| {
        let mut user = User::installed();
        // By their deadline the other one would be first.
        for (number, days) in [(1, 30), (2, 20)] {
            let facts = SubjectFacts {
                respond_by: Some(user.now + TimeDelta::days(days)),
                ..SubjectFacts::default()
            };
            let name = format!("mentoring_request/{number}");
            if number == 1 {
                user.gets(about(number, CardKind::MentoringRequest, &name, facts));
                user.receives(typed(Command::Pending));
                let list = user.newest().id;
                user.is_delivered(list);
            } else {
                user.gets(about(number, CardKind::MentoringRequest, &name, facts));
            }
        }
        let shown = user.now;
        user.now += after;
        let mut command = user.activity(What::Typed(Typed {
            number: Some(1),
            ..Typed::plain(Command::Accept)
        }));
        if let UserCommand::Receive(inbound) = &mut command {
            inbound.at = Some(shown + said);
        }
        user.when(&command);
        let answered = |number| user.subject_card(card(number)).answer.is_some();
        [answered(1), answered(2)]
    };
    let (zero, day) = (TimeDelta::zero(), TimeDelta::days(1));
    assert_eq!(accepts(day - A_MOMENT, day - A_MOMENT), [true, false]);
    assert_eq!(accepts(day, day), [false, true]);
    let behind = TimeDelta::seconds(-5);
    assert_eq!(accepts(zero, behind), [true, false]);
    assert_eq!(accepts(zero, behind - A_MOMENT), [false, true]);
}

#[test]
fn a_time_is_proposed_or_accepted_only_while_it_is_ahead() {
    let with = |slots: Vec<Slot>| {
        let mut user = User::installed();
        let facts = SubjectFacts {
            slots,
            ..SubjectFacts::default()
        };
        user.gets(about(1, CardKind::Meeting, "meeting/1", facts));
        user
    };
    let slot = |id: &str, starts_at| Slot {
        id: id.into(),
        starts_at,
        ends_at: None,
    };
    let now = User::new().now;
    let hour = TimeDelta::hours(1);
    let propose = |at: DateTime<Utc>| {
        let act = Act::ProposeMeeting {
            at: Some(at.naive_utc()),
            note: None,
        };
        press(1, act)
    };
    let mut user = with(vec![slot("1", now + hour)]);
    assert!(user.presses(propose(now)).contains(&"ActionIgnored"));
    assert!(user.presses(propose(now + A_MOMENT)).contains(&"MeetingProposed"));
    let accept = press(
        1,
        Act::AcceptMeeting {
            slot: Some("1".into()),
        },
    );
    let both = || vec![slot("1", now + hour), slot("2", now + hour * 2)];
    let mut user = with(both());
    user.now = now + hour;
    assert!(user.presses(accept.clone()).contains(&"ActionIgnored"));
    let mut user = with(both());
    user.now = now + hour - A_MOMENT;
    assert!(user.presses(accept).contains(&"MeetingAccepted"));
}

#[test]
fn a_moved_meeting_is_accepted_by_what_was_said_after_the_move_was_known() {
    let accepts = |said: TimeDelta| {
        let mut user = User::installed();
        let starts = |hours| SubjectFacts {
            starts_at: Some(DateTime::UNIX_EPOCH + TimeDelta::days(1) + TimeDelta::hours(hours)),
            ..SubjectFacts::default()
        };
        user.gets(about(1, CardKind::Meeting, "meeting/1", starts(30)));
        user.now += TimeDelta::hours(1);
        let moved = user.now;
        user.learns(SubjectRoute {
            facts: Some(starts(40)),
            ..change(
                SubjectRef::parse("meeting/1").unwrap(),
                CardKind::Meeting,
                SubjectState::Moved,
                "m",
                1_000,
            )
        });
        user.now += TimeDelta::hours(1);
        let mut command = user.activity(What::Pressed {
            press: press(1, Act::AcceptMeeting { slot: None }),
            on: None,
        });
        if let UserCommand::Receive(inbound) = &mut command {
            inbound.at = Some(moved + said);
        }
        user.when(&command).contains(&"MeetingAccepted")
    };
    let behind = TimeDelta::seconds(-5);
    assert!(accepts(behind));
    assert!(!accepts(behind - A_MOMENT));
    assert!(!accepts(TimeDelta::minutes(-10)));
}
