//! The tenants whose activities are taken: those of the configuration, and those that were linked while the service runs.

use std::collections::HashSet;
use std::sync::{Arc, PoisonError, RwLock};

use events::TenantId;

/// See the module. Clones share the set.
#[derive(Debug, Clone, Default)]
pub struct ServedTenants(Arc<RwLock<HashSet<TenantId>>>);

impl ServedTenants {
    /// Whether its activities are taken.
    pub fn contains(&self, tenant: &TenantId) -> bool {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(tenant)
    }

    /// Takes these and no others.
    pub fn take(&self, tenants: HashSet<TenantId>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = tenants;
    }
}

impl FromIterator<TenantId> for ServedTenants {
    fn from_iter<I: IntoIterator<Item = TenantId>>(tenants: I) -> Self {
        Self(Arc::new(RwLock::new(tenants.into_iter().collect())))
    }
}
