//! The log: what was written, by stream and in all, with the server's rules of appending.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use uuid::Uuid;

use crate::wire::keys;

/// The revision of the event that ends a stream for ever.
const TOMBSTONE: u64 = i64::MAX as u64;
/// Ids remembered with the stream that used them last.
const LATELY: usize = 10_000;

/// An event as the log keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The stream.
    pub stream: String,
    /// Its number there, from 0.
    pub revision: u64,
    /// Where it begins in the log; prepare and commit are the same.
    pub position: u64,
    /// 100 ns ticks since 1970.
    pub created: u64,
    /// What was sent.
    #[serde(flatten)]
    pub event: Proposed,
}

/// An event as it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposed {
    /// The writer's id.
    pub id: Uuid,
    /// The type.
    pub event_type: String,
    /// `application/json` or `application/octet-stream`.
    pub content_type: String,
    /// Metadata.
    #[serde(with = "text")]
    pub custom: Vec<u8>,
    /// Payload.
    #[serde(with = "text")]
    pub data: Vec<u8>,
}

/// What a writer expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expected {
    /// This last revision.
    Revision(u64),
    /// No event.
    NoStream,
    /// Whatever.
    Any,
    /// Any event.
    StreamExists,
}

/// What is to be done to a stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Append these.
    Append(Vec<Proposed>),
    /// Hide what there is; numbers go on.
    Delete,
    /// End it for ever.
    Tombstone,
}

/// A change that was made, or had been made before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Committed {
    /// The stream's last revision of this change; `None` for a stream without events.
    pub revision: Option<u64>,
    /// Where the last event stands; `None` where nothing is written.
    pub position: Option<u64>,
}

/// Why a change was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The stream is elsewhere.
    WrongVersion(Option<u64>),
    /// The stream ended for ever.
    Tombstoned,
}

/// How much was appended by callers, by the part of the stream's name before its dash.
pub type Tallies = BTreeMap<String, Tally>;

/// Appends of one kind of streams, those of the server's own left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Appends.
    pub appends: u64,
    /// Their events.
    pub events: u64,
    /// What they added to the log.
    pub bytes: u64,
}

#[derive(Debug, Default)]
struct Stream {
    /// Indexes into the records.
    records: Vec<usize>,
    tombstoned: bool,
    truncate_before: u64,
    max_count: Option<u64>,
    max_age_seconds: Option<u64>,
}

#[derive(Debug, Default)]
struct Inner {
    records: Vec<Arc<Record>>,
    streams: HashMap<String, Stream>,
    end: u64,
    others: Others,
    /// In which stream an id was used last, of the newest ones. The server forgets what it knew of an id when another
    /// stream uses it: a repeat is then answered as a conflict, although it is none.
    lately: HashMap<Uuid, String>,
    tallies: Tallies,
}

/// What else is written to the log, so that one's own events do not lie side by side.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Others {
    /// The server's own events, now and then.
    #[default]
    System,
    /// These, and the links that the standard projections write: by category and by event type.
    Links,
    /// Nothing.
    Nobody,
}

/// What lies at a place of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The record of this index begins there.
    Record(usize),
    /// The log ends there.
    End,
    /// The middle of a record.
    Inside,
    /// Nothing: the log is shorter.
    Beyond,
}

/// See the module.
#[derive(Debug)]
pub struct Log {
    inner: Mutex<Inner>,
    length: watch::Sender<usize>,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            inner: Mutex::default(),
            length: watch::Sender::new(0),
        }
    }
}

impl Log {
    /// Makes a change, or finds that it was made before.
    pub fn change(&self, stream: &str, expected: Expected, change: Change) -> Result<Committed, Refusal> {
        self.with(|inner| match change {
            Change::Append(events) => inner.append(stream, expected, events),
            Change::Delete => inner.delete(stream, expected),
            Change::Tombstone => inner.tombstone(stream, expected),
        })
    }

    /// Where the last record stands.
    pub fn last_position(&self) -> Option<u64> {
        self.with(|inner| inner.records.last().map(|record| record.position))
    }

