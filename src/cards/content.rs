//! What a domain event's `data` says, as far as cards show it.
//!
//! Reading is lenient: a field that is missing, of another type or empty is absent, a text that is too long is cut,
//! and nothing is an error, for Chronus may send more or less than a card shows and the person is better served by
//! a card with less on it than by none. The fields are described in `docs/chronus-events.md`.

use std::fmt;

use serde_json::Value;

use super::escape::{clean, clean_line, shorten};
use super::link::HttpsLink;
use super::time::Deadline;

/// Data beyond this many bytes is not read; the intake refuses far less.
const MAX_DATA_BYTES: usize = 1024 * 1024;
/// Longest name, title or other single line kept, in characters.
const MAX_LINE_CHARS: usize = 120;
/// Longest message or body kept, in characters.
pub const MAX_TEXT_CHARS: usize = 6_000;
/// Longest button label kept, in characters; a phone shows about this much.
const MAX_LABEL_CHARS: usize = 30;
/// Most goals kept.
const MAX_GOALS: usize = 8;

/// Someone a card names.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// Display name.
    pub name: Option<String>,
    /// Job title.
    pub title: Option<String>,
    /// Where the person works.
    pub location: Option<String>,
}

/// The texts of one domain event, clean and within limits, not yet escaped.
#[derive(Clone, Default, PartialEq)]
pub struct Content {
    /// The domain event's type, from which a missing title is made.
    pub event_type: String,
    /// Who asks, or who caused it.
    pub person: Person,
    /// The programme's name.
    pub program: Option<String>,
    /// The person's own words.
    pub message: Option<String>,
    /// What the person wants to reach.
    pub goals: Vec<String>,
    /// What the reader is asked to be: `mentor`.
    pub role: Option<String>,
    /// Expected time.
    pub time_commitment: Option<String>,
    /// Until when an answer is useful.
    pub respond_by: Option<Deadline>,
    /// The person's profile in Chronus.
    pub profile: Option<HttpsLink>,
    /// The thing itself in Chronus.
    pub web: Option<HttpsLink>,
    /// Headline of a plain card.
    pub title: Option<String>,
    /// Text of a plain card.
    pub body: Option<String>,
    /// What the button of a plain card says.
    pub label: Option<String>,
}

impl Content {
    /// Reads the opened `data` of a domain event.
    pub fn read(event_type: &str, data: &str) -> Self {
        let value = if data.len() > MAX_DATA_BYTES {
            Value::Null
        } else {
            // The parser itself refuses nesting deeper than 128.
            serde_json::from_str(data).unwrap_or(Value::Null)
        };
        Self::from_data(event_type, &value)
    }

    fn from_data(event_type: &str, data: &Value) -> Self {
        let own_link = || link(data, "url").or_else(|| link(&data["links"], "web"));
        Self {
            event_type: event_type.to_owned(),
            person: person(data),
            program: name_of(data, "program"),
            // A sender who knows only the plain card's fields still has their words shown.
            message: text(data, "message").or_else(|| text(data, "body")),
            goals: lines(&data["goals"]),
            role: line(data, "role"),
            time_commitment: line(data, "time_commitment"),
            respond_by: line(data, "respond_by").and_then(|at| Deadline::parse(&at)),
            profile: link(&data["links"], "profile"),
            web: own_link(),
            title: line(data, "title"),
            body: text(data, "body").or_else(|| text(data, "text")),
            label: line(data, "url_label").map(|label| shorten(&label, MAX_LABEL_CHARS)),
        }
    }

    /// Headline of a plain card: as given, else made of the type: `com.chronus.erg_event.cancelled` gives
    /// `ERG event cancelled`.
    pub fn headline(&self) -> String {
        if let Some(title) = &self.title {
            return title.clone();
        }
        let words = self
            .event_type
            .trim_start_matches("com.chronus.")
            .replace("erg_event", "ERG event")
            .replace(['.', '_', '-'], " ");
        let words = shorten(&clean_line(&words), MAX_LINE_CHARS);
        let mut letters = words.chars();
        letters.next().map_or_else(
            || super::text::FALLBACK_HEADLINE.to_owned(),
            |first| first.to_uppercase().chain(letters).collect(),
        )
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

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Person(..)")
    }
}

/// The person a card names: `mentee`, and where it lacks something, `actor`.
fn person(data: &Value) -> Person {
    let field = |key| line(&data["mentee"], key).or_else(|| line(&data["actor"], key));
    Person {
        name: field("name"),
        title: field("title"),
        location: field("location"),
    }
}

