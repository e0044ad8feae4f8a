//! What a keeper learns: it folds the stream of leases, also where its beginning was cut off, and takes over what the
//! table says about its own node.

use std::collections::{BTreeMap, BTreeSet};

use events::lease::{NodeExpired, NodeJoined};
use events::{DecodeError, Direction, LeaseEvent, NodeId, Recorded, StreamId, Version};
use tokio::time::Instant;

use super::keeper::{Keeper, LeaseError};
use crate::partition::local::Deadline;
use crate::partition::{Partition, Table};

/// Events read from the stream at a time; more than lie between two summaries.
const PAGE: usize = 512;

impl Keeper {
    /// Folds what was appended since.
    pub(super) async fn read(&mut self) -> Result<(), LeaseError> {
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

    pub(super) fn apply(&mut self, event: &LeaseEvent, version: Version) {
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
    pub(super) fn confirm(&mut self, until: Deadline) {
        self.renewed = self.renewed.max(until.monotonic.checked_sub(self.holds()));
        self.leases.0.local.extend(until);
    }

    /// Takes over what the table says about this node.
    pub(super) fn adopt(&mut self) {
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
