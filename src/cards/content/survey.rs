//! A survey: a few questions, one a step.

use serde_json::Value;

use super::super::time::Deadline;
use super::Content;
use super::field::{count, deadline, flag, id, line, list, text};

/// Most questions read; longer surveys open in the browser anyway.
const MAX_QUESTIONS: usize = 20;
/// Most options of a question shown.
const MAX_OPTIONS: usize = 20;
/// The lowest number of a scale that names none.
pub const LOWEST: u32 = 1;
/// Widest scale shown, in steps.
const MAX_STEPS: u32 = 11;

/// What a survey asks.
pub(crate) struct Survey {
    /// What it is called.
    pub(crate) title: Option<String>,
    /// What for, and who reads the answers.
    pub(crate) purpose: Option<String>,
    /// How long it takes.
    pub(crate) minutes: Option<u32>,
    /// Until when answers are useful.
    pub(crate) due_at: Option<Deadline>,
    /// Whether answers are shown without names.
    pub(crate) anonymous: Option<bool>,
    /// What is asked, in order.
    pub(crate) questions: Vec<Question>,
    /// Whether it is answered in the browser only.
    pub(crate) link_only: bool,
}

/// One question.
pub(crate) struct Question {
    /// What an answer names; by its place where Chronus gives none.
    pub(crate) id: String,
    /// What is asked.
    pub(crate) text: String,
    /// How it is answered.
    pub(crate) answer: Answer,
    /// Whether it must be answered.
    pub(crate) required: bool,
}

/// How a question is answered.
pub(crate) enum Answer {
    /// By a number on a scale, whose ends may have names.
    Rating {
        /// The lowest.
        min: u32,
        /// The highest.
        max: u32,
        /// What its steps mean, from the lowest on, where that is told.
        labels: Vec<Option<String>>,
    },
    /// By one of a few: id and text.
    Choice(Vec<(String, String)>),
    /// In the person's own words.
    Text,
}

impl Survey {
    /// Reads it.
    pub(crate) fn read(content: &Content) -> Self {
        let data = &content.data;
        let questions = list(data, "questions").iter().enumerate();
        Self {
            title: line(data, "title"),
            purpose: text(data, "purpose").or_else(|| text(data, "body")),
            minutes: count(data, "minutes"),
            due_at: deadline(data, "due_at"),
            anonymous: flag(data, "anonymous"),
            questions: questions.filter_map(question).take(MAX_QUESTIONS).collect(),
            link_only: flag(data, "link_only").unwrap_or_default(),
        }
    }
}

fn question((at, data): (usize, &Value)) -> Option<Question> {
    let answer = match data.get("kind").and_then(Value::as_str) {
        Some("rating") => rating(&data["scale"]),
        Some("choice") => Answer::Choice(
            list(data, "options")
                .iter()
                .enumerate()
                .filter_map(option)
                .take(MAX_OPTIONS)
                .collect(),
        ),
        _ => Answer::Text,
    };
    Some(Question {
        id: id(data, "id").unwrap_or_else(|| (at + 1).to_string()),
        text: line(data, "text")?,
        answer,
        required: flag(data, "required").unwrap_or_default(),
    })
}

fn rating(given: &Value) -> Answer {
    let (min, max) = scale(count(given, "min"), count(given, "max"));
    let steps = usize::try_from(max - min).unwrap_or_default() + 1;
    let named = list(given, "labels")
        .iter()
        .map(|label| label.as_str().and_then(super::field::one_line));
    let mut labels: Vec<Option<String>> = named.chain(std::iter::repeat(None)).take(steps).collect();
    for (place, key) in [(0, "min_label"), (steps - 1, "max_label")] {
        labels[place] = line(given, key).or(labels[place].take());
    }
    Answer::Rating { min, max, labels }
}

/// The ends of a rating's scale, both on it, from what Chronus gave: 1 to 5 where it says nothing, at most 11 steps.
pub fn scale(min: Option<u32>, max: Option<u32>) -> (u32, u32) {
    let min = min.unwrap_or(LOWEST);
    let max = max
        .filter(|max| *max > min)
        .unwrap_or_else(|| min.saturating_add(4));
    (min, max.min(min.saturating_add(MAX_STEPS - 1)))
}

fn option((at, data): (usize, &Value)) -> Option<(String, String)> {
    let place = || (at + 1).to_string();
    match data.as_str().and_then(super::field::one_line) {
        Some(text) => Some((text.clone(), text)),
        None => Some((id(data, "id").unwrap_or_else(place), line(data, "text")?)),
    }
}
