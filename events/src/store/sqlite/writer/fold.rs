//! Folding: what is held in memory about where streams end goes into the tables, in key order, a part with each
//! commit, so that no commit is much longer than another.
//!
//! `folded_to` is written with the last part. A process that is killed before has some newer heads in the table
//! than `folded_to` says; the start notes every event after `folded_to` in memory again, which is looked at first.

use std::sync::Arc;

use rusqlite::Connection;

use crate::store::sqlite::heads::{Generation, Head, StreamRow};

/// A fold that has begun.
#[derive(Debug)]
pub(super) struct Fold {
    generation: Arc<Generation>,
    /// The generation's heads in key order.
    heads: Vec<(StreamRow, Head)>,
    /// How many of them are in the table.
    done: usize,
    /// The log's last position when the generation was put aside.
    to: u64,
}

/// A part that was written and is not committed yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    done: usize,
    last: bool,
}

impl Fold {
    /// Begins the fold of a generation that reaches to position `to`.
    pub(super) fn new(generation: Arc<Generation>, to: u64) -> Self {
        let mut heads: Vec<_> = generation.heads.iter().map(|(row, head)| (*row, *head)).collect();
        heads.sort_unstable_by_key(|(row, _)| *row);
        Self {
            generation,
            heads,
            done: 0,
            to,
        }
    }

    /// Writes the next `count` heads within the open transaction, and with the last of them the marks.
    pub(super) fn write(&self, connection: &Connection, count: usize) -> rusqlite::Result<Part> {
        let end = self.heads.len().min(self.done.saturating_add(count));
        let mut put = connection.prepare_cached("INSERT OR REPLACE INTO heads VALUES (?1, ?2, ?3)")?;
        for (row, head) in &self.heads[self.done..end] {
            put.execute((row, head.version, head.position))?;
        }
        let part = Part {
            done: end,
            last: end == self.heads.len(),
        };
        if part.last {
            self.end(connection)?;
        }
        Ok(part)
    }

    /// Marks are few, one for 64 events of a stream.
    fn end(&self, connection: &Connection) -> rusqlite::Result<()> {
        let mut put = connection.prepare_cached("INSERT OR REPLACE INTO marks VALUES (?1, ?2, ?3)")?;
        for ((row, version), position) in &self.generation.marks {
            put.execute((row, version, position))?;
        }
        connection
            .prepare_cached("INSERT OR REPLACE INTO meta VALUES ('folded_to', ?1)")?
            .execute([self.to])?;
        Ok(())
    }

    /// The commit that holds `part` is on disk; answers whether the fold has ended.
    pub(super) fn committed(&mut self, part: Part) -> bool {
        self.done = part.done;
        part.last
    }
}
