//! One tenant's lane at work.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use events::{Position, TenantId, UserKey};
use futures_util::StreamExt as _;
use futures_util::future::{BoxFuture, FutureExt as _};
use futures_util::stream::FuturesUnordered;
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::express::Offer;
use super::job::{Assignment, Done, Past, perform, queue_and_send};
use super::pacing::Pacing;
use super::turns::{Account, Place};
use super::{LaneDeps, PAUSE, Shared, TICK};
use crate::ports::{DueWork, Work};

/// How old the window of the work list may get while the list changes: a card for a person overtakes the broadcasts
/// in the window after this long at most.
const FRESH: Duration = Duration::from_millis(100);
/// Longest single wait for the login, so that a lane notices when it is back early.
const LOGIN_LOOK: Duration = Duration::from_millis(250);
/// People whose host is remembered; of more, each is asked.
const HOSTS_KEPT: usize = 20_000;

/// The right to make one request: the tenant's moment has come, and there is room among all tenants.
type Turn = BoxFuture<'static, Option<Place>>;

/// Keeps the place until the work is done.
async fn with_place(work: impl Future<Output = Done>, place: Place) -> Done {
    let done = work.await;
    drop(place);
    done
}

pub(super) struct Lane {
    tenant: TenantId,
    deps: LaneDeps,
    shared: Shared,
    pacing: Pacing,
    /// What the tenant has paid for its turns.
    account: Account,
    nudge: Arc<Notify>,
    /// Cards that could be queued and sent at once.
    offers: mpsc::Receiver<Offer>,
    /// The window of the work list.
    ready: VecDeque<DueWork>,
    /// The list holds more than the window.
    more: bool,
    /// The list may have changed since the window was read.
    stale: bool,
    looked: Option<Instant>,
    /// The moment reserved for the next request.
    moment: Option<Instant>,
    /// Nothing is tried before then: the login does not answer.
    closed_until: Option<Instant>,
    /// Which host people's chats were last found at, while any host is waited for.
    hosts: HashMap<UserKey, String>,
    /// People who rest since their host is waited for.
    held: HashSet<UserKey>,
    /// Tells when they may go on.
    circuits: watch::Receiver<u64>,
    /// People with something under way.
    busy: HashSet<UserKey>,
    /// People whose last work is in the log but perhaps not in the work list yet.
    unfolded: HashMap<UserKey, Position>,
    /// People whose work failed without a record, or whose chat had its share: not before then.
    resting: HashMap<UserKey, DateTime<Utc>>,
}

impl Lane {
    pub(super) fn new(
        tenant: TenantId,
        deps: LaneDeps,
        shared: Shared,
        pacing: Pacing,
        nudge: Arc<Notify>,
        offers: mpsc::Receiver<Offer>,
    ) -> Self {
        let account = Account::new(deps.limits.weight(&tenant));
        let circuits = deps.circuits.changes();
        Self {
            tenant,
            deps,
            shared,
            pacing,
            account,
            nudge,
            offers,
            ready: VecDeque::new(),
            more: false,
            stale: true,
            looked: None,
            moment: None,
            closed_until: None,
            hosts: HashMap::new(),
            held: HashSet::new(),
            circuits,
            busy: HashSet::new(),
            unfolded: HashMap::new(),
            resting: HashMap::new(),
        }
    }

    /// Works until nothing is due and nothing under way, or until cancelled and nothing under way.
    pub(super) async fn run(mut self, cancel: CancellationToken) -> Pacing {
        let mut under_way = FuturesUnordered::new();
        let mut turn: Option<Turn> = None;
        let nudge = Arc::clone(&self.nudge);
        let mut circuits = self.circuits.clone();
        loop {
            let stopping = cancel.is_cancelled();
            let room = under_way.len() < self.deps.limits.concurrency;
            if !stopping && room && self.wants_list() {
                self.read_list().await;
            }
            if under_way.is_empty() && (stopping || self.is_done()) {
                return self.pacing;
            }
            if stopping || !room || self.ready.is_empty() {
                // Others may have the place; the moment is kept.
                turn = None;
            } else if turn.is_none() {
                turn = Some(self.next_turn());
            }
            let look = self.next_look();
            tokio::select! {
                biased;
                Some(done) = under_way.next() => self.note(done),
                place = async { match &mut turn { Some(turn) => turn.await, None => std::future::pending().await } } => {
                    turn = None;
                    if let Some(place) = place && let Some(assignment) = self.take() {
                        self.account.took(&place);
                        self.busy.insert(assignment.due.user.clone());
                        let departures = self.pacing.departures();
                        let work = perform(self.deps.clone(), departures, assignment, cancel.clone());
                        under_way.push(with_place(work, place).boxed());
                    }
                }
                Some(offer) = self.offers.recv(), if !stopping => {
                    if let Some(place) = self.takes(&offer, room) {
                        self.account.took(&place);
                        self.busy.insert(offer.route.user.clone());
                        let work = queue_and_send(self.deps.clone(), self.pacing.departures(), offer, cancel.clone());
                        under_way.push(with_place(work, place).boxed());
                    }
                }
                () = nudge.notified(), if !stopping => self.stale = true,
                Ok(()) = circuits.changed(), if !stopping && !self.held.is_empty() => self.release(),
                () = tokio::time::sleep_until(look), if !stopping => self.stale = true,
                () = cancel.cancelled(), if !stopping => {}
            }
        }
    }

