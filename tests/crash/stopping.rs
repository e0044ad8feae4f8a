//! SIGTERM while requests are under way: the process waits for their answers, records them, and ends well. So no card comes
//! twice and none is left as unknown.

use std::time::Duration;

use chronus_teams::http_client::{self, HttpLimits};
use chronus_teams::sandbox::chat::Chat;
use chronus_teams::sandbox::client::{Client, Press};
use chronus_teams::sandbox::faults::{Effect, Fault, Operation};
use chronus_teams::sandbox::people::PersonSpec;
use chronus_teams::sandbox::{Sandbox, SandboxOptions};
use secrecy::SecretString;
use serde_json::{Value, json};
use uuid::Uuid;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::serve::{APP_ID, APP_SECRET, KEY, Serve, TENANT, WEBHOOK_SECRET};

/// How long the connector takes for a card: longer than `http.shutdown_seconds` here, below the limit of a request.
const SLOW: u64 = 4_000;
const PATIENCE: Duration = Duration::from_secs(30);
const PEOPLE: u128 = 3;

fn email(number: u128) -> String {
    format!("person{number}@acme.example")
}

async fn sandbox() -> Sandbox {
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
    Sandbox::start(SandboxOptions {
        people: people.collect(),
        webhook_secrets: [("acme".to_owned(), SecretString::from(WEBHOOK_SECRET))].into(),
        ..SandboxOptions::new(APP_ID, SecretString::from(APP_SECRET))
    })
    .await
    .unwrap()
}

/// How often somebody got a card with this title.
fn count(chat: &Chat, title: &str) -> usize {
    let cards = chat.messages.iter().filter_map(|message| message.card.as_ref());
    cards.filter(|card| card.to_string().contains(title)).count()
}

async fn waits_for(client: &Client, what: &str, is_so: impl Fn(&Chat) -> bool) {
    let waited = client.wait_for(PATIENCE, is_so).await;
    assert!(waited.is_ok(), "never {what}: {:#?}", client.chat().messages);
}

