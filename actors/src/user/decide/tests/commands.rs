//! What commands are answered with.

use events::user::Rsvp;

use super::*;
use crate::card::AnswerView;
use crate::user::subject::Answered;

fn numbered(command: Command, number: u32) -> What {
    What::Typed(Typed {
        number: Some(number),
        ..Typed::plain(command)
    })
}

fn invited(user: &mut User, number: u32, days: i64) {
    let facts = SubjectFacts {
        starts_at: Some(user.now + TimeDelta::days(days)),
        ..SubjectFacts::default()
    };
    user.gets(about(
        number,
        CardKind::ErgEvent,
        &format!("erg_event/{number}"),
        facts,
    ));
}

#[test]
fn every_command_is_answered_with_a_card() {
    for command in Command::ALL {
        let mut user = User::installed();
        let events = user.receives(typed(command));
        assert_eq!(events[0], "CommandReceived", "{command:?}");
        assert_eq!(events.last(), Some(&"NotificationQueued"), "{command:?}");
        let reply = user.newest();
        assert_eq!(reply.class, Class::Reply);
        user.content(reply.id);
    }
}

#[test]
fn pending_lists_what_waits_soonest_first_and_keeps_its_numbers() {
    let mut user = User::with_delivered_request(1);
    invited(&mut user, 2, 9);
    invited(&mut user, 3, 4);
    user.receives(typed(Command::Pending));
    let list = user.newest().id;
    user.is_delivered(list);
    let order = |user: &User| -> Vec<NotificationId> {
        user.list(list)
            .items
            .iter()
            .map(|item| item.notification_id)
            .collect()
    };
    assert_eq!(order(&user), [card(3), card(2), card(1)]);
    let events = user.receives(numbered(Command::Accept, 2));
    assert_eq!(
        events,
        [
            "CommandReceived",
            "EventRsvpGiven",
            "CardUpdateQueued",
            "CardUpdateQueued",
            "NotificationQueued"
        ]
    );
    // The numbers are still those that were shown.
    assert_eq!(order(&user), [card(3), card(2), card(1)]);
    let answered = &user.list(list).items[1];
    assert_eq!(answered.answer, Some(AnswerView::Rsvp(Rsvp::Going)));
    user.receives(numbered(Command::Decline, 3));
    assert_eq!(user.state.subjects[&request()].state, SubjectState::Declined);
    assert_eq!(user.newest().item, Some(3));
}

#[test]
fn a_number_that_names_nothing_answers_nothing() {
    let mut user = User::with_delivered_request(1);
    for what in [numbered(Command::Accept, 0), numbered(Command::Accept, 7)] {
        assert_eq!(user.receives(what), ["CommandReceived", "NotificationQueued"]);
    }
    // Of one thing alone the number need not be said.
    assert!(user.receives(typed(Command::Accept)).contains(&"RequestAccepted"));
}

#[test]
fn buttons_of_a_list_answer_the_thing_they_stand_beside() {
    let mut user = User::with_delivered_request(1);
    user.receives(typed(Command::Pending));
    let list = user.newest().id;
    user.is_delivered(list);
    let accept = |subject: &str| Press {
        on: Some(list),
        revision: Some(1),
        subject: Some(SubjectRef::parse(subject).unwrap()),
        line: None,
        input: PressInput::default(),
        act: Act::AcceptRequest,
    };
    assert_eq!(
        user.presses(accept("mentoring_request/2")).last(),
        Some(&"ActionIgnored")
    );
    assert_eq!(
        user.presses(accept("mentoring_request/1")),
        ["RequestAccepted", "CardUpdateQueued", "CardUpdateQueued"]
    );
    assert_eq!(user.list(list).items[0].answer, Some(AnswerView::Accepted));
    assert_eq!(user.presses(accept("mentoring_request/1")), ["ActionIgnored"]);
}

