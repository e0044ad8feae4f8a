//! Reads what the lanes have to do beside everything else, as the rows told it when they were opened.

use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;

use super::memory::Shared;
use crate::database::{self, Sql};
use crate::outbox::read_parts;

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
        let mut wanted = true;
        read_parts(&self.connection, |part| {
            wanted = !ended() && self.work.load(self.rows, |outbox| outbox.add(part));
            wanted
        })?;
        if wanted {
            self.work.load(self.rows, crate::outbox::Outbox::loaded);
        }
        Ok(())
    }
}