/// Everybody gets a card of this title; answers once the connector has all of them under way.
async fn are_under_way(serve: &Serve, sandbox: &Sandbox, http: &reqwest::Client, title: &str) {
    let slow = Effect::Slow { milliseconds: SLOW };
    for _ in 0..PEOPLE {
        sandbox.order(Fault::next(slow.clone(), 1).on(Operation::Send));
    }
    let recipients: Vec<Value> = (0..PEOPLE)
        .map(|number| json!({ "email": email(number) }))
        .collect();
    let event = json!({
        "specversion": "1.0", "id": title, "source": "/chronus/stopping", "type": "com.chronus.news.told",
        "data": { "recipients": recipients, "title": title, "body": "x" },
    });
    hand_over(serve, http, &event).await;
    let waiting = async {
        loop {
            let faults = http.get(format!("{}/sandbox/faults", sandbox.url())).send().await;
            if faults.unwrap().text().await.unwrap() == "[]" {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap();
}

/// The configuration with these replaced; `http.shutdown_seconds` is shorter than what is waited for.
fn configure(serve: &Serve, more: &[(&str, &str)]) {
    serve.replaces(&[("[http]\n", "[http]\nshutdown_seconds = 1\n")]);
    serve.replaces(more);
}

async fn hand_over(serve: &Serve, http: &reqwest::Client, event: &Value) -> Value {
    let request = http.post(serve.url("/v1/events")).bearer_auth(KEY);
    let request = request.header("content-type", "application/cloudevents+json");
    let answer = request.body(event.to_string()).send().await.unwrap();
    assert_eq!(answer.status(), 202);
    serde_json::from_str(&answer.text().await.unwrap()).unwrap()
}

#[cfg(unix)]
#[actix_web::test]
async fn a_stop_in_the_midst_of_handing_an_answer_over_waits_for_it_and_it_does_not_come_twice() {
    let sandbox = sandbox().await;
    let receiver = MockServer::start().await;
    let slowly = ResponseTemplate::new(204).set_delay(Duration::from_millis(SLOW));
    Mock::given(any()).respond_with(slowly).mount(&receiver).await;
    let serve = Serve::beside(&sandbox, None);
    configure(&serve, &[(&sandbox.webhook_url("acme"), &receiver.uri())]);
    let http = http_client::build(HttpLimits::default()).unwrap();
    let running = serve.start_with(&[]);
    let ada = sandbox.clients().remove(0);
    assert!(ada.install().await.unwrap().taken());
    let event = json!({
        "specversion": "1.0", "id": "1", "source": "/chronus/stopping", "type": "com.chronus.mentoring_request.sent",
        "subject": "mentoring_request/1",
        "data": {
            "recipients": [{ "email": email(0) }], "actor": { "member_id": "m-asker", "name": "Priya Nair" },
            "message": "Would you mentor me?",
        },
    });
    let told = hand_over(&serve, &http, &event).await;
    let card = told["results"][0]["notifications"][0]["notification_id"]
        .as_str()
        .unwrap();
    waits_for(&ada, "asked", |chat| count(chat, "Priya Nair") > 0).await;
    let accept = Press {
        button: "Accept".to_owned(),
        notification: Some(card.to_owned()),
        ..Press::default()
    };
    assert!(ada.press(accept).await.unwrap().taken());
    let under_way = async {
        while receiver.received_requests().await.unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, under_way).await.unwrap();
    tokio::task::spawn_blocking(move || running.stop()).await.unwrap();

    let of_type = |name: &str| {
        serve
            .replay()
            .iter()
            .filter(|event| event["type"] == name)
            .count()
    };
    assert_eq!((of_type("ResponseDelivered"), of_type("ResponseFailed")), (1, 0));
    let running = serve.start_with(&[]);
    assert!(ada.say("status").await.unwrap().taken());
    let before = ada.chat().messages.len();
    waits_for(&ada, "answered", |chat| chat.messages.len() > before).await;
    tokio::task::spawn_blocking(move || running.stop()).await.unwrap();
    assert_eq!(receiver.received_requests().await.unwrap().len(), 1);
}

#[cfg(unix)]
#[actix_web::test]
async fn a_stop_in_the_midst_of_slow_requests_waits_for_them_and_no_card_comes_twice() {
    let sandbox = sandbox().await;
    let serve = Serve::beside(&sandbox, None);
    configure(
        &serve,
        &[("request_timeout_seconds = 2\n", "request_timeout_seconds = 12\n")],
    );
    let http = http_client::build(HttpLimits::default()).unwrap();
    let mut running = serve.start_with(&[]);
    let clients = sandbox.clients();
    for client in &clients {
        assert!(client.install().await.unwrap().taken());
        waits_for(client, "greeted", |chat| {
            chat.messages.iter().any(|message| message.from_bot)
        })
        .await;
    }
    for title in ["First news", "Second news"] {
        are_under_way(&serve, &sandbox, &http, title).await;
        // The test's own thread plays the connector, so another one waits for the process.
        tokio::task::spawn_blocking(move || running.stop()).await.unwrap();
        for client in &clients {
            assert_eq!(count(&client.chat(), title), 1, "the answer was not waited for");
        }
        running = serve.start_with(&[]);
    }
    // What was to be sent again would be sent before this.
    for client in &clients {
        assert!(client.say("status").await.unwrap().taken());
        let before = client.chat().messages.len();
        waits_for(client, "answered", |chat| chat.messages.len() > before).await;
    }
    tokio::task::spawn_blocking(move || running.stop()).await.unwrap();
    for client in &clients {
        for title in ["First news", "Second news"] {
            assert_eq!(count(&client.chat(), title), 1, "{:#?}", client.chat().messages);
        }
    }
    let log = serve.replay();
    let of_type = |name: &str| log.iter().filter(|event| event["type"] == name).count();
    assert_eq!(of_type("DeliveryOutcomeUnknown"), 0);
    let cards = usize::try_from(PEOPLE).unwrap();
    assert!(of_type("NotificationDelivered") >= 2 * cards);
    assert!(serve.check().0);
}
