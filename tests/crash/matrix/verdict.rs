//! What must be so after the last kill, looked at from outside.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::time::Duration;

use chronus_teams::http_client::{self, HttpLimits};
use chronus_teams::sandbox::Sandbox;
use serde_json::Value;

use super::load::Done;
use crate::serve::{KEY, Serve};

/// How long what is left may take.
const PATIENCE: Duration = Duration::from_secs(90);

/// What happened.
#[derive(Debug, Default)]
pub(super) struct Summary {
    events: usize,
    states: BTreeMap<String, usize>,
    pressed: usize,
    said: u64,
    unknown: usize,
    repeated: usize,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} events, {} presses and {} messages acknowledged; {} attempts unknown, {} cards repeated; {:?}",
            self.events, self.pressed, self.said, self.unknown, self.repeated, self.states
        )
    }
}

/// Waits until the service says of every notification that it is settled; answers what it says.
pub(super) async fn settled(serve: &Serve, done: &Done) -> HashMap<String, Value> {
    let http = http_client::build(HttpLimits::default()).unwrap();
    let mut settled = HashMap::new();
    for id in &done.notifications {
        let mut last = Value::Null;
        let waiting = async {
            loop {
                let url = serve.url(&format!("/v1/notifications/{id}"));
                let answer = http.get(url).bearer_auth(KEY).send().await;
                if let Ok(answer) = answer
                    && let Ok(text) = answer.text().await
                {
                    last = serde_json::from_str(&text).unwrap_or_default();
                    if last["settled"] == true {
                        return;
                    }
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, waiting).await;
        assert!(waited.is_ok(), "{id} is not settled: {last:#}");
        settled.insert(id.clone(), last);
    }
    settled
}

/// Waits until Chronus got every answer.
pub(super) async fn told(sandbox: &Sandbox, done: &Done) {
    let all = |sandbox: &Sandbox| sandbox.inbox("acme").received.len() >= done.pressed.len();
    let told = sandbox.wait_until(PATIENCE, all).await;
    assert!(told.is_ok(), "Chronus did not get every answer");
}

/// Everything else, from the log and the chats.
pub(super) fn hold(
    sandbox: &Sandbox,
    serve: &Serve,
    done: &Done,
    settled: &HashMap<String, Value>,
) -> Summary {
    let log = serve.replay();
    let mut summary = Summary {
        events: done.events.len(),
        pressed: done.pressed.len(),
        said: done.said,
        ..Summary::default()
    };
    let of = |kind: &'static str| log.iter().filter(move |line| line["type"] == kind);
    let text = |value: &Value| value.as_str().unwrap().to_owned();

    // Every event that was acknowledged is there, once.
    let accepted: Vec<String> = of("DomainEventAccepted")
        .map(|line| text(&line["data"]["id"]))
        .collect();
    let unique: HashSet<&String> = accepted.iter().collect();
    assert_eq!(unique.len(), accepted.len(), "an event is there twice");
    for event in &done.events {
        assert!(
            unique.contains(event),
            "{event} was acknowledged and is not there"
        );
    }

    // Nothing ever came faster than Teams takes it, also not right before and after a kill.
    assert_eq!(
        sandbox.counts().throttled,
        0,
        "Teams had to slow the service down"
    );

    // A card stands in a chat as often as its arrival was unknown, and once more.
    let mut unknown: HashMap<String, u32> = HashMap::new();
    for line in of("DeliveryOutcomeUnknown") {
        summary.unknown += 1;
        *unknown.entry(text(&line["data"]["notification_id"])).or_default() += 1;
    }
    let mut shown: HashMap<String, u32> = HashMap::new();
    for client in sandbox.clients() {
        let chat = client.chat();
        let mut posts: HashMap<String, u32> = chat.notifications.clone().into_iter().collect();
        for message in chat.messages.iter().filter(|message| message.from_bot) {
            // A card without buttons does not name its notification, but its title is its own.
            let card = message.card.as_ref().map(Value::to_string).unwrap_or_default();
            let person = &client.person().key.aad_object_id;
            for id in titled(done, settled, &card, person.as_str()) {
                *posts.entry(id).or_default() += 1;
            }
        }
        for (id, posts) in posts {
            let allowed = 1 + unknown.get(&id).copied().unwrap_or(0);
            assert!(
                posts <= allowed,
                "{id} came {posts} times, and {allowed} would be right"
            );
            summary.repeated += usize::from(posts > 1);
            shown.insert(id, posts);
        }
    }
    for (id, status) in settled {
        let state = text(&status["state"]);
        let posts = shown.get(id).copied().unwrap_or(0);
        match state.as_str() {
            "delivered" | "seen" | "answered" => assert!(posts > 0, "{id} never came: {status:#}"),
            // Nobody knows, and the log says so.
            "unknown_held" => {}
            _ => assert_eq!(posts, 0, "{id} came although it is {state}: {status:#}"),
        }
        *summary.states.entry(state).or_default() += 1;
    }

    // Every press that was taken is one decision, and Chronus has it once.
    let mut decided: HashMap<String, u32> = HashMap::new();
    for line in of("RequestAccepted") {
        *decided.entry(text(&line["data"]["notification_id"])).or_default() += 1;
    }
    for id in &done.pressed {
        assert_eq!(
            decided.get(id),
            Some(&1),
            "the press on {id} had another effect than one"
        );
    }
    let inbox = sandbox.inbox("acme");
    let told: HashSet<&String> = inbox.received.iter().map(|received| &received.id).collect();
    assert_eq!(told.len(), inbox.received.len());
    assert!(
        told.len() >= done.pressed.len(),
        "{} of {} answers",
        told.len(),
        done.pressed.len()
    );

    // Every message that was taken was obeyed, once.
    let causes: Vec<String> = of("CommandReceived")
        .map(|line| text(&line["causation_id"]))
        .collect();
    let unique: HashSet<&String> = causes.iter().collect();
    assert_eq!(unique.len(), causes.len(), "a message was obeyed twice");
    assert!(causes.len() as u64 >= done.said);
    assert!(of("AppInstalled").count() as u64 >= done.installed);
    summary
}

/// The notifications to a person whose title this card shows.
fn titled<'a>(
    done: &'a Done,
    settled: &'a HashMap<String, Value>,
    card: &'a str,
    person: &'a str,
) -> impl Iterator<Item = String> + 'a {
    let titles = done.titles.iter();
    titles
        .filter(move |(id, title)| {
            settled[*id]["teams_user"]["aad_object_id"] == person && card.contains(title.as_str())
        })
        .map(|(id, _)| id.clone())
}
