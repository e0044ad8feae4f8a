//! The event store: append with an expected version, read, follow, snapshots. Nothing else: a store does not
//! publish, lock or delete.
//!
//! Every store keeps the promises of this trait, and one suite (`events/tests/contract/suite.rs`) checks them all:
//!
//! 1. An append that was answered with success is durable; one that was answered with an error wrote nothing,
//!    except [`AppendError::Unavailable`] with `maybe_written`, after which the same append may be repeated.
//! 2. A call is all-or-nothing, also over several streams where the store can do that (the embedded ones can; on
//!    KurrentDB a call over several streams is checked first and then written stream by stream).
//! 3. Repeating an append is a success that writes nothing: the events with the same ids already stand at the
//!    positions where they would be written. It says so ([`Appended::recognised`]): what stands has the same ids and may
//!    differ in all else, so whoever goes on from it reads it first.
//! 4. Positions follow commit order: whoever reads up to a position never finds a new event before it later.
//! 5. A read after an answered append sees it.

use std::fmt;
use std::time::Instant;

use futures_util::future::{BoxFuture, FutureExt as _};
use tokio::sync::watch;

use crate::envelope::{NewEvent, Position, Recorded, Version};
use crate::ids::EventId;
use crate::stream::StreamId;

#[cfg(feature = "kurrentdb")]
pub mod kurrent;
pub mod memory;
mod rules;
#[cfg(feature = "sqlite")]
pub mod sqlite;

/// Which way to read a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Oldest first.
    Forwards,
    /// Newest first.
    Backwards,
}

/// What the writer believes about a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// Its last event has this version; [`Version::NONE`] for a stream without events.
    Exactly(Version),
    /// Whatever it is. Repeats are then not recognised: only for writers whose readers bear a repeat.
    Any,
}

/// Events for one stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamWrite {
    /// The stream.
    pub stream: StreamId,
    /// What the writer believes about it.
    pub expected: Expected,
    /// At least one event, in order.
    pub events: Vec<NewEvent>,
}

/// Where the events of one [`StreamWrite`] stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// Version of the last event.
    pub version: Version,
    /// Position of the last event.
    pub position: Position,
    /// The events stood there before this call: another writer's, or those of an earlier call of this one. What was
    /// meant to be written and what stands may then differ in everything but the ids. `false` says that this very call
    /// wrote them.
    pub recognised: bool,
}

