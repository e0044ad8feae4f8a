//! What the delivery lanes have to do.

use std::collections::HashSet;
use std::fmt::Debug;

use chrono::{DateTime, Utc};
pub use events::work::{DueWork, TenantDue, TenantsDue, Work};
use events::{Position, TenantId, UserKey};
use futures_util::future::BoxFuture;

use super::PortError;

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

/// Whether tenants are switched off, as of the log's last fold. Asked before everything that would leave, so it is
/// answered from memory.
pub trait TenantSwitches: Debug + Send + Sync + 'static {
    /// Whether nothing may be sent to the tenant's people.
    fn is_off(&self, tenant: &TenantId) -> bool;
}

/// No tenant is ever off: for lanes that run without such a switch.
#[derive(Debug, Clone, Copy, Default)]
pub struct AlwaysOn;

impl TenantSwitches for AlwaysOn {
    fn is_off(&self, _: &TenantId) -> bool {
        false
    }
}
