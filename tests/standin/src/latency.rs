//! How long appends take on a server that writes to a disk and waits for others; the stand-in's own take no time.

use std::sync::mpsc;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

/// Times in microseconds. An append waits until those before it are written, then for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latency {
    /// From asking to the answer, for one event with nothing beside it.
    pub alone: u64,
    /// What each append adds for those behind it.
    pub each: u64,
    /// What each further event of an append adds, for it and for those behind it.
    pub more: u64,
}

impl Latency {
    /// What was measured of `EventStoreDB` 24.10.14, one node on two cores that its callers shared: an append alone 1.25 ms,
    /// 64 at once 8 ms, 30,000 events a second in appends of a hundred.
    pub const RECORDED: Self = Self {
        alone: 1_250,
        each: 110,
        more: 31,
    };
}

/// Lets appends wait their time, in the order in which they came.
#[derive(Debug)]
pub(crate) struct Pace {
    /// When everything that came so far is written.
    written: Mutex<Option<Instant>>,
    waiting: mpsc::Sender<(Instant, oneshot::Sender<()>)>,
}

impl Default for Pace {
    /// A thread of its own: the runtime's timers are a millisecond coarse.
    fn default() -> Self {
        let (waiting, due) = mpsc::channel::<(Instant, oneshot::Sender<()>)>();
        std::thread::spawn(move || {
            while let Ok((at, done)) = due.recv() {
                std::thread::sleep(at.saturating_duration_since(Instant::now()));
                // Whoever broke off is gone.
                done.send(()).unwrap_or_default();
            }
        });
        let written = Mutex::default();
        Self { written, waiting }
    }
}

impl Pace {
    /// Waits as long as an append of so many events takes now.
    pub(crate) async fn pass(&self, latency: Latency, events: usize) {
        let micros = |micros: u64| Duration::from_micros(micros);
        let more = events.saturating_sub(1) as u64;
        let (done, waited) = oneshot::channel();
        {
            let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            let begins = written.map_or(now, |written| written.max(now));
            let ends = begins + micros(latency.each + latency.more * more);
            *written = Some(ends);
            let answered = ends + micros(latency.alone.saturating_sub(latency.each));
            drop(self.waiting.send((answered, done)));
        }
        drop(waited.await);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A wait may be longer on a busy machine, and never shorter.
    #[tokio::test]
    async fn appends_take_as_long_as_was_recorded_alone_together_and_in_hundreds() {
        let pace = Pace::default();
        let begun = Instant::now();
        pace.pass(Latency::RECORDED, 1).await;
        assert!(begun.elapsed() >= Duration::from_micros(1_250));

        let begun = Instant::now();
        futures_util::future::join_all((0..64).map(|_| pace.pass(Latency::RECORDED, 1))).await;
        assert!(begun.elapsed() >= Duration::from_millis(8));

        let begun = Instant::now();
        for _ in 0..3 {
            pace.pass(Latency::RECORDED, 100).await;
        }
        assert!(
            begun.elapsed() >= Duration::from_millis(10),
            "30,000 events a second"
        );
    }
}
