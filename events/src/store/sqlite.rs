//! The embedded store: one SQLite file, nothing to install.
//!
//! One thread owns the only writing connection and commits what waits in one go (WAL, `synchronous=FULL`); it
//! answers after the commit. Readers have their own connections. What a crash leaves at each step:
//!
//! - before the commit: nothing of the group; nobody was answered;
//! - after the commit, before the answers: the events; a repeat finds them and is a success;
//! - in a fold of heads and marks: parts of it, each whole, since each is part of a commit; at start the part of the
//!   log beyond `folded_to` is folded again in memory, which is looked at before the tables;
//! - in a checkpoint: SQLite's own recovery from the WAL.
//!
//! A full disk fails the group (everybody in it is told) and the writer forgets what it held in memory; the next
//! group starts from what is on disk, so the store recovers by itself when space returns.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::{BoxFuture, FutureExt as _};
use tokio::sync::{mpsc, oneshot, watch};

pub use self::format::FormatError;
use self::heads::Heads;
use self::reader::Readers;
use self::recent::Recent;
use self::writer::{Job, Writer};
use super::{AppendError, Appended, Direction, EventStore, ReadError, Snapshot, StreamWrite};
use crate::envelope::{Position, Recorded, Version};
use crate::stream::StreamId;

pub mod check;
mod checkpoint;
pub(crate) mod format;
mod heads;
pub mod places;
mod reader;
mod recent;
mod segments;
mod writer;

/// The log's file within the data folder.
pub const FILE_NAME: &str = "events.db";

/// The layout of the file; a newer release may raise it.
const FORMAT: u32 = 1;

/// How the embedded store works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqliteOptions {
    /// Appends that may wait for the writer; one more is answered with [`AppendError::Busy`].
    pub queue: usize,
    /// Events committed in one go, at most.
    pub group_events: usize,
    /// Payload bytes committed in one go, at most.
    pub group_bytes: usize,
    /// Streams with events beyond the folded part before heads are folded.
    pub fold_after: usize,
    /// WAL bytes before a checkpoint.
    pub checkpoint_after: u64,
    /// Bytes of the file that are mapped into memory for reading.
    pub mmap_bytes: u64,
    /// The file's size limit in pages of 4 KiB; `None` for the disk's.
    pub max_pages: Option<u32>,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self {
            queue: 4_096,
            group_events: 4_096,
            group_bytes: 1 << 20,
            fold_after: 65_536,
            checkpoint_after: 64 << 20,
            mmap_bytes: 1 << 30,
            max_pages: None,
        }
    }
}

/// Why the store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it.
    #[error("{path} is in use by another process; stop it first, or choose another data folder")]
    InUse {
        /// The lock file.
        path: PathBuf,
    },
    /// The folder or a file cannot be used.
    #[error("cannot use {path}; check that the folder exists and may be written")]
    File {
        /// What was opened.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// The file is of a newer release, or cannot be written.
    #[error("the event store {path} cannot be used")]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: FormatError,
    },
    /// SQLite refused.
    #[error("cannot open the event store {path}")]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
}

impl OpenError {
    fn of(path: &Path, source: FormatError) -> Self {
        let path = path.to_owned();
        match source {
            FormatError::Sqlite(source) => Self::Sqlite { path, source },
            source @ (FormatError::Newer { .. } | FormatError::ReadOnly) => Self::Format { path, source },
        }
    }
}

/// See the module.
#[derive(Debug)]
pub struct SqliteStore {
    jobs: Mutex<Option<mpsc::Sender<Job>>>,
    head: watch::Receiver<Position>,
    commits: Arc<AtomicU64>,
    failing: Arc<AtomicBool>,
    readers: Arc<Readers>,
    recent: Arc<Recent>,
    writer: Mutex<Option<std::thread::JoinHandle<()>>>,
    _lock: Option<File>,
}

impl SqliteStore {
    /// Opens the store in `folder`, making it if needed, and locks it against other processes.
    pub fn open(folder: &Path, options: &SqliteOptions) -> Result<Self, OpenError> {
        let file_error = |path: &Path| {
            let path = path.to_owned();
            move |source| OpenError::File { path, source }
        };
        std::fs::create_dir_all(folder).map_err(file_error(folder))?;
        let lock = lock(&folder.join("events.lock"))?;
        let path = folder.join(FILE_NAME);
        let heads = Arc::new(Heads::default());
        let writer = Writer::open(&path, options, Arc::clone(&heads));
        let writer = writer.map_err(|source| OpenError::of(&path, source))?;
        let (announce, head) = watch::channel(writer.head());
        let (commits, failing, recent) = (writer.commits(), writer.failing(), writer.recent());
        let (jobs, waiting) = mpsc::channel(options.queue);
        let thread = std::thread::Builder::new()
            .name("event-writer".to_owned())
            .spawn(move || writer.run(waiting, &announce))
            .map_err(file_error(folder))?;
        let readers = Arc::new(Readers::new(path, options.mmap_bytes, heads));
        let (jobs, writer) = (Mutex::new(Some(jobs)), Mutex::new(Some(thread)));
        Ok(Self {
            jobs,
            head,
            commits,
            failing,
            readers,
            recent,
            writer,
            _lock: Some(lock),
        })
    }

    /// Keeps every process, this one included, from opening the store in `folder` for writing until the file is dropped.
    pub fn lock(folder: &Path) -> Result<File, OpenError> {
        lock(&folder.join("events.lock"))
    }

