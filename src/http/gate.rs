//! Bounds what each organization may have under way: how many requests are taken in, before anything of them is read,
//! and how many of them are worked on at once, away from the threads that speak HTTP and behind all others. Work that
//! led to nothing but refusals is charged to whoever caused it: their next one waits for three times as long as it took.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use events::OrganizationId;
use metrics::counter;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use self::background::Background;
use super::body::Sent;
use super::problem::Problem;
use crate::metrics::REFUSED_REQUESTS;

mod background;

pub use background::give_way;

/// Requests of one organization that may be under way, waiting ones included. Each may hold a body.
const MOST_UNDER_WAY: usize = 64;
/// Longest body that is checked where it arrived, in bytes: to hand it on would take as long.
const AT_ONCE: usize = 4 * 1_024;
/// For how long work that led to refusals is paid for, as a multiple of how long it took: what is refused may take a
/// quarter of one core.
const CHARGE: f64 = 3.0;
/// Longest that one request is paid for.
const LONGEST_CHARGE: Duration = Duration::from_secs(5);

/// A gate for each organization, made when it is first asked for; copies are the same gates.
#[derive(Debug, Clone)]
pub struct Gates {
    gates: Arc<Mutex<HashMap<OrganizationId, Gate>>>,
    /// Requests of one organization that are worked on at once, and questions that are read for it.
    at_once: usize,
    background: Background,
}

#[derive(Debug, Clone)]
struct Gate {
    under_way: Arc<Semaphore>,
    working: Arc<Semaphore>,
    reading: Arc<Semaphore>,
}

impl Default for Gates {
    fn default() -> Self {
        Self::new()
    }
}

impl Gates {
    /// Each organization works on half the cores at most.
    pub fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, NonZeroUsize::get);
        Self {
            gates: Arc::default(),
            at_once: (cores / 2).max(1),
            background: Background::start(cores),
        }
    }

    fn gate(&self, organization: &OrganizationId) -> Gate {
        let gate = || Gate {
            under_way: Arc::new(Semaphore::new(MOST_UNDER_WAY)),
            working: Arc::new(Semaphore::new(self.at_once)),
            reading: Arc::new(Semaphore::new(self.at_once)),
        };
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        gates.entry(organization.clone()).or_insert_with(gate).clone()
    }

    /// Lets a request in, if not too many of the organization's are under way; before its body is read. The caller's key was
    /// checked, so there are as many gates as organizations with keys.
    pub fn enter(&self, organization: &OrganizationId) -> Result<Pass, Problem> {
        let busy = || {
            counter!(REFUSED_REQUESTS, "limit" => "under_way").increment(1);
            Problem::unavailable(
                format!("{MOST_UNDER_WAY} requests of your organization are under way; send fewer at once"),
                1,
            )
        };
        let gate = self.gate(organization);
        let under_way = gate.under_way.try_acquire_owned();
        Ok(Pass {
            under_way: under_way.map_err(|_| busy())?,
            reading: gate.reading,
            working: gate.working,
            background: self.background.clone(),
        })
    }
}

/// A request that was let in; it is under way until this is dropped.
#[derive(Debug)]
pub struct Pass {
    #[expect(dead_code, reason = "held for as long as the request is under way")]
    under_way: OwnedSemaphorePermit,
    working: Arc<Semaphore>,
    reading: Arc<Semaphore>,
    background: Background,
}

/// Work that was done, not settled yet.
#[derive(Debug)]
#[must_use = "the next work of the organization waits until it is settled"]
pub struct Done<T> {
    value: T,
    /// What it took, where it had to wait for its turn.
    turn: Option<(OwnedSemaphorePermit, Duration)>,
}

impl<T> Done<T> {
    /// Gives the turn to the next one: at once, or where a share of the work led to refusals, when that is paid for.
    pub fn settle(self, refused: impl FnOnce(&T) -> f64) -> T {
        if let Some((turn, took)) = self.turn {
            let charge = took.mul_f64(CHARGE * refused(&self.value).clamp(0.0, 1.0));
            if !charge.is_zero() {
                tokio::spawn(async move {
                    tokio::time::sleep(charge.min(LONGEST_CHARGE)).await;
                    drop(turn);
                });
            }
        }
        self.value
    }
}

impl Pass {
    /// Waits for the organization's turn to read; it lasts until what is given is dropped.
    pub async fn reads(&self) -> Result<OwnedSemaphorePermit, Problem> {
        let turn = Arc::clone(&self.reading).acquire_owned().await;
        turn.map_err(|_| Problem::storage())
    }

