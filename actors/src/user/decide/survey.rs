//! A survey in the chat, one question after the other. Every step is kept, so another device goes on at the same
//! question; what counts as the answer is what is submitted.

use events::Sealed;
use events::organization::{Question, QuestionKind};
use events::user::{
    AnsweredOn, IgnoredReason, InputFault, SurveyAnswer, SurveyAnswered, SurveyStepSaved, SurveyStepShown,
};

use super::on::On;
use super::over;
use super::turn::{Refusal, Turn};
use crate::action::{Act, Plain};
use crate::user::subject::Subject;

pub(super) fn answer(
    turn: &mut Turn<'_>,
    on: &On<'_>,
    about: AnsweredOn,
    act: &Act<Sealed>,
) -> Result<(), Refusal> {
    let subject = turn.state.subject_of(on.card).ok_or(IgnoredReason::UnknownCard)?;
    if on.is_repeated() {
        return Err(of_older_form(subject, on, act));
    }
    match act {
        Act::AnswerSurvey { question, value } => {
            let answer = value.clone().ok_or(InputFault::Missing)?;
            let question = checked(subject, question, on)?;
            turn.record_on(
                on.card,
                SurveyStepSaved {
                    on: about,
                    question,
                    answer,
                    given: on.given(act),
                },
            );
        }
        Act::BackInSurvey => {
            let before = subject
                .survey_step()
                .checked_sub(1)
                .ok_or(InputFault::NotOffered)?;
            show(turn, on, about, subject, before);
        }
        Act::SkipInSurvey => {
            let here = subject.survey_step();
            let question = subject.facts.questions.get(here).ok_or(InputFault::NotOffered)?;
            if question.required && !is_saved(subject, &question.id, None) {
                return Err(InputFault::Missing.into());
            }
            show(turn, on, about, subject, here + 1);
        }
        Act::SubmitSurvey { question, value } => {
            let last = match (question, value) {
                (Some(question), Some(value)) => Some((checked(subject, question, on)?, value.clone())),
                _ => None,
            };
            if !submit(turn, on, (about, act), subject, last) {
                on.changed(turn);
                turn.ignore(on.pressed, InputFault::Missing);
                return Ok(());
            }
        }
        Act::AcceptRequest
        | Act::DeclineRequest { .. }
        | Act::AcceptMeeting { .. }
        | Act::DeclineMeeting { .. }
        | Act::ProposeMeeting { .. }
        | Act::TellMeetingHeld { .. }
        | Act::Rsvp(_)
        | Act::Acknowledge
        | Act::RequestMatch { .. }
        | Act::DismissMatch
        | Act::Reply { .. }
        | Act::Send { .. }
        | Act::CompleteTask
        | Act::Refresh
        | Act::Show
        | Act::Run(_)
        | Act::SaveSettings(_)
        | Act::SetPause(_)
        | Act::EndPause
        | Act::ConfirmDisconnect
        | Act::ConfirmErasure
        | Act::Unknown => return Err(Refusal::NOT_AN_ACTION),
    }
    on.changed(turn);
    Ok(())
}

/// What a press of a form says that had its effect before: nothing where that is what was given, and otherwise that it is not
/// kept.
fn of_older_form(subject: &Subject, on: &On<'_>, act: &Act<Sealed>) -> Refusal {
    let is_answered = if let Act::AnswerSurvey { question, .. } = act {
        is_saved(subject, question, None)
    } else {
        false
    };
    if over::is_so(subject, on, act) {
        IgnoredReason::Repeated.into()
    } else if is_answered {
        Refusal::ANSWERED
    } else {
        Refusal::CHANGED
    }
}

/// The question's name, where it is asked and what was given answers it.
fn checked(subject: &Subject, question: &str, on: &On<'_>) -> Result<String, Refusal> {
    let asked = subject.facts.questions.iter().find(|asked| asked.id == question);
    let asked = asked.ok_or(InputFault::NotOffered)?;
    let given = on.input.and_then(|input| input.plain.as_ref());
    if given.is_some_and(|Plain(given)| !answers(asked, given)) {
        return Err(InputFault::NotOffered.into());
    }
    Ok(asked.id.clone())
}

/// Whether this is an answer to the question: a number on its scale, one of its options, any words.
fn answers(asked: &Question, given: &str) -> bool {
    match asked.kind {
        QuestionKind::Rating => {
            let number: Option<u32> = given.parse().ok();
            // As the card writes it: neither "+4" nor "04".
            let plain = number.filter(|number| number.to_string() == given);
            plain.is_some_and(|number| {
                asked
                    .scale
                    .is_none_or(|(lowest, highest)| (lowest..=highest).contains(&number))
            })
        }
        QuestionKind::Choice => asked.options.iter().any(|option| option == given),
        QuestionKind::Text => true,
    }
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

/// Submits what was answered; where a required answer is missing, its question is shown instead. Answers whether it was
/// submitted.
fn submit(
    turn: &mut Turn<'_>,
    on: &On<'_>,
    (about, act): (AnsweredOn, &Act<Sealed>),
    subject: &Subject,
    last: Option<(String, Sealed)>,
) -> bool {
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
                given: on.given(act),
            },
        );
    }
    if let Some(place) = missing {
        show(turn, on, about, subject, place);
        return false;
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
    true
}
