//! All tenants' things, and what is asked of them.

use std::collections::{HashMap, HashSet};
use std::sync::{PoisonError, RwLock};

use chrono::{DateTime, Utc};
use events::{Position, TenantId, UserKey};

use super::changes::{Change, What};
use super::tenant::Tenant;
use super::{DueWork, Group, HeldCard, TenantDue, TenantsDue};
use crate::database::{at_ms, sql_position};
use crate::listed::Listed;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    /// As of which place in the log.
    pub(super) position: Position,
    /// Which of the router's lists hold anything there.
    pub(crate) listed: Listed,
    pub(super) tenants: HashMap<TenantId, Tenant>,
}

/// `<tenant>/<person>` in its parts.
fn parts(user: &str) -> Option<(&str, &str)> {
    user.split_once('/')
}

impl Outbox {
    fn tenant(&mut self, tenant: &str) -> Option<&mut Tenant> {
        let id = TenantId::parse(tenant).ok()?;
        Some(self.tenants.entry(id).or_default())
    }

    /// Takes in what a batch changed, which reached to `to`.
    pub(crate) fn apply(&mut self, changes: Vec<Change>, listed: Listed, to: Position) {
        for change in changes {
            self.change(&change.what, change.position);
        }
        (self.position, self.listed) = (to, listed);
    }

    pub(super) fn change(&mut self, what: &What, position: i64) {
        let (tenant, changed) = match what {
            What::Switched { tenant, enabled } => {
                let Some(tenant) = self.tenant(tenant) else { return };
                tenant.enabled = *enabled;
                (tenant, true)
            }
            What::Put(place, due) => {
                let Some((tenant, person)) = parts(&place.user) else {
                    return;
                };
                let Some(tenant) = self.tenant(tenant) else { return };
                tenant.put(person, place, *due);
                (tenant, true)
            }
            What::Remove(place) => {
                let Some((tenant, person)) = parts(&place.user) else {
                    return;
                };
                let Some(tenant) = self.tenant(tenant) else { return };
                let removed = tenant.remove(person, place);
                (tenant, removed)
            }
        };
        if changed {
            tenant.changed = position;
        }
    }

    /// Tenants with things to do, and when the first of them is due: all, or those whose work changed after a position.
    pub(crate) fn tenants(&self, changed_after: Option<Position>) -> TenantsDue {
        let after = changed_after.map_or(-1, sql_position);
        let changed = self.tenants.iter().filter(|(_, tenant)| tenant.changed > after);
        let mut tenants: Vec<TenantDue> = changed
            .filter_map(|(id, tenant)| {
                let due_at = at_ms(tenant.first_due()?);
                Some(TenantDue {
                    tenant_id: id.clone(),
                    due_at,
                })
            })
            .collect();
        tenants.sort_by(|one, other| (one.due_at, &one.tenant_id).cmp(&(other.due_at, &other.tenant_id)));
        TenantsDue {
            tenants,
            position: self.position,
        }
    }

    /// The first thing of each person that is due by `now`, people in `busy` left out.
    pub(crate) fn due(
        &self,
        tenant: &TenantId,
        now: DateTime<Utc>,
        busy: &HashSet<UserKey>,
        limit: usize,
    ) -> Vec<DueWork> {
        let known = self.tenants.get(tenant);
        known.map_or_else(Vec::new, |known| {
            known.due(tenant, now.timestamp_millis(), busy, limit)
        })
    }

    /// Cards of Chronus' that wait in tenants that are off, some tenants left out. Each is not sent and leaves by that, so
    /// they are few but for the moment of switching off.
    pub(crate) fn held(&self, but: &[TenantId], limit: usize) -> Vec<HeldCard> {
        let off = self.tenants.iter().filter(|(_, tenant)| !tenant.enabled);
        let mut off: Vec<_> = off.filter(|(id, _)| !but.contains(id)).collect();
        off.sort_by_key(|(id, _)| *id);
        let held = off.into_iter().flat_map(|(id, tenant)| tenant.held(id, limit));
        held.take(limit).collect()
    }

    /// How much waits, by tenant and rank.
    pub(crate) fn groups(&self) -> Vec<(TenantId, Group)> {
        let mut groups: Vec<(TenantId, Group)> = self
            .tenants
            .iter()
            .flat_map(|(id, tenant)| tenant.groups().into_iter().map(|group| (id.clone(), group)))
            .collect();
        groups.sort_by(|one, other| (&one.0, one.1.rank).cmp(&(&other.0, other.1.rank)));
        groups
    }
}

/// The outbox between the one who folds and those who ask.
#[derive(Debug, Default)]
pub(crate) struct Shared(RwLock<Outbox>);

impl Shared {
    pub(crate) fn read<T>(&self, question: impl FnOnce(&Outbox) -> T) -> T {
        question(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// A batch was folded.
    pub(crate) fn apply(&self, changes: Vec<Change>, listed: Listed, to: Position) {
        let mut outbox = self.0.write().unwrap_or_else(PoisonError::into_inner);
        outbox.apply(changes, listed, to);
    }

    /// The rows are others.
    pub(crate) fn replace(&self, outbox: Outbox) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = outbox;
    }
}
