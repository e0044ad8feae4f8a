//! Which log this is. A log has an id, made once, and says in a stream of its own when its history was cut: an operator
//! accepted a loss, a backup was restored, the events were moved to another store. Each of these gives it a new id, so
//! that a place in the part that is gone is never taken for a place in what was written since.
//!
//! Whatever was made from the log keeps a [`Mark`]: the log's id, a position, and the event that stood there. A log that
//! does not hold what a mark saw lost acknowledged events, or is another log ([`verify`]).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::codec::{DecodeError, StoredEvent as _, stored_events};
use crate::envelope::{Metadata, NewEvent, Position, Version};
use crate::ids::{EventId, LogId, NotificationId};
use crate::sealing::KeyTableId;
use crate::store::{AppendError, Direction, EventStore, Expected, ReadError, StreamWrite};
use crate::stream::StreamId;

mod mark;

pub use mark::{Loss, Mark, Named, verify};

/// The newest layout of streams that this release reads; raised when an older release must not write any more.
pub const FORMAT: u32 = 1;

stored_events! {
    /// A fact in the stream of the log itself.
    pub enum LogEvent ("log") {
        /// The log got its id.
        LogNamed = 1,
        /// Personal values in the log are opened by this key table.
        KeyTableBound = 1,
        /// An operator lets the service go on although something is lost.
        LossAccepted = 1,
        /// The log was restored from a backup.
        LogRestored = 1,
        /// The events were copied here from another store.
        LogMoved = 1,
    }
}

/// See [`LogEvent::LogNamed`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogNamed {
    /// The id.
    pub log_id: LogId,
    /// The layout of streams, see [`FORMAT`].
    pub format: u32,
}

/// See [`LogEvent::KeyTableBound`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyTableBound {
    /// The key table.
    pub key_table: KeyTableId,
}

/// See [`LogEvent::LossAccepted`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LossAccepted {
    /// The log's id from here on.
    pub log_id: LogId,
    /// The last position that is the same under the id before.
    pub kept: Position,
    /// What was missing, in the words that the operator was told.
    pub missing: Vec<String>,
    /// Logs that something beside this one was made from, and that are given up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub given_up: Vec<LogId>,
    /// Who accepted it.
    pub by: String,
    /// What the read models had made of what is gone, where they could still be read: how much of what, until when.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<Gone>,
    /// Cards that arrived, as far as the read models knew, and of which the log says nothing: a repeat of their event sends
    /// them again. The first [`MOST_NAMED`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub may_come_twice: Vec<NotificationId>,
}

/// Cards that an accepted loss names.
pub const MOST_NAMED: usize = 1_000;

/// So much of one kind is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gone {
    /// What became of a card: `accepted`, `queued`, `delivered` and so on.
    pub what: String,
    /// How often.
    pub count: u64,
    /// When last.
    pub last_at: DateTime<Utc>,
}

/// See [`LogEvent::LogRestored`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogRestored {
    /// The log's id from here on.
    pub log_id: LogId,
    /// The last position of the backup that was restored.
    pub kept: Position,
    /// Who restored it.
    pub by: String,
    /// Erasures that were done after the backup and stand behind this event to be done again.
    #[serde(default, skip_serializing_if = "is_none")]
    pub erasures: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks in this form")]
fn is_none(count: &u64) -> bool {
    *count == 0
}

/// See [`LogEvent::LogMoved`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogMoved {
    /// The log's id from here on. Positions under the id before mean nothing here.
    pub log_id: LogId,
    /// The kind of store that the events came from.
    pub from: String,
}

/// An id that the log had before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ancestor {
    /// The id.
    pub log_id: LogId,
    /// Up to where its positions are the log's; [`Position::START`] where none is.
    pub shared: Position,
}

/// Where a place of some log stands in this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// In the part that both share.
    Here,
    /// In a part of this log that was given up; what is shared ends at the position.
    Lost(Position),
    /// In a log that this one knows nothing of.
    Foreign,
}

/// What the log says of itself: the fold of its own stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lineage {
    /// Its id; `None` before it was named.
    pub log_id: Option<LogId>,
    /// The layout of its streams.
    pub format: u32,
    /// The ids it had before, the oldest first.
    pub ancestors: Vec<Ancestor>,
    /// The key table that opens its personal values, once one was seen.
    pub key_table: Option<KeyTableId>,
    /// Where the newest accepted loss stands: keys for what was sealed before may be gone.
    pub keys_lost_until: Position,
    /// Whether a restore left erasures behind that are to be done again before anybody is served.
    pub repeats_erasures: bool,
    /// The version of the stream that this is the fold of.
    pub version: Version,
}

