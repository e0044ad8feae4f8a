//! Who does the work that must be done once: delivery to a tenant, answers to an organization.
//!
//! The work is cut into [`PARTITIONS`] parts by a stable hash of the tenant or the organization. A node works on a
//! partition while it owns it. Where there is one node, [`SoleOwner`] owns everything and writes nothing: the data
//! folder's lock file is its lease. Where there are several, [`leases::StoreLeases`] keeps who owns what in the log.
//!
//! A [`Hold`] is what a piece of work keeps from its first step to its last. It tells, at any moment and without
//! asking anybody, whether this node may still act; it is asked right before something leaves for the outside.
//! Nothing here decides about a card: the person's actor and the expected version in the log do that, so whatever
//! two nodes believe, no fact is recorded twice.

use std::fmt;
use std::sync::Arc;

use events::{EventId, NodeId, OrganizationId, TenantId};
use tokio::time::Instant;

pub mod leases;
mod local;
mod plan;
mod table;

use local::Local;
pub use table::Table;

/// How many parts the work is cut into. Never changed: nodes of different releases share the work.
pub const PARTITIONS: u16 = 64;

/// One part of the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Partition(u16);

impl Partition {
    /// Every partition.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..PARTITIONS).map(Self)
    }

    /// The partition with this number, where there is one.
    pub fn numbered(number: u16) -> Option<Self> {
        (number < PARTITIONS).then_some(Self(number))
    }

    /// Where the work for a tenant's people lies: routing to them and delivery.
    pub fn of_tenant(tenant: &TenantId) -> Self {
        Self::of("tenant", tenant.as_str())
    }

    /// Where the work for an organization lies: handing it answers.
    pub fn of_organization(organization: &OrganizationId) -> Self {
        Self::of("organization", organization.as_str())
    }

    fn of(kind: &str, id: &str) -> Self {
        let hash = EventId::derive(["partition", kind, id]).0.as_u128();
        Self(u16::try_from(hash % u128::from(PARTITIONS)).unwrap_or(0))
    }

    /// Its number, from 0.
    pub fn number(self) -> u16 {
        self.0
    }

    fn index(self) -> usize {
        usize::from(self.0)
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Leave to work on a partition, kept until the work is done. While one is kept the partition is not given back;
/// it may still be lost, so [`Hold::is_valid`] is asked before anything leaves for the outside.
#[derive(Debug)]
pub struct Hold(Option<Counted>);

#[derive(Debug)]
struct Counted {
    local: Arc<Local>,
    partition: Partition,
    epoch: u64,
}

impl Hold {
    /// A hold that nobody can take away.
    pub fn always() -> Self {
        Self(None)
    }

    fn counted(local: Arc<Local>, partition: Partition, epoch: u64) -> Self {
        Self(Some(Counted {
            local,
            partition,
            epoch,
        }))
    }

    /// Whether this node owns the partition now, without having lost it in between. Asks nobody and does not wait.
    pub fn is_valid(&self) -> bool {
        self.0
            .as_ref()
            .is_none_or(|held| held.local.is_valid(held.partition, held.epoch))
    }

    /// The fencing token: of two owners the one with the larger epoch is the later one; 0 where there is one node.
    pub fn epoch(&self) -> u64 {
        self.0.as_ref().map_or(0, |held| held.epoch)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.local.let_go(self.partition);
    }
}

/// Another node, as this one sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// Its name.
    pub node: NodeId,
    /// How many partitions it owns.
    pub partitions: usize,
    /// It is stopping.
    pub leaving: bool,
}

/// How the work is shared out, as this node sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sharing {
    /// This node's name; `None` where there is one node.
    pub node: Option<NodeId>,
    /// What this node may work on now.
    pub held: Vec<Partition>,
    /// How many partitions are being given back as their work ends.
    pub draining: usize,
    /// How many partitions nobody owns.
    pub free: usize,
    /// Whether this node is among those that share the work.
    pub joined: bool,
    /// The other nodes, in the order in which they joined.
    pub peers: Vec<Peer>,
    /// Partitions taken since the start.
    pub taken: u64,
    /// Partitions lost since the start, not given back: this node was silent for too long.
    pub lost: u64,
    /// Nodes that this one declared dead since the start.
    pub expired: u64,
}

/// Tells what this node may work on.
pub trait Ownership: fmt::Debug + Send + Sync + 'static {
    /// Leave to begin a piece of work, or `None` where the partition is another node's or is being given back.
    fn begin(&self, partition: Partition) -> Option<Hold>;

    /// Whether [`Ownership::begin`] would give leave now.
    fn serves(&self, partition: Partition) -> bool;

    /// Since when this node serves the partition, where another one may have served it before while this one ran.
    fn since(&self, _partition: Partition) -> Option<Instant> {
        None
    }

    /// Whether there is one node, so that no list needs to be cut down.
    fn is_sole(&self) -> bool;

    /// How the work is shared out.
    fn sharing(&self) -> Sharing;
}

/// The one node over an embedded store.
#[derive(Debug, Clone, Copy, Default)]
pub struct SoleOwner;

impl Ownership for SoleOwner {
    fn begin(&self, _partition: Partition) -> Option<Hold> {
        Some(Hold::always())
    }

    fn serves(&self, _partition: Partition) -> bool {
        true
    }

    fn is_sole(&self) -> bool {
        true
    }

    fn sharing(&self) -> Sharing {
        Sharing {
            node: None,
            held: Partition::all().collect(),
            draining: 0,
            free: 0,
            joined: true,
            peers: Vec::new(),
            taken: 0,
            lost: 0,
            expired: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_is_the_same_in_every_release() {
        let tenant = |id: &str| Partition::of_tenant(&TenantId::parse(id).unwrap()).number();
        let organization =
            |id: &str| Partition::of_organization(&OrganizationId::parse(id).unwrap()).number();
        let found = [tenant("tenant-a"), tenant("tenant-b"), organization("acme")];
        assert_eq!(found, [33, 62, 23]);
    }

    #[test]
    fn tenants_are_spread_over_the_partitions() {
        let mut counts = [0_u32; PARTITIONS as usize];
        for number in 0..6_400 {
            let tenant = TenantId::parse(format!("tenant-{number}")).unwrap();
            counts[Partition::of_tenant(&tenant).index()] += 1;
        }
        assert!(counts.iter().all(|count| (60..150).contains(count)), "{counts:?}");
    }

    #[test]
    fn one_node_works_on_everything_and_is_never_stopped() {
        let hold = SoleOwner.begin(Partition(3)).unwrap();
        assert!(hold.is_valid());
        assert_eq!(SoleOwner.sharing().held.len(), usize::from(PARTITIONS));
    }
}
