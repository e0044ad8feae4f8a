//! `replay`.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;

use events::lease::LeasesRenewed;
use events::{LeaseEvent, NodeId, PersonId, StreamId};
use serde_json::Value;

use crate::log::{BODY, EMAIL, LENGTH, ada, sample};
use crate::world::{World, program, stderr, stdout};

fn lines(world: &World, arguments: &[&str]) -> Vec<Value> {
    let output = world.run(&[&["replay"], arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    stdout(&output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn positions(lines: &[Value]) -> Vec<u64> {
    lines
        .iter()
        .map(|line| line["position"].as_u64().unwrap())
        .collect()
}

#[tokio::test]
async fn the_whole_log_is_printed_in_order_while_the_service_holds_it() {
    let world = sample().await;
    let lines = lines(&world, &[]);
    assert_eq!(positions(&lines), (1..=LENGTH).collect::<Vec<_>>());
    let first = &lines[0];
    assert_eq!(first["stream"], "tenant-t-1");
    assert_eq!(
        (&first["version"], &first["schema_version"]),
        (&Value::from(1), &Value::from(1))
    );
    assert_eq!(first["type"], "OrganizationLinked");
    assert_eq!(first["time"], "2026-03-02T09:00:00.000Z");
    assert_eq!(first["data"]["organization_id"], "acme");
    assert!(first["correlation_id"].is_string() && first["causation_id"].is_string());
}

#[tokio::test]
async fn filters_narrow_and_work_together() {
    let world = sample().await;
    let count = |arguments: &[&str]| lines(&world, arguments).len();
    assert_eq!(count(&["--stream", "user-t-1/ada"]), 11);
    assert_eq!(count(&["--stream", "user-*"]), 11);
    assert_eq!(count(&["--stream", "organization-acme"]), 2);
    assert_eq!(count(&["--stream", "organization-other"]), 0);
    assert_eq!(
        count(&["--type", "NotificationSeen", "--type", "RequestAccepted"]),
        2
    );
    assert_eq!(
        count(&["--from", "2026-03-02T09:02:00Z", "--to", "2026-03-02T09:04:00Z"]),
        2
    );
    assert_eq!(count(&["--from", "2026-03-03"]), 0);
    assert_eq!(
        positions(&lines(&world, &["--after", "3", "--until", "5"])),
        [4, 5]
    );
    assert_eq!(
        positions(&lines(
            &world,
            &["--stream", "user-t-1/ada", "--after", "5", "--until", "8"]
        )),
        [6, 7, 8]
    );
    assert_eq!(positions(&lines(&world, &["--limit", "2"])), [1, 2]);
    assert_eq!(
        count(&[
            "--stream",
            "user-*",
            "--type",
            "DeliveryAttempted",
            "--limit",
            "1"
        ]),
        1
    );
}

#[tokio::test]
async fn personal_values_stay_sealed_unless_asked_for() {
    let world = sample().await;
    let sealed = stdout(&world.run(&["replay"]));
    assert!(!sealed.contains(EMAIL) && !sealed.contains(BODY));
    let open = lines(&world, &["--reveal", "--reason", "ticket 7"]);
    assert_eq!(open[2]["data"]["email"], EMAIL);
    assert_eq!(
        open[4]["data"]["recipients"]["listed"][1]["email"],
        "nobody@acme.example"
    );
    assert_eq!(open[4]["data"]["content"], BODY);
}

#[tokio::test]
async fn what_belonged_to_an_erased_person_stays_closed() {
    let world = sample().await;
    world.vault.destroy(&PersonId::user(&ada())).await.unwrap();
    let open = lines(&world, &["--reveal"]);
    assert_eq!(open[2]["data"]["email"]["erased"], "user/t-1/ada");
    assert_eq!(open[4]["data"]["content"], BODY);
}

#[tokio::test]
async fn revealing_without_the_key_table_fails_and_makes_none() {
    let mut world = sample().await;
    world.stop().await;
    let keys = world.folder.path().join("keys.db");
    std::fs::remove_file(&keys).unwrap();
    let output = world.run(&["replay", "--reveal", "--reason", "ticket 7"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("--reveal needs the key table"),
        "{}",
        stderr(&output)
    );
    assert!(!keys.exists());
}

#[tokio::test]
async fn a_reader_that_goes_away_is_no_failure() {
    let mut world = sample().await;
    for _ in 0..400 {
        let linked = events::tenant::OrganizationLinked {
            organization_id: crate::log::organization(),
        };
        let tenant = events::TenantId::parse("t-1").unwrap();
        world
            .append(
                events::StreamId::tenant(&tenant),
                events::TenantEvent::from(linked),
            )
            .await;
    }
    let mut child = program()
        .env("CHRONUS_TEAMS_DATA__FOLDER", world.folder.path())
        .arg("replay")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 10];
    let mut pipe = child.stdout.take().unwrap();
    pipe.read_exact(&mut first).unwrap();
    drop(pipe);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stderr(&output), "");
}

#[tokio::test]
async fn an_unknown_type_is_refused_with_the_likely_one() {
    let world = World::new();
    let output = world.run(&["replay", "--type", "NotificationDeliverd"]);
    assert_eq!(output.status.code(), Some(64));
    assert!(
        stderr(&output).contains("did you mean NotificationDelivered?"),
        "{}",
        stderr(&output)
    );
}

#[tokio::test]
async fn a_stream_name_that_cannot_be_one_is_refused() {
    let world = sample().await;
    let output = world.run(&["replay", "--stream", "people-1"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("\"people-1\" is no stream"),
        "{}",
        stderr(&output)
    );
}

#[tokio::test]
async fn what_nodes_say_about_themselves_is_printed_only_when_asked_for() {
    let mut world = sample().await;
    let node = NodeId::parse("teams-a.1").unwrap();
    world
        .append(StreamId::leases(), LeaseEvent::from(LeasesRenewed { node }))
        .await;
    let count = |arguments: &[&str]| lines(&world, arguments).len() as u64;
    assert_eq!(count(&[]), LENGTH);
    assert_eq!(count(&["--stream", "lease-table"]), 1);
    assert_eq!(count(&["--type", "LeasesRenewed"]), 1);
}

#[tokio::test]
async fn the_thread_of_a_card_is_found_by_its_notification_id() {
    let world = sample().await;
    let refused = &lines(&world, &["--type", "NotificationRefused"])[0];
    let card = refused["data"]["notification_id"].as_str().unwrap();
    let asked = &lines(&world, &["--type", "DomainEventAccepted", "--after", "5"])[0];
    let thread = lines(&world, &["--correlation", card]);
    assert!(!thread.is_empty());
    let ids: Vec<_> = thread.iter().map(|line| &line["correlation_id"]).collect();
    assert!(
        ids.iter().all(|id| **id == asked["correlation_id"]),
        "{thread:#?}"
    );
    let nothing = world.run(&["replay", "--correlation", "6f1d2c3b-4a5e-4f60-8b71-92a3b4c5d6e7"]);
    assert_eq!(nothing.status.code(), Some(1));
    assert!(
        stderr(&nothing).contains("nothing in this log has the correlation id 6f1d2c3b-"),
        "{}",
        stderr(&nothing)
    );
}

#[tokio::test]
async fn a_replay_is_narrowed_to_whose_and_about_what() {
    let world = sample().await;
    let count = |arguments: &[&str]| lines(&world, arguments).len() as u64;
    assert_eq!(count(&["--organization", "acme"]), LENGTH);
    assert_eq!(count(&["--tenant", "t-1"]), 12);
    assert_eq!(count(&["--person", "ada"]), 11);
    assert_eq!(count(&["--person", "t-1/ada", "--type", "NotificationSeen"]), 1);
    assert_eq!(count(&["--subject", "mentoring_request/1"]), 5);
    // Both requests, and what became of their cards.
    assert_eq!(count(&["--kind", "mentoring_request"]), 10);
    assert_eq!(count(&["--kind", "survey"]), 0);
    // A card that began before is known, and only what follows is printed.
    assert_eq!(
        positions(&lines(&world, &["--kind", "mentoring_request", "--after", "12"])),
        [13, 14]
    );
}

#[tokio::test]
async fn what_nothing_in_the_log_is_called_is_told_and_is_no_empty_replay() {
    let world = sample().await;
    for (arguments, told) in [
        (&["--organization", "bolt"][..], "fits --organization bolt"),
        (
            &["--subject", "mentoring_request/2"],
            "fits --subject mentoring_request/2",
        ),
        (&["--member", "m-1", "--person", "ada"], "fits --member m-1;"),
        (&["--program", "Spring"], "fits --program Spring"),
        (
            &["--thread", "6f1d2c3b-4a5e-4f60-8b71-92a3b4c5d6e7"],
            "nothing in this log",
        ),
        (&["--until", "4000"], "is not in this log yet"),
        (&["--after", "4000"], "is not in this log yet"),
        (&["--after", "5", "--until", "5"], "no position lies after 5"),
        (&["--from", "2026-04", "--to", "2026-03"], "the period is empty"),
    ] {
        let output = world.run(&[&["replay"], arguments].concat());
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(stdout(&output).is_empty());
        assert!(stderr(&output).contains(told), "{}", stderr(&output));
    }
}

#[tokio::test]
async fn a_thread_is_told_as_a_story_with_its_delays() {
    let world = sample().await;
    let refused = &lines(&world, &["--type", "NotificationRefused"])[0];
    let told = stdout(&world.run(&["replay", "--thread", refused["id"].as_str().unwrap()]));
    assert!(
        told.contains("NotificationRefused") && told.contains("code=MessageSizeTooBig"),
        "{told}"
    );
    let story = stdout(&world.run(&["replay", "--person", "ada", "--format", "timeline"]));
    let second = story.lines().nth(1).unwrap();
    assert!(
        second.starts_with("2026-03-02 09:02:00.000      +60 s         3  ProfileResolved  user-t-1/ada"),
        "{second}"
    );
    assert!(!story.contains(EMAIL));
}

#[tokio::test]
async fn a_checkpoint_goes_on_where_the_last_run_ended_and_is_of_one_log() {
    let mut world = sample().await;
    let file = world.folder.path().join("place");
    let name = file.to_str().unwrap().to_owned();
    let arguments = ["--checkpoint", name.as_str()];
    assert_eq!(lines(&world, &arguments).len() as u64, LENGTH);
    assert_eq!(lines(&world, &arguments).len(), 0);
    let tenant = events::TenantId::parse("t-1").unwrap();
    let again = events::tenant::IntegrationEnabled { by: "test".into() };
    world
        .append(StreamId::tenant(&tenant), events::TenantEvent::from(again))
        .await;
    assert_eq!(positions(&lines(&world, &arguments)), [LENGTH + 1]);
    std::fs::write(&file, "6f1d2c3b-4a5e-4f60-8b71-92a3b4c5d6e7@3").unwrap();
    let other = world.run(&["replay", "--checkpoint", &name]);
    assert_eq!(other.status.code(), Some(1));
    assert!(
        stderr(&other).contains("is of the log 6f1d2c3b-"),
        "{}",
        stderr(&other)
    );
}

#[tokio::test]
async fn an_event_that_cannot_be_read_ends_the_replay_or_is_named_and_passed() {
    let mut world = sample().await;
    world.stop().await;
    let log = rusqlite::Connection::open(world.folder.path().join("events.db")).unwrap();
    log.execute("UPDATE events SET payload = '{' WHERE position = 3", [])
        .unwrap();
    drop(log);
    let ended = world.run(&["replay"]);
    assert_eq!(ended.status.code(), Some(1));
    assert!(
        stderr(&ended).contains("the event at position 3 holds no JSON"),
        "{}",
        stderr(&ended)
    );
    for format in ["ndjson", "timeline"] {
        let passed = world.run(&["replay", "--skip-unreadable", "--format", format]);
        assert_eq!(passed.status.code(), Some(0), "{}", stderr(&passed));
        assert_eq!(stdout(&passed).lines().count() as u64, LENGTH - 1);
        assert!(
            stderr(&passed).contains("skipped position 3 ("),
            "{}",
            stderr(&passed)
        );
    }
}

#[tokio::test]
async fn a_replay_that_follows_prints_what_is_recorded_after_it_began() {
    let mut world = sample().await;
    let mut child = program()
        .current_dir(world.folder.path())
        .env("CHRONUS_TEAMS_DATA__FOLDER", world.folder.path())
        .args(["replay", "--follow"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut printed = BufReader::new(child.stdout.take().unwrap()).lines();
    for position in 1..=LENGTH {
        let line: Value = serde_json::from_str(&printed.next().unwrap().unwrap()).unwrap();
        assert_eq!(line["position"], position);
    }
    let tenant = events::TenantId::parse("t-1").unwrap();
    let later = events::tenant::IntegrationEnabled { by: "test".into() };
    world
        .append(StreamId::tenant(&tenant), events::TenantEvent::from(later))
        .await;
    let line: Value = serde_json::from_str(&printed.next().unwrap().unwrap()).unwrap();
    assert_eq!(line["position"], LENGTH + 1);
    child.kill().unwrap();
    child.wait().unwrap();
}
