//! Where the process can die: each append, request, commit and acknowledgement passes here before and after it takes
//! effect. The points are counted over all lives of a story; at those that the plan names, everything stops for good.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;

/// More points than any story has: a service that never comes to rest passes so many.
const MOST: u64 = 20_000;

/// See the module.
#[derive(Debug)]
pub(crate) struct Points(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    seen: u64,
    deadly: BTreeSet<u64>,
    is_dead: bool,
    died: CancellationToken,
    /// What was passed, in order.
    hash: Sha256,
    told: Option<Vec<String>>,
}

impl Points {
    /// Dies at these, counted from 1. Keeps what was passed where it is to be told.
    pub(crate) fn new(deadly: impl IntoIterator<Item = u64>, tells: bool) -> Self {
        Self(Mutex::new(Inner {
            seen: 0,
            deadly: deadly.into_iter().collect(),
            is_dead: false,
            died: CancellationToken::new(),
            hash: Sha256::new(),
            told: tells.then(Vec::new),
        }))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Passes, or never comes back.
    pub(crate) async fn pass(&self, what: impl Into<String>) {
        if self.dies(what) {
            std::future::pending::<()>().await;
        }
    }

    /// The same for whoever waits by itself: whether it must not go on.
    pub(crate) fn dies(&self, what: impl Into<String>) -> bool {
        let (mut inner, what) = (self.inner(), what.into());
        if inner.is_dead {
            return true;
        }
        inner.seen += 1;
        inner.hash.update(what.as_bytes());
        let (seen, died) = (
            inner.seen,
            inner.deadly.contains(&inner.seen) || inner.seen >= MOST,
        );
        if let Some(told) = &mut inner.told {
            told.push(format!("{seen:>6} {what}"));
        }
        if died {
            inner.is_dead = true;
            inner.died.cancel();
            if let Some(told) = &mut inner.told {
                told.push("       --- the process is killed here ---".to_owned());
            }
        }
        died
    }

    /// Waits, where the process is dead for as long as nobody starts it again.
    pub(crate) async fn alive(&self) {
        if self.inner().is_dead {
            std::future::pending::<()>().await;
        }
    }

    /// Resolves when the process dies.
    pub(crate) async fn died(&self) {
        let died = self.inner().died.clone();
        died.cancelled().await;
    }

    /// The process is started again.
    pub(crate) fn revive(&self) {
        let mut inner = self.inner();
        inner.is_dead = false;
        inner.died = CancellationToken::new();
    }

    /// Whether it went on for too long.
    pub(crate) fn never_ends(&self) -> bool {
        self.inner().seen >= MOST
    }

    /// How many were passed.
    pub(crate) fn seen(&self) -> u64 {
        self.inner().seen
    }

    /// A line that is no point.
    pub(crate) fn remark(&self, what: impl FnOnce() -> String) {
        if let Some(told) = &mut self.inner().told {
            told.push(format!("       {}", what()));
        }
    }

    /// A hash of all that was passed, and the lines of it.
    pub(crate) fn end(&self) -> (Sha256, Vec<String>) {
        let mut inner = self.inner();
        (inner.hash.clone(), inner.told.take().unwrap_or_default())
    }
}