#[test]
fn meetings_events_and_connections_list_what_is_ahead() {
    let mut user = User::installed();
    invited(&mut user, 1, 2);
    invited(&mut user, 2, 1);
    user.gets(about(
        3,
        CardKind::Connection,
        "connection/1",
        SubjectFacts::default(),
    ));
    user.receives(typed(Command::Events));
    let events: Vec<_> = user
        .list(user.newest().id)
        .items
        .iter()
        .map(|item| item.notification_id)
        .collect();
    assert_eq!(events, [card(2), card(1)]);
    user.receives(typed(Command::Connections));
    assert_eq!(user.list(user.newest().id).total, 1);
    user.receives(typed(Command::Meetings));
    assert_eq!(user.list(user.newest().id).total, 0);
}

#[test]
fn disconnecting_asks_back_and_may_pause_instead() {
    let mut user = User::installed();
    user.receives(typed(Command::Disconnect));
    let asked = user.newest().id;
    user.is_delivered(asked);
    assert_eq!(user.content(asked), CardContent::ConfirmDisconnect);
    let press_on = |act| Press {
        input: PressInput::default(),
        on: Some(asked),
        revision: Some(1),
        subject: None,
        line: None,
        act,
    };
    let pause = Act::SetPause(Some(crate::action::PauseTime::For(TimeDelta::weeks(1))));
    let events = user.presses(press_on(pause));
    assert!(
        events.contains(&"Paused") && events.contains(&"CardUpdateQueued"),
        "{events:?}"
    );
    assert!(matches!(user.content(asked), CardContent::Paused { .. }));
    assert!(user.state.connected);
    assert_eq!(
        user.presses(press_on(Act::ConfirmDisconnect)),
        ["Disconnected", "CardUpdateQueued"]
    );
    assert_eq!(user.content(asked), CardContent::Disconnected);
    assert_eq!(user.presses(press_on(Act::ConfirmDisconnect)), ["ActionIgnored"]);
}

#[test]
fn disconnect_typed_twice_with_something_between_asks_again() {
    let mut user = User::installed();
    user.receives(typed(Command::Disconnect));
    user.receives(typed(Command::Help));
    user.receives(typed(Command::Disconnect));
    assert!(user.state.connected);
    user.now += TimeDelta::minutes(11);
    user.receives(typed(Command::Disconnect));
    assert!(user.state.connected);
    user.receives(typed(Command::Disconnect));
    assert!(!user.state.connected);
}

#[test]
fn a_long_life_is_kept_small_and_forgets_nothing_that_matters() {
    let mut user = User::with_delivered_request(1);
    let first = user.activity(typed(Command::Help));
    user.when(&first);
    for number in 10..2_500 {
        user.now += TimeDelta::hours(1);
        user.gets(Route {
            accepted_at: user.now,
            ..about(
                number,
                CardKind::Plain,
                &format!("news/{number}"),
                SubjectFacts::default(),
            )
        });
    }
    assert!(
        user.state.notifications.len() <= 1_100,
        "{}",
        user.state.notifications.len()
    );
    assert!(user.state.subjects.len() <= 1_100);
    // What was told is not told again, and what was asked is not answered again, however long ago.
    assert!(
        user.hears(about(10, CardKind::Plain, "news/10", SubjectFacts::default()))
            .is_empty()
    );
    assert!(user.when(&first).is_empty());
    // A button of a card that is gone is harmless.
    assert_eq!(user.presses(press(10, Act::Acknowledge)), ["ActionIgnored"]);
    let snapshot = serde_json::to_vec(&user.state).unwrap();
    assert!(snapshot.len() < 2_000_000, "{}", snapshot.len());
}

#[test]
fn an_open_request_outlives_many_settled_cards() {
    let mut user = User::with_delivered_request(1);
    for _ in 0..600 {
        user.receives(typed(Command::Help));
        let reply = user.newest().id;
        user.is_delivered(reply);
    }
    assert!(
        user.state.notifications.len() <= 300,
        "{}",
        user.state.notifications.len()
    );
    assert_eq!(user.presses(ACCEPT(1))[1], "RequestAccepted");
}

