//! What the person asked and answered, and how subjects ended.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::{EventId, MemberId, NotificationId, OrganizationId, SubjectRef};
use crate::organization::{CardKind, SubjectFacts, SubjectState};
use crate::sealing::Sealed;
use crate::user::Source;

/// What a person asked for in the chat. Text that is no command is never kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
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
    /// `pending`.
    Pending,
    /// `meetings`.
    Meetings,
    /// `events`.
    Events,
    /// `connections`.
    Connections,
    /// `message <name>`.
    Message,
    /// `pause <time>`.
    Pause,
    /// `resume`.
    Resume,
    /// `notifications`.
    Notifications,
    /// `privacy`.
    Privacy,
    /// `quiet <hours>`.
    Quiet,
    /// `accept <number>`.
    Accept,
    /// `decline <number>`.
    Decline,
    /// Anything else.
    Unknown,
}

impl Command {
    /// Every command that a person can type, in the order in which help lists them.
    pub const ALL: [Self; 16] = [
        Self::Help,
        Self::Pending,
        Self::Accept,
        Self::Decline,
        Self::Meetings,
        Self::Events,
        Self::Connections,
        Self::Message,
        Self::Status,
        Self::Notifications,
        Self::Pause,
        Self::Resume,
        Self::Quiet,
        Self::Privacy,
        Self::Connect,
        Self::Disconnect,
    ];

    /// The stored name, which is also the English word to type.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Help => "help",
            Self::Status => "status",
            Self::Connect => "connect",
            Self::Disconnect => "disconnect",
            Self::Pending => "pending",
            Self::Meetings => "meetings",
            Self::Events => "events",
            Self::Connections => "connections",
            Self::Message => "message",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Notifications => "notifications",
            Self::Privacy => "privacy",
            Self::Quiet => "quiet",
            Self::Accept => "accept",
            Self::Decline => "decline",
            Self::Unknown => "unknown",
        }
    }
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
    /// What was wrong with what the person gave, so that the card can say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<InputFault>,
}

/// What is wrong with what a person gave on a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InputFault {
    /// Something that is needed was not given.
    Missing,
    /// It is not among what the card offers: another time, another option, a number off the scale.
    NotOffered,
    /// The text is longer than what is taken.
    TooLong,
    /// The time is none, or it is past.
    BadTime,
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
    /// The same press had its effect before, from this form of the card.
    Repeated,
    /// Something that the action needs is missing or makes no sense.
    Incomplete,
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
    /// Where the subject's newest content stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// What rules go by of that content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<SubjectFacts>,
    /// The card that somebody gets by this domain event who holds none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<CardKind>,
    /// When the domain event happened; absent in older events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub happened_at: Option<DateTime<Utc>>,
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