    /// Opens the store in `folder` for reading only, also while a service is writing it. Appends are refused.
    pub fn open_read_only(folder: &Path) -> Result<Self, OpenError> {
        let path = folder.join(FILE_NAME);
        let sqlite_error = |source| OpenError::Sqlite {
            path: path.clone(),
            source,
        };
        if !path.exists() {
            let source = std::io::Error::from(std::io::ErrorKind::NotFound);
            return Err(OpenError::File { path, source });
        }
        let heads = Arc::new(Heads::default());
        let readers = Readers::new(
            path.clone(),
            SqliteOptions::default().mmap_bytes,
            Arc::clone(&heads),
        );
        let connection = readers.connect().map_err(sqlite_error)?;
        format::check(&connection, FORMAT).map_err(|source| OpenError::of(&path, source))?;
        // What the other process holds in memory beyond the folded part is folded here, as of now.
        let position = heads.recover(&connection).map_err(sqlite_error)?;
        let (_, head) = watch::channel(position);
        Ok(Self {
            jobs: Mutex::new(None),
            head,
            commits: Arc::default(),
            failing: Arc::default(),
            readers: Arc::new(readers),
            // What another process writes is not heard of.
            recent: Arc::default(),
            writer: Mutex::new(None),
            _lock: None,
        })
    }

    /// Commits what waits, folds, checkpoints and ends the writer. Appends after this are refused.
    pub async fn close(&self) {
        drop(self.jobs.lock().unwrap_or_else(PoisonError::into_inner).take());
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer {
            let joined = tokio::task::spawn_blocking(move || writer.join()).await;
            if !matches!(joined, Ok(Ok(()))) {
                tracing::error!("the event writer ended by a panic");
            }
        }
    }

    /// Groups of appends committed since the store was opened: with the number of events, how well callers share
    /// the disk's work.
    pub fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    /// Limits the file's size, in pages of 4 KiB; `None` lifts the limit. For operators who share a disk.
    pub async fn limit_pages(&self, max_pages: Option<u32>) -> Result<(), AppendError> {
        let (respond, answer) = oneshot::channel();
        self.send(Job::LimitPages { max_pages, respond })?;
        answer.await.unwrap_or_else(|_| Err(stopped()))
    }

    fn send(&self, job: Job) -> Result<(), AppendError> {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(jobs) = jobs.as_ref() else {
            return Err(stopped());
        };
        jobs.try_send(job).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => AppendError::Busy,
            mpsc::error::TrySendError::Closed(_) => stopped(),
        })
    }

    async fn read<T: Send + 'static>(
        &self,
        action: &'static str,
        read: impl FnOnce(&Readers, &rusqlite::Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, ReadError> {
        let readers = Arc::clone(&self.readers);
        let done =
            tokio::task::spawn_blocking(move || readers.with(|connection| read(&readers, connection))).await;
        match done {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(source)) => Err(ReadError {
                action,
                source: Box::new(source),
            }),
            Err(source) => Err(ReadError {
                action,
                source: Box::new(source),
            }),
        }
    }
}

fn stopped() -> AppendError {
    let source = "the store is closed or was opened for reading only".into();
    AppendError::Unavailable {
        action: "taking an append",
        maybe_written: false,
        source,
    }
}

fn lock(path: &Path) -> Result<File, OpenError> {
    let file_error = |source| OpenError::File {
        path: path.to_owned(),
        source,
    };
    let file = File::options()
        .create(true)
        .append(true)
        .open(path)
        .map_err(file_error)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(OpenError::InUse {
            path: path.to_owned(),
        }),
        Err(std::fs::TryLockError::Error(source)) => Err(file_error(source)),
    }
}

impl EventStore for SqliteStore {
    fn append(&self, writes: Vec<StreamWrite>) -> BoxFuture<'_, Result<Vec<Appended>, AppendError>> {
        async move {
            let (respond, answer) = oneshot::channel();
            self.send(Job::Append { writes, respond })?;
            answer.await.unwrap_or_else(|_| {
                let source = "the writer ended before it answered".into();
                Err(AppendError::Unavailable {
                    action: "appending",
                    maybe_written: true,
                    source,
                })
            })
        }
        .boxed()
    }

    fn read_stream(
        &self,
        stream: StreamId,
        from: Version,
        direction: Direction,
        max: usize,
    ) -> BoxFuture<'_, Result<Vec<Recorded>, ReadError>> {
        self.read("reading a stream", move |readers, c| {
            readers.stream(c, &stream, from, direction, max)
        })
        .boxed()
    }

    fn read_log(&self, after: Position, max: usize) -> BoxFuture<'_, Result<Vec<Recorded>, ReadError>> {
        if let Some(recent) = self.recent.after(after, max) {
            return std::future::ready(Ok(recent)).boxed();
        }
        self.read("reading the log", move |_, c| reader::log(c, after, max))
            .boxed()
    }

    fn head(&self) -> watch::Receiver<Position> {
        self.head.clone()
    }

    fn load_snapshot(&self, stream: StreamId) -> BoxFuture<'_, Result<Option<Snapshot>, ReadError>> {
        self.read("reading a snapshot", move |_, c| reader::snapshot(c, &stream))
            .boxed()
    }

    fn save_snapshot(&self, stream: StreamId, snapshot: Snapshot) -> BoxFuture<'_, Result<(), AppendError>> {
        async move {
            let (respond, answer) = oneshot::channel();
            self.send(Job::Snapshot {
                stream,
                snapshot,
                respond,
            })?;
            answer.await.unwrap_or_else(|_| Err(stopped()))
        }
        .boxed()
    }

    fn check_writable(&self) -> BoxFuture<'_, Result<(), AppendError>> {
        async move {
            if !self.failing.load(Ordering::Relaxed) {
                return Ok(());
            }
            // Nobody may send anything while it is not ready, so it is tried here.
            let (respond, answer) = oneshot::channel();
            self.send(Job::Probe { respond })?;
            answer.await.unwrap_or_else(|_| Err(stopped()))
        }
        .boxed()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Self::close(self).boxed()
    }
}
