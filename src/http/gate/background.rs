//! Threads for checking what is large: they stand behind all other threads of the process, so that whoever hands over
//! much to check takes no processor from those who wait for little. They stand behind the machine's other processes, too, which
//! may leave them next to nothing; what takes too long is therefore done beside all others instead.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SendError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

/// How long something may wait to be done behind all others, before it is done beside them. A caller is to be answered within
/// twelve seconds.
const LONGEST: Duration = Duration::from_secs(3);

/// By how much they stand behind the others (`nice`, of which 19 is the most): about a tenth of another's share.
#[cfg(target_os = "linux")]
const BEHIND: i32 = 10;

type Job = Box<dyn FnOnce() + Send>;

thread_local! {
    /// Whether this is one of the threads.
    static IS_BEHIND: Cell<bool> = const { Cell::new(false) };
}

/// Called between two pieces of work: lets whoever waits for this processor go first. A scheduler may leave a thread that
/// stands behind others on its processor until the next tick, which is four milliseconds on many machines. Does nothing
/// on other threads.
pub fn give_way() {
    if IS_BEHIND.get() {
        std::thread::yield_now();
    }
}

/// See the module. They end with the last copy.
#[derive(Debug, Clone)]
pub(super) struct Background(Sender<Job>);

impl Background {
    /// So many threads.
    pub(super) fn start(threads: usize) -> Self {
        let (jobs, waiting) = channel::<Job>();
        let waiting = Arc::new(Mutex::new(waiting));
        for number in 0..threads.max(1) {
            let waiting = Arc::clone(&waiting);
            let thread = std::thread::Builder::new().name(format!("checking-{number}"));
            if let Err(error) = thread.spawn(move || work(&waiting)) {
                tracing::warn!(%error, "a thread for checking could not be started; the others do its work");
            }
        }
        Self(jobs)
    }

    /// Does it there, and elsewhere once that takes too long; `None` where it panicked.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl Fn() -> T + Send + Sync + 'static,
    ) -> Option<T> {
        let (respond, mut done) = oneshot::channel();
        let work = Arc::new(work);
        let behind = Arc::clone(&work);
        let job: Job = Box::new(move || {
            // The asker may be gone, or was helped elsewhere.
            if !respond.is_closed() {
                drop(respond.send(behind()));
            }
        });
        if let Err(SendError(job)) = self.0.send(job) {
            // No thread could be started at all.
            tokio::task::spawn_blocking(job);
        }
        if let Ok(done) = tokio::time::timeout(LONGEST, &mut done).await {
            return done.ok();
        }
        let beside = tokio::task::spawn_blocking(move || work());
        tokio::select! {
            done = done => done.ok(),
            beside = beside => beside.ok(),
        }
    }
}

fn work(waiting: &Mutex<Receiver<Job>>) {
    IS_BEHIND.set(true);
    // On Linux the call is about the calling thread alone; elsewhere it would be about the whole process.
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(BEHIND) {
        tracing::debug!(%error, "a thread for checking stands beside the others instead of behind them");
    }
    loop {
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        if catch_unwind(AssertUnwindSafe(job)).is_err() {
            tracing::error!("checking something panicked");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_is_done_elsewhere_and_a_panic_ends_no_thread() {
        let background = Background::start(1);
        let here = std::thread::current().id();
        assert_ne!(background.run(|| std::thread::current().id()).await, Some(here));
        assert_eq!(background.run(|| IS_BEHIND.get()).await, Some(true));
        assert!(!IS_BEHIND.get(), "who is waited for gives way to nobody");
        give_way();
        let panicked = background.run(|| panic!("on purpose")).await;
        assert_eq!(panicked, None::<()>);
        assert_eq!(background.run(|| 7).await, Some(7));
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_machine_leaves_no_processor_is_done_beside_the_others() {
        let background = Background::start(1);
        let (let_go, wait) = channel::<()>();
        let wait = Mutex::new(wait);
        let stuck = background.run(move || IS_BEHIND.get() && wait.lock().unwrap().recv().is_ok());
        let mut stuck = std::pin::pin!(stuck);
        assert!(futures_util::poll!(&mut stuck).is_pending());
        let begun = tokio::time::Instant::now();
        assert_eq!(background.run(|| IS_BEHIND.get()).await, Some(false));
        assert_eq!(begun.elapsed(), LONGEST);
        let_go.send(()).unwrap();
        drop(let_go);
        assert!(stuck.await.is_some());
        // The thread goes on, and does nothing that was done elsewhere.
        tokio::time::resume();
        assert_eq!(background.run(|| IS_BEHIND.get()).await, Some(true));
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn it_is_done_behind_the_others() {
        let own = rustix::process::nice(0).unwrap();
        let theirs = Background::start(1).run(|| rustix::process::nice(0)).await;
        assert!(theirs.unwrap().unwrap() > own || own >= 19 - BEHIND);
    }
}
