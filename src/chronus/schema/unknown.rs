//! The type of an event that is not known, and fields that its schema does not name. They are kept and ignored, so Chronus is told of them, and of the
//! name that was probably meant.

use std::borrow::Cow;

use events::organization::{CardKind, DomainKind};
use serde_json::Value;

use super::{COMMON_SCHEMA, SCHEMAS};
use crate::chronus::warning::{MOST_WARNINGS, Warning};

/// Names that are this much alike are probably the same name, misspelt.
const ALIKE: f64 = 0.7;
/// Longest part of an unknown name that is repeated in an answer, in characters.
const SHOWN_NAME: usize = 64;

/// Warnings about the fields of `data`, the data of a CloudEvent of `event_type`, that no rule and no card knows: the
/// first twenty.
pub fn fields(event_type: &str, data: &Value) -> Vec<Warning> {
    let mut found = Vec::new();
    let document = &SCHEMAS.of(event_type).document;
    let places = vec![document];
    let inner = step(&places, "data");
    look(&inner, data, "/data", &mut found);
    found
}

/// A warning about a type that is not known, and so shows as a plain card.
pub fn event_type(event_type: &str) -> Option<Warning> {
    if DomainKind::of(event_type) != DomainKind::Notify(CardKind::Plain) {
        return None;
    }
    let detail = match likely_type(event_type) {
        Some(likely) => format!("is not known and shows as a plain card; did you mean \"{likely}\"?"),
        None => "is not known and shows as a plain card".to_owned(),
    };
    Some(Warning::at("unknown_type", "/type", detail))
}

/// The known type that is meant, where both its subject and what happened to it are spelt alike.
fn likely_type(event_type: &str) -> Option<String> {
    let parts = |name: &str| {
        let (rest, what) = name.rsplit_once('.').unwrap_or((name, ""));
        (rest.to_lowercase(), what.to_lowercase())
    };
    let (subject, what) = parts(event_type);
    DomainKind::types()
        .map(|known| {
            let (of, happened) = parts(&known);
            let of = of.strip_prefix("com.chronus.").unwrap_or(&of);
            let subject = subject.strip_prefix("com.chronus.").unwrap_or(&subject);
            let one = strsim::normalized_damerau_levenshtein(of, subject);
            let other = strsim::normalized_damerau_levenshtein(&happened, &what);
            (one.min(other), known)
        })
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, known)| known)
}

/// A warning about a field with this name at `pointer`, where only `known` ones have a meaning.
pub fn field(pointer: &str, name: &str, known: &[&str]) -> Warning {
    let shown: String = name.chars().take(SHOWN_NAME).collect();
    let likely = known
        .iter()
        .map(|known| {
            (
                strsim::normalized_damerau_levenshtein(known, &shown.to_lowercase()),
                known,
            )
        })
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|one, other| one.0.total_cmp(&other.0));
    let detail = match likely {
        Some((_, likely)) => format!("is not known and has no effect; did you mean \"{likely}\"?"),
        None => "is not known and has no effect".to_owned(),
    };
    Warning::at("unknown_field", format!("{pointer}/{}", escaped(&shown)), detail)
}

fn escaped(name: &str) -> Cow<'_, str> {
    if name.contains(['~', '/']) {
        name.replace('~', "~0").replace('/', "~1").into()
    } else {
        name.into()
    }
}

