//! A card on its way: queued, tried, delivered or not, seen, updated.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::envelope::Position;
use crate::ids::{ActivityId, ConversationId, EventId, MemberId, NotificationId, OrganizationId, SubjectRef};
use crate::organization::{CardKind, Class, SubjectFacts, SubjectState};
use crate::sealing::Sealed;
use crate::user::{Command, Reachability};

/// Where a notification's content comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A domain event in an organization's stream.
    DomainEvent {
        /// The organization.
        organization_id: OrganizationId,
        /// The stored event.
        event_id: EventId,
        /// Its place in the global log.
        position: Position,
    },
    /// The chat itself: welcome, answers to commands.
    Chat,
}

/// What happens to a card whose arrival is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownPolicy {
    /// It is posted again, a bounded number of times: a rare second card is better than none.
    Retry,
    /// It is left: a missing card is better than a second one.
    Hold,
}

/// See [`super::UserEvent::NotificationQueued`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NotificationQueued {
    /// The card's id.
    pub notification_id: NotificationId,
    /// Where its content comes from.
    pub source: Source,
    /// Which card it is.
    pub card: CardKind,
    /// The Chronus thing it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<SubjectRef>,
    /// Which cards overtake which.
    pub class: Class,
    /// When it is no longer worth sending.
    pub expires_at: DateTime<Utc>,
    /// What happens when its arrival is unknown.
    pub unknown_policy: UnknownPolicy,
    /// The state of the subject that the domain event told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<SubjectState>,
    /// What rules go by of the domain event's content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<SubjectFacts>,
    /// What a card of the chat itself was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<Prompt>,
    /// Whether its domain event waited for this person to come.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub awaited: bool,
    /// When the domain event happened; absent for cards of the chat and in older events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub happened_at: Option<DateTime<Utc>>,
    /// The member whom Chronus meant, where it gave an id; absent in older events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member_id: Option<MemberId>,
}

/// What a card of the chat itself was asked for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Prompt {
    /// Commands that come nearest to what was typed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub near: Vec<Command>,
    /// The name that was typed beside a command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<Sealed>,
    /// The number that was typed beside a command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<u32>,
    /// The subject that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<SubjectRef>,
    /// The notifications that a list shows, in its order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub of: Vec<NotificationId>,
}

/// Why a card waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeferReason {
    /// The person paused.
    Paused,
    /// It is night for the person, or a day on which they want nothing.
    QuietHours,
    /// It is a digest, and its window is open.
    Digest,
    /// It was meant for then.
    Scheduled,
    /// Who the person is has to be read first, and could not be.
    Profile,
    /// Whether the person still is the member whom Chronus meant: the evidence disagrees since it was queued.
    Conflict,
}

impl DeferReason {
    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Paused => "paused",
            Self::QuietHours => "quiet_hours",
            Self::Digest => "digest",
            Self::Scheduled => "scheduled",
            Self::Profile => "profile",
            Self::Conflict => "conflict",
        }
    }
}

/// See [`super::UserEvent::NotificationDeferred`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NotificationDeferred {
    /// The card.
    pub notification_id: NotificationId,
    /// When it is looked at again.
    pub until: DateTime<Utc>,
    /// Why.
    pub reason: DeferReason,
}

/// Why a card is shown by another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MergeReason {
    /// Many messages of one thread came at once.
    Thread,
    /// The person wants this kind in a digest.
    Digest,
    /// A card lists what was not sent.
    CatchUp,
}

impl MergeReason {
    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Thread => "thread",
            Self::Digest => "digest",
            Self::CatchUp => "catch_up",
        }
    }
}

/// See [`super::UserEvent::NotificationMerged`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NotificationMerged {
    /// The card that is not sent by itself.
    pub notification_id: NotificationId,
    /// The card that shows it.
    pub into: NotificationId,
    /// Why.
    pub reason: MergeReason,
}

/// See [`super::UserEvent::NotificationShown`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NotificationShown {
    /// The card that was not sent by itself.
    pub notification_id: NotificationId,
    /// The card in the chat that shows it.
    pub by: NotificationId,
}

