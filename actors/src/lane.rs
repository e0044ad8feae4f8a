//! Delivery lanes: one per tenant that has something to send.
//!
//! A lane takes what is due, one thing per chat at a time, keeps Teams' limits, and lets the person's actor decide
//! at the last moment whether to send. The work list may lag behind the log; a person whose last work is not
//! folded yet counts as busy, and a stale item costs one question that the actor answers with "not due".
//!
//! Tenants do not wait for each other: each has its own pace, and what they share (requests under way, questions to
//! the work list) is given out in turns, the former by weight (`turns`). A lane holds a small window of its work list;
//! everything else lies in the store. A card that could leave the moment it is queued is queued by the lane
//! (`express`). [`run_lanes`] looks at the tenants whose work changed, and at all of them only
//! now and then, for what becomes due with time.
//!
//! Crash story: `DeliveryAttempted` is on disk before the POST leaves, its outcome after. A lane that finds an
//! attempt without outcome that it is not making itself calls it unknown, and the card's policy decides. The pace is
//! kept in memory only; whoever takes a tenant over holds back for one window and asks the log what each chat got.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use events::{Clock, Position, TenantId, Vault};
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::delivery::{Circuits, DeliveryObserver};
use crate::directory::Directory;
use crate::partition::{Ownership, Partition};
use crate::ports::{CardRenderer, Connector, Outbox, PortError, Progress, TenantSwitches, TenantsDue};

mod express;
mod job;
mod pacing;
mod running;
mod turns;

pub use express::Express;
pub use pacing::{Limits, Window};

use express::{OFFERS, Offer};
use pacing::Pacing;
use running::Lane;
use turns::Turns;

/// How often all tenants are looked at, for what becomes due with time; less often where a look takes long.
const TICK: Duration = Duration::from_millis(250);
/// The share of time that looking at tenants may take: one part in so many.
const LOOK_SHARE: u32 = 20;
/// However long a look takes, what becomes due with time waits no longer than this.
const LONGEST_TICK: Duration = Duration::from_secs(1);
/// Least time between two looks, so that a busy log does not mean a look per commit: as long as [`LOOK_SHARE`] asks, within
/// these bounds.
const SHORTEST_BREATH: Duration = Duration::from_millis(1);
const LONGEST_BREATH: Duration = Duration::from_millis(5);
/// How long to wait after the work list failed.
const PAUSE: Duration = Duration::from_millis(500);
/// Questions to the work list at once, of all lanes together.
const LOOKS: usize = 4;

/// What lanes work with.
#[derive(Debug, Clone)]
pub struct LaneDeps {
    /// The user actors.
    pub directory: Directory,
    /// What is to be done.
    pub outbox: Arc<dyn Outbox>,
    /// How far that list has folded.
    pub progress: Arc<dyn Progress>,
    /// Which tenants are switched off.
    pub switches: Arc<dyn TenantSwitches>,
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
    /// Which hosts are waited for.
    pub circuits: Arc<Circuits>,
    /// Another process may have sent to these tenants until a moment ago.
    pub after_restart: bool,
    /// Hears of outcomes.
    pub observer: Arc<dyn DeliveryObserver>,
    /// Brings cards that could be queued and sent at once.
    pub express: Express,
}

/// The longest that one request to the connector may take, whatever becomes of it. A stop waits for so long.
pub const LONGEST_CALL: Duration = job::GUARD;

/// What all lanes share.
#[derive(Debug, Clone)]
struct Shared {
    /// Room for requests under way, given out in weighted turns.
    turns: Turns,
    /// Questions to the work list, answered in the order of asking.
    looks: Arc<Semaphore>,
}

/// A lane at work.
struct Running {
    lane: tokio::task::JoinHandle<Pacing>,
    nudge: Arc<Notify>,
    offers: mpsc::Sender<Offer>,
}

/// Starts a lane for every tenant that has work due, until cancelled; then waits for what is under way.
pub async fn run_lanes(deps: LaneDeps, cancel: CancellationToken) {
    let mut lanes = Lanes::new(deps, cancel.clone());
    let mut folded = lanes.deps.progress.folded();
    let mut offers = lanes.deps.express.listen();
    while !cancel.is_cancelled() {
        folded.mark_unchanged();
        let began = Instant::now();
        if let Err(error) = lanes.look().await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the lanes' work list failed"
            );
            tokio::time::sleep(PAUSE).await;
        }
        let next = lanes.next_full_look();
        let breath = (began.elapsed() * LOOK_SHARE).clamp(SHORTEST_BREATH, LONGEST_BREATH);
        let waiting = async {
            tokio::time::sleep(breath).await;
            // Woken by the log, or by the tick for what becomes due with time.
            tokio::select! { _ = folded.changed() => {}, () = tokio::time::sleep_until(next) => {} }
        };
        tokio::pin!(waiting);
        loop {
            tokio::select! {
                () = cancel.cancelled() => break,
                () = &mut waiting => break,
                Some(offer) = offers.recv() => lanes.pass_on(offer).await,
            }
        }
    }
    // What is offered from now on is the router's.
    drop(offers);
    lanes.tasks.close();
    lanes.tasks.wait().await;
}

