//! The attributes of a CloudEvent, held against what the schemas say of them, whichever way they came.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::DateTime;
use cloudevents::Event;
use serde_json::{Map, Value};
use url::Url;

use super::{Limits, essence, json};
use crate::chronus::json_text::step;
use crate::chronus::schema::{self, Fault};
use crate::chronus::warning::{MOST_WARNINGS, Warning};

/// Attributes that an event cannot do without.
const REQUIRED: [&str; 4] = ["specversion", "id", "source", "type"];
/// Attributes that an event may have.
const OPTIONAL: [&str; 4] = ["subject", "time", "datacontenttype", "dataschema"];
/// An extension whose name is this much like an attribute's is probably that attribute, misspelt.
const ALIKE: f64 = 0.7;

/// Makes an event of its attributes and its data.
pub(super) fn event(mut fields: Map<String, Value>, limits: Limits) -> Result<(Event, Vec<Warning>), Fault> {
    for name in REQUIRED.into_iter().chain(OPTIONAL) {
        check_text(&fields, name)?;
    }
    if fields["specversion"] != "1.0" {
        return fault("/specversion", "must be \"1.0\"");
    }
    check_time(&fields)?;
    let dataschema = fields.get("dataschema").and_then(Value::as_str);
    if dataschema.is_some_and(|schema| Url::parse(schema).is_err()) {
        return fault(
            "/dataschema",
            "must be a whole URI; leave it out where there is none",
        );
    }
    if let Some(Value::String(media)) = fields.get_mut("datacontenttype") {
        *media = essence(media);
        check_media(media)?;
    }
    decode_data(&mut fields, limits)?;
    let warnings = extensions(&fields)?;
    let event = serde_json::from_value(Value::Object(fields));
    let event = event.or_else(|error| fault("", &format!("is no CloudEvent 1.0: {error}")))?;
    Ok((event, warnings))
}

fn fault<T>(pointer: &str, detail: &str) -> Result<T, Fault> {
    Err(Fault {
        pointer: pointer.to_owned(),
        detail: detail.to_owned(),
    })
}

fn check_text(fields: &Map<String, Value>, name: &str) -> Result<(), Fault> {
    let wrong = match fields.get(name) {
        Some(Value::String(_)) => return Ok(()),
        None | Some(Value::Null) if OPTIONAL.contains(&name) => return Ok(()),
        None | Some(Value::Null) => "is missing",
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => "must be text",
    };
    let pointer = format!("/{name}");
    let detail = match schema::attribute(&pointer) {
        Some(meant) => format!("{wrong}; send {meant}"),
        None => wrong.to_owned(),
    };
    Err(Fault { pointer, detail })
}

fn check_time(fields: &Map<String, Value>) -> Result<(), Fault> {
    let time = fields.get("time").and_then(Value::as_str);
    if time.is_some_and(|time| DateTime::parse_from_rfc3339(time).is_err()) {
        return fault(
            "/time",
            "must be a time with its offset, such as 2026-11-30T17:00:00Z",
        );
    }
    Ok(())
}

/// The data of an event is JSON, whatever it is called beside.
pub(super) fn check_media(media: &str) -> Result<(), Fault> {
    let is_json = ["", "application/json", "text/json"].contains(&media) || media.ends_with("+json");
    if is_json {
        return Ok(());
    }
    fault(
        "/datacontenttype",
        "must be application/json, as the data must be",
    )
}

/// Data in base64 is JSON too.
fn decode_data(fields: &mut Map<String, Value>, limits: Limits) -> Result<(), Fault> {
    let encoded = fields.remove("data_base64").filter(|encoded| !encoded.is_null());
    let Some(encoded) = encoded else {
        return Ok(());
    };
    if fields.contains_key("data") {
        return fault("/data_base64", "stands beside data; send one of the two");
    }
    let decoded = encoded.as_str().and_then(|text| STANDARD.decode(text).ok());
    let Some(decoded) = decoded else {
        return fault("/data_base64", "is not base64; send the event's JSON as data");
    };
    let data = json(&decoded, "/data", limits)?;
    fields.insert("data".to_owned(), data);
    Ok(())
}

/// Warnings about extension attributes that look like a misspelt attribute. The others are taken and ignored, as
/// CloudEvents asks.
fn extensions(fields: &Map<String, Value>) -> Result<Vec<Warning>, Fault> {
    let known = || REQUIRED.into_iter().chain(OPTIONAL).chain(["data"]);
    let mut warnings = Vec::new();
    for (name, value) in fields {
        if known().any(|known| known == name) {
            continue;
        }
        let is_simple = match value {
            Value::Null | Value::Bool(_) | Value::String(_) => true,
            Value::Number(number) => number.is_i64(),
            Value::Array(_) | Value::Object(_) => false,
        };
        if !is_simple {
            return fault(
                &step(name),
                "is no attribute of CloudEvents, and an extension must be text, a whole number, true or false",
            );
        }
        let shown: String = name.chars().take(64).collect();
        let likely = known()
            .map(|known| {
                (
                    strsim::normalized_damerau_levenshtein(known, &shown.to_lowercase()),
                    known,
                )
            })
            .filter(|(likeness, _)| *likeness >= ALIKE)
            .max_by(|one, other| one.0.total_cmp(&other.0));
        if let Some((_, likely)) = likely
            && warnings.len() < MOST_WARNINGS
        {
            let detail = format!("is an extension and has no effect; did you mean \"{likely}\"?");
            warnings.push(Warning::at("unknown_attribute", step(name), detail));
        }
    }
    Ok(warnings)
}
