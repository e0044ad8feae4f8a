//! What a cluster does to a service: nodes die, freeze and step down, start late, lose answers, and are without a
//! leader. Whatever was answered is in the log exactly once, and a follower on another connection sees all of it.

use std::sync::Arc;
use std::time::Duration;

use events::store::Follow;
use events::store::kurrent::{Address, KurrentOptions, KurrentStore};
use events::{AppendError, EventStore, Position, Recorded, Version};
use kurrent_standin::brain::{Fault, Signal};
use kurrent_standin::harness::Cluster;

use crate::fixture::{cluster, open, open_with, options, spawner};
use crate::support::{derived, ids, whole_log, write};

/// Streams that are written to while something happens.
const STREAMS: u64 = 4;
/// Events in each.
const EACH: u64 = 60;
/// How many of each are written before it happens.
const BEFORE: u64 = 15;

/// Longer than any of this takes: a test that hangs is told as one.
const FAR: Duration = Duration::from_secs(60);

async fn in_time<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(FAR, work).await.expect("it hangs")
}

/// Writes to several streams while `happen` happens, and follows from another connection.
async fn survives(mut cluster: Cluster, happen: impl AsyncFnOnce(&mut Cluster)) {
    let writing = open(&cluster.url()).await;
    let following = open(&cluster.url()).await;
    let (tell, mut told) = tokio::sync::mpsc::channel(1_024);
    for stream in 0..STREAMS {
        let (store, tell) = (Arc::clone(&writing), tell.clone());
        tokio::spawn(async move {
            for version in 0..EACH {
                let (name, id) = (format!("s{stream}"), format!("{stream}/{version}"));
                let appended = store.append(vec![write(&name, version, &[&id])]).await.unwrap();
                assert_eq!(appended[0].version, Version(version + 1));
                tell.send(appended[0].position).await.unwrap();
            }
        });
    }
    drop(tell);
    let follower = tokio::spawn(async move {
        let mut follow = Follow::new(&*following, Position::START, 16);
        let mut seen: Vec<Recorded> = Vec::new();
        while (seen.len() as u64) < STREAMS * EACH {
            match follow.next().await {
                Ok(more) => seen.extend(more.expect("the store is open")),
                Err(error) => panic!("the follower failed: {error:?}"),
            }
        }
        seen
    });
    let mut answered = Vec::new();
    for _ in 0..STREAMS * BEFORE {
        answered.extend(in_time(told.recv()).await);
    }
    happen(&mut cluster).await;
    while let Some(position) = in_time(told.recv()).await {
        answered.push(position);
    }
    let seen = in_time(follower).await.unwrap();
    let log = whole_log(&*writing).await;
    assert_eq!(answered.len() as u64, STREAMS * EACH, "a writer gave up");
    assert_eq!(
        log.len() as u64,
        STREAMS * EACH,
        "something is there twice, or not at all"
    );
    assert_eq!(seen, log);
    answered.sort();
    assert_eq!(
        answered,
        log.iter().map(|event| event.position).collect::<Vec<_>>()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_that_dies_costs_time_and_nothing_else() {
    survives(cluster(3).await, async |cluster| {
        let leader = cluster.led().await.unwrap();
        cluster.kill(leader).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_that_freezes_and_comes_back_costs_time_and_nothing_else() {
    survives(cluster(3).await, async |cluster| {
        let leader = cluster.led().await.unwrap();
        cluster.freeze(leader).await.unwrap();
        // Another one leads before the old one wakes up and believes that it still does.
        while in_time(cluster.led()).await.unwrap() == leader {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        cluster.thaw(leader).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_that_steps_down_costs_nothing() {
    survives(cluster(3).await, async |cluster| {
        for _ in 0..3 {
            cluster.step_down().await.unwrap();
            in_time(cluster.led()).await.unwrap();
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_time_without_a_leader_is_waited_out() {
    survives(cluster(3).await, async |cluster| {
        cluster.leaderless(Duration::from_secs(3)).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_goes_and_comes_back_alone_is_used_again() {
    let mut cluster = Cluster::without_nodes(spawner(), 1).await.unwrap();
    cluster.start_node(1).await.unwrap();
    survives(cluster, async |cluster| {
        cluster.kill(1).await.unwrap();
        // The store meets a closed port meanwhile.
        tokio::time::sleep(Duration::from_millis(700)).await;
        cluster.start_node(1).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_are_lost_before_and_after_the_commit_write_each_event_once() {
    use Fault as F;
    let faults = [
        F::ResetAfter,
        F::ResetBefore,
        F::TimedOut,
        F::SilenceAfter,
        F::SilenceBefore,
        F::DelayAfter(900),
        F::DelayBefore(900),
        F::DelayAfter(50),
        F::Busy,
        F::NotReady,
        F::ResetAfter,
        F::ResetAfter,
    ];
    survives(cluster(1).await, async |cluster| {
        cluster.arm(&faults).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn subscriptions_that_end_or_fall_silent_or_repeat_themselves_hide_nothing() {
    survives(cluster(1).await, async |cluster| {
        for signal in [
            Signal::EndWithSuccess,
            Signal::Reset,
            Signal::Duplicate,
            Signal::EndWithSuccess,
            Signal::Silence,
        ] {
            cluster.signal(signal).await.unwrap();
            tokio::time::sleep(Duration::from_millis(40)).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_follower_hears_of_events_after_its_subscription_ended_quietly() {
    for signal in [Signal::EndWithSuccess, Signal::Reset, Signal::Silence] {
        let cluster = cluster(1).await;
        let (writing, following) = (open(&cluster.url()).await, open(&cluster.url()).await);
        let mut head = following.head();
        writing.append(vec![write("a", 0, &["1"])]).await.unwrap();
        in_time(head.wait_for(|head| *head > Position::START))
            .await
            .unwrap();
        cluster.signal(signal).await.unwrap();
        let position = writing.append(vec![write("a", 1, &["2"])]).await.unwrap()[0].position;
        in_time(head.wait_for(|head| *head == position)).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_may_be_opened_before_the_cluster_is_there() {
    let mut cluster = Cluster::without_nodes(spawner(), 3).await.unwrap();
    let opening = tokio::spawn({
        let url = cluster.url();
        async move { open(&url).await }
    });
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(!opening.is_finished());
    for node in [2, 3] {
        cluster.start_node(node).await.unwrap();
    }
    let store = in_time(opening).await.unwrap();
    store.append(vec![write("a", 0, &["1"])]).await.unwrap();
    assert_eq!(ids(&whole_log(&*store).await), derived(&["1"]));
}

#[tokio::test]
async fn opening_tells_after_a_while_that_nobody_is_there() {
    let cluster = Cluster::without_nodes(spawner(), 2).await.unwrap();
    let options = KurrentOptions {
        open_patience: Duration::from_millis(300),
        ..options()
    };
    let address = Address::parse(&cluster.url()).unwrap();
    let error = in_time(KurrentStore::open(address, options)).await.unwrap_err();
    assert!(error.to_string().contains("cannot be used"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_that_finds_no_leader_for_too_long_says_that_nothing_was_written() {
    let cluster = cluster(3).await;
    let options = KurrentOptions {
        patience: Duration::from_millis(500),
        ..options()
    };
    let store = open_with(&cluster.url(), options).await;
    cluster.leaderless(Duration::from_secs(3)).await.unwrap();
    let refused = in_time(store.append(vec![write("a", 0, &["1"])])).await;
    let Err(AppendError::Unavailable { maybe_written, .. }) = refused else {
        panic!("{refused:?}")
    };
    assert!(!maybe_written);
    in_time(cluster.led()).await.unwrap();
    store.append(vec![write("a", 0, &["1"])]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_whose_answer_never_comes_says_that_it_may_be_written() {
    let mut cluster = cluster(1).await;
    let options = KurrentOptions {
        patience: Duration::from_millis(900),
        ..options()
    };
    let store = open_with(&cluster.url(), options).await;
    cluster.arm(&[Fault::SilenceAfter]).await.unwrap();
    let appending = tokio::spawn({
        let store = Arc::clone(&store);
        async move { store.append(vec![write("a", 0, &["1"])]).await }
    });
    // Committed, and nobody there to say so.
    let length = async {
        while whole_log(&*store).await.is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    in_time(length).await;
    cluster.freeze(1).await.unwrap();
    let refused = in_time(appending).await.unwrap();
    let Err(AppendError::Unavailable { maybe_written, .. }) = refused else {
        panic!("{refused:?}")
    };
    assert!(maybe_written);
    cluster.thaw(1).await.unwrap();
    // The same again is a success that writes nothing.
    let again = store.append(vec![write("a", 0, &["1"])]).await.unwrap();
    assert_eq!(again[0].version, Version(1));
    assert_eq!(whole_log(&*store).await.len(), 1);
}

#[tokio::test]
async fn more_appends_than_may_wait_are_refused() {
    let cluster = cluster(1).await;
    let options = KurrentOptions {
        queue: 2,
        ..options()
    };
    let store = open_with(&cluster.url(), options).await;
    cluster
        .arm(&[Fault::DelayBefore(300), Fault::DelayBefore(300)])
        .await
        .unwrap();
    let writes = ["a", "b", "c"].map(|name| store.append(vec![write(name, 0, &[name])]));
    let answers = futures_util::future::join_all(writes).await;
    assert!(matches!(answers[2], Err(AppendError::Busy)), "{answers:?}");
    assert!(answers[0].is_ok() && answers[1].is_ok(), "{answers:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_was_closed_appends_nothing_and_its_followers_end() {
    let cluster = cluster(1).await;
    let store = open(&cluster.url()).await;
    store.append(vec![write("a", 0, &["1"])]).await.unwrap();
    let mut follow = Follow::new(&*store, Position::START, 7);
    assert_eq!(ids(&follow.next().await.unwrap().unwrap()), derived(&["1"]));
    store.close().await;
    let refused = store.append(vec![write("a", 1, &["2"])]).await;
    let Err(AppendError::Unavailable { maybe_written, .. }) = refused else {
        panic!("{refused:?}")
    };
    assert!(!maybe_written);
    assert_eq!(follow.next().await.unwrap(), None);
}
