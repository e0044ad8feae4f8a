//! Chronus' side: handing events over and asking what became of them.

use std::time::Duration;

use reqwest::RequestBuilder;
use serde_json::{Value, json};

use super::{ACME_KEY, PATIENCE, World};

const BATCH: &str = "application/cloudevents-batch+json";

/// An HTTP answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) retry_after: Option<String>,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) async fn of(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let header = |name: &str| Some(response.headers().get(name)?.to_str().unwrap().to_owned());
        let (content_type, retry_after) = (header("content-type"), header("retry-after"));
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        Self {
            status,
            content_type: content_type.unwrap_or_default(),
            retry_after,
            body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
        }
    }

    /// The result of one event of the request.
    pub(crate) fn result(&self, index: usize) -> &Value {
        &self.body["results"][index]
    }

    /// The only card of one event of the request.
    pub(crate) fn card(&self, index: usize) -> String {
        let id = &self.result(index)["notifications"][0]["notification_id"];
        id.as_str()
            .unwrap_or_else(|| panic!("no card in {self:?}"))
            .to_owned()
    }
}

/// A CloudEvent.
pub(crate) fn event(id: &str, kind: &str, subject: Option<&str>, data: impl Into<Value>) -> Value {
    let mut event = json!({
        "specversion": "1.0", "id": id, "source": "/chronus/tests", "type": kind,
        "datacontenttype": "application/json", "data": data.into(),
    });
    if let Some(subject) = subject {
        event["subject"] = Value::from(subject);
    }
    event
}

/// A mentoring request `mentoring_request/<id>` to the person with this address.
pub(crate) fn mentoring_request(id: &str, email: &str) -> Value {
    let data = json!({
        "recipients": [{ "member_id": format!("m-{email}").replace('@', "-").to_lowercase(), "email": email }],
        "actor": { "member_id": "m-asker", "name": "Priya Nair" },
        "message": "Would you mentor me?",
    });
    let subject = format!("mentoring_request/{id}");
    event(id, "com.chronus.mentoring_request.sent", Some(&subject), data)
}

/// A plain card with this title, of a type that nobody knows yet.
pub(crate) fn plain(id: &str, email: &str, title: &str) -> Value {
    let data = json!({ "recipients": [{ "email": email }], "title": title });
    event(id, "com.chronus.something_new.happened", None, data)
}

impl World {
    /// Posts events as a batch with the first organization's key.
    pub(crate) async fn send(&self, events: &[Value]) -> Answer {
        self.send_as(ACME_KEY, events).await
    }

    pub(crate) async fn send_as(&self, key: &str, events: &[Value]) -> Answer {
        let body = Value::from(events.to_vec()).to_string();
        self.post_events(Some(key), BATCH, body).await
    }

    pub(crate) async fn post_events(
        &self,
        key: Option<&str>,
        media: &str,
        body: impl Into<String>,
    ) -> Answer {
        let mut request = self.http.post(self.url("/v1/events"));
        if let Some(key) = key {
            request = request.bearer_auth(key);
        }
        Answer::of(request.header("content-type", media).body(body.into())).await
    }

    pub(crate) async fn get_as(&self, key: &str, path: &str) -> Answer {
        Answer::of(self.http.get(self.url(path)).bearer_auth(key)).await
    }

    /// What the first organization is told of a card.
    pub(crate) async fn status_of(&self, card: &str) -> Value {
        let answer = self.get_as(ACME_KEY, &format!("/v1/notifications/{card}")).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body
    }

    /// Waits until a card is in this state.
    pub(crate) async fn reaches(&self, card: &str, state: &str) -> Value {
        self.becomes(card, |status| status["state"] == state).await
    }

    /// Waits until what is told of a card is so.
    pub(crate) async fn becomes(&self, card: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let mut folded = self.service().models().folded();
        let mut last = Value::Null;
        let waiting = async {
            loop {
                folded.mark_unchanged();
                let answer = self.get_as(ACME_KEY, &format!("/v1/notifications/{card}")).await;
                last = answer.body;
                if is_so(&last) {
                    return;
                }
                folded.changed().await.unwrap();
            }
        };
        let waited = tokio::time::timeout(PATIENCE, waiting).await;
        assert!(waited.is_ok(), "{card} is not as it should be: {last:#}");
        last
    }

    /// What Chronus reads from the feed.
    pub(crate) async fn feed(&self, key: &str, query: &str) -> Value {
        let answer = self.get_as(key, &format!("/v1/responses?{query}")).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        for event in answer.body["events"].as_array().unwrap() {
            super::fits_its_schema(event);
        }
        answer.body
    }

    /// Makes Chronus' webhook fail so many times.
    pub(crate) async fn fail_webhook(&self, status: u16, count: u32) {
        let url = format!("{}/sandbox/chronus/acme/fail", self.sandbox.url());
        let body = json!({ "status": status, "count": count });
        let request = self.http.post(url).header("content-type", "application/json");
        let answer = Answer::of(request.body(body.to_string())).await;
        assert!(answer.status < 300, "{answer:?}");
    }

    /// Waits until Chronus' webhook got so many different answers.
    pub(crate) async fn webhook_got(&self, answers: usize) {
        let patience: Duration = PATIENCE;
        let got = self
            .sandbox
            .wait_until(patience, |sandbox| {
                sandbox.inbox("acme").received.len() >= answers
            })
            .await;
        assert!(got.is_ok(), "{:?}", self.sandbox.inbox("acme"));
    }
}
