//! A form that a second device still shows: what is pressed on it and does not count is said on the card, and what only
//! repeats what is so is not.

use events::organization::{Question, QuestionKind, Slot};
use events::user::{InputFault, Rsvp};

use super::messages::words;
use super::*;

fn fingerprint(text: &str) -> PressInput {
    PressInput {
        fingerprint: Some(EventId::derive([text]).0),
        ..PressInput::default()
    }
}

/// A press of the form that the card had first, with these words.
fn of_first(act: Act<Sealed>, given: Option<&str>) -> Press {
    Press {
        revision: Some(1),
        input: given.map(fingerprint).unwrap_or_default(),
        ..press(1, act)
    }
}

#[track_caller]
fn hears(user: &mut User, press: Press, fault: Option<InputFault>) {
    let answers = |user: &User| {
        let all = user.state.subjects.values();
        let of = all.map(|subject| {
            let answer = subject.answer.clone().map(|answer| (answer.what, answer.given));
            (answer, subject.held, subject.survey.clone())
        });
        of.collect::<Vec<_>>()
    };
    let before = answers(user);
    let known = user.state.notification(card(1)).unwrap().fault;
    let act = press.act.clone();
    let events = user.presses(press);
    assert_eq!(events.last(), Some(&"ActionIgnored"), "{act:?}: {events:?}");
    let is = user.state.notification(card(1)).unwrap().fault;
    assert_eq!(is, fault.or(known), "{act:?}");
    assert_eq!(answers(user), before, "{act:?} changed nothing");
}

fn answer(question: &str, value: &str) -> Act<Sealed> {
    Act::AnswerSurvey {
        question: question.into(),
        value: Some(words(value)),
    }
}

fn with_survey() -> User {
    let question = |id: &str| Question {
        id: id.into(),
        kind: QuestionKind::Text,
        options: Vec::new(),
        required: false,
        scale: None,
    };
    let facts = SubjectFacts {
        questions: ["q1", "q2"].map(question).into(),
        ..SubjectFacts::default()
    };
    let mut user = User::installed();
    user.gets(about(1, CardKind::Survey, "survey/4", facts));
    user
}

const SUBMIT: Act<Sealed> = Act::SubmitSurvey {
    question: None,
    value: None,
};

#[test]
fn another_answer_to_a_question_that_was_answered_is_told_that_it_is_not_kept() {
    let mut user = with_survey();
    user.presses(of_first(answer("q1", "aa"), Some("2")));
    hears(&mut user, of_first(answer("q1", "aa"), Some("2")), None);
    hears(
        &mut user,
        of_first(answer("q1", "cc"), Some("5")),
        Some(InputFault::Answered),
    );
    // To leaf through an older form gives no answer that could be lost.
    hears(&mut user, of_first(Act::SkipInSurvey, None), None);
    // To submit one that is at another question would send off what nobody looked at.
    hears(&mut user, of_first(SUBMIT, None), Some(InputFault::Changed));
    // The survey goes on, and the word is gone with the next step.
    user.presses(press(1, Act::SkipInSurvey));
    assert_eq!(user.state.notification(card(1)).unwrap().fault, None);
    user.presses(press(1, SUBMIT));
    hears(&mut user, press(1, SUBMIT), None);
    hears(&mut user, of_first(answer("q1", "aa"), Some("2")), None);
    hears(
        &mut user,
        of_first(answer("q1", "cc"), Some("5")),
        Some(InputFault::Answered),
    );
}

#[test]
fn an_answer_to_a_question_that_was_skipped_meanwhile_is_told_that_it_is_not_kept() {
    let mut user = with_survey();
    user.presses(of_first(Act::SkipInSurvey, None));
    hears(
        &mut user,
        of_first(answer("q1", "aa"), Some("5")),
        Some(InputFault::Changed),
    );
}

const MEETING: &str = "meeting/7";

fn accept(slot: &str) -> Act<Sealed> {
    Act::AcceptMeeting {
        slot: Some(slot.into()),
    }
}

fn with_meeting() -> User {
    let mut user = User::installed();
    let slot = |(id, days): (&str, i64)| Slot {
        id: id.into(),
        starts_at: user.now + TimeDelta::days(days),
        ends_at: None,
    };
    let facts = SubjectFacts {
        slots: [("a", 2), ("b", 3)].map(slot).into(),
        ..SubjectFacts::default()
    };
    user.gets(about(1, CardKind::Meeting, MEETING, facts));
    user
}

fn meeting_is(user: &mut User, state: SubjectState, days: i64) {
    let starts_at = Some(user.now + TimeDelta::days(days));
    user.learns(SubjectRoute {
        facts: Some(SubjectFacts {
            starts_at,
            ..SubjectFacts::default()
        }),
        ..change(
            SubjectRef::parse(MEETING).unwrap(),
            CardKind::Meeting,
            state,
            &format!("{state:?}"),
            20 + u64::try_from(days).unwrap(),
        )
    });
}