/// Why nothing was appended.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// Somebody else wrote meanwhile; read again, decide again.
    #[error("stream {stream} is at version {actual}, not {expected}")]
    Conflict {
        /// The stream.
        stream: StreamId,
        /// What the writer believed.
        expected: Version,
        /// What it is.
        actual: Version,
    },
    /// The writer's queue is full; try again later.
    #[error("the event store has more waiting than it may hold; try again shortly")]
    Busy,
    /// The request makes no sense: no events, or one stream named twice.
    #[error("the append is malformed: {reason}")]
    Malformed {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The store cannot write now: disk full, read-only, connection lost, shutting down.
    #[error("the event store cannot write now ({action})")]
    Unavailable {
        /// What was attempted.
        action: &'static str,
        /// Whether the events may have been written all the same.
        maybe_written: bool,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl AppendError {
    /// Whether the events may have been written all the same.
    pub fn maybe_written(&self) -> bool {
        matches!(
            self,
            Self::Unavailable {
                maybe_written: true,
                ..
            }
        )
    }
}

/// Why nothing could be read.
#[derive(Debug, thiserror::Error)]
#[error("the event store cannot read now ({action})")]
pub struct ReadError {
    /// What was attempted.
    pub action: &'static str,
    /// Why.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// The cause of an error where the store does not answer. The store itself tells an outage, once; whoever meets it need not.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct Outage {
    /// What it last failed with.
    pub what: String,
}

impl Outage {
    /// Whether `error` comes from one.
    pub fn caused(error: &(dyn std::error::Error + 'static)) -> bool {
        std::iter::successors(Some(error), |error| error.source()).any(<dyn std::error::Error>::is::<Self>)
    }
}

/// Whether a store can be used, as far as it knows by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// Nothing is known against it.
    Usable,
    /// It does not answer.
    Away {
        /// Since when.
        since: Instant,
        /// What it last failed with.
        reason: String,
    },
    /// The log does not hold any more what this process saw of it: it was restored from an older copy, or made anew. What
    /// was acknowledged is missing, so nothing is appended until the service was started again, which looks at what is
    /// missing and asks for an operator's word.
    WentBack {
        /// The last event that was seen.
        seen: Position,
    },
}

/// A fold kept so that a long stream need not be read from its start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The stream's version that the state includes.
    pub version: Version,
    /// The writer's mark for the state's shape; a reader with another mark ignores the snapshot.
    pub schema: u32,
    /// The state.
    pub state: Vec<u8>,
}

/// Keeps the log. See the module for what is promised.
pub trait EventStore: fmt::Debug + Send + Sync + 'static {
    /// Appends to one or several streams, each named once; answers in the order of the writes.
    fn append(&self, writes: Vec<StreamWrite>) -> BoxFuture<'_, Result<Vec<Appended>, AppendError>>;

    /// Reads at most `max` events of a stream, starting with version `from` (forwards: that version and later;
    /// backwards: that version and earlier, where [`Version`]`(u64::MAX)` is the end). A stream that does not
    /// exist reads as empty.
    fn read_stream(
        &self,
        stream: StreamId,
        from: Version,
        direction: Direction,
        max: usize,
    ) -> BoxFuture<'_, Result<Vec<Recorded>, ReadError>>;

    /// Reads at most `max` events of the global log that stand after `after`.
    fn read_log(&self, after: Position, max: usize) -> BoxFuture<'_, Result<Vec<Recorded>, ReadError>>;

    /// The same for whoever follows the log: where there are any, at least one, and perhaps fewer than there are.
    fn read_on(&self, after: Position, max: usize) -> BoxFuture<'_, Result<Vec<Recorded>, ReadError>> {
        self.read_log(after, max)
    }

    /// The event that stands exactly at `position`, where there is one. Positions may leave gaps, so nobody can name
    /// the position before another.
    fn event_at(&self, position: Position) -> BoxFuture<'_, Result<Option<Recorded>, ReadError>> {
        // Right for stores that number their positions without gaps; others bring their own.
        async move {
            let before = Position(position.0.saturating_sub(1));
            let page = self.read_log(before, 1).await?;
            Ok(page.into_iter().find(|recorded| recorded.position == position))
        }
        .boxed()
    }

    /// Whether the log cannot be the one in which this event stood at `position`: another one stands there, or none can.
    /// An event that the store let go of, as old leases are, contradicts nothing.
    fn contradicts(&self, position: Position, event: EventId) -> BoxFuture<'_, Result<bool, ReadError>> {
        async move {
            let there = self.event_at(position).await?;
            Ok(there.is_some_and(|there| there.id != event))
        }
        .boxed()
    }

    /// The position of the newest durable event, kept current: a follower reads, and when it has everything waits
    /// for a change. A change is announced only after the commit.
    fn head(&self) -> watch::Receiver<Position>;

    /// Whether the store can be used, kept current. A store in the same process is.
    fn condition(&self) -> watch::Receiver<Condition> {
        watch::channel(Condition::Usable).1
    }

    /// The newest snapshot of a stream; unreadable ones count as absent.
    fn load_snapshot(&self, stream: StreamId) -> BoxFuture<'_, Result<Option<Snapshot>, ReadError>>;

    /// Keeps a snapshot in place of an older one. Losing it costs time and nothing else.
    fn save_snapshot(&self, stream: StreamId, snapshot: Snapshot) -> BoxFuture<'_, Result<(), AppendError>>;

    /// Whether the log can be written now, as far as it is known; costs nothing while appends succeed. A store that waits
    /// for its servers by itself answers yes.
    fn check_writable(&self) -> BoxFuture<'_, Result<(), AppendError>> {
        std::future::ready(Ok(())).boxed()
    }

    /// Ends what the store does in the background, after finishing what waits; then nothing is appended any more.
    /// A store that does nothing in the background may do nothing here.
    fn close(&self) -> BoxFuture<'_, ()> {
        std::future::ready(()).boxed()
    }
}

/// Follows the global log without gaps or repeats, live.
#[derive(Debug)]
pub struct Follow<'a> {
    store: &'a dyn EventStore,
    head: watch::Receiver<Position>,
    after: Position,
    batch: usize,
}

impl<'a> Follow<'a> {
    /// Follows `store` from after `after`, handing out at most `batch` events at a time.
    pub fn new(store: &'a dyn EventStore, after: Position, batch: usize) -> Self {
        Self {
            store,
            head: store.head(),
            after,
            batch,
        }
    }

    /// The next events, as soon as there are any. `None` when the store was closed and everything was read.
    /// Cancelling loses nothing.
    pub async fn next(&mut self) -> Result<Option<Vec<Recorded>>, ReadError> {
        loop {
            let head = *self.head.borrow_and_update();
            if head > self.after {
                let events = self.store.read_on(self.after, self.batch).await?;
                if let Some(last) = events.last() {
                    self.after = last.position;
                    return Ok(Some(events));
                }
            }
            if self.head.changed().await.is_err() {
                // The sender is gone: nothing more will be written, but the last write may not be read yet.
                let events = self.store.read_log(self.after, self.batch).await?;
                let Some(last) = events.last() else {
                    return Ok(None);
                };
                self.after = last.position;
                return Ok(Some(events));
            }
        }
    }

    /// The position up to which events were handed out.
    pub fn position(&self) -> Position {
        self.after
    }
}
