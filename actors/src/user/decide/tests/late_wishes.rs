//! What reaches the service long after something newer changes nothing that the newer one said: it is kept, and answered with
//! how things stand.

use events::organization::Topic;
use events::user::{IgnoredReason, QuietDays, Rsvp, TopicWay};

use super::*;
use crate::action::{PauseTime, QuietChange, SettingsForm};

impl User {
    /// Does it so many minutes ago, and it comes now.
    fn did(&mut self, what: What, minutes_ago: i64) -> Vec<UserEvent> {
        let UserCommand::Receive(inbound) = self.activity(what) else {
            panic!("not an activity")
        };
        let at = Some(self.now - TimeDelta::minutes(minutes_ago));
        self.when_events(&UserCommand::Receive(Box::new(Inbound { at, ..*inbound })))
    }

    fn pressed(&mut self, act: Act<Sealed>, on: NotificationId, minutes_ago: i64) -> Vec<UserEvent> {
        let press = Press {
            on: Some(on),
            revision: None,
            subject: None,
            line: None,
            act,
            input: PressInput::default(),
        };
        self.did(What::Pressed { press, on: None }, minutes_ago)
    }
}

fn is_overtaken(events: &[UserEvent]) -> bool {
    events.iter().any(|event| {
        matches!(event, UserEvent::Chat(events::user::Chat::ActionIgnored(ignored))
            if ignored.reason == IgnoredReason::Overtaken && ignored.at.is_some())
    })
}

fn there() -> User {
    let mut user = User::installed();
    user.is_greeted();
    user.now += TimeDelta::days(1);
    user
}

fn pause(hours: i64) -> What {
    What::Typed(Typed {
        pause: Some(PauseTime::For(TimeDelta::hours(hours))),
        ..Typed::plain(Command::Pause)
    })
}

#[test]
fn a_disconnect_from_before_a_connect_does_not_undo_it_and_the_other_way_round() {
    // Connecting changes nothing, and is said all the same.
    let mut user = there();
    user.did(typed(Command::Connect), 5);
    for _ in 0..2 {
        assert!(is_overtaken(&user.did(typed(Command::Disconnect), 10)));
    }
    assert!(user.state.connected);
    let CardContent::Status(status) = user.content(user.newest().id) else {
        panic!("no status")
    };
    assert!(status.overtaken && !status.link.disconnected);

    let mut user = there();
    user.did(typed(Command::Disconnect), 0);
    user.did(typed(Command::Disconnect), 0);
    assert!(!user.state.connected);
    user.now += TimeDelta::minutes(10);
    assert!(is_overtaken(&user.did(typed(Command::Connect), 12)));
    assert!(!user.state.connected);
    user.did(typed(Command::Connect), 1);
    assert!(user.state.connected);
}

#[test]
fn a_word_from_before_the_question_does_not_confirm_it() {
    let mut user = there();
    user.did(typed(Command::Disconnect), 0);
    user.now += TimeDelta::minutes(2);
    user.did(typed(Command::Disconnect), 5);
    assert!(user.state.connected, "it was said before anything was asked");
    user.did(typed(Command::Disconnect), 0);
    assert!(!user.state.connected);
}

#[test]
fn a_pause_from_before_a_resume_does_not_begin_again_and_one_that_comes_late_counts_from_when_it_was_asked_for()
 {
    let mut user = there();
    user.did(typed(Command::Resume), 5);
    assert!(is_overtaken(&user.did(pause(2), 10)));
    assert_eq!(user.state.paused_until, None);

    let asked_at = user.now - TimeDelta::minutes(3);
    user.did(pause(2), 3);
    assert_eq!(user.state.paused_until, Some(asked_at + TimeDelta::hours(2)));
    let settings = user.newest().id;
    user.is_delivered(settings);
    assert!(is_overtaken(&user.did(typed(Command::Resume), 4)));
    assert!(is_overtaken(&user.pressed(Act::EndPause, settings, 4)));
    assert!(is_overtaken(&user.pressed(
        Act::SetPause(Some(PauseTime::For(TimeDelta::hours(9)))),
        settings,
        4
    )));
    assert!(user.state.paused_until.is_some());
    assert!(!is_overtaken(&user.pressed(Act::EndPause, settings, 1)));
    assert_eq!(user.state.paused_until, None);
}