/// Why a queued card is not sent, by decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SuppressedReason {
    /// The person disconnected.
    Disconnected,
    /// The app is not installed any more.
    Uninstalled,
    /// The person blocked the bot.
    Blocked,
    /// The tenant's administrator disabled the app or the integration.
    DisabledByAdmin,
    /// The same domain event already reached this person under another recipient entry.
    Duplicate,
    /// The person was erased.
    Erased,
    /// The content was sealed for a person who was erased.
    ContentErased,
    /// The person paused.
    Paused,
    /// The person switched this kind off.
    TopicOff,
    /// It reminds of an event to which the person does not go.
    NotGoing,
    /// It asks for what the person has done.
    AlreadyAnswered,
    /// Of what the card would list, nothing is so any more.
    NothingLeft,
    /// Something newer says it.
    Superseded,
    /// The integration is switched off for the person's tenant.
    TenantOff,
    /// The person is no longer the member whom Chronus meant.
    Unlinked,
}

impl SuppressedReason {
    /// Whether there was nothing to tell any more, or it was told otherwise: nobody misses such a card.
    pub fn is_void(self) -> bool {
        match self {
            Self::Duplicate
            | Self::NotGoing
            | Self::AlreadyAnswered
            | Self::NothingLeft
            | Self::Superseded => true,
            Self::Disconnected
            | Self::Uninstalled
            | Self::Blocked
            | Self::DisabledByAdmin
            | Self::TenantOff
            | Self::Erased
            | Self::ContentErased
            | Self::Paused
            | Self::TopicOff
            | Self::Unlinked => false,
        }
    }

    /// Whether the card was not sent since its person is away: whoever comes back gets it told, if it still holds.
    pub fn is_away(self) -> bool {
        match self {
            Self::Disconnected
            | Self::Uninstalled
            | Self::Blocked
            | Self::DisabledByAdmin
            | Self::Paused
            | Self::TenantOff => true,
            Self::Duplicate
            | Self::Erased
            | Self::ContentErased
            | Self::TopicOff
            | Self::NotGoing
            | Self::AlreadyAnswered
            | Self::NothingLeft
            | Self::Superseded
            | Self::Unlinked => false,
        }
    }

    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Disconnected => "disconnected",
            Self::Uninstalled => "uninstalled",
            Self::Blocked => "blocked",
            Self::DisabledByAdmin => "disabled_by_admin",
            Self::Duplicate => "duplicate",
            Self::Erased => "erased",
            Self::ContentErased => "content_erased",
            Self::Paused => "paused",
            Self::TopicOff => "topic_off",
            Self::NotGoing => "not_going",
            Self::AlreadyAnswered => "already_answered",
            Self::NothingLeft => "nothing_left",
            Self::Superseded => "superseded",
            Self::TenantOff => "tenant_off",
            Self::Unlinked => "unlinked",
        }
    }
}

/// See [`super::UserEvent::NotificationSuppressed`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NotificationSuppressed {
    /// The card.
    pub notification_id: NotificationId,
    /// Why.
    pub reason: SuppressedReason,
}

/// See [`super::UserEvent::NotificationWithdrawn`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NotificationWithdrawn {
    /// The card.
    pub notification_id: NotificationId,
    /// The state that its subject entered.
    pub state: SubjectState,
}

/// See [`super::UserEvent::NotificationExpired`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NotificationExpired {
    /// The card.
    pub notification_id: NotificationId,
}

/// See [`super::UserEvent::DeliveryAttempted`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeliveryAttempted {
    /// The card.
    pub notification_id: NotificationId,
    /// Which try it is, from 1.
    pub attempt: u32,
}

/// See [`super::UserEvent::DeliveryRetryScheduled`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeliveryRetryScheduled {
    /// The card.
    pub notification_id: NotificationId,
    /// The try that created nothing.
    pub attempt: u32,
    /// When the next try is due.
    pub retry_at: DateTime<Utc>,
    /// Why the try created nothing: `throttled`, `precondition_failed`, `not_sent`, …
    pub reason: String,
    /// The HTTP status, where there was an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The chat's address no longer holds; the next try first asks for the chat anew, this way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recover: Option<Recovery>,
    /// The next try finds out whether what the connector said of the person, and what holds back every other card, is
    /// still so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub probe: bool,
    /// The next try is so far away that Chronus is told that the card does not arrive as things stand, and why. A try
    /// recorded before there was this field is told of by none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub put_off: Option<PutOffReason>,
}

