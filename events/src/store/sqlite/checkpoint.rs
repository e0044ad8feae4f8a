//! Moves the write-ahead log into the file while the writer goes on committing.
//!
//! Whoever copies the file by hand copies what was moved. So it is moved as soon as nothing was committed for a moment,
//! and at the latest after a while, however little it is.
//!
//! A thread with a connection of its own moves what stands in the WAL. What was added meanwhile is left over; when
//! that is little, the writer moves it between two groups, and SQLite starts the WAL anew. A killed process leaves
//! a WAL that SQLite moves at the next start; nothing else is kept here.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::segments;

/// SQLite's page, which is also the unit of the WAL.
pub(super) const PAGE: u64 = 4_096;
/// WAL bytes written before the writer looks how long the WAL is.
const LOOK_EVERY: u64 = 1 << 20;
/// What the writer moves itself: a few milliseconds of work.
const LITTLE: u64 = 2 << 20;
/// How many times the wanted length the WAL may reach before the writer stops to move it.
const PATIENCE: u64 = 4;
/// How long nothing is committed before the store counts as idle.
const IDLE: Duration = Duration::from_millis(200);
/// How long committed pages stay in the WAL at most while the store is never idle.
const LATEST: Duration = Duration::from_secs(10);

/// Rounds of hashing at the end of a service: a million events.
const SEALED_AT_END: usize = 32;

/// Decides who moves the WAL, and when.
#[derive(Debug)]
pub(super) struct Checkpoints {
    /// The thread and the way to wake it; `None` where it could not be started or was ended.
    thread: Option<(SyncSender<()>, JoinHandle<()>)>,
    after: u64,
    unlooked: u64,
}

/// How long the WAL is and how much of it stands in the file already, in bytes.
#[derive(Debug, Clone, Copy)]
struct Wal {
    written: u64,
    moved: u64,
}

/// Who is to move the WAL now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mover {
    Nobody,
    Thread,
    Writer,
}

impl Wal {
    fn mover(self, after: u64) -> Mover {
        let left = self.written.saturating_sub(self.moved);
        if self.written < after || left == 0 {
            Mover::Nobody
        } else if left <= LITTLE.min(after) || left >= after.saturating_mul(PATIENCE) {
            Mover::Writer
        } else {
            Mover::Thread
        }
    }
}

impl Checkpoints {
    /// Starts the thread for the store at `path`; the WAL is moved when it has grown to `after` bytes, and when
    /// `commits` stands still.
    pub(super) fn start(path: &Path, after: u64, commits: Arc<AtomicU64>) -> rusqlite::Result<Self> {
        let connection = Connection::open(path)?;
        // Hashes that a power cut takes back are made again. What is moved is made durable before and after all the same.
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.pragma_update(None, "wal_autocheckpoint", 0)?;
        // One waiting wake-up is enough: it moves everything that stands in the WAL when it is taken.
        let (wake, woken) = sync_channel(1);
        let thread = std::thread::Builder::new()
            .name("event-checkpoint".to_owned())
            .spawn(move || run(&connection, &woken, &commits))
            .inspect_err(|error| tracing::warn!(%error, "the writer moves the write-ahead log itself"));
        Ok(Self {
            thread: thread.ok().map(|thread| (wake, thread)),
            after,
            unlooked: 0,
        })
    }

    /// Called between groups, after a commit that wrote about `bytes` to the WAL.
    pub(super) fn committed(&mut self, connection: &Connection, bytes: u64) {
        self.unlooked += bytes;
        if self.unlooked < LOOK_EVERY.min(self.after) {
            return;
        }
        self.unlooked = 0;
        let moved = checkpoint(connection, "NOOP").and_then(|wal| match wal.mover(self.after) {
            Mover::Nobody => Ok(()),
            Mover::Thread if self.wake() => Ok(()),
            // Passive: a reader in the middle of a scan is not waited for; the rest is moved next time.
            Mover::Thread | Mover::Writer => checkpoint(connection, "PASSIVE").map(drop),
        });
        note(moved);
    }

    /// Whether the thread knows that it has work.
    fn wake(&self) -> bool {
        use std::sync::mpsc::TrySendError;
        match &self.thread {
            Some((wake, _)) => !matches!(wake.try_send(()), Err(TrySendError::Disconnected(()))),
            None => false,
        }
    }