    /// Whether nobody waits for a fold or a rest to end, and nothing is left in the list.
    fn is_done(&mut self) -> bool {
        self.drop_settled();
        let quiet = self.unfolded.is_empty() && self.resting.is_empty();
        quiet && self.ready.is_empty() && !self.more && !self.stale && self.offers.is_empty()
    }

    fn drop_settled(&mut self) {
        let now = self.deps.clock.now();
        let folded = *self.deps.progress.folded().borrow();
        self.unfolded.retain(|_, position| *position > folded);
        self.resting.retain(|_, until| *until > now);
    }

    fn wants_list(&self) -> bool {
        let old = self.looked.is_none_or(|at| at.elapsed() >= FRESH);
        if self.ready.is_empty() {
            self.stale || self.more
        } else {
            let closed = self.closed_until.is_some_and(|until| until > Instant::now());
            self.stale && old && !closed
        }
    }

    /// When to look again although nothing happened: somebody's rest ends, or time makes something due.
    fn next_look(&self) -> Instant {
        let now = self.deps.clock.now();
        let wake = self
            .resting
            .values()
            .min()
            .and_then(|until| (*until - now).to_std().ok())
            .map_or(TICK, |rest| rest.clamp(Duration::from_millis(1), TICK));
        Instant::now() + wake
    }

