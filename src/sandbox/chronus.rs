//! Plays Chronus' side of the webhook: checks Standard Webhooks signatures, keeps what it got and counts what came
//! twice. Refuses a missing or wrong signature, an organization without a secret, whatever it is told to fail, and
//! what does not fit `schemas/answer.json`.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use actix_web::HttpRequest;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use standardwebhooks::Webhook;
use subtle::ConstantTimeEq as _;

use crate::chronus::schema;

/// How far a signature's time may be from now, in seconds; Standard Webhooks' own figure.
const TOLERANCE: i64 = 300;

/// An answer that Chronus took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Received {
    /// The `webhook-id` header.
    pub id: String,
    /// When.
    pub at: DateTime<Utc>,
    /// The CloudEvent.
    pub body: Value,
}

/// What one organization got.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Inbox {
    /// Each answer once, oldest first.
    pub received: Vec<Received>,
    /// Deliveries of answers that were there already.
    pub duplicates: u32,
    /// Deliveries whose signature did not fit.
    pub forged: u32,
    /// Deliveries failed on order.
    pub failed: u32,
    /// What was wrong with answers that do not fit their schema, the first few.
    pub misfits: Vec<String>,
}

/// Misfits that are kept.
const MISFITS: usize = 20;

/// Failures on order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Failing {
    /// The status to answer with.
    pub status: u16,
    /// How many deliveries.
    pub count: u32,
    /// Whole seconds for `Retry-After`, where wanted.
    #[serde(default)]
    pub retry_after: Option<u64>,
    /// Gives it as an HTTP date, so many seconds from now.
    #[serde(default)]
    pub as_date: bool,
}

#[derive(Debug, Default)]
struct Mailbox {
    inbox: Inbox,
    failing: Option<Failing>,
}

/// Chronus' side.
#[derive(Debug)]
pub struct Chronus {
    secrets: HashMap<String, SecretString>,
    mailboxes: Mutex<HashMap<String, Mailbox>>,
}

impl Chronus {
    /// Knows the organizations in `secrets`.
    pub fn new(secrets: HashMap<String, SecretString>) -> Self {
        Self {
            secrets,
            mailboxes: Mutex::default(),
        }
    }

    /// What an organization got.
    pub fn inbox(&self, organization: &str) -> Inbox {
        let mailboxes = self.mailboxes();
        mailboxes
            .get(organization)
            .map(|m| m.inbox.clone())
            .unwrap_or_default()
    }

    /// Fails the next deliveries to an organization.
    pub fn fail(&self, organization: &str, failing: Failing) {
        let mut mailboxes = self.mailboxes();
        mailboxes.entry(organization.to_owned()).or_default().failing = Some(failing);
    }

    /// Puts an answer into the inbox; `false` when it was there.
    pub fn keep(&self, organization: &str, received: Received) -> bool {
        let mut mailboxes = self.mailboxes();
        let inbox = &mut mailboxes.entry(organization.to_owned()).or_default().inbox;
        if inbox.received.iter().any(|known| known.id == received.id) {
            inbox.duplicates += 1;
            return false;
        }
        inbox.received.push(received);
        true
    }

    /// Notes what is wrong with an answer, where anything is; answers whether it fits.
    pub(super) fn fits(&self, organization: &str, answer: &Value) -> bool {
        let faults = schema::answer_faults(answer);
        if faults.is_empty() {
            return true;
        }
        let mut mailboxes = self.mailboxes();
        let misfits = &mut mailboxes
            .entry(organization.to_owned())
            .or_default()
            .inbox
            .misfits;
        if misfits.len() < MISFITS {
            misfits.push(format!("{faults:?} in {answer}"));
        }
        false
    }

    /// The failure on order for the next delivery, if any.
    pub(super) fn take_failure(&self, organization: &str) -> Option<Failing> {
        let mut mailboxes = self.mailboxes();
        let mailbox = mailboxes.get_mut(organization)?;
        let failing = mailbox.failing.as_mut().filter(|failing| failing.count > 0)?;
        failing.count -= 1;
        mailbox.inbox.failed += 1;
        Some(*failing)
    }

    /// Whether the signature fits.
    pub(super) fn genuine(
        &self,
        organization: &str,
        head: &Head<'_>,
        body: &[u8],
        now: DateTime<Utc>,
    ) -> bool {
        let Some(secret) = self.secrets.get(organization) else {
            return false;
        };
        if (now.timestamp() - head.timestamp).abs() > TOLERANCE {
            return false;
        }
        let expected = Webhook::new(secret.expose_secret())
            .and_then(|webhook| webhook.sign(head.id, head.timestamp, body));
        let Ok(expected) = expected else {
            return false;
        };
        head.signatures
            .split(' ')
            .any(|given| bool::from(given.as_bytes().ct_eq(expected.as_bytes())))
    }

    /// A delivery's signature did not fit.
    pub(super) fn count_forged(&self, organization: String) {
        let mut mailboxes = self.mailboxes();
        mailboxes.entry(organization).or_default().inbox.forged += 1;
    }

    fn mailboxes(&self) -> MutexGuard<'_, HashMap<String, Mailbox>> {
        self.mailboxes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a delivery's headers say.
pub(super) struct Head<'a> {
    pub(super) id: &'a str,
    timestamp: i64,
    signatures: &'a str,
}

impl<'a> Head<'a> {
    /// None where one is missing.
    pub(super) fn of(request: &'a HttpRequest) -> Option<Self> {
        let text = |name: &str| request.headers().get(name)?.to_str().ok();
        Some(Self {
            id: text(standardwebhooks::HEADER_WEBHOOK_ID)?,
            timestamp: text(standardwebhooks::HEADER_WEBHOOK_TIMESTAMP)?.parse().ok()?,
            signatures: text(standardwebhooks::HEADER_WEBHOOK_SIGNATURE)?,
        })
    }
}
