//! How long each of many equal things took, and how that is written down.

use std::fmt;
use std::time::Duration;

/// Durations of equal things, sorted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Latencies {
    sorted: Vec<Duration>,
    elapsed: Duration,
}

impl Latencies {
    /// `taken` within `elapsed`.
    pub(crate) fn new(mut taken: Vec<Duration>, elapsed: Duration) -> Self {
        taken.sort_unstable();
        Self {
            sorted: taken,
            elapsed,
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.sorted.len()
    }

    /// Within what time.
    pub(crate) fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// Things per second.
    pub(crate) fn rate(&self) -> f64 {
        self.sorted.len() as f64 / self.elapsed.as_secs_f64()
    }

    /// The middle one.
    pub(crate) fn median(&self) -> Duration {
        self.part(50)
    }

    /// The one that 99 of 100 do not exceed.
    pub(crate) fn p99(&self) -> Duration {
        self.part(99)
    }

    fn part(&self, of_a_hundred: usize) -> Duration {
        let index = (self.sorted.len() * of_a_hundred).div_ceil(100).saturating_sub(1);
        self.sorted.get(index).copied().unwrap_or_default()
    }
}

impl fmt::Display for Latencies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} | {}", ms(self.median()), ms(self.p99()))
    }
}

/// Milliseconds with as many digits as are worth reading.
pub(crate) fn ms(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1_000.0;
    if ms < 1.0 {
        format!("{ms:.3} ms")
    } else {
        format!("{ms:.1} ms")
    }
}
