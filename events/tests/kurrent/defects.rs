//! The defects of the official client that a service cannot live with, one test each: that our way round holds.
//! Those about dead leaders, dead clients and ended streams stand with the faults.

use std::time::{Duration, Instant};

use events::store::Snapshot;
use events::store::kurrent::{KurrentOptions, official};
use events::{AppendError, Direction, EventStore, Version};
use kurrent_standin::harness::Cluster;

use crate::fixture::{cluster, open, open_with, options, spawner};
use crate::support::{stream, whole_log, write};

const LIMIT: Duration = Duration::from_secs(20);

/// The kernel acknowledges late by 40 ms; a client that waits for it pays that with every append.
#[tokio::test]
async fn a_small_append_does_not_wait_for_a_late_acknowledgement() {
    let cluster = Cluster::single(spawner()).await.unwrap();
    let store = open(&cluster.url()).await;
    let mut times = Vec::new();
    for version in 0..50 {
        let begun = Instant::now();
        store
            .append(vec![write("a", version, &[&version.to_string()])])
            .await
            .unwrap();
        times.push(begun.elapsed());
    }
    times.sort();
    // A busy machine delays some; the defect delays all of them.
    assert!(times[10] < Duration::from_millis(40), "{times:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn conflicts_among_many_appends_at_once_fail_no_other() {
    let cluster = cluster(1).await;
    let store = open(&cluster.url()).await;
    store.append(vec![write("taken", 0, &["first"])]).await.unwrap();
    let names: Vec<String> = (0..200).map(|number| format!("s{number}")).collect();
    let appends = names.iter().enumerate().map(|(number, name)| {
        let name = if number.is_multiple_of(3) { "taken" } else { name };
        store.append(vec![write(name, 0, &[&number.to_string()])])
    });
    let answers = futures_util::future::join_all(appends).await;
    for (number, answer) in answers.iter().enumerate() {
        match answer {
            Err(AppendError::Conflict { actual, .. }) if number.is_multiple_of(3) => {
                assert_eq!(*actual, Version(1));
            }
            Ok(_) if !number.is_multiple_of(3) => {}
            other => panic!("append {number}: {other:?}"),
        }
    }
    assert_eq!(whole_log(&*store).await.len(), 1 + 133);
}

/// The official client waits for 20 s here, whatever deadline it is given.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_is_frozen_holds_no_call_beyond_its_time() {
    let mut cluster = cluster(1).await;
    let options = KurrentOptions {
        patience: Duration::from_millis(500),
        ..options()
    };
    let store = open_with(&cluster.url(), options).await;
    cluster.freeze(1).await.unwrap();
    let append = tokio::time::timeout(LIMIT / 2, store.append(vec![write("a", 0, &["1"])])).await;
    assert!(
        matches!(append, Ok(Err(AppendError::Unavailable { .. }))),
        "{append:?}"
    );
    let read = store.read_stream(stream("a"), Version(1), Direction::Forwards, 1);
    assert!(matches!(tokio::time::timeout(LIMIT / 2, read).await, Ok(Err(_))));
    cluster.thaw(1).await.unwrap();
}

/// Retention is set by a metadata event of our own, and it is one of counts: the official client's is of another
/// unit of time than the server's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_snapshots_the_server_keeps_the_last_one() {
    let cluster = cluster(1).await;
    let store = open(&cluster.url()).await;
    for version in 1..=5 {
        let snapshot = Snapshot {
            version: Version(version),
            schema: 1,
            state: vec![7; 100],
        };
        store.save_snapshot(stream("a"), snapshot).await.unwrap();
    }
    let seen = official::read_stream(store.address(), "snapshot-", &stream("a"), LIMIT)
        .await
        .unwrap();
    assert_eq!(seen.iter().map(|event| event.revision).collect::<Vec<_>>(), [4]);
}

/// The official client unwraps what it reads.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_another_client_put_into_our_stream_is_an_error_and_no_panic() {
    let cluster = cluster(1).await;
    let store = open(&cluster.url()).await;
    let settings = cluster.url().parse().unwrap();
    let client = kurrentdb::Client::new(settings).unwrap();
    let foreign = kurrentdb::EventData::binary("Foreign", vec![0xff, 0xfe].into()).id(uuid::Uuid::new_v4());
    let options = kurrentdb::AppendToStreamOptions::default();
    client
        .append_to_stream(stream("a").to_string(), &options, foreign)
        .await
        .unwrap();
    let read = store
        .read_stream(stream("a"), Version(1), Direction::Forwards, 9)
        .await;
    let error = read.unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("other metadata"), "{cause}");
}

/// The official client drops what the server says about sizes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_larger_than_the_server_takes_is_refused_as_such_and_not_repeated() {
    let cluster = cluster(1).await;
    let store = open(&cluster.url()).await;
    let mut large = write("a", 0, &["1"]);
    large.events[0].payload = format!("\"{}\"", "x".repeat(2 << 20));
    let refused = store.append(vec![large]).await;
    let Err(AppendError::Malformed { reason }) = refused else {
        panic!("{refused:?}")
    };
    assert!(reason.contains("larger"), "{reason}");
    assert!(whole_log(&*store).await.is_empty());
}
