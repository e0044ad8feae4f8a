//! The loop that keeps a node's leases: looks at the stream, decides with [`plan`] and appends.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use events::lease::LeasesRenewed;
use events::store::Outage;
use events::{
    AppendError, Clock, DecodeError, EventId, EventStore, Expected, LeaseEvent, Metadata, NewEvent, NodeId,
    ReadError, StreamId, StreamWrite, Version,
};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{LeaseSettings, StoreLeases};
use crate::partition::local::Deadline;
use crate::partition::plan::{Situation, plan};
use crate::partition::{PARTITIONS, Partition, Table};

/// Appends of unknown outcome that are remembered; forgetting one only ends the leases earlier.
const UNANSWERED: usize = 64;
/// Tries in a row that may lose against other nodes before resting.
const RACES: usize = 8;

/// Why a look at the leases failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum LeaseError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Append(#[from] AppendError),
    #[error(transparent)]
    Decode(#[from] DecodeError),
    #[error("the store did not answer within {0:?}")]
    Slow(Duration),
}

/// Keeps a node's leases for as long as it runs. A keeper that is dropped gives nothing back: its leases run out.
#[derive(Debug)]
pub struct Keeper {
    pub(super) leases: StoreLeases,
    pub(super) settings: LeaseSettings,
    pub(super) store: Arc<dyn EventStore>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) table: Table,
    /// When each other node's last sign of life was read.
    pub(super) heard: HashMap<NodeId, Instant>,
    /// When appends were sent whose outcome is not known yet, by the id of their first event.
    pub(super) sent: BTreeMap<EventId, Deadline>,
    /// When the last sign of life of this node was sent.
    pub(super) renewed: Option<Instant>,
    /// What an append of unknown outcome may have given back, and the version it was to follow.
    pub(super) unsure: BTreeSet<(Version, Partition)>,
}

impl Keeper {
    pub(super) fn new(
        leases: StoreLeases,
        settings: LeaseSettings,
        store: Arc<dyn EventStore>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            leases,
            settings,
            store,
            clock,
            table: Table::default(),
            heard: HashMap::new(),
            sent: BTreeMap::new(),
            renewed: None,
            unsure: BTreeSet::new(),
        }
    }

    /// Runs until everything was given back after [`StoreLeases::leave`], or until cancelled.
    pub async fn run(mut self, cancel: CancellationToken) {
        let leave = self.leases.0.leave.clone();
        let mut failing = false;
        while !cancel.is_cancelled() {
            match self.look().await {
                Ok(true) => break,
                Ok(false) => {
                    if std::mem::take(&mut failing) {
                        tracing::info!(node = %self.leases.node(), "the leases are kept again");
                    }
                }
                Err(error) => {
                    // An outage of the store is told by the store; anything else once.
                    let away = matches!(error, LeaseError::Slow(_)) || Outage::caused(&error);
                    if away {
                        tracing::debug!(
                            error = &error as &dyn std::error::Error,
                            "the leases could not be kept"
                        );
                    } else if !std::mem::replace(&mut failing, true) {
                        let held = self.table.owned_by(self.leases.node()).count();
                        tracing::warn!(
                            node = %self.leases.node(), error = &error as &dyn std::error::Error,
                            held, "the leases could not be kept; what is held goes on until they run out"
                        );
                    }
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

    pub(super) async fn in_time<T, E>(
        &self,
        work: impl Future<Output = Result<T, E>> + Send,
    ) -> Result<T, LeaseError>
    where
        LeaseError: From<E>,
    {
        let patience = self.settings.span / 2;
        match tokio::time::timeout(patience, work).await {
            Ok(result) => Ok(result?),
            Err(_) => Err(LeaseError::Slow(patience)),
        }
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
    pub(super) fn holds(&self) -> Duration {
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
