//! The speed table: all rows in one run, each beside what it is compared with, written to `docs/performance.md`,
//! `docs/performance/speed.json` and plots. `--row <number>` measures one row, and may be given several times.

pub(crate) mod cards;
pub(crate) mod figure;
mod growth;
mod others;
mod peers;
mod plot;
mod program;
mod replies;
pub(crate) mod standin;
mod surroundings;
mod write;

use std::path::Path;

use events::{Clock as _, SystemClock};

use self::cards::Measured;
use self::figure::{Figure, Row};
use crate::{Outcome, Settings, fairness, machine, memory, say, scale};

/// What each row is about.
const WORK: [&str; 12] = [
    "cards to a connector that never throttles",
    "bot endpoint with a card in reply",
    "intake in batches of 100",
    "read models and work built again",
    "others' cards beside a burst",
    "event in, card at the connector",
    "memory",
    "growth of the log",
    "start while cards wait",
    "the store beside a bare file",
    "compiling `make run`",
    "bytes written at a quiet pace",
];

/// The order in which they run: memory before anything else has been allocated, and what takes long last.
const ORDER: [u8; 10] = [7, 1, 2, 3, 12, 10, 8, 5, 9, 11];

pub(crate) async fn measure(folder: &Path, settings: &Settings) -> Outcome<()> {
    let mut rows = Vec::new();
    for number in ORDER {
        let wanted = |row: u8| settings.rows.is_empty() || settings.rows.contains(&u64::from(row));
        let asked = match number {
            1 => wanted(1) || wanted(6),
            8 => wanted(8) || wanted(4),
            other => wanted(other),
        };
        if !asked {
            continue;
        }
        let here = folder.join(number.to_string());
        std::fs::create_dir_all(&here)?;
        let began = format!(
            "{}, load {}",
            SystemClock.now().format("%-d %b %Y, %H:%M UTC"),
            machine::load()
        );
        say(&format!("row {number}: {began}"))?;
        let measured = match Box::pin(row(number, &here, settings)).await {
            Ok(measured) => measured,
            Err(error) => {
                say(&format!("row {number} could not be measured: {error}"))?;
                continue;
            }
        };
        for (number, (figures, conditions)) in measured {
            let row = Row {
                number,
                work: WORK[usize::from(number) - 1].to_owned(),
                figures,
                conditions,
                measured: format!("{began} before and {} after", machine::load()),
            };
            tell(&row)?;
            rows.push(row);
        }
        // What was measured is kept, whatever becomes of the rest.
        write::rows(rows.clone())?;
        std::fs::remove_dir_all(&here)?;
    }
    Ok(())
}

async fn row(number: u8, folder: &Path, settings: &Settings) -> Outcome<Vec<(u8, Measured)>> {
    Ok(match number {
        1 => {
            let (cards, soon) = Box::pin(cards::measure(folder, settings)).await?;
            vec![(1, cards), (6, soon)]
        }
        2 => vec![(2, Box::pin(replies::measure(folder, settings)).await?)],
        3 => vec![(3, others::intake(folder, settings).await?)],
        5 => vec![(5, burst(folder, settings).await?)],
        7 => vec![(7, people(folder, settings).await?)],
        8 => {
            let (growth, rebuilt, stages) = Box::pin(growth::measure(folder, settings)).await?;
            write::growth(&stages)?;
            vec![(8, growth), (4, rebuilt)]
        }
        9 => vec![(9, start(folder, settings).await?)],
        10 => vec![(10, others::bare_file()?)],
        11 => vec![(11, others::compiling(folder)?)],
        _ => vec![(12, others::quiet(folder).await?)],
    })
}

fn tell(row: &Row) -> Outcome<()> {
    say(&format!("\n{}. {} ({})", row.number, row.work, row.conditions))?;
    for figure in &row.figures {
        let met = figure
            .is_met()
            .map_or("", |met| if met { "met" } else { "MISSED" });
        say(&format!(
            "   {:<50} {:>16}   {} {met}",
            figure.what,
            figure.shown(),
            figure.wanted()
        ))?;
    }
    Ok(())
}

async fn burst(folder: &Path, settings: &Settings) -> Outcome<Measured> {
    let [without, first, later] = fairness::lines(folder, settings).await?;
    let seconds = |time: std::time::Duration| time.as_secs_f64();
    let figures = vec![
        Figure::ms("without, p99", without.p99()),
        Figure::ms("from the first second of the burst on, p99", first.p99()),
        Figure::ratio(
            "from the first second on, against without",
            seconds(first.p99()),
            seconds(without.p99()),
        )
        .at_most(1.1),
        Figure::ms("once it is being sent, p99", later.p99()),
        Figure::ratio(
            "once it is being sent, against without",
            seconds(later.p99()),
            seconds(without.p99()),
        )
        .at_most(1.1),
    ];
    Ok((
        figures,
        format!(
            "{} broadcasts for {} people; fifty others, twenty cards a second",
            settings.burst, settings.crowd
        ),
    ))
}

async fn people(folder: &Path, settings: &Settings) -> Outcome<Measured> {
    let measured = memory::lines(folder, settings).await?;
    let own = |state: usize| measured.get(state).map_or(0, |memory| memory.own);
    let each = |from: usize, to: usize| (own(to) - own(from)) as f64 / settings.users.max(1) as f64 / 1_024.0;
    let mib = |state: usize| own(state) as f64 / f64::from(1 << 20);
    let million = mib(0) + each(0, 1) * 1e6 / 1_024.0 + each(1, 2) * 1e5 / 1_024.0;
    let figures = vec![
        Figure::new("an idle actor", each(1, 2), "KiB").at_most(1.25),
        Figure::new("a known person without", each(0, 1), "KiB"),
        Figure::new("all known, all active", mib(2), "MiB"),
        Figure::new("all retired", mib(3), "MiB"),
        Figure::new("a million known, 100,000 active (reckoned)", million, "MiB").at_most(512.0),
        Figure::ratio(
            "given back of what actors took",
            own(2) as f64 - own(3) as f64,
            own(2) as f64 - own(1) as f64,
        )
        .at_least(0.9),
    ];
    let sizes = format!(
        "{} people; a million is reckoned from what each takes, which is too much: caches that end at 256 MiB are in it",
        settings.users
    );
    Ok((figures, sizes))
}

async fn start(folder: &Path, settings: &Settings) -> Outcome<Measured> {
    let (up, first) = scale::restarted(folder, settings).await?;
    let figures = vec![
        Figure::ms("ready", up).at_most(1_000.0),
        Figure::ms("the first card after that", first),
    ];
    Ok((
        figures,
        format!(
            "{} waiting cards of {} tenants",
            settings.waiting, settings.tenants
        ),
    ))
}
