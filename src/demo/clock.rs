//! The play's time: the system's, moved on by the waits that were played, so that days pass in a moment.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use events::{Clock, SystemClock};

/// The system's time and what was waited.
#[derive(Debug, Default)]
pub struct PlayClock {
    waited_ms: AtomicI64,
}

impl PlayClock {
    /// Lets time pass.
    pub fn wait(&self, span: TimeDelta) {
        self.waited_ms
            .fetch_add(span.num_milliseconds(), Ordering::Relaxed);
    }
}

impl Clock for PlayClock {
    fn now(&self) -> DateTime<Utc> {
        SystemClock.now() + TimeDelta::milliseconds(self.waited_ms.load(Ordering::Relaxed))
    }
}
