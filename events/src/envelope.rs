//! What surrounds an event: ids, place in its stream and in the log, time, and why it happened.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::codec::{DecodeError, StoredEvent};
use crate::ids::EventId;
use crate::stream::StreamId;

/// A place in the global log. Positions grow; the embedded stores number them from 1 without gaps, but only the
/// order may be relied on. `Position::START` stands before the first event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Position(pub u64);

impl Position {
    /// Before the first event.
    pub const START: Self = Self(0);
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A place in one stream: 1 for its first event; `Version::NONE` (0) is a stream that has none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(pub u64);

impl Version {
    /// The version of a stream without events.
    pub const NONE: Self = Self(0);

    /// The version after `count` more events.
    #[must_use]
    pub fn plus(self, count: usize) -> Self {
        Self(self.0 + count as u64)
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// When and why an event happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metadata {
    /// When, to the millisecond.
    pub time: DateTime<Utc>,
    /// The thread that runs from a domain event through delivery and answer back to Chronus.
    pub correlation_id: Uuid,
    /// What directly caused it: the id of an event, or an id derived from the inbound activity.
    pub causation_id: Uuid,
}

/// An event that is to be appended, already in its stored form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// Derived by the writer of the event, so that a repeated append is recognised.
    pub id: EventId,
    /// Stored name, from [`StoredEvent::type_name`].
    pub event_type: &'static str,
    /// Version of the payload's shape.
    pub schema_version: u16,
    /// JSON.
    pub payload: String,
    /// When and why.
    pub metadata: Metadata,
}

impl NewEvent {
    /// Puts `event` into its stored form.
    pub fn encode(id: EventId, event: &impl StoredEvent, metadata: Metadata) -> Self {
        Self {
            id,
            event_type: event.type_name(),
            schema_version: event.schema_version(),
            payload: event.to_json(),
            metadata,
        }
    }
}

/// An event as the log keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The stream it belongs to.
    pub stream: StreamId,
    /// Its place there.
    pub version: Version,
    /// Its place in the global log.
    pub position: Position,
    /// Its id.
    pub id: EventId,
    /// Stored name.
    pub event_type: Box<str>,
    /// Version of the payload's shape.
    pub schema_version: u16,
    /// JSON.
    pub payload: Box<str>,
    /// When and why.
    pub metadata: Metadata,
}

impl Recorded {
    /// Reads the payload as one enum; the caller knows which kind of stream it read.
    pub fn decode<E: StoredEvent>(&self) -> Result<E, DecodeError> {
        E::decode(&self.event_type, self.schema_version, &self.payload)
    }
}
