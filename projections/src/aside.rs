//! Where work is done that waits for the disk: on threads beside those that answer. A simulation, which plays a whole
//! service on one thread, gives another place.

use std::fmt::Debug;
use std::pin::Pin;

use tokio::sync::oneshot;

/// Work that waits for the disk.
pub type Job = Box<dyn FnOnce() + Send>;

/// What a piece of work is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Errand {
    /// A question to the rows.
    Question,
    /// A batch is folded into the open transaction.
    Fold,
    /// Rows become lasting.
    Commit,
    /// The file is made, emptied or read whole.
    File,
}

/// A place for such work.
pub trait Aside: Debug + Send + Sync + 'static {
    /// Does the job, once. What comes back is ready when it was done, or never will be: it is then dropped undone.
    fn run(&self, errand: Errand, job: Job) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// The runtime's threads for work that blocks.
#[derive(Debug, Clone, Copy)]
pub struct Threads;

impl Aside for Threads {
    fn run(&self, _errand: Errand, job: Job) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(async move {
            // A job that panicked tells so by never answering.
            drop(tokio::task::spawn_blocking(job).await);
        })
    }
}

/// Has `job` done there; `None` where it broke off.
pub(crate) async fn done<T: Send + 'static>(
    aside: &dyn Aside,
    errand: Errand,
    job: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (respond, answer) = oneshot::channel();
    // The asker may be gone by then.
    aside
        .run(errand, Box::new(move || drop(respond.send(job()))))
        .await;
    answer.await.ok()
}
