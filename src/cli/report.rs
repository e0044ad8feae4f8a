//! `report`: numbers about cards and people, each as of a position in the log that is printed with it. They are folded
//! from the log itself, beside a running service or without one. Of a long log checkpoints are kept in the data folder.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use chrono_tz::Tz;
use clap::{Args, Subcommand, ValueEnum};
use events::organization::CardKind;
use events::{EventStore, OrganizationId, Position};
use projections::metrics::catalogue;
use projections::metrics::checkpoints::Checkpoints;
use projections::metrics::tally::By;
use tokio::sync::watch;

use super::progress;
use crate::config::Config;
use crate::periods::Bound;
use crate::report::changes::difference;
use crate::report::query::{self, AsOf, Format, ReportQuery};
use crate::report::verify::{Verdict, verify};
use crate::report::{ReportError, compute, write};

mod reachability;

/// Print numbers.
#[derive(Debug, Args)]
pub(super) struct Report {
    #[command(subcommand)]
    command: ReportCommand,
}

#[derive(Debug, Subcommand)]
enum ReportCommand {
    /// How far cards came, and how each one stands that did not, with its reason
    Delivery(Asked),
    /// How many people have the app, are linked, connected, paused, disconnected or blocked
    Reach(Asked),
    /// How long cards take to arrive and people to answer: median and 90th percentile
    Responsiveness(Asked),
    /// What each programme sent and what reached people, and who comes to ERG events
    Programmes(Asked),
    /// How many were asked, opened surveys, answered questions, and submitted
    Surveys(Asked),
    /// Messages that reached people, that people wrote, and that were lost
    Messages(Asked),
    /// What became of tries: throttled, refused, unknown
    Faults(Asked),
    /// How long each tenant's cards wait, and how many of its own stand before them
    Fairness(Asked),
    /// Whom the service can reach now, and what to tell those it cannot
    Reachability(reachability::Reachability),
    /// What each report counts, in words
    Definitions,
    /// What changed between two positions or times, with the events that changed it
    Diff(Diff),
    /// Ask the log again what a written report says, and compare
    Verify(Verify),
}

#[derive(Debug, Args)]
struct Narrowed {
    /// Only this organization
    #[arg(long, value_name = "ID")]
    organization: Option<OrganizationId>,
    /// Only this programme, as Chronus names it
    #[arg(long, value_name = "NAME")]
    program: Option<String>,
    /// Only this card, such as `mentoring_request`
    #[arg(long, value_name = "CARD", value_parser = query::kind)]
    kind: Option<CardKind>,
    /// Only domain events of this type, such as `com.chronus.mentoring_request.sent`
    #[arg(long = "event-type", value_name = "TYPE")]
    event_type: Option<String>,
    /// Only what happened from then on: 2026-03-01, 2026-W10, 2026-03 or 2026-03-01T09:30:00Z
    #[arg(long, visible_alias = "since", value_name = "TIME")]
    from: Option<Bound>,
    /// Only what happened before then
    #[arg(long, visible_alias = "until", value_name = "TIME")]
    to: Option<Bound>,
    /// Group by day, week, month, hour, weekday, kind, program, class or organization
    #[arg(long, value_name = "WHAT", value_parser = query::by)]
    by: Option<By>,
    /// Whose days and hours, such as Europe/Berlin
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = query::zone)]
    zone: Tz,
    /// Count the chat's own cards too: welcomes and answers to commands
    #[arg(long)]
    chat: bool,
    /// Show groups of fewer than five people too
    #[arg(long)]
    small_groups: bool,
    /// Only by this version of the definition, such as v1
    #[arg(long, value_name = "VERSION", value_delimiter = ',')]
    definition: Vec<String>,
}

#[derive(Debug, Args)]
struct Asked {
    #[command(flatten)]
    narrowed: Narrowed,
    /// What the log held then: a position, LOG@POSITION, or a time
    #[arg(long, value_name = "PLACE")]
    as_of: Option<AsOf>,
    /// Print the rows behind the figures instead of the figures
    #[arg(long)]
    rows: bool,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Begin CSV with a byte order mark, for spreadsheets that need one
    #[arg(long)]
    bom: bool,
    /// Write into this file instead, whole or not at all
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Read the log from its beginning, also where checkpoints would do
    #[arg(long)]
    fresh: bool,
}