struct Lanes {
    deps: LaneDeps,
    shared: Shared,
    cancel: CancellationToken,
    tasks: TaskTracker,
    running: HashMap<TenantId, Running>,
    /// A lane's pace outlives it, so that ending and starting does not begin a new window.
    pacings: HashMap<TenantId, Pacing>,
    /// When the process began to serve tenants that another one may have served before.
    began: Option<Instant>,
    seen: Position,
    full_look: Option<Instant>,
    full_look_took: Duration,
    /// When the first of what waits for a time is due, as far as was seen.
    soonest: Option<DateTime<Utc>>,
}

impl Lanes {
    fn new(deps: LaneDeps, cancel: CancellationToken) -> Self {
        let shared = Shared {
            turns: Turns::new(deps.limits.total_concurrency),
            looks: Arc::new(Semaphore::new(LOOKS)),
        };
        Self {
            began: deps.after_restart.then(Instant::now),
            deps,
            shared,
            cancel,
            tasks: TaskTracker::new(),
            running: HashMap::new(),
            pacings: HashMap::new(),
            seen: Position::START,
            full_look: None,
            full_look_took: Duration::ZERO,
            soonest: None,
        }
    }

    fn next_full_look(&self) -> Instant {
        let Some(last) = self.full_look else {
            return Instant::now();
        };
        let least = (self.full_look_took * LOOK_SHARE).min(LONGEST_TICK);
        let due = self.soonest.map(|due| {
            let wait = (due - self.deps.clock.now()).to_std().unwrap_or(Duration::ZERO);
            Instant::now() + wait
        });
        let tick = last + TICK.max(least);
        due.map_or(tick, |due| due.max(last + least).min(tick))
    }

    /// Starts or wakes the lanes of tenants with work due.
    async fn look(&mut self) -> Result<(), PortError> {
        let began = Instant::now();
        // The first look is a full one: there is no time yet from which to count to the next.
        let full = self.full_look.is_none() || self.next_full_look() <= Instant::now();
        if full {
            self.collect_ended().await;
        }
        let changed_after = (!full).then_some(self.seen);
        let TenantsDue { tenants, position } = self.deps.outbox.tenants(changed_after).await?;
        self.seen = position;
        let now = self.deps.clock.now();
        let later = tenants.iter().map(|due| due.due_at).filter(|at| *at > now);
        let known = self.soonest.filter(|_| !full);
        self.soonest = later.chain(known).min();
        for due in tenants {
            match self.running.get(&due.tenant_id) {
                Some(running) if !running.lane.is_finished() => running.nudge.notify_one(),
                _ if due.due_at <= now => self.start(due.tenant_id, None).await,
                _ => {}
            }
        }
        if full {
            self.full_look = Some(Instant::now());
            self.full_look_took = began.elapsed();
        }
        Ok(())
    }

    /// Hands an offer to its tenant's lane, which is started where it does not run. Where it cannot take it, the router does.
    async fn pass_on(&mut self, offer: Offer) {
        let tenant = offer.route.user.tenant_id.clone();
        let runs = |running: &Running| !running.lane.is_finished();
        match self.running.get(&tenant).filter(|running| runs(running)) {
            Some(running) => drop(running.offers.try_send(offer)),
            None => self.start(tenant, Some(offer)).await,
        }
    }

    async fn start(&mut self, tenant: TenantId, offer: Option<Offer>) {
        self.collect(&tenant).await;
        let mut pacing = self
            .pacings
            .remove(&tenant)
            .unwrap_or_else(|| Pacing::new(&self.deps.limits));
        let gained = self.deps.ownership.since(Partition::of_tenant(&tenant));
        if let Some(at) = self.began.max(gained) {
            pacing.took_over(at);
        }
        let nudge = Arc::new(Notify::new());
        let (offers, offered) = mpsc::channel(OFFERS);
        if let Some(offer) = offer {
            // Before the lane looks whether it has anything to do.
            drop(offers.try_send(offer));
        }
        let lane = Lane::new(
            tenant.clone(),
            self.deps.clone(),
            self.shared.clone(),
            pacing,
            Arc::clone(&nudge),
            offered,
        );
        let lane = self.tasks.spawn(lane.run(self.cancel.clone()));
        self.running.insert(tenant, Running { lane, nudge, offers });
    }

    async fn collect_ended(&mut self) {
        let ended: Vec<TenantId> = self
            .running
            .iter()
            .filter(|(_, running)| running.lane.is_finished())
            .map(|(tenant, _)| tenant.clone())
            .collect();
        for tenant in ended {
            self.collect(&tenant).await;
        }
        let now = Instant::now();
        self.pacings.retain(|_, pacing| !pacing.is_fresh(now));
    }

    /// Keeps the pace of a lane that ended.
    async fn collect(&mut self, tenant: &TenantId) {
        if let Some(running) = self.running.remove(tenant)
            && let Ok(pacing) = running.lane.await
        {
            self.pacings.insert(tenant.clone(), pacing);
        }
    }
}
