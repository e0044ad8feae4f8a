//! A log line for what may happen ten thousand times a second: at most one in ten seconds, with the number of those
//! that were left out.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Between two lines.
const PAUSE: Duration = Duration::from_secs(10);

/// One kind of line.
#[derive(Debug, Default)]
pub struct Sampled(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    told: Option<Instant>,
    left_out: u64,
}

impl Sampled {
    /// Has the line written, with the number of those since the last one, or counts it.
    pub fn tell(&self, line: impl FnOnce(u64)) {
        if let Some(left_out) = self.due(Instant::now()) {
            line(left_out);
        }
    }

    fn due(&self, now: Instant) -> Option<u64> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.told.is_some_and(|told| now.duration_since(told) < PAUSE) {
            state.left_out += 1;
            return None;
        }
        state.told = Some(now);
        Some(std::mem::take(&mut state.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_told_now_and_then_with_the_number_of_those_between() {
        let (sampled, now) = (Sampled::default(), Instant::now());
        assert_eq!(sampled.due(now), Some(0));
        for _ in 0..5_000 {
            assert_eq!(sampled.due(now + PAUSE / 2), None);
        }
        assert_eq!(sampled.due(now + PAUSE), Some(5_000));
        assert_eq!(sampled.due(now + PAUSE * 3), Some(0));
    }
}
