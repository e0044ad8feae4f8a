//! What onboards a customer while the service runs: organizations that are registered, codes by which a tenant proves that it
//! wants to be linked, and links that were made and ended. Of a code the log holds a keyed hash alone.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::ids::{OrganizationId, TenantId};

/// See [`OutboundEvent::OrganizationRegistered`](crate::OutboundEvent::OrganizationRegistered).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationRegistered {
    /// Its id.
    pub organization_id: OrganizationId,
    /// What people read; the id where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Who registered it.
    pub by: String,
}

/// See [`OutboundEvent::LinkCodeMade`](crate::OutboundEvent::LinkCodeMade).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkCodeMade {
    /// The code.
    pub code_id: Uuid,
    /// Whose tenant is to be linked by it. It takes the place of an earlier one of the same organization.
    pub organization_id: OrganizationId,
    /// The first letters, by which it is found. They are no secret.
    pub selector: String,
    /// The keyed hash of all of it, in hexadecimal.
    pub proof: String,
    /// Until when it holds.
    pub expires_at: DateTime<Utc>,
    /// Who asked for it.
    pub by: String,
}

/// See [`OutboundEvent::LinkCodeTried`](crate::OutboundEvent::LinkCodeTried).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkCodeTried {
    /// The code whose first letters were typed, with a wrong rest.
    pub code_id: Uuid,
    /// In which tenant.
    pub tenant_id: TenantId,
    /// The activity that brought it: the same again is the same try.
    pub try_id: Uuid,
}

/// See [`OutboundEvent::TenantLinked`](crate::OutboundEvent::TenantLinked).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantLinked {
    /// The organization.
    pub organization_id: OrganizationId,
    /// Its tenant from now on.
    pub tenant_id: TenantId,
    /// The code that was typed there; absent where an operator said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_id: Option<Uuid>,
    /// Who: `teams:` and the object id of whoever typed the code, or `cli`.
    pub by: String,
}

/// See [`OutboundEvent::TenantUnlinked`](crate::OutboundEvent::TenantUnlinked).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantUnlinked {
    /// The organization.
    pub organization_id: OrganizationId,
    /// Its tenant until now.
    pub tenant_id: TenantId,
    /// Who said so.
    pub by: String,
    /// Why, in their words.
    pub reason: String,
}

/// See [`OutboundEvent::OrganizationSettingsChanged`](crate::OutboundEvent::OrganizationSettingsChanged).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationSettingsChanged {
    /// Whose they are.
    pub organization_id: OrganizationId,
    /// The domains that its members' addresses may have, exact or `*.` and a domain; any where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_domains: Option<Vec<String>>,
    /// The zone of its people of whom nothing better is known; the configuration's where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// The language tag of the same; the configuration's where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// How many cards that can wait a person gets within a day; any number where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most_a_day: Option<u32>,
    /// Who said so.
    pub by: String,
}
