//! The one thread that writes: takes what waits, judges it in memory, inserts it, commits once, answers.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use lru::LruCache;
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot, watch};

use super::SqliteOptions;
use super::heads::{Head, Heads, StreamRow, folded_to};
use super::reader::stream_row;
use crate::envelope::{NewEvent, Position, Version};
use crate::ids::EventId;
use crate::store::rules::{Verdict, judge, well_formed};
use crate::store::{AppendError, Appended, Snapshot, StreamWrite};
use crate::stream::StreamId;

/// Stream names whose row ids are remembered.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(200_000).expect("200,000 is not zero");

type Answer<T> = oneshot::Sender<Result<T, AppendError>>;
/// An append with the way back.
type Request = (Vec<StreamWrite>, Answer<Vec<Appended>>);
/// The way back with what is to be said.
type Answered = (Answer<Vec<Appended>>, Result<Vec<Appended>, AppendError>);

/// Work for the writer.
#[derive(Debug)]
pub(super) enum Job {
    Append {
        writes: Vec<StreamWrite>,
        respond: Answer<Vec<Appended>>,
    },
    Snapshot {
        stream: StreamId,
        snapshot: Snapshot,
        respond: Answer<()>,
    },
    LimitPages {
        max_pages: Option<u32>,
        respond: Answer<()>,
    },
}

/// See the module.
#[derive(Debug)]
pub(super) struct Writer {
    connection: Connection,
    options: SqliteOptions,
    heads: Arc<Heads>,
    rows: LruCache<Box<str>, StreamRow>,
    /// Heads of streams that were folded and are written again.
    warm: LruCache<StreamRow, Head>,
    types: HashMap<&'static str, i64>,
    position: u64,
    since_checkpoint: u64,
    commits: Arc<AtomicU64>,
}

/// What one commit is about to hold.
#[derive(Default)]
struct Group {
    /// Where streams end within the group.
    heads: HashMap<StreamRow, Head>,
    /// Every event, in order: stream, version, position.
    written: Vec<(StreamRow, u64, u64)>,
    names: Vec<(Box<str>, StreamRow)>,
    position: u64,
    bytes: u64,
}

