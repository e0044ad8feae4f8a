//! A cluster that others fill too: the server looks for our events among theirs and says nothing meanwhile.

use std::time::Duration;

use events::store::kurrent::KurrentOptions;
use events::{EventStore, Position};
use kurrent_standin::harness::Cluster;
use kurrentdb::{AppendToStreamOptions, Client, EventData};
use uuid::Uuid;

use crate::fixture::{open, open_with, options, spawner};
use crate::support::{derived, ids, whole_log, write};

/// Longer than a call may be silent, so that a read alone never gets past it.
const STRETCH: Duration = Duration::from_millis(900);
const CALL: Duration = Duration::from_millis(300);

/// A long stretch of others' events, as the stand-in plays it.
async fn stretch(cluster: &Cluster) {
    let client = Client::new(cluster.url().parse().unwrap()).unwrap();
    let millis = STRETCH.as_millis().to_string();
    let event = EventData::binary("standin-stretch", millis.into_bytes().into()).id(Uuid::new_v4());
    let options = AppendToStreamOptions::default();
    client
        .append_to_stream("others-1", &options, event)
        .await
        .unwrap();
}

fn impatient() -> KurrentOptions {
    KurrentOptions {
        call_timeout: CALL,
        ..options()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_behind_a_long_stretch_of_others_are_found() {
    let cluster = Cluster::single(spawner()).await.unwrap();
    let store = open(&cluster.url()).await;
    store.append(vec![write("a", 0, &["1"])]).await.unwrap();
    stretch(&cluster).await;
    store.append(vec![write("a", 1, &["2", "3"])]).await.unwrap();
    let reading = open_with(&cluster.url(), impatient()).await;
    assert_eq!(ids(&whole_log(&*reading).await), derived(&["1", "2", "3"]));
    let first = reading.read_log(Position::START, 2).await.unwrap();
    assert_eq!(ids(&first), derived(&["1", "2"]));
    let after = reading.read_log(first[0].position, 9).await.unwrap();
    assert_eq!(ids(&after), derived(&["2", "3"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_is_opened_where_its_last_event_lies_before_a_long_stretch_of_others() {
    let cluster = Cluster::single(spawner()).await.unwrap();
    let store = open(&cluster.url()).await;
    let last = store.append(vec![write("a", 0, &["1", "2"])]).await.unwrap()[0].position;
    stretch(&cluster).await;
    let opened = open_with(&cluster.url(), impatient()).await;
    assert_eq!(*opened.head().borrow(), last);
    // Nothing of ours is behind it, which takes as long to find out.
    assert!(opened.read_log(last, 9).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_is_opened_where_only_others_have_written() {
    let cluster = Cluster::single(spawner()).await.unwrap();
    stretch(&cluster).await;
    let store = open_with(&cluster.url(), impatient()).await;
    assert_eq!(*store.head().borrow(), Position::START);
    store.append(vec![write("a", 0, &["1"])]).await.unwrap();
}

/// What is asked for behind the middle of another's record, before our first event: whichever way it is looked for, there is
/// a long stretch of others.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_a_place_within_others_records_comes_our_next_event() {
    let cluster = Cluster::single(spawner()).await.unwrap();
    stretch(&cluster).await;
    let store = open_with(&cluster.url(), impatient()).await;
    let write = write("a", 0, &["1", "2", "3"]);
    store.append(vec![write]).await.unwrap();
    let log = whole_log(&*store).await;
    for (after, rest) in [(1, 0), (log[0].position.0 - 1, 0), (log[0].position.0 + 1, 1)] {
        let read = store.read_log(Position(after), 9).await.unwrap();
        assert_eq!(read, log[rest..], "after {after}");
    }
}
