//! Delivery lanes: one per tenant that has something to send.
//!
//! A lane takes what is due, one thing per chat at a time, keeps Teams' limits, and lets the person's actor decide
//! at the last moment whether to send. The work list may lag behind the log; a person whose last work is not
//! folded yet counts as busy, and a stale item costs one question that the actor answers with "not due".
//!
//! Crash story: `DeliveryAttempted` is on disk before the POST leaves, its outcome after. A lane that finds an
//! attempt without outcome that it is not making itself calls it unknown, and the card's policy decides.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use events::{Clock, Position, TenantId, UserKey, Vault};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::directory::Directory;
use crate::partition::Ownership;
use crate::ports::{CardRenderer, Connector, DueWork, Outbox, Progress};

mod job;
mod pacing;

pub use pacing::{Limits, Window};

use job::{Done, perform};
use pacing::Pacing;

/// How often lanes are looked for when nothing else happens.
const TICK: Duration = Duration::from_millis(250);
/// Least time between two looks, so that a busy log does not mean a look per commit.
const BREATH: Duration = Duration::from_millis(5);
/// How long to wait after the work list failed.
const PAUSE: Duration = Duration::from_millis(500);

/// What lanes work with.
#[derive(Debug, Clone)]
pub struct LaneDeps {
    /// The user actors.
    pub directory: Directory,
    /// What is to be done.
    pub outbox: Arc<dyn Outbox>,
    /// How far that list has folded.
    pub progress: Arc<dyn Progress>,
    /// The Bot Connector.
    pub connector: Arc<dyn Connector>,
    /// Draws the cards.
    pub renderer: Arc<dyn CardRenderer>,
    /// Seals profiles.
    pub vault: Vault,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Teams' limits.
    pub limits: Arc<Limits>,
    /// Which tenants are this node's to serve.
    pub ownership: Arc<dyn Ownership>,
}

/// Starts a lane for every tenant that has work due, until cancelled; then waits for what is under way.
pub async fn run_lanes(deps: LaneDeps, cancel: CancellationToken) {
    let lanes = TaskTracker::new();
    let mut running: HashMap<TenantId, tokio::task::JoinHandle<Pacing>> = HashMap::new();
    let mut pacings: HashMap<TenantId, Pacing> = HashMap::new();
    let mut folded = deps.progress.folded();
    while !cancel.is_cancelled() {
        folded.mark_unchanged();
        let ended: Vec<TenantId> = running
            .iter()
            .filter(|(_, lane)| lane.is_finished())
            .map(|(tenant, _)| tenant.clone())
            .collect();
        for tenant in ended {
            // A lane's token buckets outlive it, so that ending and starting does not refill them.
            if let Some(Ok(pacing)) = futures_util::future::OptionFuture::from(running.remove(&tenant)).await
            {
                pacings.insert(tenant, pacing);
            }
        }
        match deps.outbox.tenants().await {
            Ok(tenants) => {
                let now = deps.clock.now();
                for due in tenants.into_iter().filter(|tenant| tenant.due_at <= now) {
                    let Entry::Vacant(vacant) = running.entry(due.tenant_id) else {
                        continue;
                    };
                    let tenant = vacant.key().clone();
                    let pacing = pacings
                        .remove(&tenant)
                        .unwrap_or_else(|| Pacing::new(&deps.limits));
                    let lane = Lane::new(tenant, deps.clone(), pacing);
                    vacant.insert(lanes.spawn(lane.run(cancel.clone())));
                }
            }
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the lanes' work list failed"
                );
                tokio::time::sleep(PAUSE).await;
            }
        }
        tokio::select! {
            () = cancel.cancelled() => break,
            () = async {
                tokio::time::sleep(BREATH).await;
                // Woken by the log, or by the tick for what becomes due with time.
                tokio::select! { _ = folded.changed() => {}, () = tokio::time::sleep(TICK) => {} }
            } => {}
        }
    }
    lanes.close();
    lanes.wait().await;
}

