//! How fast the embedded store is, as ratios to a bare file on the same disk in the same run.
//!
//! `cargo bench -p events --bench store -- --runs 3`. It fills a store once (kept under `target/bench/`), works on
//! a copy of it, and prints the medians of its runs as a table; `docs/performance.md` says what the lines mean. It
//! refuses arguments that it does not know. Its figures are worth something only on a machine that is otherwise
//! idle.

mod measure;
mod prefill;
mod raw;
mod report;
mod versions;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use events::store::sqlite::{FILE_NAME, SqliteOptions, SqliteStore};

use crate::report::{Run, Turns};
use crate::versions::Versions;

/// Turns of the store and the bare file in one measurement.
const SLICES: u32 = 10;

/// What any step may fail with.
type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Long enough for the WAL to be full once.
const WARM_UP: Duration = Duration::from_secs(5);

/// What is measured; each field may be given as `--<name> <number>`.
#[derive(Debug, Clone, Copy)]
struct Settings {
    /// Events in the store before the first measurement.
    events: u64,
    /// Streams over which they are spread.
    streams: u64,
    /// Bytes of one event's payload.
    payload: usize,
    /// Callers that append at the same time.
    writers: usize,
    /// Seconds that each measurement of appending takes.
    seconds: u64,
    /// Streams that are loaded, one after the other.
    loads: usize,
    /// How often everything is measured.
    runs: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            events: 1_000_000,
            streams: 200_000,
            payload: 500,
            writers: 128,
            seconds: 5,
            loads: 20_000,
            runs: 3,
        }
    }
}

impl Settings {
    fn from_arguments() -> Outcome<Self> {
        let mut settings = Self::default();
        let mut arguments = std::env::args().skip(1);
        while let Some(name) = arguments.next() {
            if name == "--bench" {
                // Cargo adds it.
                continue;
            }
            let value = arguments.next().ok_or_else(|| format!("{name} needs a number"))?;
            match name.as_str() {
                "--events" => settings.events = value.parse()?,
                "--streams" => settings.streams = value.parse()?,
                "--payload" => settings.payload = value.parse()?,
                "--writers" => settings.writers = value.parse()?,
                "--seconds" => settings.seconds = value.parse()?,
                "--loads" => settings.loads = value.parse()?,
                "--runs" => settings.runs = value.parse()?,
                _ => return Err(format!("{name} is unknown; see Settings in events/benches/store").into()),
            }
        }
        Ok(settings)
    }
}

fn main() -> Outcome<()> {
    let settings = Settings::from_arguments()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let cache = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/bench");
    let filled = runtime.block_on(prefill::folder(&cache, &settings))?;
    let work = copied(&filled, &cache)?;
    let mut versions = prefill::versions(&settings);
    let mut runs = Vec::new();
    for number in 1..=settings.runs {
        say(&format!("load average before run {number}: {}", load_average()))?;
        let run = runtime.block_on(measured(&work, &settings, &mut versions))?;
        say(&format!("run {number}: {run:?}"))?;
        runs.push(run);
    }
    std::fs::write(
        cache.join("store.json"),
        report::json(&settings, &runs, &load_average()),
    )?;
    say(&report::table(&settings, &runs))
}

/// A copy to write to, so that every start measures a store of the same size.
fn copied(filled: &Path, cache: &Path) -> Outcome<PathBuf> {
    let work = cache.join("work");
    if work.exists() {
        std::fs::remove_dir_all(&work)?;
    }
    std::fs::create_dir_all(&work)?;
    std::fs::copy(filled.join(FILE_NAME), work.join(FILE_NAME))?;
    std::fs::File::open(work.join(FILE_NAME))?.sync_all()?;
    Ok(work)
}

/// One run. The disk is shared and drifts, so the store and the bare file take turns in short slices, and each
/// slice of the store is compared with the slice of the bare file beside it.
async fn measured(work: &Path, settings: &Settings, versions: &mut Versions) -> Outcome<Run> {
    let bytes = report::bytes_per_event(work, versions)?;
    let file = work.join("raw.bin");
    let store = Arc::new(SqliteStore::open(work, &SqliteOptions::default())?);
    let new = turns(&store, settings, 1, (&file, bytes), versions).await?;
    // A store that has just started writes its WAL for the first time, and each commit makes the file longer. After
    // the first checkpoint it is written over, as it is from then on in a running service: that is measured.
    measure::appends(&store, settings, settings.writers.max(64), WARM_UP, versions).await?;
    let loads = measure::loads(&store, settings).await?;
    let scan = measure::scan(&store).await?;
    let one = turns(&store, settings, 1, (&file, bytes), versions).await?;
    let many = turns(&store, settings, settings.writers, (&file, bytes), versions).await?;
    store.close().await;
    std::fs::remove_file(&file)?;
    Ok(Run {
        new: new.summary(),
        one: one.summary(),
        many: many.summary(),
        load_p50: loads.percentile(50),
        load_p99: loads.percentile(99),
        scan,
        bytes,
    })
}

/// `writers` callers and the bare file in turns; the batch of the bare file is what the store's commits held on
/// average so far.
async fn turns(
    store: &Arc<SqliteStore>,
    settings: &Settings,
    writers: usize,
    (file, bytes): (&Path, u64),
    versions: &mut Versions,
) -> Outcome<Turns> {
    let slice = Duration::from_secs(settings.seconds) / SLICES;
    let commits = store.commits();
    let mut turns = Turns::default();
    for _ in 0..SLICES {
        let appended = measure::appends(store, settings, writers, slice, versions).await?;
        turns.store.extend(&appended);
        let commits = (store.commits() - commits).max(1);
        turns.batch = (turns.store.len() as u64).div_ceil(commits);
        let raw = raw::batches(file, bytes, turns.batch, slice / 2)?;
        turns
            .shares
            .push(appended.rate() / (raw.rate() * measure::float(turns.batch)));
        turns.raw.extend(&raw);
    }
    Ok(turns)
}

/// What else the machine does; other systems than Linux do not say.
fn load_average() -> String {
    let known = std::fs::read_to_string("/proc/loadavg");
    known.map_or_else(|_| "unknown".to_owned(), |load| load.trim().to_owned())
}

fn say(line: &str) -> Outcome<()> {
    Ok(writeln!(std::io::stdout().lock(), "{line}")?)
}
