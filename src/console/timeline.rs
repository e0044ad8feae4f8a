//! Events as rows: when, how long after the one before, what, and what of it matters. Personal values stay sealed.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use events::{Position, Recorded, StreamKind};
use serde_json::Value;

use super::words::{When, spaced, span, when};

/// Fields that say what happened, in the order in which they are told; all of them stand open in the log.
const TOLD: [&str; 16] = [
    "type",
    "subject",
    "card",
    "state",
    "reason",
    "class",
    "code",
    "status",
    "attempt",
    "slot",
    "until",
    "retry_at",
    "evidence",
    "command",
    "matched_by",
    "by",
];
/// Longest value that is told in a row, in characters.
const LONGEST: usize = 80;
/// From when on the time between two events is a gap that is folded, in milliseconds.
const GAP: i64 = 6 * 3_600 * 1_000;

/// An event.
#[derive(Debug, Clone)]
pub(super) struct EventRow {
    pub(super) position: String,
    pub(super) at: When,
    /// How long after the event before.
    pub(super) after: String,
    /// A long time in which nothing happened, before this one.
    pub(super) gap: Option<String>,
    pub(super) name: String,
    pub(super) stream: String,
    /// The person, where it is a person's stream.
    pub(super) person: Option<String>,
    /// The card that it names.
    pub(super) card: Option<String>,
    pub(super) facts: Vec<(&'static str, String)>,
    /// The whole payload, what is sealed left closed.
    pub(super) json: String,
    pub(super) id: String,
    pub(super) thread: String,
}

/// Rows of events, oldest first. What is withheld has no row: also that there is something, between two others, would tell
/// when.
pub(super) fn rows(events: &[Recorded], withheld: &HashSet<Position>) -> Vec<EventRow> {
    let mut before: Option<DateTime<Utc>> = None;
    let mut rows = Vec::with_capacity(events.len());
    for event in events.iter().filter(|event| !withheld.contains(&event.position)) {
        let time = event.metadata.time;
        let ms = before.map(|before| (time - before).num_milliseconds());
        let mut row = row(event);
        row.after = ms.map(|ms| format!("+{}", span(ms))).unwrap_or_default();
        row.gap = ms.filter(|ms| *ms >= GAP).map(span);
        before = Some(time);
        rows.push(row);
    }
    rows
}

fn row(event: &Recorded) -> EventRow {
    let data: Value = serde_json::from_str(&event.payload).unwrap_or(Value::Null);
    let card = data
        .get("notification_id")
        .or_else(|| data.pointer("/on/notification_id"))
        .and_then(Value::as_str);
    EventRow {
        position: event.position.to_string(),
        at: when(event.metadata.time),
        after: String::new(),
        gap: None,
        name: spaced(&event.event_type),
        stream: event.stream.to_string(),
        person: (event.stream.kind() == StreamKind::User)
            .then(|| event.stream.user_key().map(|key| key.aad_object_id.to_string()))
            .flatten(),
        card: card.map(ToOwned::to_owned),
        facts: facts(&data),
        json: serde_json::to_string_pretty(&closed(data)).unwrap_or_default(),
        id: event.id.to_string(),
        thread: event.metadata.correlation_id.to_string(),
    }
}

fn facts(data: &Value) -> Vec<(&'static str, String)> {
    let told = TOLD.iter().filter_map(|name| {
        let value = data
            .get(name)
            .or_else(|| data.get("on").and_then(|on| on.get(name)))?;
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Bool(_) | Value::Null | Value::Array(_) | Value::Object(_) => return None,
        };
        let cut: String = text
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .take(LONGEST)
            .collect();
        Some((*name, cut))
    });
    told.collect()
}

/// The same with a word in the place of each sealed value.
fn closed(value: Value) -> Value {
    match value {
        Value::Object(fields) if fields.contains_key("sealed_for") => "(sealed)".into(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| (name, closed(value)))
            .collect(),
        Value::Array(list) => list.into_iter().map(closed).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}