    /// Takes over a record from another copy of the log.
    pub fn apply(&self, record: Record) {
        self.with(|inner| inner.push(record));
    }

    /// How much was appended so far.
    pub fn tallies(&self) -> Tallies {
        self.with(|inner| inner.tallies.clone())
    }

    /// The number of records, kept current.
    pub fn length(&self) -> watch::Receiver<usize> {
        self.length.subscribe()
    }

    /// The record at an index.
    pub fn get(&self, index: usize) -> Option<Arc<Record>> {
        self.with(|inner| inner.records.get(index).cloned())
    }

    /// What lies at a position.
    pub fn locate(&self, position: u64) -> Place {
        self.with(|inner| {
            let found = inner
                .records
                .binary_search_by_key(&position, |record| record.position);
            match found {
                Ok(index) => Place::Record(index),
                Err(_) if position == inner.end => Place::End,
                Err(_) if position > inner.end => Place::Beyond,
                Err(_) => Place::Inside,
            }
        })
    }

    /// The number of a stream's last event, also where that is hidden; `None` for no events.
    pub fn last_revision(&self, stream: &str) -> Option<u64> {
        self.with(|inner| {
            let known = inner.streams.get(stream)?;
            (known.records.len() as u64).checked_sub(1)
        })
    }

    /// Forgets all but the first records, as a restored copy does.
    pub fn truncate(&self, length: usize) {
        self.with(|inner| {
            let kept: Vec<_> = inner.records.drain(..).take(length).collect();
            let others = inner.others;
            *inner = Inner {
                others,
                ..Inner::default()
            };
            for record in kept {
                inner.push((*record).clone());
            }
        });
    }

    /// Decides what else is written from now on.
    pub fn set_others(&self, others: Others) {
        self.with(|inner| inner.others = others);
    }

    /// The events of a stream that are neither hidden nor expired, oldest first; `None` for no such stream.
    pub fn stream(&self, stream: &str) -> Result<Option<Vec<Arc<Record>>>, Refusal> {
        self.with(|inner| {
            let Some(known) = inner.streams.get(stream) else {
                return Ok(None);
            };
            if known.tombstoned {
                return Err(Refusal::Tombstoned);
            }
            let visible = inner.visible(known);
            Ok((!visible.is_empty()).then_some(visible))
        })
    }

    fn with<T>(&self, act: impl FnOnce(&mut Inner) -> T) -> T {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let done = act(&mut inner);
        let length = inner.records.len();
        drop(inner);
        self.length
            .send_if_modified(|known| std::mem::replace(known, length) != length);
        done
    }
}

impl Inner {
    fn append(
        &mut self,
        stream: &str,
        expected: Expected,
        events: Vec<Proposed>,
    ) -> Result<Committed, Refusal> {
        let known = self.streams.get(stream);
        if known.is_some_and(|known| known.tombstoned) {
            return Err(Refusal::Tombstoned);
        }
        let count = known.map_or(0, |known| known.records.len() as u64);
        let current = count.checked_sub(1);
        let first = match expected {
            Expected::Revision(revision) => revision.wrapping_add(1),
            Expected::NoStream => 0,
            Expected::Any | Expected::StreamExists => match self.remembered(stream, &events) {
                Some(first) => first,
                None if expected == Expected::StreamExists && count == 0 => {
                    return Err(Refusal::WrongVersion(current));
                }
                None => count,
            },
        };
        if first > count {
            return Err(Refusal::WrongVersion(current));
        }
        if first < count {
            let soft_deleted = known.is_some_and(|known| known.truncate_before >= count);
            let there = |offset: usize| self.id_at(stream, first + offset as u64);
            if !events.is_empty()
                && events
                    .iter()
                    .enumerate()
                    .all(|(n, event)| there(n) == Some(event.id))
                && !self.used_elsewhere(stream, &events)
            {
                let last = first + events.len() as u64 - 1;
                let position = self.at(stream, last).map(|record| record.position);
                return Ok(Committed {
                    revision: Some(last),
                    position,
                });
            }
            if !(expected == Expected::NoStream && soft_deleted) {
                return Err(Refusal::WrongVersion(current));
            }
        }
        self.chatter();
        let mut committed = Committed {
            revision: current,
            position: Some(self.end),
        };
        let links: Vec<String> = if self.others == Others::Links && !stream.starts_with('$') {
            events.iter().map(|event| event.event_type.clone()).collect()
        } else {
            Vec::new()
        };
        let (begun, count) = (self.end, events.len() as u64);
        for event in events {
            let revision = self
                .streams
                .get(stream)
                .map_or(0, |known| known.records.len() as u64);
            let position = self.end;
            committed = Committed {
                revision: Some(revision),
                position: Some(position),
            };
            self.push(Record {
                stream: stream.to_owned(),
                revision,
                position,
                created: ticks(),
                event,
            });
        }
        self.count(stream, count, self.end - begun);
        for (back, event_type) in links.iter().rev().enumerate().rev() {
            let revision = committed.revision.unwrap_or_default() - back as u64;
            self.link(stream, revision, event_type);
        }
        Ok(committed)
    }

