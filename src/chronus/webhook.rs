//! Hands answers to Chronus by webhook, signed as Standard Webhooks asks.

use std::collections::HashMap;
use std::time::Duration;

use actors::ports::{ChronusWebhook, PortError, WebhookResult};
use events::{Clock, OrganizationId, Position};
use futures_util::future::{BoxFuture, FutureExt as _};
use secrecy::{ExposeSecret as _, SecretString};
use standardwebhooks::Webhook;
use std::sync::Arc;

use super::answer::Answers;

/// Where an organization takes its answers.
#[derive(Debug, Clone)]
pub struct Receiver {
    /// The URL to post to.
    pub url: url::Url,
    /// The signing secret (`whsec_…`).
    pub secret: SecretString,
}

/// The way to Chronus for every organization.
#[derive(Debug)]
pub struct Webhooks {
    receivers: HashMap<OrganizationId, Receiver>,
    answers: Answers,
    client: reqwest::Client,
    clock: Arc<dyn Clock>,
    timeout: Duration,
}

impl Webhooks {
    /// Posts to `receivers` through `client`, each try bounded by `timeout`.
    pub fn new(
        receivers: HashMap<OrganizationId, Receiver>,
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

    async fn post(&self, receiver: &Receiver, id: &str, body: String) -> WebhookResult {
        let timestamp = self.clock.now().timestamp();
        let not_taken = |reason: &str| WebhookResult::NotTaken {
            status: None,
            reason: reason.to_owned(),
            retry_after: None,
        };
        let signed = Webhook::new(receiver.secret.expose_secret())
            .and_then(|webhook| webhook.sign(id, timestamp, body.as_bytes()));
        let Ok(signature) = signed else {
            return not_taken("the signing secret is not usable");
        };
        let sent = self
            .client
            .post(receiver.url.clone())
            .timeout(self.timeout)
            .header("content-type", "application/cloudevents+json")
            .header(standardwebhooks::HEADER_WEBHOOK_ID, id)
            .header(standardwebhooks::HEADER_WEBHOOK_TIMESTAMP, timestamp.to_string())
            .header(standardwebhooks::HEADER_WEBHOOK_SIGNATURE, signature)
            .body(body)
            .send()
            .await;
        match sent {
            Ok(response) if response.status().is_success() => {
                WebhookResult::Taken(response.status().as_u16())
            }
            Ok(response) => {
                let seconds = response
                    .headers()
                    .get("retry-after")
                    .and_then(|value| value.to_str().ok());
                WebhookResult::NotTaken {
                    status: Some(response.status().as_u16()),
                    reason: format!("status_{}", response.status().as_u16()),
                    retry_after: seconds
                        .and_then(|s| s.trim().parse().ok())
                        .map(Duration::from_secs),
                }
            }
            Err(error) if error.is_timeout() => not_taken("timeout"),
            Err(error) if error.is_connect() => not_taken("no_connection"),
            Err(_) => not_taken("no_answer"),
        }
    }
}

impl ChronusWebhook for Webhooks {
    fn deliver(
        &self,
        organization: OrganizationId,
        position: Position,
    ) -> BoxFuture<'_, Result<WebhookResult, PortError>> {
        async move {
            let Some(receiver) = self.receivers.get(&organization) else {
                return Ok(WebhookResult::NoWebhook);
            };
            let Some(answer) = self.answers.at(position).await? else {
                // Listed and not found: the read models are being built anew. Tried again when they are there.
                return Ok(WebhookResult::NotTaken {
                    status: None,
                    reason: "not_readable".to_owned(),
                    retry_after: None,
                });
            };
            let id = answer
                .get("id")
                .and_then(serde_json::Value::as_str)
                .unwrap_or_default()
                .to_owned();
            Ok(self.post(receiver, &id, answer.to_string()).await)
        }
        .boxed()
    }
}
