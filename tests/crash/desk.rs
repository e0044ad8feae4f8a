//! What Chronus, administrators and people at their clients do with a running service, as they do it: over HTTP.

use std::time::{Duration, Instant};

use chronus_teams::http_client::{self, HttpLimits};
use chronus_teams::sandbox::chat::{Chat, Outcome};
use chronus_teams::sandbox::client::{Client, Press};
use chronus_teams::sandbox::people::PersonSpec;
use chronus_teams::sandbox::{Sandbox, SandboxOptions};
use secrecy::SecretString;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::serve::{APP_ID, APP_SECRET, KEY, LOOK, Serve, TENANT, WEBHOOK_SECRET};

/// How long anything may take that is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// A service, asked with the key of its one organization.
pub(crate) struct Desk<'a> {
    pub(crate) http: reqwest::Client,
    serve: &'a Serve,
}

impl<'a> Desk<'a> {
    pub(crate) fn before(serve: &'a Serve) -> Self {
        let http = http_client::build(HttpLimits::default()).unwrap();
        Self { http, serve }
    }

    /// Hands an event over, with its kind and what tells it from others of the kind as its id; answers what was said.
    pub(crate) async fn hand_over(&self, kind: &str, subject: Option<&str>, data: Value) -> Value {
        let mut event = json!({
            "specversion": "1.0", "id": format!("{kind} {}", subject.unwrap_or_default()), "source": "/chronus/desk",
            "type": format!("com.chronus.{kind}"), "data": data,
        });
        if let Some(subject) = subject {
            event["subject"] = subject.into();
        }
        self.send(&event).await
    }

    /// Tells of a member.
    pub(crate) async fn tell_of(&self, member: &str, email: &str) {
        let said = self
            .send(&json!({
                "specversion": "1.0", "id": format!("member {member}"), "source": "/chronus/desk",
                "type": "com.chronus.member.upserted",
                "data": { "recipients": [{ "member_id": member, "email": email }] },
            }))
            .await;
        assert_eq!(said["results"][0]["status"], "accepted", "{said:#}");
    }

    /// Tells of a member, and waits until it is somebody in the tenant.
    pub(crate) async fn links(&self, member: &str, email: &str) {
        self.tell_of(member, email).await;
        self.becomes(&format!("/v1/members/{member}"), "linked", |said| {
            !said["linked_to"].is_null()
        })
        .await;
    }

    /// Hands an event over as it is.
    pub(crate) async fn send(&self, event: &Value) -> Value {
        let request = self.http.post(self.serve.url("/v1/events")).bearer_auth(KEY);
        let request = request.header("content-type", "application/cloudevents+json");
        let answer = request.body(event.to_string()).send().await.unwrap();
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
    }

    /// Posts to the API, which must take it; answers what it said.
    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        let request = self.http.post(self.serve.url(path)).bearer_auth(KEY);
        let request = request.header("content-type", "application/json");
        let answer = request.body(body.to_string()).send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or(Value::String(text))
    }

    /// What the API says, with a key of one's choice: the status and the body.
    pub(crate) async fn asked_with(&self, key: &str, path: &str) -> (u16, Value) {
        let request = self.http.get(self.serve.url(path)).bearer_auth(key);
        let answer = request.send().await.unwrap();
        let (status, text) = (answer.status().as_u16(), answer.text().await.unwrap());
        (status, serde_json::from_str(&text).unwrap_or_default())
    }

    /// Waits until the API says something.
    pub(crate) async fn becomes(&self, path: &str, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        loop {
            let (_, said) = self.asked_with(KEY, path).await;
            if is_so(&said) {
                return said;
            }
            assert!(begun.elapsed() < PATIENCE, "{path} never {what}: {said:#}");
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Waits until a card stands so.
    pub(crate) async fn stands(&self, card: &str, state: &str) {
        let path = format!("/v1/notifications/{card}");
        self.becomes(&path, state, |said| said["state"] == state).await;
    }
}

/// The card that an answer names.
pub(crate) fn card_of(answer: &Value) -> String {
    let card = &answer["results"][0]["notifications"][0]["notification_id"];
    card.as_str().unwrap_or_else(|| panic!("{answer:#}")).to_owned()
}

/// Somebody of the directory.
pub(crate) fn person(id: Uuid, name: &str, email: &str, upn: &str) -> PersonSpec {
    PersonSpec {
        tenant_id: TENANT.to_owned(),
        aad_object_id: id.to_string(),
        name: Some(name.to_owned()),
        email: Some(email.to_owned()),
        upn: Some(upn.to_owned()),
        guest: false,
        locale: "en-US".to_owned(),
        platform: "Windows".to_owned(),
        timezone: "Europe/Berlin".to_owned(),
    }
}

/// Microsoft with these people.
pub(crate) async fn microsoft(people: Vec<PersonSpec>) -> Sandbox {
    Sandbox::start(SandboxOptions {
        people,
        webhook_secrets: [("acme".to_owned(), SecretString::from(WEBHOOK_SECRET))].into(),
        ..SandboxOptions::new(APP_ID, SecretString::from(APP_SECRET))
    })
    .await
    .unwrap()
}

/// Waits until somebody's chat is so.
pub(crate) async fn waits_for(client: &Client, what: &str, is_so: impl Fn(&Chat) -> bool) {
    let waited = client.wait_for(PATIENCE, is_so).await;
    assert!(waited.is_ok(), "never {what}: {:#?}", client.chat().messages);
}

/// Adds the app and waits for its first word.
pub(crate) async fn installs(client: &Client) {
    assert!(client.install().await.unwrap().taken());
    waits_for(client, "greeted", |chat| {
        chat.messages.iter().any(|message| message.from_bot)
    })
    .await;
}

/// Waits for a card and presses a button on it.
pub(crate) async fn presses(client: &Client, card: &str, button: &str, inputs: &[(&str, &str)]) {
    waits_for(client, "shown", |chat| chat.card_of(card).is_some()).await;
    let inputs = inputs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let press = Press {
        button: button.to_owned(),
        notification: Some(card.to_owned()),
        inputs: inputs.collect(),
        ..Press::default()
    };
    let pressed = client.press(press).await;
    assert!(pressed.as_ref().is_ok_and(Outcome::taken), "{pressed:#?}");
}
