//! Every shape ever written stays readable. `tests/frozen/<name>.v<version>.json` is never edited once released.

use std::collections::BTreeSet;
use std::path::PathBuf;

use events::{LeaseEvent, LogEvent, OrganizationEvent, OutboundEvent, StoredEvent, TenantEvent, UserEvent};
use serde_json::Value;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/frozen")
}

fn frozen(name: &str, version: u16) -> String {
    let path = folder().join(format!("{name}.v{version}.json"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{} is missing: {error}", path.display()))
}

fn every_shape_is_read<E: StoredEvent + PartialEq + std::fmt::Debug>(types: &[(&'static str, u16)]) {
    for (name, current) in types {
        for version in 1..=*current {
            let text = frozen(name, version);
            let read =
                E::decode(name, version, &text).unwrap_or_else(|error| panic!("{name} v{version}: {error}"));
            assert_eq!(read.type_name(), *name);
            if version == *current {
                let (was, is): (Value, Value) = (
                    serde_json::from_str(&text).unwrap(),
                    serde_json::from_str(&read.to_json()).unwrap(),
                );
                assert_eq!(
                    is, was,
                    "{name} is written in another shape: raise its version and add an upcaster"
                );
            }
        }
    }
}

#[test]
fn every_shape_ever_written_is_read_and_todays_shape_is_the_frozen_one() {
    every_shape_is_read::<UserEvent>(UserEvent::TYPES);
    every_shape_is_read::<OrganizationEvent>(OrganizationEvent::TYPES);
    every_shape_is_read::<TenantEvent>(TenantEvent::TYPES);
    every_shape_is_read::<OutboundEvent>(OutboundEvent::TYPES);
    every_shape_is_read::<LeaseEvent>(LeaseEvent::TYPES);
    every_shape_is_read::<LogEvent>(LogEvent::TYPES);
}

#[test]
fn no_frozen_shape_was_dropped() {
    let known: BTreeSet<String> = [
        UserEvent::TYPES,
        OrganizationEvent::TYPES,
        TenantEvent::TYPES,
        OutboundEvent::TYPES,
        LeaseEvent::TYPES,
        LogEvent::TYPES,
    ]
    .concat()
    .into_iter()
    .flat_map(|(name, current)| (1..=current).map(move |version| format!("{name}.v{version}.json")))
    .collect();
    let kept: BTreeSet<String> = files()
        .into_iter()
        .filter(|file| variant_of(file).is_none())
        .collect();
    assert_eq!(kept, known);
}

fn files() -> Vec<String> {
    let names = std::fs::read_dir(folder()).unwrap();
    names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

/// `<name>.v<version>.<fields>.json` is a shape with fields that were added later and may be absent.
fn variant_of(file: &str) -> Option<(&str, u16)> {
    let [name, version, _, "json"] = file.split('.').collect::<Vec<_>>()[..] else {
        return None;
    };
    Some((name, version.strip_prefix('v')?.parse().ok()?))
}

#[test]
fn shapes_with_fields_that_were_added_later_stay_as_they_are() {
    for file in files() {
        let Some((name, version)) = variant_of(&file) else {
            continue;
        };
        let text = std::fs::read_to_string(folder().join(&file)).unwrap();
        let was: Value = serde_json::from_str(&text).unwrap();
        let is = UserEvent::decode(name, version, &text)
            .map(|event| event.to_json())
            .or_else(|_| OrganizationEvent::decode(name, version, &text).map(|event| event.to_json()))
            .or_else(|_| TenantEvent::decode(name, version, &text).map(|event| event.to_json()))
            .or_else(|_| OutboundEvent::decode(name, version, &text).map(|event| event.to_json()))
            .or_else(|_| LeaseEvent::decode(name, version, &text).map(|event| event.to_json()))
            .or_else(|_| LogEvent::decode(name, version, &text).map(|event| event.to_json()))
            .unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(serde_json::from_str::<Value>(&is).unwrap(), was, "{file}");
    }
}