    /// Ends the thread and moves everything.
    pub(super) fn finish(self, connection: &Connection) {
        if let Some((wake, thread)) = self.thread {
            drop(wake);
            if thread.join().is_err() {
                tracing::error!("moving the write-ahead log ended by a panic");
            }
        }
        seal_all(connection);
        note(checkpoint(connection, "TRUNCATE").map(drop));
    }
}

/// Hashes what is not hashed yet; a log of an earlier release is done at its next start.
fn seal_all(connection: &Connection) {
    for _ in 0..SEALED_AT_END {
        match segments::seal(connection) {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => return tracing::warn!(%error, "the end of the log is not hashed"),
        }
    }
}

fn run(connection: &Connection, woken: &Receiver<()>, commits: &AtomicU64) {
    let mut moved = Moved::new(Instant::now());
    loop {
        let due = match woken.recv_timeout(IDLE) {
            Ok(()) => true,
            Err(RecvTimeoutError::Timeout) => moved.is_due(commits.load(Ordering::Relaxed), Instant::now()),
            Err(RecvTimeoutError::Disconnected) => return,
        };
        if due {
            let upto = commits.load(Ordering::Relaxed);
            seal_some(connection, commits);
            note(checkpoint(connection, "PASSIVE").map(drop));
            moved.note(upto, Instant::now());
        }
    }
}

/// Hashes what is not hashed yet, for as long as the writer has nothing to do.
fn seal_some(connection: &Connection, commits: &AtomicU64) {
    let before = commits.load(Ordering::Relaxed);
    loop {
        match segments::seal(connection) {
            Ok(true) if commits.load(Ordering::Relaxed) == before => {}
            Ok(_) => return,
            Err(error) => return tracing::warn!(%error, "the end of the log is not hashed yet"),
        }
    }
}

/// What was moved last, to find out when it is time again.
#[derive(Debug)]
struct Moved {
    /// Commits that are in the file for certain.
    commits: u64,
    at: Instant,
    /// Commits when it was last asked.
    seen: u64,
}

impl Moved {
    /// What an earlier process left in the WAL is moved first.
    fn new(now: Instant) -> Self {
        Self {
            commits: u64::MAX,
            at: now,
            seen: 0,
        }
    }

    fn is_due(&mut self, commits: u64, now: Instant) -> bool {
        let is_idle = std::mem::replace(&mut self.seen, commits) == commits;
        commits != self.commits && (is_idle || now.duration_since(self.at) >= LATEST)
    }

    fn note(&mut self, commits: u64, now: Instant) {
        (self.commits, self.at) = (commits, now);
    }
}

fn checkpoint(connection: &Connection, mode: &str) -> rusqlite::Result<Wal> {
    connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| {
        // SQLite says -1 where there is no WAL.
        let (written, moved): (i64, i64) = (row.get(1)?, row.get(2)?);
        let bytes = |pages: i64| u64::try_from(pages).unwrap_or(0) * PAGE;
        Ok(Wal {
            written: bytes(written),
            moved: bytes(moved),
        })
    })
}

fn note(moved: rusqlite::Result<()>) {
    if let Err(error) = moved {
        tracing::warn!(%error, "the write-ahead log could not be moved into the file");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thread_moves_the_bulk_and_the_writer_the_little_that_is_left() {
        let after = 64 << 20;
        let mover = |written, moved| Wal { written, moved }.mover(after);
        assert_eq!(mover(after - 1, 0), Mover::Nobody);
        assert_eq!(mover(after, 0), Mover::Thread);
        assert_eq!(mover(after + LITTLE, after), Mover::Writer);
        assert_eq!(mover(after, after), Mover::Nobody);
    }

    #[test]
    fn what_was_committed_is_moved_when_idle_and_at_the_latest_after_a_while() {
        let start = Instant::now();
        let mut moved = Moved::new(start);
        assert!(moved.is_due(0, start), "what an earlier process left");
        moved.note(0, start);
        assert!(!moved.is_due(0, start));
        assert!(!moved.is_due(5, start), "it was just committed");
        assert!(!moved.is_due(6, start));
        assert!(moved.is_due(7, start + LATEST));
        assert!(
            moved.is_due(7, start),
            "nothing was committed since it was last asked"
        );
        moved.note(7, start + LATEST);
        assert!(!moved.is_due(7, start + 9 * LATEST), "nothing is left to move");
    }

    #[test]
    fn a_wal_that_outgrows_the_thread_makes_the_writer_wait() {
        let after = 64 << 20;
        let wal = Wal {
            written: after * PATIENCE,
            moved: 0,
        };
        assert_eq!(wal.mover(after), Mover::Writer);
    }
}