#[derive(Debug, Args)]
struct Diff {
    /// Which report
    #[arg(value_name = "REPORT", default_value = "delivery")]
    name: String,
    #[command(flatten)]
    narrowed: Narrowed,
    /// The one place: a position, LOG@POSITION, or a time
    #[arg(long, value_name = "PLACE")]
    as_of: AsOf,
    /// The other place
    #[arg(long, value_name = "PLACE")]
    and: AsOf,
    /// How to print it
    #[arg(long, value_enum, default_value_t = DiffFormat::Table)]
    format: DiffFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum DiffFormat {
    /// For people
    Table,
    /// One JSON object
    Json,
}

#[derive(Debug, Args)]
struct Verify {
    /// The report, in any format
    file: PathBuf,
    /// Read the log from its beginning, also where checkpoints would do
    #[arg(long)]
    fresh: bool,
}

impl Report {
    pub(super) fn run(self, config: &Config) -> anyhow::Result<()> {
        let (name, asked) = match self.command {
            ReportCommand::Delivery(asked) => ("delivery", asked),
            ReportCommand::Reach(asked) => ("reach", asked),
            ReportCommand::Responsiveness(asked) => ("responsiveness", asked),
            ReportCommand::Programmes(asked) => ("programmes", asked),
            ReportCommand::Surveys(asked) => ("surveys", asked),
            ReportCommand::Messages(asked) => ("messages", asked),
            ReportCommand::Faults(asked) => ("faults", asked),
            ReportCommand::Fairness(asked) => ("fairness", asked),
            ReportCommand::Reachability(reachability) => return reachability.run(config),
            ReportCommand::Definitions => return definitions(),
            ReportCommand::Diff(diff) => return super::block_on(diff.run(config)),
            ReportCommand::Verify(file) => return super::block_on(file.run(config)),
        };
        super::block_on(asked.run(name, config))
    }
}

impl Narrowed {
    fn query(&self, name: &str, as_of: AsOf) -> Result<ReportQuery, ReportError> {
        let query = ReportQuery {
            organization: self.organization.clone(),
            program: self.program.clone(),
            kind: self.kind,
            event_type: self.event_type.clone(),
            from: self.from,
            to: self.to,
            by: self.by,
            zone: self.zone,
            as_of,
            chat: self.chat,
            small_groups: self.small_groups,
            ..ReportQuery::named(name)?
        };
        query.check()?;
        for version in &self.definition {
            query.demand_version(version)?;
        }
        Ok(query)
    }
}

impl Asked {
    async fn run(self, name: &str, config: &Config) -> anyhow::Result<()> {
        let as_of = self.as_of.unwrap_or(AsOf::End);
        let query = ReportQuery {
            rows: self.rows,
            ..self.narrowed.query(name, as_of)?
        };
        if self.bom && self.format != Format::Csv {
            bail!("--bom goes with --format csv");
        }
        let store = super::open_log(config).await?;
        let log = &store;
        let kept = Checkpoints::in_folder(&config.data.folder);
        let kept = (!self.fresh).then_some(&kept);
        let document = folding(&**log, |at| async move {
            let document = compute(&**log, kept, &query, organizations(config), &at).await;
            document.map_err(anyhow::Error::from)
        })
        .await?;
        let bytes = write(&document, self.format, self.bom);
        match &self.out {
            None => io::stdout().lock().write_all(&bytes)?,
            Some(file) => write_whole(file, &bytes)?,
        }
        Ok(())
    }
}

impl Diff {
    async fn run(self, config: &Config) -> anyhow::Result<()> {
        let query = self.narrowed.query(&self.name, self.as_of)?;
        let store = super::open_log(config).await?;
        let log = &store;
        let found = folding(&**log, |at| async move {
            let found = difference(&**log, &query, self.and, organizations(config), &at).await;
            found.map_err(anyhow::Error::from)
        })
        .await?;
        let mut out = io::stdout().lock();
        match self.format {
            DiffFormat::Table => out.write_all(found.told().as_bytes())?,
            DiffFormat::Json => writeln!(out, "{:#}", found.json())?,
        }
        Ok(())
    }
}

impl Verify {
    async fn run(self, config: &Config) -> anyhow::Result<()> {
        let file = self.file.display();
        let bytes = std::fs::read(&self.file).with_context(|| format!("failed to read {file}"))?;
        let store = super::open_log(config).await?;
        let (log, bytes) = (&store, &bytes);
        let kept = (!self.fresh).then(|| Checkpoints::in_folder(&config.data.folder));
        let kept = kept.as_ref();
        let verdict = folding(&**log, |at| async move {
            let verdict = verify(&**log, kept, bytes, organizations(config), &at).await;
            verdict.map_err(anyhow::Error::from)
        })
        .await
        .with_context(|| format!("{file} cannot be compared with the log"))?;
        match verdict {
            Verdict::Same { sha256 } => {
                writeln!(
                    io::stdout().lock(),
                    "{file} is what this log gives, byte for byte: sha256 {sha256}"
                )?;
                Ok(())
            }
            Verdict::Edited { line: None } => bail!(
                "{file} was changed after it was written: its bytes are not what this log gives, though the hash in it is right"
            ),
            Verdict::Edited { line: Some(line) } => bail!(
                "{file} was changed after it was written: line {line} is not what this log gives, though the hash in it is right"
            ),
            Verdict::Other { written, computed } => bail!(
                "{file} is not what this log gives: its hash is {written}, and the log's {computed}; it was changed, \
                 comes from another log, or was written by another release"
            ),
        }
    }
}

/// Does `work` on the log and tells meanwhile how far it is.
async fn folding<T, W: Future<Output = anyhow::Result<T>>>(
    store: &dyn EventStore,
    work: impl FnOnce(watch::Sender<Position>) -> W,
) -> anyhow::Result<T> {
    let (teller, at) = watch::channel(Position::START);
    let head = *store.head().borrow();
    progress::during("folding the log", at, head, work(teller)).await
}

fn organizations(config: &Config) -> impl Iterator<Item = &OrganizationId> {
    config.organizations.iter().map(|one| &one.id)
}

/// Writes beside the file first, so that what has its name is whole.
fn write_whole(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut beside = file.as_os_str().to_owned();
    beside.push(".part");
    let beside = PathBuf::from(beside);
    let written = std::fs::File::create(&beside).and_then(|mut part| {
        part.write_all(bytes)?;
        part.sync_all()
    });
    if let Err(error) = written.and_then(|()| std::fs::rename(&beside, file)) {
        // What is left of it is nobody's; the error that is told is the first one.
        drop(std::fs::remove_file(&beside));
        return Err(error).with_context(|| format!("failed to write {}", file.display()));
    }
    Ok(())
}

fn definitions() -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    for one in catalogue::ALL {
        writeln!(out, "{}: {}\n  {}\n", one.id(), one.about, one.text)?;
    }
    Ok(())
}
