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

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use events::{Clock, EventStore, NodeId};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::local::Local;
use super::{Hold, Ownership, Partition, Peer, Sharing, Table};

mod folding;
mod keeper;

pub use keeper::Keeper;

/// Leases that hold for so long get fewer signs of life.
const SELDOM: Duration = Duration::from_secs(10);

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
            // Each sign of life stays in the log until a scavenge. A lost one is given again at the next look.
            renew_every: if span >= SELDOM { span / 2 } else { span / 4 },
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
        let keeper = Keeper::new(leases.clone(), settings, store, clock);
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
