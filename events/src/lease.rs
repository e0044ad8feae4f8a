//! Which service node does which part of the work that must be done once: joining, renewing, taking, releasing.
//!
//! All of it stands in one small stream of its own, so that the order of its events alone says who owns what. It is
//! about machines and never about people, no read model is made from it, and it may be cut off at its last
//! [`LeasesKept`]: that event repeats everything that still holds.

use serde::{Deserialize, Serialize};

use crate::codec::stored_events;
use crate::ids::NodeId;

stored_events! {
    /// A fact in the stream of leases.
    pub enum LeaseEvent ("lease") {
        /// A node runs and may take leases.
        NodeJoined = 1,
        /// A node still runs: each of its leases holds for another span from here.
        LeasesRenewed = 1,
        /// A node owns these partitions from here on.
        LeasesTaken = 1,
        /// A node gave these partitions back; nothing of theirs is under way there.
        LeasesReleased = 1,
        /// A node is stopping: it takes nothing more and gives back what it owns as its work ends.
        NodeLeaving = 1,
        /// A node stopped in order and owns nothing any more.
        NodeLeft = 1,
        /// A node was silent for its whole span; another one declares its leases free.
        NodeExpired = 1,
        /// Everything that holds at this point, so that what stands before it need not be kept.
        LeasesKept = 1,
    }
}

/// See [`LeaseEvent::NodeJoined`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeJoined {
    /// The node; another one after each start.
    pub node: NodeId,
    /// For how long each sign of life makes its leases hold, in milliseconds.
    pub span_ms: u64,
}

/// See [`LeaseEvent::LeasesRenewed`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeasesRenewed {
    /// The node.
    pub node: NodeId,
}

/// See [`LeaseEvent::LeasesTaken`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeasesTaken {
    /// The new owner.
    pub node: NodeId,
    /// Grows with every taking: of two owners the one with the larger epoch is the later one.
    pub epoch: u64,
    /// What it owns now, besides what it owned before.
    pub partitions: Vec<u16>,
}

/// See [`LeaseEvent::LeasesReleased`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeasesReleased {
    /// The former owner.
    pub node: NodeId,
    /// What is free now.
    pub partitions: Vec<u16>,
}

/// See [`LeaseEvent::NodeLeaving`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeLeaving {
    /// The node.
    pub node: NodeId,
}

/// See [`LeaseEvent::NodeLeft`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeLeft {
    /// The node.
    pub node: NodeId,
}

/// See [`LeaseEvent::NodeExpired`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeExpired {
    /// The silent node.
    pub node: NodeId,
    /// Who says so.
    pub by: NodeId,
}

/// See [`LeaseEvent::LeasesKept`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeasesKept {
    /// Who wrote it down.
    pub by: NodeId,
    /// The largest epoch given so far.
    pub epoch: u64,
    /// The nodes in the order in which they joined.
    pub nodes: Vec<NodeJoined>,
    /// Those of them that are stopping.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leaving: Vec<NodeId>,
    /// What each of them owns, by the epoch at which it was taken.
    pub leases: Vec<LeasesTaken>,
}
