//! A card before it leaves: queued, put off, or not sent by itself for a reason.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::command::Command;
use crate::codec::stored_events;
use crate::envelope::Position;
use crate::ids::{EventId, MemberId, NotificationId, OrganizationId, SubjectRef};
use crate::organization::{CardKind, Class, PartKind, SubjectFacts, SubjectState};
use crate::sealing::Sealed;

stored_events! {
    /// What was decided of a card before it leaves, or in the place of that.
    #[expect(clippy::large_enum_variant, reason = "the large one is the one that is made most, and lives shortly")]
    pub enum Queue ("user") {
        /// A card is to be sent.
        Queued(NotificationQueued) = 1,
        /// A card that ended without arriving is to be sent after all.
        Requeued(NotificationRequeued) = 1,
        /// A card is not sent before a certain time.
        Deferred(NotificationDeferred) = 1,
        /// A queued card will not be sent, by decision.
        Suppressed(NotificationSuppressed) = 1,
        /// A queued card's subject ended before it was sent.
        Withdrawn(NotificationWithdrawn) = 1,
        /// A queued card's time ran out before it was sent.
        Expired(NotificationExpired) = 1,
        /// A card is not sent by itself: another one shows it.
        Merged(NotificationMerged) = 1,
        /// A card in the chat shows another one that was not sent by itself.
        Shown(NotificationShown) = 1,
    }
}

impl Queue {
    /// The card that it tells of.
    pub fn notification_id(&self) -> NotificationId {
        match self {
            Self::Queued(e) => e.notification_id,
            Self::Requeued(e) => e.notification_id,
            Self::Deferred(e) => e.notification_id,
            Self::Suppressed(e) => e.notification_id,
            Self::Withdrawn(e) => e.notification_id,
            Self::Expired(e) => e.notification_id,
            Self::Merged(e) => e.notification_id,
            Self::Shown(e) => e.notification_id,
        }
    }
}

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

/// See [`Queue::Queued`].
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
    /// How many cards that can wait the organization wants a person to get within a day; any number where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most_a_day: Option<u32>,
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
    /// How many of them stand before the first that this card shows.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub from: u32,
    /// Whether it answers what came late, since what the person asked for after it holds.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub overtaken: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_zero(value: &u32) -> bool {
    *value == 0
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
    /// Teams asked for a long wait before anything more is sent to the chat.
    Throttled,
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
            Self::Throttled => "throttled",
        }
    }
}

/// See [`Queue::Deferred`].
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
    /// The person got as many cards within a day as the organization wants them to get.
    DailyCap,
}

impl MergeReason {
    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Thread => "thread",
            Self::Digest => "digest",
            Self::CatchUp => "catch_up",
            Self::DailyCap => "daily_cap",
        }
    }
}

/// See [`Queue::Merged`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NotificationMerged {
    /// The card that is not sent by itself.
    pub notification_id: NotificationId,
    /// The card that shows it.
    pub into: NotificationId,
    /// Why.
    pub reason: MergeReason,
}

/// See [`Queue::Shown`].
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
    /// Whether the person still is the member whom Chronus meant: the evidence disagrees, so a card that was missed is not
    /// listed as yet.
    Conflict,
    /// The summary that was to show it had no room for it: the person gets it when they ask for more.
    NoRoom,
    /// The organization switched Teams off for the programme.
    ProgrammeOff,
    /// The organization switched Teams off for the ERG.
    ErgOff,
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
            | Self::Unlinked
            | Self::Conflict
            | Self::NoRoom
            | Self::ProgrammeOff
            | Self::ErgOff => false,
        }
    }

    /// Why a card of a part that is switched off is not sent.
    pub fn of_part(kind: PartKind) -> Self {
        match kind {
            PartKind::Programme => Self::ProgrammeOff,
            PartKind::Erg => Self::ErgOff,
        }
    }

    /// Whether the organization switched the card's part off: nobody is told of it otherwise either.
    pub fn is_of_part(self) -> bool {
        matches!(self, Self::ProgrammeOff | Self::ErgOff)
    }

    /// Whether the card is missed: not sent since its person is away, or not listed as yet. Whoever comes back, or asks, gets it
    /// told, if it still holds.
    pub fn is_away(self) -> bool {
        match self {
            Self::Disconnected
            | Self::Uninstalled
            | Self::Blocked
            | Self::DisabledByAdmin
            | Self::Paused
            | Self::TenantOff
            | Self::Conflict
            | Self::NoRoom => true,
            Self::Duplicate
            | Self::Erased
            | Self::ContentErased
            | Self::TopicOff
            | Self::NotGoing
            | Self::AlreadyAnswered
            | Self::NothingLeft
            | Self::Superseded
            | Self::Unlinked
            | Self::ProgrammeOff
            | Self::ErgOff => false,
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
            Self::Conflict => "conflict",
            Self::NoRoom => "no_room",
            Self::ProgrammeOff => "programme_off",
            Self::ErgOff => "erg_off",
        }
    }
}

/// See [`Queue::Suppressed`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NotificationSuppressed {
    /// The card.
    pub notification_id: NotificationId,
    /// Why.
    pub reason: SuppressedReason,
}

/// See [`Queue::Withdrawn`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NotificationWithdrawn {
    /// The card.
    pub notification_id: NotificationId,
    /// The state that its subject entered.
    pub state: SubjectState,
}

/// See [`Queue::Expired`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NotificationExpired {
    /// The card.
    pub notification_id: NotificationId,
}

/// See [`Queue::Requeued`].
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
