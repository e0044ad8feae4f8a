//! The SQLite file under the read models: opening, resetting, the checkpoint, and short forms for statements.
//!
//! The file holds nothing that the log does not hold, so whatever is wrong with it is repaired by starting again
//! from an empty one. It runs in WAL mode with `synchronous=NORMAL`: after a power cut the last transactions may
//! be gone, rows and checkpoint together, and are folded again.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};
use events::lineage::Mark;
use events::{EventId, LogId, Position};
use rusqlite::config::DbConfig;
use rusqlite::types::Type;
use rusqlite::{Connection, OpenFlags, Params, Row};
use serde::Serialize;
use serde::de::value::StrDeserializer;
use serde::de::{DeserializeOwned, IntoDeserializer as _};
use serde_json::Value;
use uuid::Uuid;

/// Raised whenever the schema or the folding code changes; a file with another number is rebuilt.
pub(crate) const SCHEMA: i64 = 55;

/// How long a connection waits for a lock: only a reset ever holds one that readers notice.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// More than the number of different statements, so that each is prepared once per connection.
const CACHED_STATEMENTS: usize = 256;

/// The result of a statement.
pub(crate) type Sql<T> = Result<T, rusqlite::Error>;

/// Opens the file for folding, making it where it is missing.
pub(crate) fn open_for_folding(path: &Path) -> Sql<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    // Plans do not depend on the values bound, so a statement is planned once and not again for new values.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // Each event touches some thirty pages here and there, and a commit writes whole pages: of 4 KiB it was 3.5 times as much.
    connection.pragma_update(None, "page_size", 1_024)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // 256 MiB of pages at most: the indexes on random keys stay in memory while the file is built.
    connection.pragma_update(None, "cache_size", -262_144)?;
    // A page that many batches touch is copied back once for all of them.
    connection.pragma_update(None, "wal_autocheckpoint", 32_000)?;
    Ok(connection)
}

/// Opens the file for reading only.
pub(crate) fn open_for_reading(path: &Path) -> Sql<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    Ok(connection)
}

/// Whether a failure says that the file is no SQLite file or a damaged one.
pub(crate) fn is_damage(error: &rusqlite::Error) -> bool {
    let rusqlite::Error::SqliteFailure(failure, text) = error else {
        return false;
    };
    // A file that was cut off ends within a page; one that was emptied has no tables.
    let cut_off = [
        rusqlite::ffi::SQLITE_IOERR_SHORT_READ,
        rusqlite::ffi::SQLITE_IOERR_CORRUPTFS,
    ];
    matches!(
        failure.code,
        rusqlite::ErrorCode::NotADatabase | rusqlite::ErrorCode::DatabaseCorrupt
    ) || cut_off.contains(&failure.extended_code)
        || text
            .as_deref()
            .is_some_and(|text| text.starts_with("no such table"))
}

/// Whether the file's rows were made by this release's code with these options.
pub(crate) fn is_current(db: &Connection, default_ttl_ms: i64, skip: &BTreeSet<Position>) -> Sql<bool> {
    let schema: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if schema != SCHEMA {
        return Ok(false);
    }
    let (checkpoint, ttl) = db.query_row("SELECT checkpoint, default_ttl_ms FROM meta", [], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
    })?;
    let skipped: Vec<i64> = db.all("SELECT position FROM skipped ORDER BY position", [], |row| {
        row.get(0)
    })?;
    let decided: Vec<i64> = skip
        .iter()
        .map(|p| sql_position(*p))
        .filter(|p| *p <= checkpoint)
        .collect();
    Ok(ttl == default_ttl_ms && skipped == decided)
}

/// Empties the file and lays out the tables, in one transaction: readers see the old rows or none.
pub(crate) fn reset(db: &mut Connection, default_ttl_ms: i64) -> Sql<()> {
    let transaction = db.transaction()?;
    let tables: Vec<String> = transaction.all(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
        [],
        |row| row.get(0),
    )?;
    transaction.flush_prepared_statement_cache();
    for table in tables {
        transaction.execute_batch(&format!("DROP TABLE \"{}\"", table.replace('"', "\"\"")))?;
    }
    transaction.execute_batch(include_str!("schema.sql"))?;
    transaction.execute(
        "INSERT INTO meta (one, checkpoint, default_ttl_ms) VALUES (1, 0, ?1)",
        [default_ttl_ms],
    )?;
    transaction.pragma_update(None, "user_version", SCHEMA)?;
    transaction.commit()
}

/// The position folded last, and the event that stands there.
pub(crate) fn checkpoint(db: &Connection) -> Sql<(Position, Option<EventId>)> {
    db.query_row("SELECT checkpoint, checkpoint_event FROM meta", [], |row| {
        let event: Option<[u8; 16]> = row.get(1)?;
        Ok((
            position(row, "checkpoint")?,
            event.map(|bytes| EventId(Uuid::from_bytes(bytes))),
        ))
    })
}

/// How far a file of any release saw the log, and which log that was.
pub(crate) fn mark(db: &Connection) -> Sql<Mark> {
    let (position, event) = checkpoint(db)?;
    let names = "SELECT count(*) > 0 FROM pragma_table_info('meta') WHERE name = 'log_id'";
    let log_id = if db.query_row(names, [], |row| row.get(0))? {
        db.query_row("SELECT log_id FROM meta", [], |row| {
            row.get::<_, Option<[u8; 16]>>(0)
        })?
    } else {
        None
    };
    Ok(Mark {
        log_id: log_id.map(|bytes| LogId(Uuid::from_bytes(bytes))),
        position,
        event,
    })
}

