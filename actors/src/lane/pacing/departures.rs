//! What leaves for one tenant, counted strictly at the last moment before the request.
//!
//! A lane spreads its work by a schedule ([`super::tenant`]), but between a card's turn and its POST lie an append
//! and the drawing of the card, and a slow disk lets what waited for it through at once. So each request passes here
//! last, in the order in which they came, and is counted when it goes on: who was woken late counts from then, and not
//! from when it should have woken.
//!
//! Teams counts what arrives, which is some moment between a request's leaving and its answer. On a busy machine or way
//! one request arrives late and the next at once. How much later than its leaving a request may have arrived is known
//! from its answer: what it took longer than the fastest of its kind lately. So a place is free again a window after that moment, and
//! not before the answer. With answers that take equally long that is a window after the leaving, and nothing is
//! slower for it; what travels for a time that differs by no more than the margin is covered by the margin.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::Window;

mod fastest;

use fastest::Fastest;

/// See the module. All clones count together.
#[derive(Debug, Clone)]
pub(in crate::lane) struct Departures(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    counted: Mutex<Counted>,
    /// One waits at a time, the others behind it in order.
    queue: tokio::sync::Mutex<()>,
    /// A place may have become free.
    freed: Notify,
}

/// What a request asks for: each takes its own time to be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::lane) enum Call {
    Send,
    Update,
    Open,
    Profile,
}

/// What came of a request, as far as Teams' count is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::lane) enum Arrival {
    /// It was answered: it arrived before.
    Answered,
    /// No answer came: it arrived by now, or never.
    Unknown,
    /// It certainly never left.
    Never,
}

#[derive(Debug)]
struct Counted {
    count: usize,
    span: Duration,
    /// Left and not ended.
    under_way: usize,
    /// When those that ended arrived at the latest, the earliest on top.
    arrived: BinaryHeap<Reverse<Instant>>,
    /// Of each kind of call.
    fastest: [Fastest; 4],
    not_before: Option<Instant>,
}

/// When to look again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wait {
    Until(Instant),
    /// Every place is taken by what is under way.
    Answer,
}

impl Counted {
    fn new(window: Window, margin: Duration) -> Self {
        Self {
            count: usize::try_from(window.count.get()).unwrap_or(usize::MAX),
            span: window.period + margin,
            under_way: 0,
            arrived: BinaryHeap::new(),
            fastest: Default::default(),
            not_before: None,
        }
    }

    fn take(&mut self, now: Instant) -> Result<(), Wait> {
        if let Some(until) = self.not_before.filter(|until| *until > now) {
            return Err(Wait::Until(until));
        }
        while self
            .arrived
            .peek()
            .is_some_and(|first| first.0 + self.span <= now)
        {
            self.arrived.pop();
        }
        if self.under_way + self.arrived.len() < self.count {
            self.under_way += 1;
            return Ok(());
        }
        let first = self.arrived.peek().map(|first| first.0 + self.span);
        Err(first.map_or(Wait::Answer, Wait::Until))
    }

    fn ended(&mut self, call: Call, left: Instant, now: Instant, arrival: Arrival) {
        self.under_way = self.under_way.saturating_sub(1);
        let arrived = match arrival {
            Arrival::Never => return,
            Arrival::Unknown => now,
            Arrival::Answered => {
                let took = now.saturating_duration_since(left);
                let fastest = self.fastest[call as usize].note(now, took);
                left + took.saturating_sub(fastest)
            }
        };
        self.arrived.push(Reverse(arrived));
    }
}

impl Departures {
    pub(super) fn new(window: Window, margin: Duration) -> Self {
        Self(Arc::new(Shared {
            counted: Mutex::new(Counted::new(window, margin)),
            queue: tokio::sync::Mutex::default(),
            freed: Notify::new(),
        }))
    }

    /// Waits until the next request may leave. It leaves now; what comes of it is told to the [`Departure`].
    pub(in crate::lane) async fn pass(&self, call: Call) -> Departure {
        let _first = self.0.queue.lock().await;
        loop {
            let freed = self.0.freed.notified();
            let now = Instant::now();
            match self.with(|counted| counted.take(now)) {
                Ok(()) => {
                    return Departure {
                        departures: self.clone(),
                        call,
                        left: now,
                        arrival: Arrival::Unknown,
                    };
                }
                Err(Wait::Until(moment)) => {
                    tokio::select! { () = tokio::time::sleep_until(moment) => {}, () = freed => {} }
                }
                Err(Wait::Answer) => freed.await,
            }
        }
    }

    /// Nothing leaves before then.
    pub(super) fn hold_until(&self, until: Instant) {
        self.with(|counted| counted.not_before = counted.not_before.max(Some(until)));
    }

    /// Whether forgetting it would change nothing.
    pub(super) fn is_fresh(&self, now: Instant) -> bool {
        self.with(|counted| {
            let mut arrived = counted.arrived.iter();
            let past = arrived.all(|arrived| arrived.0 + counted.span <= now);
            past && counted.under_way == 0 && counted.not_before.is_none_or(|until| until <= now)
        })
    }

    fn with<T>(&self, act: impl FnOnce(&mut Counted) -> T) -> T {
        act(&mut self.0.counted.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A request that left. Where nobody says what came of it, it may have arrived at any moment until this is dropped.
#[derive(Debug)]
pub(in crate::lane) struct Departure {
    departures: Departures,
    call: Call,
    left: Instant,
    arrival: Arrival,
}

impl Departure {
    /// The request ended so, now.
    pub(in crate::lane) fn ended(mut self, arrival: Arrival) {
        self.arrival = arrival;
    }
}

impl Drop for Departure {
    fn drop(&mut self) {
        let (call, left, arrival) = (self.call, self.left, self.arrival);
        let now = Instant::now();
        self.departures
            .with(|counted| counted.ended(call, left, now, arrival));
        self.departures.0.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests;
