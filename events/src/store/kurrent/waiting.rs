//! Whoever waits for the cluster is told so soon, and now and then: for which, since when, and why.

use std::time::{Duration, Instant};

use super::calls::Calls;

/// After so long for the first time.
const FIRST: Duration = Duration::from_secs(2);
/// And then every so often.
const EVERY: Duration = Duration::from_secs(10);

/// Waits for `work` and tells meanwhile what is waited for.
pub(super) async fn told<T>(calls: &Calls, address: &str, work: impl Future<Output = T>) -> T {
    let begun = Instant::now();
    let mut next = FIRST;
    tokio::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => return done,
            () = tokio::time::sleep(next) => {
                let why = calls.health.last_met();
                tracing::warn!(
                    address,
                    seconds = begun.elapsed().as_secs(),
                    why = why.as_deref().unwrap_or("it has not answered yet"),
                    "waiting for the event store"
                );
                next = EVERY;
            }
        }
    }
}
