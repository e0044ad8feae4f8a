//! Ownership for several nodes on one store: leases in a stream of the log.
//!
//! Every node folds the stream of leases and appends to it with the version it folded, so of two nodes that want
//! the same partition exactly one wins, and a node that was declared dead finds out at its next append. A sign of
//! life renews all leases of a node at once; the log grows with the number of nodes, not of partitions.
//!
//! Why two nodes never act for one partition at a time. A lease holds for the node's `span` after its last sign of
//! life. The owner counts from before it sent that sign and stops a `margin` early; the others count from after
//! they read it, and only then declare the owner dead, on the condition that nothing was appended meanwhile. So as
//! long as clocks run at the same speed to within `margin` over `span`, the owner stops first. What was already on
//! its way to the outside when the time ran out is on record as an attempt and counts as unknown.
//!
//! A store that cannot be used stops nobody else's clock: after a failure everybody is given a whole span again.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::TimeDelta;
use events::lease::{LeasesRenewed, NodeExpired, NodeJoined};
use events::{
    AppendError, Clock, DecodeError, Direction, EventId, EventStore, Expected, LeaseEvent, Metadata,
    NewEvent, NodeId, ReadError, Recorded, StreamId, StreamWrite, Version,
};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::local::{Deadline, Local};
use super::plan::{Situation, plan};
use super::{Hold, Ownership, PARTITIONS, Partition, Peer, Sharing, Table};

/// Events read from the stream at a time; more than lie between two summaries.
const PAGE: usize = 512;
/// Appends of unknown outcome that are remembered; forgetting one only ends the leases earlier.
const UNANSWERED: usize = 64;
/// Tries in a row that may lose against other nodes before resting.
const RACES: usize = 8;

/// How leases are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaseSettings {
    /// For how long leases hold after a sign of life: after so much silence the others take over.
    pub span: Duration,
    /// How often a sign of life is given; several must fit into the span.
    pub renew_every: Duration,
    /// How much earlier than the others the owner itself believes its leases ended.
    pub margin: Duration,
    /// How often the stream is looked at.
    pub look_every: Duration,
}

impl LeaseSettings {
    /// Settings in proportion to a span.
    pub fn of_span(span: Duration) -> Self {
        Self {
            span,
            renew_every: span / 4,
            margin: span / 6,
            look_every: (span / 12).max(Duration::from_millis(20)),
        }
    }
}

impl Default for LeaseSettings {
    fn default() -> Self {
        Self::of_span(Duration::from_secs(6))
    }
}

