//! A caller is answered in time, whatever the store does: several things are asked of it one after the other, and each may
//! take as long as a call to it may take.

use std::future::Future;
use std::time::Duration;

use super::problem::Problem;

/// How long Chronus waits for an event to be stored.
pub(super) const CHRONUS: Duration = Duration::from_secs(10);

/// How long Teams waits; it gives up after 15 s itself.
pub(super) const TEAMS: Duration = Duration::from_secs(13);

/// What `work` answers within `longest`. It is tied to no request and goes on in any case: what was begun is not cut off when
/// the caller hangs up, or was told that nobody knows yet whether it is stored.
///
/// # Errors
///
/// What it answers, and [`Problem::storage`] where it takes longer.
pub(super) async fn in_time<T: 'static>(
    longest: Duration,
    work: impl Future<Output = Result<T, Problem>> + 'static,
) -> Result<T, Problem> {
    let work = actix_web::rt::spawn(work);
    match tokio::time::timeout(longest, work).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) | Err(_) => Err(Problem::storage()),
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;
    use tokio::task::LocalSet;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_takes_longer_goes_on_and_its_caller_is_told_to_ask_again() {
        let (store, answers) = oneshot::channel::<u8>();
        let (stored, is_stored) = oneshot::channel();
        let work = async move {
            let answer = answers.await.map_err(|_| Problem::storage())?;
            stored.send(answer).map_err(|_| Problem::storage())?;
            Ok(answer)
        };
        let tasks = LocalSet::new();

        let told = tasks.run_until(in_time(CHRONUS, work)).await;
        store.send(7).unwrap();
        let stored = tasks.run_until(is_stored).await;

        assert_eq!(told, Err(Problem::storage()));
        assert_eq!(stored, Ok(7));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_done_in_time_is_the_answer() {
        let work = async {
            tokio::time::sleep(CHRONUS.mul_f64(0.99)).await;
            Ok(7)
        };

        let told = LocalSet::new().run_until(in_time(CHRONUS, work)).await;

        assert_eq!(told, Ok(7));
    }
}
