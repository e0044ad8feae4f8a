//! Reading: own connections, never blocked by the writer.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::DateTime;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Row};
use uuid::Uuid;

use super::heads::{Head, Heads, StreamRow};
use crate::envelope::{Metadata, Position, Recorded, Version};
use crate::ids::EventId;
use crate::store::{Direction, Snapshot};
use crate::stream::StreamId;

/// Idle connections kept; more are closed after use.
const KEPT: usize = 8;

/// Connections for reading, made when needed.
#[derive(Debug)]
pub(super) struct Readers {
    path: PathBuf,
    mmap_bytes: u64,
    heads: Arc<Heads>,
    idle: Mutex<Vec<Connection>>,
}

const COLUMNS: &str = "e.position, e.version, e.schema_version, e.time, e.event_id, e.correlation_id, \
    e.causation_id, e.payload, t.name, e.previous";

impl Readers {
    pub(super) fn new(path: PathBuf, mmap_bytes: u64, heads: Arc<Heads>) -> Self {
        Self {
            path,
            mmap_bytes,
            heads,
            idle: Mutex::default(),
        }
    }

    pub(super) fn connect(&self) -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        connection.pragma_update(None, "mmap_size", self.mmap_bytes)?;
        connection.set_prepared_statement_cache_capacity(32);
        Ok(connection)
    }

    /// Lends a connection; one that failed is not kept.
    pub(super) fn with<T>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = idle.map_or_else(|| self.connect(), Ok)?;
        let value = read(&connection)?;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < KEPT {
            idle.push(connection);
        }
        Ok(value)
    }

    pub(super) fn stream(
        &self,
        connection: &Connection,
        stream: &StreamId,
        from: Version,
        direction: Direction,
        max: usize,
    ) -> rusqlite::Result<Vec<Recorded>> {
        let Some(row) = stream_row(connection, stream)? else {
            return Ok(Vec::new());
        };
        // The head before the transaction: its events are committed, so the transaction sees them.
        let Some(head) = self.heads.head(connection, row)? else {
            return Ok(Vec::new());
        };
        let (first, last) = match direction {
            Direction::Forwards => {
                let first = from.0.max(1);
                (
                    first,
                    first
                        .saturating_add(max as u64)
                        .saturating_sub(1)
                        .min(head.version),
                )
            }
            Direction::Backwards => {
                let last = from.0.min(head.version);
                (last.saturating_sub(max as u64) + 1, last)
            }
        };
        if max == 0 || first > last {
            return Ok(Vec::new());
        }
        let nearest = if last == head.version {
            None
        } else {
            self.heads.mark(connection, row, last)?
        };
        let start = nearest.unwrap_or(head);
        // One transaction for the whole walk, instead of the locks of one for each event.
        let transaction = connection.unchecked_transaction()?;
        let mut events = walk(&transaction, stream, start, first, last)?;
        transaction.finish()?;
        if direction == Direction::Forwards {
            events.reverse();
        }
        Ok(events)
    }
}

/// Goes back along `previous` from `start`, keeping versions `first` to `last`; newest first.
fn walk(
    connection: &Connection,
    stream: &StreamId,
    start: Head,
    first: u64,
    last: u64,
) -> rusqlite::Result<Vec<Recorded>> {
    let mut skip = connection.prepare_cached("SELECT version, previous FROM events WHERE position = ?1")?;
    let sql = format!("SELECT {COLUMNS} FROM events e JOIN types t ON t.id = e.type WHERE e.position = ?1");
    let mut read = connection.prepare_cached(&sql)?;
    let mut events = Vec::with_capacity(usize::try_from(last - first + 1).unwrap_or(0).min(1_024));
    let (mut position, mut version) = (start.position, start.version);
    while position != 0 && version >= first {
        if version > last {
            position = skip.query_row([position], |row| row.get(1))?;
        } else {
            let (event, previous) = read.query_row([position], |row| {
                Ok((recorded(row, stream.clone())?, row.get(9)?))
            })?;
            events.push(event);
            position = previous;
        }
        version -= 1;
    }
    Ok(events)
}

pub(super) fn log(connection: &Connection, after: Position, max: usize) -> rusqlite::Result<Vec<Recorded>> {
    let sql = format!(
        "SELECT {COLUMNS}, s.name FROM events e LEFT JOIN types t ON t.id = e.type LEFT JOIN streams s \
         ON s.id = e.stream \
         WHERE e.position > ?1 ORDER BY e.position LIMIT ?2"
    );
    // Left joins: an event whose type or stream has no name is an error that is seen, not an event that is skipped.
    let limit = i64::try_from(max).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map((after.0, limit), |row| {
        let name = row.get_ref(10)?.as_str()?;
        recorded(row, parse_stream(name)?)
    })?;
    rows.collect()
}

pub(super) fn snapshot(connection: &Connection, stream: &StreamId) -> rusqlite::Result<Option<Snapshot>> {
    let sql = "SELECT version, schema, state FROM snapshots \
               WHERE stream = (SELECT id FROM streams WHERE name = ?1)";
    connection
        .prepare_cached(sql)?
        .query_row([stream.as_str()], |row| {
            Ok(Snapshot {
                version: Version(row.get(0)?),
                schema: row.get(1)?,
                state: row.get(2)?,
            })
        })
        .optional()
}

pub(super) fn stream_row(connection: &Connection, stream: &StreamId) -> rusqlite::Result<Option<StreamRow>> {
    connection
        .prepare_cached("SELECT id FROM streams WHERE name = ?1")?
        .query_row([stream.as_str()], |row| row.get(0))
        .optional()
}

fn parse_stream(name: &str) -> rusqlite::Result<StreamId> {
    StreamId::parse(name).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(10, rusqlite::types::Type::Text, Box::new(error))
    })
}

fn recorded(row: &Row<'_>, stream: StreamId) -> rusqlite::Result<Recorded> {
    let uuid = |index: usize| -> rusqlite::Result<Uuid> {
        let bytes: [u8; 16] = row.get(index)?;
        Ok(Uuid::from_bytes(bytes))
    };
    let millis: i64 = row.get(3)?;
    let out_of_range = rusqlite::Error::IntegralValueOutOfRange(3, millis);
    Ok(Recorded {
        stream,
        position: Position(row.get(0)?),
        version: Version(row.get(1)?),
        schema_version: row.get(2)?,
        id: EventId(uuid(4)?),
        event_type: row.get_ref(8)?.as_str()?.into(),
        payload: row.get_ref(7)?.as_str()?.into(),
        metadata: Metadata {
            time: DateTime::from_timestamp_millis(millis).ok_or(out_of_range)?,
            correlation_id: uuid(5)?,
            causation_id: uuid(6)?,
        },
    })
}
