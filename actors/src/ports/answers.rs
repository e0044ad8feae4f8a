//! Answers to Chronus, and the way there.

use std::collections::HashSet;
use std::fmt::Debug;
use std::time::Duration;

use chrono::{DateTime, Utc};
pub use events::work::{Most, PendingResponse, ReceiverStanding};
use events::{OrganizationId, Position};
use futures_util::future::BoxFuture;

use super::PortError;

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