/// Why a look at the leases failed.
#[derive(Debug, thiserror::Error)]
enum LeaseError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Append(#[from] AppendError),
    #[error(transparent)]
    Decode(#[from] DecodeError),
    #[error("the store did not answer within {0:?}")]
    Slow(Duration),
}

/// A node's part of the work, as the stream of leases tells. Cheap to clone.
#[derive(Debug, Clone)]
pub struct StoreLeases(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    node: NodeId,
    local: Arc<Local>,
    seen: Mutex<Seen>,
    leave: CancellationToken,
    ended: CancellationToken,
}

/// What is shown to operators.
#[derive(Debug, Default)]
struct Seen {
    table: Table,
    taken: u64,
    lost: u64,
    expired: u64,
}

impl StoreLeases {
    /// Prepares `node` to share the work. Nothing happens before the keeper runs.
    pub fn new(
        node: NodeId,
        settings: LeaseSettings,
        store: Arc<dyn EventStore>,
        clock: Arc<dyn Clock>,
    ) -> (Self, Keeper) {
        let leases = Self(Arc::new(Inner {
            node,
            local: Arc::new(Local::new(Arc::clone(&clock))),
            seen: Mutex::default(),
            leave: CancellationToken::new(),
            ended: CancellationToken::new(),
        }));
        let keeper = Keeper {
            leases: leases.clone(),
            settings,
            store,
            clock,
            table: Table::default(),
            heard: HashMap::new(),
            sent: BTreeMap::new(),
            renewed: None,
            unsure: BTreeSet::new(),
        };
        (leases, keeper)
    }

    /// This node.
    pub fn node(&self) -> &NodeId {
        &self.0.node
    }

    /// Begins to give everything back: nothing new is begun, and each partition goes as soon as its work has ended.
    /// The keeper ends when the last one went.
    pub fn leave(&self) {
        self.0.leave.cancel();
    }

    /// Resolves when the keeper has ended.
    pub async fn left(&self) {
        self.0.ended.cancelled().await;
    }

    fn seen<T>(&self, act: impl FnOnce(&mut Seen) -> T) -> T {
        act(&mut self.0.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Ownership for StoreLeases {
    fn begin(&self, partition: Partition) -> Option<Hold> {
        let epoch = self.0.local.begin(partition)?;
        Some(Hold::counted(Arc::clone(&self.0.local), partition, epoch))
    }

    fn serves(&self, partition: Partition) -> bool {
        self.0.local.serving(partition).is_some()
    }

    fn since(&self, partition: Partition) -> Option<Instant> {
        self.0.local.since(partition)
    }

    fn is_sole(&self) -> bool {
        false
    }

    fn sharing(&self) -> Sharing {
        let (held, draining) = self.0.local.held();
        let me = &self.0.node;
        self.seen(|seen| Sharing {
            node: Some(me.clone()),
            held,
            draining,
            free: seen.table.free().count(),
            joined: seen.table.member(me).is_some(),
            peers: peers(&seen.table, me),
            taken: seen.taken,
            lost: seen.lost,
            expired: seen.expired,
        })
    }
}

fn peers(table: &Table, me: &NodeId) -> Vec<Peer> {
    let others = table.members().iter().filter(|member| member.node != *me);
    others
        .map(|member| Peer {
            node: member.node.clone(),
            partitions: table.owned_by(&member.node).count(),
            leaving: member.leaving,
        })
        .collect()
}

/// Keeps a node's leases for as long as it runs. A keeper that is dropped gives nothing back: its leases run out.
#[derive(Debug)]
pub struct Keeper {
    leases: StoreLeases,
    settings: LeaseSettings,
    store: Arc<dyn EventStore>,
    clock: Arc<dyn Clock>,
    table: Table,
    /// When each other node's last sign of life was read.
    heard: HashMap<NodeId, Instant>,
    /// When appends were sent whose outcome is not known yet, by the id of their first event.
    sent: BTreeMap<EventId, Deadline>,
    /// When the last sign of life of this node was sent.
    renewed: Option<Instant>,
    /// What an append of unknown outcome may have given back, and the version it was to follow.
    unsure: BTreeSet<(Version, Partition)>,
}

impl Keeper {
    /// Runs until everything was given back after [`StoreLeases::leave`], or until cancelled.
    pub async fn run(mut self, cancel: CancellationToken) {
        let leave = self.leases.0.leave.clone();
        while !cancel.is_cancelled() {
            match self.look().await {
                Ok(true) => break,
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(
                        node = %self.leases.node(), error = &error as &dyn std::error::Error,
                        "the leases could not be kept; work goes on until they run out"
                    );
                    self.forgive();
                }
            }
            tokio::select! {
                () = cancel.cancelled() => {}
                () = tokio::time::sleep(self.settings.look_every) => {}
                () = self.leases.0.local.idle.notified() => {}
                () = leave.cancelled(), if !leave.is_cancelled() => {}
            }
        }
        self.leases.0.local.end();
        self.leases.0.ended.cancel();
    }

    /// Looks at the stream once and does what is to be done. Answers whether this node has left.
    async fn look(&mut self) -> Result<bool, LeaseError> {
        for _ in 0..RACES {
            self.read().await?;
            let leaving = self.leases.0.leave.is_cancelled();
            if leaving && self.table.member(self.leases.node()).is_none() {
                return Ok(true);
            }
            self.adopt();
            let events = self.next(leaving);
            if events.is_empty() || self.append(events).await? {
                return Ok(leaving && self.table.member(self.leases.node()).is_none());
            }
        }
        Ok(false)
    }

    fn next(&self, leaving: bool) -> Vec<LeaseEvent> {
        let now = Instant::now();
        let due = |at: Instant| now.duration_since(at) >= self.settings.renew_every;
        plan(
            &self.table,
            &Situation {
                me: self.leases.node(),
                span: self.settings.span,
                silent: &self.silent(now),
                idle: &self.leases.0.local.drained(),
                renew: self.renewed.is_none_or(due),
                leaving,
            },
        )
    }

    /// Nodes that gave no sign of life for longer than their span, counted from when the last one was read.
    fn silent(&self, now: Instant) -> BTreeSet<NodeId> {
        let members = self.table.members().iter();
        members
            .filter(|member| {
                let heard = self.heard.get(&member.node);
                member.node != *self.leases.node()
                    && heard.is_some_and(|at| now.duration_since(*at) > member.span)
            })
            .map(|member| member.node.clone())
            .collect()
    }

    /// While the store could not be used nobody could give a sign of life: everybody gets a whole span again.
    fn forgive(&mut self) {
        let now = Instant::now();
        for heard in self.heard.values_mut() {
            *heard = now;
        }
    }

    async fn in_time<T, E>(&self, work: impl Future<Output = Result<T, E>> + Send) -> Result<T, LeaseError>
    where
        LeaseError: From<E>,
    {
        let patience = self.settings.span / 2;
        match tokio::time::timeout(patience, work).await {
            Ok(result) => Ok(result?),
            Err(_) => Err(LeaseError::Slow(patience)),
        }
    }

    /// Folds what was appended since.
    async fn read(&mut self) -> Result<(), LeaseError> {
        if self.table.version() == Version::NONE {
            return self.read_back().await;
        }
        loop {
            let from = self.table.version().plus(1);
            let page = self
                .in_time(
                    self.store
                        .read_stream(StreamId::leases(), from, Direction::Forwards, PAGE),
                )
                .await?;
            if page.first().is_some_and(|first| first.version != from) {
                // The stream was cut off in front of what was folded.
                return self.read_back().await;
            }
            let last = page.len() < PAGE;
            for recorded in page {
                self.fold(&recorded)?;
            }
            if last {
                return Ok(());
            }
        }
    }

    /// Folds the stream from its last summary, or from its start where there is none.
    async fn read_back(&mut self) -> Result<(), LeaseError> {
        let mut found: Vec<Recorded> = Vec::new();
        let mut from = Version(u64::MAX);
        loop {
            let page = self
                .in_time(
                    self.store
                        .read_stream(StreamId::leases(), from, Direction::Backwards, PAGE),
                )
                .await?;
            let ended = page.len() < PAGE;
            for recorded in page {
                let summary = &*recorded.event_type == "LeasesKept";
                from = Version(recorded.version.0.saturating_sub(1));
                found.push(recorded);
                if summary {
                    from = Version::NONE;
                    break;
                }
            }
            if ended || from == Version::NONE {
                break;
            }
        }
        self.table = Table::default();
        for recorded in found.into_iter().rev() {
            self.fold(&recorded)?;
        }
        Ok(())
    }

    fn fold(&mut self, recorded: &Recorded) -> Result<(), DecodeError> {
        let event: LeaseEvent = recorded.decode()?;
        self.apply(&event, recorded.version);
        let deadline = self.sent.remove(&recorded.id);
        if let Some(deadline) = deadline {
            self.confirm(deadline);
        }
        Ok(())
    }

    fn apply(&mut self, event: &LeaseEvent, version: Version) {
        let me = self.leases.node().clone();
        let owned = self.table.owned_by(&me).count();
        let (lost, taken, expired) = match event {
            LeaseEvent::NodeExpired(NodeExpired { node, .. }) if *node == me => (owned as u64, 0, 0),
            LeaseEvent::NodeExpired(NodeExpired { by, .. }) if *by == me => (0, 0, 1),
            LeaseEvent::LeasesTaken(taken) if taken.node == me => (0, taken.partitions.len() as u64, 0),
            LeaseEvent::NodeJoined(_)
            | LeaseEvent::LeasesRenewed(_)
            | LeaseEvent::LeasesTaken(_)
            | LeaseEvent::LeasesReleased(_)
            | LeaseEvent::NodeLeaving(_)
            | LeaseEvent::NodeLeft(_)
            | LeaseEvent::NodeExpired(_)
            | LeaseEvent::LeasesKept(_) => (0, 0, 0),
        };
        if lost > 0 {
            tracing::warn!(node = %me, partitions = lost, "this node was silent for too long and lost its work");
        }
        self.table.apply(event, version);
        let now = Instant::now();
        self.heard.insert(author(event).clone(), now);
        // A summary may name nodes that were never heard.
        for member in self.table.members() {
            self.heard.entry(member.node.clone()).or_insert(now);
        }
        self.leases.seen(|seen| {
            seen.lost += lost;
            seen.taken += taken;
            seen.expired += expired;
        });
    }

    /// An append of this node is in the log: its leases hold from when it was sent.
    fn confirm(&mut self, until: Deadline) {
        self.renewed = self.renewed.max(until.monotonic.checked_sub(self.holds()));
        self.leases.0.local.extend(until);
    }

    /// Takes over what the table says about this node.
    fn adopt(&mut self) {
        let version = self.table.version();
        self.unsure.retain(|(after, _)| *after >= version);
        let me = self.leases.node();
        let owned: BTreeMap<Partition, u64> = self.table.owned_by(me).collect();
        let mut draining: BTreeSet<Partition> = self.table.surplus(me).into_iter().collect();
        draining.extend(self.unsure.iter().map(|(_, partition)| *partition));
        if self.leases.0.leave.is_cancelled() {
            draining.extend(owned.keys());
        }
        draining.retain(|partition| owned.contains_key(partition));
        self.leases.0.local.set(owned, draining);
        let members: BTreeSet<&NodeId> = self.table.members().iter().map(|m| &m.node).collect();
        self.heard.retain(|node, _| members.contains(node));
        let table = self.table.clone();
        self.leases.seen(|seen| seen.table = table);
    }

    /// Appends; answers `false` when another node wrote first.
    async fn append(&mut self, events: Vec<LeaseEvent>) -> Result<bool, LeaseError> {
        let ids: Vec<EventId> = events.iter().map(|_| EventId::unique()).collect();
        let until = self.deadline();
        let version = self.table.version();
        for event in &events {
            if let LeaseEvent::LeasesReleased(released) = event {
                let partitions = released.partitions.iter().copied();
                let partitions = partitions.filter_map(Partition::numbered);
                self.unsure
                    .extend(partitions.map(|partition| (version, partition)));
            }
        }
        self.sent.extend(ids.first().map(|id| (*id, until)));
        while self.sent.len() > UNANSWERED {
            self.sent.pop_first();
        }
        let write = StreamWrite {
            stream: StreamId::leases(),
            expected: Expected::Exactly(version),
            events: self.encode(&ids, &events),
        };
        match self.in_time(self.store.append(vec![write])).await {
            Ok(_) => {}
            Err(LeaseError::Append(AppendError::Conflict { .. })) => return Ok(false),
            Err(error) => return Err(error),
        }
        for (index, event) in events.iter().enumerate() {
            self.apply(event, version.plus(index + 1));
        }
        // Whatever was sent before this was to follow an older version and can no longer be written.
        self.sent.clear();
        self.adopt();
        self.confirm(until);
        if events
            .iter()
            .any(|event| !matches!(event, LeaseEvent::LeasesRenewed(LeasesRenewed { .. })))
        {
            let held = self.table.owned_by(self.leases.node()).count();
            tracing::info!(node = %self.leases.node(), held, of = PARTITIONS, "the work was shared out anew");
        }
        Ok(true)
    }

    /// For how long this node itself believes in its leases after a sign of life.
    fn holds(&self) -> Duration {
        self.settings.span.saturating_sub(self.settings.margin)
    }

    /// Until when an append that is sent now makes the leases hold.
    fn deadline(&self) -> Deadline {
        let holds = self.holds();
        let wall = TimeDelta::from_std(holds).unwrap_or(TimeDelta::zero());
        Deadline {
            monotonic: Instant::now() + holds,
            wall: self.clock.now() + wall,
        }
    }

    fn encode(&self, ids: &[EventId], events: &[LeaseEvent]) -> Vec<NewEvent> {
        let time = self.clock.now();
        let stored = ids.iter().zip(events).map(|(id, event)| {
            let metadata = Metadata {
                time,
                correlation_id: id.0,
                causation_id: id.0,
            };
            NewEvent::encode(*id, event, metadata)
        });
        stored.collect()
    }
}

/// Whose sign of life an event is.
fn author(event: &LeaseEvent) -> &NodeId {
    match event {
        LeaseEvent::NodeJoined(NodeJoined { node, .. }) => node,
        LeaseEvent::LeasesRenewed(event) => &event.node,
        LeaseEvent::LeasesTaken(event) => &event.node,
        LeaseEvent::LeasesReleased(event) => &event.node,
        LeaseEvent::NodeLeaving(event) => &event.node,
        LeaseEvent::NodeLeft(event) => &event.node,
        LeaseEvent::NodeExpired(event) => &event.by,
        LeaseEvent::LeasesKept(event) => &event.by,
    }
}
