//! What must be so in the end, from the nodes' answers, the chats and the log.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::time::Duration;

use events::store::kurrent::{Address, KurrentOptions, KurrentStore};
use events::user::{Answer, Delivery};
use events::{Event, EventStore as _, LeaseEvent, OrganizationEvent, Position, UserEvent};
use serde_json::Value;

use crate::load::Done;
use crate::nodes::{Node, PATIENCE, World, api_key};

/// What happened.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    events: usize,
    pressed: usize,
    /// Why, for each try that ended so.
    unknown: Vec<String>,
    repeated: usize,
    taken: usize,
    pub(crate) expired: usize,
    lease_events: usize,
    log: usize,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} events and {} presses acknowledged; {} attempts unknown {:?}, {} cards repeated; leases taken {} times, {} of {} \
             events of the log about leases",
            self.events,
            self.pressed,
            self.unknown.len(),
            self.unknown,
            self.repeated,
            self.taken,
            self.lease_events,
            self.log
        )
    }
}

/// Waits until `node` says of every notification that it is settled, and checks everything.
pub(crate) async fn hold(world: &World, node: &Node, done: &Done) -> Summary {
    for (id, organization) in &done.notifications {
        settled(world, node, id, *organization).await;
    }
    let mut summary = Summary {
        events: done.events.len(),
        pressed: done.pressed.len(),
        ..Summary::default()
    };
    let mut accepted: HashMap<String, usize> = HashMap::new();
    let mut unknown: HashMap<String, u32> = HashMap::new();
    let mut decided: HashMap<String, usize> = HashMap::new();
    let mut ids = HashSet::new();
    let address = Address::parse(&world.store.url()).unwrap();
    let store = KurrentStore::open(address, KurrentOptions::default())
        .await
        .unwrap();
    let log = store.read_log(Position::START, usize::MAX).await.unwrap();
    summary.log = log.len();
    for recorded in &log {
        assert!(
            ids.insert((recorded.stream.clone(), recorded.id)),
            "{} stands in {} twice",
            recorded.event_type,
            recorded.stream
        );
        match recorded.decode_any().unwrap() {
            Event::Organization(OrganizationEvent::DomainEventAccepted(event)) => {
                *accepted.entry(event.id).or_default() += 1;
            }
            Event::User(UserEvent::Delivery(Delivery::OutcomeUnknown(event))) => {
                summary.unknown.push(event.reason.clone());
                *unknown.entry(event.notification_id.to_string()).or_default() += 1;
            }
            Event::User(UserEvent::Answer(Answer::RequestAccepted(event))) => {
                *decided.entry(event.notification_id.to_string()).or_default() += 1;
            }
            Event::Lease(event) => {
                summary.lease_events += 1;
                summary.taken += usize::from(matches!(event, LeaseEvent::LeasesTaken(_)));
                summary.expired += usize::from(matches!(event, LeaseEvent::NodeExpired(_)));
            }
            _ => {}
        }
    }
    for event in done.events.keys() {
        assert_eq!(accepted.get(event), Some(&1), "{event} was acknowledged");
    }
    for id in &done.pressed {
        assert_eq!(
            decided.get(id),
            Some(&1),
            "the press on {id} had another effect than one"
        );
    }
    let mut shown: HashMap<String, u32> = HashMap::new();
    for client in world.sandbox.clients() {
        for (id, posts) in client.chat().notifications.clone() {
            *shown.entry(id).or_default() += posts;
        }
    }
    for id in done.notifications.keys() {
        let posts = shown.get(id).copied().unwrap_or(0);
        let allowed = 1 + unknown.get(id).copied().unwrap_or(0);
        assert!(posts >= 1, "{id} never came");
        assert!(
            posts <= allowed,
            "{id} came {posts} times, and {allowed} would be right"
        );
        summary.repeated += usize::from(posts > 1);
    }
    summary
}

async fn settled(world: &World, node: &Node, id: &str, organization: u128) {
    let mut last = Value::Null;
    let waiting = async {
        loop {
            let url = node.url(&format!("/v1/notifications/{id}"));
            let answer = world
                .http
                .get(url)
                .bearer_auth(api_key(organization))
                .send()
                .await;
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
}
