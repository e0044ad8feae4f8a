//! What is told between those who read the rows and the one who makes them when the file turns out to be damaged. The
//! rows are made again from the log; until they have reached where the log ended then, nothing is answered from them,
//! since half of the rows would say that the other half never happened.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::Notify;

use crate::database;

/// Shared by readers and the projector.
#[derive(Debug, Default)]
pub(crate) struct Healing {
    damaged: Notify,
    rebuilding: AtomicBool,
    /// Grows with each file; connections of an earlier one are closed.
    file: AtomicU64,
}

impl Healing {
    /// Tells the projector of a failure that says that the file is damaged.
    pub(crate) fn report(&self, error: &rusqlite::Error) {
        if database::is_damage(error) {
            self.damaged.notify_one();
        }
    }

    /// Resolves when somebody read a damaged page.
    pub(crate) async fn damage(&self) {
        self.damaged.notified().await;
    }

    /// The file is being made again.
    pub(crate) fn begin(&self) {
        self.rebuilding.store(true, Ordering::Release);
        self.file.fetch_add(1, Ordering::AcqRel);
    }

    /// The rows are whole again.
    pub(crate) fn end(&self) {
        self.rebuilding.store(false, Ordering::Release);
    }

    pub(crate) fn is_rebuilding(&self) -> bool {
        self.rebuilding.load(Ordering::Acquire)
    }

    /// Which file connections are of.
    pub(crate) fn file(&self) -> u64 {
        self.file.load(Ordering::Acquire)
    }
}