/// Why the log's own stream could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum LineageError {
    /// It could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It could not be written.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// It holds something that this release does not know.
    #[error("the log's own stream cannot be read")]
    Decode(#[from] DecodeError),
    /// Written by a newer release.
    #[error(
        "the log has format {found}, and this release reads up to {FORMAT}; start the release that wrote it, or a newer one"
    )]
    Newer {
        /// The format found.
        found: u32,
    },
}

impl Lineage {
    /// Folds one event.
    pub fn apply(&mut self, event: &LogEvent) {
        match event {
            LogEvent::LogNamed(e) => {
                self.log_id = Some(e.log_id);
                self.format = e.format;
            }
            LogEvent::KeyTableBound(e) => self.key_table = Some(e.key_table),
            LogEvent::LossAccepted(e) => self.lost(e),
            LogEvent::LogRestored(e) => {
                self.repeats_erasures |= e.erasures > 0;
                self.continues_as(e.log_id, e.kept);
            }
            LogEvent::LogMoved(e) => {
                for ancestor in &mut self.ancestors {
                    ancestor.shared = Position::START;
                }
                self.continues_as(e.log_id, Position::START);
            }
        }
    }

    fn lost(&mut self, loss: &LossAccepted) {
        self.continues_as(loss.log_id, loss.kept);
        self.keys_lost_until = loss.kept;
        let known: Vec<LogId> = self.ancestors.iter().map(|ancestor| ancestor.log_id).collect();
        let given_up = loss.given_up.iter().filter(|id| !known.contains(id));
        self.ancestors.extend(given_up.map(|log_id| Ancestor {
            log_id: *log_id,
            shared: Position::START,
        }));
    }

    fn continues_as(&mut self, log_id: LogId, shared: Position) {
        for ancestor in &mut self.ancestors {
            ancestor.shared = ancestor.shared.min(shared);
        }
        let before = self.log_id.replace(log_id);
        self.ancestors
            .extend(before.map(|log_id| Ancestor { log_id, shared }));
    }

    /// Where a place of the log `of` stands in this one.
    pub fn standing(&self, of: LogId, position: Position) -> Standing {
        if self.log_id == Some(of) {
            return Standing::Here;
        }
        match self.ancestors.iter().find(|ancestor| ancestor.log_id == of) {
            Some(ancestor) if position <= ancestor.shared => Standing::Here,
            Some(ancestor) => Standing::Lost(ancestor.shared),
            None => Standing::Foreign,
        }
    }
}

/// Reads what the log says of itself. A log of an earlier release, and a new one, say nothing.
pub async fn read(store: &dyn EventStore) -> Result<Lineage, LineageError> {
    let mut lineage = Lineage::default();
    let history = store
        .read_stream(StreamId::log(), Version(1), Direction::Forwards, usize::MAX)
        .await?;
    for recorded in history {
        lineage.apply(&recorded.decode()?);
        lineage.version = recorded.version;
    }
    if lineage.format > FORMAT {
        return Err(LineageError::Newer {
            found: lineage.format,
        });
    }
    Ok(lineage)
}

/// Appends to the log's own stream, right after what `lineage` knows of, and folds it. Where another node wrote
/// meanwhile, nothing is written: read again.
pub async fn record(
    store: &dyn EventStore,
    clock: &dyn Clock,
    lineage: &mut Lineage,
    events: Vec<LogEvent>,
) -> Result<(), AppendError> {
    if events.is_empty() {
        return Ok(());
    }
    let version = lineage.version;
    let numbered = events.iter().enumerate();
    let encoded = numbered.map(|(index, event)| encode(version.plus(index + 1), event, clock));
    let write = StreamWrite {
        stream: StreamId::log(),
        expected: Expected::Exactly(version),
        events: encoded.collect(),
    };
    store.append(vec![write]).await?;
    for event in &events {
        lineage.apply(event);
    }
    lineage.version = version.plus(events.len());
    Ok(())
}

/// Two nodes that write at once must not take each other's event for their own, so the id depends on the content.
fn encode(version: Version, event: &LogEvent, clock: &dyn Clock) -> NewEvent {
    let (stream, place, payload) = (StreamId::log(), version.to_string(), event.to_json());
    let id = EventId::derive([stream.as_str(), &place, event.type_name(), &payload]);
    let metadata = Metadata {
        time: clock.now(),
        correlation_id: id.0,
        causation_id: id.0,
    };
    NewEvent::encode(id, event, metadata)
}

#[cfg(test)]
mod tests;
