//! Our events as KurrentDB keeps them, and back.
//!
//! A stream is called `<prefix><kind>-<id>`, so that reading by category works; the payload is the event's JSON;
//! time, schema and the ids of correlation and causation stand in the event's metadata under the names that
//! KurrentDB's own tools know. Revisions count from 0 there, versions from 1 here.

use std::io::{Read as _, Write as _};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::failure::{Failure, Meaning};
use super::large::Parts;
use super::wire::{self, keys};
use crate::envelope::{Metadata, NewEvent, Position, Recorded, Version};
use crate::ids::EventId;
use crate::store::Snapshot;
use crate::stream::{StreamId, StreamKind};

/// The category of snapshots; no kind of stream has this name.
const SNAPSHOT: &str = "snapshot";
/// The category of pieces of payloads; no kind of stream has this name.
const PART: &str = "part";
/// The event type of such a piece.
const PART_TYPE: &str = "Part";
/// Bytes that a snapshot may have.
const LARGEST_SNAPSHOT: u64 = 64 << 20;
/// The event type of a snapshot.
const SNAPSHOT_TYPE: &str = "Snapshot";

/// How streams are called on the server.
#[derive(Debug, Clone)]
pub(super) struct Names {
    prefix: String,
}

impl Names {
    pub(super) fn new(prefix: String) -> Self {
        Self { prefix }
    }

    pub(super) fn stored(&self, stream: &StreamId) -> String {
        format!("{}{stream}", self.prefix)
    }

    pub(super) fn snapshot(&self, stream: &StreamId) -> String {
        format!("{}{SNAPSHOT}-{stream}", self.prefix)
    }

    /// A stream for the pieces of one payload; nobody else has it.
    pub(super) fn part(&self) -> String {
        format!("{}{PART}-{}", self.prefix, EventId::unique())
    }

    /// What the names of all our streams begin with, snapshots and pieces of payloads left out.
    pub(super) fn beginnings(&self) -> Vec<String> {
        StreamKind::ALL
            .into_iter()
            .map(|kind| format!("{}{}-", self.prefix, kind.as_str()))
            .collect()
    }

