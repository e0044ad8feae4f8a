//! Hands answers to Chronus by webhook, signed as Standard Webhooks asks. While a secret is changed each is signed with the
//! new one and the one before, so that the receiver may take over the new one whenever it likes.

use std::collections::HashMap;
use std::time::Duration;

use actors::ports::{ChronusWebhook, PortError, WebhookResult};
use chrono::{DateTime, Utc};
use events::outbound::ResponseFailed;
use events::{Clock, OrganizationId, Position};
use futures_util::future::{BoxFuture, FutureExt as _};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use standardwebhooks::Webhook;
use std::sync::{Arc, PoisonError, RwLock};

use super::answer::Answers;
use super::trace::TRACEPARENT;
use crate::http_client;

/// Where an organization takes its answers.
#[derive(Debug, Clone)]
pub struct Receiver {
    /// The URL to post to.
    pub url: url::Url,
    /// The signing secret (`whsec_…`).
    pub secret: SecretString,
    /// The secret before it, which signs too until a moment, where one is given.
    pub previous: Option<PreviousSecret>,
}

/// A secret that is being replaced.
#[derive(Debug, Clone)]
pub struct PreviousSecret {
    /// The secret.
    pub secret: SecretString,
    /// From when on it signs no longer; `None` for as long as it is configured.
    pub until: Option<DateTime<Utc>>,
}

impl Receiver {
    /// Whether it signs with the same secrets.
    fn signs_as(&self, other: &Self) -> bool {
        let secrets = |one: &Self| {
            let previous = one.previous.as_ref();
            let previous = previous.map(|one| (one.secret.expose_secret().to_owned(), one.until));
            (one.secret.expose_secret().to_owned(), previous)
        };
        secrets(self) == secrets(other)
    }

    /// The signatures of a message, the newest secret's first, separated by spaces as Standard Webhooks has them. `None`
    /// where a secret cannot sign, which the configuration's check rules out.
    fn signatures(&self, id: &str, now: DateTime<Utc>, body: &[u8]) -> Option<String> {
        let previous = self.previous.as_ref();
        let previous = previous.filter(|previous| previous.until.is_none_or(|until| now < until));
        let secrets = [Some(&self.secret), previous.map(|previous| &previous.secret)];
        let signed = secrets.into_iter().flatten().map(|secret| {
            let webhook = Webhook::new(secret.expose_secret()).ok()?;
            webhook.sign(id, now.timestamp(), body).ok()
        });
        signed
            .collect::<Option<Vec<String>>>()
            .map(|signed| signed.join(" "))
    }
}

/// Where the organizations take their answers. Clones share it, and whoever posts asks anew each time.
#[derive(Debug, Clone, Default)]
pub struct Receivers(Arc<RwLock<HashMap<OrganizationId, Arc<Receiver>>>>);

impl Receivers {
    /// These.
    pub fn new(receivers: HashMap<OrganizationId, Receiver>) -> Self {
        let taken = Self::default();
        taken.take(receivers);
        taken
    }

    fn of(&self, organization: &OrganizationId) -> Option<Arc<Receiver>> {
        let receivers = self.0.read().unwrap_or_else(PoisonError::into_inner);
        receivers.get(organization).cloned()
    }

    /// These from now on, in place of those before; answers how many have other secrets.
    pub fn take(&self, receivers: HashMap<OrganizationId, Receiver>) -> usize {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let is_other = |(organization, new): &(&OrganizationId, &Receiver)| {
            all.get(*organization).is_some_and(|old| !old.signs_as(new))
        };
        let changed = receivers.iter().filter(is_other).count();
        *all = receivers
            .into_iter()
            .map(|(organization, receiver)| (organization, Arc::new(receiver)))
            .collect();
        changed
    }
}

/// The way to Chronus for every organization.
#[derive(Debug)]
pub struct Webhooks {
    receivers: Receivers,
    answers: Answers,
    client: reqwest::Client,
    clock: Arc<dyn Clock>,
    timeout: Duration,
}

impl Webhooks {
    /// Posts to `receivers` through `client`, each try bounded by `timeout`.
    pub fn new(
        receivers: Receivers,
        answers: Answers,
        client: reqwest::Client,
        clock: Arc<dyn Clock>,
        timeout: Duration,
    ) -> Self {
        Self {
            receivers,
            answers,
            client,
            clock,
            timeout,
        }
    }

    async fn post(&self, receiver: &Receiver, answer: &Value) -> WebhookResult {
        let (id, body) = (attribute(answer, "id"), answer.to_string());
        let now = self.clock.now();
        let not_taken = |reason: &str| WebhookResult::NotTaken {
            status: None,
            reason: reason.to_owned(),
            retry_after: None,
        };
        let Some(signature) = receiver.signatures(id, now, body.as_bytes()) else {
            return not_taken("the signing secret is not usable");
        };
        let mut asked = self
            .client
            .post(receiver.url.clone())
            .timeout(self.timeout)
            .header("content-type", "application/cloudevents+json")
            .header(standardwebhooks::HEADER_WEBHOOK_ID, id)
            .header(
                standardwebhooks::HEADER_WEBHOOK_TIMESTAMP,
                now.timestamp().to_string(),
            )
            .header(standardwebhooks::HEADER_WEBHOOK_SIGNATURE, signature)
            .body(body);
        let trace = attribute(answer, TRACEPARENT);
        if !trace.is_empty() {
            asked = asked.header(TRACEPARENT, trace);
        }
        match asked.send().await {
            Ok(response) if response.status().is_success() => {
                WebhookResult::Taken(response.status().as_u16())
            }
            Ok(response) => {
                let status = response.status().as_u16();
                WebhookResult::NotTaken {
                    status: Some(status),
                    reason: format!("status_{status}"),
                    retry_after: http_client::retry_after(response.headers(), self.clock.now()),
                }
            }
            Err(error) if error.is_timeout() => not_taken("timeout"),
            Err(error) if error.is_connect() => not_taken("no_connection"),
            Err(_) => not_taken("no_answer"),
        }
    }
}

/// An attribute of a CloudEvent; nothing where it is not there.
fn attribute<'e>(event: &'e Value, name: &str) -> &'e str {
    event.get(name).and_then(Value::as_str).unwrap_or_default()
}

impl ChronusWebhook for Webhooks {
    fn deliver(
        &self,
        organization: OrganizationId,
        position: Position,
    ) -> BoxFuture<'_, Result<WebhookResult, PortError>> {
        async move {
            let Some(receiver) = self.receivers.of(&organization) else {
                return Ok(WebhookResult::NoWebhook);
            };
            let Some(answer) = self.answers.at(position).await? else {
                // Listed and not found: the read models are being built anew. Tried again when they are there.
                return Ok(WebhookResult::NotTaken {
                    status: None,
                    reason: ResponseFailed::NOT_READABLE.to_owned(),
                    retry_after: None,
                });
            };
            Ok(self.post(&receiver, &answer).await)
        }
        .boxed()
    }
}
