//! What the service did for an organization outside any user's stream: routing that ended without a Teams user,
//! answers handed to Chronus, and whether an organization's webhook is used at all.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use crate::api_key::{ApiKeyMade, ApiKeyRevoked, ApiKeyUsed};
use crate::audit::Link;
pub use crate::audit::{ActRecorded, CallersRefused, ErasureCertified, ErasureOrdered, PersonalValuesOpened};
use crate::codec::stored_events;
use crate::envelope::Position;
use crate::ids::{EventId, NotificationId};
pub use crate::onboarding::{
    LinkCodeMade, LinkCodeTried, OrganizationRegistered, OrganizationSettingsChanged, TenantLinked,
    TenantUnlinked,
};
use crate::organization::PartKind;
pub use crate::request::{KeptAnswer, RequestAnswered, RequestBegun};

stored_events! {
    /// A fact in an outbound stream.
    pub enum OutboundEvent ("outbound") {
        /// A recipient was never found in Teams before the notification's time ran out.
        NotificationUnroutable = 1,
        /// A recipient cannot be reached as things stand; perhaps later.
        RecipientUnreached = 1,
        /// An operator wants a card sent after all that nobody was found for.
        RecipientReopened = 1,
        /// Chronus took an answer.
        ResponseDelivered = 1,
        /// Chronus did not take an answer this time.
        ResponseFailed = 1,
        /// An answer is to be handed over again, by an operator's word.
        ResponseRequeued = 1,
        /// Nothing more is posted to an organization's webhook until it is switched on again.
        WebhookDisabled = 1,
        /// Answers are posted to the organization's webhook again.
        WebhookEnabled = 1,
        /// Somebody of the organization's or of support looked at personal values.
        PersonalValuesOpened = 1,
        /// Somebody does something that is answered for.
        ActRecorded = 1,
        /// Callers were refused: their key is not known, or may not do what they asked for.
        CallersRefused = 1,
        /// A member, or a person, is to be forgotten: by an administrator's word, or once more after a restore.
        ErasureOrdered = 1,
        /// What was personal of a member, or of a person, is forgotten.
        ErasureCertified = 1,
        /// A key of the API was made.
        ApiKeyMade = 1,
        /// A key of the API is not taken any more, from then on.
        ApiKeyRevoked = 1,
        /// A key of the API was used.
        ApiKeyUsed = 1,
        /// A change that was asked for with an idempotency key is being made.
        RequestBegun = 1,
        /// It was answered, or let go of.
        RequestAnswered = 1,
        /// An organization was registered while the service runs.
        OrganizationRegistered = 1,
        /// A code was made by which a tenant is linked to an organization.
        LinkCodeMade = 1,
        /// Somebody typed a code that is not right.
        LinkCodeTried = 1,
        /// A tenant was linked to an organization while the service runs.
        TenantLinked = 1,
        /// Such a link was ended.
        TenantUnlinked = 1,
        /// What holds for all people of an organization was set while the service runs.
        OrganizationSettingsChanged = 1,
    }
}

impl OutboundEvent {
    /// What it says of the event before it in its audit stream.
    pub fn chain(&self) -> Option<&Link> {
        match self {
            Self::PersonalValuesOpened(event) => event.chain.as_ref(),
            Self::ActRecorded(event) => event.chain.as_ref(),
            Self::CallersRefused(event) => event.chain.as_ref(),
            Self::ErasureOrdered(event) => event.chain.as_ref(),
            Self::ErasureCertified(event) => event.chain.as_ref(),
            Self::NotificationUnroutable(_)
            | Self::RecipientUnreached(_)
            | Self::RecipientReopened(_)
            | Self::ResponseDelivered(_)
            | Self::ResponseFailed(_)
            | Self::ResponseRequeued(_)
            | Self::WebhookDisabled(_)
            | Self::WebhookEnabled(_)
            | Self::ApiKeyMade(_)
            | Self::ApiKeyRevoked(_)
            | Self::ApiKeyUsed(_)
            | Self::RequestBegun(_)
            | Self::RequestAnswered(_)
            | Self::OrganizationRegistered(_)
            | Self::LinkCodeMade(_)
            | Self::LinkCodeTried(_)
            | Self::TenantLinked(_)
            | Self::TenantUnlinked(_)
            | Self::OrganizationSettingsChanged(_) => None,
        }
    }

    /// The same with what stands before it; events that are in no audit stream stay as they are.
    #[must_use]
    pub fn after(mut self, link: Option<Link>) -> Self {
        match &mut self {
            Self::PersonalValuesOpened(event) => event.chain = link,
            Self::ActRecorded(event) => event.chain = link,
            Self::CallersRefused(event) => event.chain = link,
            Self::ErasureOrdered(event) => event.chain = link,
            Self::ErasureCertified(event) => event.chain = link,
            Self::NotificationUnroutable(_)
            | Self::RecipientUnreached(_)
            | Self::RecipientReopened(_)
            | Self::ResponseDelivered(_)
            | Self::ResponseFailed(_)
            | Self::ResponseRequeued(_)
            | Self::WebhookDisabled(_)
            | Self::WebhookEnabled(_)
            | Self::ApiKeyMade(_)
            | Self::ApiKeyRevoked(_)
            | Self::ApiKeyUsed(_)
            | Self::RequestBegun(_)
            | Self::RequestAnswered(_)
            | Self::OrganizationRegistered(_)
            | Self::LinkCodeMade(_)
            | Self::LinkCodeTried(_)
            | Self::TenantLinked(_)
            | Self::TenantUnlinked(_)
            | Self::OrganizationSettingsChanged(_) => {}
        }
        self
    }
}