/// Notes which log the rows are made from; part of the transaction that holds the rows.
pub(crate) fn set_log_id(db: &Connection, log_id: LogId) -> Sql<()> {
    db.run("UPDATE meta SET log_id = ?1", [log_id.0.into_bytes()])
        .map(drop)
}

/// Moves the checkpoint; part of the transaction that holds the rows.
pub(crate) fn set_checkpoint(db: &Connection, to: Position, event: EventId) -> Sql<()> {
    db.run(
        "UPDATE meta SET checkpoint = ?1, checkpoint_event = ?2",
        (sql_position(to), event.0.into_bytes()),
    )
    .map(drop)
}

/// Statements prepared once per connection.
pub(crate) trait Statements {
    /// Runs a statement; answers how many rows it changed.
    fn run(&self, sql: &str, params: impl Params) -> Sql<usize>;
    /// The first row, if any.
    fn first<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> Sql<T>,
    ) -> Sql<Option<T>>;
    /// Every row.
    fn all<T>(&self, sql: &str, params: impl Params, read: impl FnMut(&Row<'_>) -> Sql<T>) -> Sql<Vec<T>>;
}

impl Statements for Connection {
    fn run(&self, sql: &str, params: impl Params) -> Sql<usize> {
        self.prepare_cached(sql)?.execute(params)
    }

    fn first<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> Sql<T>,
    ) -> Sql<Option<T>> {
        let mut statement = self.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        rows.next()?.map(read).transpose()
    }

    fn all<T>(&self, sql: &str, params: impl Params, read: impl FnMut(&Row<'_>) -> Sql<T>) -> Sql<Vec<T>> {
        self.prepare_cached(sql)?.query_map(params, read)?.collect()
    }
}

/// A limit as SQLite takes it.
pub(crate) fn sql_limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// A position as SQLite keeps it.
pub(crate) fn sql_position(position: Position) -> i64 {
    i64::try_from(position.0).unwrap_or(i64::MAX)
}

/// Reads a position.
pub(crate) fn position(row: &Row<'_>, column: &str) -> Sql<Position> {
    Ok(Position(row.get::<_, i64>(column)?.try_into().unwrap_or(0)))
}

/// Reads a time.
pub(crate) fn time(row: &Row<'_>, column: &str) -> Sql<DateTime<Utc>> {
    Ok(at_ms(row.get(column)?))
}

/// Reads a time that may be absent.
pub(crate) fn time_opt(row: &Row<'_>, column: &str) -> Sql<Option<DateTime<Utc>>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(at_ms))
}

/// Reads what is kept as JSON.
pub(crate) fn json<T: DeserializeOwned>(row: &Row<'_>, column: &str) -> Sql<T> {
    serde_json::from_str(row.get_ref(column)?.as_str()?).map_err(unreadable)
}

/// Reads a time that is kept in microseconds.
pub(crate) fn micros(row: &Row<'_>, column: &str) -> Sql<DateTime<Utc>> {
    Ok(DateTime::from_timestamp_micros(row.get(column)?).unwrap_or(DateTime::<Utc>::MAX_UTC))
}

/// The time `ms` milliseconds after 1970; what no calendar holds becomes its last moment.
pub(crate) fn at_ms(ms: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(ms).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// Reads 16 bytes as an id.
pub(crate) fn uuid(row: &Row<'_>, column: &str) -> Sql<Uuid> {
    row.get::<_, [u8; 16]>(column).map(Uuid::from_bytes)
}

/// Reads 16 bytes as an id that may be absent.
pub(crate) fn uuid_opt(row: &Row<'_>, column: &str) -> Sql<Option<Uuid>> {
    Ok(row.get::<_, Option<[u8; 16]>>(column)?.map(Uuid::from_bytes))
}

/// Reads a count.
pub(crate) fn count(row: &Row<'_>, column: &str) -> Sql<u64> {
    Ok(row.get::<_, i64>(column)?.try_into().unwrap_or(0))
}

/// Reads text as the type whose stored form it is.
pub(crate) fn stored<T: DeserializeOwned>(row: &Row<'_>, column: &str) -> Sql<T> {
    read_name(row.get_ref(column)?.as_str()?)
}

/// The same by the column's number: for what is read a great many times.
pub(crate) fn stored_at<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> Sql<T> {
    read_name(row.get_ref(column)?.as_str()?)
}

/// Reads text as the type whose stored form it is, where there is any.
pub(crate) fn stored_opt<T: DeserializeOwned>(row: &Row<'_>, column: &str) -> Sql<Option<T>> {
    row.get_ref(column)?.as_str_or_null()?.map(read_name).transpose()
}

fn read_name<T: DeserializeOwned>(text: &str) -> Sql<T> {
    let named: StrDeserializer<'_, serde::de::value::Error> = text.into_deserializer();
    T::deserialize(named).map_err(unreadable)
}

/// Reads JSON text, where there is any.
pub(crate) fn json_opt<T: DeserializeOwned>(row: &Row<'_>, column: &str) -> Sql<Option<T>> {
    row.get::<_, Option<String>>(column)?
        .map(|text| serde_json::from_str(&text).map_err(unreadable))
        .transpose()
}

fn unreadable(error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error))
}

/// The stored name of an enum's value that carries no data.
pub(crate) fn name_of(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(name)) => name,
        Ok(other) => other.to_string(),
        Err(_) => String::new(),
    }
}

/// A value as JSON text.
pub(crate) fn json_of(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