    fn count(&mut self, stream: &str, events: u64, bytes: u64) {
        let (kind, _) = stream.split_once('-').unwrap_or((stream, ""));
        let tally = self.tallies.entry(kind.to_owned()).or_default();
        tally.appends += 1;
        tally.events += events;
        tally.bytes += bytes;
    }

    /// What the standard projections write after an event.
    fn link(&mut self, stream: &str, revision: u64, event_type: &str) {
        let category = stream.split_once('-').map_or(stream, |(category, _)| category);
        for linking in [format!("$ce-{category}"), format!("$et-{event_type}")] {
            self.system(&linking, "$>", format!("{revision}@{stream}").into_bytes());
        }
    }

    /// An event of the server's own.
    fn system(&mut self, stream: &str, event_type: &str, data: Vec<u8>) {
        let revision = self
            .streams
            .get(stream)
            .map_or(0, |known| known.records.len() as u64);
        let position = self.end;
        self.push(Record {
            stream: stream.to_owned(),
            revision,
            position,
            created: ticks(),
            event: Proposed {
                id: Uuid::from_u64_pair(u64::MAX, position),
                event_type: event_type.to_owned(),
                content_type: keys::JSON.to_owned(),
                custom: Vec::new(),
                data,
            },
        });
    }

    /// Whether another stream used one of these ids after this one did.
    fn used_elsewhere(&self, stream: &str, events: &[Proposed]) -> bool {
        let last = |event: &Proposed| self.lately.get(&event.id);
        events.iter().filter_map(last).any(|last| last != stream)
    }

    /// Where these very events stand already, by their ids alone.
    fn remembered(&self, stream: &str, events: &[Proposed]) -> Option<u64> {
        let first = events.first()?;
        let known = self.streams.get(stream)?;
        let found = known.records.iter().rev().take(1_000);
        found
            .map(|index| &self.records[*index])
            .find(|record| record.event.id == first.id)
            .map(|record| record.revision)
    }

    /// The server writes to the log too: what others are to skip.
    fn chatter(&mut self) {
        if self.others != Others::Nobody && self.records.len().is_multiple_of(7) {
            self.system("$stats-standin", "$statsCollected", b"{}".to_vec());
        }
    }

    fn delete(&mut self, stream: &str, expected: Expected) -> Result<Committed, Refusal> {
        self.judge(stream, expected)?;
        let count = self
            .streams
            .get(stream)
            .map_or(0, |known| known.records.len() as u64);
        let hide = Proposed {
            id: Uuid::from_u64_pair(u64::MAX - 1, self.end),
            event_type: "$metadata".to_owned(),
            content_type: keys::JSON.to_owned(),
            custom: Vec::new(),
            data: format!("{{\"$tb\":{count}}}").into_bytes(),
        };
        self.append(&format!("$${stream}"), Expected::Any, vec![hide])
    }

