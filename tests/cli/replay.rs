//! `replay`.

use std::io::Read as _;
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
    let open = lines(&world, &["--reveal"]);
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
    let output = world.run(&["replay", "--reveal"]);
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
    assert!(nothing.status.success());
    assert!(
        stderr(&nothing).contains("nothing in this log has the correlation id 6f1d2c3b-"),
        "{}",
        stderr(&nothing)
    );
}