    /// Reads the window: what is due now, for people who have nothing under way.
    async fn read_list(&mut self) {
        self.drop_settled();
        let limit = self.deps.limits.concurrency.max(1);
        let mut out = self.busy.clone();
        out.extend(self.unfolded.keys().cloned());
        out.extend(self.resting.keys().cloned());
        let Ok(_turn) = Arc::clone(&self.shared.looks).acquire_owned().await else {
            return;
        };
        self.stale = false;
        self.looked = Some(Instant::now());
        let now = self.deps.clock.now();
        match self.deps.outbox.due(self.tenant.clone(), now, out, limit).await {
            Ok(due) => {
                self.more = due.len() >= limit;
                let may_read_aged = self.pacing.may_read_aged(Instant::now());
                let kept = |due: &DueWork| may_read_aged || due.work != Work::AgedProfile;
                self.ready = due.into_iter().filter(kept).collect();
            }
            Err(error) => {
                tracing::warn!(tenant = %self.tenant, error = &error as &dyn std::error::Error, "a lane's work list failed");
                self.stale = true;
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    /// Waits for the tenant's moment first and for a place among all tenants after, so that a slow tenant holds none.
    fn next_turn(&mut self) -> Turn {
        let now = Instant::now();
        let moment = match self.moment {
            Some(moment) => moment,
            None => self.pacing.reserve(now),
        };
        self.moment = Some(moment);
        let moment = moment
            .max(self.pacing.held_until(now).unwrap_or(moment))
            .max(self.closed_until.unwrap_or(moment));
        let (turns, account) = (self.shared.turns.clone(), self.account);
        async move {
            // A timer takes a millisecond at least, and others would have the turn meanwhile.
            if moment > Instant::now() {
                tokio::time::sleep_until(moment).await;
            }
            turns.ask(account).await
        }
        .boxed()
    }

    /// Room for an offered card, where it could leave this moment and nothing of the tenant's waits before it.
    fn takes(&mut self, offer: &Offer, room: bool) -> Option<Place> {
        self.drop_settled();
        let (now, user) = (Instant::now(), &offer.route.user);
        let idle = room && self.ready.is_empty() && !self.more && self.closed_until.is_none();
        let known =
            self.busy.contains(user) || self.unfolded.contains_key(user) || self.resting.contains_key(user);
        let open = self.deps.circuits.all_closed()
            && self
                .deps
                .circuits
                .login_closed_until(self.deps.clock.now())
                .is_none()
            && !self.deps.switches.is_off(&self.tenant);
        if !idle || known || !open || self.pacing.unknown_past(user, now).is_some() {
            return None;
        }
        let moment = *self.moment.get_or_insert_with(|| self.pacing.reserve(now));
        if moment > now || self.pacing.held_until(now).is_some() {
            return None;
        }
        let place = self.shared.turns.ask(self.account).now_or_never().flatten()?;
        self.pacing.chat(user, now).ok()?;
        self.moment = None;
        Some(place)
    }

    /// The first thing of the window that may be done now. A chat that had its share rests instead of holding up
    /// the others.
    fn take(&mut self) -> Option<Assignment> {
        let now = Instant::now();
        if self.pacing.held_until(now).is_some() {
            return None;
        }
        let login = self.deps.circuits.login_closed_until(self.deps.clock.now());
        if let Some(until) = login {
            let wait = (until - self.deps.clock.now()).to_std().unwrap_or(LOGIN_LOOK);
            self.closed_until = Some(now + wait.min(LOGIN_LOOK));
            return None;
        }
        if self.closed_until.take().is_some() {
            // The window is as old as the wait: what came meanwhile may have to go first.
            self.ready.clear();
            self.stale = true;
        }
        while let Some(due) = self.ready.pop_front() {
            if self.busy.contains(&due.user)
                || self.unfolded.contains_key(&due.user)
                || self.is_held(&due.user)
            {
                continue;
            }
            if due.work == Work::AgedProfile && !self.pacing.aged_profile(now) {
                continue;
            }
            let unknown = self.pacing.unknown_past(&due.user, now);
            match self.pacing.chat(&due.user, now) {
                Ok(()) => {
                    self.moment = None;
                    return Some(self.assignment(due, unknown));
                }
                Err(wait) => self.rest(due.user, wait),
            }
        }
        None
    }

    /// Whether the person's host is known to be waited for. Then they rest, and whoever comes after them goes on.
    fn is_held(&mut self, user: &UserKey) -> bool {
        let Some(host) = self.hosts.get(user) else {
            return false;
        };
        let now = self.deps.clock.now();
        let Some(until) = self.deps.circuits.host_closed_until(host, now) else {
            return false;
        };
        self.hold(user.clone(), (until - now).to_std().unwrap_or_default());
        true
    }

    fn hold(&mut self, user: UserKey, wait: Duration) {
        self.held.insert(user.clone());
        self.rest(user, wait);
    }

    /// A circuit changed: whoever waited for one is looked at again.
    fn release(&mut self) {
        for user in self.held.drain() {
            self.resting.remove(&user);
        }
        if self.deps.circuits.all_closed() {
            self.hosts.clear();
        }
        self.stale = true;
    }

    fn assignment(&self, due: DueWork, unknown: Option<Duration>) -> Assignment {
        let since = |past| self.deps.clock.now() - TimeDelta::from_std(past).unwrap_or(TimeDelta::hours(1));
        Assignment {
            unknown_since: unknown.map(since),
            due,
        }
    }

    fn rest(&mut self, user: UserKey, wait: Duration) {
        let wait = TimeDelta::from_std(wait).unwrap_or(TimeDelta::minutes(1));
        self.resting.insert(user, self.deps.clock.now() + wait);
    }

    fn note(&mut self, done: Done) {
        let now = Instant::now();
        self.busy.remove(&done.user);
        self.pacing.ended(&done.user, now);
        if let Some(wait) = done.throttled {
            self.pacing.throttled(now, wait);
        }
        let host = done.held.clone().or(done.called.map(|(host, _)| host));
        if let Some(host) = host.filter(|_| !self.deps.circuits.all_closed()) {
            if self.hosts.len() >= HOSTS_KEPT {
                self.hosts.clear();
            }
            self.hosts.insert(done.user.clone(), host);
        }
        if done.held.is_some() {
            // Its moment was not used.
            self.moment.get_or_insert(now);
            self.hold(done.user, done.rest.unwrap_or_default());
            self.stale = true;
            return;
        }
        if let Some(failed) = done.looked_up {
            self.pacing.looked_up(now, failed);
        }
        if let Some(Past { due, sent }) = done.past {
            self.pacing.remember(&done.user, sent);
            // Its moment was not used.
            self.moment.get_or_insert(now);
            self.ready.push_front(due);
            return;
        }
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