#[test]
fn a_long_list_goes_on_and_no_line_is_answered_that_nobody_saw() {
    let mut user = User::installed();
    for number in 1..=12 {
        user.gets(about(
            number,
            CardKind::MentoringRequest,
            &format!("mentoring_request/{number}"),
            SubjectFacts::default(),
        ));
    }
    user.receives(typed(Command::Pending));
    let first = user.newest().id;
    let shown = user.list(first);
    assert_eq!((shown.items.len(), shown.from, shown.more), (10, 0, 2));

    let accept = |number| {
        What::Typed(Typed {
            number: Some(number),
            ..Typed::plain(Command::Accept)
        })
    };
    user.receives(accept(12));
    let answer = user.list(user.newest().id);
    assert_eq!((answer.from, answer.item, answer.items.len()), (10, Some(12), 2));
    assert!(
        user.subject_card(card(12)).answer.is_none(),
        "it was not seen before"
    );
    user.receives(accept(12));
    assert!(user.subject_card(card(12)).answer.is_some());

    user.presses(Press {
        on: Some(first),
        ..press(1, Act::Run(Typed::plain(Command::More)))
    });
    assert_eq!(user.list(user.newest().id).from, 10);
    user.receives(typed(Command::More));
    assert_eq!(user.list(user.newest().id).from, 0, "from its beginning again");
}

#[test]
fn a_list_goes_on_page_by_page_and_begins_again_behind_its_last() {
    for (number, pages) in [(20, vec![10, 0]), (21, vec![10, 20, 0])] {
        let mut user = User::installed();
        for number in 1..=number {
            let name = format!("mentoring_request/{number}");
            user.gets(about(
                number,
                CardKind::MentoringRequest,
                &name,
                SubjectFacts::default(),
            ));
        }
        user.receives(typed(Command::Pending));
        for page in pages {
            let before = user.newest().id;
            user.receives(typed(Command::More));
            assert_ne!(user.newest().id, before, "another card");
            let list = user.list(user.newest().id);
            assert_eq!(list.from, page, "of {number}");
            assert!(!list.items.is_empty());
        }
    }
}

#[test]
fn a_command_without_a_number_means_the_only_thing_that_waits_and_says_which_line_it_was() {
    let mut user = User::with_delivered_request(1);
    assert!(user.receives(typed(Command::Accept)).contains(&"RequestAccepted"));
    assert_eq!(user.newest().item, Some(1));
    let mut user = User::with_delivered_request(1);
    invited(&mut user, 2, 4);
    let events = user.receives(typed(Command::Accept));
    assert_eq!(
        events,
        ["CommandReceived", "NotificationQueued"],
        "of two, neither"
    );
    assert_eq!(user.newest().item, None);
}

#[test]
fn a_number_behind_the_last_line_shows_the_list_from_its_beginning() {
    let mut user = User::installed();
    for number in 1..=10 {
        invited(&mut user, number, 4);
    }
    let behind = What::Typed(Typed {
        number: Some(11),
        ..Typed::plain(Command::Accept)
    });
    user.receives(behind);
    let list = user.list(user.newest().id);
    assert_eq!((list.from, list.items.len(), list.item), (0, 10, Some(11)));
}

