//! What is measured of the store: appending, loading a stream, scanning the log.

use std::sync::Arc;
use std::time::{Duration, Instant};

use events::store::sqlite::SqliteStore;
use events::{Direction, EventStore as _, Position, Version};

use crate::prefill::{self, LOADED, LOADED_EVENTS};
use crate::versions::Versions;
use crate::{Outcome, Settings};

/// Events asked for at once while scanning.
const PAGE: usize = 4_096;

/// How long each of many equal things took.
#[derive(Debug, Clone, Default)]
pub(crate) struct Latencies {
    sorted: Vec<Duration>,
    elapsed: Duration,
}

/// A count as a figure to reckon with.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of a benchmark are far below 2^52"
)]
pub(crate) fn float(count: u64) -> f64 {
    count as f64
}

/// A measurement of appending in a few figures.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Summary {
    pub(crate) rate: f64,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
    pub(crate) max: Duration,
}

impl Latencies {
    pub(crate) fn new(mut taken: Vec<Duration>, elapsed: Duration) -> Self {
        taken.sort_unstable();
        Self {
            sorted: taken,
            elapsed,
        }
    }

    pub(crate) fn extend(&mut self, other: &Self) {
        self.sorted.extend(&other.sorted);
        self.sorted.sort_unstable();
        self.elapsed += other.elapsed;
    }

    pub(crate) fn len(&self) -> usize {
        self.sorted.len()
    }

    /// Things per second.
    pub(crate) fn rate(&self) -> f64 {
        float(self.sorted.len() as u64) / self.elapsed.as_secs_f64()
    }

    /// The smallest of them that `percent` of all do not exceed.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        let index = (self.sorted.len() * percent).div_ceil(100).saturating_sub(1);
        self.sorted.get(index).copied().unwrap_or_default()
    }

    pub(crate) fn summary(&self) -> Summary {
        Summary {
            rate: self.rate(),
            p50: self.percentile(50),
            p99: self.percentile(99),
            max: self.percentile(100),
        }
    }
}

/// Numbers without a pattern that repeat from run to run (splitmix64).
#[derive(Debug)]
struct Scattered(u64);

impl Scattered {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}

/// `writers` callers append one event at a time to streams of their own, chosen without a pattern, for `time`.
pub(crate) async fn appends(
    store: &Arc<SqliteStore>,
    settings: &Settings,
    writers: usize,
    time: Duration,
    versions: &mut Versions,
) -> Outcome<Latencies> {
    let writers = writers.max(1) as u64;
    let seed = versions.total();
    let begun = Instant::now();
    let tasks: Vec<_> = (0..writers)
        .map(|writer| {
            let streams = (writer..settings.streams).step_by(usize::try_from(writers).unwrap_or(1));
            let own: Vec<(u64, u64)> = streams.map(|n| (LOADED + n, versions.end(LOADED + n))).collect();
            let caller = Caller {
                own,
                scattered: Scattered(seed + writer),
                taken: Vec::new(),
            };
            tokio::spawn(caller.append(Arc::clone(store), *settings, begun + time))
        })
        .collect();
    let mut all = Vec::new();
    for task in tasks {
        let caller = task.await??;
        all.extend(caller.taken);
        for (stream, end) in caller.own {
            versions.set(stream, end);
        }
    }
    Ok(Latencies::new(all, begun.elapsed()))
}

/// One caller: its streams with their ends, and how long its appends took.
#[derive(Debug)]
struct Caller {
    own: Vec<(u64, u64)>,
    scattered: Scattered,
    taken: Vec<Duration>,
}

impl Caller {
    async fn append(mut self, store: Arc<SqliteStore>, settings: Settings, until: Instant) -> Outcome<Self> {
        while Instant::now() < until {
            let chosen = self.scattered.below(self.own.len() as u64);
            let (stream, end) = &mut self.own[usize::try_from(chosen)?];
            let write = prefill::write(*stream, *end, &settings);
            let start = Instant::now();
            store.append(vec![write]).await?;
            self.taken.push(start.elapsed());
            *end += 1;
        }
        Ok(self)
    }
}

/// Loads streams of [`LOADED_EVENTS`] events, one after the other.
pub(crate) async fn loads(store: &SqliteStore, settings: &Settings) -> Outcome<Latencies> {
    let begun = Instant::now();
    let mut scattered = Scattered(1);
    let mut taken = Vec::with_capacity(settings.loads);
    for _ in 0..settings.loads {
        let stream = prefill::stream(scattered.below(LOADED))?;
        let start = Instant::now();
        let events = store
            .read_stream(stream, Version(1), Direction::Forwards, usize::MAX)
            .await?;
        taken.push(start.elapsed());
        if events.len() as u64 != LOADED_EVENTS {
            return Err(format!("{} events were loaded, not {LOADED_EVENTS}", events.len()).into());
        }
    }
    Ok(Latencies::new(taken, begun.elapsed()))
}

/// Reads the whole log in pages; answers events per second.
pub(crate) async fn scan(store: &SqliteStore) -> Outcome<f64> {
    let begun = Instant::now();
    let (mut after, mut seen) = (Position::START, 0_u64);
    loop {
        let events = store.read_log(after, PAGE).await?;
        let Some(last) = events.last() else { break };
        after = last.position;
        seen += events.len() as u64;
    }
    Ok(float(seen) / begun.elapsed().as_secs_f64())
}
