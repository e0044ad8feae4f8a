//! What is too large for one append: where its payload stands instead, and how much an append may be.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde::{Deserialize, Serialize};

/// What every supported server takes in one append.
pub(super) const LEAST: usize = 1 << 20;

/// Where an event's payload stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Parts {
    /// The stream beside, by its name on the server.
    pub(super) stream: String,
    /// Pieces there.
    pub(super) count: u64,
    /// Bytes of them all.
    pub(super) bytes: u64,
}

/// How much one append may be: what the server said when it refused one, or the least of all servers.
#[derive(Debug)]
pub(super) struct Largest(AtomicUsize);

impl Default for Largest {
    fn default() -> Self {
        Self(AtomicUsize::new(LEAST))
    }
}

impl Largest {
    /// Takes in a limit that the server told; answers whether it is news.
    pub(super) fn learn(&self, limit: usize) -> bool {
        limit > 0 && limit < self.0.fetch_min(limit, Ordering::Relaxed)
    }

    /// What is sent at most: nobody but the server knows exactly how it counts.
    pub(super) fn budget(&self) -> usize {
        self.0.load(Ordering::Relaxed) / 8 * 7
    }
}
