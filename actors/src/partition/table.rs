//! The fold of the stream of leases: which nodes there are and who owns what. Pure.

use std::time::Duration;

use events::lease::{LeasesKept, LeasesTaken, NodeJoined};
use events::{LeaseEvent, NodeId, Version};

use super::{PARTITIONS, Partition};

/// A node that shares the work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) node: NodeId,
    pub(super) span: Duration,
    pub(super) leaving: bool,
}

/// Who owns a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lease {
    pub(super) node: NodeId,
    pub(super) epoch: u64,
}

/// Who owns what, as of a version of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    version: Version,
    epoch: u64,
    members: Vec<Member>,
    owners: Vec<Option<Lease>>,
}

impl Default for Table {
    fn default() -> Self {
        Self {
            version: Version::NONE,
            epoch: 0,
            members: Vec::new(),
            owners: vec![None; usize::from(PARTITIONS)],
        }
    }
}

impl Table {
    /// Folds the event at `version`.
    pub fn apply(&mut self, event: &LeaseEvent, version: Version) {
        self.version = version;
        match event {
            LeaseEvent::NodeJoined(joined) => {
                self.remove(&joined.node);
                self.members.push(member(joined));
            }
            LeaseEvent::LeasesRenewed(_) => {}
            LeaseEvent::LeasesTaken(taken) => self.take(taken),
            LeaseEvent::LeasesReleased(released) => {
                for partition in partitions(&released.partitions) {
                    let owner = &mut self.owners[partition.index()];
                    if owner.as_ref().is_some_and(|lease| lease.node == released.node) {
                        *owner = None;
                    }
                }
            }
            LeaseEvent::NodeLeaving(leaving) => {
                if let Some(member) = self.members.iter_mut().find(|m| m.node == leaving.node) {
                    member.leaving = true;
                }
            }
            LeaseEvent::NodeLeft(left) => self.remove(&left.node),
            LeaseEvent::NodeExpired(expired) => self.remove(&expired.node),
            LeaseEvent::LeasesKept(kept) => self.restore(kept),
        }
    }

    fn take(&mut self, taken: &LeasesTaken) {
        self.epoch = self.epoch.max(taken.epoch);
        for partition in partitions(&taken.partitions) {
            self.owners[partition.index()] = Some(Lease {
                node: taken.node.clone(),
                epoch: taken.epoch,
            });
        }
    }

    fn remove(&mut self, node: &NodeId) {
        self.members.retain(|member| member.node != *node);
        for owner in &mut self.owners {
            if owner.as_ref().is_some_and(|lease| lease.node == *node) {
                *owner = None;
            }
        }
    }

    fn restore(&mut self, kept: &LeasesKept) {
        *self = Self {
            version: self.version,
            epoch: kept.epoch,
            ..Self::default()
        };
        self.members.extend(kept.nodes.iter().map(member));
        for member in &mut self.members {
            member.leaving = kept.leaving.contains(&member.node);
        }
        for taken in &kept.leases {
            self.take(taken);
        }
    }

    /// Everything that holds now, for a reader who knows nothing of what came before.
    pub(super) fn keep(&self, by: &NodeId) -> LeasesKept {
        let mut leases: Vec<LeasesTaken> = Vec::new();
        for (partition, lease) in self.leases() {
            let same = |taken: &&mut LeasesTaken| taken.node == lease.node && taken.epoch == lease.epoch;
            if let Some(taken) = leases.iter_mut().find(same) {
                taken.partitions.push(partition.number());
            } else {
                leases.push(LeasesTaken {
                    node: lease.node.clone(),
                    epoch: lease.epoch,
                    partitions: vec![partition.number()],
                });
            }
        }
        let nodes = self.members.iter().map(|member| NodeJoined {
            node: member.node.clone(),
            span_ms: u64::try_from(member.span.as_millis()).unwrap_or(u64::MAX),
        });
        let leaving = self.members.iter().filter(|member| member.leaving);
        LeasesKept {
            by: by.clone(),
            epoch: self.epoch,
            nodes: nodes.collect(),
            leaving: leaving.map(|member| member.node.clone()).collect(),
            leases,
        }
    }

    /// The version that is folded.
    pub fn version(&self) -> Version {
        self.version
    }

    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }

    pub(super) fn members(&self) -> &[Member] {
        &self.members
    }

    pub(super) fn member(&self, node: &NodeId) -> Option<&Member> {
        self.members.iter().find(|member| member.node == *node)
    }

    /// Every partition that somebody owns.
    pub(super) fn leases(&self) -> impl Iterator<Item = (Partition, &Lease)> {
        Partition::all().filter_map(|partition| Some((partition, self.owners[partition.index()].as_ref()?)))
    }

    /// What `node` owns, with the epoch at which it took it.
    pub(super) fn owned_by<'a>(&'a self, node: &'a NodeId) -> impl Iterator<Item = (Partition, u64)> + 'a {
        self.leases()
            .filter(move |(_, lease)| lease.node == *node)
            .map(|(partition, lease)| (partition, lease.epoch))
    }

    /// What nobody owns.
    pub(super) fn free(&self) -> impl Iterator<Item = Partition> + '_ {
        Partition::all().filter(|partition| self.owners[partition.index()].is_none())
    }

    /// How many partitions `node` should own: an equal share, the rest going to those who joined first.
    pub(super) fn share(&self, node: &NodeId) -> usize {
        let sharing: Vec<&Member> = self.members.iter().filter(|member| !member.leaving).collect();
        let Some(place) = sharing.iter().position(|member| member.node == *node) else {
            return 0;
        };
        let (all, nodes) = (usize::from(PARTITIONS), sharing.len());
        all / nodes + usize::from(place < all % nodes)
    }

    /// What `node` owns beyond its share.
    pub(super) fn surplus(&self, node: &NodeId) -> Vec<Partition> {
        let owned: Vec<Partition> = self.owned_by(node).map(|(partition, _)| partition).collect();
        let share = self.share(node).min(owned.len());
        owned[share..].to_vec()
    }
}

fn member(joined: &NodeJoined) -> Member {
    Member {
        node: joined.node.clone(),
        span: Duration::from_millis(joined.span_ms),
        leaving: false,
    }
}

/// Numbers that a later release might write are left out.
fn partitions(numbers: &[u16]) -> impl Iterator<Item = Partition> + '_ {
    numbers.iter().filter_map(|number| Partition::numbered(*number))
}
