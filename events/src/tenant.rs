//! What a tenant's stream holds: which organization it belongs to and whether the integration is on.

use serde::{Deserialize, Serialize};

use crate::codec::stored_events;
use crate::ids::OrganizationId;

stored_events! {
    /// A fact in a tenant's stream.
    pub enum TenantEvent ("tenant") {
        /// The tenant belongs to an organization.
        OrganizationLinked = 1,
        /// Cards may be sent to the tenant's people.
        IntegrationEnabled = 1,
        /// Nothing more is sent to the tenant's people.
        IntegrationDisabled = 1,
    }
}

/// See [`TenantEvent::OrganizationLinked`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrganizationLinked {
    /// The tenant's organization.
    pub organization_id: OrganizationId,
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
