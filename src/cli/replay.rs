//! `replay`: the log on stdout, one event a line in the log's order, as NDJSON or for people. Reads only, also beside a
//! running service, and ends at the position that was the head when it began, or goes on with what comes. Personal values
//! stay sealed unless asked for.

use std::collections::{BTreeSet, HashSet};
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use chrono::{DateTime, SecondsFormat, Utc};
use clap::{Args, ValueEnum};
use events::sealing::found;
use events::{
    Direction, EventId, EventStore, LeaseEvent, LogEvent, LogId, OrganizationEvent, OutboundEvent, Position,
    Recorded, StreamId, StreamKind, TenantEvent, UserEvent, Vault, Version,
};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::watch;
use uuid::Uuid;

use super::{acts, moment, progress};
use crate::chronus::identity;
use crate::config::Config;
use crate::keys::KeyStore;

mod checkpoint;
mod picking;
mod timeline;

use picking::{Picker, Picking};

/// Events read at a time.
const BATCH: usize = 2_000;
/// What the audit says where nobody said why.
const NO_REASON: &str = "no reason was given";

/// How events are printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Form {
    /// One JSON object a line
    #[default]
    Ndjson,
    /// One line for people, with the time since the one before
    Timeline,
}

/// Print the event log.
#[derive(Debug, Default, Args)]
pub(super) struct Replay {
    /// Only this stream, or with a star at the end every stream that begins so: user-*
    #[arg(long, value_name = "STREAM")]
    stream: Option<String>,
    /// Only events with this stored name; give it again for more
    #[arg(long = "type", value_name = "NAME", value_parser = known_type)]
    types: Vec<String>,
    /// Only the thread of this correlation id, or of the card with this notification id: from the domain event to Chronus'
    /// receipt of the answer
    #[arg(long, value_name = "ID", value_parser = super::guid)]
    correlation: Option<Uuid>,
    /// The same as a story for people, with the delays between its steps; also of the event with this id
    #[arg(long, value_name = "ID", value_parser = super::guid, conflicts_with = "correlation")]
    thread: Option<Uuid>,
    #[command(flatten)]
    picking: Picking,
    /// Only events of this moment or later: 2026-03-01, 2026-W10, 2026-03 or 2026-03-01T09:30:00Z
    #[arg(long, value_name = "TIME", value_parser = moment)]
    from: Option<DateTime<Utc>>,
    /// Only events before this moment
    #[arg(long, value_name = "TIME", value_parser = moment)]
    to: Option<DateTime<Utc>>,
    /// Only events after this position
    #[arg(long, value_name = "POSITION", default_value_t = 0)]
    after: u64,
    /// Only events up to this position
    #[arg(long, value_name = "POSITION")]
    until: Option<u64>,
    /// At most so many events
    #[arg(long, value_name = "COUNT")]
    limit: Option<usize>,
    /// Go on with what is recorded from now on, until it is stopped
    #[arg(long, conflicts_with_all = ["until", "correlation", "thread"])]
    follow: bool,
    /// How to print it
    #[arg(long, value_enum, default_value_t)]
    format: Form,
    /// Go on after an event that cannot be read, and name it
    #[arg(long)]
    skip_unreadable: bool,
    /// Begin where this file says, and keep in it how far it came
    #[arg(long, value_name = "FILE", conflicts_with_all = ["correlation", "thread", "stream", "limit"])]
    checkpoint: Option<PathBuf>,
    /// Open personal values with the key table; what belonged to erased people stays closed
    #[arg(long)]
    reveal: bool,
    /// Why values are opened; kept in the audit, so without personal data
    #[arg(long, value_name = "WORDS", requires = "reveal")]
    reason: Option<String>,
}

/// Every stored name there is.
fn type_names() -> impl Iterator<Item = &'static str> {
    [
        UserEvent::TYPES,
        OrganizationEvent::TYPES,
        TenantEvent::TYPES,
        OutboundEvent::TYPES,
        LeaseEvent::TYPES,
        LogEvent::TYPES,
    ]
    .into_iter()
    .flatten()
    .map(|(name, _)| *name)
}

fn known_type(name: &str) -> Result<String, String> {
    if type_names().any(|known| known == name) {
        return Ok(name.to_owned());
    }
    let nearest = type_names()
        .max_by(|one, other| strsim::jaro_winkler(one, name).total_cmp(&strsim::jaro_winkler(other, name)));
    Err(format!(
        "no event is called so; did you mean {}?",
        nearest.unwrap_or_default()
    ))
}

