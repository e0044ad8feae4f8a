//! Which openings of personal values stand in the audit already, for a while.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use events::OrganizationId;
use lru::LruCache;

/// Openings that are remembered; of others it is recorded once more.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(10_000).expect("10,000 is not zero");

/// Of which organization, by whom, and of what.
pub(super) type Opening = (OrganizationId, String, String);

/// See the module.
#[derive(Debug)]
pub struct Openings(Mutex<LruCache<Opening, DateTime<Utc>>>);

impl Default for Openings {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(REMEMBERED)))
    }
}

impl Openings {
    /// Whether it stands in the audit and still counts.
    pub(super) fn is_known(&self, opening: &Opening, now: DateTime<Utc>) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(opening).is_some_and(|until| *until > now)
    }

    /// Notes that it does.
    pub(super) fn note(&self, opening: Opening, until: DateTime<Utc>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.put(opening, until);
    }
}
