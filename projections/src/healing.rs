//! What is told between those who read the rows and the one who makes them: that somebody waits for them, and that the file
//! turns out to be damaged. The
//! rows are made again from the log; until they have reached where the log ended then, nothing is answered from them,
//! since half of the rows would say that the other half never happened.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::Notify;

use crate::database;

/// The rows were damaged and are made again from the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the read models are being built again; try again shortly")]
pub struct Rebuilding;

/// Shared by readers and the projector.
#[derive(Debug, Default)]
pub(crate) struct Healing {
    damaged: Notify,
    /// Somebody waits for rows to be committed.
    wanted: Notify,
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

    /// Has rows that are folded committed at once.
    pub(crate) fn want_rows(&self) {
        self.wanted.notify_one();
    }

    /// Resolves when somebody waits for rows to be committed.
    pub(crate) async fn rows_wanted(&self) {
        self.wanted.notified().await;
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

    /// Whether what was asked of `file` may be answered: what was read before the damage was found, or from rows that are
    /// half made, is no answer.
    pub(crate) fn check(&self, file: u64) -> Result<(), Rebuilding> {
        if self.rebuilding.load(Ordering::Acquire) || self.file() != file {
            return Err(Rebuilding);
        }
        Ok(())
    }

    /// Which file connections are of.
    pub(crate) fn file(&self) -> u64 {
        self.file.load(Ordering::Acquire)
    }
}
