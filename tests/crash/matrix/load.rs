//! The load: Chronus hands events over, people add the app, press buttons and write; each goes on through every
//! outage, as their real counterparts do.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chronus_teams::http_client::{self, HttpLimits};
use chronus_teams::sandbox::bot::Telling;
use chronus_teams::sandbox::chat::Chat;
use chronus_teams::sandbox::client::{Client, Press};
use chronus_teams::sandbox::people::PersonSpec;
use chronus_teams::sandbox::{Sandbox, SandboxOptions};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::serve::{APP_ID, APP_SECRET, KEY, Serve, TENANT, WEBHOOK_SECRET};

/// People who can get cards.
const PEOPLE: u128 = 24;
/// People who add the app while the service is killed again and again; the others have it before.
const LATECOMERS: usize = 8;
/// Events that may wait to be delivered before the next one is handed over.
const AHEAD: u64 = 40;
/// How long a hand rests after a refused try.
const REST: Duration = Duration::from_millis(20);

/// A sandbox whose Teams is patient enough for every outage here.
pub(super) async fn sandbox() -> Sandbox {
    let people = (0..PEOPLE).map(|number| PersonSpec {
        tenant_id: TENANT.to_owned(),
        aad_object_id: Uuid::from_u128((1 << 96) | number).to_string(),
        name: Some(format!("Person {number}")),
        email: Some(email(number)),
        upn: Some(email(number)),
        guest: false,
        locale: "en-US".to_owned(),
        platform: "Windows".to_owned(),
        timezone: "Europe/Berlin".to_owned(),
    });
    let telling = Telling {
        answer_within: Duration::from_secs(5),
        first_pause: Duration::from_millis(50),
        longest_pause: Duration::from_millis(500),
        tries: 10_000,
    };
    Sandbox::start(SandboxOptions {
        people: people.collect(),
        webhook_secrets: [("acme".to_owned(), SecretString::from(WEBHOOK_SECRET))].into(),
        telling,
        ..SandboxOptions::new(APP_ID, SecretString::from(APP_SECRET))
    })
    .await
    .unwrap()
}

/// Gives most people the app and waits until each has got the greeting.
pub(super) async fn installed_before(sandbox: &Sandbox) {
    let clients = sandbox.clients();
    for client in &clients[LATECOMERS..] {
        assert!(client.install().await.unwrap().taken());
    }
    for client in &clients[LATECOMERS..] {
        let greeted = |chat: &Chat| chat.messages.iter().any(|message| message.from_bot);
        let waited = client.wait_for(Duration::from_secs(20), greeted).await;
        assert!(waited.is_ok(), "nobody greets {:?}", client.person().key);
    }
}

fn email(number: u128) -> String {
    format!("person{number}@acme.example")
}

/// What was acknowledged.
#[derive(Debug, Default)]
pub(super) struct Done {
    /// Ids of the CloudEvents that were answered 202.
    pub(super) events: BTreeSet<String>,
    /// Their notifications.
    pub(super) notifications: BTreeSet<String>,
    /// Requests by the notification that shows them.
    pub(super) requests: BTreeMap<String, String>,
    /// The words that tell other cards apart, by notification.
    pub(super) titles: BTreeMap<String, String>,
    /// Notifications on which a press was answered 200.
    pub(super) pressed: BTreeSet<String>,
    /// Messages to the bot that were answered 200.
    pub(super) said: u64,
    /// People who have the app, as far as the bot took it.
    pub(super) installed: u64,
}

/// The hands at work.
#[derive(Debug)]
pub(super) struct Load {
    done: Arc<Mutex<Done>>,
    acknowledged: Arc<AtomicU64>,
    enough: CancellationToken,
    hands: Vec<JoinHandle<()>>,
}

impl Load {
    pub(super) fn start(sandbox: &Arc<Sandbox>, serve: &Arc<Serve>) -> Self {
        let mut load = Self {
            done: Arc::default(),
            acknowledged: Arc::default(),
            enough: CancellationToken::new(),
            hands: Vec::new(),
        };
        let hand = || Hand {
            sandbox: Arc::clone(sandbox),
            serve: Arc::clone(serve),
            done: Arc::clone(&load.done),
            acknowledged: Arc::clone(&load.acknowledged),
            enough: load.enough.clone(),
        };
        load.hands = vec![
            tokio::spawn(hand().hands_events_over()),
            tokio::spawn(hand().adds_the_app()),
            tokio::spawn(hand().presses()),
            tokio::spawn(hand().writes()),
        ];
        load
    }

    /// How much has happened so far.
    pub(super) fn steps(&self, sandbox: &Sandbox) -> u64 {
        let counts = sandbox.stats().counts;
        counts.sends + counts.updates + counts.members + self.acknowledged.load(Ordering::Relaxed)
    }

    /// Lets every hand end what it has begun.
    pub(super) async fn finish(self) -> Done {
        self.enough.cancel();
        for hand in self.hands {
            let ended = tokio::time::timeout(Duration::from_secs(60), hand).await;
            ended.expect("a hand does not come to its end").unwrap();
        }
        std::mem::take(&mut *self.done.lock().unwrap())
    }
}

struct Hand {
    sandbox: Arc<Sandbox>,
    serve: Arc<Serve>,
    done: Arc<Mutex<Done>>,
    acknowledged: Arc<AtomicU64>,
    enough: CancellationToken,
}

