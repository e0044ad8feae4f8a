//! How fast the whole service is, and how much memory its people cost: the real service in this process, over real
//! HTTP, with real tokens and a durable log.
//!
//! `cargo bench --bench service -- [bot] [intake] [latency] [loading] [memory] [--<setting> <number>]` measures the
//! parts named, or all of these, and prints tables; `docs/performance.md` says what the lines mean. The parts
//! `table`, `fairness`, `hostile`, `scale`, `strict`, `restart`, `cluster` and `undo` take minutes and are measured only when named. It
//! refuses arguments that it does not know. Its figures are worth something only on a machine that is otherwise idle.

mod bot;
mod cluster;
mod fairness;
mod figures;
mod history;
mod hostile;
mod http;
mod intake;
mod latency;
mod loading;
mod machine;
mod memory;
mod scale;
mod stage;
mod strict;
mod table;
mod town;
mod undo;

use std::io::Write as _;
use std::path::{Path, PathBuf};

/// What any step may fail with.
type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// The parts, in the order in which they run.
const PARTS: [&str; 5] = ["memory", "bot", "intake", "latency", "loading"];

/// The parts that run only when named.
const LONG: [&str; 8] = [
    "table", "fairness", "hostile", "scale", "strict", "restart", "cluster", "undo",
];

/// What is measured; each number may be given as `--<name> <number>`.
#[derive(Debug, Clone)]
struct Settings {
    /// The parts to run.
    parts: Vec<String>,
    /// The rows of the speed table to measure; all where none is named.
    rows: Vec<u64>,
    /// Events in the log at the end of the measurement of growth.
    events: u64,
    /// Seconds that each measurement of throughput takes.
    seconds: u64,
    /// Known users in the measurements of loading and memory.
    users: u64,
    /// People in the sandbox in the others.
    people: u64,
    /// Cards, presses and loads measured one after the other; loads are twenty times as many.
    samples: u64,
    /// Tenants in the measurements of scale and of a restart.
    tenants: u64,
    /// Organizations in the measurement of a cluster, and how often it is repeated.
    organizations: u64,
    rounds: u64,
    /// Broadcasts that wait in the measurement of fairness, and for how many people; as many have the announcement that is taken
    /// back.
    burst: u64,
    crowd: u64,
    /// Cards that wait in the measurement of a restart.
    waiting: u64,
    /// Threads that keep the machine busy in the measurement of a strict pace.
    load: u64,
}

impl Settings {
    fn from_arguments() -> Outcome<Self> {
        let mut settings = Self {
            parts: Vec::new(),
            rows: Vec::new(),
            events: 1_000_000,
            seconds: 4,
            users: 20_000,
            people: 2_000,
            samples: 200,
            tenants: 1_000,
            organizations: 400,
            rounds: 2,
            burst: 100_000,
            crowd: 500,
            waiting: 1_000_000,
            load: 2,
        };
        let mut arguments = std::env::args().skip(1);
        while let Some(name) = arguments.next() {
            if name == "--bench" {
                // Cargo adds it.
                continue;
            }
            if PARTS.iter().chain(&LONG).any(|part| *part == name) {
                settings.parts.push(name);
                continue;
            }
            let mut number = || -> Outcome<u64> {
                let value = arguments.next().ok_or_else(|| format!("{name} needs a number"))?;
                Ok(value.parse()?)
            };
            match name.as_str() {
                "--row" => settings.rows.push(number()?),
                "--events" => settings.events = number()?,
                "--seconds" => settings.seconds = number()?,
                "--users" => settings.users = number()?,
                "--people" => settings.people = number()?.max(1),
                "--samples" => settings.samples = number()?.max(1),
                "--tenants" => settings.tenants = number()?.max(1),
                "--organizations" => settings.organizations = number()?.max(1),
                "--rounds" => settings.rounds = number()?.max(1),
                "--burst" => settings.burst = number()?,
                "--crowd" => settings.crowd = number()?.max(1),
                "--load" => settings.load = number()?,
                "--waiting" => settings.waiting = number()?,
                _ => return Err(format!("{name} is unknown; see Settings in benches/service").into()),
            }
        }
        if settings.parts.is_empty() {
            settings.parts = PARTS.map(str::to_owned).to_vec();
        }
        Ok(settings)
    }
}

fn main() -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    // The stand-in's processes are this program again.
    runtime.block_on(kurrent_standin::harness::become_process())?;
    if std::env::args().nth(1).as_deref() == Some("stand-in") {
        let alone = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        return alone.block_on(table::standin::serve());
    }
    let settings = Settings::from_arguments()?;
    // actix asks for the runtime by a closure that it calls once, on this thread.
    let runtime = std::cell::Cell::new(Some(runtime));
    let system = actix::System::with_tokio_rt(|| {
        runtime
            .take()
            .expect("actix asks for the runtime of a system once")
    });
    system.block_on(measured(settings))
}

async fn measured(settings: Settings) -> Outcome<()> {
    for part in PARTS.into_iter().chain(LONG) {
        if !settings.parts.iter().any(|chosen| chosen == part) {
            continue;
        }
        let folder = folder(part)?;
        let bare = machine::fdatasync(&folder, std::time::Duration::from_secs(1))?;
        say(&format!(
            "\n{part}: load of the machine {}, bare fdatasync {bare} (median | p99)\n",
            machine::load()
        ))?;
        // The first measurement of memory must come before anything else has been allocated.
        match part {
            "table" => table::measure(&folder, &settings).await?,
            "memory" => memory::measure(&folder, &settings).await?,
            "bot" => bot::measure(&folder, &settings).await?,
            "intake" => intake::measure(&folder, &settings).await?,
            "latency" => latency::measure(&folder, &settings).await?,
            "fairness" => fairness::measure(&folder, &settings).await?,
            "hostile" => hostile::measure(&folder, &settings).await?,
            "undo" => undo::measure(&folder, &settings).await?,
            "strict" => strict::measure(&folder, &settings).await?,
            "scale" => scale::measure(&folder, &settings).await?,
            "cluster" => cluster::measure(&folder, &settings).await?,
            "restart" => scale::restart(&folder, &settings).await?,
            _ => loading::measure(&folder, &settings).await?,
        }
    }
    Ok(())
}

/// An empty folder on the disk that holds the build.
fn folder(part: &str) -> Outcome<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("target/bench/service")
        .join(part);
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

fn say(line: &str) -> Outcome<()> {
    Ok(writeln!(std::io::stdout().lock(), "{line}")?)
}
