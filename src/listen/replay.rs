//! Posts kept answers again, in their order, each signed anew: receivers refuse what was signed minutes ago.

use std::time::Duration;

use events::{Clock as _, SystemClock};
use reqwest::Client;
use secrecy::{ExposeSecret as _, SecretString};
use standardwebhooks::{HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP, Webhook};
use url::Url;

use super::journal::Kept;
use crate::http_client::{self, BuildClientError, HttpLimits, failure};

/// How long one call may take: what the service itself allows by default.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why nothing can be posted.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The client.
    #[error(transparent)]
    Client(#[from] BuildClientError),
    /// The secret.
    #[error("the secret cannot sign; write whsec_ and the base64 of 24 to 64 random bytes")]
    Secret(#[source] standardwebhooks::WebhookError),
}

/// Posts to one receiver.
#[derive(Debug)]
pub struct Replay {
    http: Client,
    secret: SecretString,
    to: Url,
}

impl Replay {
    /// Signs with `secret` and posts to `to`.
    pub fn new(to: Url, secret: &SecretString) -> Result<Self, ReplayError> {
        // One that cannot sign is told before anything is posted.
        Webhook::new(secret.expose_secret()).map_err(ReplayError::Secret)?;
        Ok(Self {
            http: http_client::build(HttpLimits {
                connect: PATIENCE,
                total: PATIENCE,
            })?,
            secret: secret.clone(),
            to,
        })
    }

    /// Posts one; the status that it was answered, or in a word why there is none.
    pub async fn post(&self, kept: &Kept) -> Result<u16, &'static str> {
        let now = SystemClock.now().timestamp();
        let webhook = Webhook::new(self.secret.expose_secret());
        let signature = webhook.and_then(|webhook| webhook.sign(&kept.id, now, kept.body.as_bytes()));
        let signature = signature.map_err(|_| "unsigned")?;
        let sent = self
            .http
            .post(self.to.clone())
            .header("content-type", "application/cloudevents+json")
            .header(HEADER_WEBHOOK_ID, &kept.id)
            .header(HEADER_WEBHOOK_TIMESTAMP, now.to_string())
            .header(HEADER_WEBHOOK_SIGNATURE, signature)
            .body(kept.body.clone())
            .send()
            .await;
        sent.map(|answer| answer.status().as_u16())
            .map_err(|error| failure(&error))
    }
}
