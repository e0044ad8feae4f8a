//! How often codes are typed: whoever guesses is slowed before anything is compared.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use events::TenantId;
use lru::LruCache;

/// Codes that the people of one tenant may type within [`WITHIN`].
const MOST: u32 = 20;
/// See [`MOST`].
const WITHIN: TimeDelta = TimeDelta::minutes(10);
/// Tenants that are remembered.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(10_000).expect("10,000 is not zero");

/// See the module. Each node counts by itself.
#[derive(Debug)]
pub struct Tries(Mutex<LruCache<TenantId, (DateTime<Utc>, u32)>>);

impl Default for Tries {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(REMEMBERED)))
    }
}

impl Tries {
    /// Whether one more code of the tenant's people is looked at.
    pub fn take(&self, tenant: &TenantId, now: DateTime<Utc>) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, tries) = known.get_or_insert_mut(tenant.clone(), || (now, 0));
        if now - *since >= WITHIN {
            (*since, *tries) = (now, 0);
        }
        *tries = tries.saturating_add(1);
        *tries <= MOST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_has_so_many_tries_and_more_after_a_while() {
        let (tries, now) = (Tries::default(), DateTime::UNIX_EPOCH);
        let tenant = |id| TenantId::parse(id).unwrap();
        let taken = (0..100).filter(|_| tries.take(&tenant("t-1"), now)).count();
        assert_eq!(taken, usize::try_from(MOST).unwrap());
        assert!(tries.take(&tenant("t-2"), now) && tries.take(&tenant("t-1"), now + WITHIN));
    }
}
