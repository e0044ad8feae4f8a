//! Changes of an administrator are sent with an `Idempotency-Key` by several hands while the process is killed. Afterwards each is
//! sent again: whoever was answered gets the same answer, and every change was made once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use chronus_teams::http_client::{self, HttpLimits};
use futures_util::{StreamExt as _, stream};
use serde_json::Value;

use crate::serve::{KEY, LOOK, Running, Serve};

const HANDS: usize = 4;
/// Answers after which each round's process is killed.
const KILLED_AFTER: [usize; 5] = [1, 9, 30, 4, 50];
/// Changes of one round, at most.
const ROUND: usize = 200;

/// One change: whether it was answered as before, and the answer. `None` where nobody answered.
async fn change(http: &reqwest::Client, serve: &Serve, number: usize) -> Option<(bool, Value)> {
    let path = if number.is_multiple_of(2) {
        "/v1/tenant/disable"
    } else {
        "/v1/tenant/enable"
    };
    let request = http.post(serve.url(path)).bearer_auth(KEY);
    let answer = request
        .header("idempotency-key", format!("\"change-{number}\""))
        .send()
        .await
        .ok()?;
    let replayed = answer.headers().contains_key("idempotent-replayed");
    let status = answer.status();
    let text = answer.text().await.ok()?;
    status
        .is_success()
        .then(|| (replayed, serde_json::from_str(&text).unwrap()))
}

/// Changes from `first` on until so many were answered, and kills the process there. All that were begun, with the answers.
async fn round(
    http: &reqwest::Client,
    serve: &Serve,
    running: Running,
    first: usize,
    enough: usize,
) -> BTreeMap<usize, Option<Value>> {
    let (answered, killed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let running = Mutex::new(Some(running));
    let one = |number| {
        let (answered, killed, running) = (&answered, &killed, &running);
        async move {
            let told = change(http, serve, number).await;
            if told.is_some() && answered.fetch_add(1, Ordering::Relaxed) + 1 == enough {
                running.lock().unwrap().take().unwrap().kill();
                killed.store(true, Ordering::Relaxed);
            }
            (number, told.map(|(_, answer)| answer))
        }
    };
    stream::iter(first..first + ROUND)
        .take_while(|_| std::future::ready(!killed.load(Ordering::Relaxed)))
        .map(one)
        .buffer_unordered(HANDS)
        .collect()
        .await
}

#[tokio::test]
async fn every_change_that_is_sent_until_it_is_answered_is_made_once_however_often_the_process_is_killed() {
    let serve = Serve::new();
    let http = http_client::build(HttpLimits::default()).unwrap();
    let mut begun = BTreeMap::new();
    for (index, enough) in KILLED_AFTER.into_iter().enumerate() {
        let running = serve.start();
        begun.extend(round(&http, &serve, running, index * ROUND, enough).await);
    }
    let answered = begun.values().flatten().count();
    assert!(answered >= KILLED_AFTER.iter().sum::<usize>(), "{answered}");

    let running = serve.start();
    let mut changed = 0;
    for (number, before) in &begun {
        let told = loop {
            match change(&http, &serve, *number).await {
                Some(told) => break told,
                None => tokio::time::sleep(LOOK).await,
            }
        };
        if let Some(before) = before {
            assert_eq!(told, (true, before.clone()), "{number}");
        }
        let (_, answer) = told;
        changed += usize::from(answer["changed"] == true);
    }
    running.kill();

    let log = serve.replay();
    let of = |kind: &str| log.iter().filter(|line| line["type"] == kind).collect::<Vec<_>>();
    let switched = [of("IntegrationEnabled"), of("IntegrationDisabled")].concat();
    let by_us = switched
        .iter()
        .filter(|line| line["data"]["by"] == "api:all")
        .count();
    assert_eq!(
        by_us, changed,
        "as many changes stand in the log as were answered"
    );
    let acts = of("ActRecorded");
    let ids: BTreeSet<String> = acts
        .iter()
        .map(|line| line["data"]["act_id"].to_string())
        .collect();
    assert_eq!(
        (acts.len(), ids.len()),
        (begun.len(), begun.len()),
        "each act is recorded once"
    );
    let (is_sound, verdict) = serve.check();
    assert!(is_sound, "{verdict:#}");
}