/// Looks through a value that the schemas `places` describe together.
fn look(places: &[&Value], value: &Value, pointer: &str, found: &mut Vec<Warning>) {
    match value {
        Value::Object(fields) => {
            let known = names(places);
            // Where no schema names anything, everything goes.
            if known.is_empty() {
                return;
            }
            for (name, inner) in fields {
                if found.len() == MOST_WARNINGS {
                    return;
                }
                if known.contains(&name.as_str()) {
                    let pointer = format!("{pointer}/{}", escaped(name));
                    look(&step(places, name), inner, &pointer, found);
                } else {
                    found.push(field(pointer, name, &known));
                }
            }
        }
        Value::Array(items) => {
            let inner: Vec<&Value> = all(places)
                .into_iter()
                .filter_map(|place| place.get("items"))
                .collect();
            for (index, item) in items.iter().enumerate() {
                if found.len() == MOST_WARNINGS || inner.is_empty() {
                    return;
                }
                look(&inner, item, &format!("{pointer}/{index}"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The places and what they refer to or choose from.
pub(super) fn all<'s>(places: &[&'s Value]) -> Vec<&'s Value> {
    let mut all: Vec<&Value> = Vec::new();
    let mut open: Vec<&Value> = places.to_vec();
    while let Some(place) = open.pop() {
        let referred = place["$ref"]
            .as_str()
            .and_then(|name| name.strip_prefix("common.json#/$defs/"))
            .and_then(|name| COMMON_SCHEMA["$defs"].get(name));
        open.extend(referred);
        for choice in ["anyOf", "oneOf", "allOf"] {
            open.extend(place[choice].as_array().into_iter().flatten());
        }
        open.extend(place.get("then"));
        all.push(place);
    }
    all
}

fn names<'s>(places: &[&'s Value]) -> Vec<&'s str> {
    let properties = all(places)
        .into_iter()
        .filter_map(|place| place["properties"].as_object());
    properties
        .flat_map(|all| all.keys().map(String::as_str))
        .collect()
}

/// What is said of a field there.
pub(super) fn step<'s>(places: &[&'s Value], name: &str) -> Vec<&'s Value> {
    all(places)
        .into_iter()
        .filter_map(|place| place["properties"].get(name))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(event_type: &str, data: Value) -> Vec<(String, String)> {
        let warnings = fields(event_type, &data);
        warnings
            .into_iter()
            .map(|warning| (warning.pointer.unwrap(), warning.detail))
            .collect()
    }

    #[test]
    fn a_misspelt_name_is_told_with_the_one_that_is_meant() {
        let data = json!({
            "title": "T", "start_at": "2026-12-01T10:00:00Z", "colour": "red", "actor": { "nmae": "P", "name": "P" },
            "slots": [{ "starts_at": "2026-12-01T10:00:00Z" }, { "starts": 7 }], "links": { "wbe/x": null },
        });
        assert_eq!(
            told("com.chronus.meeting.requested", data),
            [
                (
                    "/data/actor/nmae",
                    "is not known and has no effect; did you mean \"name\"?"
                ),
                ("/data/colour", "is not known and has no effect"),
                ("/data/links/wbe~1x", "is not known and has no effect"),
                ("/data/slots/1/starts", "is not known and has no effect"),
                (
                    "/data/start_at",
                    "is not known and has no effect; did you mean \"starts_at\"?"
                ),
            ]
            .map(|(pointer, detail)| (pointer.to_owned(), detail.to_owned()))
        );
    }

    #[test]
    fn a_misspelt_type_is_told_with_the_one_that_is_meant() {
        let told = |event_type: &str| super::event_type(event_type).map(|warning| warning.detail);
        let plain = "is not known and shows as a plain card";
        for (misspelt, meant) in [
            ("com.chronus.task.asigned", "com.chronus.task.assigned"),
            ("com.chronus.erg-event.invited", "com.chronus.erg_event.invited"),
            ("com.chronus.Meeting.Requested", "com.chronus.meeting.requested"),
            ("com.chronus.survey.request", "com.chronus.survey.requested"),
        ] {
            assert_eq!(
                told(misspelt),
                Some(format!("{plain}; did you mean \"{meant}\"?"))
            );
        }
        for own in [
            "com.chronus.circle.opened",
            "com.chronus.mentoring_request.created",
            "com.chronus.x",
        ] {
            assert_eq!(told(own).as_deref(), Some(plain), "{own}");
        }
        for known in DomainKind::types().chain(["com.chronus.announcement.made".to_owned()]) {
            assert_eq!(told(&known), None, "{known}");
        }
    }

    #[test]
    fn many_unknown_names_are_told_up_to_a_number() {
        let fields: serde_json::Map<String, Value> =
            (0..500).map(|n| (format!("{n:0>90}"), json!(n))).collect();
        let told = told("com.chronus.news.published", Value::Object(fields));
        assert_eq!(told.len(), MOST_WARNINGS);
        assert!(told.iter().all(|(pointer, _)| pointer.len() < 80));
    }
}
