//! A second opinion on wire and stand-in: the official client, which shares no code with either.

use std::time::Duration;

use events::EventStore;
use events::store::kurrent::official;
use kurrentdb::{
    AppendToStreamOptions, Client, EventData, ReadAllOptions, StreamPosition, StreamState,
    SubscribeToAllOptions, SubscriptionFilter,
};
use uuid::Uuid;

use crate::fixture::{cluster, open};
use crate::support::{event, stream, write};

const LIMIT: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_official_client_reads_what_the_store_wrote() {
    let cluster = cluster(3).await;
    let store = open(&cluster.url()).await;
    store.append(vec![write("a", 0, &["1", "2"])]).await.unwrap();
    let seen = official::read_stream(store.address(), "", &stream("a"), LIMIT)
        .await
        .unwrap();
    let expected: Vec<_> = ["1", "2"].map(event).into_iter().zip(0..).collect();
    assert_eq!(seen.len(), expected.len());
    for (seen, (written, revision)) in seen.iter().zip(expected) {
        assert_eq!((seen.id, seen.revision), (written.id.0, revision));
        assert_eq!(seen.event_type, written.event_type);
        assert_eq!(seen.data, written.payload.as_bytes());
    }
    assert_eq!(
        official::server_version(store.address(), LIMIT).await.unwrap(),
        "25.1.0"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_official_client_and_the_store_agree_on_conflicts_repeats_and_positions() {
    let cluster = cluster(1).await;
    let store = open(&cluster.url()).await;
    let client = Client::new(cluster.url().parse().unwrap()).unwrap();
    let appended = store.append(vec![write("a", 0, &["1", "2"])]).await.unwrap();
    let name = stream("a").to_string();
    let append = |state, id: Uuid| {
        let (client, name) = (client.clone(), name.clone());
        async move {
            let options = AppendToStreamOptions::default().stream_state(state);
            let data = EventData::binary("Other", vec![1].into()).id(id);
            client.append_to_stream(name, &options, data).await
        }
    };
    let conflict = append(StreamState::StreamRevision(0), Uuid::new_v4())
        .await
        .unwrap_err();
    assert!(
        matches!(conflict, kurrentdb::Error::WrongExpectedVersion { .. }),
        "{conflict:?}"
    );
    let id = Uuid::new_v4();
    let first = append(StreamState::StreamRevision(1), id).await.unwrap();
    let again = append(StreamState::StreamRevision(1), id).await.unwrap();
    assert_eq!(
        (first.next_expected_version, first.position.commit),
        (2, again.position.commit)
    );
    assert!(first.position.commit > appended[0].position.0);

    let options = ReadAllOptions::default()
        .forwards()
        .position(StreamPosition::Start);
    let mut all = client.read_all(&options).await.unwrap();
    let mut positions = Vec::new();
    while let Some(event) = all.next().await.unwrap() {
        let event = event.get_original_event();
        if event.stream_id() == name {
            positions.push(event.position.commit);
        }
    }
    assert_eq!(positions.len(), 3);
    assert_eq!(positions[1], appended[0].position.0);
}

/// The id by which the service knows an event; the server's is of one append alone.
fn known_as(event: &kurrentdb::RecordedEvent) -> uuid::Uuid {
    let about: serde_json::Value = serde_json::from_slice(&event.custom_metadata).unwrap();
    about["eventId"].as_str().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_official_client_follows_what_the_store_writes() {
    let cluster = cluster(1).await;
    let store = open(&cluster.url()).await;
    let client = Client::new(cluster.url().parse().unwrap()).unwrap();
    let filter = SubscriptionFilter::on_stream_name().add_prefix("user-");
    let options = SubscribeToAllOptions::default()
        .filter(filter)
        .position(StreamPosition::Start);
    let mut subscription = client.subscribe_to_all(&options).await;
    store.append(vec![write("a", 0, &["1"])]).await.unwrap();
    let first = tokio::time::timeout(LIMIT, subscription.next())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(known_as(first.get_original_event()), event("1").id.0);
    store.append(vec![write("a", 1, &["2"])]).await.unwrap();
    let second = tokio::time::timeout(LIMIT, subscription.next())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(known_as(second.get_original_event()), event("2").id.0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_official_client_makes_the_leader_step_down() {
    let cluster = cluster(3).await;
    let store = open(&cluster.url()).await;
    let leader = cluster.led().await.unwrap();
    official::resign_leader(store.address(), LIMIT).await.unwrap();
    assert_ne!(cluster.led().await.unwrap(), leader);
    store.append(vec![write("a", 0, &["1"])]).await.unwrap();
}
