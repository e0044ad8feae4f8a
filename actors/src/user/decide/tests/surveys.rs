//! A survey in the chat.

use events::organization::{Question, QuestionKind};

use super::messages::words;
use super::*;
use crate::card::AnswerView;

fn survey(questions: &[(&str, bool)]) -> SubjectFacts {
    let question = |(id, required): &(&str, bool)| Question {
        id: (*id).into(),
        kind: QuestionKind::Rating,
        options: Vec::new(),
        required: *required,
    };
    SubjectFacts {
        questions: questions.iter().map(question).collect(),
        ..SubjectFacts::default()
    }
}

fn asked(questions: &[(&str, bool)]) -> User {
    let mut user = User::installed();
    user.gets(about(1, CardKind::Survey, "survey/4", survey(questions)));
    user
}

fn answer(question: &str, value: &str) -> Press {
    press(
        1,
        Act::AnswerSurvey {
            question: question.into(),
            value: Some(words(value)),
        },
    )
}

const SUBMIT: Act<Sealed> = Act::SubmitSurvey {
    question: None,
    value: None,
};

fn standing(user: &User) -> (usize, usize, bool) {
    match user.subject_card(card(1)).answer {
        Some(AnswerView::Survey {
            saved,
            current,
            submitted,
        }) => (saved.len(), current, submitted),
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_step_is_kept_and_another_device_goes_on_from_there() {
    let mut user = asked(&[("q1", true), ("q2", false)]);
    assert_eq!(standing(&user), (0, 0, false));
    assert_eq!(
        user.presses(answer("q1", "aa"))[1..],
        ["SurveyStepSaved", "CardUpdateQueued"]
    );
    assert_eq!(standing(&user), (1, 1, false));
    assert_eq!(
        user.presses(press(1, Act::BackInSurvey)),
        ["SurveyStepShown", "CardUpdateQueued"]
    );
    assert_eq!(standing(&user), (1, 0, false));
    user.presses(answer("q1", "bb"));
    user.presses(press(1, Act::SkipInSurvey));
    assert_eq!(standing(&user), (1, 2, false));
    assert_eq!(
        user.presses(press(1, SUBMIT)),
        ["SurveyAnswered", "CardUpdateQueued"]
    );
    assert_eq!(standing(&user), (1, 2, true));
    assert_eq!(user.presses(press(1, SUBMIT)), ["ActionIgnored"]);
    assert_eq!(user.presses(answer("q2", "aa")), ["ActionIgnored"]);
}

#[test]
fn a_survey_lacks_no_required_answer_when_it_is_submitted() {
    let mut user = asked(&[("q1", false), ("q2", true)]);
    assert_eq!(
        user.presses(press(1, SUBMIT))[1..],
        ["SurveyStepShown", "CardUpdateQueued"]
    );
    assert_eq!(standing(&user), (0, 1, false));
    assert_eq!(user.presses(press(1, Act::SkipInSurvey)), ["ActionIgnored"]);
    let last = Act::SubmitSurvey {
        question: Some("q2".into()),
        value: Some(words("aa")),
    };
    assert_eq!(
        user.presses(press(1, last)),
        ["SurveyStepSaved", "SurveyAnswered", "CardUpdateQueued"]
    );
}

#[test]
fn a_double_click_saves_a_step_once() {
    let mut user = asked(&[("q1", true), ("q2", true)]);
    let click = Press {
        revision: Some(1),
        ..answer("q1", "aa")
    };
    user.presses(click.clone());
    assert_eq!(user.presses(click), ["ActionIgnored"]);
}

#[test]
fn questions_that_were_not_asked_and_long_surveys_take_no_answers_here() {
    let mut user = asked(&[("q1", true)]);
    assert_eq!(user.presses(answer("q9", "aa")).last(), Some(&"ActionIgnored"));
    let mut user = asked(&[
        ("1", true),
        ("2", true),
        ("3", true),
        ("4", true),
        ("5", true),
        ("6", true),
    ]);
    assert_eq!(user.presses(answer("1", "aa")).last(), Some(&"ActionIgnored"));
}

#[test]
fn a_closed_survey_keeps_what_was_said_and_takes_no_more() {
    let mut user = asked(&[("q1", true)]);
    user.presses(answer("q1", "aa"));
    let closed = change(
        SubjectRef::parse("survey/4").unwrap(),
        CardKind::Survey,
        SubjectState::Closed,
        "c",
        11,
    );
    assert_eq!(user.learns(closed), ["SubjectChanged", "CardUpdateQueued"]);
    assert_eq!(user.presses(press(1, SUBMIT)), ["ActionIgnored"]);
}
