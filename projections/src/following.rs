//! How the read models follow the log: under which options, and whether they do.

use std::collections::BTreeSet;

use events::Position;

/// Events folded in one transaction: enough that a commit costs little per event, few enough that readers see a
/// live event within milliseconds and a rebuild's progress within a second.
const BATCH: usize = 2_000;

/// Days that a notification lives whose domain event asked for no expiry.
const DEFAULT_TTL_DAYS: i64 = 14;

/// What folding depends on besides the log. Rows made under other options are built again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// How long a notification lives whose domain event asked for no expiry.
    pub default_ttl: chrono::Duration,
    /// Events left out by decision, since they cannot be read.
    pub skip: BTreeSet<Position>,
    /// Events folded in one transaction; makes no difference to the rows.
    pub batch: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            default_ttl: chrono::Duration::days(DEFAULT_TTL_DAYS),
            skip: BTreeSet::new(),
            batch: BATCH,
        }
    }
}

/// How following goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// Follows, or has not begun.
    Following,
    /// The log or the disk cannot be used now; tried again.
    Retrying {
        /// What failed.
        reason: String,
    },
    /// Stopped at an event that cannot be folded.
    Stopped {
        /// Where it stands.
        position: Position,
        /// What is wrong with it.
        reason: String,
    },
}
