//! The event store on a KurrentDB cluster, for when one machine is not enough.
//!
//! **Which client.** Appending, reading and following go over a small client of our own (tonic, with the messages of
//! [`wire`](self)), because the official crate `kurrentdb` 1.2.0 has defects there that a service cannot live with;
//! each was reproduced, and a test of this store stands for each:
//!
//! | defect of the crate | here |
//! |---|---|
//! | never sets `TCP_NODELAY`: 44 ms for every append | set on every connection |
//! | goes on calling a leader that is dead | a connection that failed is thrown away, and the nodes are asked anew |
//! | one refused connection ends the client for good | nothing ends the search; a call's patience ends the call |
//! | batch append: one conflict fails everything under way | one call for each append; conflicts are its answer |
//! | a subscription that ends with success spins without yielding | an end is an end: subscribed anew after a pause |
//! | a persistent subscription that ends with success panics | none are used |
//! | deadlines are a header only; a frozen node holds a call for 20 s | every call is timed on this side |
//! | a batch's deadline is a date | no batches |
//! | retention written in milliseconds, read in seconds | only `$maxCount` is set, by our own metadata event |
//! | the first call waits for half a second | connected while opening |
//! | times cut to the second | the time is our own metadata |
//! | a subscription resumes from its last event alone | checkpoints count too, and a look now and then finds gaps |
//! | network bytes are unwrapped | what cannot be understood is an error |
//!
//! The crate does what it does well: administration and the second opinion of `chronus-teams store-check`, in
//! [`official`].
//!
//! **How appends stay exact.** Every append names its expected revision and brings ids of its own, so the server
//! recognises a repeat for ever, and nothing but a repeat: two writers, or two streams, never send the same id. The ids
//! that the service knows its events by stand in their metadata. An answer that is missing (time-out, broken connection, the server's own time-out) is
//! followed by the same append again, until it is answered or the patience ends; then the error says that the events
//! may stand. Before a conflict is reported, what stands is read: where it has the ids that were to be written, the append
//! is a repeat (of another writer's, or of an earlier call) and is answered as recognised. `Expected::Any` becomes the revision just read, since the server remembers ids without one only for a
//! while.
//!
//! **Several streams.** KurrentDB has no append over several streams that can be relied on. Such a call (nothing in
//! the service makes one) checks every stream first and then writes them one after the other; where one fails after
//! another was written, the error is `Unavailable` with `maybe_written`, and the same call again completes it.
//!
//! **Large events.** A server takes 1 MiB in one append (before 25.1). What is more goes beside, in pieces, and becomes
//! visible with its event (`parts`).
//!
//! **Reads** go to the leader, as every call does (`requires-leader`), so a read after an answered append sees it. Whoever
//! follows the log is given the newest events as the subscription told them, from memory (`tail`).
//! Positions are places in the server's log: they grow, leave gaps, and nothing is computed with them.

use std::sync::Arc;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt as _};
use tokio::sync::{Semaphore, watch};

use self::calls::{Answer, Calls, Exhausted, Expectation, Limits};
use self::failure::Failure;
use self::feed::Head;
use self::mapping::Names;
use self::nodes::Nodes;
use self::place::AtPlace;
use self::wire::{Empty, read_options, stream_options};
use super::rules::well_formed;
use super::{
    AppendError, Appended, Condition, Direction, EventStore, Expected, ReadError, Snapshot, StreamWrite,
};
use crate::envelope::{Position, Recorded, Version};
use crate::ids::EventId;
use crate::stream::StreamId;

mod address;
mod address_fault;
mod calls;
mod encryption;
mod failure;
mod feed;
mod health;
mod large;
mod mapping;
mod nodes;
pub mod official;
mod parts;
mod place;
mod retention;
mod right;
mod rights;
mod scan;
mod snapshots;
mod tail;
mod tampering;
mod unavailable;
mod unverified;
mod waiting;
mod wire;
mod write;

pub use address::{Address, AddressError, Node};
pub use address_fault::AddressFault;
pub use failure::Denied;
pub use tampering::Switch;

/// How the store works with a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KurrentOptions {
    /// What every stream's name begins with; without a dash, so that categories stay what they are.
    pub prefix: String,
    /// Appends that may wait; one more is answered with [`AppendError::Busy`].
    pub queue: usize,
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// How long one call may take. Longer than the server's own time-outs (2 s), shorter than a person waits.
    pub call_timeout: Duration,
    /// How long a call is tried again. An election takes a few seconds; Teams waits 15 s for an answer.
    pub patience: Duration,
    /// How long opening waits for a cluster that is not there yet.
    pub open_patience: Duration,
    /// The wait before the second try; each next one is twice as long.
    pub first_pause: Duration,
    /// The longest wait between two tries.
    pub longest_pause: Duration,
    /// How often the log is looked at beside the subscription.
    pub look_every: Duration,
}