#[test]
fn settings_from_before_others_change_only_what_those_left_open() {
    let mut user = there();
    user.did(typed(Command::Notifications), 30);
    let card = user.newest().id;
    user.is_delivered(card);
    let form = |topics: &[(Topic, TopicWay)]| {
        Act::SaveSettings(SettingsForm {
            topics: topics.iter().copied().collect(),
            ..SettingsForm::default()
        })
    };
    let quiet = |days| QuietChange {
        days: Some(days),
        ..QuietChange::default()
    };
    user.pressed(
        form(&[(Topic::Surveys, TopicWay::Off), (Topic::Tasks, TopicWay::On)]),
        card,
        5,
    );
    // The newer form said that tasks stay as they were.
    let late = form(&[
        (Topic::Surveys, TopicWay::On),
        (Topic::Tasks, TopicWay::Digest),
        (Topic::Announcements, TopicWay::Off),
    ]);
    assert!(!is_overtaken(&user.pressed(late, card, 10)));
    let topics = &user.state.preferences.topics;
    assert_eq!(topics.get(&Topic::Surveys), Some(&TopicWay::Off));
    assert_eq!(topics.get(&Topic::Tasks), None);
    assert_eq!(topics.get(&Topic::Announcements), Some(&TopicWay::Off));
    let late = form(&[(Topic::Surveys, TopicWay::On)]);
    assert!(is_overtaken(&user.pressed(late, card, 10)));

    let typed_quiet = |days| {
        What::Typed(Typed {
            quiet: Some(quiet(days)),
            ..Typed::plain(Command::Quiet)
        })
    };
    user.did(typed_quiet(QuietDays::Weekends), 2);
    assert!(is_overtaken(&user.did(typed_quiet(QuietDays::Weekdays), 3)));
    let days = user.state.preferences.quiet_hours.map(|hours| hours.days);
    assert_eq!(days, Some(QuietDays::Weekends));
}

#[test]
fn an_answer_from_before_another_does_not_undo_it_also_where_the_other_changed_nothing() {
    let mut user = there();
    let facts = SubjectFacts {
        starts_at: Some(user.now + TimeDelta::days(9)),
        ..SubjectFacts::default()
    };
    let event = user.gets(about(1, CardKind::ErgEvent, "erg_event/7", facts.clone()));
    let meeting = user.gets(about(2, CardKind::Meeting, "meeting/9", facts));
    let rsvp = |user: &User| user.subject_card(card(1)).answer;
    user.pressed(Act::Rsvp(Rsvp::Going), event, 20);
    user.pressed(Act::Rsvp(Rsvp::Going), event, 5);
    assert!(is_overtaken(&user.pressed(Act::Rsvp(Rsvp::NotGoing), event, 10)));
    assert_eq!(rsvp(&user), Some(crate::card::AnswerView::Rsvp(Rsvp::Going)));
    assert_eq!(
        user.state.notification(event).unwrap().fault,
        Some(events::user::InputFault::Overtaken),
        "the card says so"
    );
    user.pressed(Act::Rsvp(Rsvp::Maybe), event, 1);
    assert_eq!(rsvp(&user), Some(crate::card::AnswerView::Rsvp(Rsvp::Maybe)));

    user.pressed(Act::AcceptMeeting { slot: None }, meeting, 5);
    assert!(is_overtaken(&user.pressed(
        Act::DeclineMeeting { note: None },
        meeting,
        10
    )));
    assert!(!is_overtaken(&user.pressed(
        Act::DeclineMeeting { note: None },
        meeting,
        1
    )));
}

#[test]
fn a_number_is_that_of_the_list_that_stood_there_when_it_was_typed() {
    let mut user = there();
    let request = |user: &mut User, number: u32| {
        let route = about(
            number,
            CardKind::MentoringRequest,
            &format!("mentoring_request/{number}"),
            SubjectFacts {
                respond_by: Some(user.now + TimeDelta::days(9 - i64::from(number))),
                ..SubjectFacts::default()
            },
        );
        user.gets(Route {
            accepted_at: user.now,
            ..route
        })
    };
    let first = request(&mut user, 1);
    user.did(typed(Command::Pending), 0);
    user.now += TimeDelta::minutes(10);
    // What is due sooner stands before it on the next list.
    let second = request(&mut user, 2);
    user.did(typed(Command::Pending), 0);
    user.now += TimeDelta::minutes(1);
    let accept = What::Typed(Typed {
        number: Some(1),
        ..Typed::plain(Command::Accept)
    });
    user.did(accept, 8);
    assert!(user.subject_card(first).answer.is_some());
    assert!(user.subject_card(second).answer.is_none());
}
