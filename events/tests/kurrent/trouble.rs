//! What real nodes did in trouble: a leader that thaws answers for a moment from what it knew and ends; one without the
//! others waits for commits in vain.

use std::time::Duration;

use events::store::AppendError;
use events::{Direction, EventStore, Version};
use kurrent_standin::harness::Cluster;

use crate::fixture::{open, open_with, options, spawner};
use crate::support::{stream, whole_log, write};

/// So long a node must be frozen to have been elected away.
const FROZEN: Duration = Duration::from_millis(1_200);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_hears_from_a_thawed_leader_that_their_own_append_is_not_there() {
    let mut cluster = Cluster::supervised(spawner(), 3).await.unwrap();
    let store = open(&cluster.url()).await;
    store.append(vec![write("a", 0, &["first"])]).await.unwrap();
    let leader = cluster.led().await.unwrap();
    cluster.freeze(leader).await.unwrap();
    let appended = store.append(vec![write("a", 1, &["second"])]).await.unwrap();
    tokio::time::sleep(FROZEN).await;
    cluster.thaw(leader).await.unwrap();
    for _ in 0..40 {
        let last = store
            .read_stream(stream("a"), Version(u64::MAX), Direction::Backwards, 1)
            .await
            .unwrap();
        assert_eq!(last[0].position, appended[0].position);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    cluster.ends_and_is_restarted(leader).await.unwrap();
    store.append(vec![write("a", 2, &["third"])]).await.unwrap();
    assert_eq!(whole_log(&*store).await.len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_without_the_others_makes_an_append_unknown_and_then_wait_and_nothing_is_doubled() {
    let mut cluster = Cluster::supervised(spawner(), 3).await.unwrap();
    let short = events::store::kurrent::KurrentOptions {
        call_timeout: Duration::from_secs(4),
        patience: Duration::from_secs(6),
        ..options()
    };
    let store = open_with(&cluster.url(), short).await;
    store.append(vec![write("a", 0, &["first"])]).await.unwrap();
    let leader = cluster.led().await.unwrap();
    let others: Vec<u32> = (1..=3).filter(|node| *node != leader).collect();
    for node in &others {
        cluster.kill(*node).await.unwrap();
    }
    // Until the others are missed an append may still be taken.
    let mut version = 1;
    let refused = loop {
        match store
            .append(vec![write("a", version, &[&version.to_string()])])
            .await
        {
            Ok(_) => version += 1,
            Err(error) => break error,
        }
    };
    assert!(
        matches!(
            refused,
            AppendError::Unavailable {
                maybe_written: true,
                ..
            }
        ),
        "{refused:?}"
    );
    for node in &others {
        cluster.start_node(*node).await.unwrap();
    }
    cluster.led().await.unwrap();
    store
        .append(vec![write("a", version, &[&version.to_string()])])
        .await
        .unwrap();
    assert_eq!(whole_log(&*store).await.len() as u64, version + 1);
}
