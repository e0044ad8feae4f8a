//! A survey in the chat.

use events::organization::{Question, QuestionKind};

use events::user::InputFault;

use super::messages::words;
use super::*;
use crate::action::Plain;
use crate::card::AnswerView;

fn survey(questions: &[(&str, bool)]) -> SubjectFacts {
    let question = |(id, required): &(&str, bool)| Question {
        id: (*id).into(),
        kind: QuestionKind::Rating,
        options: Vec::new(),
        required: *required,
        scale: Some((1, 5)),
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
    assert_eq!(
        user.presses(answer("q2", "aa")),
        ["CardUpdateQueued", "ActionIgnored"]
    );
}

#[test]
fn a_survey_lacks_no_required_answer_when_it_is_submitted() {
    let mut user = asked(&[("q1", false), ("q2", true)]);
    assert_eq!(
        user.presses(press(1, SUBMIT))[1..],
        ["SurveyStepShown", "CardUpdateQueued", "ActionIgnored"]
    );
    assert_eq!(standing(&user), (0, 1, false));
    assert_eq!(
        user.state.notification(card(1)).unwrap().fault,
        Some(InputFault::Missing)
    );
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
        ..given("q1", "3")
    };
    user.presses(click.clone());
    assert_eq!(user.presses(click), ["ActionIgnored"]);
}

#[test]
fn questions_that_were_not_asked_take_no_answers_and_a_survey_of_none_neither() {
    let mut user = asked(&[("q1", true)]);
    assert_eq!(user.presses(answer("q9", "aa")).last(), Some(&"ActionIgnored"));
    // A long survey that is answered in Chronus has no questions here.
    let mut user = asked(&[]);
    assert_eq!(user.presses(answer("1", "aa")).last(), Some(&"ActionIgnored"));
    // Where there is no other place it is asked here, however long it is.
    let mut user = asked(&[
        ("1", true),
        ("2", true),
        ("3", true),
        ("4", true),
        ("5", true),
        ("6", true),
    ]);
    assert!(user.presses(answer("1", "aa")).contains(&"SurveyStepSaved"));
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
    assert_eq!(
        user.presses(press(1, SUBMIT)),
        ["CardUpdateQueued", "ActionIgnored"]
    );
}

/// An answer as the edge hands it on.
fn given(question: &str, value: &str) -> Press {
    Press {
        input: PressInput {
            plain: Some(Plain(value.into())),
            ..PressInput::default()
        },
        ..answer(question, value)
    }
}

#[track_caller]
fn refused_with(user: &mut User, press: Press, fault: InputFault) {
    let before = standing(user);
    let events = user.presses(press);
    assert_eq!(events.last(), Some(&"ActionIgnored"), "{events:?}");
    assert_eq!(user.state.notification(card(1)).unwrap().fault, Some(fault));
    assert_eq!(standing(user), before, "the same question is shown again");
}

#[test]
fn a_number_off_the_scale_is_no_answer_and_the_question_is_shown_again() {
    let mut user = asked(&[("q1", true), ("q2", false)]);
    for value in ["17", "0", "6", "-1", "4.5", "04", "+4", "four", "4,5", "٤"] {
        refused_with(&mut user, given("q1", value), InputFault::NotOffered);
    }
    // What was wrong is shown by an update too, once: not every client shows the answer to a press.
    assert_eq!(user.presses(given("q1", "9")), ["ActionIgnored"]);
    assert_eq!(
        user.presses(given("q1", "5")),
        ["SurveyStepSaved", "CardUpdateQueued"]
    );
    assert_eq!(user.state.notification(card(1)).unwrap().fault, None);
}

#[test]
fn a_choice_is_one_of_its_options_and_not_several() {
    let mut facts = survey(&[("q1", true)]);
    facts.questions[0].kind = QuestionKind::Choice;
    facts.questions[0].options = vec!["a".into(), "b".into()];
    let mut user = User::installed();
    user.gets(about(1, CardKind::Survey, "survey/4", facts));
    for value in ["c", "a,b", "A", "a "] {
        refused_with(&mut user, given("q1", value), InputFault::NotOffered);
    }
    assert!(user.presses(given("q1", "b")).contains(&"SurveyStepSaved"));
}

