//! `migrate`: the copy is the log, also when it was killed on the way.

use std::path::Path;
use std::process::Stdio;

use chrono::DateTime;
use events::store::kurrent::{Address, KurrentOptions, KurrentStore};
use events::store::sqlite::{SqliteOptions, SqliteStore};
use events::{
    EventId, EventStore, Expected, Metadata, NewEvent, Position, Recorded, StreamId, StreamWrite, Version,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{cluster, program};

const STREAMS: u64 = 7;

fn write(stream: &str, version: u64, event_type: &'static str, payload: &Value) -> StreamWrite {
    StreamWrite {
        stream: StreamId::parse(stream).unwrap(),
        expected: Expected::Exactly(Version(version)),
        events: vec![NewEvent {
            id: EventId::derive([stream, &version.to_string()]),
            event_type,
            schema_version: 1,
            payload: payload.to_string(),
            metadata: Metadata {
                time: DateTime::from_timestamp_millis(1_700_000_000_123).unwrap(),
                correlation_id: Uuid::from_u128(1),
                causation_id: Uuid::from_u128(2),
            },
        }],
    }
}

/// A log of `rounds` events in each of several streams, of which some name the position of an earlier one.
async fn fill(folder: &Path, rounds: u64) -> Vec<Recorded> {
    let store = SqliteStore::open(folder, &SqliteOptions::default()).unwrap();
    let mut last = Position::START;
    for version in 0..rounds {
        for stream in 0..STREAMS {
            let named = json!({"source": {"domain_event": {"event_id": "e", "position": last.0}}});
            let (event_type, payload) = match version % 3 {
                2 => ("NotificationQueued", named),
                _ => ("DomainEventAccepted", json!({"number": version})),
            };
            let name = format!("organization-o{stream}");
            let appended = store
                .append(vec![write(&name, version, event_type, &payload)])
                .await
                .unwrap();
            if event_type == "DomainEventAccepted" {
                last = appended[0].position;
            }
        }
    }
    let log = store.read_log(Position::START, usize::MAX).await.unwrap();
    store.close().await;
    log
}

fn migrate(folder: &Path, url: &str) -> tokio::process::Command {
    let mut command = program();
    command
        .args([
            "migrate",
            "--from",
            "sqlite",
            "--to",
            "kurrentdb",
            "--url",
            url,
            "--data",
        ])
        .arg(folder);
    command
}

async fn open(url: &str) -> KurrentStore {
    KurrentStore::open(Address::parse(url).unwrap(), KurrentOptions::default())
        .await
        .unwrap()
}

#[track_caller]
fn assert_copied(original: &[Recorded], copy: &[Recorded]) {
    // The copy has a name of its own and says whose copy it is.
    let copied = copy
        .iter()
        .filter(|event| event.stream.to_string() != "log-lineage");
    let copy: Vec<&Recorded> = copied.collect();
    assert_eq!(original.len(), copy.len());
    for (old, new) in original.iter().zip(copy.iter().copied()) {
        assert_eq!(
            (&old.stream, old.version, old.id),
            (&new.stream, new.version, new.id)
        );
        assert_eq!((&old.event_type, old.metadata), (&new.event_type, new.metadata));
        if &*old.event_type == "NotificationQueued" {
            let named = |event: &Recorded| {
                let payload: Value = serde_json::from_str(&event.payload).unwrap();
                payload["source"]["domain_event"]["position"].as_u64().unwrap()
            };
            let meant = original
                .iter()
                .position(|event| event.position.0 == named(old))
                .unwrap();
            assert_eq!(copy[meant].position.0, named(new), "a reference points elsewhere");
        } else {
            assert_eq!(old.payload, new.payload);
        }
    }
}

#[tokio::test]
async fn the_copy_is_the_log_and_a_second_run_copies_nothing() {
    let cluster = cluster(1).await;
    let folder = tempfile::tempdir().unwrap();
    let log = fill(folder.path(), 12).await;
    for copied in [log.len(), 0] {
        let output = migrate(folder.path(), &cluster.url()).output().await.unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{stderr}");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.contains(&format!("{copied} were copied now")), "{said}");
        let there = open(&cluster.url())
            .await
            .read_log(Position::START, usize::MAX)
            .await
            .unwrap();
        assert_copied(&log, &there);
    }
}

#[tokio::test]
async fn a_copy_that_was_killed_is_completed_by_the_next_one() {
    let cluster = cluster(1).await;
    let folder = tempfile::tempdir().unwrap();
    let log = fill(folder.path(), 150).await;
    let store = open(&cluster.url()).await;
    let mut copying = migrate(folder.path(), &cluster.url())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    while store.read_log(Position::START, usize::MAX).await.unwrap().len() < 100 {
        assert!(
            copying.try_wait().unwrap().is_none(),
            "it ended before it could be killed"
        );
    }
    copying.kill().await.unwrap();
    let there = store.read_log(Position::START, usize::MAX).await.unwrap().len();
    assert!(there < log.len(), "nothing was left to copy");
    let output = migrate(folder.path(), &cluster.url()).output().await.unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_copied(&log, &store.read_log(Position::START, usize::MAX).await.unwrap());
}

#[tokio::test]
async fn a_cluster_that_holds_something_else_is_refused_and_left_alone() {
    let cluster = cluster(1).await;
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path(), 3).await;
    let store = open(&cluster.url()).await;
    store
        .append(vec![write("tenant-other", 0, "Other", &json!({}))])
        .await
        .unwrap();
    let output = migrate(folder.path(), &cluster.url()).output().await.unwrap();
    assert!(!output.status.success());
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("not the copy of this log's next one"), "{stderr}");
    assert_eq!(
        store.read_log(Position::START, usize::MAX).await.unwrap().len(),
        1
    );
}
