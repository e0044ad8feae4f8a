//! What this crate needs from outside, as small traits. The binary supplies them.

use std::collections::HashSet;
use std::fmt::Debug;
use std::time::Duration;

use chrono::{DateTime, Utc};
use events::organization::{CardKind, Class, SubjectFacts, SubjectState};
use events::outbound::UnroutableReason;
use events::user::{ConversationRef, MatchedBy, MemberRole, Recovery, Source};
use events::{
    ActivityId, ConversationId, EventId, MemberId, NotificationId, OrganizationId, Position, SubjectRef,
    TenantId, UserKey,
};
use futures_util::future::BoxFuture;
use tokio::sync::watch;
use uuid::Uuid;

use crate::card::CardSpec;

/// A port failed for a reason outside the rules: a file, a network, a database. Try again later.
#[derive(Debug, thiserror::Error)]
#[error("{action} failed")]
pub struct PortError {
    /// What was attempted.
    pub action: &'static str,
    /// Why.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

// ---------------------------------------------------------------- Bot Connector

/// A message as the Bot Connector takes it: the JSON of an activity.
#[derive(Debug, Clone, PartialEq)]
pub struct Message(pub serde_json::Value);

/// What became of a POST or PUT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendResult {
    /// Taken. The connector may answer without an id.
    Accepted {
        /// The message in the chat.
        activity_id: Option<ActivityId>,
    },
    /// Answered with an error status.
    Rejected(Rejection),
    /// Certainly nothing was sent: no connection, no token, refused host.
    NotSent {
        /// A short reason without personal content.
        reason: String,
        /// Whether an operator must act before it can succeed (refused host, refused credentials).
        configuration: bool,
    },
    /// The request left, and no usable answer came: timeout, reset.
    NoAnswer {
        /// A short reason: `timeout`, `reset`.
        reason: String,
    },
}

impl SendResult {
    /// The reason of [`Self::NotSent`] when the chat's service URL may not be called.
    pub const URL_REFUSED: &str = "service_url_refused";
    /// What the reason of [`Self::NotSent`] begins with when Microsoft's login gave no token.
    pub const NO_TOKEN: &str = "no_token";
    /// The reason of [`Self::NotSent`] when the work became another node's.
    pub const NOT_THE_OWNER: &str = "not_the_owner";
    /// The reason of [`Self::NotSent`] when the card could not be drawn.
    pub const NOT_DRAWN: &str = "not_drawn";
}

/// What became of asking for the chat with a person anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpenResult {
    /// The chat, new or not: the same person always gives the same chat.
    Opened {
        /// The chat.
        conversation_id: ConversationId,
        /// The service URL to use for it from now on.
        service_url: String,
    },
    /// Answered with an error status.
    Rejected(Rejection),
    /// No usable answer. Asking shows nothing to the person, so it counts as not asked.
    Failed {
        /// A short reason.
        reason: String,
        /// Whether an operator must act before it can succeed.
        configuration: bool,
    },
}

/// An error answer of the Bot Connector, its three body shapes already read (teams-protocol, section 3.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// HTTP status.
    pub status: u16,
    /// The code or sub-code, `None` where the body had none.
    pub code: Option<String>,
    /// `Retry-After`, where given.
    pub retry_after: Option<Duration>,
}

/// A person as the Bot Connector describes a chat's member.
#[derive(Clone, PartialEq, Eq)]
pub struct MemberProfile {
    /// Display name.
    pub name: Option<String>,
    /// Mail address.
    pub email: Option<String>,
    /// User principal name.
    pub upn: Option<String>,
    /// Person of the tenant or guest.
    pub role: MemberRole,
}

impl Debug for MemberProfile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemberProfile")
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

/// What became of asking who a chat's member is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProfileResult {
    /// Told.
    Found(MemberProfile),
    /// Answered with an error status.
    Rejected(Rejection),
    /// No usable answer.
    Failed {
        /// A short reason.
        reason: String,
    },
}

