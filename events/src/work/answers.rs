//! What the responder has to do.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::envelope::Position;
use crate::ids::OrganizationId;

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