impl Replay {
    pub(super) fn run(self, config: &Config) -> anyhow::Result<()> {
        super::block_on(async {
            let store = super::open_log(config).await?;
            let keys = if self.reveal {
                let keys = open_keys(config).await?;
                if let Err(error) = self.record(config).await {
                    keys.close().await;
                    return Err(error);
                }
                Some(keys)
            } else {
                None
            };
            let vault = keys.as_ref().map(KeyStore::vault);
            let mut out = BufWriter::new(io::stdout().lock());
            let result = self.print_thread(&*store, vault.as_ref(), &mut out).await;
            if let Some(keys) = keys {
                keys.close().await;
            }
            result
        })
    }

    /// Records that the log is opened, and why; nothing is printed before it stands.
    async fn record(&self, config: &Config) -> anyhow::Result<()> {
        let reason = self.reason.as_deref().unwrap_or(NO_REASON);
        identity::check_reason(reason)
            .map_err(anyhow::Error::msg)
            .context("--reason cannot be recorded")?;
        acts::open_whole(config, acts::opening("log".to_owned(), "replay", reason)).await
    }

    /// Prints what is asked for. Where nothing has the correlation id, it may be a card's or an event's, whose thread is
    /// printed then.
    async fn print_thread(
        &self,
        store: &dyn EventStore,
        vault: Option<&Vault>,
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        let thread = self.correlation.or(self.thread);
        let (teller, at) = watch::channel(Position::START);
        let printing = self.print(store, vault, thread, out, &teller);
        let head = *store.head().borrow();
        // On a terminal the events themselves show how far it is.
        let found = if self.follow || io::stdout().is_terminal() {
            printing.await?
        } else {
            progress::during("replaying the log", at, head, printing).await?
        };
        let Some(id) = thread.filter(|_| !found) else {
            return Ok(());
        };
        match correlation_of(store, id).await? {
            Some(correlation) => {
                let printed = self.print(store, vault, Some(correlation), out, &teller);
                printed.await.map(drop)
            }
            None => bail!(
                "nothing in this log has the correlation id {id}, and no card has it as its notification id; ids stand in \
                 the answers of POST /v1/events and in replay itself"
            ),
        }
    }

    /// Prints the events that are asked for; answers whether any belongs to the thread, printed or not.
    async fn print(
        &self,
        store: &dyn EventStore,
        vault: Option<&Vault>,
        correlation: Option<Uuid>,
        out: &mut impl Write,
        teller: &watch::Sender<Position>,
    ) -> anyhow::Result<bool> {
        let head = *store.head().borrow();
        let until = self.until.map_or(head, |until| head.min(Position(until)));
        self.check(head)?;
        let log = events::lineage::read(store).await?.log_id;
        let after = self.begin(log)?;
        // A card that began before has to be known.
        let from = if self.picking.follows_cards() {
            Position::START
        } else {
            after
        };
        let mut source = Source::new(self.stream.as_deref(), from)?;
        let mut printer = Printer {
            replay: self,
            types: self.types.iter().map(String::as_str).collect(),
            thread: correlation.map(Thread::new),
            picker: self.picking.picker(),
            after,
            left: self.limit.unwrap_or(usize::MAX),
            found: false,
            printed: false,
            before: None,
        };
        while printer.left > 0 {
            let events = source.next(store).await?;
            let last = events.last().map(|last| last.position);
            let bound = if self.follow { Position(u64::MAX) } else { until };
            for event in events.iter().filter(|event| event.position <= bound) {
                printer.print(store, event, vault, out).await?;
            }
            out.flush()?;
            if let (Some(file), Some(last)) = (&self.checkpoint, last) {
                // What is only read to know the cards was printed before.
                checkpoint::write(file, log, last.min(bound).max(after))?;
            }
            teller.send_replace(last.unwrap_or(until));
            if self.follow && last.is_none() {
                tokio::time::sleep(LOOK).await;
            } else if !self.follow && last.is_none_or(|last| last >= until) {
                break;
            }
        }
        let unmet = printer.picker.unmet();
        // Whoever goes on from a checkpoint may have had all of it before.
        if !printer.printed && !unmet.is_empty() && self.checkpoint.is_none() {
            bail!(
                "no event from position {} to {until} fits {}; see that it is written as the log has it",
                after.0 + 1,
                unmet.join(" or ")
            );
        }
        Ok(printer.found)
    }

