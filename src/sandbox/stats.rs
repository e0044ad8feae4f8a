//! What the sandbox counts.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

/// Counts since the start.
#[derive(Debug, Default)]
pub struct Stats {
    /// Posts that were accepted.
    pub sends: AtomicU64,
    /// Replacements that were accepted.
    pub updates: AtomicU64,
    /// Removals that were accepted.
    pub deletes: AtomicU64,
    /// Conversations created or found.
    pub creates: AtomicU64,
    /// Questions for members that were answered.
    pub members: AtomicU64,
    /// Calls refused for any reason.
    pub refused: AtomicU64,
    /// Calls refused with 429.
    pub throttled: AtomicU64,
    /// Calls refused with 412.
    pub collided: AtomicU64,
    /// Calls that met a fault on order.
    pub faulted: AtomicU64,
    /// Requests for an access token.
    pub token_requests: AtomicU64,
    /// Activities posted to the bot, each try counted.
    pub activities: AtomicU64,
    /// Activities posted again.
    pub redeliveries: AtomicU64,
}

/// The counts at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// See [`Stats`].
    pub sends: u64,
    /// See [`Stats`].
    pub updates: u64,
    /// See [`Stats`].
    pub deletes: u64,
    /// See [`Stats`].
    pub creates: u64,
    /// See [`Stats`].
    pub members: u64,
    /// See [`Stats`].
    pub refused: u64,
    /// See [`Stats`].
    pub throttled: u64,
    /// See [`Stats`].
    pub collided: u64,
    /// See [`Stats`].
    pub faulted: u64,
    /// See [`Stats`].
    pub token_requests: u64,
    /// See [`Stats`].
    pub activities: u64,
    /// See [`Stats`].
    pub redeliveries: u64,
}

impl Stats {
    /// Adds one to a counter.
    pub fn count(&self, counter: impl FnOnce(&Self) -> &AtomicU64) {
        counter(self).fetch_add(1, Ordering::Relaxed);
    }

    /// Reads all counters.
    pub fn read(&self) -> Counts {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts {
            sends: of(&self.sends),
            updates: of(&self.updates),
            deletes: of(&self.deletes),
            creates: of(&self.creates),
            members: of(&self.members),
            refused: of(&self.refused),
            throttled: of(&self.throttled),
            collided: of(&self.collided),
            faulted: of(&self.faulted),
            token_requests: of(&self.token_requests),
            activities: of(&self.activities),
            redeliveries: of(&self.redeliveries),
        }
    }
}
