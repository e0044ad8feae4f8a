//! The figures of all runs as one table of medians.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use events::store::sqlite::FILE_NAME;

use crate::measure::{Summary, Versions};
use crate::{Outcome, Settings};

/// What one run measured. Rates are events per second.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    pub(crate) raw_one: f64,
    pub(crate) raw_one_p50: Duration,
    pub(crate) one: Summary,
    pub(crate) batch: u64,
    pub(crate) raw_many: f64,
    pub(crate) many: Summary,
    pub(crate) load_p50: Duration,
    pub(crate) load_p99: Duration,
    pub(crate) scan: f64,
    pub(crate) bytes: u64,
}

/// Bytes of the store's file for each event in it.
pub(crate) fn bytes_per_event(folder: &Path, versions: &Versions) -> Outcome<u64> {
    Ok(std::fs::metadata(folder.join(FILE_NAME))?.len() / versions.total().max(1))
}

/// The table, ratios first.
pub(crate) fn table(settings: &Settings, runs: &[Run]) -> String {
    let median = |figure: &dyn Fn(&Run) -> f64| {
        let mut figures: Vec<f64> = runs.iter().map(figure).collect();
        figures.sort_unstable_by(f64::total_cmp);
        figures.get(figures.len() / 2).copied().unwrap_or_default()
    };
    let ms = |duration: Duration| duration.as_secs_f64() * 1e3;
    let mut table = String::from("| what | median of the runs | target |\n|---|---|---|\n");
    let mut row = |what: &str, figure: String, target: &str| {
        // Writing to a string does not fail.
        let _infallible = writeln!(table, "| {what} | {figure} | {target} |");
    };
    let writers = settings.writers;
    row(
        &format!("{writers} writers, share of the bare file's rate at the same batch"),
        format!("{:.2}", median(&|r| r.many.rate / r.raw_many)),
        "at least 0.30",
    );
    row(
        &format!("{writers} writers, p99 over p50"),
        format!("{:.1}", median(&|r| ms(r.many.p99) / ms(r.many.p50))),
        "below 10",
    );
    row(
        "1 writer, time per append over the bare file's",
        format!("{:.2}", median(&|r| r.raw_one / r.one.rate)),
        "at most 1.3",
    );
    row(
        "loading 20 events, p50 / p99",
        format!(
            "{:.3} / {:.3} ms",
            median(&|r| ms(r.load_p50)),
            median(&|r| ms(r.load_p99))
        ),
        "p50 below 0.3 ms",
    );
    row(
        "scanning the log",
        format!("{:.0} events/s", median(&|r| r.scan)),
        "",
    );
    row(
        "bytes per event in the file",
        format!(
            "{:.0} (payload {})",
            median(&|r| r.bytes as f64),
            settings.payload
        ),
        "",
    );
    appending(&median, &mut row, writers);
    table
}

fn appending(
    median: &dyn Fn(&dyn Fn(&Run) -> f64) -> f64,
    row: &mut dyn FnMut(&str, String, &str),
    writers: usize,
) {
    let ms = |duration: Duration| duration.as_secs_f64() * 1e3;
    let times = |of: &dyn Fn(&Run) -> Summary| {
        format!(
            "{:.0} events/s; p50 {:.2}, p99 {:.2}, max {:.1} ms",
            median(&|r| of(r).rate),
            median(&|r| ms(of(r).p50)),
            median(&|r| ms(of(r).p99)),
            median(&|r| ms(of(r).max)),
        )
    };
    row(&format!("{writers} writers"), times(&|r| r.many), "");
    row(
        "events per commit",
        format!("{:.0}", median(&|r| r.batch as f64)),
        "",
    );
    row(
        "bare file at that batch",
        format!("{:.0} events/s", median(&|r| r.raw_many)),
        "",
    );
    row("1 writer", times(&|r| r.one), "");
    row(
        "bare file, 1 event",
        format!(
            "{:.0} events/s; p50 {:.2} ms",
            median(&|r| r.raw_one),
            median(&|r| ms(r.raw_one_p50))
        ),
        "",
    );
}
