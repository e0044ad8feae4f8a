//! What a tenant's stream holds: which organization it belongs to and whether the integration is on.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::codec::stored_events;
use crate::ids::{AadObjectId, MemberId, OrganizationId};
use crate::organization::Part;
use crate::sealing::Sealed;

stored_events! {
    /// A fact in a tenant's stream.
    pub enum TenantEvent ("tenant") {
        /// The tenant belongs to an organization.
        OrganizationLinked = 1,
        /// Cards may be sent to the tenant's people.
        IntegrationEnabled = 1,
        /// Nothing more is sent to the tenant's people.
        IntegrationDisabled = 1,
        /// An administrator said who a member is in the tenant.
        MemberLinkDecided = 1,
        /// What was personal of a member is forgotten.
        MemberErased = 1,
        /// Which receipts the tenant's organization wants from now on.
        ReceiptsChosen = 1,
        /// The tenant belongs to no organization any more.
        OrganizationUnlinked = 1,
        /// Nothing more is sent of a part of the organization's work.
        PartSwitchedOff = 1,
        /// Cards about a part of the organization's work may be sent again.
        PartSwitchedOn = 1,
    }
}

/// What an organization may be told of every card, beside what it is told of those that are not delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Receipt {
    /// The card is in the person's chat.
    Delivered,
    /// The person certainly saw it.
    Seen,
}

/// See [`TenantEvent::ReceiptsChosen`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReceiptsChosen {
    /// Sorted, each once; empty for none.
    pub receipts: Vec<Receipt>,
}

/// See [`TenantEvent::OrganizationLinked`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrganizationLinked {
    /// The tenant's organization.
    pub organization_id: OrganizationId,
}

/// See [`TenantEvent::OrganizationUnlinked`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrganizationUnlinked {
    /// The organization that it belonged to.
    pub organization_id: OrganizationId,
}

/// See [`TenantEvent::PartSwitchedOff`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PartSwitchedOff {
    /// Whose part it is.
    pub organization_id: OrganizationId,
    /// Which.
    pub part: Part,
    /// What people call it, sealed for the organization.
    pub name: Sealed,
    /// Who switched it off.
    pub by: String,
    /// Why, in their words; nothing personal.
    pub reason: String,
}

/// See [`TenantEvent::PartSwitchedOn`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PartSwitchedOn {
    /// Whose part it is.
    pub organization_id: OrganizationId,
    /// Which.
    pub part: Part,
    /// Who switched it on.
    pub by: String,
    /// Why, in their words; nothing personal.
    pub reason: String,
}

/// See [`TenantEvent::IntegrationEnabled`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IntegrationEnabled {
    /// Who or what switched it on: `configuration`, `cli`.
    pub by: String,
}

/// See [`TenantEvent::IntegrationDisabled`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IntegrationDisabled {
    /// Who or what switched it off.
    pub by: String,
}

impl IntegrationDisabled {
    /// Who switched a tenant off that belongs to no organization yet: nothing is sent to its people before it is linked.
    pub const NOT_LINKED: &str = "not_linked";
}

/// What an administrator said of who a member is in the tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum LinkDecision {
    /// The member is this person, whatever addresses say.
    Linked {
        /// The person.
        aad_object_id: AadObjectId,
    },
    /// The member is nobody, whatever addresses say.
    Unlinked,
    /// The evidence decides again.
    Automatic,
}

/// See [`TenantEvent::MemberLinkDecided`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MemberLinkDecided {
    /// The member's organization.
    pub organization_id: OrganizationId,
    /// The member.
    pub member_id: MemberId,
    /// What was said.
    pub decision: LinkDecision,
    /// Who said it: `cli`, or the name of an API key.
    pub by: String,
    /// Why, in the administrator's words.
    pub reason: String,
}

/// See [`TenantEvent::MemberErased`]. Recorded after the keys of the member and of the person were destroyed, so that
/// whoever repeats an erasure that broke off finds what is left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MemberErased {
    /// The member's organization.
    pub organization_id: OrganizationId,
    /// The member.
    pub member_id: MemberId,
    /// Who asked for it: `cli`, or the name of an API key.
    pub by: String,
    /// Why, in the administrator's words; nothing personal.
    pub reason: String,
    /// The erasure; absent in logs of earlier releases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erasure_id: Option<Uuid>,
    /// When it was asked for: what Chronus told of the member later than that stays. Where absent, nothing told before this event does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_at: Option<DateTime<Utc>>,
}
