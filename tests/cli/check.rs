//! `check`: a sound folder, and folders that are not.

use rusqlite::Connection;
use serde_json::Value;

use crate::log::{LENGTH, sample};
use crate::world::{World, stdout};

fn verdict(world: &World) -> (bool, Value) {
    let output = world.run(&["check", "--json"]);
    let verdict = serde_json::from_str(&stdout(&output)).unwrap();
    (output.status.success(), verdict)
}

/// What stands in the verdict's faults of one part.
fn faults<'v>(verdict: &'v Value, part: &str) -> Vec<&'v str> {
    let all = verdict["faults"].as_array().unwrap().iter();
    all.filter(|fault| fault["part"] == part)
        .map(|fault| fault["what"].as_str().unwrap())
        .collect()
}

/// A folder whose log is closed and whose read models are folded.
async fn folded() -> World {
    let mut world = sample().await;
    world.stop().await;
    let rebuilt = world.run(&["rebuild"]);
    assert!(rebuilt.status.success(), "{rebuilt:?}");
    world
}

fn edit(world: &World, file: &str, sql: &str) {
    let file = Connection::open(world.folder.path().join(file)).unwrap();
    file.execute_batch(sql).unwrap();
}

#[tokio::test]
async fn a_sound_folder_is_called_sound_also_beside_a_running_service() {
    let world = sample().await;
    let (success, verdict) = verdict(&world);
    assert!(success, "{verdict:#}");
    assert_eq!(verdict["sound"], true);
    assert_eq!(verdict["events"], LENGTH);
    assert_eq!(verdict.get("read_models"), None, "none were ever folded");
}

#[tokio::test]
async fn folded_read_models_are_compared_with_the_log() {
    let world = folded().await;
    let (success, verdict) = verdict(&world);
    assert!(success, "{verdict:#}");
    assert_eq!(verdict["read_models"], LENGTH);
}

#[tokio::test]
async fn a_read_model_that_is_not_the_fold_of_the_log_is_found() {
    let world = folded().await;
    edit(
        &world,
        "projections.db",
        "UPDATE notifications SET state = 'delivered' WHERE state = 'refused'",
    );
    let (success, verdict) = verdict(&world);
    assert!(!success);
    let found = faults(&verdict, "read_models");
    assert!(
        found.iter().any(|what| what.contains("notifications")),
        "{verdict:#}"
    );
}

#[tokio::test]
async fn a_missing_event_is_found() {
    let world = folded().await;
    edit(&world, "events.db", "DELETE FROM events WHERE position = 5");
    let (success, verdict) = verdict(&world);
    assert!(!success);
    let found = faults(&verdict, "log");
    assert!(
        found.iter().any(|what| what.contains("position 5 is missing")),
        "{verdict:#}"
    );
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_found() {
    let world = folded().await;
    edit(
        &world,
        "events.db",
        "UPDATE events SET payload = '{}' WHERE position = 2",
    );
    let (success, verdict) = verdict(&world);
    assert!(!success);
    assert_eq!(faults(&verdict, "decoding").len(), 1, "{verdict:#}");
}

#[tokio::test]
async fn the_verdict_for_people_is_one_line_where_all_is_well() {
    let world = folded().await;
    let output = world.run(&["check"]);
    assert!(output.status.success());
    let text = stdout(&output);
    assert!(text.starts_with(&format!("sound: {LENGTH} events")), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
}

#[tokio::test]
async fn a_changed_id_of_a_domain_event_is_found() {
    let world = folded().await;
    edit(
        &world,
        "events.db",
        "UPDATE events SET event_id = x'00112233445566778899aabbccddeeff' WHERE position = 5",
    );
    let (success, verdict) = verdict(&world);
    assert!(!success);
    let laws = faults(&verdict, "laws");
    assert!(
        laws.iter().any(|what| what.contains("source and id")),
        "{verdict:#}"
    );
}

#[tokio::test]
async fn a_second_stream_of_one_name_is_found_though_the_index_hides_it() {
    let world = folded().await;
    edit(
        &world,
        "events.db",
        "PRAGMA writable_schema = ON;
         UPDATE sqlite_schema SET sql = 'CREATE TABLE streams (id INTEGER PRIMARY KEY, name TEXT NOT NULL)' WHERE name = 'streams';
         DELETE FROM sqlite_schema WHERE name = 'sqlite_autoindex_streams_1';
         PRAGMA writable_schema = RESET;
         INSERT INTO streams (name) SELECT name FROM streams LIMIT 1;",
    );
    let (success, verdict) = verdict(&world);
    assert!(!success);
    let log = faults(&verdict, "log");
    assert!(
        log.iter().any(|what| what.contains("stands 2 times in streams")),
        "{verdict:#}"
    );
}

#[tokio::test]
async fn keys_that_are_gone_or_of_another_table_are_found() {
    let world = folded().await;
    std::fs::remove_file(world.folder.path().join("keys.db")).unwrap();
    let (success, verdict) = verdict(&world);
    assert!(!success);
    assert_eq!(faults(&verdict, "keys").len(), 1, "{verdict:#}");
}

#[tokio::test]
async fn an_audit_names_the_event_that_changed() {
    let world = folded().await;
    let audited = |arguments: &[&str]| {
        let output = world.run(arguments);
        let verdict: Value = serde_json::from_str(&stdout(&output)).unwrap();
        (output.status.success(), verdict)
    };
    let (success, verdict) = audited(&["check", "--json", "--audit"]);
    assert!(success, "{verdict:#}");
    assert_eq!(verdict["audited"], LENGTH);
    edit(
        &world,
        "events.db",
        "UPDATE events SET time = time + 1 WHERE position = 7",
    );
    let (success, verdict) = audited(&["check", "--json", "--audit"]);
    assert!(!success);
    let found = verdict["faults"].as_array().unwrap().iter();
    let places: Vec<&Value> = found
        .filter(|fault| fault["part"] == "audit")
        .map(|fault| &fault["position"])
        .collect();
    assert_eq!(places, [&Value::from(7)], "{verdict:#}");
}
