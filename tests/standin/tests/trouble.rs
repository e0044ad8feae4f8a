//! The stand-in in trouble, held against what a real server did (`EventStoreDB` 24.6.0, three nodes): a leader without the
//! others, and a leader that was frozen and thaws.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test that cannot go on may say so loudly, and needs names that nobody used before"
)]
#![expect(
    dead_code,
    reason = "the messages of the protocol and the ways to ask, of which a test needs some"
)]

#[path = "../../../events/src/store/kurrent/wire.rs"]
mod wire;
#[path = "../src/wire_more.rs"]
mod wire_more;

mod recorded {
    pub(crate) mod asking;
    pub(crate) mod questions;
    pub(crate) mod telling;
}

use kurrent_standin::harness::{Cluster, Spawner, become_process};
use serde_json::Value;

use recorded::asking::{Asker, Expected, Whom};
use recorded::questions::{events, start, stream};
use wire::Empty;

const ANY: Expected = Expected::Any(Empty {});

/// Not a test of its own: the body of the stand-in's processes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn standin_process() {
    become_process().await.unwrap();
}

async fn cluster() -> (Cluster, u32, Asker) {
    let cluster = Cluster::supervised(Spawner::test("standin_process"), 3)
        .await
        .unwrap();
    let leader = cluster.led().await.unwrap();
    let members = cluster.view().await.unwrap().members;
    let port = |leads: bool| {
        let member = members.iter().find(|member| (member.node == leader) == leads);
        member.unwrap().port
    };
    let asker = Asker::new(port(true), port(false)).await;
    (cluster, leader, asker)
}

fn said(answer: &Value) -> (&str, &str) {
    let text = |key: &str| answer[key].as_str().unwrap_or_default();
    (text("code"), text("message"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_without_the_others_times_out_and_then_is_not_ready() {
    let (mut cluster, leader, asker) = cluster().await;
    for node in (1..=3).filter(|node| *node != leader) {
        cluster.kill(node).await.unwrap();
    }
    // Until they are missed an append may still be taken.
    let refused = loop {
        let answer = asker.append(Whom::Leader, "a", ANY, events(1)).await;
        if answer["ok"].is_null() {
            break answer;
        }
    };
    let timed_out = ("Aborted", "Operation timed out: Commit phase timeout.");
    assert_eq!(said(&refused), timed_out);
    let refused = loop {
        let answer = asker.append(Whom::Leader, "a", ANY, events(1)).await;
        if said(&answer) != timed_out {
            break answer;
        }
    };
    assert_eq!(
        said(&refused),
        ("Unavailable", "Server Is Not Ready"),
        "{refused:#}"
    );
    // It is a moment until the node itself knows.
    let read = loop {
        let read = asker.read(Whom::Leader, stream("a", start())).await;
        if !read["code"].is_null() {
            break read;
        }
    };
    assert_eq!(said(&read), ("Unavailable", "Server Is Not Ready"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_that_thaws_answers_from_what_it_knew_and_ends_by_itself() {
    let (mut cluster, leader, asker) = cluster().await;
    asker.append(Whom::Leader, "a", ANY, events(1)).await;
    cluster.freeze(leader).await.unwrap();
    while cluster
        .view()
        .await
        .unwrap()
        .leader
        .is_none_or(|now| now == leader)
    {}
    let elected = cluster.led().await.unwrap();
    // The new one takes another event.
    let members = cluster.view().await.unwrap().members;
    let at = members.iter().find(|member| member.node == elected).unwrap().port;
    let other = Asker::new(at, at).await;
    let taken = other.append(Whom::Leader, "a", ANY, events(1)).await;
    assert_eq!(taken["ok"]["success"]["current_revision"], "1");
    // So that nobody takes the pause for slowness.
    tokio::time::sleep(std::time::Duration::from_millis(1_200)).await;
    cluster.thaw(leader).await.unwrap();
    let read = asker.read(Whom::Leader, stream("a", start())).await;
    assert_eq!(
        read["got"].as_array().unwrap().len(),
        2,
        "one event and the end: {read:#}"
    );
    let refused = asker.append(Whom::Leader, "a", ANY, events(1)).await;
    assert!(refused["ok"].is_null(), "{refused:#}");
    cluster.ends_and_is_restarted(leader).await.unwrap();
    let again = Asker::new(at, at)
        .await
        .append(Whom::Leader, "a", ANY, events(1))
        .await;
    assert_eq!(again["ok"]["success"]["current_revision"], "2");
}