    fn parse(&self, name: &[u8]) -> Option<StreamId> {
        let name = std::str::from_utf8(name)
            .ok()?
            .strip_prefix(self.prefix.as_str())?;
        StreamId::parse(name).ok()
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct About {
    #[serde(rename = "$correlationId")]
    correlation_id: Uuid,
    #[serde(rename = "$causationId")]
    causation_id: Uuid,
    time: String,
    schema: u16,
    /// The event's id. The server is given another one, which is of one append alone: so what it recognises is a repeat
    /// of this very append, and never what another writer, or another stream, stored under the same id. Events of
    /// earlier releases have the id that the server was given.
    #[serde(rename = "eventId", default, skip_serializing_if = "Option::is_none")]
    event_id: Option<Uuid>,
    /// Where the payload stands, when it is too large to stand here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parts: Option<Parts>,
}

#[derive(Debug, Serialize, Deserialize)]
struct AboutSnapshot {
    version: u64,
    schema: u32,
    /// The state is compressed (zlib).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    packed: bool,
}

/// A stream's metadata, as the server reads it.
#[derive(Debug, Serialize)]
struct Retention {
    #[serde(rename = "$maxCount")]
    max_count: u32,
}

pub(super) fn stream_identifier(name: &str) -> wire::StreamIdentifier {
    wire::StreamIdentifier {
        name: name.as_bytes().to_vec(),
    }
}

/// The event as it is sent in one append: again the same when that has to be sent again.
pub(super) fn proposed(event: &NewEvent) -> wire::ProposedMessage {
    let about = About {
        correlation_id: event.metadata.correlation_id,
        causation_id: event.metadata.causation_id,
        time: event.metadata.time.to_rfc3339_opts(SecondsFormat::Millis, true),
        schema: event.schema_version,
        event_id: Some(event.id.0),
        parts: None,
    };
    message(
        EventId::unique().0,
        event.event_type,
        keys::JSON,
        json(&about),
        event.payload.clone().into_bytes(),
    )
}

/// A piece of a payload that is too large for one append.
pub(super) fn proposed_part(piece: &[u8]) -> wire::ProposedMessage {
    let id = EventId::unique().0;
    message(id, PART_TYPE, keys::BINARY, Vec::new(), piece.to_vec())
}

/// The event with the place of its payload instead of it.
pub(super) fn refer_to_parts(event: &mut wire::ProposedMessage, parts: Parts) {
    // It was written a moment ago by `proposed`.
    if let Ok(about) = serde_json::from_slice::<About>(&event.custom_metadata) {
        event.data = json(&parts);
        event.custom_metadata = json(&About {
            parts: Some(parts),
            ..about
        });
    }
}

/// Where the event's payload stands, when it stands elsewhere.
pub(super) fn parts_of(event: &wire::RecordedEvent) -> Option<Parts> {
    let about: Option<About> = serde_json::from_slice(&event.custom_metadata).ok();
    about?.parts
}

/// The event as it was read.
pub(super) fn recorded(names: &Names, event: wire::RecordedEvent) -> Result<Recorded, Failure> {
    let place = position(&event)?;
    let wrong = |what: &str| Failure::new(Meaning::Refused, format!("the event at {place} {what}"));
    let stream = event.stream.as_ref().and_then(|stream| names.parse(&stream.name));
    let stream = stream.ok_or_else(|| wrong("lies in a stream that is not ours"))?;
    let event_type = event
        .metadata
        .get(keys::TYPE)
        .ok_or_else(|| wrong("has no type"))?;
    let about: About = serde_json::from_slice(&event.custom_metadata)
        .map_err(|_| wrong("has other metadata than this service writes"))?;
    let time = DateTime::parse_from_rfc3339(&about.time).map_err(|_| wrong("has no readable time"))?;
    let sent = id(event.id.as_ref()).ok_or_else(|| wrong("has no id"))?;
    let payload = String::from_utf8(event.data).map_err(|_| wrong("is no text"))?;
    Ok(Recorded {
        stream,
        version: Version(event.revision + 1),
        position: place,
        id: EventId(about.event_id.unwrap_or(sent)),
        event_type: event_type.as_str().into(),
        schema_version: about.schema,
        payload: payload.into(),
        metadata: Metadata {
            time: time.with_timezone(&Utc),
            correlation_id: about.correlation_id,
            causation_id: about.causation_id,
        },
    })
}

/// Where an event stands. Servers before 22.10 do not tell it when a stream is read.
pub(super) fn position(event: &wire::RecordedEvent) -> Result<Position, Failure> {
    match event.commit {
        u64::MAX => Err(Failure::new(
            Meaning::Refused,
            "the server tells no positions of events in streams; it is older than what this service needs",
        )),
        commit => Ok(Position(commit)),
    }
}

pub(super) fn proposed_snapshot(snapshot: &Snapshot) -> wire::ProposedMessage {
    let packed = packed(&snapshot.state).filter(|packed| packed.len() < snapshot.state.len());
    let about = AboutSnapshot {
        version: snapshot.version.0,
        schema: snapshot.schema,
        packed: packed.is_some(),
    };
    message(
        EventId::unique().0,
        SNAPSHOT_TYPE,
        keys::BINARY,
        json(&about),
        packed.unwrap_or_else(|| snapshot.state.clone()),
    )
}

/// The log keeps every snapshot until a scavenge, so it is as short as can be had quickly.
fn packed(state: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(state).ok()?;
    encoder.finish().ok()
}

/// `None` where it cannot be read, or is longer than any snapshot.
fn unpacked(packed: &[u8]) -> Option<Vec<u8>> {
    let mut state = Vec::new();
    let decoder = flate2::read::ZlibDecoder::new(packed);
    let read = decoder.take(LARGEST_SNAPSHOT + 1).read_to_end(&mut state).ok()?;
    (read as u64 <= LARGEST_SNAPSHOT).then_some(state)
}

/// The id by which the service knows an event that another client read.
pub(super) fn logical_id(sent: Uuid, custom_metadata: &[u8]) -> Uuid {
    let about: Option<About> = serde_json::from_slice(custom_metadata).ok();
    about.and_then(|about| about.event_id).unwrap_or(sent)
}

/// `None` for one that cannot be read, which then counts as absent.
pub(super) fn snapshot(event: wire::RecordedEvent) -> Option<Snapshot> {
    let about: AboutSnapshot = serde_json::from_slice(&event.custom_metadata).ok()?;
    let state = if about.packed {
        unpacked(&event.data)?
    } else {
        event.data
    };
    Some(Snapshot {
        version: Version(about.version),
        schema: about.schema,
        state,
    })
}

/// That a stream keeps so many of its newest events. Written by ourselves: the official client of today writes
/// durations in another unit than the server reads, so its metadata calls are not used for anything.
pub(super) fn proposed_keep_newest(stream: &str, count: u32) -> wire::ProposedMessage {
    let id = EventId::derive(["keep-newest", stream, &count.to_string()]);
    let retention = Retention { max_count: count };
    message(id.0, "$metadata", keys::JSON, Vec::new(), json(&retention))
}

fn message(
    id: Uuid,
    event_type: &str,
    content_type: &str,
    custom_metadata: Vec<u8>,
    data: Vec<u8>,
) -> wire::ProposedMessage {
    let metadata = [(keys::TYPE, event_type), (keys::CONTENT_TYPE, content_type)];
    wire::ProposedMessage {
        id: Some(wire::Uuid {
            value: Some(wire::uuid::Value::Text(id.to_string())),
        }),
        metadata: metadata
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into(),
        custom_metadata,
        data,
    }
}

fn id(id: Option<&wire::Uuid>) -> Option<Uuid> {
    match id?.value.as_ref()? {
        wire::uuid::Value::Text(text) => text.parse().ok(),
        wire::uuid::Value::Structured(parts) => Some(Uuid::from_u64_pair(
            parts.most.cast_unsigned(),
            parts.least.cast_unsigned(),
        )),
    }
}

fn json(value: &impl Serialize) -> Vec<u8> {
    // Numbers and texts under fixed names: serde_json has nothing to refuse.
    serde_json::to_vec(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_back(message: wire::ProposedMessage) -> Option<Snapshot> {
        snapshot(wire::RecordedEvent {
            custom_metadata: message.custom_metadata,
            data: message.data,
            ..wire::RecordedEvent::default()
        })
    }

    #[test]
    fn a_snapshot_is_compressed_where_that_is_shorter_and_comes_back_as_it_was() {
        for state in [b"{\"cards\":[1,2,3]}".repeat(500), vec![7], Vec::new()] {
            let kept = Snapshot {
                version: Version(9),
                schema: 3,
                state,
            };
            let message = proposed_snapshot(&kept);
            assert!(message.data.len() <= kept.state.len());
            assert!(kept.state.len() < 1_000 || message.data.len() * 10 < kept.state.len());
            assert_eq!(read_back(message), Some(kept));
        }
    }

    #[test]
    fn a_snapshot_of_an_earlier_release_is_read_and_a_broken_one_is_absent() {
        let event = |about: &str| {
            snapshot(wire::RecordedEvent {
                custom_metadata: about.as_bytes().to_vec(),
                data: b"{}".to_vec(),
                ..wire::RecordedEvent::default()
            })
        };
        let read = event("{\"version\":4,\"schema\":2}").unwrap();
        assert_eq!((read.version, read.state), (Version(4), b"{}".to_vec()));
        assert_eq!(event("{\"version\":4,\"schema\":2,\"packed\":true}"), None);
    }
}
