//! A card in the chat that no longer shows what is so, and is updated in place.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::delivery::Recovery;
use crate::codec::stored_events;
use crate::ids::NotificationId;

stored_events! {
    /// How a card in the chat is updated in place.
    pub enum Update ("user") {
        /// A card in the chat no longer shows what is so.
        Queued(CardUpdateQueued) = 1,
        /// A card in the chat was updated in place.
        Updated(CardUpdated) = 1,
        /// A card in the chat could not be updated, and is tried again.
        RetryScheduled(CardUpdateRetryScheduled) = 1,
        /// A card in the chat cannot be updated.
        Abandoned(CardUpdateAbandoned) = 1,
    }
}

impl Update {
    /// The card that it tells of.
    pub fn notification_id(&self) -> NotificationId {
        match self {
            Self::Queued(e) => e.notification_id,
            Self::Updated(e) => e.notification_id,
            Self::RetryScheduled(e) => e.notification_id,
            Self::Abandoned(e) => e.notification_id,
        }
    }
}

/// See [`Update::Queued`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CardUpdateQueued {
    /// The card.
    pub notification_id: NotificationId,
    /// The revision that it is to show, from 2.
    pub revision: u32,
}

/// See [`Update::Updated`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CardUpdated {
    /// The card.
    pub notification_id: NotificationId,
    /// The revision that it now shows.
    pub revision: u32,
}

/// See [`Update::RetryScheduled`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CardUpdateRetryScheduled {
    /// The card.
    pub notification_id: NotificationId,
    /// The revision that it could not be given yet.
    pub revision: u32,
    /// Tries of this update so far.
    pub tries: u32,
    /// When the next try is due.
    pub retry_at: DateTime<Utc>,
    /// The connector's code, or ours: `throttled`, `timeout`, …
    pub reason: String,
    /// The HTTP status, where there was an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The chat's address no longer holds; the next try first asks for the chat anew, this way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recover: Option<Recovery>,
}

/// See [`Update::Abandoned`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CardUpdateAbandoned {
    /// The card.
    pub notification_id: NotificationId,
    /// The revision that it will not show.
    pub revision: u32,
    /// The connector's code, or ours.
    pub code: String,
}

impl CardUpdateAbandoned {
    /// Our code where the person could not be reached: the card is updated when they can be again.
    pub const NOT_REACHABLE: &str = "not_reachable";

    /// Whether the card is never updated again, and not merely while the person is away.
    pub fn is_for_good(&self) -> bool {
        self.code != Self::NOT_REACHABLE
    }
}