/// One tenant's lane.
struct Lane {
    tenant: TenantId,
    deps: LaneDeps,
    pacing: Pacing,
    /// People with something under way.
    busy: HashSet<UserKey>,
    /// People whose last work is in the log but perhaps not in the work list yet.
    unfolded: HashMap<UserKey, Position>,
    /// People whose work failed without a record, or whose chat had its share: not before then.
    resting: HashMap<UserKey, DateTime<Utc>>,
    /// Failed tries of an update, which leaves no record until it is settled.
    update_tries: HashMap<UserKey, u32>,
}

impl Lane {
    fn new(tenant: TenantId, deps: LaneDeps, pacing: Pacing) -> Self {
        Self {
            tenant,
            deps,
            pacing,
            busy: HashSet::new(),
            unfolded: HashMap::new(),
            resting: HashMap::new(),
            update_tries: HashMap::new(),
        }
    }

    /// Works until nothing is due and nothing under way, or until cancelled and nothing under way.
    async fn run(mut self, cancel: CancellationToken) -> Pacing {
        let mut under_way = FuturesUnordered::new();
        let mut folded = self.deps.progress.folded();
        loop {
            let room = self.deps.limits.concurrency.saturating_sub(under_way.len());
            let mut idle = true;
            if room > 0 && !cancel.is_cancelled() {
                folded.mark_unchanged();
                for due in self.due(room).await {
                    idle = false;
                    if !self.admit(&due, &cancel).await {
                        continue;
                    }
                    self.busy.insert(due.user.clone());
                    let tries = self.update_tries.get(&due.user).copied().unwrap_or(0);
                    under_way.push(perform(self.deps.clone(), due, tries));
                }
            }
            if under_way.is_empty() && (cancel.is_cancelled() || (idle && self.is_quiet())) {
                return self.pacing;
            }
            tokio::select! {
                Some(done) = under_way.next() => self.note(done),
                _ = folded.changed(), if !cancel.is_cancelled() => {}
                () = tokio::time::sleep(TICK), if !cancel.is_cancelled() => {}
            }
        }
    }

    /// Whether nobody waits for a fold or a rest to end.
    fn is_quiet(&self) -> bool {
        self.unfolded.is_empty() && self.resting.is_empty()
    }

    /// What is due now, for people who have nothing under way.
    async fn due(&mut self, room: usize) -> Vec<DueWork> {
        let now = self.deps.clock.now();
        let folded = *self.deps.progress.folded().borrow();
        self.unfolded.retain(|_, position| *position > folded);
        self.resting.retain(|_, until| *until > now);
        let mut out = self.busy.clone();
        out.extend(self.unfolded.keys().cloned());
        out.extend(self.resting.keys().cloned());
        match self.deps.outbox.due(self.tenant.clone(), now, out, room).await {
            Ok(due) => due,
            Err(error) => {
                tracing::warn!(tenant = %self.tenant, error = &error as &dyn std::error::Error, "a lane's work list failed");
                tokio::time::sleep(PAUSE).await;
                Vec::new()
            }
        }
    }

    /// Waits for the tenant's share; a chat that had its share rests instead of holding up the others.
    async fn admit(&mut self, due: &DueWork, cancel: &CancellationToken) -> bool {
        if let Err(wait) = self.pacing.chat(&due.user) {
            self.rest(due.user.clone(), wait);
            return false;
        }
        cancel.run_until_cancelled(self.pacing.tenant()).await.is_some()
    }

    fn rest(&mut self, user: UserKey, wait: Duration) {
        let wait = chrono::TimeDelta::from_std(wait).unwrap_or(chrono::TimeDelta::minutes(1));
        self.resting.insert(user, self.deps.clock.now() + wait);
    }

    fn note(&mut self, done: Done) {
        self.busy.remove(&done.user);
        if let Some(slow_down) = done.throttled {
            self.pacing.slow_down(slow_down);
        }
        match done.update_failed {
            Some(tries) => self.update_tries.insert(done.user.clone(), tries),
            None => self.update_tries.remove(&done.user),
        };
        if let Some(wait) = done.rest {
            self.rest(done.user.clone(), wait);
        }
        if let Some(position) = done.position {
            self.unfolded.insert(done.user, position);
        } else if done.rest.is_none() {
            // The list was stale: give it a moment to catch up.
            self.rest(done.user, Duration::from_millis(20));
        }
    }
}
