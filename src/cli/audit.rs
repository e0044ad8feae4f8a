//! `audit`: who did what, when, why and from where, as the log has it; also beside a running service. What was printed before
//! can be held against the log: an entry that was changed or taken out since shows.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use events::{Direction, EventStore, OrganizationId, Position, ReadError, Recorded, StreamId, Version};
use serde_json::Value;

use crate::audit::{entry, on_one_line, stream_of, syslog};
use crate::config::Config;

/// Events read at a time where the log is read as a whole.
const BATCH: usize = 1_000;

/// How entries are printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Form {
    /// One line for people
    #[default]
    Text,
    /// One JSON object a line, with the hash that the next entry names
    Ndjson,
    /// One line of syslog (RFC 5424)
    Syslog,
}

/// Print who did what, when, why and from where.
#[derive(Debug, Args)]
pub(super) struct Audit {
    /// The organization's id; without it what concerns none alone: openings of the whole log, unknown keys
    #[arg(long, value_name = "ID")]
    organization: Option<OrganizationId>,
    /// How to print it
    #[arg(long, value_enum, default_value_t)]
    format: Form,
    /// Only entries after this number
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    after: u64,
    /// Print nothing, and hold a file that `--format ndjson` wrote against the log
    #[arg(long, value_name = "FILE", conflicts_with_all = ["format", "after"])]
    compare: Option<PathBuf>,
}

impl Audit {
    pub(super) fn run(self, config: &Config) -> anyhow::Result<()> {
        super::block_on(async {
            let store = super::open_log(config).await?;
            let stream = stream_of(self.organization.as_ref());
            if let Some(organization) = &self.organization {
                demand_known(config, &*store, organization).await?;
            }
            match &self.compare {
                Some(file) => compare(&*store, &stream, file).await,
                None => self.print(&*store, &stream).await,
            }
        })
    }

    async fn print(&self, store: &dyn EventStore, stream: &StreamId) -> anyhow::Result<()> {
        let mut out = BufWriter::new(io::stdout().lock());
        let printed = entry::each::<anyhow::Error>(store, stream, self.after, |event| {
            let told = entry::told(event);
            let line = match self.format {
                Form::Text => text(&told),
                Form::Ndjson => told.to_string(),
                Form::Syslog => syslog::line(&told),
            };
            Ok(writeln!(out, "{line}")?)
        })
        .await;
        if let Err(error) = printed {
            return Err(match first_missing(store, stream).await {
                Some(number) => error.context(format!(
                    "entry {number} is not in the log any more; `check --audit` tells what else is damaged"
                )),
                None => error,
            });
        }
        Ok(out.flush()?)
    }
}

/// Refuses an organization that neither the configuration nor the log knows: nothing to print would look like good news.
async fn demand_known(
    config: &Config,
    store: &dyn EventStore,
    organization: &OrganizationId,
) -> anyhow::Result<()> {
    for stream in [
        StreamId::audit(organization),
        StreamId::organization(organization),
    ] {
        // Whatever cannot be read is known.
        let first = store
            .read_stream(stream, Version(1), Direction::Forwards, 1)
            .await;
        if first.map_or(true, |events| !events.is_empty()) {
            return Ok(());
        }
    }
    super::models::demand_known(config, organization)
}

fn text(told: &Value) -> String {
    let field = |name: &str| told.get(name).and_then(Value::as_str);
    let what = field("act").or_else(|| field("event")).unwrap_or("-");
    let mut line = format!("{}  {:<22}", field("time").unwrap_or("-"), what);
    for (name, value) in [
        ("about", field("about").or_else(|| field("member_id"))),
        ("by", field("by").or_else(|| field("key"))),
        ("from", field("from")),
        ("reason", field("reason")),
    ] {
        if let Some(value) = value {
            line = format!("{line}  {name}={}", on_one_line(value));
        }
    }
    for name in ["count", "failed"] {
        if !told[name].is_null() {
            line = format!("{line}  {name}={}", told[name]);
        }
    }
    line
}

/// Whether every entry of an earlier export still stands as it stood.
async fn compare(store: &dyn EventStore, stream: &StreamId, file: &Path) -> anyhow::Result<()> {
    let opened = File::open(file).with_context(|| format!("failed to open {}", file.display()))?;
    let (mut lines, mut faults) = (0, 0);
    let mut scanned = None;
    let mut out = io::stdout().lock();
    for line in BufReader::new(opened).lines() {
        let told: Value = serde_json::from_str(&line?)
            .with_context(|| format!("line {} of {} is no entry", lines + 1, file.display()))?;
        lines += 1;
        let number = told["number"].as_u64().unwrap_or(0);
        let how = match standing(store, stream, number).await {
            Ok(Some(stands)) if entry::told(&stands) == told => continue,
            Ok(Some(_)) => "is another one now".to_owned(),
            Ok(None) => "is gone".to_owned(),
            // Where one is gone from the middle of it a stream cannot be read; the rest stands in the log all the same.
            Err(_) => {
                if scanned.is_none() {
                    scanned = Some(scan(store, stream).await?);
                }
                match scanned.as_ref().and_then(|entries| entries.get(&number)) {
                    Some(stands) if entry::told(stands) == told => continue,
                    Some(_) => "is another one now".to_owned(),
                    None => "is gone".to_owned(),
                }
            }
        };
        faults += 1;
        writeln!(out, "entry {number} {how}")?;
    }
    anyhow::ensure!(
        faults == 0,
        "{faults} of {lines} entries do not stand in the log as they were exported"
    );
    Ok(writeln!(out, "all {lines} entries stand as they were exported")?)
}

/// The entries of a stream by their numbers, from the log as a whole.
async fn scan(store: &dyn EventStore, stream: &StreamId) -> Result<BTreeMap<u64, Recorded>, ReadError> {
    let (mut entries, mut after) = (BTreeMap::new(), Position::START);
    loop {
        let events = store.read_log(after, BATCH).await?;
        let Some(last) = events.last() else {
            return Ok(entries);
        };
        after = last.position;
        let own = events.into_iter().filter(|event| event.stream == *stream);
        entries.extend(own.map(|event| (event.version.0, event)));
    }
}

/// The first entry of a stream that is not in the log, where others stand behind it.
async fn first_missing(store: &dyn EventStore, stream: &StreamId) -> Option<u64> {
    let entries = scan(store, stream).await.ok()?;
    let numbers = entries.keys().zip(1..);
    let mut misplaced = numbers.filter(|(stands, due)| *stands != due);
    misplaced.next().map(|(_, due)| due)
}

async fn standing(
    store: &dyn EventStore,
    stream: &StreamId,
    number: u64,
) -> Result<Option<Recorded>, ReadError> {
    let found = entry::after(store, stream, number.saturating_sub(1), 1).await?;
    Ok(found.into_iter().next().filter(|found| found.version.0 == number))
}
