//! The examples that people copy.

use chronus_teams::chronus::{domain_event, envelope};
use chronus_teams::config::{Authentication, Config, Role};

use crate::log::organization;

/// What stands between two marks.
fn between<'t>(text: &'t str, begin: &str, end: &str) -> &'t str {
    text.split_once(begin).unwrap().1.split_once(end).unwrap().0
}

#[test]
fn the_events_that_people_copy_are_accepted() {
    let readme = between(include_str!("../../README.md"), "--data '", "'\n```");
    let playground = include_str!("../../tools/playground/event.json");
    for (place, text) in [("README.md", readme), ("tools/playground/event.json", playground)] {
        let received = envelope::read(envelope::STRUCTURED, &[], text.as_bytes(), 1).unwrap();
        let event = received.into_iter().next().unwrap().event.unwrap();
        let checked = domain_event::check(&organization(), &event);
        assert!(checked.is_ok(), "{place}: {checked:?}");
    }
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
