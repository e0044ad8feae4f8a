//! What a Teams user's stream holds: the person's install, identity, notifications, deliveries and answers.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::codec::stored_events;
use crate::envelope::Position;
use crate::ids::{ActivityId, ConversationId, EventId, MemberId, NotificationId, OrganizationId, SubjectRef};
use crate::organization::{CardKind, Class, SubjectState};
use crate::sealing::{Lookup, Sealed};

stored_events! {
    /// A fact in a Teams user's stream.
    pub enum UserEvent ("user") {
        /// The app is in the person's personal scope, by whatever evidence.
        AppInstalled = 1,
        /// The app is gone from the person's personal scope.
        AppUninstalled = 1,
        /// The chat's address changed.
        ReferenceRefreshed = 1,
        /// The person's language, zone or device class changed.
        ClientObserved = 1,
        /// The person's name and addresses are to be looked up.
        ProfileRequested = 1,
        /// Teams told the person's name and addresses.
        ProfileResolved = 1,
        /// Teams could not tell who the person is.
        ProfileUnavailable = 1,
        /// The person is a member of an organization in Chronus.
        MemberLinked = 1,
        /// The person is that member no longer.
        MemberUnlinked = 1,
        /// The person wants notifications.
        Connected = 1,
        /// The person wants no notifications.
        Disconnected = 1,
        /// The person typed something to the bot.
        CommandReceived = 1,
        /// The person pressed a button that had no effect any more.
        ActionIgnored = 1,
        /// A card is to be sent.
        NotificationQueued = 1,
        /// A queued card will not be sent, by decision.
        NotificationSuppressed = 1,
        /// A queued card's subject ended before it was sent.
        NotificationWithdrawn = 1,
        /// A queued card's time ran out before it was sent.
        NotificationExpired = 1,
        /// A card is about to be posted: stored before the POST.
        DeliveryAttempted = 1,
        /// An attempt certainly created nothing and is made again later.
        DeliveryRetryScheduled = 1,
        /// The connector took the card.
        NotificationDelivered = 1,
        /// The connector refused the card.
        NotificationRefused = 1,
        /// Nobody knows whether the card arrived.
        DeliveryOutcomeUnknown = 1,
        /// The person certainly saw the card.
        NotificationSeen = 1,
        /// The subject of cards in this chat entered a state.
        SubjectChanged = 1,
        /// A card in the chat no longer shows what is so.
        CardUpdateQueued = 1,
        /// A card in the chat was updated in place.
        CardUpdated = 1,
        /// A card in the chat cannot be updated.
        CardUpdateAbandoned = 1,
        /// The person accepted a mentoring request.
        RequestAccepted = 1,
        /// The person declined a mentoring request.
        RequestDeclined = 1,
        /// What is known of reaching the person changed.
        ReachabilityChanged = 1,
        /// The person was erased: their keys are destroyed.
        UserErased = 1,
    }
}

/// Where a person's chat is and how the Bot Connector names its parties.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationRef {
    /// The personal chat.
    pub conversation_id: ConversationId,
    /// The connector's base URL for this chat, from the newest verified activity.
    pub service_url: String,
    /// The person as this bot knows them (`29:…`).
    pub teams_user_id: String,
    /// The bot (`28:…`).
    pub bot_id: String,
}

/// How an install became known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InstallEvidence {
    /// `installationUpdate` with `add` or `add-upgrade`.
    InstallationUpdate,
    /// `conversationUpdate` that added the bot.
    ConversationUpdate,
    /// The person wrote or pressed a button, so the app must be there.
    Activity,
}

/// See [`UserEvent::AppInstalled`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AppInstalled {
    /// The chat.
    pub conversation: ConversationRef,
    /// How it became known.
    pub evidence: InstallEvidence,
    /// The app package's version, where the activity told it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_version: Option<String>,
}

/// How an uninstall became known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UninstallEvidence {
    /// `installationUpdate` with `remove` or `remove-upgrade`.
    InstallationUpdate,
    /// `conversationUpdate` that removed the person or the bot.
    MembersRemoved,
    /// The connector said that the bot is not in the chat.
    Refusal,
}

/// See [`UserEvent::AppUninstalled`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AppUninstalled {
    /// How it became known.
    pub evidence: UninstallEvidence,
}

/// See [`UserEvent::ReferenceRefreshed`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReferenceRefreshed {
    /// The chat as it is now.
    pub conversation: ConversationRef,
}

/// See [`UserEvent::ClientObserved`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientObserved {
    /// BCP 47 language tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// IANA zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// Device class as Teams names it: `Web`, `Windows`, `iOS`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
}

/// See [`UserEvent::ProfileRequested`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProfileRequested {}

