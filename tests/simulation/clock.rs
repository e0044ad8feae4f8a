//! The time of a simulated world: it goes with the runtime's paused clock, and on from where it was over each life.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use events::Clock;
use tokio::time::Instant;

/// See the module.
#[derive(Debug)]
pub(crate) struct WorldClock(Mutex<(DateTime<Utc>, Option<Instant>)>);

impl WorldClock {
    pub(crate) fn new(begin: DateTime<Utc>) -> Self {
        Self(Mutex::new((begin, None)))
    }

    fn with<T>(&self, act: impl FnOnce(&mut (DateTime<Utc>, Option<Instant>)) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A life begins, on a clock of its own.
    pub(crate) fn begins(&self) {
        self.with(|(_, since)| *since = Some(Instant::now()));
    }

    /// It ended; nothing runs for so long.
    pub(crate) fn ends(&self, pause: TimeDelta) {
        let now = self.now();
        self.with(|inner| *inner = (now + pause, None));
    }
}

impl Clock for WorldClock {
    fn now(&self) -> DateTime<Utc> {
        let (base, since) = self.with(|inner| *inner);
        let passed = since.map_or_else(TimeDelta::zero, |since| {
            TimeDelta::from_std(since.elapsed()).unwrap_or_default()
        });
        (base + passed).trunc_subsecs(3)
    }
}
