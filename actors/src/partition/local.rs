//! What this node may do right now, asked many times a second and answered from memory.
//!
//! Two clocks must agree that the lease still holds. The monotonic one cannot be set, but stands still while a
//! virtual machine is suspended; the wall clock goes on meanwhile, but can be set. Whichever says that the time is
//! over counts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use events::Clock;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::Partition;

/// Until when leases hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Deadline {
    pub(super) monotonic: Instant,
    pub(super) wall: DateTime<Utc>,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Local {
    clock: Arc<dyn Clock>,
    inner: Mutex<Inner>,
    /// Told when the last work of a partition ended.
    pub(super) idle: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    deadline: Option<Deadline>,
    owned: BTreeMap<Partition, u64>,
    /// Since when each is owned.
    since: BTreeMap<Partition, Instant>,
    draining: BTreeSet<Partition>,
    /// Holds that are kept, also of partitions that were lost.
    under_way: BTreeMap<Partition, usize>,
}

impl Local {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            inner: Mutex::default(),
            idle: Notify::new(),
        }
    }

    fn with<T>(&self, act: impl FnOnce(&mut Inner) -> T) -> T {
        act(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn in_time(&self, inner: &Inner) -> bool {
        inner
            .deadline
            .is_some_and(|until| Instant::now() < until.monotonic && self.clock.now() < until.wall)
    }

    /// The epoch under which work may begin now.
    pub(super) fn serving(&self, partition: Partition) -> Option<u64> {
        self.with(|inner| self.serving_in(inner, partition))
    }

    fn serving_in(&self, inner: &Inner, partition: Partition) -> Option<u64> {
        let epoch = inner.owned.get(&partition)?;
        (!inner.draining.contains(&partition) && self.in_time(inner)).then_some(*epoch)
    }

    /// Counts a piece of work, if it may begin.
    pub(super) fn begin(&self, partition: Partition) -> Option<u64> {
        self.with(|inner| {
            let epoch = self.serving_in(inner, partition)?;
            *inner.under_way.entry(partition).or_default() += 1;
            Some(epoch)
        })
    }

    /// Since when the partition is owned.
    pub(super) fn since(&self, partition: Partition) -> Option<Instant> {
        self.with(|inner| inner.since.get(&partition).copied())
    }

    pub(super) fn let_go(&self, partition: Partition) {
        let idle = self.with(|inner| {
            let Some(count) = inner.under_way.get_mut(&partition) else {
                return false;
            };
            *count -= 1;
            let idle = *count == 0;
            if idle {
                inner.under_way.remove(&partition);
            }
            idle && inner.draining.contains(&partition)
        });
        if idle {
            self.idle.notify_one();
        }
    }

    pub(super) fn is_valid(&self, partition: Partition, epoch: u64) -> bool {
        self.with(|inner| inner.owned.get(&partition) == Some(&epoch) && self.in_time(inner))
    }

    /// Takes over what the table says. What is `draining` begins nothing new.
    pub(super) fn set(&self, owned: BTreeMap<Partition, u64>, draining: BTreeSet<Partition>) {
        let now = Instant::now();
        self.with(|inner| {
            for (partition, epoch) in &owned {
                if inner.owned.get(partition) != Some(epoch) {
                    inner.since.insert(*partition, now);
                }
            }
            (inner.owned, inner.draining) = (owned, draining);
        });
    }

    /// The leases hold until then, unless they already hold for longer.
    pub(super) fn extend(&self, until: Deadline) {
        self.with(|inner| inner.deadline = inner.deadline.max(Some(until)));
    }

    /// Nothing is owned any more.
    pub(super) fn end(&self) {
        self.with(|inner| {
            inner.deadline = None;
            inner.owned.clear();
        });
    }

    /// What is draining and has no work under way.
    pub(super) fn drained(&self) -> BTreeSet<Partition> {
        self.with(|inner| {
            let idle = |partition: &&Partition| !inner.under_way.contains_key(partition);
            inner.draining.iter().filter(idle).copied().collect()
        })
    }

    /// What may be worked on now, and how many are draining.
    pub(super) fn held(&self) -> (Vec<Partition>, usize) {
        self.with(|inner| {
            let held = inner.owned.keys().copied();
            let held = held.filter(|partition| self.serving_in(inner, *partition).is_some());
            (held.collect(), inner.draining.len())
        })
    }
}
