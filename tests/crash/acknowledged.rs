//! What was acknowledged is on disk: events and activities are handed over by many hands at once while the process
//! is killed, and everything that got its 2xx is there afterwards, once.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use chronus_teams::http_client::{self, HttpLimits};
use futures_util::StreamExt as _;
use futures_util::stream;
use serde_json::{Value, json};

use crate::serve::{KEY, NOBODY, Running, Serve, TENANT};

const HANDS: usize = 8;
/// Acknowledgements after which each round's process is killed.
const KILLED_AFTER: [usize; 5] = [1, 7, 40, 13, 80];

fn event(number: usize) -> String {
    json!({
        "specversion": "1.0", "id": number.to_string(), "source": "/chronus/tests",
        "type": "com.chronus.something_new.happened", "datacontenttype": "application/json",
        "data": { "recipients": [{ "email": "nobody@acme.example" }], "title": "T" },
    })
    .to_string()
}

fn activity(number: usize) -> String {
    json!({
        "type": "message", "id": (1_700_000_000_000 + number).to_string(), "text": "help", "channelId": "msteams",
        "serviceUrl": NOBODY, "from": { "id": "29:ada", "aadObjectId": "ada" }, "recipient": { "id": "28:bot" },
        "conversation": { "conversationType": "personal", "tenantId": TENANT, "id": "a:chat" },
    })
    .to_string()
}

/// Hands number `number` over, as an event or an activity; the body of its answer, if there is a good one.
pub(crate) async fn hand_over(http: &reqwest::Client, serve: &Serve, number: usize) -> Option<Value> {
    let request = if number.is_multiple_of(2) {
        let request = http.post(serve.url("/v1/events")).bearer_auth(KEY);
        request
            .header("content-type", "application/cloudevents+json")
            .body(event(number))
    } else {
        let request = http.post(serve.url("/api/messages"));
        request
            .header("content-type", "application/json")
            .body(activity(number))
    };
    let answer = request.send().await.ok()?;
    if !answer.status().is_success() {
        return None;
    }
    let text = answer.text().await.ok()?;
    Some(serde_json::from_str(&text).unwrap_or_default())
}

/// The position that an answer names.
fn position_of(answer: &Value) -> Value {
    answer["results"][0]["position"].clone()
}

/// Hands over from `first` on until so many were acknowledged, kills the process there, and waits for what was under
/// way. Returns what was acknowledged, with the position that the answer named.
async fn round(
    http: &reqwest::Client,
    serve: &Serve,
    running: Running,
    first: usize,
    enough: usize,
) -> BTreeMap<usize, Value> {
    let (acknowledged, killed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let running = std::sync::Mutex::new(Some(running));
    let one = |number| {
        let (acknowledged, killed, running) = (&acknowledged, &killed, &running);
        async move {
            let position = position_of(&hand_over(http, serve, number).await?);
            if acknowledged.fetch_add(1, Ordering::Relaxed) + 1 == enough {
                running.lock().unwrap().take().unwrap().kill();
                killed.store(true, Ordering::Relaxed);
            }
            Some((number, position))
        }
    };
    stream::iter(first..first + 1_000)
        .take_while(|_| std::future::ready(!killed.load(Ordering::Relaxed)))
        .map(one)
        .buffer_unordered(HANDS)
        .filter_map(std::future::ready)
        .collect()
        .await
}

#[tokio::test]
async fn what_was_acknowledged_before_a_kill_is_there_afterwards_and_only_once() {
    let serve = Serve::new();
    let http = http_client::build(HttpLimits::default()).unwrap();
    let mut acknowledged = BTreeMap::new();
    for (index, enough) in KILLED_AFTER.into_iter().enumerate() {
        let running = serve.start();
        acknowledged.extend(round(&http, &serve, running, index * 1_000, enough).await);
    }
    assert!(acknowledged.len() >= KILLED_AFTER.iter().sum::<usize>());

    // Handed over again, each gets the answer that it got before.
    let running = serve.start();
    for (number, position) in &acknowledged {
        let again = hand_over(&http, &serve, *number).await;
        assert_eq!(
            again.as_ref().map(position_of).as_ref(),
            Some(position),
            "{number}"
        );
    }
    running.kill();

    let log = serve.replay();
    let of = |kind: &str| -> Vec<&Value> { log.iter().filter(|line| line["type"] == kind).collect() };
    let mut stored: Vec<&str> = of("DomainEventAccepted")
        .into_iter()
        .map(|line| line["data"]["id"].as_str().unwrap())
        .collect();
    stored.sort_unstable();
    let all = stored.len();
    stored.dedup();
    assert_eq!(stored.len(), all, "an event is there twice");
    let mut commands: Vec<String> = of("CommandReceived")
        .into_iter()
        .map(|line| line["causation_id"].to_string())
        .collect();
    commands.sort_unstable();
    let all = commands.len();
    commands.dedup();
    assert_eq!(commands.len(), all, "an activity is there twice");
    let typed = acknowledged
        .keys()
        .filter(|number| !number.is_multiple_of(2))
        .count();
    assert!(
        commands.len() >= typed,
        "{} of {typed} activities are there",
        commands.len()
    );
}