    /// Refuses places that this log does not have, and periods without any time.
    fn check(&self, head: Position) -> anyhow::Result<()> {
        let places = [("after", Some(self.after)), ("until", self.until)];
        for (name, place) in places {
            if let Some(place) = place.filter(|place| *place > head.0 && !self.follow) {
                bail!("--{name} {place} is not in this log yet, which ends at {head}");
            }
        }
        if let Some(until) = self.until.filter(|until| *until <= self.after) {
            bail!("no position lies after {} and up to {until}", self.after);
        }
        if let (Some(from), Some(to)) = (self.from, self.to)
            && from >= to
        {
            bail!("the period is empty: from ({from}) must be before to ({to}), which is not part of it");
        }
        Ok(())
    }

    /// After which position events are printed.
    fn begin(&self, log: Option<LogId>) -> anyhow::Result<Position> {
        let kept = match &self.checkpoint {
            Some(file) => checkpoint::read(file, log)?,
            None => Position::START,
        };
        Ok(kept.max(Position(self.after)))
    }

    /// Whether events are printed for people.
    fn is_for_people(&self) -> bool {
        self.thread.is_some() || self.format == Form::Timeline
    }

    fn wants(&self, event: &Recorded, types: &BTreeSet<&str>) -> bool {
        let time = event.metadata.time;
        let prefix = self.stream.as_deref().and_then(|stream| stream.strip_suffix('*'));
        // What nodes say about themselves is printed only where it is asked for by name.
        let asked_for = self.stream.is_some() || !types.is_empty();
        (asked_for || event.stream.kind() != StreamKind::Lease)
            && (types.is_empty() || types.contains(&*event.event_type))
            && prefix.is_none_or(|prefix| event.stream.as_str().starts_with(prefix))
            && self.from.is_none_or(|from| time >= from)
            && self.to.is_none_or(|to| time < to)
    }
}

/// What is printed of a log, event by event.
struct Printer<'r> {
    replay: &'r Replay,
    types: BTreeSet<&'r str>,
    thread: Option<Thread>,
    picker: Picker<'r>,
    after: Position,
    left: usize,
    found: bool,
    printed: bool,
    /// When the event before was recorded.
    before: Option<DateTime<Utc>>,
}

impl Printer<'_> {
    async fn print(
        &mut self,
        store: &dyn EventStore,
        event: &Recorded,
        vault: Option<&Vault>,
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        // Also where it is not printed: what follows may belong to it.
        let belongs = self.thread.as_mut().is_none_or(|thread| thread.takes(event));
        let picked = self.picker.takes(store, event).await?;
        self.found |= belongs;
        let wanted =
            belongs && picked && event.position > self.after && self.replay.wants(event, &self.types);
        if self.left == 0 || !wanted {
            return Ok(());
        }
        let text = if self.replay.is_for_people() {
            match serde_json::from_str(&event.payload) {
                Ok(data) => Ok(timeline::line(event, &data, self.before)),
                Err(error) => Err(anyhow::Error::from(error)
                    .context(format!("the event at position {} holds no JSON", event.position))),
            }
        } else {
            line(event, vault).await
        };
        match text {
            Ok(text) => writeln!(out, "{text}")?,
            Err(error) if self.replay.skip_unreadable => {
                writeln!(
                    io::stderr().lock(),
                    "skipped position {} ({}): {error:#}",
                    event.position,
                    event.id
                )?;
                return Ok(());
            }
            Err(error) => return Err(error),
        }
        self.before = Some(event.metadata.time);
        self.printed = true;
        self.left -= 1;
        Ok(())
    }
}

/// The correlation id of the event with this id, or of the thread in which the card with this notification id was first
/// spoken of.
async fn correlation_of(store: &dyn EventStore, notification: Uuid) -> anyhow::Result<Option<Uuid>> {
    let (mut source, named) = (Source::Log(Position::START), format!("\"{notification}\""));
    loop {
        let events = source.next(store).await?;
        if events.is_empty() {
            return Ok(None);
        }
        let meant = |event: &&Recorded| event.id.0 == notification || event.payload.contains(&named);
        if let Some(event) = events.iter().find(meant) {
            return Ok(Some(event.metadata.correlation_id));
        }
    }
}

/// One thread through the log. An answer that is handed over is recorded with an id of its own and names the place of
/// the answer, so the thread remembers the places that it went through.
#[derive(Debug)]
struct Thread {
    id: Uuid,
    places: HashSet<Position>,
}

