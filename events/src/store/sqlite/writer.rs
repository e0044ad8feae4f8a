//! The one thread that writes: takes what waits, judges it in memory, inserts it, commits once, answers.

mod append;
mod fold;

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use lru::LruCache;
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot, watch};

use self::append::Failure;
use self::fold::{Fold, Part};
use super::checkpoint::{Checkpoints, PAGE};
use super::format::{self, FormatError};
use super::heads::{Head, Heads, StreamRow, Unfolded};
use super::recent::Recent;
use super::{FORMAT, SqliteOptions};
use crate::envelope::{Position, Recorded};
use crate::store::{AppendError, Appended, Snapshot, StreamWrite};
use crate::stream::StreamId;

/// Stream names whose row ids are remembered.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(200_000).expect("200,000 is not zero");

/// As large as a large event, since a small one may still fit where the disk is full; taken away again.
const PROBE: &str =
    "INSERT OR REPLACE INTO meta VALUES ('probed', zeroblob(65536)); DELETE FROM meta WHERE key = 'probed'";

type Answer<T> = oneshot::Sender<Result<T, AppendError>>;
/// An append with the way back.
type Request = (Vec<StreamWrite>, Answer<Vec<Appended>>);
/// Jobs that are committed together.
#[derive(Default)]
struct Waiting {
    appends: Vec<Request>,
    snapshots: Vec<(StreamId, Snapshot, Answer<()>)>,
    events: usize,
    bytes: usize,
}
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
    /// Writes something that nobody reads.
    Probe { respond: Answer<()> },
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
    fold: Option<Fold>,
    checkpoints: Checkpoints,
    /// About how much was written to the WAL since the checkpoints were last told.
    wal_bytes: u64,
    commits: Arc<AtomicU64>,
    /// What was committed last, for those who follow.
    recent: Arc<Recent>,
    /// Whether a group could not be written, until the probe can be.
    failing: Arc<AtomicBool>,
}

/// What one commit is about to hold.
#[derive(Default)]
struct Group {
    /// Where streams end within the group.
    heads: HashMap<StreamRow, Head>,
    /// Every event, in order: stream, version, position.
    written: Vec<(StreamRow, u64, u64)>,
    /// The same as readers see them.
    events: Vec<Recorded>,
    /// Streams that are new in it.
    names: HashMap<Box<str>, StreamRow>,
    position: u64,
    bytes: u64,
}

