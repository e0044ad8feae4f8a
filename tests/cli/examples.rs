//! The examples that people copy.

use chronus_teams::chronus::{domain_event, envelope};
use chronus_teams::config::{Authentication, Config, Role};
use serde_json::Value;

use crate::log::organization;

/// What stands between two marks.
fn between<'t>(text: &'t str, begin: &str, end: &str) -> &'t str {
    text.split_once(begin).unwrap().1.split_once(end).unwrap().0
}

/// A structured event as the intake reads and checks it.
fn checked(text: &str) -> Result<domain_event::Checked, domain_event::Invalid> {
    let limits = envelope::Limits::default();
    let parts = envelope::cut(envelope::STRUCTURED, &[], text.as_bytes(), limits).unwrap();
    let received = parts.into_iter().next().unwrap().read(limits);
    domain_event::check(&organization(), received.event.unwrap().0)
}

#[test]
fn the_events_that_people_copy_are_accepted() {
    let readme = between(include_str!("../../README.md"), "--data '", "'\n```");
    let playground = include_str!("../../tools/playground/event.json");
    for (place, text) in [("README.md", readme), ("tools/playground/event.json", playground)] {
        let checked = checked(text);
        assert!(checked.is_ok(), "{place}: {checked:?}");
    }
}

/// Every example of `schemas/examples`, of domain events and of answers, with the name of its file.
fn examples() -> Vec<(String, Value)> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/examples");
    let files = [root.to_owned(), format!("{root}/answers")]
        .into_iter()
        .filter_map(|folder| std::fs::read_dir(folder).ok())
        .flatten()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file());
    files
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (
                name,
                serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap(),
            )
        })
        .collect()
}

#[test]
fn the_documentation_shows_the_examples_as_they_are_and_one_of_each_kind() {
    let page = include_str!("../../docs/chronus-events.md");
    let blocks = page.split("```json\n").skip(1);
    let shown: Vec<Value> = blocks
        .map(|block| serde_json::from_str(block.split("```").next().unwrap()).unwrap())
        .collect();
    let examples = examples();
    for block in &shown {
        let found = examples.iter().any(|(_, example)| example == block);
        assert!(found, "no file of schemas/examples holds {block:#}");
    }
    let kind = |event: &Value| {
        let event_type = event["type"].as_str().unwrap();
        let is_answer = event_type.starts_with("com.chronus.teams.");
        event_type
            .split('.')
            .skip(2)
            .take(1 + usize::from(is_answer))
            .collect::<Vec<_>>()
            .join(".")
    };
    for (name, example) in &examples {
        let found = shown.iter().any(|block| kind(block) == kind(example));
        assert!(
            found,
            "docs/chronus-events.md shows nothing of the kind of {name}"
        );
    }
}

#[test]
fn every_example_of_a_domain_event_is_accepted() {
    let (mut ids, mut accepted) = (std::collections::HashSet::new(), 0);
    for (name, example) in examples() {
        if example["type"]
            .as_str()
            .unwrap()
            .starts_with("com.chronus.teams.")
        {
            continue;
        }
        assert!(
            ids.insert(example["id"].clone()),
            "{name} has the id of another example"
        );
        let checked = checked(&example.to_string());
        assert!(checked.is_ok(), "{name}: {checked:?}");
        accepted += 1;
    }
    assert!(accepted >= 40, "{accepted}");
}

#[test]
fn the_playground_is_configured_for_this_machine_and_its_key_is_the_one_it_tells() {
    let text = include_str!("../../tools/playground/chronus-teams.toml");
    let config = Config::from_text(text, "tools/playground/chronus-teams.toml", []).unwrap();
    let script = include_str!("../../tools/playground/run.sh");
    let key = between(script, "Bearer ", "'");
    assert!(config.api_keys().authenticate(key).unwrap().may(Role::Ingest));
    let people = include_str!("../../tools/playground/.m365agentsplayground.yml");
    let organization = &config.organizations[0];
    assert!(people.contains(&format!("tenantId: {}", organization.tenant_id)));
    assert!(config.ready_to_serve(Authentication::InsecureLoopback).is_ok());
}