#[test]
fn another_time_than_the_one_that_was_chosen_is_told_that_it_is_not_kept() {
    let mut user = with_meeting();
    user.presses(of_first(accept("b"), None));
    for confirmed in [false, true] {
        if confirmed {
            meeting_is(&mut user, SubjectState::Scheduled, 3);
        }
        hears(&mut user, of_first(accept("b"), None), None);
        for other in ["a", "never-offered"] {
            hears(
                &mut user,
                of_first(accept(other), None),
                Some(InputFault::Answered),
            );
        }
    }
    meeting_is(&mut user, SubjectState::Cancelled, 4);
    hears(&mut user, of_first(accept("a"), None), Some(InputFault::Ended));
}

#[test]
fn a_time_of_an_older_form_is_not_taken_for_the_one_that_was_fixed() {
    let mut user = with_meeting();
    meeting_is(&mut user, SubjectState::Scheduled, 3);
    for other in ["a", "never-offered"] {
        hears(
            &mut user,
            of_first(accept(other), None),
            Some(InputFault::Changed),
        );
    }
    let given = user.presses(of_first(accept("b"), None));
    assert!(given.contains(&"MeetingAccepted"), "{given:?}");
}

#[test]
fn other_words_with_the_same_answer_are_told_and_the_same_words_are_not() {
    let note = |text: &str| Act::DeclineMeeting {
        note: Some(words(text)),
    };
    let mut user = with_meeting();
    user.presses(of_first(note("aa"), Some("ill")));
    hears(&mut user, of_first(note("aa"), Some("ill")), None);
    hears(
        &mut user,
        of_first(Act::DeclineMeeting { note: None }, None),
        None,
    );
    let given = user.presses(of_first(note("cc"), Some("away")));
    assert!(given.contains(&"MeetingDeclined"), "{given:?}");
    hears(&mut user, of_first(note("cc"), Some("away")), None);
}

#[test]
fn a_request_that_was_answered_says_so_to_whoever_answers_it_otherwise() {
    let decline = |reason: &str| Act::DeclineRequest {
        reason: Some(reason.into()),
        note: Some(words("aa")),
    };
    let mut user = User::installed();
    user.gets(route(1, CardKind::MentoringRequest));
    user.presses(of_first(decline("timing"), Some("later")));
    hears(&mut user, of_first(decline("timing"), Some("later")), None);
    for (act, given) in [
        (decline("other"), "later"),
        (decline("timing"), "never"),
        (Act::AcceptRequest, ""),
    ] {
        let given = Some(given).filter(|given| !given.is_empty());
        hears(&mut user, of_first(act, given), Some(InputFault::Answered));
    }
}

#[test]
fn what_ended_otherwise_says_so_to_whoever_presses_an_older_form() {
    let facts = || SubjectFacts {
        acknowledge: true,
        ..SubjectFacts::default()
    };
    for (kind, name, end, act) in [
        (
            CardKind::MentoringRequest,
            "mentoring_request/1",
            SubjectState::Withdrawn,
            Act::AcceptRequest,
        ),
        (
            CardKind::Task,
            "task/1",
            SubjectState::Withdrawn,
            Act::CompleteTask,
        ),
        (
            CardKind::ErgEvent,
            "erg_event/1",
            SubjectState::Cancelled,
            Act::Rsvp(Rsvp::Going),
        ),
        (
            CardKind::Announcement,
            "announcement/1",
            SubjectState::Withdrawn,
            Act::Acknowledge,
        ),
        (
            CardKind::RecommendedMatch,
            "recommended_match/1",
            SubjectState::Withdrawn,
            Act::DismissMatch,
        ),
    ] {
        let mut user = User::installed();
        user.gets(about(1, kind, name, facts()));
        user.learns(change(SubjectRef::parse(name).unwrap(), kind, end, "end", 30));
        hears(&mut user, of_first(act, None), Some(InputFault::Ended));
    }
}

#[test]
fn what_was_done_elsewhere_is_done_and_needs_no_word() {
    let mut user = User::installed();
    user.gets(about(1, CardKind::Task, "task/1", SubjectFacts::default()));
    user.learns(change(
        SubjectRef::parse("task/1").unwrap(),
        CardKind::Task,
        SubjectState::Completed,
        "done",
        30,
    ));
    hears(&mut user, of_first(Act::CompleteTask, None), None);
}

#[test]
fn a_double_click_on_any_answer_says_nothing() {
    let facts = || SubjectFacts {
        acknowledge: true,
        ..SubjectFacts::default()
    };
    let asks = Act::RequestMatch {
        message: Some(words("aa")),
    };
    for (kind, act, given) in [
        (CardKind::MentoringRequest, Act::AcceptRequest, None),
        (CardKind::Task, Act::CompleteTask, None),
        (CardKind::ErgEvent, Act::Rsvp(Rsvp::Maybe), None),
        (CardKind::Announcement, Act::Acknowledge, None),
        (CardKind::RecommendedMatch, Act::DismissMatch, None),
        (CardKind::RecommendedMatch, asks, Some("hello")),
    ] {
        let mut user = User::installed();
        user.gets(about(1, kind, "thing/1", facts()));
        user.presses(of_first(act.clone(), given));
        hears(&mut user, of_first(act, given), None);
    }
}
