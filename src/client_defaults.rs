//! Language and zone of the people of whom nothing better is known, by organization: what was set at run time, and for the rest what
//! the configuration says.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use events::user::ClientDefaultsChanged;
use events::{OrganizationId, TenantId};

/// See the module. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct ClientDefaults(Arc<RwLock<Known>>);

/// By organization, and whose each tenant is.
#[derive(Debug, Default)]
pub struct Known {
    /// Of each organization.
    pub organizations: HashMap<OrganizationId, ClientDefaultsChanged>,
    /// The organization of each tenant.
    pub tenants: HashMap<TenantId, OrganizationId>,
    /// How many cards that can wait each organization wants a person to get within a day.
    pub most_a_day: HashMap<OrganizationId, u32>,
}

impl ClientDefaults {
    /// Takes these and no others.
    pub fn take(&self, known: Known) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = known;
    }

    /// Of an organization's people.
    pub fn of(&self, organization: &OrganizationId) -> Option<ClientDefaultsChanged> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.organizations.get(organization).cloned()
    }

    /// How many cards that can wait an organization wants a person to get within a day; any number where it says none.
    pub fn most_a_day(&self, organization: &OrganizationId) -> Option<u32> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.most_a_day.get(organization).copied()
    }

    /// Of a tenant's people.
    pub fn of_tenant(&self, tenant: &TenantId) -> Option<ClientDefaultsChanged> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let organization = known.tenants.get(tenant)?;
        known.organizations.get(organization).cloned()
    }
}