/// What a person is in the tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberRole {
    /// A person of the tenant.
    User,
    /// A guest from another tenant.
    Guest,
}

/// See [`UserEvent::ProfileResolved`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProfileResolved {
    /// Display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Sealed>,
    /// Mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Sealed>,
    /// The mail address's lookup.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_lookup: Option<Lookup>,
    /// User principal name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upn: Option<Sealed>,
    /// The UPN's lookup.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upn_lookup: Option<Lookup>,
    /// Person of the tenant or guest.
    pub role: MemberRole,
}

/// See [`UserEvent::ProfileUnavailable`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProfileUnavailable {
    /// The HTTP status, where there was an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The connector's code or a short reason.
    pub code: String,
    /// When it is asked again; absent when it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<DateTime<Utc>>,
}

/// Which of a person's addresses Chronus knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchedBy {
    /// The mail address.
    Email,
    /// The user principal name.
    Upn,
}

/// See [`UserEvent::MemberLinked`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MemberLinked {
    /// The organization.
    pub organization_id: OrganizationId,
    /// The person in Chronus, where Chronus gave an id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member_id: Option<MemberId>,
    /// By which address.
    pub matched_by: MatchedBy,
}

/// See [`UserEvent::MemberUnlinked`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MemberUnlinked {
    /// The organization.
    pub organization_id: OrganizationId,
}

/// See [`UserEvent::Connected`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Connected {}

/// See [`UserEvent::Disconnected`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Disconnected {}

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

/// See [`UserEvent::CommandReceived`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CommandReceived {
    /// What was asked for.
    pub command: Command,
}

/// See [`UserEvent::ActionIgnored`].
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

/// See [`UserEvent::NotificationQueued`].
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
}

impl SuppressedReason {
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
        }
    }
}

/// See [`UserEvent::NotificationSuppressed`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NotificationSuppressed {
    /// The card.
    pub notification_id: NotificationId,
    /// Why.
    pub reason: SuppressedReason,
}

/// See [`UserEvent::NotificationWithdrawn`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NotificationWithdrawn {
    /// The card.
    pub notification_id: NotificationId,
    /// The state that its subject entered.
    pub state: SubjectState,
}

/// See [`UserEvent::NotificationExpired`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NotificationExpired {
    /// The card.
    pub notification_id: NotificationId,
}

/// See [`UserEvent::DeliveryAttempted`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeliveryAttempted {
    /// The card.
    pub notification_id: NotificationId,
    /// Which try it is, from 1.
    pub attempt: u32,
}

/// See [`UserEvent::DeliveryRetryScheduled`].
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
}

/// See [`UserEvent::NotificationDelivered`].
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

/// See [`UserEvent::NotificationRefused`].
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
}

/// See [`UserEvent::DeliveryOutcomeUnknown`].
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

/// See [`UserEvent::NotificationSeen`].
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

/// See [`UserEvent::SubjectChanged`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubjectChanged {
    /// The Chronus thing.
    pub subject: SubjectRef,
    /// The state it entered.
    pub state: SubjectState,
    /// The domain event that told it.
    pub domain_event: EventId,
}

/// See [`UserEvent::CardUpdateQueued`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CardUpdateQueued {
    /// The card.
    pub notification_id: NotificationId,
    /// The revision that it is to show, from 2.
    pub revision: u32,
}

/// See [`UserEvent::CardUpdated`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CardUpdated {
    /// The card.
    pub notification_id: NotificationId,
    /// The revision that it now shows.
    pub revision: u32,
}

/// See [`UserEvent::CardUpdateAbandoned`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CardUpdateAbandoned {
    /// The card.
    pub notification_id: NotificationId,
    /// The revision that it will not show.
    pub revision: u32,
    /// The connector's code, or ours.
    pub code: String,
}

/// See [`UserEvent::RequestAccepted`].
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

/// See [`UserEvent::RequestDeclined`].
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

/// What is known about whether a person can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reachability {
    /// The app is installed and nothing speaks against it.
    Reachable,
    /// The app is not installed.
    Uninstalled,
    /// The person blocked the bot.
    Blocked,
    /// The tenant's administrator disabled the app.
    DisabledByAdmin,
}

impl Reachability {
    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reachable => "reachable",
            Self::Uninstalled => "uninstalled",
            Self::Blocked => "blocked",
            Self::DisabledByAdmin => "disabled_by_admin",
        }
    }
}

/// See [`UserEvent::ReachabilityChanged`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReachabilityChanged {
    /// The new state.
    pub state: Reachability,
    /// What showed it: `installation_update`, `activity`, or the connector's code.
    pub evidence: String,
}

/// See [`UserEvent::UserErased`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UserErased {
    /// Who asked for it: `cli`, `api`.
    pub by: String,
}
