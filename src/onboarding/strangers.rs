//! Tenants that no organization has: how often their people showed up, and for how many of them an install is remembered for
//! the day the tenant is linked. Anybody may have the app in a tenant of their own, so both are bounded.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use events::TenantId;

/// Tenants that are counted one by one; what comes from further ones is counted together.
const MOST_TENANTS: usize = 1_000;
/// Tenants of which installs are remembered.
const MOST_REMEMBERED: usize = 200;
/// People of one tenant of whom an install is remembered.
pub const MOST_PEOPLE: u64 = 150_000;

/// What is known of one tenant since the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stranger {
    /// Its activities.
    pub activities: u64,
    /// The first of them.
    pub first_at: DateTime<Utc>,
    /// The newest of them.
    pub last_at: DateTime<Utc>,
    /// Installs and removals that are remembered, those of earlier starts included; `None` before the first.
    remembered: Option<u64>,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Strangers(Mutex<Counted>);

#[derive(Debug, Default)]
struct Counted {
    tenants: HashMap<TenantId, Stranger>,
    others: u64,
}

/// Whether an install may be remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// It may.
    Yes,
    /// It may, once it is known how many are remembered of the tenant already.
    Ask,
    /// Too many are.
    No,
}

impl Strangers {
    fn with<T>(&self, work: impl FnOnce(&mut Counted) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Counts an activity.
    pub fn count(&self, tenant: &TenantId, now: DateTime<Utc>) {
        self.with(|counted| {
            if !counted.tenants.contains_key(tenant) && counted.tenants.len() >= MOST_TENANTS {
                counted.others += 1;
                return;
            }
            let stranger = counted.tenants.entry(tenant.clone()).or_insert(Stranger {
                activities: 0,
                first_at: now,
                last_at: now,
                remembered: None,
            });
            stranger.activities += 1;
            stranger.last_at = now;
        });
    }

    /// Whether an install of a tenant that was counted may be remembered; it is taken as remembered then.
    pub fn room(&self, tenant: &TenantId) -> Room {
        self.with(|counted| {
            let known = |one: &&Stranger| one.remembered.is_some();
            let tenants = counted.tenants.values().filter(known).count();
            match counted.tenants.get_mut(tenant).map(|one| &mut one.remembered) {
                Some(Some(remembered)) if *remembered < MOST_PEOPLE => {
                    *remembered += 1;
                    Room::Yes
                }
                Some(None) if tenants < MOST_REMEMBERED => Room::Ask,
                Some(_) | None => Room::No,
            }
        })
    }

    /// So many people of the tenant are remembered.
    pub fn learn(&self, tenant: &TenantId, people: u64) {
        self.with(|counted| {
            if let Some(one) = counted.tenants.get_mut(tenant) {
                one.remembered = Some(one.remembered.unwrap_or_default().max(people));
            }
        });
    }

    /// The tenant is linked.
    pub fn forget(&self, tenant: &TenantId) {
        self.with(|counted| {
            counted.tenants.remove(tenant);
        });
    }

    /// How many tenants were counted, and how many activities of theirs.
    pub fn counts(&self) -> (usize, u64) {
        self.with(|counted| {
            let activities = counted.tenants.values().map(|one| one.activities);
            (counted.tenants.len(), activities.sum::<u64>() + counted.others)
        })
    }

    /// Every tenant that was counted, those that showed up last first; and what came from further ones.
    pub fn list(&self) -> (Vec<(TenantId, Stranger)>, u64) {
        self.with(|counted| {
            let all = counted.tenants.iter();
            let mut all: Vec<(TenantId, Stranger)> =
                all.map(|(tenant, one)| (tenant.clone(), one.clone())).collect();
            all.sort_by(|(one, a), (other, b)| (b.last_at, one).cmp(&(a.last_at, other)));
            (all, counted.others)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(number: usize) -> TenantId {
        TenantId::parse(format!("t-{number}")).unwrap()
    }

    #[test]
    fn further_tenants_are_counted_together_and_remembered_nowhere() {
        let (strangers, now) = (Strangers::default(), DateTime::UNIX_EPOCH);
        for number in 0..=MOST_TENANTS {
            strangers.count(&tenant(number), now);
        }
        let (listed, others) = strangers.list();
        assert_eq!((listed.len(), others), (MOST_TENANTS, 1));
        for number in 0..MOST_REMEMBERED {
            assert_eq!(strangers.room(&tenant(number)), Room::Ask);
            strangers.learn(&tenant(number), 0);
        }
        assert_eq!(strangers.room(&tenant(0)), Room::Yes);
        assert_eq!(strangers.room(&tenant(MOST_REMEMBERED)), Room::No);
        assert_eq!(strangers.room(&tenant(MOST_TENANTS)), Room::No);
    }

    #[test]
    fn one_tenant_has_room_for_so_many_people_also_after_a_restart() {
        let (strangers, one) = (Strangers::default(), tenant(1));
        strangers.count(&one, DateTime::UNIX_EPOCH);
        strangers.learn(&one, MOST_PEOPLE - 1);
        assert_eq!(strangers.room(&one), Room::Yes);
        assert_eq!(strangers.room(&one), Room::No);
        strangers.forget(&one);
        assert_eq!(strangers.list().0, []);
    }
}
