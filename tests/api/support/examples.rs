//! The examples of `schemas/examples`, as if they happened just now and were about somebody of the tests.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use events::{Clock as _, SystemClock};
use serde_json::{Value, json};

use super::Folk;

/// The example of this name, to `who` alone, with a subject and an id of its own where `number` differs.
pub(crate) fn example(name: &str, who: Folk, number: u32) -> Value {
    let file = format!("{}/schemas/examples/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{file}: {error}"));
    let example: Value = serde_json::from_str(&text).unwrap();
    let happened: DateTime<Utc> = example["time"].as_str().unwrap().parse().unwrap();
    let mut event = moved(&example, SystemClock.now() - happened);
    event["id"] = format!("{}-{number}", example["id"].as_str().unwrap()).into();
    if let Some(subject) = example["subject"].as_str() {
        event["subject"] = format!("{subject}-{number}").into();
    }
    if event["data"].get("recipients").is_some() {
        let member = format!("m-{}", who.email).replace('@', "-");
        event["data"]["recipients"] = json!([{ "member_id": member, "email": who.email }]);
    }
    event
}

/// All times moved by as much.
fn moved(value: &Value, by: TimeDelta) -> Value {
    match value {
        Value::String(text) => match DateTime::parse_from_rfc3339(text) {
            Ok(time) => (time.to_utc() + by)
                .to_rfc3339_opts(SecondsFormat::Secs, true)
                .into(),
            Err(_) => value.clone(),
        },
        Value::Array(items) => items.iter().map(|item| moved(item, by)).collect(),
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(name, inner)| (name.clone(), moved(inner, by)));
            Value::Object(fields.collect())
        }
        other => other.clone(),
    }
}
