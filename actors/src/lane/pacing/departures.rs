//! What leaves for one tenant, counted strictly at the last moment before the request.
//!
//! A lane spreads its work by a schedule ([`super::tenant`]), but between a card's turn and its POST lie an append
//! and the drawing of the card, and a slow disk lets what waited for it through at once. So each request passes here
//! last, and in no span of the window and the margin do more leave than the window holds. Teams counts what arrives;
//! what travels for a time that differs by no more than the margin arrives within the limit too.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::Window;

/// See the module. All clones count together.
#[derive(Debug, Clone)]
pub(in crate::lane) struct Departures(Arc<Mutex<Counted>>);

#[derive(Debug)]
struct Counted {
    count: usize,
    span: Duration,
    /// The newest `count` departures, oldest first.
    left: VecDeque<Instant>,
    not_before: Option<Instant>,
}

impl Departures {
    pub(super) fn new(window: Window, margin: Duration) -> Self {
        Self(Arc::new(Mutex::new(Counted {
            count: usize::try_from(window.count.get()).unwrap_or(usize::MAX),
            span: window.period + margin,
            left: VecDeque::new(),
            not_before: None,
        })))
    }

    /// Waits until the next request may leave; that moment is taken.
    pub(in crate::lane) async fn pass(&self) {
        let now = Instant::now();
        let moment = self.reserve(now);
        if moment > now {
            tokio::time::sleep_until(moment).await;
        }
    }

    /// When the next request may leave; that moment is taken.
    pub(super) fn reserve(&self, now: Instant) -> Instant {
        self.with(|counted| {
            let room = (counted.left.len() >= counted.count)
                .then(|| counted.left.pop_front())
                .flatten()
                .map(|oldest| oldest + counted.span);
            let moment = now
                .max(room.unwrap_or(now))
                .max(counted.not_before.unwrap_or(now))
                .max(counted.left.back().copied().unwrap_or(now));
            counted.left.push_back(moment);
            moment
        })
    }

    /// Nothing leaves before then.
    pub(super) fn hold_until(&self, until: Instant) {
        self.with(|counted| counted.not_before = counted.not_before.max(Some(until)));
    }

    /// Whether forgetting it would change nothing.
    pub(super) fn is_fresh(&self, now: Instant) -> bool {
        self.with(|counted| {
            let past = counted.left.back().is_none_or(|last| *last + counted.span <= now);
            past && counted.not_before.is_none_or(|until| until <= now)
        })
    }

    fn with<T>(&self, act: impl FnOnce(&mut Counted) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MARGIN: Duration = Duration::from_millis(30);

    proptest! {
        /// However requests come, and however long each travels within the margin, no second holds more arrivals
        /// than the window.
        #[test]
        fn what_arrives_within_a_window_is_never_more_than_it_holds(
            asked in prop::collection::vec((0..60_u64, 0..=30_u64), 60..600),
        ) {
            let departures = Departures::new(Window::new(50, 1), MARGIN);
            let mut now = Instant::now();
            let mut arrivals = Vec::new();
            for (pause, travel) in asked {
                // Half of them come in bunches.
                now += Duration::from_millis(pause.saturating_sub(30));
                arrivals.push(departures.reserve(now) + Duration::from_millis(travel));
            }
            arrivals.sort();
            for pair in arrivals.windows(51) {
                prop_assert!(pair[50] - pair[0] >= Duration::from_secs(1));
            }
        }
    }

    #[test]
    fn nothing_leaves_while_it_is_held_and_what_waited_counts_from_then_on() {
        let departures = Departures::new(Window::new(2, 1), Duration::ZERO);
        let start = Instant::now();
        let until = start + Duration::from_secs(1);
        departures.hold_until(until);
        assert!(!departures.is_fresh(start));
        assert_eq!(departures.reserve(start), until);
        assert_eq!(departures.reserve(start), until);
        assert_eq!(departures.reserve(start), until + Duration::from_secs(1));
    }
}
