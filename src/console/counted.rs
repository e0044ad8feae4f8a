//! Everybody of an organization counted by whether they can be reached, kept for a moment: counting looks at each person once.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use events::OrganizationId;
use projections::reachability::Preflight;
use tokio::time::Instant;

/// For how long everybody's count is kept: it looks at each person once.
const FRESH: Duration = Duration::from_secs(30);

/// Everybody counted, by organization.
#[derive(Debug, Default)]
pub struct Counted(Mutex<HashMap<OrganizationId, (Instant, Preflight)>>);

impl Counted {
    pub(super) fn fresh(&self, organization: &OrganizationId) -> Option<Preflight> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, counted) = all.get(organization)?;
        (at.elapsed() < FRESH).then(|| counted.clone())
    }

    pub(super) fn keep(&self, organization: OrganizationId, counted: Preflight) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(organization, (Instant::now(), counted));
    }
}