/// The Bot Connector.
pub trait Connector: Debug + Send + Sync + 'static {
    /// Posts a message into a personal chat. Not idempotent: Teams knows no idempotency key.
    fn send<'a>(
        &'a self,
        user: &'a UserKey,
        to: &'a ConversationRef,
        message: &'a Message,
    ) -> BoxFuture<'a, SendResult>;

    /// Replaces a message that stands in a personal chat. Safe to repeat.
    fn update<'a>(
        &'a self,
        user: &'a UserKey,
        to: &'a ConversationRef,
        activity_id: &'a ActivityId,
        message: &'a Message,
    ) -> BoxFuture<'a, SendResult>;

    /// Asks for the personal chat with a person whose chat `last` is not found any more. Safe to repeat.
    fn open_chat<'a>(
        &'a self,
        user: &'a UserKey,
        last: &'a ConversationRef,
        by: Recovery,
    ) -> BoxFuture<'a, OpenResult>;

    /// Asks who the person in a personal chat is.
    fn profile<'a>(&'a self, user: &'a UserKey, of: &'a ConversationRef) -> BoxFuture<'a, ProfileResult>;
}

// ---------------------------------------------------------------- cards

/// Why a card could not be drawn.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The content was sealed for a person who was erased.
    #[error("the card's content belonged to a person who was erased")]
    ContentErased,
    /// The content could not be read now.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Draws cards.
pub trait CardRenderer: Debug + Send + Sync + 'static {
    /// The activity to post or put for `card`.
    fn render<'a>(&'a self, card: &'a CardSpec) -> BoxFuture<'a, Result<Message, RenderError>>;
}

// ---------------------------------------------------------------- read models that drive work

/// How far the read models have folded the log. Work that was done at a later position may still be listed as due.
pub trait Progress: Debug + Send + Sync + 'static {
    /// The position folded so far, kept current.
    fn folded(&self) -> watch::Receiver<Position>;
}

/// A recipient resolved to a Teams user, not queued yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    /// The card to queue.
    pub notification_id: NotificationId,
    /// The person found.
    pub user: UserKey,
    /// The domain event.
    pub source: Source,
    /// The thread that the domain event started.
    pub correlation_id: Uuid,
    /// Which card.
    pub card: CardKind,
    /// The Chronus thing.
    pub subject: Option<SubjectRef>,
    /// Which cards overtake which.
    pub class: Class,
    /// The domain event's type, by which policies are chosen.
    pub event_type: String,
    /// The state that the domain event tells of the subject.
    pub state: Option<SubjectState>,
    /// What rules go by of the domain event's content.
    pub facts: Option<SubjectFacts>,
    /// Asked for by Chronus; the default time-to-live applies where absent.
    pub expires_at: Option<DateTime<Utc>>,
    /// When Chronus handed the domain event over.
    pub accepted_at: DateTime<Utc>,
    /// How the person was matched, so that the link can be recorded.
    pub link: Option<RouteLink>,
}

/// How a recipient was matched to a Teams user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteLink {
    /// The organization.
    pub organization_id: OrganizationId,
    /// The person in Chronus, where Chronus gave an id.
    pub member_id: Option<MemberId>,
    /// By which address.
    pub matched_by: MatchedBy,
}

/// A subject that entered a state, for one person who holds a card about it.
#[derive(Debug, Clone, PartialEq)]
pub struct SubjectRoute {
    /// The person.
    pub user: UserKey,
    /// The Chronus thing.
    pub subject: SubjectRef,
    /// The state it entered.
    pub state: SubjectState,
    /// The card that somebody gets by this domain event who holds none.
    pub card: Option<CardKind>,
    /// The domain event that told it.
    pub domain_event: EventId,
    /// Where the domain event stands, as a card's source; `None` where the read models do not know.
    pub source: Option<Source>,
    /// What rules go by of the domain event's content.
    pub facts: Option<SubjectFacts>,
    /// Whether the domain event is for this person: it lists them, or lists nobody. Their card changes in any case;
    /// a reminder wakes only those whom it is for.
    pub addressed: bool,
    /// When Chronus handed the domain event over.
    pub accepted_at: DateTime<Utc>,
    /// Asked for by Chronus; the default time-to-live applies where absent.
    pub expires_at: Option<DateTime<Utc>>,
    /// The thread that the domain event started.
    pub correlation_id: Uuid,
}

/// Something a person wrote that could not be handed to Chronus in the end, and they were not told yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostMessage {
    /// The person.
    pub user: UserKey,
    /// The `reply_id` or `message_id`.
    pub reply_id: Uuid,
    /// The thread of the answer.
    pub correlation_id: Uuid,
}