fn string<'a>(data: &'a Value, key: &str) -> Option<&'a str> {
    data.get(key).and_then(Value::as_str)
}

fn line(data: &Value, key: &str) -> Option<String> {
    string(data, key).and_then(one_line)
}

fn one_line(text: &str) -> Option<String> {
    Some(shorten(&clean_line(text), MAX_LINE_CHARS)).filter(|line| !line.is_empty())
}

fn text(data: &Value, key: &str) -> Option<String> {
    let text = shorten(&clean(string(data, key)?), MAX_TEXT_CHARS);
    Some(text).filter(|text| !text.is_empty())
}

/// A name given as text or as `{"name": …}`.
fn name_of(data: &Value, key: &str) -> Option<String> {
    line(data, key).or_else(|| line(&data[key], "name"))
}

fn lines(list: &Value) -> Vec<String> {
    let items = list.as_array().map_or(&[][..], Vec::as_slice);
    let lines = items.iter().filter_map(Value::as_str).filter_map(one_line);
    lines.take(MAX_GOALS).collect()
}

fn link(data: &Value, key: &str) -> Option<HttpsLink> {
    string(data, key).and_then(HttpsLink::parse)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_askers_words_may_stand_in_the_body() {
        let content = Content::read("t", r#"{"body":"Would you?"}"#);
        assert_eq!(content.message.as_deref(), Some("Would you?"));
    }

    #[test]
    fn every_field_of_a_request_is_read() {
        let data = json!({
            "mentee": { "name": " Priya\nNair ", "title": "Designer", "location": "Lisbon" },
            "message": "Hello\r\n\r\n\r\nSam",
            "goals": ["Lead", 7, "", "Speak"],
            "role": "mentor",
            "program": { "name": "Spring" },
            "time_commitment": "2 × 45 min a month",
            "respond_by": "2026-12-04T17:00:00Z",
            "links": { "profile": "https://acme.example/p", "web": "https://acme.example/r" },
        });
        let content = Content::read("com.chronus.mentoring_request.sent", &data.to_string());
        assert_eq!(content.person.name.as_deref(), Some("Priya Nair"));
        assert_eq!(content.message.as_deref(), Some("Hello\n\nSam"));
        assert_eq!(content.goals, ["Lead", "Speak"]);
        assert_eq!(content.program.as_deref(), Some("Spring"));
        assert!(content.respond_by.is_some() && content.profile.is_some() && content.web.is_some());
    }

    #[test]
    fn data_of_any_other_shape_gives_an_empty_content() {
        for data in [
            "",
            "null",
            "[]",
            "7",
            "{",
            r#"{"title":5,"links":"x","goals":{},"mentee":[]}"#,
        ] {
            let content = Content::read("com.chronus.x.y", data);
            assert_eq!(
                content,
                Content {
                    event_type: "com.chronus.x.y".into(),
                    ..Content::default()
                }
            );
        }
    }

    #[test]
    fn a_missing_title_is_made_of_the_type() {
        assert_eq!(
            Content::read("com.chronus.erg_event.cancelled", "{}").headline(),
            "ERG event cancelled"
        );
        assert_eq!(Content::read("", "{}").headline(), "News from Chronus");
    }

    #[test]
    fn unsafe_links_are_dropped() {
        let data = json!({ "url": "javascript:alert(1)", "links": { "web": "http://acme.example" } });
        assert_eq!(Content::read("com.chronus.x.y", &data.to_string()).web, None);
    }

    #[test]
    fn debug_tells_nothing_personal() {
        let content = Content::read("t", r#"{"mentee":{"name":"Priya"},"message":"secret"}"#);
        let shown = format!("{content:?} {:?}", content.person);
        assert!(!shown.contains("Priya") && !shown.contains("secret"), "{shown}");
    }

    proptest! {
        #[test]
        fn any_data_is_read_within_the_limits(data in any::<String>(), text in any::<String>()) {
            Content::read("t", &data);
            let content = Content::read("t", &json!({ "title": text, "body": text }).to_string());
            prop_assert!(content.title.is_none_or(|t| t.chars().count() <= MAX_LINE_CHARS));
            prop_assert!(content.body.is_none_or(|t| t.chars().count() <= MAX_TEXT_CHARS));
        }
    }
}
