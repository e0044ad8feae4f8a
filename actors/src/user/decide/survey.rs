//! A survey in the chat, one question after the other. Every step is kept, so another device goes on at the same
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "of the many acts, each rule names those that it is about"
)]
//! question; what counts as the answer is what is submitted.

use events::Sealed;
use events::user::{
    AnsweredOn, IgnoredReason, SurveyAnswer, SurveyAnswered, SurveyStepSaved, SurveyStepShown,
};

use super::answer::changed;
use super::press::On;
use super::turn::Turn;
use crate::action::Act;
use crate::user::subject::Subject;

pub(super) fn answer(
    turn: &mut Turn<'_>,
    on: &On<'_>,
    about: AnsweredOn,
    act: &Act<Sealed>,
) -> Result<(), IgnoredReason> {
    if on.is_repeated() {
        return Err(IgnoredReason::Repeated);
    }
    let subject = turn.state.subject_of(on.card).ok_or(IgnoredReason::UnknownCard)?;
    match act {
        Act::AnswerSurvey { question, value } => {
            let answer = value.clone().ok_or(IgnoredReason::Incomplete)?;
            let question = known(subject, question)?;
            turn.record_on(
                on.card,
                SurveyStepSaved {
                    on: about,
                    question,
                    answer,
                },
            );
        }
        Act::BackInSurvey => {
            let before = subject
                .survey_step()
                .checked_sub(1)
                .ok_or(IgnoredReason::Incomplete)?;
            show(turn, on, about, subject, before);
        }
        Act::SkipInSurvey => {
            let here = subject.survey_step();
            let question = subject
                .facts
                .questions
                .get(here)
                .ok_or(IgnoredReason::Incomplete)?;
            if question.required && !is_saved(subject, &question.id, None) {
                return Err(IgnoredReason::Incomplete);
            }
            show(turn, on, about, subject, here + 1);
        }
        Act::SubmitSurvey { question, value } => {
            let last = match (question, value) {
                (Some(question), Some(value)) => Some((known(subject, question)?, value.clone())),
                _ => None,
            };
            submit(turn, on, about, subject, last);
        }
        _ => return Err(IgnoredReason::UnknownAction),
    }
    changed(turn, on);
    Ok(())
}

fn known(subject: &Subject, question: &str) -> Result<String, IgnoredReason> {
    let asked = subject.facts.questions.iter().any(|asked| asked.id == question);
    asked
        .then(|| question.to_owned())
        .ok_or(IgnoredReason::Incomplete)
}

fn is_saved(subject: &Subject, question: &str, last: Option<&(String, Sealed)>) -> bool {
    let mut saved = subject.survey.saved.iter().chain(last);
    saved.any(|(id, _)| id == question)
}

fn show(turn: &mut Turn<'_>, on: &On<'_>, about: AnsweredOn, subject: &Subject, place: usize) {
    let question = subject
        .facts
        .questions
        .get(place)
        .map(|question| question.id.clone());
    turn.record_on(on.card, SurveyStepShown { on: about, question });
}

/// Submits what was answered; where a required answer is missing, its question is shown instead.
fn submit(
    turn: &mut Turn<'_>,
    on: &On<'_>,
    about: AnsweredOn,
    subject: &Subject,
    last: Option<(String, Sealed)>,
) {
    let questions = &subject.facts.questions;
    let missing = questions
        .iter()
        .position(|question| question.required && !is_saved(subject, &question.id, last.as_ref()));
    if let Some((question, answer)) = last.clone() {
        turn.record_on(
            on.card,
            SurveyStepSaved {
                on: about.clone(),
                question,
                answer,
            },
        );
    }
    if let Some(place) = missing {
        return show(turn, on, about, subject, place);
    }
    let answer_to = |id: &str| {
        let newest = last.iter().chain(subject.survey.saved.iter().rev());
        newest
            .into_iter()
            .find(|(question, _)| question == id)
            .map(|(_, answer)| answer.clone())
    };
    let answers = questions.iter().filter_map(|question| {
        let answer = answer_to(&question.id)?;
        Some(SurveyAnswer {
            question: question.id.clone(),
            answer,
        })
    });
    turn.record_on(
        on.card,
        SurveyAnswered {
            on: about,
            answers: answers.collect(),
        },
    );
}
