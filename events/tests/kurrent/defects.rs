//! The defects of the official client that a service cannot live with, a test each: that our way round holds. Those about
//! dead leaders, dead clients and ended streams stand with the faults; `docs/scaling.md` tells which test is whose.

use std::time::{Duration, Instant};

use events::store::Snapshot;
use events::store::kurrent::{KurrentOptions, official};
use events::{AppendError, Direction, EventStore, Expected, StreamId, StreamWrite, Version};
use kurrent_standin::brain::Fault;
use kurrent_standin::harness::Cluster;
use kurrentdb::{Client, ReadStreamOptions};

use crate::fixture::{cluster, open, open_with, options, spawner};
use crate::support::{event, stream, whole_log, write};

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
    // So many at once take their time on a busy machine, and this is about conflicts: none is to be given up.
    let options = KurrentOptions {
        call_timeout: Duration::from_secs(30),
        patience: Duration::from_secs(60),
        ..options()
    };
    let store = open_with(&cluster.url(), options).await;
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

/// The official client tells the server a date for a span of time, so that a batch has no deadline at all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_tells_the_server_a_span_as_its_deadline_and_keeps_it_by_itself() {
    let cluster = Cluster::single(spawner()).await.unwrap();
    let options = KurrentOptions {
        call_timeout: Duration::from_millis(400),
        patience: Duration::from_millis(300),
        ..options()
    };
    let store = open_with(&cluster.url(), options).await;
    store.append(vec![write("a", 0, &["1"])]).await.unwrap();
    assert_eq!(cluster.view().await.unwrap().deadline, Some(400));
    // The server would take a minute, and nobody waits for it.
    cluster.arm(&[Fault::DelayBefore(60_000)]).await.unwrap();
    let append = tokio::time::timeout(LIMIT, store.append(vec![write("a", 1, &["2"])])).await;
    assert!(
        matches!(
            append,
            Ok(Err(AppendError::Unavailable {
                maybe_written: true,
                ..
            }))
        ),
        "{append:?}"
    );
}

/// The official client sleeps for one `discoveryInterval` before its first call.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_call_waits_for_no_interval() {
    for nodes in [1, 3] {
        let cluster = cluster(nodes).await;
        let url = format!("{}&discoveryInterval=600000&maxDiscoverAttempts=1", cluster.url());
        let first = async {
            let store = open(&url).await;
            store.append(vec![write("a", 0, &["1"])]).await.unwrap();
        };
        tokio::time::timeout(LIMIT, first).await.unwrap();
    }
}

/// The official client cuts the server's times to the second; ours travel in the event's own metadata.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn times_keep_their_milliseconds() {
    let cluster = cluster(1).await;
    let store = open(&cluster.url()).await;
    let mut sent = write("a", 0, &["1"]);
    let time = chrono::DateTime::from_timestamp_millis(1_767_225_599_987).unwrap();
    sent.events[0].metadata.time = time;
    store.append(vec![sent]).await.unwrap();
    let read = store.read_stream(stream("a"), Version(1), Direction::Forwards, 1);
    assert_eq!(read.await.unwrap()[0].metadata.time, time);
    assert_eq!(whole_log(&*store).await[0].metadata.time, time);
}

/// The official client writes durations in another unit than the server reads; nothing here is kept by its age.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn retention_is_a_count_written_before_the_first_event_and_left_as_somebody_changed_it() {
    let cluster = cluster(1).await;
    let store = open(&cluster.url()).await;
    let leases = |version: u64, events: u64| StreamWrite {
        stream: StreamId::leases(),
        expected: Expected::Exactly(Version(version)),
        events: (version..version + events)
            .map(|number| event(&format!("lease {number}")))
            .collect(),
    };
    store.append(vec![leases(0, 1)]).await.unwrap();
    store.append(vec![write("a", 0, &["1"])]).await.unwrap();
    let client = Client::new(cluster.url().parse().unwrap()).unwrap();
    let metadata = async |stream: &str| {
        let options = ReadStreamOptions::default().forwards();
        let mut events = client.read_stream(stream, &options).await.unwrap();
        let mut found = Vec::new();
        while let Ok(Some(event)) = events.next().await {
            let event = event.get_original_event();
            found.push((
                event.event_type.clone(),
                serde_json::from_slice::<serde_json::Value>(&event.data).unwrap(),
            ));
        }
        found
    };
    let kept = ("$metadata".to_owned(), serde_json::json!({"$maxCount": 2_000}));
    assert_eq!(metadata("$$lease-table").await, [kept]);
    assert!(metadata(&format!("$${}", stream("a"))).await.is_empty());

    // The beginning goes, and reading in either direction begins and ends with what is kept.
    for version in (1..2_401).step_by(200) {
        store.append(vec![leases(version, 200)]).await.unwrap();
    }
    let read = async |from, direction, max| {
        let read = store
            .read_stream(StreamId::leases(), from, direction, max)
            .await
            .unwrap();
        read.iter().map(|event| event.version.0).collect::<Vec<_>>()
    };
    assert_eq!(read(Version(1), Direction::Forwards, 2).await, [402, 403]);
    assert_eq!(
        read(Version(401), Direction::Backwards, 9).await,
        Vec::<u64>::new()
    );
    let back = read(Version(u64::MAX), Direction::Backwards, 9_999).await;
    assert_eq!((back.len(), back.last()), (2_000, Some(&402)));
    store.append(vec![leases(2_401, 1)]).await.unwrap();
}

/// A persistent subscription of the official client panics where its stream ends with success. The service has no use
/// for one, and this says so when that changes.
#[test]
fn no_source_of_ours_uses_a_persistent_subscription() {
    fn look(folder: &std::path::Path, read: &mut usize) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                look(&path, read);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                *read += 1;
                for call in ["subscribe_to_persistent", "create_persistent", "batch_append("] {
                    assert!(!text.contains(call), "{} calls {call}", path.display());
                }
            }
        }
    }
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut read = 0;
    for folder in ["src", "../src", "../actors/src", "../projections/src"] {
        look(&root.join(folder), &mut read);
    }
    assert!(read > 100, "only {read} files were looked at");
}
