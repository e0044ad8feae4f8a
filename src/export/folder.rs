//! The folder of an export. What is whole is named in one small file, which is replaced last; whatever else lies in the
//! folder after a broken end is removed before the next begins.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use events::{DecodeError, LogId, OrganizationId, Position, ReadError};
use serde::{Deserialize, Serialize};

use super::columns::{Rows, WriteError};
use super::tables;

/// The file that says what is whole.
const MANIFEST: &str = "export.json";
/// Held by whoever writes into the folder.
const LOCK: &str = "export.lock";
/// What is not whole yet ends so.
const PART: &str = "part";
/// Raised whenever the columns of a table change otherwise than by new ones at the end.
const SCHEMA: u32 = 1;

/// What an export says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of the tables.
    pub schema: u32,
    /// Of which log.
    pub log_id: Option<LogId>,
    /// Of which organization alone, where it is not all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<OrganizationId>,
    /// Up to where the files hold everything.
    pub position: Position,
}

/// Why there is no export, or no more of it.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// There is an export already.
    #[error("{0} holds an export already; go on with it by --continue, or name another folder")]
    Taken(PathBuf),
    /// Somebody else's files lie there.
    #[error("{0} is not empty and holds no export; name an empty folder")]
    NotEmpty(PathBuf),
    /// Two of them would write the same events twice.
    #[error("another export writes into {0}; wait until it has ended, or end it")]
    Busy(PathBuf),
    /// There is none to go on with.
    #[error("{0} holds no export to go on with; leave --continue out")]
    Nothing(PathBuf),
    /// It is of something else.
    #[error("the export in {folder} is of {theirs}, and this would be of {ours}; name another folder")]
    Other {
        /// Where.
        folder: PathBuf,
        /// What it is of.
        theirs: String,
        /// What was asked for.
        ours: String,
    },
    /// The manifest cannot be read.
    #[error("{0} cannot be read; it is no export of this release")]
    Manifest(PathBuf, #[source] serde_json::Error),
    /// A file cannot be written.
    #[error(
        "the export ends at position {position}, and all up to there is whole: {path} cannot be written; see to it and go on with --continue"
    )]
    Write {
        /// Up to where it is whole.
        position: Position,
        /// What could not be written.
        path: PathBuf,
        /// Why.
        #[source]
        source: WriteError,
    },
    /// The folder cannot be used.
    #[error("{path} cannot be used for the export")]
    Folder {
        /// The path.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// An event holds no JSON.
    #[error("the event at position {position} holds no JSON; `check` tells what is damaged")]
    Json {
        /// Where.
        position: Position,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// An event cannot be read.
    #[error("the event at position {position} cannot be read; `check` tells what is damaged")]
    Unreadable {
        /// Where.
        position: Position,
        /// Why.
        #[source]
        source: DecodeError,
    },
    /// The log cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Nobody knows the organization.
    #[error("neither the configuration nor the log knows an organization {organization}{advice}")]
    UnknownOrganization {
        /// What was asked for.
        organization: OrganizationId,
        /// The nearest.
        advice: String,
    },
    /// There is nothing to sum up, which a test rules out.
    #[error("this release makes no reports")]
    NoReports,
    /// The log does not say which one it is.
    #[error("the log does not say which one it is")]
    Lineage(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Takes the folder for this run alone.
fn locked(path: &Path) -> Result<fs::File, ExportError> {
    let file = path.join(LOCK);
    let unusable = |source| ExportError::Folder {
        path: file.clone(),
        source,
    };
    let opened = fs::File::options().create(true).append(true).open(&file);
    let lock = opened.map_err(unusable)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(fs::TryLockError::WouldBlock) => Err(ExportError::Busy(path.to_owned())),
        Err(fs::TryLockError::Error(source)) => Err(unusable(source)),
    }
}

/// The folder of an export that is under way.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// Kept until the end: the lock goes with it.
    _lock: fs::File,
    /// What is whole.
    pub manifest: Manifest,
    /// Bytes written by this run.
    pub bytes: u64,
}

impl Folder {
    /// Begins an export, or goes on with one.
    pub fn open(path: &Path, wanted: Manifest, goes_on: bool) -> Result<Self, ExportError> {
        let unusable = |source| ExportError::Folder {
            path: path.to_owned(),
            source,
        };
        if goes_on && !path.is_dir() {
            return Err(ExportError::Nothing(path.to_owned()));
        }
        fs::create_dir_all(path).map_err(unusable)?;
        let lock = locked(path)?;
        let file = path.join(MANIFEST);
        let there = match fs::read(&file) {
            Ok(bytes) => {
                let read = serde_json::from_slice::<Manifest>(&bytes);
                Some(read.map_err(|error| ExportError::Manifest(file, error))?)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(unusable(error)),
        };
        let manifest = match (there, goes_on) {
            (Some(_), false) => return Err(ExportError::Taken(path.to_owned())),
            (None, true) => return Err(ExportError::Nothing(path.to_owned())),
            (None, false) => {
                let mut there = fs::read_dir(path).map_err(unusable)?;
                if there.any(|entry| entry.is_ok_and(|entry| entry.file_name() != LOCK)) {
                    return Err(ExportError::NotEmpty(path.to_owned()));
                }
                wanted
            }
            (Some(there), true) => {
                demand_same(path, &there, &wanted)?;
                there
            }
        };
        let folder = Self {
            path: path.to_owned(),
            _lock: lock,
            manifest,
            bytes: 0,
        };
        folder.tidy().map_err(unusable)?;
        folder.note(folder.manifest.position)?;
        Ok(folder)
    }

    /// Removes what a broken end left: files that are not whole, and those that the manifest does not know.
    fn tidy(&self) -> io::Result<()> {
        for table in tables::ALL {
            let Ok(months) = fs::read_dir(self.path.join(table.name)) else {
                continue;
            };
            for month in months {
                for file in fs::read_dir(month?.path())? {
                    let path = file?.path();
                    let first = path
                        .file_name()
                        .and_then(|name| name.to_str()?.split('-').next()?.parse().ok());
                    let is_known = first.is_some_and(|first: u64| first <= self.manifest.position.0);
                    if !is_known || path.extension().is_some_and(|end| end == PART) {
                        fs::remove_file(path)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Writes rows of one month: `events/month=2026-03/<first>-<last>.parquet`.
    pub fn add(
        &mut self,
        table: &tables::Table,
        month: DateTime<Utc>,
        places: (Position, Position),
        rows: &Rows,
    ) -> Result<(), ExportError> {
        if rows.is_empty() {
            return Ok(());
        }
        let folder = self
            .path
            .join(table.name)
            .join(format!("month={}", month.format("%Y-%m")));
        let name = format!("{:020}-{:020}", places.0.0, places.1.0);
        let path = folder.join(format!("{name}.parquet"));
        let part = folder.join(format!("{name}.{PART}"));
        let written = fs::create_dir_all(&folder)
            .map_err(WriteError::from)
            .and_then(|()| rows.write(table.name, &part))
            .and_then(|bytes| Ok(fs::rename(&part, &path).map(|()| bytes)?));
        match written {
            Ok(bytes) => {
                self.bytes += bytes;
                Ok(())
            }
            Err(source) => {
                // The error that is told is the first one.
                drop(fs::remove_file(&part));
                Err(self.broken(path, source))
            }
        }
    }

    fn broken(&self, path: PathBuf, source: WriteError) -> ExportError {
        ExportError::Write {
            position: self.manifest.position,
            path,
            source,
        }
    }

    /// From now on everything up to `position` is whole.
    pub fn reached(&mut self, position: Position) -> Result<(), ExportError> {
        self.note(position)?;
        self.manifest.position = position;
        Ok(())
    }

    fn note(&self, position: Position) -> Result<(), ExportError> {
        let path = self.path.join(MANIFEST);
        let part = self.path.join(format!("{MANIFEST}.{PART}"));
        let manifest = Manifest {
            position,
            ..self.manifest.clone()
        };
        let text = serde_json::to_vec_pretty(&manifest).unwrap_or_default();
        let written = fs::File::create(&part).and_then(|mut file| {
            file.write_all(&text)?;
            file.sync_all()?;
            fs::rename(&part, &path)
        });
        written.map_err(|error| self.broken(path, error.into()))
    }
}

fn demand_same(folder: &Path, there: &Manifest, wanted: &Manifest) -> Result<(), ExportError> {
    let is_same = there.schema == wanted.schema
        && there.log_id == wanted.log_id
        && there.organization == wanted.organization;
    if is_same {
        return Ok(());
    }
    Err(ExportError::Other {
        folder: folder.to_owned(),
        theirs: told(there),
        ours: told(wanted),
    })
}

fn told(manifest: &Manifest) -> String {
    let log = manifest
        .log_id
        .map_or_else(|| "a log without an id".to_owned(), |id| format!("the log {id}"));
    let organization = manifest.organization.as_ref();
    let of = organization.map_or_else(String::new, |one| format!(" for {one} alone"));
    format!("{log}{of} in version {} of the tables", manifest.schema)
}

impl Manifest {
    /// Of a log, before its first event.
    pub fn new(log_id: Option<LogId>, organization: Option<OrganizationId>) -> Self {
        Self {
            schema: SCHEMA,
            log_id,
            organization,
            position: Position::START,
        }
    }
}
