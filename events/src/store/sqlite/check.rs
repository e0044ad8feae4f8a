//! Does the log agree with itself? Positions and versions dense, the chain through each stream whole, heads and
//! marks equal to what the log says.

use std::collections::HashMap;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::heads::{Head, Heads, MARK_EVERY, StreamRow};
pub use super::segments::Audit;

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// Events read.
    pub events: u64,
    /// Streams seen.
    pub streams: u64,
    /// What does not agree, in words; empty when all is well.
    pub faults: Vec<String>,
}

/// Faults told apart; a file that is damaged all over need not fill the memory with words.
const FAULTS: usize = 100;

impl CheckReport {
    fn fault(&mut self, fault: String) {
        match self.faults.len() {
            0..FAULTS => self.faults.push(fault),
            FAULTS => self.faults.push("there are more faults".to_owned()),
            _ => {}
        }
    }
}

/// Reads the whole log in `folder`, also while a service is writing it, and checks it.
pub fn check(folder: &Path) -> rusqlite::Result<CheckReport> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(folder.join(super::FILE_NAME), flags)?;
    // One read transaction, so that log and tables are of the same moment.
    connection.execute_batch("BEGIN")?;
    let mut report = CheckReport::default();
    for fault in integrity_faults(&connection)? {
        report.fault(format!("SQLite finds events.db damaged: {fault}"));
    }
    look_for_doubles(&connection, &mut report)?;
    let found = scan(&connection, &mut report)?;
    report.streams = found.len() as u64;
    compare_heads(&connection, &found, &mut report)?;
    compare_marks(&connection, &mut report)?;
    look_for_names(&connection, &mut report)?;
    Ok(report)
}

/// Holds the log in `folder` against the hashes that were written behind it, also while a service is writing it.
pub fn audit(folder: &Path) -> rusqlite::Result<Audit> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(folder.join(super::FILE_NAME), flags)?;
    connection.execute_batch("BEGIN")?;
    super::segments::audit(&connection)
}

/// What SQLite itself finds wrong with the file at `path`; empty when it is sound.
pub fn integrity(path: &Path) -> rusqlite::Result<Vec<String>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    integrity_faults(&Connection::open_with_flags(path, flags)?)
}

fn integrity_faults(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare("PRAGMA integrity_check(20)")?;
    let told = statement.query_map([], |row| row.get::<_, String>(0))?;
    let told: Vec<String> = told.collect::<Result<_, _>>()?;
    Ok(told.into_iter().filter(|line| line != "ok").collect())
}

/// Two streams of one name split what belongs together. The index on names would hide them, so it is not used.
fn look_for_doubles(connection: &Connection, report: &mut CheckReport) -> rusqlite::Result<()> {
    for table in ["streams", "types"] {
        let sql =
            format!("SELECT +name, count(*) FROM {table} NOT INDEXED GROUP BY +name HAVING count(*) > 1");
        let mut statement = connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (name, count): (String, u64) = (row.get(0)?, row.get(1)?);
            report.fault(format!("the name {name:?} stands {count} times in {table}"));
        }
    }
    Ok(())
}

/// The names of the streams that a snapshot is kept of.
pub fn snapshot_streams(folder: &Path) -> rusqlite::Result<Vec<String>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(folder.join(super::FILE_NAME), flags)?;
    let mut statement = connection
        .prepare("SELECT n.name FROM snapshots s JOIN streams n ON n.id = s.stream ORDER BY s.stream")?;
    let names = statement.query_map([], |row| row.get(0))?;
    names.collect()
}

fn scan(connection: &Connection, report: &mut CheckReport) -> rusqlite::Result<HashMap<StreamRow, Head>> {
    let mut heads: HashMap<StreamRow, Head> = HashMap::new();
    let mut statement =
        connection.prepare("SELECT position, stream, version, previous FROM events ORDER BY position")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (position, stream, version, previous): (u64, StreamRow, u64, u64) =
            (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        report.events += 1;
        if position != report.events {
            report.fault(format!("position {} is missing before {position}", report.events));
            report.events = position;
        }
        let head = heads.entry(stream).or_default();
        if version != head.version + 1 {
            report.fault(format!(
                "stream {stream} has version {version} after {}",
                head.version
            ));
        }
        if previous != head.position {
            report.fault(format!(
                "the event at {position} points back to {previous}, not {}",
                head.position
            ));
        }
        *head = Head { version, position };
    }
    Ok(heads)
}

fn compare_heads(
    connection: &Connection,
    found: &HashMap<StreamRow, Head>,
    report: &mut CheckReport,
) -> rusqlite::Result<()> {
    let heads = Heads::default();
    heads.recover(connection)?;
    for (stream, head) in found {
        let kept = heads.head(connection, *stream)?;
        if kept != Some(*head) {
            report.fault(format!(
                "stream {stream} ends at {head:?}, but its head says {kept:?}"
            ));
        }
    }
    let mut statement = connection.prepare("SELECT stream FROM heads")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let stream: StreamRow = row.get(0)?;
        if !found.contains_key(&stream) {
            report.fault(format!(
                "stream {stream} has a head, but the log has no event of it"
            ));
        }
    }
    Ok(())
}

fn compare_marks(connection: &Connection, report: &mut CheckReport) -> rusqlite::Result<()> {
    let folded_to = super::heads::folded_to(connection)?;
    let wrong = "SELECT count(*) FROM marks m LEFT JOIN events e \
                 ON e.position = m.position AND e.stream = m.stream AND e.version = m.version WHERE e.position IS NULL";
    let wrong: u64 = connection.query_row(wrong, [], |row| row.get(0))?;
    let expected = "SELECT count(*) FROM events WHERE version % ?1 = 0 AND position <= ?2";
    let expected: u64 = connection.query_row(expected, (MARK_EVERY, folded_to), |row| row.get(0))?;
    // A fold may be on its way: its marks stand before `folded_to` says so.
    let kept = "SELECT count(*) FROM marks WHERE position <= ?1";
    let kept: u64 = connection.query_row(kept, [folded_to], |row| row.get(0))?;
    if wrong > 0 || expected != kept {
        report.fault(format!(
            "{kept} marks are kept where the log has {expected}; {wrong} point elsewhere"
        ));
    }
    Ok(())
}

/// An event whose type or stream has no name cannot be read.
fn look_for_names(connection: &Connection, report: &mut CheckReport) -> rusqlite::Result<()> {
    for (column, table) in [("type", "types"), ("stream", "streams")] {
        let sql = format!(
            "SELECT count(*) FROM events e LEFT JOIN {table} n ON n.id = e.{column} WHERE n.name IS NULL"
        );
        let nameless: u64 = connection.query_row(&sql, [], |row| row.get(0))?;
        if nameless > 0 {
            report.fault(format!("{nameless} events are of a {column} that has no name"));
        }
    }
    Ok(())
}