/// Why a request within a group was not written.
enum Failure {
    /// This request alone: a conflict, a malformed one.
    Refused(AppendError),
    /// The whole group.
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl Writer {
    pub(super) fn open(path: &Path, options: &SqliteOptions, heads: Arc<Heads>) -> rusqlite::Result<Self> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "wal_autocheckpoint", 0)?;
        connection.pragma_update(None, "cache_size", -65_536)?;
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        connection.execute_batch(include_str!("schema.sql"))?;
        connection.set_prepared_statement_cache_capacity(32);
        limit_pages(&connection, options.max_pages)?;
        let mut writer = Self {
            connection,
            options: options.clone(),
            heads,
            rows: LruCache::new(REMEMBERED),
            warm: LruCache::new(REMEMBERED),
            types: HashMap::new(),
            position: 0,
            since_checkpoint: 0,
            commits: Arc::default(),
        };
        writer.recover()?;
        Ok(writer)
    }

    pub(super) fn head(&self) -> Position {
        Position(self.position)
    }

    /// Groups committed so far.
    pub(super) fn commits(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.commits)
    }

    /// Forgets what was held in memory and reads it back from disk.
    fn recover(&mut self) -> rusqlite::Result<()> {
        self.rows.clear();
        self.warm.clear();
        self.types.clear();
        self.position = self.heads.recover(&self.connection)?.0;
        Ok(())
    }

    /// Works until every sender is gone and the queue is empty.
    pub(super) fn run(mut self, mut jobs: mpsc::Receiver<Job>, head: &watch::Sender<Position>) {
        while let Some(job) = jobs.blocking_recv() {
            let mut group = Vec::new();
            let (mut events, mut bytes) = self.take(job, &mut group);
            while events < self.options.group_events && bytes < self.options.group_bytes {
                let Ok(job) = jobs.try_recv() else { break };
                let (more_events, more_bytes) = self.take(job, &mut group);
                (events, bytes) = (events + more_events, bytes + more_bytes);
            }
            if !group.is_empty() {
                self.write_group(group, head);
            }
        }
        self.finish();
    }

    /// Puts an append into the group and does anything else at once; answers the events and bytes added.
    fn take(&mut self, job: Job, group: &mut Vec<Request>) -> (usize, usize) {
        match job {
            Job::Append { writes, respond } => {
                let events = || writes.iter().flat_map(|write| &write.events);
                let weight = (events().count(), events().map(|event| event.payload.len()).sum());
                group.push((writes, respond));
                weight
            }
            Job::Snapshot {
                stream,
                snapshot,
                respond,
            } => {
                let saved = self.save_snapshot(&stream, &snapshot);
                drop(respond.send(saved.map_err(|e| unavailable(&Arc::new(e), false))));
                (0, 0)
            }
            Job::LimitPages { max_pages, respond } => {
                let limited = limit_pages(&self.connection, max_pages);
                drop(respond.send(limited.map_err(|e| unavailable(&Arc::new(e), false))));
                (0, 0)
            }
        }
    }

    /// Judges, inserts and commits a group; then answers everybody in it.
    fn write_group(&mut self, requests: Vec<Request>, head: &watch::Sender<Position>) {
        let mut answers = Vec::with_capacity(requests.len());
        let result = self.try_group(requests, &mut answers);
        match result {
            Ok(()) => {
                head.send_replace(Position(self.position));
                for (respond, answer) in answers {
                    // The asker may be gone; its events are on disk.
                    drop(respond.send(answer));
                }
                self.checkpoint_if_due();
            }
            Err((error, maybe_written)) => {
                tracing::error!(%error, requests = answers.len(), "a group of appends failed");
                let error = Arc::new(error);
                for (respond, answer) in answers {
                    // Who was refused for a reason of their own is told that one.
                    let answer = answer.and_then(|_| Err(unavailable(&error, maybe_written)));
                    drop(respond.send(answer));
                }
            }
        }
    }

    fn try_group(
        &mut self,
        requests: Vec<Request>,
        answers: &mut Vec<Answered>,
    ) -> Result<(), (rusqlite::Error, bool)> {
        let mut group = Group {
            position: self.position,
            ..Group::default()
        };
        let mut failed = self.connection.execute_batch("BEGIN IMMEDIATE").err();
        for (writes, respond) in requests {
            let answer = match failed {
                Some(_) => Ok(Vec::new()),
                None => match self.write(&mut group, writes) {
                    Ok(appended) => Ok(appended),
                    Err(Failure::Refused(refused)) => Err(refused),
                    Err(Failure::Sqlite(error)) => {
                        failed = Some(error);
                        Ok(Vec::new())
                    }
                },
            };
            answers.push((respond, answer));
        }
        let folds = failed.is_none() && self.fold_is_due();
        if folds && let Err(error) = self.fold(&group) {
            failed = Some(error);
        }
        let mut maybe_written = false;
        if failed.is_none() {
            failed = self.connection.execute_batch("COMMIT").err();
            // Only an I/O error at the commit itself leaves it open whether the WAL holds the group.
            maybe_written = failed.as_ref().is_some_and(is_io_error);
        }
        match failed {
            None => {
                self.committed(group, folds);
                Ok(())
            }
            Some(error) => {
                self.roll_back();
                Err((error, maybe_written))
            }
        }
    }

    fn roll_back(&mut self) {
        if !self.connection.is_autocommit()
            && let Err(error) = self.connection.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "a failed group could not be rolled back");
        }
        if let Err(error) = self.recover() {
            tracing::error!(%error, "the log could not be read back after a failed group");
        }
    }

    fn committed(&mut self, group: Group, folded: bool) {
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.position = group.position;
        self.since_checkpoint += group.bytes;
        self.rows.extend_from(group.names);
        for (stream, head) in &group.heads {
            self.warm.put(*stream, *head);
        }
        self.heads.change(|unfolded| {
            if folded {
                *unfolded = super::heads::Unfolded::default();
            } else {
                for (stream, version, position) in group.written {
                    unfolded.note(stream, version, position);
                }
            }
        });
    }

    /// One request: all of its streams are judged before any is written.
    fn write(&mut self, group: &mut Group, writes: Vec<StreamWrite>) -> Result<Vec<Appended>, Failure> {
        well_formed(&writes).map_err(Failure::Refused)?;
        let mut judged = Vec::with_capacity(writes.len());
        for write in &writes {
            let row = self.row(group, &write.stream)?;
            let head = match row {
                Some(row) => self.head_of(group, row)?,
                None => Head::default(),
            };
            let id_at = |version: Version| self.id_at(head, version).ok().flatten();
            let verdict = judge(write, Version(head.version), id_at).map_err(Failure::Refused)?;
            judged.push((row, head, verdict));
        }
        let mut appended = Vec::with_capacity(writes.len());
        for (write, (row, head, verdict)) in writes.into_iter().zip(judged) {
            appended.push(match verdict {
                Verdict::Write => {
                    let row = match row {
                        Some(row) => row,
                        None => self.new_row(group, &write.stream)?,
                    };
                    self.insert(group, row, head, write.events)?
                }
                Verdict::Repeat(version) => {
                    let position = self.position_at(head, version)?;
                    Appended {
                        version,
                        position: Position(position),
                    }
                }
            });
        }
        Ok(appended)
    }

    fn insert(
        &mut self,
        group: &mut Group,
        row: StreamRow,
        mut head: Head,
        events: Vec<NewEvent>,
    ) -> rusqlite::Result<Appended> {
        for event in events {
            let event_type = self.type_row(event.event_type)?;
            group.position += 1;
            let position = group.position;
            self.connection
                .prepare_cached("INSERT INTO events VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)")?
                .execute(rusqlite::params![
                    position,
                    row,
                    head.version + 1,
                    head.position,
                    event_type,
                    event.schema_version,
                    event.metadata.time.timestamp_millis(),
                    event.id.0.as_bytes(),
                    event.metadata.correlation_id.as_bytes(),
                    event.metadata.causation_id.as_bytes(),
                    event.payload,
                ])?;
            head = Head {
                version: head.version + 1,
                position,
            };
            group.bytes += event.payload.len() as u64 + 120;
            group.written.push((row, head.version, position));
        }
        group.heads.insert(row, head);
        Ok(Appended {
            version: Version(head.version),
            position: Position(head.position),
        })
    }

    fn row(&mut self, group: &Group, stream: &StreamId) -> rusqlite::Result<Option<StreamRow>> {
        if let Some(row) = self.rows.get(stream.as_str()) {
            return Ok(Some(*row));
        }
        if let Some((_, row)) = group
            .names
            .iter()
            .rev()
            .find(|(name, _)| &**name == stream.as_str())
        {
            return Ok(Some(*row));
        }
        let row = stream_row(&self.connection, stream)?;
        if let Some(row) = row {
            self.rows.put(stream.as_str().into(), row);
        }
        Ok(row)
    }

    fn new_row(&mut self, group: &mut Group, stream: &StreamId) -> rusqlite::Result<StreamRow> {
        self.connection
            .prepare_cached("INSERT INTO streams (name) VALUES (?1)")?
            .execute([stream.as_str()])?;
        let row = self.connection.last_insert_rowid();
        group.names.push((stream.as_str().into(), row));
        Ok(row)
    }

    fn type_row(&mut self, name: &'static str) -> rusqlite::Result<i64> {
        if let Some(row) = self.types.get(name) {
            return Ok(*row);
        }
        let sql =
            "INSERT INTO types (name) VALUES (?1) ON CONFLICT (name) DO UPDATE SET name = name RETURNING id";
        let row = self
            .connection
            .prepare_cached(sql)?
            .query_row([name], |row| row.get(0))?;
        self.types.insert(name, row);
        Ok(row)
    }

    fn head_of(&mut self, group: &Group, row: StreamRow) -> rusqlite::Result<Head> {
        if let Some(head) = group.heads.get(&row).or_else(|| self.warm.get(&row)) {
            return Ok(*head);
        }
        let head = self.heads.head(&self.connection, row)?.unwrap_or_default();
        self.warm.put(row, head);
        Ok(head)
    }

    /// The position of a version, going back from the head: repeats are recent.
    fn position_at(&self, head: Head, version: Version) -> rusqlite::Result<u64> {
        let mut at = head;
        while at.version > version.0 {
            let sql = "SELECT previous FROM events WHERE position = ?1";
            at.position = self
                .connection
                .prepare_cached(sql)?
                .query_row([at.position], |row| row.get(0))?;
            at.version -= 1;
        }
        Ok(at.position)
    }

    fn id_at(&self, head: Head, version: Version) -> rusqlite::Result<Option<EventId>> {
        if version.0 == 0 || version.0 > head.version {
            return Ok(None);
        }
        let position = self.position_at(head, version)?;
        let sql = "SELECT event_id FROM events WHERE position = ?1";
        let id: [u8; 16] = self
            .connection
            .prepare_cached(sql)?
            .query_row([position], |row| row.get(0))?;
        Ok(Some(EventId(uuid::Uuid::from_bytes(id))))
    }

    fn fold_is_due(&self) -> bool {
        self.heads
            .read(|unfolded| unfolded.heads.len() >= self.options.fold_after)
    }

    /// Writes what is not folded yet into the tables, in key order, within the open transaction.
    fn fold(&self, group: &Group) -> rusqlite::Result<()> {
        let (mut heads, mut marks) = self
            .heads
            .read(|unfolded| (unfolded.heads.clone(), unfolded.marks.clone()));
        heads.extend(group.heads.iter().map(|(row, head)| (*row, *head)));
        for (row, version, position) in &group.written {
            if version.is_multiple_of(super::heads::MARK_EVERY) {
                marks.insert((*row, *version), *position);
            }
        }
        let mut heads: Vec<(StreamRow, Head)> = heads.into_iter().collect();
        heads.sort_unstable_by_key(|(row, _)| *row);
        let mut put = self
            .connection
            .prepare_cached("INSERT OR REPLACE INTO heads VALUES (?1, ?2, ?3)")?;
        for (row, head) in heads {
            put.execute((row, head.version, head.position))?;
        }
        let mut put = self
            .connection
            .prepare_cached("INSERT OR REPLACE INTO marks VALUES (?1, ?2, ?3)")?;
        for ((row, version), position) in marks {
            put.execute((row, version, position))?;
        }
        let sql = "INSERT OR REPLACE INTO meta VALUES ('folded_to', ?1)";
        self.connection.prepare_cached(sql)?.execute([group.position])?;
        Ok(())
    }

    fn save_snapshot(&mut self, stream: &StreamId, snapshot: &Snapshot) -> rusqlite::Result<()> {
        let Some(row) = self.row(&Group::default(), stream)? else {
            return Ok(());
        };
        let sql = "INSERT INTO snapshots VALUES (?1, ?2, ?3, ?4) ON CONFLICT (stream) DO UPDATE \
                   SET version = ?2, schema = ?3, state = ?4 WHERE version <= ?2";
        self.connection.prepare_cached(sql)?.execute((
            row,
            snapshot.version.0,
            snapshot.schema,
            &snapshot.state,
        ))?;
        self.since_checkpoint += snapshot.state.len() as u64;
        Ok(())
    }

    /// Moves the WAL into the file when it has grown; between groups, so that nobody waits for an answer.
    fn checkpoint_if_due(&mut self) {
        if self.since_checkpoint < self.options.checkpoint_after {
            return;
        }
        self.since_checkpoint = 0;
        // Passive: a reader in the middle of a scan is not waited for; the rest is moved next time.
        let moved = self
            .connection
            .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
        if let Err(error) = moved {
            tracing::warn!(%error, "the write-ahead log could not be moved into the file");
        }
    }

    /// The last acts before the thread ends: a start after this has nothing to recover.
    fn finish(mut self) {
        let group = Group {
            position: self.position,
            ..Group::default()
        };
        let fold = |writer: &Self| -> rusqlite::Result<()> {
            if folded_to(&writer.connection)? < writer.position {
                writer.connection.execute_batch("BEGIN IMMEDIATE")?;
                writer.fold(&group)?;
                writer.connection.execute_batch("COMMIT")?;
            }
            writer
                .connection
                .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        };
        if let Err(error) = fold(&self) {
            tracing::warn!(%error, "the event store was not folded at its end; the next start does it");
            self.roll_back();
        }
    }
}

fn is_io_error(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::SystemIoFailure)
}

fn unavailable(error: &Arc<rusqlite::Error>, maybe_written: bool) -> AppendError {
    AppendError::Unavailable {
        action: "writing to the log",
        maybe_written,
        source: Box::new(Arc::clone(error)),
    }
}

fn limit_pages(connection: &Connection, max_pages: Option<u32>) -> rusqlite::Result<()> {
    // SQLite's own upper bound lifts the limit.
    connection.query_row(
        &format!("PRAGMA max_page_count = {}", max_pages.unwrap_or(4_294_967_294)),
        [],
        |_| Ok(()),
    )
}

trait ExtendFrom {
    fn extend_from(&mut self, names: Vec<(Box<str>, StreamRow)>);
}

impl ExtendFrom for LruCache<Box<str>, StreamRow> {
    fn extend_from(&mut self, names: Vec<(Box<str>, StreamRow)>) {
        for (name, row) in names {
            self.put(name, row);
        }
    }
}
