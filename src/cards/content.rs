//! What a domain event's `data` says, as far as cards show it.
//!
//! Reading is lenient: a field that is missing, of another type or empty is absent, a text that is too long is cut,
//! and nothing is an error, for Chronus may send more or less than a card shows and the person is better served by
//! a card with less on it than by none. Each kind of card has its own reader below; the fields are described in
//! `docs/chronus-events.md`.

use std::fmt;

use chrono::{DateTime, Utc};
use events::shown::shows_nothing;
use serde_json::Value;

use super::escape::{clean_line, shorten};
use super::link::{HttpsLink, LinkHosts};
use super::text::Texts;

pub(super) mod announcement;
pub(super) mod connection;
pub(super) mod event;
mod field;
pub(super) mod figures;
pub(super) mod meeting;
pub(super) mod message;
pub(super) mod person;
pub(super) mod plain;
pub(super) mod recommended;
pub(super) mod request;
pub(super) mod survey;
pub(super) mod task;

pub use field::MAX_TEXT_CHARS;
pub use survey::{LOWEST, scale};

/// What says something of one event and not of its subject: who caused it, why, with which words, and what takes the
/// place of what was cancelled by it.
const OF_ONE_EVENT: [&str; 4] = ["actor", "reason", "note", "replacement"];

/// Data beyond this many bytes is not read; the intake refuses far less.
const MAX_DATA_BYTES: usize = 1024 * 1024;

/// One domain event, opened. The texts in it are neither clean nor within limits before a reader below took them.
#[derive(Clone, Default, PartialEq)]
pub struct Content {
    /// The domain event's type.
    pub event_type: String,
    /// The programme that the envelope names.
    pub program: Option<String>,
    /// Who caused it, by the envelope.
    pub actor: Option<String>,
    /// When it happened in Chronus, where it says so.
    pub time: Option<DateTime<Utc>>,
    pub(in crate::cards) data: Value,
}

impl Content {
    /// Reads the opened `data` of a domain event.
    pub fn read(event_type: &str, data: &str) -> Self {
        let data = if data.len() > MAX_DATA_BYTES {
            Value::Null
        } else {
            // The parser itself refuses nesting deeper than 128.
            serde_json::from_str(data).unwrap_or(Value::Null)
        };
        Self {
            event_type: event_type.to_owned(),
            data,
            ..Self::default()
        }
    }

    /// This content without the addresses that a card may not lead to.
    #[must_use]
    pub(super) fn leading_only_to(mut self, hosts: &LinkHosts) -> Self {
        drop_links(&mut self.data, hosts);
        self
    }

    /// This content, with what it leaves out taken from an older one about the same subject: Chronus need not repeat
    /// the title of a meeting that was cancelled. Who did something and why belong to that one event, and are never
    /// taken from another.
    #[must_use]
    pub fn over(&self, older: &Self) -> Self {
        let mut merged = self.clone();
        merged.program = self.program.clone().or_else(|| older.program.clone());
        if !merged.data.is_object() {
            merged.data = Value::Object(serde_json::Map::new());
        }
        if let (Value::Object(newer), Value::Object(older)) = (&mut merged.data, &older.data) {
            for (key, value) in older {
                if OF_ONE_EVENT.contains(&key.as_str()) {
                    continue;
                }
                // Absent and `null` are the same, and so is a title that shows nothing: whatever it is about has one.
                let known = newer.entry(key).or_insert(Value::Null);
                let untitled = key == "title" && known.as_str().is_some_and(shows_nothing);
                if known.is_null() || untitled {
                    known.clone_from(value);
                }
            }
        }
        merged
    }

    /// This content as written by whoever wrote `original`: somebody else may have edited or deleted it.
    #[must_use]
    pub(super) fn written_as(&self, original: &Self) -> Self {
        let mut content = self.clone();
        content.actor.clone_from(&original.actor);
        if let Value::Object(fields) = &mut content.data {
            fields.remove("actor");
            fields.extend(
                original
                    .data
                    .get("actor")
                    .map(|actor| ("actor".to_owned(), actor.clone())),
            );
        }
        content
    }

    /// Whether it is of this type: `mentoring_request.sent`.
    pub(super) fn is_of(&self, name: &str) -> bool {
        self.event_type.strip_prefix("com.chronus.") == Some(name)
    }

    /// Whether it withdraws an announcement that was never meant to be sent: then nothing of that is shown any more.
    pub(super) fn takes_back_a_mistake(&self) -> bool {
        self.is_of("announcement.withdrawn") && field::flag(&self.data, "mistake").unwrap_or_default()
    }

    /// The programme's name: from the data, else from the envelope.
    pub(super) fn program(&self) -> Option<String> {
        let named = field::name_of(&self.data, "program");
        named.or_else(|| self.program.as_deref().and_then(field::one_line))
    }

    /// The thing itself in Chronus.
    pub(super) fn web(&self) -> Option<HttpsLink> {
        field::link(&self.data, "url").or_else(|| field::link(&self.data["links"], "web"))
    }

    /// Why something was cancelled, declined or could not be done.
    pub(super) fn reason(&self) -> Option<String> {
        field::text(&self.data, "reason")
    }

    /// Its title; where none is given, one that is made of the type: `com.chronus.erg_event.cancelled` gives
    /// `ERG event cancelled`.
    pub(super) fn headline(&self, text: Texts) -> String {
        if let Some(title) = field::line(&self.data, "title") {
            return title;
        }
        let words = self
            .event_type
            .trim_start_matches("com.chronus.")
            .replace("erg_event", "ERG event")
            .replace(['.', '_', '-'], " ");
        let words = shorten(&clean_line(&words), field::MAX_LINE_CHARS);
        let mut letters = words.chars();
        letters.next().map_or_else(
            || text.fallback_headline(),
            |first| first.to_uppercase().chain(letters).collect(),
        )
    }
}

/// Takes out every text that is an address of another host. A text that is more than an address stays: it is shown as
/// text and leads nowhere.
fn drop_links(data: &mut Value, hosts: &LinkHosts) {
    match data {
        Value::String(text) => {
            if HttpsLink::parse(text).is_some_and(|link| !hosts.allow(&link)) {
                *data = Value::Null;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| drop_links(item, hosts)),
        Value::Object(fields) => {
            let links = fields.iter_mut().filter(|(key, value)| {
                !value.is_string()
                    || key.ends_with("url")
                    || ["profile", "web", "calendar"].contains(&key.as_str())
            });
            links.for_each(|(_, value)| drop_links(value, hosts));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Shows that there is content, never what it says.
impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Content")
            .field("event_type", &self.event_type)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