/// Why a card is tried again much later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PutOffReason {
    /// An administrator disabled the app; whether that is still so is found out again.
    AppDisabled,
    /// The person's chat is not found where it was.
    ChatNotFound,
    /// Teams asks for more time than usual.
    Throttled,
    /// Teams did not take the card for another reason that may pass.
    NotTaken,
}

impl PutOffReason {
    /// In Chronus' words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AppDisabled => "app_disabled",
            Self::ChatNotFound => "chat_not_found",
            Self::Throttled => "throttled",
            Self::NotTaken => "not_taken",
        }
    }
}

/// Where a chat is asked for anew whose address no longer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recovery {
    /// At the cloud's global service URL.
    Global,
    /// At the government community cloud's service URL, since the connector said that the tenant lives there.
    Gcc,
}

/// See [`super::UserEvent::NotificationRequeued`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NotificationRequeued {
    /// The card.
    pub notification_id: NotificationId,
    /// The replay that asked for it; the same replay again has no effect.
    pub replay_id: Uuid,
    /// Until when it is worth sending now.
    pub expires_at: DateTime<Utc>,
    /// Who asked for it: `cli`, or the name of an API key.
    pub by: String,
}

/// See [`super::UserEvent::NotificationDelivered`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NotificationDelivered {
    /// The card.
    pub notification_id: NotificationId,
    /// The try that the connector took.
    pub attempt: u32,
    /// The message in the chat, for later updates; the connector may answer without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activity_id: Option<ActivityId>,
    /// The chat.
    pub conversation_id: ConversationId,
    /// Which revision of the card was sent.
    pub revision: u32,
}

/// What a refusal says about what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalClass {
    /// The card or the request is wrong and will never be taken.
    Permanent,
    /// The person cannot be reached as things stand.
    RecipientState,
    /// The service is set up wrongly; an operator must act.
    Configuration,
}

impl RefusalClass {
    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Permanent => "permanent",
            Self::RecipientState => "recipient_state",
            Self::Configuration => "configuration",
        }
    }
}

/// See [`super::UserEvent::NotificationRefused`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NotificationRefused {
    /// The card.
    pub notification_id: NotificationId,
    /// The try that was refused.
    pub attempt: u32,
    /// What it says about what to do.
    pub class: RefusalClass,
    /// The HTTP status; absent when the service itself gave up before asking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The connector's code, or ours.
    pub code: String,
    /// What it says of reaching the person: whoever comes back gets the card told, if it still holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shows: Option<Reachability>,
}

/// See [`super::UserEvent::DeliveryOutcomeUnknown`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeliveryOutcomeUnknown {
    /// The card.
    pub notification_id: NotificationId,
    /// The try whose outcome is unknown.
    pub attempt: u32,
    /// Why: `status_503`, `timeout`, `reset`, `interrupted`, …
    pub reason: String,
    /// When it is tried again; absent where the policy is to hold or the tries are used up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<DateTime<Utc>>,
}

/// How it is certain that a card was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeenEvidence {
    /// A button on it was pressed.
    Pressed,
    /// It got a reaction.
    Reaction,
    /// Teams sent a read receipt.
    ReadReceipt,
}

/// See [`super::UserEvent::NotificationSeen`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NotificationSeen {
    /// The card.
    pub notification_id: NotificationId,
    /// How it is known.
    pub evidence: SeenEvidence,
    /// The message in the chat, where the evidence names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activity_id: Option<ActivityId>,
}

/// See [`super::UserEvent::CardUpdateQueued`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CardUpdateQueued {
    /// The card.
    pub notification_id: NotificationId,
    /// The revision that it is to show, from 2.
    pub revision: u32,
}

/// See [`super::UserEvent::CardUpdated`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CardUpdated {
    /// The card.
    pub notification_id: NotificationId,
    /// The revision that it now shows.
    pub revision: u32,
}

/// See [`super::UserEvent::CardUpdateRetryScheduled`].
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

/// See [`super::UserEvent::CardUpdateAbandoned`].
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
