//! Where streams end. The table `heads` is folded in bulk; what lies beyond the folded part is held here, shared
//! between the writer and the readers, so that a read after an answered append sees it.
//!
//! There are two generations: the one that is being folded, a part with each commit, and the newer one that events
//! are noted in meanwhile. A reader looks at the newer one, then at the older one, then in the table; the writer
//! takes a generation out only after the commit that ends its fold. So one of the three always has a head.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use rusqlite::{Connection, OptionalExtension as _};

use crate::envelope::Position;

/// Every how many events of a stream a mark stands.
pub(super) const MARK_EVERY: u64 = 64;

/// A stream's row id.
pub(super) type StreamRow = i64;

/// The last event of a stream.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) version: u64,
    pub(super) position: u64,
}

/// Heads and marks that are not folded yet.
#[derive(Debug, Default)]
pub(super) struct Heads(RwLock<Unfolded>);

#[derive(Debug, Default)]
pub(super) struct Unfolded {
    newer: Generation,
    folding: Option<Arc<Generation>>,
}

/// What a fold writes.
#[derive(Debug, Default)]
pub(super) struct Generation {
    pub(super) heads: HashMap<StreamRow, Head>,
    pub(super) marks: BTreeMap<(StreamRow, u64), u64>,
}

impl Unfolded {
    pub(super) fn note(&mut self, stream: StreamRow, version: u64, position: u64) {
        self.newer.heads.insert(stream, Head { version, position });
        if version.is_multiple_of(MARK_EVERY) {
            self.newer.marks.insert((stream, version), position);
        }
    }

    /// Streams noted since the last fold began.
    pub(super) fn noted(&self) -> usize {
        self.newer.heads.len()
    }

    /// Puts what is noted aside to be folded; the fold before must have ended.
    pub(super) fn set_aside(&mut self) -> Arc<Generation> {
        debug_assert!(self.folding.is_none(), "one fold at a time");
        let generation = Arc::new(std::mem::take(&mut self.newer));
        self.folding = Some(Arc::clone(&generation));
        generation
    }

    /// The generation that was put aside is in the tables now.
    pub(super) fn folded(&mut self) {
        self.folding = None;
    }

    fn generations(&self) -> impl Iterator<Item = &Generation> {
        self.folding.as_deref().into_iter().chain([&self.newer])
    }

    fn head(&self, stream: StreamRow) -> Option<Head> {
        let heads = self.generations().filter_map(|g| g.heads.get(&stream).copied());
        heads.last()
    }

    fn mark(&self, stream: StreamRow, version: u64) -> Option<Head> {
        let from = (stream, version);
        let mut later = self
            .generations()
            .filter_map(|g| g.marks.range(from..=(stream, u64::MAX)).next());
        later.next().map(|((_, version), position)| Head {
            version: *version,
            position: *position,
        })
    }
}

impl Heads {
    pub(super) fn read<T>(&self, look: impl FnOnce(&Unfolded) -> T) -> T {
        look(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn change<T>(&self, change: impl FnOnce(&mut Unfolded) -> T) -> T {
        change(&mut self.0.write().unwrap_or_else(PoisonError::into_inner))
    }

    /// Where a stream ends, whether folded or not.
    pub(super) fn head(&self, connection: &Connection, stream: StreamRow) -> rusqlite::Result<Option<Head>> {
        if let Some(head) = self.read(|unfolded| unfolded.head(stream)) {
            return Ok(Some(head));
        }
        folded_head(connection, stream)
    }

    /// The first mark of a stream at or after a version.
    pub(super) fn mark(
        &self,
        connection: &Connection,
        stream: StreamRow,
        version: u64,
    ) -> rusqlite::Result<Option<Head>> {
        let unfolded = self.read(|unfolded| unfolded.mark(stream, version));
        // Folded marks are older than unfolded ones, hence nearer where there are any.
        let sql = "SELECT version, position FROM marks WHERE stream = ?1 AND version >= ?2 ORDER BY version LIMIT 1";
        let folded = connection
            .prepare_cached(sql)?
            .query_row((stream, version), |row| {
                Ok(Head {
                    version: row.get(0)?,
                    position: row.get(1)?,
                })
            })
            .optional()?;
        Ok(folded.or(unfolded))
    }

    /// Folds the part of the log that the tables do not cover, and answers the log's last position.
    pub(super) fn recover(&self, connection: &Connection) -> rusqlite::Result<Position> {
        let folded_to = folded_to(connection)?;
        let mut unfolded = Unfolded::default();
        let sql = "SELECT position, stream, version FROM events WHERE position > ?1 ORDER BY position";
        let mut statement = connection.prepare(sql)?;
        let mut rows = statement.query([folded_to])?;
        let mut last = folded_to;
        while let Some(row) = rows.next()? {
            last = row.get(0)?;
            unfolded.note(row.get(1)?, row.get(2)?, last);
        }
        self.change(|known| *known = unfolded);
        Ok(Position(last))
    }
}

pub(super) fn folded_head(connection: &Connection, stream: StreamRow) -> rusqlite::Result<Option<Head>> {
    connection
        .prepare_cached("SELECT version, position FROM heads WHERE stream = ?1")?
        .query_row([stream], |row| {
            Ok(Head {
                version: row.get(0)?,
                position: row.get(1)?,
            })
        })
        .optional()
}

pub(super) fn folded_to(connection: &Connection) -> rusqlite::Result<u64> {
    let found = connection
        .query_row("SELECT value FROM meta WHERE key = 'folded_to'", [], |row| {
            row.get(0)
        })
        .optional()?;
    Ok(found.unwrap_or(0))
}