    /// Does work on a body: at once where that is `small`, else in its turn and away from here. It may be begun a second time
    /// where the machine is busy, and so changes nothing.
    pub async fn work<T: Send + 'static>(
        &self,
        is_small: bool,
        work: impl Fn() -> T + Send + Sync + 'static,
    ) -> Result<Done<T>, Problem> {
        if is_small {
            return Ok(Done {
                value: work(),
                turn: None,
            });
        }
        let turn = Arc::clone(&self.working).acquire_owned().await;
        let turn = turn.map_err(|_| Problem::storage())?;
        let timed = move || {
            let begun = Instant::now();
            let value = work();
            (value, begun.elapsed())
        };
        let (value, took) = self.background.run(timed).await.ok_or_else(Problem::storage)?;
        Ok(Done {
            value,
            turn: Some((turn, took)),
        })
    }

    /// Whether a body is so small that to hand it on would take as long as to check it.
    pub fn is_small(body: &Sent) -> bool {
        body.is_plain() && body.bytes() <= AT_ONCE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn organization(id: &str) -> OrganizationId {
        OrganizationId::parse(id).unwrap()
    }

    #[test]
    fn one_organization_that_fills_its_gate_leaves_the_others_alone() {
        let gates = Gates::new();
        let mut inside: Vec<Pass> = (0..MOST_UNDER_WAY)
            .map(|_| gates.enter(&organization("acme")).unwrap())
            .collect();
        assert!(gates.enter(&organization("acme")).is_err());
        assert!(gates.enter(&organization("bolt")).is_ok());
        inside.pop();
        assert!(gates.enter(&organization("acme")).is_ok());
    }

    fn one_at_a_time() -> Gates {
        let gate = Gate {
            under_way: Arc::new(Semaphore::new(2)),
            working: Arc::new(Semaphore::new(1)),
            reading: Arc::new(Semaphore::new(1)),
        };
        Gates {
            gates: Arc::new(Mutex::new(HashMap::from([(organization("acme"), gate)]))),
            at_once: 1,
            background: Background::start(1),
        }
    }

    #[tokio::test]
    async fn work_waits_for_its_turn() {
        let gates = one_at_a_time();
        let (one, other) = (
            gates.enter(&organization("acme")).unwrap(),
            gates.enter(&organization("acme")).unwrap(),
        );
        let (let_go, wait) = std::sync::mpsc::channel::<()>();
        let wait = std::sync::Mutex::new(wait);
        let first = one.work(false, move || wait.lock().unwrap().recv().is_ok());
        let second = other.work(false, || true);
        let (mut first, mut second) = (std::pin::pin!(first), std::pin::pin!(second));
        assert!(futures_util::poll!(&mut first).is_pending());
        assert!(futures_util::poll!(&mut second).is_pending());
        let small = other.work(true, || 7).await.unwrap();
        assert_eq!(small.settle(|_| 1.0), 7, "what is small need not wait");
        let_go.send(()).unwrap();
        assert!(first.await.unwrap().settle(|_| 0.0) && second.await.unwrap().settle(|_| 0.0));
    }

    #[tokio::test]
    async fn an_organization_reads_in_turn_and_no_other_waits_for_it() {
        let gates = Gates::new();
        let pass = |id: &str| gates.enter(&organization(id)).unwrap();
        let (acme, bolt) = (pass("acme"), pass("bolt"));
        let mut turns = Vec::new();
        while let std::task::Poll::Ready(turn) = futures_util::poll!(std::pin::pin!(acme.reads())) {
            turns.push(turn.unwrap());
        }
        assert!(!turns.is_empty());
        assert!(bolt.reads().await.is_ok());
        turns.pop();
        assert!(acme.reads().await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn work_for_nothing_is_paid_for_before_the_next() {
        let gates = one_at_a_time();
        let pass = gates.enter(&organization("acme")).unwrap();
        let took = Duration::from_millis(40);
        for (refused, least, most) in [(1.0, 3, 4), (0.0, 0, 1), (0.5, 1, 3)] {
            let turn = Arc::clone(&pass.working).acquire_owned().await.unwrap();
            let done = Done {
                value: (),
                turn: Some((turn, took)),
            };
            done.settle(|()| refused);
            let begun = tokio::time::Instant::now();
            drop(pass.working.acquire().await.unwrap());
            let waited = begun.elapsed();
            assert!(
                waited >= took * least && waited < took * most,
                "{refused}: {waited:?}"
            );
        }
    }
}
