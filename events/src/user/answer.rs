//! What the person asked and answered, and how subjects ended.

use serde::{Deserialize, Serialize};

use crate::ids::{EventId, MemberId, NotificationId, OrganizationId, SubjectRef};
use crate::organization::SubjectState;
use crate::sealing::Sealed;

/// What a person asked for in the chat. Text that is no command is never kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// `help`.
    Help,
    /// `status`.
    Status,
    /// `connect`.
    Connect,
    /// `disconnect`.
    Disconnect,
    /// Anything else.
    Unknown,
}

/// See [`super::UserEvent::CommandReceived`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CommandReceived {
    /// What was asked for.
    pub command: Command,
}

/// See [`super::UserEvent::ActionIgnored`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActionIgnored {
    /// The card it was pressed on, where it named one of this person's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notification_id: Option<NotificationId>,
    /// Why nothing happened.
    pub reason: IgnoredReason,
}

/// Why a press had no effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IgnoredReason {
    /// The subject was answered before or ended otherwise.
    AlreadyResolved,
    /// The card is not known in this chat.
    UnknownCard,
    /// The action is not one that the card offers.
    UnknownAction,
}

/// See [`super::UserEvent::SubjectChanged`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubjectChanged {
    /// The Chronus thing.
    pub subject: SubjectRef,
    /// The state it entered.
    pub state: SubjectState,
    /// The domain event that told it.
    pub domain_event: EventId,
}

/// See [`super::UserEvent::RequestAccepted`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RequestAccepted {
    /// The organization to tell.
    pub organization_id: OrganizationId,
    /// The card on which it was pressed.
    pub notification_id: NotificationId,
    /// The request.
    pub subject: SubjectRef,
    /// The domain event that the card was made from.
    pub domain_event: EventId,
    /// The person in Chronus, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member_id: Option<MemberId>,
    /// Device class as Teams names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
}

/// See [`super::UserEvent::RequestDeclined`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RequestDeclined {
    /// The organization to tell.
    pub organization_id: OrganizationId,
    /// The card on which it was pressed.
    pub notification_id: NotificationId,
    /// The request.
    pub subject: SubjectRef,
    /// The domain event that the card was made from.
    pub domain_event: EventId,
    /// The person in Chronus, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member_id: Option<MemberId>,
    /// Device class as Teams names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// The reason chosen from the card's list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The person's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Sealed>,
}