impl Hand {
    fn note(&self, note: impl FnOnce(&mut Done)) {
        note(&mut self.done.lock().unwrap());
        self.acknowledged.fetch_add(1, Ordering::Relaxed);
    }

    async fn hands_events_over(self) {
        let http = http_client::build(HttpLimits::default()).unwrap();
        for number in 0.. {
            let waits = |sandbox: &Sandbox| {
                let delivered = sandbox.stats().counts.sends;
                delivered + AHEAD >= self.done.lock().unwrap().notifications.len() as u64
            };
            // Whoever never added the app gets nothing, so in the end it goes on all the same.
            drop(self.sandbox.wait_until(Duration::from_millis(500), waits).await);
            if self.enough.is_cancelled() {
                return;
            }
            self.hand_over(&http, number).await;
        }
    }

    /// Until it is answered 202, as Chronus does.
    async fn hand_over(&self, http: &reqwest::Client, number: u64) {
        let event = event(number);
        loop {
            let request = http.post(self.serve.url("/v1/events")).bearer_auth(KEY);
            let request = request.header("content-type", "application/cloudevents+json");
            let answer = request.body(event.to_string()).send().await;
            if let Ok(answer) = answer
                && answer.status() == 202
                && let Ok(text) = answer.text().await
            {
                return self.accepted(&event, &serde_json::from_str(&text).unwrap());
            }
            tokio::time::sleep(REST).await;
        }
    }

    fn accepted(&self, event: &Value, answer: &Value) {
        let result = &answer["results"][0];
        assert_ne!(result["status"], "rejected", "{answer:#}");
        self.note(|done| {
            done.events.insert(event["id"].as_str().unwrap().to_owned());
            for notification in result["notifications"].as_array().unwrap() {
                let id = notification["notification_id"].as_str().unwrap().to_owned();
                if let Some(subject) = event["subject"].as_str() {
                    done.requests.insert(id.clone(), subject.to_owned());
                } else {
                    let title = event["data"]["title"].as_str().unwrap();
                    done.titles.insert(id.clone(), title.to_owned());
                }
                done.notifications.insert(id);
            }
        });
    }

    async fn adds_the_app(self) {
        for client in self.sandbox.clients().into_iter().take(LATECOMERS) {
            if self.enough.is_cancelled() {
                return;
            }
            let outcome = client.install().await.unwrap();
            assert!(outcome.taken(), "{outcome:?}");
            self.note(|done| done.installed += 1);
        }
    }

    /// Presses *Accept* on every request until the bot takes it: Teams sends an invoke once, people press again.
    async fn presses(self) {
        while !self.enough.is_cancelled() {
            for client in self.sandbox.clients() {
                for card in self.unpressed(&client) {
                    let press = Press {
                        button: "Accept".to_owned(),
                        notification: Some(card.clone()),
                        ..Press::default()
                    };
                    if client.press(press).await.is_ok_and(|outcome| outcome.taken()) {
                        self.note(|done| {
                            done.pressed.insert(card);
                        });
                    }
                }
            }
            tokio::time::sleep(REST).await;
        }
    }

    fn unpressed(&self, client: &Client) -> Vec<String> {
        let chat = client.chat();
        let done = self.done.lock().unwrap();
        let shown = chat.notifications.keys();
        shown
            .filter(|id| done.requests.contains_key(*id) && !done.pressed.contains(*id))
            .cloned()
            .collect()
    }

    async fn writes(self) {
        let clients = self.sandbox.clients();
        for client in clients.iter().cycle() {
            if self.enough.is_cancelled() {
                return;
            }
            if client.chat().installed {
                let outcome = client.say("help").await.unwrap();
                assert!(outcome.taken(), "{outcome:?}");
                self.note(|done| done.said += 1);
            }
            tokio::time::sleep(REST * 10).await;
        }
    }
}

/// The event with a number: requests, news to several, news to one, and something for a person who never comes.
fn event(number: u64) -> Value {
    let to = |offset: u64| json!({ "email": email(u128::from(number + offset) % PEOPLE) });
    let (kind, data) = match number % 8 {
        0..=3 => (
            "mentoring_request.sent",
            json!({
                "recipients": [to(0)], "message": "Would you mentor me?",
                "actor": { "member_id": "m-asker", "name": "Priya Nair" },
            }),
        ),
        4 => (
            "announcement.published",
            json!({ "recipients": [to(0), to(1), to(2)], "title": format!("To everybody ({number})") }),
        ),
        5 | 6 => (
            "something_new.happened",
            json!({ "recipients": [to(5)], "title": format!("News ({number})") }),
        ),
        _ => (
            "something_new.happened",
            json!({
                "recipients": [{ "email": "nobody@acme.example" }], "title": format!("For nobody ({number})"),
                "expires_at": "2020-01-01T00:00:00Z",
            }),
        ),
    };
    let mut event = json!({
        "specversion": "1.0", "id": format!("event-{number}"), "source": "/chronus/crash",
        "type": format!("com.chronus.{kind}"), "datacontenttype": "application/json", "data": data,
    });
    if kind.starts_with("mentoring_request") {
        event["subject"] = Value::from(format!("mentoring_request/{number}"));
    }
    event
}
