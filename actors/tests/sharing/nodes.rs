//! Nodes on one store under simulated time. A frozen node's process stands still; its clock does not.

use std::sync::Arc;
use std::time::Duration;

use actors::partition::leases::{LeaseSettings, StoreLeases};
use actors::partition::{Hold, Ownership as _, Partition};
use chrono::DateTime;
use events::store::memory::MemoryStore;
use events::store::{Direction, Snapshot};
use events::{
    AppendError, Appended, Clock, EventStore, NodeId, Position, ReadError, Recorded, StreamId, StreamWrite,
    Version,
};
use futures_util::future::{BoxFuture, FutureExt as _};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How a node reaches the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// At once.
    Well,
    /// Not before it thaws.
    Frozen,
    /// Appends are written, and answered with an error that does not say so.
    Deaf,
    /// Nothing is read or written.
    Cut,
}

/// One node's way to the store that all share.
#[derive(Debug)]
pub(crate) struct Link {
    store: Arc<MemoryStore>,
    reach: watch::Sender<Reach>,
}

impl Link {
    async fn pass(&self) -> Reach {
        let mut reach = self.reach.subscribe();
        let now = reach.wait_for(|reach| *reach != Reach::Frozen).await;
        *now.expect("the link outlives its receivers")
    }
}

fn broken() -> Box<dyn std::error::Error + Send + Sync> {
    "told to fail".into()
}

fn unavailable(maybe_written: bool) -> AppendError {
    AppendError::Unavailable {
        action: "appending",
        maybe_written,
        source: broken(),
    }
}

fn unreadable() -> ReadError {
    ReadError {
        action: "reading",
        source: broken(),
    }
}

impl EventStore for Link {
    fn append(&self, writes: Vec<StreamWrite>) -> BoxFuture<'_, Result<Vec<Appended>, AppendError>> {
        async move {
            match self.pass().await {
                Reach::Cut => return Err(unavailable(false)),
                Reach::Deaf => {
                    self.store.append(writes).await?;
                    return Err(unavailable(true));
                }
                Reach::Well | Reach::Frozen => {}
            }
            let appended = self.store.append(writes).await;
            // The answer may find the node frozen.
            self.pass().await;
            appended
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
        async move {
            if self.pass().await == Reach::Cut {
                return Err(unreadable());
            }
            let events = self.store.read_stream(stream, from, direction, max).await;
            self.pass().await;
            events
        }
        .boxed()
    }

    fn read_log(&self, after: Position, max: usize) -> BoxFuture<'_, Result<Vec<Recorded>, ReadError>> {
        self.store.read_log(after, max)
    }

    fn head(&self) -> watch::Receiver<Position> {
        self.store.head()
    }

    fn load_snapshot(&self, stream: StreamId) -> BoxFuture<'_, Result<Option<Snapshot>, ReadError>> {
        self.store.load_snapshot(stream)
    }

    fn save_snapshot(&self, stream: StreamId, snapshot: Snapshot) -> BoxFuture<'_, Result<(), AppendError>> {
        self.store.save_snapshot(stream, snapshot)
    }
}

/// A wall clock that follows simulated time.
#[derive(Debug)]
pub(crate) struct Simulated(Instant);

impl Simulated {
    pub(crate) fn from_now() -> Arc<Self> {
        Arc::new(Self(Instant::now()))
    }
}

impl Clock for Simulated {
    fn now(&self) -> DateTime<chrono::Utc> {
        let passed = chrono::TimeDelta::from_std(self.0.elapsed()).unwrap();
        DateTime::from_timestamp_millis(1_700_000_000_000).unwrap() + passed
    }
}

/// A running node.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) leases: StoreLeases,
    link: Arc<Link>,
    keeper: JoinHandle<()>,
}

impl Node {
    pub(crate) fn reach(&self, reach: Reach) {
        self.link.reach.send_replace(reach);
    }

    /// The process is gone: nothing runs, nothing is given back.
    pub(crate) fn crash(&self) {
        self.keeper.abort();
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.keeper.is_finished()
    }

    pub(crate) fn held(&self) -> Vec<Partition> {
        self.leases.sharing().held
    }

    pub(crate) fn hold_all(&self) -> Vec<(Partition, Hold)> {
        let begin = |partition| Some((partition, self.leases.begin(partition)?));
        Partition::all().filter_map(begin).collect()
    }
}

/// Nodes and their store.
#[derive(Debug)]
pub(crate) struct Cluster {
    pub(crate) store: Arc<MemoryStore>,
    clock: Arc<Simulated>,
    pub(crate) settings: LeaseSettings,
    started: usize,
}

impl Cluster {
    pub(crate) fn new() -> Self {
        Self {
            store: Arc::new(MemoryStore::new()),
            clock: Simulated::from_now(),
            settings: LeaseSettings::default(),
            started: 0,
        }
    }

    pub(crate) fn start(&mut self) -> Node {
        self.started += 1;
        let link = Arc::new(Link {
            store: Arc::clone(&self.store),
            reach: watch::Sender::new(Reach::Well),
        });
        let (leases, keeper) = StoreLeases::new(
            NodeId::parse(format!("node-{}", self.started)).unwrap(),
            self.settings,
            Arc::clone(&link) as _,
            Arc::clone(&self.clock) as _,
        );
        let keeper = tokio::spawn(keeper.run(CancellationToken::new()));
        Node { leases, link, keeper }
    }

    /// Long enough that one node takes another one's place: it finds out, and takes what is free.
    pub(crate) fn hand_over(&self) -> Duration {
        self.settings.span + 3 * self.settings.look_every
    }

    /// Long enough that work is shared out anew among nodes that run.
    pub(crate) fn settle(&self) -> Duration {
        8 * self.settings.look_every
    }
}
