//! The cluster is restored from an older copy, or made anew, while a store works on it.

use std::time::Duration;

use events::store::{AppendError, Condition};
use events::{EventStore, Position};
use kurrent_standin::harness::Cluster;

use crate::fixture::{cluster, open, spawner};
use crate::support::write;

const PATIENCE: Duration = Duration::from_secs(20);

async fn is_told(store: &impl EventStore, seen: Position) {
    let mut condition = store.condition();
    let told = condition.wait_for(|now| matches!(now, Condition::WentBack { .. }));
    let told = tokio::time::timeout(PATIENCE, told)
        .await
        .unwrap()
        .unwrap()
        .clone();
    assert_eq!(told, Condition::WentBack { seen });
}

async fn filled(cluster: &Cluster) -> (std::sync::Arc<impl EventStore>, Position) {
    let store = open(&cluster.url()).await;
    let mut last = Position::START;
    for version in 0..5 {
        let write = write("a", version, &[&version.to_string()]);
        last = store.append(vec![write]).await.unwrap()[0].position;
    }
    (store, last)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_went_back_takes_no_more_appends_and_says_so() {
    for records in [0, 3] {
        let cluster = Cluster::single(spawner()).await.unwrap();
        let (store, last) = filled(&cluster).await;
        cluster.go_back(records).await.unwrap();
        is_told(&*store, last).await;
        let refused = store.append(vec![write("b", 0, &["new"])]).await;
        let Err(AppendError::Unavailable {
            maybe_written: false, ..
        }) = refused
        else {
            panic!("{refused:?}")
        };
    }
}

/// The look at the log takes seconds. What is answered meanwhile stands in the log that is there, or is not answered.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_append_is_answered_from_the_moment_on_in_which_the_log_went_back() {
    for records in [0, 3] {
        let cluster = Cluster::single(spawner()).await.unwrap();
        let (store, last) = filled(&cluster).await;
        cluster.go_back(records).await.unwrap();
        for name in ["b", "c"] {
            let refused = store.append(vec![write(name, 0, &[name])]).await;
            assert!(
                matches!(refused, Err(AppendError::Unavailable { .. })),
                "{refused:?}"
            );
        }
        is_told(&*store, last).await;
    }
}

/// Others write on: the log is soon as long as before, and not the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_went_back_and_grew_on_is_told_although_its_end_is_behind_what_was_seen() {
    let cluster = Cluster::single(spawner()).await.unwrap();
    let (store, last) = filled(&cluster).await;
    // A look confirms what was written so far.
    let mut head = store.head();
    for _ in 0..2 {
        head.borrow_and_update();
        head.changed().await.unwrap();
    }
    cluster.go_back(0).await.unwrap();
    let others = open(&cluster.url()).await;
    let mut written = Position::START;
    for version in 0..100 {
        let write = write("b", version, &[&version.to_string()]);
        written = others.append(vec![write]).await.unwrap()[0].position;
    }
    assert!(written > last, "the log is longer again");
    is_told(&*store, last).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_of_three_that_comes_back_empty_is_told_as_well() {
    let cluster = cluster(3).await;
    let (store, last) = filled(&cluster).await;
    cluster.go_back(0).await.unwrap();
    is_told(&*store, last).await;
}

/// A leader that thaws may answer from an older log for a moment; elections and outages are no loss either.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_and_an_election_are_no_log_that_went_back() {
    let mut cluster = cluster(3).await;
    let (store, last) = filled(&cluster).await;
    let leader = cluster.led().await.unwrap();
    cluster.freeze(leader).await.unwrap();
    let elected = store.append(vec![write("a", 5, &["5"])]).await.unwrap();
    cluster.thaw(leader).await.unwrap();
    assert!(elected[0].position > last);

    for node in 1..=3 {
        cluster.freeze(node).await.unwrap();
    }
    let mut condition = store.condition();
    let away = condition.wait_for(|now| matches!(now, Condition::Away { .. }));
    tokio::time::timeout(PATIENCE, away).await.unwrap().unwrap();
    for node in 1..=3 {
        cluster.thaw(node).await.unwrap();
    }
    let back = condition.wait_for(|now| *now == Condition::Usable);
    tokio::time::timeout(PATIENCE, back).await.unwrap().unwrap();
    let next = store.append(vec![write("a", 6, &["6"])]).await.unwrap();
    assert!(next[0].position > elected[0].position);
}