impl Default for KurrentOptions {
    fn default() -> Self {
        Self {
            prefix: String::new(),
            queue: 4_096,
            connect_timeout: Duration::from_secs(2),
            call_timeout: Duration::from_secs(4),
            patience: Duration::from_secs(8),
            open_patience: Duration::from_secs(60),
            first_pause: Duration::from_millis(50),
            longest_pause: Duration::from_secs(1),
            look_every: Duration::from_secs(2),
        }
    }
}

/// Why the store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The connection string, or a file that it names.
    #[error("the event store cannot be opened from here")]
    Address(#[from] AddressFault),
    /// The prefix would hide the streams' categories, or make them the server's own.
    #[error("the stream prefix {prefix:?} cannot be used; write letters, digits, dots and underscores")]
    Prefix {
        /// What was asked for.
        prefix: String,
    },
    /// No leader answered in time.
    #[error("the event store at {address} cannot be used")]
    Unreachable {
        /// Where, without credentials.
        address: String,
        /// The last failure.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// See the module.
#[derive(Debug)]
pub struct KurrentStore {
    calls: Arc<Calls>,
    head: Arc<Head>,
    waiting: Semaphore,
    feed: Mutex<Option<tokio::task::JoinHandle<()>>>,
}

impl KurrentStore {
    /// Finds the leader, waiting for it if need be, and begins to follow the log. Needs a tokio runtime, on which it
    /// goes on following until it is closed or dropped.
    pub async fn open(address: Address, options: KurrentOptions) -> Result<Self, OpenError> {
        Self::open_through(address, options, None).await
    }

    /// The same over connections that obey a switch, for those who check what a network may do.
    pub async fn open_through(
        address: Address,
        options: KurrentOptions,
        switch: Option<Switch>,
    ) -> Result<Self, OpenError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_');
        if !options.prefix.chars().all(plain) {
            return Err(OpenError::Prefix {
                prefix: options.prefix,
            });
        }
        let shown = address.to_string();
        let call = address.deadline.unwrap_or(options.call_timeout);
        let nodes = Nodes::new(address, options.connect_timeout, switch)?;
        let limits = Limits {
            call,
            patience: options.patience,
            first_pause: options.first_pause,
            longest_pause: options.longest_pause,
        };
        let calls = Arc::new(Calls::new(nodes, Names::new(options.prefix), limits));
        let finding = Box::pin(feed::ends(&calls, options.open_patience));
        let found = waiting::told(&calls, &shown, finding).await;
        let (place, head) = found.map_err(|exhausted| OpenError::Unreachable {
            address: shown,
            source: exhausted.failure.into_cause(),
        })?;
        let head = Arc::new(Head::new(head));
        let feed = feed::run(Arc::clone(&calls), Arc::clone(&head), place, options.look_every);
        Ok(Self {
            calls,
            head,
            waiting: Semaphore::new(options.queue),
            feed: Mutex::new(Some(tokio::spawn(feed))),
        })
    }

    /// The cluster's address, without credentials in its text.
    pub fn address(&self) -> &Address {
        self.calls.nodes.address()
    }

    fn stop(&self) {
        let feed = self.feed.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(feed) = feed {
            feed.abort();
        }
        self.head.close();
    }

    async fn read(
        &self,
        action: &'static str,
        from: read_options::From,
        direction: Direction,
        count: u64,
    ) -> Result<Vec<wire::RecordedEvent>, ReadError> {
        self.calls
            .persist(self.calls.limits.patience, |link| {
                let from = from.clone();
                async move { self.calls.read(&link, from, direction, false, count).await }
            })
            .await
            .map_err(|exhausted| read_error(action, exhausted.failure))
    }

    async fn understood(
        &self,
        action: &'static str,
        events: Vec<wire::RecordedEvent>,
    ) -> Result<Vec<Recorded>, ReadError> {
        let mut understood = Vec::with_capacity(events.len());
        for event in events {
            let whole = self.calls.with_payload(event).await;
            let recorded = whole.and_then(|event| mapping::recorded(&self.calls.names, event));
            understood.push(recorded.map_err(|failure| read_error(action, failure))?);
        }
        Ok(understood)
    }
}

fn only(events: Vec<Recorded>) -> Option<Recorded> {
    events.into_iter().next()
}

impl Drop for KurrentStore {
    fn drop(&mut self) {
        self.stop();
    }
}

fn read_error(action: &'static str, failure: Failure) -> ReadError {
    ReadError {
        action,
        source: failure.into_cause(),
    }
}

fn stream_from(name: &str, revision: stream_options::Revision) -> read_options::From {
    read_options::From::Stream(wire::StreamOptions {
        stream: Some(mapping::stream_identifier(name)),
        revision: Some(revision),
    })
}

/// Where to begin in a stream; `None` where nothing can be.
fn begin(from: Version, direction: Direction) -> Option<stream_options::Revision> {
    // The server counts with signed numbers.
    let beyond = i64::try_from(from.0).is_err();
    match direction {
        Direction::Forwards if beyond => None,
        Direction::Forwards => Some(stream_options::Revision::At(from.0.saturating_sub(1))),
        Direction::Backwards if beyond => Some(stream_options::Revision::End(Empty {})),
        Direction::Backwards => from.0.checked_sub(1).map(stream_options::Revision::At),
    }
}

impl EventStore for KurrentStore {
    fn append(&self, writes: Vec<StreamWrite>) -> BoxFuture<'_, Result<Vec<Appended>, AppendError>> {
        async move {
            well_formed(&writes)?;
            let _waiting = self.waiting.try_acquire().map_err(|_| AppendError::Busy)?;
            self.write(writes).await
        }
        .boxed()
    }

    fn read_stream(
        &self,
        stream: StreamId,
        from: Version,
        direction: Direction,
        max: usize,
    ) -> BoxFuture<'_, Result<Vec<Recorded>, ReadError>> {
        const ACTION: &str = "reading a stream";
        async move {
            let (Some(revision), 1..) = (begin(from, direction), max) else {
                return Ok(Vec::new());
            };
            let from = stream_from(&self.calls.names.stored(&stream), revision);
            let events = self.read(ACTION, from, direction, max as u64).await?;
            self.understood(ACTION, events).await
        }
        .boxed()
    }

    fn read_log(&self, after: Position, max: usize) -> BoxFuture<'_, Result<Vec<Recorded>, ReadError>> {
        const ACTION: &str = "reading the log";
        async move {
            if max == 0 {
                return Ok(Vec::new());
            }
            let read = self.calls.ours_after(after, max as u64).await;
            let events = read.map_err(|exhausted| read_error(ACTION, exhausted.failure))?;
            self.understood(ACTION, events).await
        }
        .boxed()
    }

    fn read_on(&self, after: Position, max: usize) -> BoxFuture<'_, Result<Vec<Recorded>, ReadError>> {
        async move {
            match self.calls.tail.read(after, max).await {
                Some(events) => self.understood("following the log", events).await,
                None => self.read_log(after, max).await,
            }
        }
        .boxed()
    }

    fn event_at(&self, position: Position) -> BoxFuture<'_, Result<Option<Recorded>, ReadError>> {
        const ACTION: &str = "reading an event";
        async move {
            match self.at_place(ACTION, position).await? {
                AtPlace::Event(event) => Ok(self.understood(ACTION, vec![*event]).await.ok().and_then(only)),
                AtPlace::Later | AtPlace::Nothing => Ok(None),
            }
        }
        .boxed()
    }

    fn contradicts(&self, position: Position, event: EventId) -> BoxFuture<'_, Result<bool, ReadError>> {
        const ACTION: &str = "looking whether an event is still there";
        async move {
            Ok(match self.at_place(ACTION, position).await? {
                // What cannot be understood is somebody else's.
                AtPlace::Event(there) => self
                    .understood(ACTION, vec![*there])
                    .await
                    .ok()
                    .and_then(only)
                    .is_none_or(|there| there.id != event),
                AtPlace::Later => false,
                AtPlace::Nothing => true,
            })
        }
        .boxed()
    }

    fn head(&self) -> watch::Receiver<Position> {
        self.head.subscribe()
    }

    fn condition(&self) -> watch::Receiver<Condition> {
        self.calls.health.condition()
    }

    fn check_writable(&self) -> BoxFuture<'_, Result<(), AppendError>> {
        async move { self.calls.health.check_usable() }.boxed()
    }

    fn load_snapshot(&self, stream: StreamId) -> BoxFuture<'_, Result<Option<Snapshot>, ReadError>> {
        async move {
            self.newest_snapshot(&stream)
                .await
                .map(|newest| newest.and_then(|(_, s)| s))
        }
        .boxed()
    }

    fn save_snapshot(&self, stream: StreamId, snapshot: Snapshot) -> BoxFuture<'_, Result<(), AppendError>> {
        self.keep_snapshot(stream, snapshot).boxed()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        async move { self.stop() }.boxed()
    }
}