/// See [`OutboundEvent::NotificationUnroutable`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NotificationUnroutable {
    /// The card that was never queued.
    pub notification_id: NotificationId,
    /// The domain event behind it.
    pub domain_event: EventId,
    /// Why nobody was found.
    pub reason: UnroutableReason,
}

/// Why a recipient could not be resolved to a Teams user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnroutableReason {
    /// No Teams user of the organization's tenant has the address.
    NoMapping,
    /// The evidence about whose address it is disagrees: two Teams users or two members have it, or it came to
    /// somebody else than the member was linked to.
    Conflict,
    /// The address belongs to a guest of the tenant.
    Guest,
    /// The member has no address: Chronus gave a member id that it never introduced.
    UnknownMember,
    /// No tenant is linked to the organization.
    NoTenant,
    /// The directory is asked whether the address is still the person's who had it.
    Checking,
    /// Chronus removed the member.
    MemberRemoved,
    /// An administrator said that the member is nobody in the tenant.
    Unlinked,
    /// The person who seems to be meant removed the app, so the directory tells nothing of them.
    AppMissing,
    /// The integration is switched off for the organization's tenant, so nobody is looked up.
    TenantOff,
    /// The organization switched Teams off for the programme.
    ProgrammeOff,
    /// The organization switched Teams off for the ERG.
    ErgOff,
}

impl UnroutableReason {
    /// Why nobody gets a card of a part that is switched off.
    pub fn of_part(kind: PartKind) -> Self {
        match kind {
            PartKind::Programme => Self::ProgrammeOff,
            PartKind::Erg => Self::ErgOff,
        }
    }

    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoMapping => "no_mapping",
            Self::Conflict => "conflict",
            Self::Guest => "guest",
            Self::UnknownMember => "unknown_member",
            Self::NoTenant => "no_tenant",
            Self::Checking => "checking",
            Self::MemberRemoved => "member_removed",
            Self::Unlinked => "unlinked",
            Self::AppMissing => "app_missing",
            Self::TenantOff => "tenant_off",
            Self::ProgrammeOff => "programme_off",
            Self::ErgOff => "erg_off",
        }
    }
}

/// See [`OutboundEvent::RecipientUnreached`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecipientUnreached {
    /// The card that is not queued yet.
    pub notification_id: NotificationId,
    /// The domain event behind it.
    pub domain_event: EventId,
    /// Why nobody was found so far.
    pub reason: UnroutableReason,
    /// Until when the card is still sent should somebody be found.
    pub until: DateTime<Utc>,
}

/// See [`OutboundEvent::RecipientReopened`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecipientReopened {
    /// The card that was never queued.
    pub notification_id: NotificationId,
    /// The domain event behind it.
    pub domain_event: EventId,
    /// The replay, by the operator's choice: the same one reopens a card once.
    pub replay_id: Uuid,
    /// Until when the card is sent should somebody be found.
    pub until: DateTime<Utc>,
    /// Who asked for it.
    pub by: String,
}

/// See [`OutboundEvent::ResponseDelivered`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResponseDelivered {
    /// Where the answer stands in the global log.
    pub response: Position,
    /// Which try it was, from 1.
    pub attempt: u32,
    /// The HTTP status that Chronus gave.
    pub status: u16,
}

/// See [`OutboundEvent::ResponseFailed`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResponseFailed {
    /// Where the answer stands in the global log.
    pub response: Position,
    /// Which try it was, from 1.
    pub attempt: u32,
    /// The HTTP status, where there was an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// What went wrong, without personal content.
    pub reason: String,
    /// When it is tried again; absent after the last try. The pull feed keeps the answer in any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<DateTime<Utc>>,
    /// Until when the receiver asked to be left alone, with this answer and every other (`Retry-After`, bounded).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rests_until: Option<DateTime<Utc>>,
}

impl ResponseFailed {
    /// The reason where the organization has no webhook and reads its answers from the feed.
    pub const NO_WEBHOOK: &str = "no_webhook";
    /// The reason where the answer could not be read on our side: nothing was posted.
    pub const NOT_READABLE: &str = "not_readable";
    /// The reason where the webhook was switched off for so long that the answer was given up without a further try.
    pub const WEBHOOK_OFF: &str = "webhook_off";

    /// Whether the receiver had a hand in it: it was asked, and did not take the answer.
    pub fn is_receivers(&self) -> bool {
        ![Self::NO_WEBHOOK, Self::NOT_READABLE, Self::WEBHOOK_OFF].contains(&self.reason.as_str())
    }
}

/// See [`OutboundEvent::ResponseRequeued`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResponseRequeued {
    /// Where the answer stands in the global log.
    pub response: Position,
    /// The replay that asked for it; the same one again has no second effect.
    pub replay_id: Uuid,
    /// Who asked: `cli`, or `api:` and the name of an API key.
    pub by: String,
}

/// Why a webhook was switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookOffReason {
    /// The receiver answered 410: it is gone for good.
    Gone,
    /// It took nothing for longer than is waited.
    Failing,
    /// An administrator said so.
    Administrator,
}

impl WebhookOffReason {
    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Failing => "failing",
            Self::Administrator => "administrator",
        }
    }
}

/// See [`OutboundEvent::WebhookDisabled`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WebhookDisabled {
    /// Why.
    pub reason: WebhookOffReason,
    /// Who or what: `service`, `cli`, or `api:` and the name of an API key.
    pub by: String,
    /// Since when the receiver has taken nothing; absent where it did not fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<DateTime<Utc>>,
}

/// See [`OutboundEvent::WebhookEnabled`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WebhookEnabled {
    /// Who or what switched it on.
    pub by: String,
}
