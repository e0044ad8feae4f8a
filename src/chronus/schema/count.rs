//! Counts lists before anything in them is looked at, so that what an event may list bounds the work that it causes.

use serde_json::Value;

use super::describe;
use super::unknown::{all, step};
use super::{Fault, MOST_FAULTS};
use crate::chronus::json_text;

/// Entries of a list for which its schema says no other number.
const MOST_ENTRIES: u64 = 1_000;

/// The lists in `event` that are longer than `document`, its schema, says, or than any list may be.
pub(super) fn faults(document: &Value, event: &Value) -> Vec<Fault> {
    let mut faults = Vec::new();
    let data = step(&[document], "data");
    if let Some(value) = event.get("data") {
        look(document, &data, value, "/data", &mut faults);
    }
    faults
}

fn look(document: &Value, places: &[&Value], value: &Value, pointer: &str, faults: &mut Vec<Fault>) {
    if faults.len() == MOST_FAULTS || places.is_empty() {
        return;
    }
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                // Texts and numbers cannot be too long here.
                if inner.is_array() || inner.is_object() {
                    let pointer = format!("{pointer}{}", json_text::step(name));
                    look(document, &step(places, name), inner, &pointer, faults);
                }
            }
        }
        Value::Array(items) => {
            let places = all(places);
            let most = places.iter().filter_map(|place| place["maxItems"].as_u64()).min();
            let most = most.unwrap_or(MOST_ENTRIES);
            let inner: Vec<&Value> = places
                .into_iter()
                .filter_map(|place| place.get("items"))
                .collect();
            if inner.is_empty() {
                // No list is meant here, and nothing in it is looked at.
                return;
            }
            if items.len() as u64 > most {
                faults.push(fault(document, pointer, most));
                return;
            }
            for (index, item) in items.iter().enumerate() {
                look(document, &inner, item, &format!("{pointer}/{index}"), faults);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn fault(document: &Value, pointer: &str, most: u64) -> Fault {
    let wrong = format!("must list at most {most}");
    Fault {
        pointer: pointer.to_owned(),
        detail: match describe::place(document, pointer) {
            Some(description) => format!("{wrong}; send {description}"),
            None => wrong,
        },
    }
}
