//! A card on its way: tried, delivered or not, seen.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::presence::Reachability;
use crate::codec::stored_events;
use crate::ids::{ActivityId, ConversationId, NotificationId};

stored_events! {
    /// What became of a card that was sent.
    pub enum Delivery ("user") {
        /// A card is about to be posted: stored before the POST.
        Attempted(DeliveryAttempted) = 1,
        /// An attempt certainly created nothing and is made again later.
        RetryScheduled(DeliveryRetryScheduled) = 1,
        /// The connector took the card.
        Delivered(NotificationDelivered) = 1,
        /// The connector refused the card.
        Refused(NotificationRefused) = 1,
        /// Nobody knows whether the card arrived.
        OutcomeUnknown(DeliveryOutcomeUnknown) = 1,
        /// The person certainly saw the card.
        Seen(NotificationSeen) = 1,
    }
}

impl Delivery {
    /// The card that it tells of.
    pub fn notification_id(&self) -> NotificationId {
        match self {
            Self::Attempted(e) => e.notification_id,
            Self::RetryScheduled(e) => e.notification_id,
            Self::Delivered(e) => e.notification_id,
            Self::Refused(e) => e.notification_id,
            Self::OutcomeUnknown(e) => e.notification_id,
            Self::Seen(e) => e.notification_id,
        }
    }
}

/// See [`Delivery::Attempted`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeliveryAttempted {
    /// The card.
    pub notification_id: NotificationId,
    /// Which try it is, from 1.
    pub attempt: u32,
}

/// See [`Delivery::RetryScheduled`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeliveryRetryScheduled {
    /// The card.
    pub notification_id: NotificationId,
    /// The try that created nothing.
    pub attempt: u32,
    /// When the next try is due.
    pub retry_at: DateTime<Utc>,
    /// Why the try created nothing: `throttled`, `precondition_failed`, `not_sent`, …; or [`Self::SHOWED_UP`].
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

impl DeliveryRetryScheduled {
    /// The `reason` of the one that follows no try: the person is in the chat, so a card that waits for a later try is tried now.
    pub const SHOWED_UP: &str = "person_showed_up";
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

/// See [`Delivery::Delivered`].
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

/// See [`Delivery::Refused`].
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

/// See [`Delivery::OutcomeUnknown`].
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

/// See [`Delivery::Seen`].
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
