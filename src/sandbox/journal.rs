//! What Teams' side knows, kept in an NDJSON file, since the real Teams does not forget when the service is killed.
//! An entry is handed to the file system before its call is answered, so it survives `kill -9` of the process; it is
//! not forced to disk, so it may not survive a power cut. A torn last line is dropped at the next start; any other
//! unreadable line stops the start.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};

use events::UserKey;
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use super::chat::ChatRecord;
use super::chronus::Received;
use super::people::{DirectoryChange, PersonSpec};

/// The file's name inside the journal's folder.
const FILE: &str = "sandbox.ndjson";

/// A line of the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub enum Entry {
    /// A signing key was taken into use.
    Key {
        /// PKCS#8 in base64url.
        pkcs8: String,
    },
    /// A person was added.
    Person {
        /// Who.
        spec: PersonSpec,
    },
    /// The directory's entry of a person changed.
    Directory {
        /// Who.
        user: UserKey,
        /// What is different.
        change: DirectoryChange,
    },
    /// Something happened in a chat.
    Chat {
        /// Whose chat.
        user: UserKey,
        /// What.
        #[serde(flatten)]
        record: ChatRecord,
    },
    /// Chronus' stand-in took an answer.
    Answer {
        /// The organization.
        organization: String,
        /// What it got.
        received: Received,
    },
}

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file system refused.
    #[error("the sandbox's journal {path} could not be used; check the folder and its rights")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Another process holds it.
    #[error("the sandbox's journal {path} is in use by another process")]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// A line is not an entry.
    #[error("line {line} of the sandbox's journal {path} cannot be read; move the file away to start afresh")]
    Line {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// The journal was closed, or its disk is full.
    #[error("the sandbox's journal takes no more entries")]
    Closed,
}

enum Order {
    Keep(String, oneshot::Sender<bool>),
    Close(oneshot::Sender<bool>),
}

/// A journal, or none: then nothing is kept and everything is answered at once.
#[derive(Debug)]
pub struct Journal(Option<Sender<Order>>);

/// An entry on its way into the file.
#[derive(Debug)]
pub struct Written(Option<oneshot::Receiver<bool>>);

impl Written {
    /// Waits until the file system has it.
    pub async fn kept(self) -> Result<(), JournalError> {
        match self.0 {
            None => Ok(()),
            Some(kept) => kept
                .await
                .unwrap_or(false)
                .then_some(())
                .ok_or(JournalError::Closed),
        }
    }
}

impl Journal {
    /// Keeps nothing.
    pub fn none() -> Self {
        Self(None)
    }

    /// Opens the journal in `folder` and hands every entry in it to `restore`, in order. Blocks.
    pub fn open(folder: &Path, mut restore: impl FnMut(Entry)) -> Result<Self, JournalError> {
        let path = folder.join(FILE);
        let failed = |source| JournalError::File {
            path: path.clone(),
            source,
        };
        std::fs::create_dir_all(folder).map_err(failed)?;
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .mode(0o600)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => return Err(JournalError::InUse { path }),
            Err(std::fs::TryLockError::Error(source)) => return Err(failed(source)),
        }
        let whole = read(&file, &path, &mut restore)?;
        file.set_len(whole).map_err(failed)?;
        file.seek(SeekFrom::End(0)).map_err(failed)?;
        let (orders, queue) = channel();
        std::thread::Builder::new()
            .name("sandbox-journal".to_owned())
            .spawn(move || write(file, &queue))
            .map_err(failed)?;
        Ok(Self(Some(orders)))
    }

    /// Puts an entry into the file's queue; the order of calls is the order in the file. Never blocks. The queue is
    /// bounded by the calls in flight, since each waits for its own entry.
    pub fn append(&self, entry: &Entry) -> Written {
        let Some(orders) = &self.0 else {
            return Written(None);
        };
        let (done, kept) = oneshot::channel();
        if let Ok(mut line) = serde_json::to_string(entry) {
            line.push('\n');
            // A failed send drops `done`, which the waiting side reads as closed.
            orders.send(Order::Keep(line, done)).ok();
        }
        Written(Some(kept))
    }

    /// Writes what is queued and lets go of the file.
    pub async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self
            .0
            .as_ref()
            .is_some_and(|orders| orders.send(Order::Close(done)).is_ok())
        {
            closed.await.ok();
        }
    }
}

/// Reads every whole line and returns where the last of them ends.
fn read(file: &File, path: &Path, restore: &mut impl FnMut(Entry)) -> Result<u64, JournalError> {
    let mut reader = BufReader::new(file);
    let (mut whole, mut number, mut line) = (0_u64, 0_usize, Vec::new());
    loop {
        line.clear();
        let length = reader
            .read_until(b'\n', &mut line)
            .map_err(|source| JournalError::File {
                path: path.to_owned(),
                source,
            })?;
        if length == 0 || line.last() != Some(&b'\n') {
            return Ok(whole);
        }
        number += 1;
        restore(
            serde_json::from_slice(&line).map_err(|source| JournalError::Line {
                path: path.to_owned(),
                line: number,
                source,
            })?,
        );
        whole += length as u64;
    }
}

/// The writer's thread: takes whatever waits, writes it at once, then tells everybody.
fn write(mut file: File, queue: &Receiver<Order>) {
    while let Ok(first) = queue.recv() {
        let (mut lines, mut waiting, mut close) = (String::new(), Vec::new(), None);
        for order in std::iter::once(first).chain(queue.try_iter()) {
            match order {
                Order::Keep(line, done) => {
                    lines.push_str(&line);
                    waiting.push(done);
                }
                Order::Close(done) => {
                    close = Some(done);
                    break;
                }
            }
        }
        let kept = file.write_all(lines.as_bytes()).is_ok();
        for done in waiting {
            // Nobody waits any more when a call was cancelled.
            done.send(kept).ok();
        }
        if let Some(done) = close {
            drop(file);
            done.send(true).ok();
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Entry {
        Entry::Key { pkcs8: text.into() }
    }

    #[tokio::test]
    async fn entries_come_back_in_order_and_a_torn_last_line_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path(), |_| panic!("a new journal is empty")).unwrap();
        let first = journal.append(&key("a"));
        journal.append(&key("b")).kept().await.unwrap();
        first.kept().await.unwrap();
        journal.close().await;
        let path = folder.path().join(FILE);
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"{\"entry\":\"key\",\"pk").unwrap();

        let mut found = Vec::new();
        let journal = Journal::open(folder.path(), |entry| found.push(entry)).unwrap();
        assert_eq!(found, [key("a"), key("b")]);
        journal.append(&key("c")).kept().await.unwrap();
        journal.close().await;
        let mut found = Vec::new();
        let journal = Journal::open(folder.path(), |entry| found.push(entry)).unwrap();
        assert_eq!(found, [key("a"), key("b"), key("c")]);
        assert!(matches!(
            Journal::open(folder.path(), |_| {}),
            Err(JournalError::InUse { .. })
        ));
        journal.close().await;
        assert!(matches!(
            journal.append(&key("d")).kept().await,
            Err(JournalError::Closed)
        ));
    }
}
