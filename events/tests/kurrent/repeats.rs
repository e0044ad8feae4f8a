//! Who wrote what stands: this append, sent again until it was answered, or another one before it.

use std::time::Duration;

use events::store::AppendError;
use events::{EventStore, Version};
use kurrent_standin::brain::Fault;
use kurrent_standin::harness::Cluster;
use kurrentdb::{AppendToStreamOptions, Client, EventData, StreamState};
use uuid::Uuid;

use crate::fixture::{open, spawner};
use crate::support::{derived, ids, whole_log, write};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_whose_answer_was_lost_is_ones_own_and_the_same_from_elsewhere_is_recognised() {
    let cluster = Cluster::single(spawner()).await.unwrap();
    let (one, two) = (open(&cluster.url()).await, open(&cluster.url()).await);
    for fault in [Fault::ResetAfter, Fault::SilenceAfter, Fault::TimedOut] {
        cluster.arm(std::slice::from_ref(&fault)).await.unwrap();
        let name = format!("{fault:?}").to_lowercase();
        let first = one.append(vec![write(&name, 0, &["1", "2"])]).await.unwrap();
        assert!(!first[0].recognised, "{fault:?}");
        for store in [&one, &two] {
            let again = store.append(vec![write(&name, 0, &["1", "2"])]).await.unwrap();
            assert_eq!(
                (again[0].version, again[0].position),
                (first[0].version, first[0].position)
            );
            assert!(again[0].recognised, "{fault:?}");
        }
        // Others' events in the same place are a conflict, as ever.
        let other = two.append(vec![write(&name, 0, &["1", "3"])]).await;
        assert!(matches!(
            other,
            Err(AppendError::Conflict {
                actual: Version(2),
                ..
            })
        ));
    }
}

/// The server forgets what it knew of an id when another stream uses it, and then calls a repeat a conflict.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_ids_in_two_streams_are_no_conflict_however_an_answer_is_lost() {
    let cluster = Cluster::single(spawner()).await.unwrap();
    let (one, two) = (open(&cluster.url()).await, open(&cluster.url()).await);
    cluster.arm(&[Fault::SilenceAfter]).await.unwrap();
    let silent = tokio::spawn(async move { one.append(vec![write("a", 0, &["1"])]).await });
    while whole_log(&*two).await.is_empty() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    two.append(vec![write("b", 0, &["1"])]).await.unwrap();
    let answered = silent.await.unwrap().unwrap();
    assert_eq!((answered[0].version, answered[0].recognised), (Version(1), false));
    assert_eq!(ids(&whole_log(&*two).await), derived(&["1", "1"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_of_an_earlier_release_has_the_id_that_the_server_was_given() {
    let cluster = Cluster::single(spawner()).await.unwrap();
    let store = open(&cluster.url()).await;
    let written = store.append(vec![write("a", 0, &["1"])]).await.unwrap();
    let read = whole_log(&*store).await;
    let id = Uuid::new_v4();
    let about = serde_json::json!({
        "$correlationId": Uuid::nil(), "$causationId": Uuid::nil(), "time": "2026-03-01T00:00:00.000Z", "schema": 1,
    });
    let event = EventData::json(&*read[0].event_type, &serde_json::json!({"command": "help"}))
        .unwrap()
        .id(id)
        .metadata_as_json(&about)
        .unwrap();
    let client = Client::new(cluster.url().parse().unwrap()).unwrap();
    let options = AppendToStreamOptions::default().stream_state(StreamState::StreamRevision(0));
    client
        .append_to_stream(read[0].stream.to_string(), &options, event)
        .await
        .unwrap();
    let log = store.read_log(written[0].position, 9).await.unwrap();
    assert_eq!(log[0].id.0, id);
    assert_eq!(log[0].version, Version(2));
}
