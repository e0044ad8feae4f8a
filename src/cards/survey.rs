//! A survey: one question a step, kept at each step so that another device goes on where this one stopped.

use actors::action::{MAX_NOTE_CHARS, input, verb};
use actors::card::AnswerView;
use events::organization::{CardKind, SubjectState};
use serde_json::Value;

use super::buttons::{execute, execute_with, primary, without_inputs};
use super::content::survey::{Answer, Question, Survey};
use super::elements::{Drawing, Tone, close, fixed, heading, words};
use super::inputs::{filled, free_text, menu, radio, required};
use super::scene::{Scene, standing, title};

/// Longest scale that is shown as stars.
const MOST_STARS: u32 = 5;
/// Most steps of a scale that are all in view; more open as a menu.
const MOST_IN_VIEW: usize = 7;
/// Most questions answered in the card where there is another place; longer surveys open in the browser.
const MAX_STEPS: usize = 5;

/// Whether the person sent their answers off.
pub(super) fn is_submitted(scene: &Scene<'_>) -> bool {
    matches!(
        scene.card.answer,
        Some(AnswerView::Survey { submitted: true, .. })
    )
}

/// Whether its questions can be answered on its card: a long one opens in the browser, where it says where.
fn is_asked(scene: &Scene<'_>, survey: &Survey) -> bool {
    let is_long = survey.questions.len() > MAX_STEPS && scene.content.web().is_some();
    scene.card.open && !survey.link_only && !survey.questions.is_empty() && !is_long
}

/// The same for a line in a list.
pub(super) fn is_asked_here(scene: &Scene<'_>) -> bool {
    is_asked(scene, &Survey::read(&scene.content)) && !is_submitted(scene)
}

/// Draws it.
pub(super) fn draw(scene: &Scene<'_>) -> Drawing {
    let text = scene.text();
    let survey = Survey::read(&scene.content);
    let nudge = scene.card.kind == CardKind::SurveyReminder;
    let mut card = Drawing::new(if nudge {
        text.toast_survey_reminder()
    } else {
        text.toast_survey()
    });
    let name = survey.title.clone().unwrap_or_else(|| text.survey_title());
    card.show(close(title(&name)));
    let (current, submitted) = match scene.card.answer {
        Some(AnswerView::Survey {
            current, submitted, ..
        }) => (current, submitted),
        _ => (0, false),
    };
    if submitted {
        card.toast = text.toast_ended();
        card.show(standing(
            &text.survey_thanks(&scene.answered_at()),
            Some(&text.survey_thanks_what()),
        ));
        return card;
    }
    if scene.card.state.is_final() {
        card.toast = text.toast_survey_closed();
        let closed = scene.is(SubjectState::Closed) || scene.is(SubjectState::Expired);
        let next = closed.then(|| text.survey_closed_what());
        card.show(standing(&text.survey_closed(&scene.at()), next.as_deref()));
        return card;
    }
    if scene.card.newer {
        return card;
    }
    let until = survey
        .due_at
        .map(|at| text.waits_answer_by(&scene.reader.deadline(at)));
    match (nudge, until) {
        (true, until) => card.show(standing(&text.survey_reminder(), until.as_deref())),
        (false, Some(until)) => card.show(standing(&until, None)),
        (false, None) => card.show_all(scene.waits(None)),
    }
    let saved = scene.opened.answers.len();
    if current == 0 && saved == 0 {
        introduction(scene, &survey, &mut card);
    } else if saved > 0 && current < survey.questions.len() {
        card.show(close(words(&text.survey_resumed(count(saved)), Tone::Quiet)));
    }
    if !is_asked(scene, &survey) {
        elsewhere(scene, &mut card);
        return card;
    }
    match survey.questions.get(current) {
        Some(question) => step(scene, question, current, survey.questions.len(), &mut card),
        None => review(scene, &survey, &mut card),
    }
    card
}

/// What for, how long, until when, who reads it.
fn introduction(scene: &Scene<'_>, survey: &Survey, card: &mut Drawing) {
    let text = scene.text();
    if let Some(purpose) = &survey.purpose {
        card.show_all(scene.folded(purpose));
    }
    let named = survey.anonymous.map(|anonymous| {
        if anonymous {
            text.survey_anonymous()
        } else {
            text.survey_named()
        }
    });
    let line = [survey.minutes.map(|minutes| text.survey_minutes(minutes)), named];
    let line: Vec<String> = line.into_iter().flatten().collect();
    card.show_all((!line.is_empty()).then(|| close(words(&line.join(" · "), Tone::Quiet))));
}

