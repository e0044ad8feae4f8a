//! The newest of our events, as the subscription told them. Whoever follows the log reads them from here: the server would
//! send each of them a second time.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::wire::RecordedEvent;
use super::wire::all_options::Place;
use crate::envelope::Position;

/// Bytes of payloads that are kept, about. Who is further behind reads from the server.
const KEPT: usize = 16 << 20;
/// Bytes around a payload, about.
const AROUND: usize = 500;
/// An append is answered a moment before the subscription tells its events: how long that is waited for.
const MOMENT: Duration = Duration::from_millis(50);

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Tail {
    kept: Mutex<Kept>,
    grown: Notify,
}

#[derive(Debug, Default)]
struct Kept {
    /// All of our events after this place are here, as far as the subscription came. `None` before there is one.
    after: Option<u64>,
    events: VecDeque<Arc<RecordedEvent>>,
    bytes: usize,
}

impl Tail {
    /// The subscription begins after `place`, which is where the last one came to.
    pub(super) fn begins(&self, place: Place) {
        self.with(|kept| {
            if kept.after.is_none() {
                kept.after = match place {
                    Place::At(at) => Some(at.commit),
                    Place::Start(_) => Some(0),
                    Place::End(_) => None,
                };
            }
        });
    }

    /// What was told may not stand any more.
    pub(super) fn forget(&self) {
        self.with(|kept| *kept = Kept::default());
    }

    /// The subscription tells an event; the same one again is known.
    pub(super) fn told(&self, event: &RecordedEvent) {
        self.with(|kept| kept.push(event));
        self.grown.notify_waiters();
    }

    /// At most `max` events after a position, as soon as there is one; `None` where the server has to be asked.
    pub(super) async fn read(&self, after: Position, max: usize) -> Option<Vec<RecordedEvent>> {
        let waiting = async {
            loop {
                let grown = self.grown.notified();
                let found = self.with(|kept| kept.after(after.0, max))?;
                if !found.is_empty() {
                    return Some(found);
                }
                grown.await;
            }
        };
        let found = tokio::time::timeout(MOMENT, waiting).await.ok()??;
        Some(found.into_iter().map(Arc::unwrap_or_clone).collect())
    }

    fn with<T>(&self, act: impl FnOnce(&mut Kept) -> T) -> T {
        act(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Kept {
    fn push(&mut self, event: &RecordedEvent) {
        let newest = self.events.back().map(|last| last.commit).or(self.after);
        if newest.is_none_or(|newest| event.commit <= newest) {
            return;
        }
        self.bytes += weight(event);
        self.events.push_back(Arc::new(event.clone()));
        while self.bytes > KEPT
            && let Some(oldest) = self.events.pop_front()
        {
            self.bytes -= weight(&oldest);
            self.after = Some(oldest.commit);
        }
    }

    /// `None` where what comes after that position is not all here.
    fn after(&self, position: u64, max: usize) -> Option<Vec<Arc<RecordedEvent>>> {
        if self.after.is_none_or(|after| position < after) {
            return None;
        }
        let first = self.events.partition_point(|event| event.commit <= position);
        Some(self.events.range(first..).take(max).cloned().collect())
    }
}

fn weight(event: &RecordedEvent) -> usize {
    event.data.len() + event.custom_metadata.len() + AROUND
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::kurrent::wire::LogPosition;

    fn event(at: u64, bytes: usize) -> RecordedEvent {
        RecordedEvent {
            commit: at,
            prepare: at,
            data: vec![b' '; bytes],
            ..RecordedEvent::default()
        }
    }

    const fn place(at: u64) -> Place {
        Place::At(LogPosition {
            commit: at,
            prepare: at,
        })
    }

    async fn places(tail: &Tail, after: u64, max: usize) -> Option<Vec<u64>> {
        let found = tail.read(Position(after), max).await?;
        Some(found.iter().map(|event| event.commit).collect())
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_told_is_read_once_each_in_order_and_only_where_nothing_is_missing() {
        let tail = Tail::default();
        assert_eq!(places(&tail, 0, 9).await, None, "nothing was told yet");
        tail.begins(place(100));
        for at in [110, 120, 120, 115, 130] {
            tail.told(&event(at, 1));
        }
        assert_eq!(places(&tail, 100, 9).await, Some(vec![110, 120, 130]));
        assert_eq!(places(&tail, 112, 1).await, Some(vec![120]));
        assert_eq!(
            places(&tail, 99, 9).await,
            None,
            "what came before the subscription is not here"
        );
        assert_eq!(places(&tail, 130, 9).await, None, "nothing new came in time");
        // A subscription that is made again goes on where the last one came to.
        tail.begins(place(135));
        tail.told(&event(140, 1));
        assert_eq!(places(&tail, 120, 9).await, Some(vec![130, 140]));
        tail.forget();
        assert_eq!(
            places(&tail, 120, 9).await,
            None,
            "what was told may not stand any more"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn the_oldest_are_let_go() {
        let tail = Tail::default();
        tail.begins(place(0));
        for at in 1..=40 {
            tail.told(&event(at, 1 << 20));
        }
        let kept = places(&tail, 30, 99).await.unwrap();
        assert_eq!(kept, (31..=40).collect::<Vec<u64>>());
        assert_eq!(places(&tail, 5, 99).await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_is_told_of_an_append_first_waits_for_its_event() {
        let tail = Arc::new(Tail::default());
        tail.begins(place(7));
        let reading = tokio::spawn({
            let tail = Arc::clone(&tail);
            async move { places(&tail, 7, 9).await }
        });
        tokio::task::yield_now().await;
        tail.told(&event(9, 1));
        assert_eq!(reading.await.unwrap(), Some(vec![9]));
    }
}
