//! Background tasks that end together, and the watch over those that end too early.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The first part that ended without being told to.
#[derive(Debug, Default)]
pub(super) struct Ended {
    part: Mutex<Option<&'static str>>,
    told: CancellationToken,
}

impl Ended {
    pub(super) async fn wait(&self) {
        self.told.cancelled().await;
    }

    pub(super) fn part(&self) -> Option<&'static str> {
        *self.part.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tasks that end together.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) cancel: CancellationToken,
    tasks: TaskTracker,
    ended: Arc<Ended>,
}

impl Parts {
    pub(super) fn new(ended: &Arc<Ended>) -> Self {
        Self {
            cancel: CancellationToken::new(),
            tasks: TaskTracker::new(),
            ended: Arc::clone(ended),
        }
    }

    /// Runs a part; its end without cancellation, also by a panic, stops the service.
    pub(super) fn spawn(&self, part: &'static str, work: impl Future<Output = ()> + Send + 'static) {
        let (cancel, ended) = (self.cancel.clone(), Arc::clone(&self.ended));
        let running = tokio::spawn(work);
        self.tasks.spawn(async move {
            let result = running.await;
            if !cancel.is_cancelled() || result.is_err() {
                tracing::error!(part, panicked = result.is_err(), "a part of the service ended");
                ended
                    .part
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .get_or_insert(part);
                ended.told.cancel();
            }
        });
    }

    /// Tells all of them to end and waits, within limits.
    pub(super) async fn stop(&self, patience: Duration) {
        self.cancel.cancel();
        self.tasks.close();
        if tokio::time::timeout(patience, self.tasks.wait()).await.is_err() {
            tracing::warn!(
                "some work did not end in time; the log tells where it stood, the next start goes on"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_part_that_panics_is_named() {
        let ended = Arc::new(Ended::default());
        let parts = Parts::new(&ended);
        parts.spawn("the doomed part", async { panic!("told to") });
        ended.wait().await;
        assert_eq!(ended.part(), Some("the doomed part"));
    }

    #[tokio::test]
    async fn a_part_that_ends_when_told_is_no_failure() {
        let ended = Arc::new(Ended::default());
        let parts = Parts::new(&ended);
        let cancel = parts.cancel.clone();
        parts.spawn("the good part", async move { cancel.cancelled().await });
        parts.stop(Duration::from_secs(5)).await;
        assert_eq!(ended.part(), None);
    }
}