/// Too long for a card: the way to it in the browser.
fn elsewhere(scene: &Scene<'_>, card: &mut Drawing) {
    let text = scene.text();
    match scene.content.web() {
        Some(link) => {
            card.show(fixed(text.survey_long(), Tone::Normal));
            card.link(text, &text.press_survey(), &link);
            card.mark_last();
        }
        None => card.show(fixed(text.survey_elsewhere(), Tone::Normal)),
    }
}

/// One question with the ways on and back.
fn step(scene: &Scene<'_>, question: &Question, current: usize, total: usize, card: &mut Drawing) {
    let text = scene.text();
    let progress = text.survey_progress(count(current + 1), count(total));
    card.show(words(
        &format!("{} {progress}", dots(current + 1, total)),
        Tone::Small,
    ));
    let mut field = answer_field(scene, question);
    if let Some(answer) = scene.opened.answers.iter().find(|(id, _)| *id == question.id) {
        field = filled(field, &answer.1);
    }
    card.show(close(required(text, field)));
    let about = [(input::QUESTION, Value::from(question.id.as_str()))];
    card.press(primary(execute_with(
        &text.press_next(),
        verb::SURVEY_ANSWER,
        scene.place,
        about.clone(),
    )));
    if current > 0 {
        card.press(without_inputs(execute_with(
            &text.press_back(),
            verb::SURVEY_BACK,
            scene.place,
            about.clone(),
        )));
    }
    if !question.required {
        card.press(without_inputs(execute_with(
            &text.press_skip(),
            verb::SURVEY_SKIP,
            scene.place,
            about,
        )));
    }
}

fn answer_field(scene: &Scene<'_>, question: &Question) -> Value {
    let text = scene.text();
    let asked = &question.text;
    match &question.answer {
        Answer::Rating { min, max, labels } => {
            let options: Vec<(String, String)> = (*min..=*max)
                .zip(labels)
                .map(|(number, label)| {
                    let words = match label {
                        Some(label) => text.survey_rating_end(number, label),
                        None => text.survey_rating_of(number, *max),
                    };
                    (
                        number.to_string(),
                        format!("{}{words}", stars(number, *min, *max)),
                    )
                })
                .collect();
            let options = options.iter().map(|(id, title)| (id.as_str(), title.as_str()));
            if labels.len() > MOST_IN_VIEW {
                menu(input::VALUE, asked, options, None)
            } else {
                radio(input::VALUE, asked, options, None)
            }
        }
        Answer::Choice(options) => radio(
            input::VALUE,
            asked,
            options.iter().map(|(id, title)| (id.as_str(), title.as_str())),
            None,
        ),
        Answer::Text => free_text(input::VALUE, asked, MAX_NOTE_CHARS),
    }
}

/// After the last question: submit, or go back.
fn review(scene: &Scene<'_>, survey: &Survey, card: &mut Drawing) {
    let text = scene.text();
    card.show(heading(text.survey_review()));
    let answered = scene.opened.answers.len().min(survey.questions.len());
    card.show(fixed(
        text.survey_review_what(count(answered), count(survey.questions.len())),
        Tone::Normal,
    ));
    card.press(primary(execute(
        &text.press_submit(),
        verb::SURVEY_SUBMIT,
        scene.place,
    )));
    card.press(execute(&text.press_back(), verb::SURVEY_BACK, scene.place));
}

/// A step of a scale from 1 as stars; a longer scale has too many to be counted at a glance.
fn stars(number: u32, min: u32, max: u32) -> String {
    if min != 1 || max > MOST_STARS {
        return String::new();
    }
    let repeat = |star: &str, times: u32| star.repeat(usize::try_from(times).unwrap_or_default());
    format!("{}{} ", repeat("★", number), repeat("☆", max - number))
}

/// How far a survey is, for the eye: `●●○`.
fn dots(current: usize, total: usize) -> String {
    format!(
        "{}{}",
        "●".repeat(current),
        "○".repeat(total.saturating_sub(current))
    )
}

fn count(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