impl Writer {
    pub(super) fn open(path: &Path, options: &SqliteOptions, heads: Arc<Heads>) -> Result<Self, FormatError> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        format::check(&connection, FORMAT)?;
        format::must_be_writable(&connection)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "wal_autocheckpoint", 0)?;
        // What is not in the WAL is read through the map, so that looking up cold streams leaves the cache alone. A
        // large cache would cost: SQLite walks its whole hash table when a transaction ends.
        connection.pragma_update(None, "mmap_size", options.mmap_bytes)?;
        connection.pragma_update(None, "cache_size", -16_384)?;
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        connection.execute_batch(include_str!("schema.sql"))?;
        format::claim(&connection, FORMAT)?;
        connection.set_prepared_statement_cache_capacity(32);
        limit_pages(&connection, options.max_pages)?;
        let commits: Arc<AtomicU64> = Arc::default();
        let mut writer = Self {
            connection,
            options: options.clone(),
            heads,
            rows: LruCache::new(REMEMBERED),
            warm: LruCache::new(REMEMBERED),
            types: HashMap::new(),
            position: 0,
            fold: None,
            checkpoints: Checkpoints::start(path, options.checkpoint_after, Arc::clone(&commits))?,
            wal_bytes: 0,
            commits,
            recent: Arc::default(),
            failing: Arc::default(),
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

    /// What was committed last.
    pub(super) fn recent(&self) -> Arc<Recent> {
        Arc::clone(&self.recent)
    }

    /// Whether a group could not be written, until the probe can be.
    pub(super) fn failing(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.failing)
    }

    /// Forgets what was held in memory and reads it back from disk.
    fn recover(&mut self) -> rusqlite::Result<()> {
        self.recent.forget();
        self.rows.clear();
        self.warm.clear();
        self.types.clear();
        self.position = self.heads.recover(&self.connection)?.0;
        self.fold = None;
        Ok(())
    }

    /// Works until every sender is gone and the queue is empty.
    pub(super) fn run(mut self, mut jobs: mpsc::Receiver<Job>, head: &watch::Sender<Position>) {
        while let Some(job) = jobs.blocking_recv() {
            let mut waiting = Waiting::default();
            self.take(job, &mut waiting);
            while waiting.events < self.options.group_events && waiting.bytes < self.options.group_bytes {
                let Ok(job) = jobs.try_recv() else { break };
                self.take(job, &mut waiting);
            }
            if !waiting.appends.is_empty() || !waiting.snapshots.is_empty() {
                self.write_group(waiting, head);
            }
            let written = std::mem::take(&mut self.wal_bytes);
            self.checkpoints.committed(&self.connection, written);
        }
        self.finish();
    }

    /// Puts a job to those that are committed together, or does it at once where it writes nothing.
    fn take(&mut self, job: Job, waiting: &mut Waiting) {
        match job {
            Job::Append { writes, respond } => {
                for event in writes.iter().flat_map(|write| &write.events) {
                    waiting.events += 1;
                    waiting.bytes += event.payload.len();
                }
                waiting.appends.push((writes, respond));
            }
            Job::Snapshot {
                stream,
                snapshot,
                respond,
            } => {
                waiting.bytes += snapshot.state.len();
                waiting.snapshots.push((stream, snapshot, respond));
            }
            Job::LimitPages { max_pages, respond } => {
                let limited = limit_pages(&self.connection, max_pages);
                drop(respond.send(limited.map_err(|e| unavailable(&Arc::new(e), false))));
            }
            Job::Probe { respond } => {
                let probed = self.connection.execute_batch(PROBE);
                self.failing.store(probed.is_err(), Ordering::Relaxed);
                drop(respond.send(probed.map_err(|e| unavailable(&Arc::new(e), false))));
            }
        }
    }

    /// Judges, inserts and commits what waits; then answers everybody.
    fn write_group(&mut self, waiting: Waiting, head: &watch::Sender<Position>) {
        let (mut answers, snapshots) = (Vec::with_capacity(waiting.appends.len()), waiting.snapshots);
        let failed = self.try_group(waiting.appends, &snapshots, &mut answers).err();
        // A small group that still finds room does not show that a large one would: the probe alone says so.
        if failed.is_some() {
            self.failing.store(true, Ordering::Relaxed);
        }
        // After a failure too: what the disk turned out to hold all the same is not kept from those who follow.
        head.send_if_modified(|known| {
            std::mem::replace(known, Position(self.position)) != Position(self.position)
        });
        let failed = failed.map(|(error, maybe_written)| {
            let requests = answers.len() + snapshots.len();
            tracing::error!(%error, requests, "a group of appends failed");
            (Arc::new(error), maybe_written)
        });
        let failure = || failed.as_ref().map(|(error, maybe)| unavailable(error, *maybe));
        for (respond, answer) in answers {
            // Who was refused for a reason of their own is told that one. The asker may be gone; its events are on
            // disk.
            let answer = answer.and_then(|appended| failure().map_or(Ok(appended), Err));
            drop(respond.send(answer));
        }
        for (_, _, respond) in snapshots {
            drop(respond.send(failure().map_or(Ok(()), Err)));
        }
    }

    fn try_group(
        &mut self,
        requests: Vec<Request>,
        snapshots: &[(StreamId, Snapshot, Answer<()>)],
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
        let committed = match failed {
            Some(error) => Err((error, false)),
            None => self.commit(&mut group, snapshots),
        };
        match committed {
            Ok(part) => self.committed(group, part),
            Err(failed) => {
                self.roll_back();
                return Err(failed);
            }
        }
        Ok(())
    }

    /// Adds snapshots and a part of the fold, and commits; says of a failure whether the group may be written.
    fn commit(
        &mut self,
        group: &mut Group,
        snapshots: &[(StreamId, Snapshot, Answer<()>)],
    ) -> Result<Option<Part>, (rusqlite::Error, bool)> {
        let mut last = || {
            for (stream, snapshot, _) in snapshots {
                self.save_snapshot(group, stream, snapshot)?;
            }
            self.fold_some(group)
        };
        let part = last().map_err(|error| (error, false))?;
        // Only an I/O error at the commit itself leaves it open whether the WAL holds the group.
        let commit = self.connection.execute_batch("COMMIT");
        commit.map_err(|error| {
            let maybe_written = is_io_error(&error);
            (error, maybe_written)
        })?;
        Ok(part)
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

    fn committed(&mut self, group: Group, part: Option<Part>) {
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.position = group.position;
        self.recent.committed(group.events);
        for (name, row) in group.names {
            self.rows.put(name, row);
        }
        for (stream, head) in &group.heads {
            self.warm.put(*stream, *head);
        }
        let noted = self.heads.change(|unfolded| {
            for (stream, version, position) in group.written {
                unfolded.note(stream, version, position);
            }
            unfolded.noted()
        });
        if let Some(part) = part {
            self.folded(part);
        }
        if self.fold.is_none() && noted >= self.options.fold_after {
            self.begin_fold();
        }
        self.wal_bytes += group.bytes + 2 * PAGE;
    }

    /// Goes on with a fold twice as fast as heads are added, so that it ends before the next is due.
    fn fold_some(&self, group: &Group) -> rusqlite::Result<Option<Part>> {
        let count = 2 * group.heads.len();
        // A group of nothing but refusals and repeats need not wait for the disk.
        let fold = self.fold.as_ref().filter(|_| count > 0);
        fold.map(|fold| fold.write(&self.connection, count)).transpose()
    }

    fn begin_fold(&mut self) {
        let generation = self.heads.change(Unfolded::set_aside);
        self.fold = Some(Fold::new(generation, self.position));
    }

    /// A part of the fold is on disk.
    fn folded(&mut self, part: Part) {
        if self.fold.as_mut().is_some_and(|fold| fold.committed(part)) {
            self.heads.change(Unfolded::folded);
            self.fold = None;
        }
    }

    /// The last acts before the thread ends: a start after this has nothing to recover.
    fn finish(mut self) {
        let folded = self.fold_everything();
        if let Err(error) = folded {
            tracing::warn!(%error, "the event store was not folded at its end; the next start does it");
            self.roll_back();
        }
        self.checkpoints.finish(&self.connection);
    }

    fn fold_everything(&mut self) -> rusqlite::Result<()> {
        loop {
            if self.fold.is_none() {
                if self.heads.read(Unfolded::noted) == 0 {
                    return Ok(());
                }
                self.begin_fold();
            }
            self.connection.execute_batch("BEGIN IMMEDIATE")?;
            let fold = self.fold.as_ref();
            let part = fold
                .map(|fold| fold.write(&self.connection, usize::MAX))
                .transpose()?;
            self.connection.execute_batch("COMMIT")?;
            if let Some(part) = part {
                self.folded(part);
            }
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
