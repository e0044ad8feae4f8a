//! Positions are places of bytes in the server's log. What is asked for at a place where no record begins is not there,
//! and what is asked for behind it is the next event, wherever the place comes from.

use std::time::Duration;

use events::store::Follow;
use events::store::kurrent::KurrentOptions;
use events::{EventStore, Position};
use kurrent_standin::harness::Cluster;
use kurrent_standin::log::Others;

use crate::fixture::{open_with, options, spawner};
use crate::support::{derived, ids, whole_log, write};

/// Longer than any test: a search that asks the same again until its patience ends does not come back.
const ENDLESS: Duration = Duration::from_secs(3_600);

/// A cluster whose projections write links between our events, and a store with a dozen of these.
async fn linked() -> (Cluster, std::sync::Arc<impl EventStore>) {
    let cluster = Cluster::single(spawner()).await.unwrap();
    cluster.others(Others::Links).await.unwrap();
    let options = KurrentOptions {
        patience: ENDLESS,
        ..options()
    };
    let store = open_with(&cluster.url(), options).await;
    for version in 0..12 {
        let write = write("a", version, &[&version.to_string()]);
        store.append(vec![write]).await.unwrap();
    }
    (cluster, store)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_stands_in_the_middle_of_a_record() {
    let (_cluster, store) = linked().await;
    let log = whole_log(&*store).await;
    for event in &log {
        for inside in [1, 9] {
            let found = store.event_at(Position(event.position.0 + inside)).await.unwrap();
            assert_eq!(found, None);
        }
        assert_eq!(
            store.event_at(event.position).await.unwrap().as_ref(),
            Some(event)
        );
    }
    let last = log.last().unwrap().position;
    assert_eq!(store.event_at(Position(last.0 + 1_000_000)).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_the_middle_of_a_record_comes_the_next_event() {
    let (_cluster, store) = linked().await;
    let log = whole_log(&*store).await;
    for (index, event) in log.iter().enumerate() {
        for inside in [1, 9, 150] {
            let after = Position(event.position.0 + inside);
            let read = store.read_log(after, 3).await.unwrap();
            let rest: Vec<_> = log[index + 1..].iter().take(3).cloned().collect();
            assert_eq!(read, rest, "after {after}");
        }
    }
    // Before the first event of all.
    let read = store.read_log(Position(1), 2).await.unwrap();
    assert_eq!(ids(&read), derived(&["0", "1"]));
    // Behind the end nothing is.
    let end = Position(log.last().unwrap().position.0 + 1_000_000);
    assert_eq!(store.read_log(end, 3).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_follower_that_begins_in_the_middle_of_a_record_gets_what_follows() {
    let (_cluster, store) = linked().await;
    let log = whole_log(&*store).await;
    let mut follow = Follow::new(&*store, Position(log[6].position.0 + 1), 2);
    let mut followed = Vec::new();
    while followed.len() < 5 {
        followed.extend(follow.next().await.unwrap().unwrap());
    }
    assert_eq!(followed, log[7..]);
}
