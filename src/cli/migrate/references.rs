//! Positions that stand inside of stored events: they belong to the log that they were stored in.

use std::borrow::Cow;
use std::collections::HashMap;

use anyhow::{Context as _, anyhow};
use events::{Position, Recorded};
use serde_json::Value;

/// Where in an event's JSON a position stands, by the event's type. A stored type that gains a position gains a line;
/// a test compares with the events that there are.
const REFERENCES: &[(&str, &str)] = &[
    ("NotificationQueued", "/source/domain_event/position"),
    ("ResponseDelivered", "/response"),
    ("ResponseFailed", "/response"),
    ("ResponseRequeued", "/response"),
];

/// Where each event of the old log stands in the new one.
#[derive(Debug, Default)]
pub(super) struct Places(HashMap<u64, u64>);

impl Places {
    pub(super) fn note(&mut self, old: Position, new: Position) {
        self.0.insert(old.0, new.0);
    }

    /// The event's JSON with the new log's positions.
    pub(super) fn translate<'e>(&self, event: &'e Recorded) -> anyhow::Result<Cow<'e, str>> {
        let Some((_, path)) = reference(event) else {
            return Ok(Cow::Borrowed(&event.payload));
        };
        let at = event.position;
        let mut payload: Value = serde_json::from_str(&event.payload)
            .with_context(|| format!("the event at {at} cannot be read"))?;
        let Some(named) = payload.pointer_mut(path) else {
            return Ok(Cow::Owned(payload.to_string()));
        };
        let old = named
            .as_u64()
            .ok_or_else(|| anyhow!("the event at {at} names a position that is no number"))?;
        let new = self
            .0
            .get(&old)
            .ok_or_else(|| anyhow!("the event at {at} names position {old}, which is not before it"))?;
        *named = Value::from(*new);
        Ok(Cow::Owned(payload.to_string()))
    }
}

/// The event's JSON in the form in which a translated one is written: whoever wrote it first may have ordered its fields
/// otherwise.
pub(super) fn plain(event: &Recorded) -> anyhow::Result<Cow<'_, str>> {
    if reference(event).is_none() {
        return Ok(Cow::Borrowed(&event.payload));
    }
    let payload: Value = serde_json::from_str(&event.payload)
        .with_context(|| format!("the event at {} cannot be read", event.position))?;
    Ok(Cow::Owned(payload.to_string()))
}

fn reference(event: &Recorded) -> Option<&'static (&'static str, &'static str)> {
    REFERENCES
        .iter()
        .find(|(event_type, _)| *event_type == &*event.event_type)
}

/// Whether the event may name a position.
pub(super) fn has_any(event: &Recorded) -> bool {
    reference(event).is_some()
}

/// Names of event types that live as long as the process, as new events need them; there are some dozens.
#[derive(Debug, Default)]
pub(super) struct Interned(HashMap<Box<str>, &'static str>);

impl Interned {
    pub(super) fn get(&mut self, name: &str) -> &'static str {
        if let Some(known) = self.0.get(name) {
            return known;
        }
        let leaked: &'static str = Box::leak(name.to_owned().into_boxed_str());
        self.0.insert(name.into(), leaked);
        leaked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of every stored type there is a frozen example; whichever holds a number under a name that says position must
    /// be known here.
    #[test]
    fn every_stored_event_that_names_a_position_is_known() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("events/tests/frozen");
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let event_type = name.split('.').next().unwrap().to_owned();
            let json: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
            let mut places = Vec::new();
            positions(&json, String::new(), &mut places);
            found.extend(places.into_iter().map(|place| (event_type.clone(), place)));
        }
        found.sort();
        found.dedup();
        let known: Vec<_> = REFERENCES
            .iter()
            .map(|(t, p)| ((*t).to_owned(), (*p).to_owned()))
            .collect();
        assert_eq!(found, known);
    }

    fn positions(json: &Value, path: String, found: &mut Vec<String>) {
        if let Value::Object(fields) = json {
            for (name, value) in fields {
                let path = format!("{path}/{name}");
                if value.is_u64() && (name.contains("position") || name == "response") {
                    found.push(path);
                } else {
                    positions(value, path, found);
                }
            }
        }
    }
}
