//! One notification's life, as its person's stream tells it.

use chrono::{DateTime, Utc};
use events::organization::{CardKind, Class};
use events::user::{Recovery, Source, UnknownPolicy};
use events::{ActivityId, NotificationId, SubjectRef};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One notification's life.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notification {
    /// Its id.
    pub id: NotificationId,
    /// Where its content comes from.
    pub source: Source,
    /// Which card.
    pub card: CardKind,
    /// The Chronus thing.
    pub subject: Option<SubjectRef>,
    /// Which cards overtake which.
    pub class: Class,
    /// When it is no longer worth sending.
    pub expires_at: DateTime<Utc>,
    /// What happens when its arrival is unknown.
    pub unknown_policy: UnknownPolicy,
    /// The thread it belongs to.
    pub correlation_id: Uuid,
    /// When it was queued.
    pub queued_at: DateTime<Utc>,
    /// How far it is.
    pub phase: Phase,
    /// When it entered that phase.
    pub changed_at: DateTime<Utc>,
    /// Tries made.
    pub attempts: u32,
    /// Tries whose outcome is unknown.
    pub unknowns: u32,
    /// The message in the chat.
    pub activity_id: Option<ActivityId>,
    /// The revision that the chat shows; 0 before it arrived.
    pub shown: u32,
    /// The revision that the chat should show.
    pub wanted: u32,
    /// Whether an update in place was given up.
    pub frozen: bool,
    /// Whether the person certainly saw it.
    pub seen: bool,
    /// The next try first asks for the chat anew, this way.
    #[serde(default)]
    pub recovery: Option<Recovery>,
    /// Whether the chat was asked for anew for this card.
    #[serde(default)]
    pub recovered: bool,
    /// Tries made before the last replay.
    #[serde(default)]
    pub attempts_before: u32,
    /// The replays that had their effect.
    #[serde(default)]
    pub replays: Vec<Uuid>,
}

/// How far a notification is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// Waits for its first try.
    Queued,
    /// The last try created nothing; the next is due then.
    Retry(DateTime<Utc>),
    /// A try is under way or was interrupted.
    Attempted,
    /// In the chat.
    Delivered,
    /// The connector refused it.
    Refused,
    /// Perhaps in the chat; tried again then, or held.
    Unknown(Option<DateTime<Utc>>),
    /// Not sent, by decision.
    Suppressed,
    /// Not sent: its subject ended.
    Withdrawn,
    /// Not sent: its time ran out.
    Expired,
}

impl Phase {
    /// Whether nothing was ever posted and something may still be.
    pub fn is_unsent(self) -> bool {
        matches!(self, Self::Queued | Self::Retry(_))
    }

    /// Whether it ended without certainly arriving, for a reason that may be gone by now.
    pub fn is_dead(self) -> bool {
        matches!(self, Self::Refused | Self::Expired | Self::Unknown(None))
    }

    /// Whether the card is, or may be, in the chat.
    pub fn may_be_shown(self) -> bool {
        matches!(self, Self::Attempted | Self::Delivered | Self::Unknown(_))
    }
}

impl Notification {
    /// Whether it comes from a domain event, and not from the chat itself.
    pub fn is_from_chronus(&self) -> bool {
        matches!(self.source, Source::DomainEvent { .. })
    }
}
