//! A server takes 1 MiB in one append. Whatever the embedded store takes is taken here as well.

use std::time::Duration;

use events::store::kurrent::KurrentOptions;
use events::store::{Direction, Follow};
use events::{EventStore, Position, StreamWrite, Version};
use kurrent_standin::brain::Fault;
use kurrent_standin::harness::Cluster;

use crate::fixture::{open, open_with, options, spawner};
use crate::support::{stream, whole_log, write};

/// Events with payloads of these sizes.
fn sized(name: &str, expected: u64, sizes: &[usize]) -> StreamWrite {
    let ids: Vec<String> = (0..sizes.len()).map(|n| format!("{expected}/{n}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let mut write = write(name, expected, &ids);
    for (event, size) in write.events.iter_mut().zip(sizes) {
        event.payload = format!("{{\"text\":\"{}\"}}", "ä".repeat(size / 2));
    }
    write
}

fn payloads(write: &StreamWrite) -> Vec<String> {
    write.events.iter().map(|event| event.payload.clone()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_of_any_size_is_taken_and_read_as_it_was_written() {
    let cluster = Cluster::single(spawner()).await.unwrap();
    // What is large takes its time on a busy machine, and this is about sizes.
    let options = KurrentOptions {
        call_timeout: Duration::from_secs(60),
        patience: Duration::from_secs(100),
        ..options()
    };
    let store = open_with(&cluster.url(), options).await;
    let appends = [
        sized("a", 0, &[5 << 20]),
        sized("a", 1, &[100, 1_040_000, 100]),
        sized("a", 4, &[2_600; 450]),
        sized("a", 454, &[300_000; 6]),
        sized("a", 460, &[10]),
    ];
    let mut written = Vec::new();
    for append in &appends {
        let appended = store.append(vec![append.clone()]).await.unwrap();
        assert!(!appended[0].recognised);
        written.extend(payloads(append));
        assert_eq!(appended[0].version, Version(written.len() as u64));
    }
    let log = whole_log(&*store).await;
    let read = |events: &[events::Recorded]| events.iter().map(|e| e.payload.to_string()).collect::<Vec<_>>();
    assert!(read(&log) == written, "the log reads otherwise");
    let by_stream = store
        .read_stream(stream("a"), Version(1), Direction::Forwards, 1_000)
        .await
        .unwrap();
    assert!(read(&by_stream) == written, "the stream reads otherwise");
    let first = store.event_at(log[0].position).await.unwrap().unwrap();
    assert!(first == log[0], "the event reads otherwise");
    let mut follow = Follow::new(&*store, Position::START, 100);
    let mut followed = Vec::new();
    while followed.len() < written.len() {
        followed.extend(follow.next().await.unwrap().unwrap());
    }
    assert!(read(&followed) == written, "a follower reads otherwise");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_append_is_exact_when_its_answers_are_lost_and_when_it_comes_again() {
    let cluster = Cluster::single(spawner()).await.unwrap();
    let store = open(&cluster.url()).await;
    let faults = [
        Fault::ResetAfter,
        Fault::ResetBefore,
        Fault::ResetAfter,
        Fault::ResetAfter,
    ];
    cluster.arm(&faults).await.unwrap();
    let large = sized("a", 0, &[2 << 20, 10]);
    let first = store.append(vec![large.clone()]).await.unwrap();
    let again = open(&cluster.url())
        .await
        .append(vec![large.clone()])
        .await
        .unwrap();
    assert_eq!(
        (again[0].version, again[0].position),
        (first[0].version, first[0].position)
    );
    assert!(!first[0].recognised && again[0].recognised);
    assert_eq!(whole_log(&*store).await.len(), 2);
}
