//! Reads what the lanes have to do beside everything else, as the rows told it when they were opened.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::Connection;

use super::memory::Shared;
use crate::database::{self, Sql};
use crate::outbox::read_parts;

/// Parts that are read before those before them are in their place.
const AHEAD: usize = 8;

/// See the module. Holds the rows as of then, whatever is committed meanwhile.
#[derive(Debug)]
pub(crate) struct Loader {
    connection: Connection,
    work: Arc<Shared>,
    rows: u64,
}

impl Loader {
    /// For the rows at `path`, of which `work` tells all but this; before anything more is folded.
    pub(crate) fn new(path: &Path, work: &Arc<Shared>) -> Sql<Self> {
        let connection = database::open_for_reading(path)?;
        connection.execute_batch("BEGIN")?;
        // What is read from here on is of this moment.
        database::checkpoint(&connection)?;
        Ok(Self {
            connection,
            work: Arc::clone(work),
            rows: work.rows(),
        })
    }

    /// Reads what there is where that is little. Answers whether it was all. Blocks on the disk.
    pub(crate) fn is_soon_done(&self) -> Sql<bool> {
        let mut is_all = false;
        read_parts(&self.connection, |part| {
            is_all = part.is_last;
            if is_all {
                self.work.load(self.rows, |outbox| {
                    outbox.add(part);
                    outbox.loaded();
                });
            }
            false
        })?;
        Ok(is_all)
    }

    /// Reads until all is there, the rows are others, or `ended` says so. Blocks on the disk.
    pub(crate) fn run(&self, ended: impl Fn() -> bool) -> Sql<()> {
        // What is read is put in its place by another thread meanwhile.
        let (parts, read) = std::sync::mpsc::sync_channel(AHEAD);
        let wanted = AtomicBool::new(true);
        let (work, rows, is_wanted) = (Arc::clone(&self.work), self.rows, &wanted);
        std::thread::scope(|threads| {
            let adding = threads.spawn(move || {
                for part in read {
                    if !work.load(rows, |outbox| outbox.add(part)) {
                        is_wanted.store(false, Ordering::Release);
                        return;
                    }
                }
            });
            let outcome = read_parts(&self.connection, |part| {
                if ended() {
                    wanted.store(false, Ordering::Release);
                }
                wanted.load(Ordering::Acquire) && parts.send(part).is_ok()
            });
            drop(parts);
            if let Err(panic) = adding.join() {
                std::panic::resume_unwind(panic);
            }
            outcome
        })?;
        if wanted.into_inner() {
            self.work.load(self.rows, crate::outbox::Outbox::loaded);
        }
        Ok(())
    }
}
