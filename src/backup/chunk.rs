//! A part of the log as lines of JSON: what is needed to write each event again exactly as it stands.

use std::path::Path;

use chrono::DateTime;
use events::event::stored_name;
use events::{EventId, Metadata, NewEvent, Position, Recorded, StreamId, Version};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::files;
use super::{BackupError, Chunk};

/// An event in a chunk.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Line {
    pub(super) position: Position,
    pub(super) stream: String,
    pub(super) version: Version,
    pub(super) id: EventId,
    #[serde(rename = "type")]
    event_type: String,
    schema_version: u16,
    /// Milliseconds since 1970.
    pub(super) time: i64,
    correlation_id: Uuid,
    causation_id: Uuid,
    /// As text, so that every byte is kept.
    pub(super) payload: String,
}

impl Line {
    pub(super) fn of(event: &Recorded) -> Self {
        Self {
            position: event.position,
            stream: event.stream.to_string(),
            version: event.version,
            id: event.id,
            event_type: event.event_type.to_string(),
            schema_version: event.schema_version,
            time: event.metadata.time.timestamp_millis(),
            correlation_id: event.metadata.correlation_id,
            causation_id: event.metadata.causation_id,
            payload: event.payload.to_string(),
        }
    }

    /// The event as the log holds it, where this release knows of it.
    pub(super) fn recorded(&self) -> Option<Recorded> {
        let (stream, event) = self.clone().event().ok()?;
        Some(Recorded {
            stream,
            version: self.version,
            position: self.position,
            id: event.id,
            event_type: event.event_type.into(),
            schema_version: event.schema_version,
            payload: event.payload.into(),
            metadata: event.metadata,
        })
    }

    /// Whether it may say something of an erasure.
    pub(super) fn concerns_erasures(&self) -> bool {
        super::erasures::concerns(&self.event_type, &self.payload)
    }

    /// The stream and the event to append to it.
    pub(super) fn event(self) -> Result<(StreamId, NewEvent), String> {
        let stream = StreamId::parse(&self.stream).map_err(|error| error.to_string())?;
        let event_type = stored_name(&self.event_type).ok_or_else(|| {
            format!(
                "no event is called {:?} here; use a newer release",
                self.event_type
            )
        })?;
        let time = DateTime::from_timestamp_millis(self.time).ok_or("an event's time is out of range")?;
        let event = NewEvent {
            id: self.id,
            event_type,
            schema_version: self.schema_version,
            payload: self.payload,
            metadata: Metadata {
                time,
                correlation_id: self.correlation_id,
                causation_id: self.causation_id,
            },
        };
        Ok((stream, event))
    }
}

/// The lines of a chunk, after the file was held against its hash.
pub(super) fn read(folder: &Path, chunk: &Chunk, chain: &str) -> Result<Vec<Line>, BackupError> {
    let path = folder.join(&chunk.file);
    let bytes = std::fs::read(&path).map_err(files::failed("read", &path))?;
    let damaged = |what: String| BackupError::Damaged {
        path: path.clone(),
        what,
    };
    if files::sha256(&[chain.as_bytes(), &bytes]) != chunk.sha256 {
        return Err(damaged(format!(
            "its bytes are not those of positions {} to {} that were written",
            chunk.first, chunk.last
        )));
    }
    let lines = serde_json::Deserializer::from_slice(&bytes).into_iter();
    let lines: Vec<Line> = lines
        .collect::<Result<_, _>>()
        .map_err(|error| damaged(error.to_string()))?;
    let mut expected = chunk.first.0;
    for line in &lines {
        if line.position.0 != expected {
            return Err(damaged(format!(
                "position {expected} is missing before {}",
                line.position
            )));
        }
        expected += 1;
    }
    if expected != chunk.last.0 + 1 {
        return Err(damaged(format!(
            "it ends at {} and not at {}",
            expected - 1,
            chunk.last
        )));
    }
    Ok(lines)
}
