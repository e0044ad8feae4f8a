//! The stand-in is asked what real servers were asked (`EventStoreDB` 24.6.0, three nodes; `recorded/answers-24.6.0.json`) and
//! must answer the same. What differs stands in a table with its reason.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test that cannot go on may say so loudly, and needs names that nobody used before"
)]
#![expect(
    dead_code,
    reason = "the messages of the protocol, of which a test needs some"
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

use std::collections::BTreeMap;

use kurrent_standin::harness::{Cluster, Spawner, become_process};
use kurrent_standin::log::Others;
use serde_json::Value;

use recorded::asking::Asker;
use recorded::{questions, telling};

/// What the stand-in answers otherwise, and why it may.
const DIFFERENT: &[(&str, &str)] = &[];

/// Not a test of its own: the body of the stand-in's processes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn standin_process() {
    become_process().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_stand_in_answers_as_the_real_servers_did() {
    let recorded: Vec<Value> = serde_json::from_str(include_str!("recorded/answers-24.6.0.json")).unwrap();
    let mut recorded: BTreeMap<String, Value> = recorded
        .into_iter()
        .map(|mut answer| {
            let question = answer.as_object_mut().unwrap().remove("question").unwrap();
            (question.as_str().unwrap().to_owned(), telling::normal(answer))
        })
        // The stand-in's TLS is a front of its own, tested where it is used.
        .filter(|(question, _)| !question.starts_with("TLS"))
        .collect();

    let cluster = Cluster::start(Spawner::test("standin_process"), 3).await.unwrap();
    cluster.others(Others::Nobody).await.unwrap();
    let leader = cluster.led().await.unwrap();
    let view = cluster.view().await.unwrap();
    let port = |leads: bool| {
        view.members
            .iter()
            .find(|m| (m.node == leader) == leads)
            .unwrap()
            .port
    };
    let mut asker = Asker::new(port(true), port(false)).await;
    questions::ask(&mut asker).await;

    let (mut same, mut differ) = (0, Vec::new());
    for (question, answer) in asker.answers {
        let real = recorded.remove(&question).unwrap();
        let answer = telling::normal(answer);
        if real == answer {
            same += 1;
        } else {
            differ.push((question, format!("really {real}\n    here   {answer}")));
        }
    }
    let told = |question: &str| DIFFERENT.iter().any(|(known, _)| *known == question);
    let unexplained: Vec<_> = differ.iter().filter(|(question, _)| !told(question)).collect();
    let text: Vec<String> = unexplained
        .iter()
        .map(|(q, how)| format!("{q}\n    {how}"))
        .collect();
    assert!(
        unexplained.is_empty(),
        "{same} the same; {} differ without a reason:\n{}",
        text.len(),
        text.join("\n")
    );
    assert!(same >= 75, "{same} the same");
    assert_eq!(
        recorded.keys().collect::<Vec<_>>(),
        Vec::<&String>::new(),
        "not asked"
    );
    for (known, _) in DIFFERENT {
        assert!(
            differ.iter().any(|(question, _)| question == known),
            "{known} is the same by now"
        );
    }
}