    fn tombstone(&mut self, stream: &str, expected: Expected) -> Result<Committed, Refusal> {
        self.judge(stream, expected)?;
        let position = self.end;
        self.push(Record {
            stream: stream.to_owned(),
            revision: TOMBSTONE,
            position,
            created: ticks(),
            event: Proposed {
                id: Uuid::from_u64_pair(u64::MAX - 2, position),
                event_type: "$streamDeleted".to_owned(),
                content_type: keys::BINARY.to_owned(),
                custom: Vec::new(),
                data: Vec::new(),
            },
        });
        Ok(Committed {
            revision: Some(TOMBSTONE),
            position: Some(position),
        })
    }

    fn judge(&self, stream: &str, expected: Expected) -> Result<(), Refusal> {
        let known = self.streams.get(stream);
        if known.is_some_and(|known| known.tombstoned) {
            return Err(Refusal::Tombstoned);
        }
        let current = known.and_then(|known| (known.records.len() as u64).checked_sub(1));
        let fits = match expected {
            Expected::Revision(revision) => current == Some(revision),
            Expected::NoStream => current.is_none(),
            Expected::Any | Expected::StreamExists => current.is_some(),
        };
        if fits {
            Ok(())
        } else {
            Err(Refusal::WrongVersion(current))
        }
    }

    fn push(&mut self, record: Record) {
        // Places are bytes, as the server counts them: 90 around a record, and a byte more before a long name.
        let names = [&record.stream, &record.event.event_type];
        let names: usize = names
            .map(|name| name.len() + usize::from(name.len() > 127))
            .iter()
            .sum();
        let size = names + record.event.data.len() + record.event.custom.len() + 90;
        self.end = record.position + size as u64;
        let index = self.records.len();
        if let Some(about) = record.stream.strip_prefix("$$") {
            let metadata: serde_json::Value = serde_json::from_slice(&record.event.data).unwrap_or_default();
            let known = self.streams.entry(about.to_owned()).or_default();
            known.truncate_before = metadata["$tb"].as_u64().unwrap_or(0);
            known.max_count = metadata["$maxCount"].as_u64();
            known.max_age_seconds = metadata["$maxAge"].as_u64();
        }
        let known = self.streams.entry(record.stream.clone()).or_default();
        if self.lately.len() >= LATELY {
            self.lately.clear();
        }
        self.lately.insert(record.event.id, record.stream.clone());
        if record.revision == TOMBSTONE {
            known.tombstoned = true;
        } else {
            known.records.push(index);
        }
        self.records.push(Arc::new(record));
    }

    fn at(&self, stream: &str, revision: u64) -> Option<&Arc<Record>> {
        let known = self.streams.get(stream)?;
        let index = known.records.get(usize::try_from(revision).ok()?)?;
        self.records.get(*index)
    }

    fn id_at(&self, stream: &str, revision: u64) -> Option<Uuid> {
        self.at(stream, revision).map(|record| record.event.id)
    }

    fn visible(&self, known: &Stream) -> Vec<Arc<Record>> {
        let keep = known
            .max_count
            .and_then(|count| usize::try_from(count).ok())
            .unwrap_or(usize::MAX);
        let skip = known.records.len().saturating_sub(keep);
        let oldest = known
            .max_age_seconds
            .map_or(0, |age| ticks().saturating_sub(age.saturating_mul(10_000_000)));
        known
            .records
            .iter()
            .skip(skip)
            .map(|index| &self.records[*index])
            .filter(|record| record.revision >= known.truncate_before && record.created >= oldest)
            .cloned()
            .collect()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a server stamps events by its own clock, and here the server is played"
)]
fn ticks() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos() / 100).unwrap_or(u64::MAX)
}

/// Bytes as text in JSON.
mod text {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize as _, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        STANDARD
            .decode(String::deserialize(from)?)
            .map_err(de::Error::custom)
    }
}
