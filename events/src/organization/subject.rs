//! How a subject stands.

use serde::{Deserialize, Serialize};

/// How a subject stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectState {
    /// The request was accepted.
    Accepted,
    /// The request was declined.
    Declined,
    /// The asker took the request back; Chronus took a suggestion, an announcement or a task back.
    Withdrawn,
    /// The time to answer ran out.
    Expired,
    /// It waits for an answer, or goes on.
    Open,
    /// The meeting's time is fixed.
    Scheduled,
    /// The meeting has another time.
    Moved,
    /// It does not take place.
    Cancelled,
    /// Something about it changed.
    Updated,
    /// The survey takes no answers any more.
    Closed,
    /// The task is done.
    Completed,
    /// The connection ends soon.
    Ending,
    /// The connection ended.
    Ended,
    /// A message of the thread has other words now.
    Edited,
    /// A message of the thread was taken back.
    Deleted,
    /// What the person wrote did not reach its reader.
    Failed,
}

impl SubjectState {
    /// Whether nothing more is expected of the subject. A thread goes on whatever happens to one of its messages.
    pub fn is_final(self) -> bool {
        match self {
            Self::Accepted
            | Self::Declined
            | Self::Withdrawn
            | Self::Expired
            | Self::Cancelled
            | Self::Closed
            | Self::Completed
            | Self::Ended => true,
            Self::Open
            | Self::Scheduled
            | Self::Moved
            | Self::Updated
            | Self::Ending
            | Self::Edited
            | Self::Deleted
            | Self::Failed => false,
        }
    }

    /// Whether the state matters only to somebody who has a card about the subject already.
    pub fn concerns_holders_only(self) -> bool {
        matches!(
            self,
            Self::Cancelled
                | Self::Withdrawn
                | Self::Closed
                | Self::Completed
                | Self::Edited
                | Self::Deleted
                | Self::Expired
        )
    }
}
