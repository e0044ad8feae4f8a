//! All tenants' things, and what is asked of them.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use events::{Position, TenantId, UserKey};

use super::changes::{At, Change, Part, What};
use super::tenant::Tenant;
use super::{DueWork, Group, HeldCard, TenantDue, TenantsDue};
use crate::database::{at_ms, sql_position};

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    /// As of which place in the log.
    pub(super) position: Position,
    pub(super) tenants: HashMap<TenantId, Tenant>,
    /// While the things in it are read from rows of an earlier place: what was changed since. `None` once all are there.
    pub(super) loading: Option<HashSet<At>>,
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
    pub(crate) fn apply(&mut self, changes: Vec<Change>, to: Position) {
        for change in changes {
            self.change(&change.what, change.position);
        }
        self.position = to;
    }

    /// Adds things as rows of an earlier place tell them; what was changed since is known better.
    pub(crate) fn add(&mut self, part: Part) {
        for (place, due) in part.things {
            let known = self.loading.as_ref().filter(|changed| !changed.is_empty());
            if known.is_some_and(|changed| changed.contains(&place.at())) {
                continue;
            }
            if let Some((tenant, person)) = parts(&place.user)
                && let Some(tenant) = self.tenant(tenant)
            {
                tenant.put(person, &place, due);
            }
        }
    }

    /// Whether things in it are still being read.
    pub(crate) fn is_loading(&self) -> bool {
        self.loading.is_some()
    }

    /// All that the rows told is in: from now on it is given out, as if it had come with the newest event.
    pub(crate) fn loaded(&mut self) {
        self.loading = None;
        let position = sql_position(self.position);
        for tenant in self.tenants.values_mut() {
            tenant.changed = position;
        }
    }

    pub(super) fn change(&mut self, what: &What, position: i64) {
        if let (Some(changed), What::Put(place, _) | What::Remove(place)) = (&mut self.loading, what) {
            changed.insert(place.at());
        }
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
        let known = self.tenants.iter().filter(|_| self.loading.is_none());
        let changed = known.filter(|(_, tenant)| tenant.changed > after);
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
        let known = self.tenants.get(tenant).filter(|_| self.loading.is_none());
        known.map_or_else(Vec::new, |known| {
            known.due(tenant, now.timestamp_millis(), busy, limit)
        })
    }

    /// Cards of Chronus' that wait in tenants that are off and served here. Each is not sent and leaves by that, so
    /// they are few but for the moment of switching off.
    pub(crate) fn held(&self, limit: usize, serves: impl Fn(&TenantId) -> bool) -> Vec<HeldCard> {
        let known = self.tenants.iter().filter(|_| self.loading.is_none());
        let off = known.filter(|(_, tenant)| !tenant.enabled);
        let mut off: Vec<_> = off.filter(|(id, _)| serves(id)).collect();
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
