//! Backups of the embedded log and its keys, taken while the service runs.
//!
//! A backup is a folder: `manifest.json`, the log in chunks that are never written again, and a copy of the key table.
//! A second run into the same folder adds a chunk with what is new. Every chunk has its SHA-256 in the manifest, chained
//! to the one before; the manifest is replaced last, so a run that is killed leaves the backup before it.
//!
//! The log is read up to where it ended when the run began, and the keys are copied after that: a key is on disk before
//! anything is sealed under it, so no event of the backup lacks its key. Keys that were destroyed meanwhile stay
//! destroyed, in every restore.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use events::{EventId, LogId, Position};
use serde::{Deserialize, Serialize};

mod carrying;
mod chunk;
pub mod erasures;
mod files;
mod keys;
mod restore;
mod take;
mod verify;

pub use carrying::put_aside_in;
pub use restore::{Point, Restore, Restored, forget_cut_off, is_cut_off};
pub use take::{Taken, take};
pub use verify::{Verified, verify};

/// The layout of backups; a newer release may raise it.
const FORMAT: u32 = 1;
/// The manifest's file.
const MANIFEST: &str = "manifest.json";
/// The folder of chunks.
const LOG: &str = "log";

/// Why a backup could not be taken, read or restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file cannot be used.
    #[error("cannot {action} {path}")]
    File {
        /// What was attempted.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The folder holds no backup, or one that is damaged.
    #[error("{path} is damaged: {what}; use an older backup, or take a new one into an empty folder")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// Made by a newer release.
    #[error(
        "the backup has format {found}, and this release reads up to {FORMAT}; use the release that made it"
    )]
    Newer {
        /// The format found.
        found: u32,
    },
    /// The folder holds the backup of another log, or of a part of this one that was given up.
    #[error(
        "the folder holds a backup of another history of the log ({what}); take this one into an empty folder"
    )]
    Other {
        /// Which.
        what: String,
    },
    /// There is nothing to do it with.
    #[error("{0}")]
    Refused(String),
    /// The key table cannot be copied.
    #[error(transparent)]
    Keys(#[from] events::sealing::sqlite::OpenError),
    /// The log failed.
    #[error(transparent)]
    Read(#[from] events::ReadError),
    /// The new log failed.
    #[error("the restored log cannot be written")]
    Append(#[from] events::AppendError),
    /// The new log failed.
    #[error("the restored log cannot be made")]
    Open(#[from] events::store::sqlite::OpenError),
    /// The log's own stream cannot be read.
    #[error(transparent)]
    Lineage(#[from] events::lineage::LineageError),
    /// What is to be erased again could not be written into the new log.
    #[error("what is to be erased again cannot be recorded in the restored log")]
    Audit(#[from] crate::audit::AuditError),
    /// A task broke off.
    #[error("the work broke off")]
    Broken,
}

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of the form; a newer one is refused.
    pub format: u32,
    /// The log.
    pub log_id: Option<LogId>,
    /// When it was taken.
    pub made_at: DateTime<Utc>,
    /// The last position.
    pub head: Position,
    /// The event there.
    pub head_event: Option<EventId>,
    /// The log's chunks in order.
    pub chunks: Vec<Chunk>,
    /// The copy of the keys; absent where they lie elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<KeysCopy>,
}

/// A part of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    /// The file, within the backup.
    pub file: String,
    /// Its first position.
    pub first: Position,
    /// Its last.
    pub last: Position,
    /// When its first event happened.
    pub from: DateTime<Utc>,
    /// When its last one did.
    pub to: DateTime<Utc>,
    /// SHA-256 of the chain before and of the file's bytes.
    pub sha256: String,
}

/// A copy of the key table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeysCopy {
    /// The file, within the backup or anywhere else.
    pub file: PathBuf,
    /// SHA-256 of its bytes.
    pub sha256: String,
}

/// The number alone, read first: what a newer release writes beside it may be shaped otherwise.
#[derive(Deserialize)]
struct Form {
    format: u32,
}

impl Manifest {
    /// Reads the manifest of the backup in `folder`; `None` where there is none.
    pub fn read(folder: &Path) -> Result<Option<Self>, BackupError> {
        let path = folder.join(MANIFEST);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(files::failed("read", &path)(source)),
        };
        let damaged = |error: serde_json::Error| BackupError::Damaged {
            path: path.clone(),
            what: error.to_string(),
        };
        let Form { format } = serde_json::from_str(&text).map_err(damaged)?;
        if format > FORMAT {
            return Err(BackupError::Newer { found: format });
        }
        serde_json::from_str(&text).map(Some).map_err(damaged)
    }

    /// Reads it where there must be one.
    pub fn must_be_in(folder: &Path) -> Result<Self, BackupError> {
        Self::read(folder)?.ok_or_else(|| {
            BackupError::Refused(format!(
                "there is no backup in {}: it has no {MANIFEST}",
                folder.display()
            ))
        })
    }

    fn write(&self, folder: &Path) -> Result<(), BackupError> {
        let text = serde_json::to_vec_pretty(self).map_err(|_| BackupError::Broken)?;
        files::replace(&folder.join(MANIFEST), &text)
    }

    fn chain(&self) -> &str {
        self.chunks.last().map_or("", |chunk| &chunk.sha256)
    }
}

#[cfg(test)]
mod tests;