/// A recipient whose notification ran out before anybody was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Unroutable {
    /// The organization.
    pub organization_id: OrganizationId,
    /// The card that was never queued.
    pub notification_id: NotificationId,
    /// The domain event.
    pub domain_event: EventId,
    /// The thread that the domain event started.
    pub correlation_id: Uuid,
    /// Why nobody was found.
    pub reason: UnroutableReason,
}

/// What the router has to do, as of the log. Everything listed stays listed until its event is folded.
pub trait Routing: Debug + Send + Sync + 'static {
    /// Recipients resolved and not queued, oldest first.
    fn resolved(&self, limit: usize) -> BoxFuture<'_, Result<Vec<Route>, PortError>>;
    /// Subjects that changed and whose card holders were not told, oldest first.
    fn subject_changes(&self, limit: usize) -> BoxFuture<'_, Result<Vec<SubjectRoute>, PortError>>;
    /// What people wrote and Chronus never took, whose writers were not told, oldest first.
    fn lost_messages(&self, limit: usize) -> BoxFuture<'_, Result<Vec<LostMessage>, PortError>>;
    /// Recipients never found, whose notification ran out by `now`.
    fn unroutable(
        &self,
        now: DateTime<Utc>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Unroutable>, PortError>>;
}

/// One thing for a delivery lane to do.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Work {
    /// Post this notification's card.
    Send(NotificationId),
    /// Put the newest revision of this notification's card.
    Update(NotificationId),
    /// Ask who the person is.
    Profile,
}

/// Work that is due.
#[derive(Debug, Clone, PartialEq)]
pub struct DueWork {
    /// For whom.
    pub user: UserKey,
    /// What.
    pub work: Work,
    /// Where the event that made it due stands.
    pub position: Position,
    /// An attempt began and no outcome is known.
    pub attempted: bool,
}

/// A tenant with unsettled work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantDue {
    /// The tenant.
    pub tenant_id: TenantId,
    /// When the first of its work is due.
    pub due_at: DateTime<Utc>,
}

/// Tenants with unsettled work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantsDue {
    /// Those asked for.
    pub tenants: Vec<TenantDue>,
    /// The position as of which they are told.
    pub position: Position,
}

/// What the delivery lanes have to do, as of the log.
pub trait Outbox: Debug + Send + Sync + 'static {
    /// Tenants with unsettled work, and when the first of it is due: all of them, or those whose work changed after
    /// a position. The first costs a look at every tenant, the second only at those.
    fn tenants(&self, changed_after: Option<Position>) -> BoxFuture<'_, Result<TenantsDue, PortError>>;

    /// Work of a tenant that is due by `now`: the first item of each person, people in `busy` left out, in the
    /// order in which it is to be done: by class, and within a class what expires first.
    fn due(
        &self,
        tenant: TenantId,
        now: DateTime<Utc>,
        busy: HashSet<UserKey>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<DueWork>, PortError>>;
}

// ---------------------------------------------------------------- answers to Chronus

/// An answer that Chronus has not taken yet.
#[derive(Debug, Clone, PartialEq)]
pub struct PendingResponse {
    /// Where the answer stands in the log.
    pub position: Position,
    /// The organization to tell.
    pub organization_id: OrganizationId,
    /// Tries made so far.
    pub attempts: u32,
    /// When the next try is due.
    pub due_at: DateTime<Utc>,
}

/// Answers not taken yet, as of the log.
pub trait PendingResponses: Debug + Send + Sync + 'static {
    /// Answers due by `now`, oldest first.
    fn due(&self, now: DateTime<Utc>, limit: usize)
    -> BoxFuture<'_, Result<Vec<PendingResponse>, PortError>>;
    /// When the next answer is due, if any waits.
    fn next_due(&self) -> BoxFuture<'_, Result<Option<DateTime<Utc>>, PortError>>;
}

/// What became of handing an answer to Chronus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookResult {
    /// Taken, with this HTTP status.
    Taken(u16),
    /// Not taken.
    NotTaken {
        /// HTTP status, where there was an answer.
        status: Option<u16>,
        /// A short reason.
        reason: String,
        /// `Retry-After`, where given.
        retry_after: Option<Duration>,
    },
    /// The organization has no webhook: it reads the pull feed.
    NoWebhook,
}

/// Hands answers to Chronus.
pub trait ChronusWebhook: Debug + Send + Sync + 'static {
    /// Posts the answer that stands at `position`.
    fn deliver(
        &self,
        organization: OrganizationId,
        position: Position,
    ) -> BoxFuture<'_, Result<WebhookResult, PortError>>;
}
