//! `replay`: the log as NDJSON on stdout, one event a line in the log's order. Reads only, also beside a running
//! service, and ends at the position that was the head when it began. Personal values stay sealed unless asked for.

use std::collections::{BTreeSet, HashSet};
use std::io::{self, BufWriter, Write};

use anyhow::Context as _;
use chrono::{DateTime, SecondsFormat, Utc};
use clap::Args;
use events::sealing::found;
use events::{
    Direction, EventId, EventStore, LeaseEvent, LogEvent, OrganizationEvent, OutboundEvent, Position,
    Recorded, StreamId, StreamKind, TenantEvent, UserEvent, Vault, Version,
};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::moment;
use crate::config::Config;
use crate::keys::KeyStore;

/// Events read at a time.
const BATCH: usize = 2_000;

/// Print the event log as NDJSON.
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
    /// Only events of this moment or later: 2026-03-01 or 2026-03-01T09:30:00Z
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
    /// Open personal values with the key table; what belonged to erased people stays closed
    #[arg(long)]
    reveal: bool,
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
                Some(open_keys(config).await?)
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

    /// Prints what is asked for. Where nothing has the correlation id, it may be a card's, whose thread is printed then.
    async fn print_thread(
        &self,
        store: &dyn EventStore,
        vault: Option<&Vault>,
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        let found = self.print(store, vault, self.correlation, out).await?;
        let Some(id) = self.correlation.filter(|_| !found) else {
            return Ok(());
        };
        match correlation_of(store, id).await? {
            Some(correlation) => self.print(store, vault, Some(correlation), out).await.map(drop),
            None => Ok(writeln!(
                io::stderr().lock(),
                "nothing in this log has the correlation id {id}, and no card has it as its notification id"
            )?),
        }
    }

    /// Prints the events that are asked for; answers whether any belongs to the thread, printed or not.
    async fn print(
        &self,
        store: &dyn EventStore,
        vault: Option<&Vault>,
        correlation: Option<Uuid>,
        out: &mut impl Write,
    ) -> anyhow::Result<bool> {
        let mut found = false;
        let head = *store.head().borrow();
        let until = self.until.map_or(head, |until| head.min(Position(until)));
        let mut source = Source::new(self.stream.as_deref(), Position(self.after))?;
        let types: BTreeSet<&str> = self.types.iter().map(String::as_str).collect();
        let mut thread = correlation.map(Thread::new);
        let mut left = self.limit.unwrap_or(usize::MAX);
        while left > 0 {
            let events = source.next(store).await?;
            let ended = events.last().is_none_or(|last| last.position >= until);
            for event in events.iter().filter(|event| event.position <= until) {
                // Also where it is not printed: what follows may belong to it.
                let belongs = thread.as_mut().is_none_or(|thread| thread.takes(event));
                found |= belongs;
                if left > 0 && belongs && self.wants(event, &types) {
                    writeln!(out, "{}", line(event, vault).await?)?;
                    left -= 1;
                }
            }
            if ended {
                break;
            }
        }
        out.flush()?;
        Ok(found)
    }

    fn wants(&self, event: &Recorded, types: &BTreeSet<&str>) -> bool {
        let time = event.metadata.time;
        let prefix = self.stream.as_deref().and_then(|stream| stream.strip_suffix('*'));
        // What nodes say about themselves is printed only where it is asked for by name.
        let asked_for = self.stream.is_some() || !types.is_empty();
        (asked_for || event.stream.kind() != StreamKind::Lease)
            && event.position.0 > self.after
            && (types.is_empty() || types.contains(&*event.event_type))
            && prefix.is_none_or(|prefix| event.stream.as_str().starts_with(prefix))
            && self.from.is_none_or(|from| time >= from)
            && self.to.is_none_or(|to| time < to)
    }
}

/// The correlation id of the thread in which the card with this notification id was first spoken of.
async fn correlation_of(store: &dyn EventStore, notification: Uuid) -> anyhow::Result<Option<Uuid>> {
    let (mut source, named) = (Source::Log(Position::START), format!("\"{notification}\""));
    loop {
        let events = source.next(store).await?;
        if events.is_empty() {
            return Ok(None);
        }
        if let Some(event) = events.iter().find(|event| event.payload.contains(&named)) {
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
