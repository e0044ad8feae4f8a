//! What an answer is about.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::{EventId, MemberId, NotificationId, OrganizationId, SubjectRef};

/// What an answer is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AnsweredOn {
    /// The organization to tell.
    pub organization_id: OrganizationId,
    /// The card about the subject.
    pub notification_id: NotificationId,
    /// The Chronus thing.
    pub subject: SubjectRef,
    /// The domain event that the card was made from.
    pub domain_event: EventId,
    /// The person in Chronus, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member_id: Option<MemberId>,
    /// Device class as Teams names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// The card on which it was pressed, where that was a list or another card of the chat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pressed: Option<NotificationId>,
    /// When the person answered, where that is not when it was recorded; absent in older events, and where the first
    /// answer counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<DateTime<Utc>>,
}

impl AnsweredOn {
    /// The card on which it was pressed.
    pub fn pressed_on(&self) -> NotificationId {
        self.pressed.unwrap_or(self.notification_id)
    }
}