#[test]
fn accept_and_decline_mean_what_a_card_can_be_answered_with_and_nothing_else() {
    use Command::{Accept, Decline};
    let answers = |kind: CardKind, name: &str, command: Command| {
        let mut user = User::installed();
        let facts = SubjectFacts {
            starts_at: Some(user.now + TimeDelta::days(3)),
            acknowledge: true,
            ..SubjectFacts::default()
        };
        user.gets(about(1, kind, name, facts));
        let events = user.receives(typed(command));
        let answer = user.state.subjects[&SubjectRef::parse(name).unwrap()]
            .answer
            .clone();
        (events[1], answer.map(|answer| answer.what))
    };
    let (event, meeting) = ("erg_event/1", "meeting/1");
    let going = Some(Answered::Rsvp(Rsvp::Going));
    let not_going = Some(Answered::Rsvp(Rsvp::NotGoing));
    let (accepted, declined) = (Some(Answered::Slot(None)), Some(Answered::MeetingDeclined));
    for (kind, name, command, expected) in [
        (CardKind::ErgEvent, event, Accept, ("EventRsvpGiven", going)),
        (CardKind::ErgEvent, event, Decline, ("EventRsvpGiven", not_going)),
        (CardKind::Meeting, meeting, Accept, ("MeetingAccepted", accepted)),
        (CardKind::Meeting, meeting, Decline, ("MeetingDeclined", declined)),
        (
            CardKind::Announcement,
            "announcement/1",
            Accept,
            ("AnnouncementAcknowledged", Some(Answered::Acknowledged)),
        ),
        (
            CardKind::Announcement,
            "announcement/1",
            Decline,
            ("NotificationQueued", None),
        ),
        (CardKind::Task, "task/1", Accept, ("NotificationQueued", None)),
    ] {
        assert_eq!(answers(kind, name, command), expected, "{kind:?} {command:?}");
    }
}

#[test]
fn what_nobody_has_read_is_not_acknowledged_by_its_line_in_a_list() {
    let mut user = User::installed();
    user.is_greeted();
    user.state.paused_until = Some(user.now + TimeDelta::days(1));
    let facts = SubjectFacts {
        acknowledge: true,
        ..SubjectFacts::default()
    };
    user.hears(about(1, CardKind::Announcement, "announcement/1", facts));
    assert_eq!(user.begins(card(1)), ["NotificationSuppressed"]);
    let events = user.receives(typed(Command::Accept));
    assert_eq!(events, ["CommandReceived", "NotificationQueued"]);
}

#[test]
fn the_thing_of_a_line_is_shown_only_where_the_line_is_of_chronus() {
    let mut user = User::with_delivered_request(1);
    user.receives(typed(Command::Help));
    let help = user.newest().id;
    let show = |line| Press {
        on: None,
        line: Some(line),
        ..press(1, Act::Show)
    };
    user.presses(show(help));
    assert_eq!(user.newest().card, CardKind::Pending);
    user.presses(show(card(1)));
    assert_eq!(
        (user.newest().card, user.newest().of.as_slice()),
        (CardKind::MentoringRequest, [card(1)].as_slice())
    );
}

#[test]
fn what_is_not_understood_is_answered_with_the_commands_near_to_it() {
    let mut user = User::installed();
    user.receives(What::Typed(Typed {
        near: vec![Command::Pending, Command::Pause],
        ..Typed::plain(Command::Unknown)
    }));
    assert_eq!(user.newest().near, [Command::Pending, Command::Pause]);
}

#[test]
fn the_form_to_write_is_for_the_conversation_whose_button_was_pressed() {
    let mut user = User::installed();
    let name = "connection/1";
    user.gets(about(1, CardKind::Connection, name, SubjectFacts::default()));
    user.presses(Press {
        subject: Some(SubjectRef::parse(name).unwrap()),
        ..press(1, Act::Run(Typed::plain(Command::Message)))
    });
    assert_eq!(
        (user.newest().card, user.newest().of.as_slice()),
        (CardKind::Compose, [card(1)].as_slice())
    );
}

#[test]
fn every_card_that_tells_of_a_pause_is_drawn_anew_when_that_ends() {
    let mut user = User::installed();
    user.is_greeted();
    user.receives(What::Typed(Typed {
        pause: Some(crate::action::PauseTime::For(TimeDelta::days(2))),
        ..Typed::plain(Command::Pause)
    }));
    user.is_greeted();
    let paused = user.newest().id;
    user.receives(typed(Command::Status));
    user.is_greeted();
    let status = user.newest().id;
    user.receives(typed(Command::Resume));
    for id in [paused, status] {
        assert_eq!(user.state.notification(id).unwrap().wanted, 2);
    }
}
