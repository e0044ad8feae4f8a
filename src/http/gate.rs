//! Bounds what each organization may have under way: how many requests are taken in, before anything of them is read,
//! and how many of them are worked on at once, away from the threads that speak HTTP.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

use events::OrganizationId;
use metrics::counter;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::problem::Problem;
use crate::metrics::REFUSED_REQUESTS;

/// Requests of one organization that may be under way, waiting ones included. Each may hold a body.
const MOST_UNDER_WAY: usize = 64;
/// Longest body that is checked where it arrived, in bytes: to hand it on would take as long.
const AT_ONCE: usize = 4 * 1_024;

/// A gate for each organization; copies are the same gates.
#[derive(Debug, Clone)]
pub struct Gates(HashMap<OrganizationId, Gate>);

#[derive(Debug, Clone)]
struct Gate {
    under_way: Arc<Semaphore>,
    working: Arc<Semaphore>,
}

impl Gates {
    /// A gate for each of `organizations`. One of them works on half the cores at most.
    pub fn new(organizations: impl IntoIterator<Item = OrganizationId>) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, NonZeroUsize::get);
        let gate = || Gate {
            under_way: Arc::new(Semaphore::new(MOST_UNDER_WAY)),
            working: Arc::new(Semaphore::new((cores / 2).max(1))),
        };
        let gates = organizations
            .into_iter()
            .map(|organization| (organization, gate()));
        Self(gates.collect())
    }

    /// Lets a request in, if not too many of the organization's are under way; before its body is read.
    pub fn enter(&self, organization: &OrganizationId) -> Result<Pass, Problem> {
        let busy = || {
            counter!(REFUSED_REQUESTS, "limit" => "under_way").increment(1);
            Problem::unavailable(
                format!("{MOST_UNDER_WAY} requests of your organization are under way; send fewer at once"),
                1,
            )
        };
        let gate = self.0.get(organization).ok_or_else(busy)?;
        let under_way = Arc::clone(&gate.under_way).try_acquire_owned();
        Ok(Pass {
            under_way: under_way.map_err(|_| busy())?,
            working: Arc::clone(&gate.working),
        })
    }
}

/// A request that was let in; it is under way until this is dropped.
#[derive(Debug)]
pub struct Pass {
    #[expect(dead_code, reason = "held for as long as the request is under way")]
    under_way: OwnedSemaphorePermit,
    working: Arc<Semaphore>,
}

impl Pass {
    /// Does work on `bytes` of a body: at once where there are few, else in its turn and away from here.
    pub async fn work<T: Send + 'static>(
        &self,
        bytes: usize,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        if bytes <= AT_ONCE {
            return Ok(work());
        }
        let turn = self.working.acquire().await.map_err(|_| Problem::storage())?;
        let done = tokio::task::spawn_blocking(work).await;
        drop(turn);
        done.map_err(|_| Problem::storage())
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
        let gates = Gates::new(["acme", "bolt"].map(organization));
        let mut inside: Vec<Pass> = (0..MOST_UNDER_WAY)
            .map(|_| gates.enter(&organization("acme")).unwrap())
            .collect();
        assert!(gates.enter(&organization("acme")).is_err());
        assert!(gates.enter(&organization("bolt")).is_ok());
        inside.pop();
        assert!(gates.enter(&organization("acme")).is_ok());
        assert!(gates.enter(&organization("nobody")).is_err());
    }

    #[tokio::test]
    async fn work_waits_for_its_turn() {
        let gates = Gates(HashMap::from([(
            organization("acme"),
            Gate {
                under_way: Arc::new(Semaphore::new(2)),
                working: Arc::new(Semaphore::new(1)),
            },
        )]));
        let (one, other) = (
            gates.enter(&organization("acme")).unwrap(),
            gates.enter(&organization("acme")).unwrap(),
        );
        let (let_go, wait) = std::sync::mpsc::channel::<()>();
        let first = one.work(AT_ONCE + 1, move || wait.recv().is_ok());
        let second = other.work(AT_ONCE + 1, || true);
        let (mut first, mut second) = (std::pin::pin!(first), std::pin::pin!(second));
        assert!(futures_util::poll!(&mut first).is_pending());
        assert!(futures_util::poll!(&mut second).is_pending());
        assert_eq!(
            other.work(AT_ONCE, || 7).await.unwrap(),
            7,
            "what is small need not wait"
        );
        let_go.send(()).unwrap();
        assert!(first.await.unwrap() && second.await.unwrap());
    }
}
