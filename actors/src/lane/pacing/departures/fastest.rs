//! The shortest time that an answer took lately: the part of every answer's time that is the way itself.

use std::time::Duration;

use tokio::time::Instant;

/// How long a figure counts; it is given up after twice that at the latest.
const LATELY: Duration = Duration::from_secs(30);
/// Answers before which no figure is believed: the first connections take longer than any later one.
const FEWEST: u32 = 20;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Fastest {
    began: Option<Instant>,
    answers: u32,
    now: Option<Duration>,
    before: Option<Duration>,
}

impl Fastest {
    /// Notes an answer that came at `at` and took so long; answers the shortest time lately, this one included.
    pub(super) fn note(&mut self, at: Instant, took: Duration) -> Duration {
        let began = *self.began.get_or_insert(at);
        let since = at.saturating_duration_since(began);
        if since >= LATELY {
            let is_recent = since < LATELY * 2;
            self.before = self.now.take().filter(|_| is_recent);
            self.began = Some(at);
        }
        self.answers = self.answers.saturating_add(1);
        let now = self.now.map_or(took, |now| now.min(took));
        self.now = Some(now);
        if self.answers < FEWEST {
            return Duration::ZERO;
        }
        self.before.map_or(now, |before| before.min(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_counts_for_a_while_and_the_first_answers_for_nothing() {
        let mut fastest = Fastest::default();
        let start = Instant::now();
        let (quick, slow) = (Duration::from_millis(20), Duration::from_millis(250));
        for _ in 1..FEWEST {
            assert_eq!(fastest.note(start, slow), Duration::ZERO);
        }
        assert_eq!(fastest.note(start, quick), quick);
        assert_eq!(fastest.note(start + Duration::from_secs(40), slow), quick);
        assert_eq!(fastest.note(start + Duration::from_secs(75), slow), slow);
    }
}
