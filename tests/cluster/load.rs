//! Chronus hands requests over and people press buttons, through the one address, until each is acknowledged.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chronus_teams::sandbox::Sandbox;
use chronus_teams::sandbox::client::Press;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::nodes::{ORGANIZATIONS, PATIENCE, PEOPLE, World, api_key, email};

/// How long a hand rests after a refused try, and between two events.
const REST: Duration = Duration::from_millis(20);

/// What was acknowledged.
#[derive(Debug, Default)]
pub(crate) struct Done {
    /// Ids of the CloudEvents that were answered 202, with the organization.
    pub(crate) events: BTreeMap<String, u128>,
    /// Their notifications, with the organization.
    pub(crate) notifications: BTreeMap<String, u128>,
    /// Notifications on which a press was answered 200.
    pub(crate) pressed: BTreeSet<String>,
}

/// The hands at work.
pub(crate) struct Load {
    hands: Arc<Hands>,
    working: Vec<JoinHandle<()>>,
}

struct Hands {
    sandbox: Arc<Sandbox>,
    events: String,
    http: reqwest::Client,
    done: Mutex<Done>,
    enough: CancellationToken,
}

impl Load {
    pub(crate) fn start(world: &World) -> Self {
        let hands = Arc::new(Hands {
            sandbox: Arc::clone(&world.sandbox),
            events: world.balancer.url("/v1/events"),
            http: world.http.clone(),
            done: Mutex::default(),
            enough: CancellationToken::new(),
        });
        let working = vec![
            tokio::spawn(Arc::clone(&hands).hands_over(0)),
            tokio::spawn(Arc::clone(&hands).hands_over(1)),
            tokio::spawn(Arc::clone(&hands).presses()),
        ];
        Self { hands, working }
    }

    /// How many events and presses were acknowledged.
    pub(crate) fn steps(&self) -> usize {
        let done = self.hands.done.lock().unwrap();
        done.events.len() + done.pressed.len()
    }

    pub(crate) async fn reaches(&self, steps: usize) {
        let waiting = async {
            while self.steps() < steps {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, waiting).await;
        assert!(waited.is_ok(), "{} of {steps} steps came", self.steps());
    }

    /// Lets every hand end what it has begun.
    pub(crate) async fn finish(self) -> Done {
        self.hands.enough.cancel();
        for hand in self.working {
            let ended = tokio::time::timeout(PATIENCE, hand).await;
            ended.expect("a hand does not come to its end").unwrap();
        }
        std::mem::take(&mut *self.hands.done.lock().unwrap())
    }
}

impl Hands {
    async fn hands_over(self: Arc<Self>, parity: u128) {
        for number in (parity..).step_by(2) {
            if self.enough.is_cancelled() {
                return;
            }
            self.hand_over(number).await;
            tokio::time::sleep(REST).await;
        }
    }

    /// Until it is answered 202, as Chronus does; every third one goes out twice at once.
    async fn hand_over(&self, number: u128) {
        let organization = number % ORGANIZATIONS;
        let event = event(number, organization);
        loop {
            let first = self.post(&event, organization);
            let answer = if number.is_multiple_of(3) {
                let (first, second) = tokio::join!(first, self.post(&event, organization));
                first.or(second)
            } else {
                first.await
            };
            if let Some(answer) = answer {
                let result = &answer["results"][0];
                assert_ne!(result["status"], "rejected", "{answer:#}");
                let mut done = self.done.lock().unwrap();
                done.events
                    .insert(event["id"].as_str().unwrap().to_owned(), organization);
                for notification in result["notifications"].as_array().unwrap() {
                    let id = notification["notification_id"].as_str().unwrap().to_owned();
                    done.notifications.insert(id, organization);
                }
                return;
            }
            tokio::time::sleep(REST).await;
        }
    }

    async fn post(&self, event: &Value, organization: u128) -> Option<Value> {
        let request = self.http.post(&self.events).bearer_auth(api_key(organization));
        let request = request.header("content-type", "application/cloudevents+json");
        let answer = request.body(event.to_string()).send().await.ok()?;
        let taken = answer.status() == 202;
        let text = answer.text().await.ok()?;
        taken.then(|| serde_json::from_str(&text).unwrap())
    }

    /// Presses *Accept* on every request until the bot takes it.
    async fn presses(self: Arc<Self>) {
        while !self.enough.is_cancelled() {
            for client in self.sandbox.clients() {
                let shown: Vec<String> = client.chat().notifications.keys().cloned().collect();
                for card in shown {
                    let open = {
                        let done = self.done.lock().unwrap();
                        done.notifications.contains_key(&card) && !done.pressed.contains(&card)
                    };
                    let press = Press {
                        button: "Accept".to_owned(),
                        notification: Some(card.clone()),
                        ..Press::default()
                    };
                    if open && client.press(press).await.is_ok_and(|outcome| outcome.taken()) {
                        self.done.lock().unwrap().pressed.insert(card);
                    }
                }
            }
            tokio::time::sleep(REST).await;
        }
    }
}

fn event(number: u128, organization: u128) -> Value {
    json!({
        "specversion": "1.0", "id": format!("event-{number}"), "source": "/chronus/cluster",
        "type": "com.chronus.mentoring_request.sent", "subject": format!("mentoring_request/{number}"),
        "datacontenttype": "application/json",
        "data": {
            "recipients": [{ "email": email(organization, number / ORGANIZATIONS % PEOPLE) }],
            "message": "Would you mentor me?", "actor": { "member_id": "m-asker", "name": "Priya Nair" },
        },
    })
}