impl Thread {
    fn new(id: Uuid) -> Self {
        Self {
            id,
            places: HashSet::new(),
        }
    }

    fn takes(&mut self, event: &Recorded) -> bool {
        let named = || match event.decode::<OutboundEvent>() {
            Ok(OutboundEvent::ResponseDelivered(e)) => self.places.contains(&e.response),
            Ok(OutboundEvent::ResponseFailed(e)) => self.places.contains(&e.response),
            Ok(OutboundEvent::ResponseRequeued(e)) => self.places.contains(&e.response),
            _ => false,
        };
        let takes = event.metadata.correlation_id == self.id || named();
        if takes {
            self.places.insert(event.position);
        }
        takes
    }
}

/// Where events are read from: one stream by its own index, or the whole log.
#[derive(Debug)]
enum Source {
    Stream(StreamId, Version),
    Log(Position),
}

impl Source {
    fn new(stream: Option<&str>, after: Position) -> anyhow::Result<Self> {
        match stream {
            Some(name) if !name.ends_with('*') => {
                let stream = StreamId::parse(name).with_context(|| format!("{name:?} is no stream"))?;
                Ok(Self::Stream(stream, Version::NONE.plus(1)))
            }
            _ => Ok(Self::Log(after)),
        }
    }

    /// The next events; none at the end.
    async fn next(&mut self, store: &dyn EventStore) -> anyhow::Result<Vec<Recorded>> {
        match self {
            Self::Stream(stream, from) => {
                let events = store
                    .read_stream(stream.clone(), *from, Direction::Forwards, BATCH)
                    .await?;
                *from = from.plus(events.len());
                Ok(events)
            }
            Self::Log(after) => {
                let events = store.read_log(*after, BATCH).await?;
                if let Some(last) = events.last() {
                    *after = last.position;
                }
                Ok(events)
            }
        }
    }
}

/// How often a log that is followed is looked at: another process writes it, and tells nobody.
const LOOK: std::time::Duration = std::time::Duration::from_millis(500);

/// Opens the keys that belong to the log. A missing table is an error: a new one would open nothing.
async fn open_keys(config: &Config) -> anyhow::Result<KeyStore> {
    let path = config.data.keys();
    anyhow::ensure!(
        config.keys.url.is_some() || path.exists(),
        "--reveal needs the key table, and {} does not exist",
        path.display()
    );
    let keys = config.clone().ready_to_open()?.keys;
    Ok(KeyStore::open(&keys, &config.data.folder).await?)
}

/// One event as a line of JSON.
async fn line(event: &Recorded, vault: Option<&Vault>) -> anyhow::Result<String> {
    let mut data: Value = serde_json::from_str(&event.payload)
        .with_context(|| format!("the event at position {} holds no JSON", event.position))?;
    if let Some(vault) = vault {
        reveal(&mut data, vault).await?;
    }
    let line = Line {
        position: event.position,
        stream: event.stream.as_str(),
        version: event.version,
        id: event.id,
        event_type: &event.event_type,
        schema_version: event.schema_version,
        time: event.metadata.time.to_rfc3339_opts(SecondsFormat::Millis, true),
        correlation_id: event.metadata.correlation_id,
        causation_id: event.metadata.causation_id,
        data,
    };
    Ok(serde_json::to_string(&line)?)
}

/// An event as it is printed; the order of the fields is the order in the line.
#[derive(Debug, Serialize)]
struct Line<'e> {
    position: Position,
    stream: &'e str,
    version: Version,
    id: EventId,
    #[serde(rename = "type")]
    event_type: &'e str,
    schema_version: u16,
    time: String,
    correlation_id: Uuid,
    causation_id: Uuid,
    data: Value,
}

/// Puts every sealed value's plain text in its place, or `{"erased": …}` where the person was erased.
async fn reveal(data: &mut Value, vault: &Vault) -> anyhow::Result<()> {
    for (place, sealed) in found::in_value(&*data) {
        let plain = match vault.open(&sealed).await? {
            Some(text) => Value::String(text),
            None => json!({ "erased": sealed.person }),
        };
        if let Some(value) = data.pointer_mut(&place) {
            *value = plain;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_type_is_answered_with_the_nearest() {
        assert_eq!(known_type("AppInstalled").as_deref(), Ok("AppInstalled"));
        assert!(
            known_type("AppInstaled")
                .unwrap_err()
                .ends_with("did you mean AppInstalled?")
        );
    }
}
