//! The figures of all runs as one table of medians.

use std::path::Path;
use std::time::Duration;

use events::store::sqlite::FILE_NAME;

use crate::measure::{Latencies, Summary, float};
use crate::versions::Versions;
use crate::{Outcome, Settings};

/// The store and the bare file in turns.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    pub(crate) store: Latencies,
    pub(crate) raw: Latencies,
    /// Events of one commit, on average.
    pub(crate) batch: u64,
    /// For each turn, the store's rate as a share of the bare file's.
    pub(crate) shares: Vec<f64>,
}

/// A [`Turns`] in a few figures. Rates are events per second.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Compared {
    store: Summary,
    raw: f64,
    raw_p50: Duration,
    batch: u64,
    share: f64,
}

impl Turns {
    pub(crate) fn summary(&self) -> Compared {
        Compared {
            store: self.store.summary(),
            raw: self.raw.rate() * float(self.batch),
            raw_p50: self.raw.percentile(50),
            batch: self.batch,
            share: median(self.shares.clone()),
        }
    }
}

/// What one run measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    /// One writer right after a start.
    pub(crate) new: Compared,
    pub(crate) one: Compared,
    pub(crate) many: Compared,
    pub(crate) load_p50: Duration,
    pub(crate) load_p99: Duration,
    /// Events per second.
    pub(crate) scan: f64,
    /// For each event in the store's file.
    pub(crate) bytes: u64,
}

/// Bytes of the store's file for each event in it.
pub(crate) fn bytes_per_event(folder: &Path, versions: &Versions) -> Outcome<u64> {
    Ok(std::fs::metadata(folder.join(FILE_NAME))?.len() / versions.total().max(1))
}

/// What the speed table of the whole service holds of it.
pub(crate) fn json(settings: &Settings, runs: &[Run], load: &str) -> String {
    let of_runs = |figure: &dyn Fn(&Run) -> f64| median(runs.iter().map(figure).collect());
    let (events, payload, count) = (settings.events, settings.payload, runs.len());
    format!(
        r#"{{"many_share":{:.4},"one_times":{:.4},"one_times_new":{:.4},"many_rate":{:.1},"one_rate":{:.1},"conditions":"a store of {events} events with {payload} bytes each, median of {count} runs in turns of half a second, load {load}"}}
"#,
        of_runs(&|r| r.many.share),
        of_runs(&|r| 1.0 / r.one.share),
        of_runs(&|r| 1.0 / r.new.share),
        of_runs(&|r| r.many.store.rate),
        of_runs(&|r| r.one.store.rate),
    )
}

/// The table, ratios first.
pub(crate) fn table(settings: &Settings, runs: &[Run]) -> String {
    let of_runs = |figure: &dyn Fn(&Run) -> f64| median(runs.iter().map(figure).collect());
    let writers = settings.writers;
    let mut table = String::from("| what | median of the runs | target |\n|---|---|---|\n");
    let mut row = |what: &str, figure: &str, target: &str| {
        table.extend(["| ", what, " | ", figure, " | ", target, " |\n"]);
    };
    row(
        &format!("{writers} writers: events/s as a share of the bare file's at the same batch"),
        &format!("{:.2}", of_runs(&|r| r.many.share)),
        "at least 0.30",
    );
    row(
        &format!("{writers} writers: p99 over p50"),
        &format!("{:.1}", of_runs(&|r| ms(r.many.store.p99) / ms(r.many.store.p50))),
        "below 10",
    );
    row(
        "1 writer: time of an append over the bare file's",
        &format!("{:.2}", of_runs(&|r| 1.0 / r.one.share)),
        "at most 1.3",
    );
    row(
        "1 writer right after a start: the same",
        &format!("{:.2}", of_runs(&|r| 1.0 / r.new.share)),
        "at most 1.2",
    );
    row(
        "1 writer: p50 over the bare file's p50",
        &format!("{:.2}", of_runs(&|r| ms(r.one.store.p50) / ms(r.one.raw_p50))),
        "",
    );
    let (p50, p99) = (of_runs(&|r| ms(r.load_p50)), of_runs(&|r| ms(r.load_p99)));
    row(
        "loading a stream of 20 events",
        &format!("p50 {p50:.3}, p99 {p99:.3} ms"),
        "p50 below 0.3 ms",
    );
    row(
        "scanning the log",
        &format!("{:.0} events/s", of_runs(&|r| r.scan)),
        "",
    );
    let bytes = of_runs(&|r| float(r.bytes));
    row(
        "bytes per event in the file",
        &format!("{bytes:.0} (payload {})", settings.payload),
        "",
    );
    for (what, compared) in [
        (format!("{writers} writers"), (|r| r.many) as fn(&Run) -> Compared),
        ("1 writer".to_owned(), |r| r.one),
    ] {
        row(&what, &times(&|figure| of_runs(&|r| figure(&compared(r)))), "");
    }
    table
}

fn times(of_runs: &dyn Fn(fn(&Compared) -> f64) -> f64) -> String {
    format!(
        "{:.0} events/s, p50 {:.2}, p99 {:.2}, max {:.1} ms; {:.0} events per commit; bare file {:.0} events/s, \
         p50 {:.2} ms",
        of_runs(|c| c.store.rate),
        of_runs(|c| ms(c.store.p50)),
        of_runs(|c| ms(c.store.p99)),
        of_runs(|c| ms(c.store.max)),
        of_runs(|c| float(c.batch)),
        of_runs(|c| c.raw),
        of_runs(|c| ms(c.raw_p50)),
    )
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_unstable_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}