#[test]
fn what_is_missing_or_too_long_or_was_not_asked_is_told() {
    let mut user = asked(&[("q1", true), ("q2", false)]);
    refused_with(&mut user, given("q9", "4"), InputFault::NotOffered);
    refused_with(&mut user, press(1, Act::SkipInSurvey), InputFault::Missing);
    let empty = Act::AnswerSurvey {
        question: "q1".into(),
        value: None,
    };
    refused_with(&mut user, press(1, empty), InputFault::Missing);
    let mut long = given("q1", "4");
    long.input.too_long = true;
    refused_with(&mut user, long, InputFault::TooLong);
    let last = Act::SubmitSurvey {
        question: Some("q1".into()),
        value: Some(words("17")),
    };
    let mut last = press(1, last);
    last.input.plain = Some(Plain("17".into()));
    refused_with(&mut user, last, InputFault::NotOffered);
}

/// The survey is asked with these questions from now on.
fn asks_otherwise(user: &mut User, questions: Vec<Question>, number: u64) {
    let survey = SubjectRef::parse("survey/4").unwrap();
    let mut told = change(
        survey,
        CardKind::Survey,
        SubjectState::Open,
        &number.to_string(),
        number,
    );
    told.facts = Some(SubjectFacts {
        questions,
        ..SubjectFacts::default()
    });
    user.learns(told);
}

fn question(kind: QuestionKind, options: &[&str], scale: Option<(u32, u32)>) -> Question {
    Question {
        id: "q1".into(),
        kind,
        options: options.iter().map(|option| (*option).to_owned()).collect(),
        required: true,
        scale,
    }
}

#[test]
fn an_answer_to_a_question_that_changed_counts_only_where_it_can_be_an_answer_to_the_new_one() {
    use QuestionKind::{Choice, Rating, Text};
    let rating = |scale| question(Rating, &[], Some(scale));
    for (before, now, holds) in [
        (rating((1, 5)), rating((1, 5)), true),
        (rating((1, 5)), rating((0, 10)), true),
        (rating((1, 5)), rating((1, 4)), false),
        (rating((1, 5)), rating((2, 5)), false),
        (rating((1, 5)), question(Choice, &["a", "b"], None), false),
        (rating((1, 5)), question(Text, &[], None), false),
        (
            question(Choice, &["a", "b"], None),
            question(Choice, &["b", "c", "a"], None),
            true,
        ),
        (
            question(Choice, &["a", "b"], None),
            question(Choice, &["a"], None),
            false,
        ),
        (question(Text, &[], None), rating((1, 5)), false),
        (question(Text, &[], None), question(Text, &[], None), true),
    ] {
        assert_eq!(now.takes_answers_to(&before), holds, "{before:?} {now:?}");
    }
}

#[test]
fn a_kept_answer_that_does_not_fit_the_question_any_more_is_asked_again_and_never_submitted() {
    let mut user = asked(&[("q1", true), ("q2", false)]);
    user.presses(answer("q1", "aa"));
    user.presses(answer("q2", "bb"));
    assert_eq!(standing(&user), (2, 2, false));
    let other = Question {
        id: "q2".into(),
        ..question(QuestionKind::Rating, &[], Some((1, 5)))
    };
    let choice = question(QuestionKind::Choice, &["a", "b"], None);
    asks_otherwise(&mut user, vec![choice, other.clone()], 11);
    assert_eq!(standing(&user), (1, 0, false));
    assert!(!user.presses(press(1, SUBMIT)).contains(&"SurveyAnswered"));
    // What was asked no more in between is asked anew as well.
    asks_otherwise(&mut user, vec![other.clone()], 12);
    let rating = question(QuestionKind::Rating, &[], Some((1, 5)));
    asks_otherwise(&mut user, vec![rating, other], 13);
    assert_eq!(standing(&user).0, 1);
}
