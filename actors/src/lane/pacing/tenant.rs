//! A tenant's rate: even spacing, and slower when the connector says that it is too much.
//!
//! The pace is a schedule (GCRA): each operation takes the next moment, and a lane that woke late catches up by two
//! moments at most. That no window is exceeded meanwhile is seen to by [`super::departures`]. A 429 halves the pace,
//! at most once a second; each second without one gives a twentieth back.

use std::time::Duration;

use tokio::time::Instant;

use super::Window;

/// The slowest pace, as a share of the full one.
const SLOWEST: f64 = 1.0 / 64.0;
/// What a second without a 429 gives back.
const RECOVERY: f64 = 0.05;
/// How often the pace changes at most.
const STEP: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Rate {
    /// Between two operations at full pace.
    interval: Duration,
    /// Operations that may leave at once.
    burst: u32,
    /// The moment of the next operation.
    next: Option<Instant>,
    /// Share of the full pace.
    share: f64,
    /// When the share changed last.
    changed: Option<Instant>,
    /// The connector asked for silence until then.
    held: Option<Instant>,
}

impl Rate {
    pub(super) fn new(window: Window, margin: Duration) -> Self {
        let count = window.count.get();
        Self {
            interval: (window.period + margin) / count,
            burst: (count / 25).max(1),
            next: None,
            share: 1.0,
            changed: None,
            held: None,
        }
    }

    pub(super) fn reserve(&mut self, now: Instant) -> Instant {
        self.recover(now);
        let interval = self.interval.div_f64(self.share);
        let earliest = now.checked_sub(interval * (self.burst - 1)).unwrap_or(now);
        let scheduled = self.next.map_or(earliest, |next| next.max(earliest));
        self.next = Some(scheduled + interval);
        scheduled.max(now).max(self.held.unwrap_or(now))
    }

    pub(super) fn held_until(&self, now: Instant) -> Option<Instant> {
        self.held.filter(|until| *until > now)
    }

    pub(super) fn throttled(&mut self, now: Instant, wait: Duration) {
        self.recover(now);
        let until = now + wait;
        self.held = Some(self.held.map_or(until, |known| known.max(until)));
        // Many that were under way together are refused together; that is one sign, not many.
        let lately = self.share < 1.0 && self.changed.is_some_and(|at| now < at + STEP);
        if !lately {
            self.share = (self.share / 2.0).max(SLOWEST);
            self.changed = Some(now);
        }
    }

    /// Nothing leaves before then, as after a restart; the pace stays.
    pub(super) fn hold_until(&mut self, until: Instant) {
        self.held = self.held.max(Some(until));
    }

    fn recover(&mut self, now: Instant) {
        let Some(changed) = self.changed else { return };
        // The silence that was asked for is no sign that the pace is right.
        let from = self.held.map_or(changed, |held| held.max(changed));
        let steps = now.saturating_duration_since(from).as_secs();
        if steps > 0 {
            let steps = u32::try_from(steps).unwrap_or(u32::MAX);
            self.share = (self.share + RECOVERY * f64::from(steps)).min(1.0);
            self.changed = Some(from + STEP * steps);
        }
    }

    pub(super) fn is_fresh(&mut self, now: Instant) -> bool {
        self.recover(now);
        self.share >= 1.0 && self.held_until(now).is_none() && self.next.is_none_or(|next| next <= now)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;

    const MARGIN: Duration = Duration::from_millis(30);

    fn rate() -> Rate {
        Rate::new(Window::new(50, 1), MARGIN)
    }

    /// When each of `count` operations leaves by the schedule, each woken so late.
    fn leaves(rate: &mut Rate, mut now: Instant, count: usize, late: Duration) -> Vec<Instant> {
        let mut all = Vec::new();
        for _ in 0..count {
            now = rate.reserve(now).max(now) + late;
            all.push(now);
        }
        all
    }

    fn most_in_a_second(all: &[Instant]) -> usize {
        let mut window = VecDeque::new();
        let mut most = 0;
        for at in all {
            window.push_back(*at);
            while window.front().is_some_and(|first| *first + STEP <= *at) {
                window.pop_front();
            }
            most = most.max(window.len());
        }
        most
    }

    #[test]
    fn three_hundred_thousand_cards_keep_forty_eight_a_second_without_drift() {
        let mut rate = rate();
        let start = Instant::now();
        // Every timer fires a millisecond late.
        let all = leaves(&mut rate, start, 300_000, Duration::from_millis(1));
        let took = all[all.len() - 1] - start;
        assert!(took <= Duration::from_secs(300_000 / 48 + 1), "{took:?}");
        assert!(most_in_a_second(&all) <= 50, "{}", most_in_a_second(&all));
    }

    #[test]
    fn a_pause_is_not_made_up_for_by_a_burst() {
        let mut rate = rate();
        let start = Instant::now();
        leaves(&mut rate, start, 100, Duration::ZERO);
        let later = start + Duration::from_secs(60);
        let all = leaves(&mut rate, later, 200, Duration::ZERO);
        assert!(most_in_a_second(&all) <= 50);
    }

    #[test]
    fn throttling_halves_the_pace_once_for_many_refusals_together_and_time_gives_it_back() {
        let mut rate = rate();
        let start = Instant::now();
        for _ in 0..30 {
            rate.throttled(start, Duration::from_secs(2));
        }
        assert_eq!(rate.held_until(start), Some(start + Duration::from_secs(2)));
        let after = start + Duration::from_secs(2);
        assert_eq!(
            rate.reserve(start),
            after,
            "something left while Teams asked for silence"
        );
        let slow = leaves(&mut rate, after, 25, Duration::ZERO);
        let took = slow[24] - after;
        assert!(
            took > Duration::from_millis(800),
            "the pace was not halved: {took:?}"
        );
        let later = after + Duration::from_secs(20);
        let full = leaves(&mut rate, later, 48, Duration::ZERO);
        assert!(
            full[47] - later <= Duration::from_secs(1),
            "the pace did not come back"
        );
    }

    #[test]
    fn throttling_again_and_again_never_stops_it_altogether() {
        let mut rate = rate();
        let mut now = Instant::now();
        for _ in 0..1_000 {
            rate.throttled(now, Duration::from_millis(100));
            now += STEP;
        }
        assert!(rate.reserve(now) + STEP * 2 > rate.reserve(now));
        assert!(rate.share >= SLOWEST);
    }
}
