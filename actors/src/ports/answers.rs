//! Answers to Chronus, and the way there.

use std::collections::HashSet;
use std::fmt::Debug;
use std::time::Duration;

use chrono::{DateTime, Utc};
use events::{OrganizationId, Position};
use futures_util::future::BoxFuture;
use uuid::Uuid;

use super::PortError;

/// An answer that Chronus has not taken yet.
#[derive(Debug, Clone, PartialEq)]
pub struct PendingResponse {
    /// Where the answer stands in the log.
    pub position: Position,
    /// The organization to tell.
    pub organization_id: OrganizationId,
    /// The thread that it belongs to.
    pub correlation_id: Uuid,
    /// Tries made so far.
    pub attempts: u32,
    /// Those of them that were made before an operator asked for it again: they count no longer.
    pub tries_before: u32,
    /// When the next try is due.
    pub due_at: DateTime<Utc>,
    /// How the organization's receiver stands.
    pub receiver: ReceiverStanding,
}

/// How an organization's receiver of answers stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReceiverStanding {
    /// Since when it has taken nothing.
    pub failing_since: Option<DateTime<Utc>>,
    /// Tries in a row that it did not take.
    pub failures: u64,
    /// Nothing is posted to it.
    pub is_off: bool,
}

/// How much is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Most {
    /// Organizations.
    pub organizations: usize,
    /// Answers of each.
    pub each: usize,
}

/// Answers not taken yet, as of the log.
pub trait PendingResponses: Debug + Send + Sync + 'static {
    /// Answers due by `now`, oldest first, of the organizations that wait longest, those in `but` left out. Of an
    /// organization whose webhook is off only those that have been due since before `given_up`, and none while its
    /// receiver asked to be left alone.
    fn due(
        &self,
        now: DateTime<Utc>,
        given_up: DateTime<Utc>,
        but: HashSet<OrganizationId>,
        most: Most,
    ) -> BoxFuture<'_, Result<Vec<PendingResponse>, PortError>>;
    /// When the next answer is due, if any waits.
    fn next_due(&self) -> BoxFuture<'_, Result<Option<DateTime<Utc>>, PortError>>;
}

/// What became of handing an answer to Chronus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookResult {
    /// Taken, with this HTTP status.
    Taken(u16),
    /// Not taken.
    NotTaken {
        /// HTTP status, where there was an answer.
        status: Option<u16>,
        /// A short reason.
        reason: String,
        /// `Retry-After`, where given.
        retry_after: Option<Duration>,
    },
    /// The organization has no webhook: it reads the pull feed.
    NoWebhook,
}

/// Hands answers to Chronus.
pub trait ChronusWebhook: Debug + Send + Sync + 'static {
    /// Posts the answer that stands at `position`.
    fn deliver(
        &self,
        organization: OrganizationId,
        position: Position,
    ) -> BoxFuture<'_, Result<WebhookResult, PortError>>;
}
