//! When rows are committed that are folded: a moment after nothing more came, and in any case soon.

use std::time::Duration;

use events::Position;
use tokio::time::Instant;

/// How long nothing came before rows are committed.
const QUIET: Duration = Duration::from_millis(50);

/// How long rows are committed later than what is to be done is told, at most.
const LONGEST: Duration = Duration::from_millis(100);

/// Events folded before their rows are committed, at most.
const MOST: usize = 10_000;

/// Rows that are not committed yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Open {
    pub(super) to: Position,
    events: usize,
    since: Instant,
    /// When the newest batch was folded.
    last: Instant,
}

impl Open {
    /// After a batch of so many events that reached to `to`.
    pub(super) fn after(before: Option<Self>, to: Position, events: usize) -> Self {
        let now = Instant::now();
        Self {
            to,
            events: before.map_or(0, |open| open.events) + events,
            since: before.map_or(now, |open| open.since),
            last: now,
        }
    }

    /// When they are committed if nothing more comes.
    pub(super) fn until(&self) -> Instant {
        (self.last + QUIET).min(self.since + LONGEST)
    }

    /// Whether they are committed before anything more is folded.
    pub(super) fn is_due(&self) -> bool {
        self.events >= MOST || self.since.elapsed() >= LONGEST
    }
}
