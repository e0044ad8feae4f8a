//! What came, one line of JSON each, in a file that outlives the receiver: what it knows, it does not take twice.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::signature::Head;

/// One answer as it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The header `webhook-id`: the same for every try.
    pub id: String,
    /// The header `webhook-timestamp`, in seconds since 1970.
    pub timestamp: i64,
    /// The header `webhook-signature`.
    pub signature: String,
    /// The body as it came.
    pub body: String,
}

impl Kept {
    pub(super) fn new(head: Head, body: &[u8]) -> Self {
        Self {
            id: head.id,
            timestamp: head.timestamp,
            signature: head.signature,
            body: String::from_utf8_lossy(body).into_owned(),
        }
    }
}

/// The file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// It cannot be opened or read.
    #[error("{path} cannot be read or written; name another file")]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A line of it is not one of ours.
    #[error("line {line} of {path} is not an answer that this program kept; name another file")]
    Line {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
    },
    /// Nothing more can be written.
    #[error("{path} cannot be written")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// The file, or memory alone where none is wanted.
#[derive(Debug, Default)]
pub struct Journal {
    known: HashSet<String>,
    file: Option<(PathBuf, File)>,
}

impl Journal {
    /// Goes on with a file; it is made where it is missing.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let failed = |source| JournalError::Open {
            path: path.to_owned(),
            source,
        };
        let known = match read(path) {
            Ok(kept) => kept.into_iter().map(|kept| kept.id).collect(),
            Err(JournalError::Open { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                HashSet::new()
            }
            Err(error) => return Err(error),
        };
        let mut file = File::options()
            .create(true)
            .append(true)
            .open(path)
            .map_err(failed)?;
        // A line that was cut off by a kill was never answered 200, so it comes again; it must not run into the next.
        if std::fs::read(path)
            .map_err(failed)?
            .last()
            .is_some_and(|last| *last != b'\n')
        {
            file.write_all(b"\n").map_err(failed)?;
        }
        Ok(Self {
            known,
            file: Some((path.to_owned(), file)),
        })
    }

    /// How many answers are known.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Keeps an answer; `false` where it is known. It is on disk before this returns.
    pub(super) fn keep(&mut self, kept: &Kept) -> Result<bool, JournalError> {
        if self.known.contains(&kept.id) {
            return Ok(false);
        }
        if let Some((path, file)) = &mut self.file {
            let mut line = serde_json::to_vec(kept).unwrap_or_default();
            line.push(b'\n');
            let written = file.write_all(&line).and_then(|()| file.sync_data());
            written.map_err(|source| JournalError::Write {
                path: path.clone(),
                source,
            })?;
        }
        self.known.insert(kept.id.clone());
        Ok(true)
    }
}

/// What a file holds, oldest first. The last line may have been cut off.
pub fn read(path: &Path) -> Result<Vec<Kept>, JournalError> {
    let text = std::fs::read_to_string(path).map_err(|source| JournalError::Open {
        path: path.to_owned(),
        source,
    })?;
    let is_whole = text.ends_with('\n');
    let lines: Vec<&str> = text.lines().collect();
    let mut kept = Vec::with_capacity(lines.len());
    for (index, line) in lines.iter().enumerate() {
        match serde_json::from_str(line) {
            Ok(read) => kept.push(read),
            // Cut off by a kill, now or before the file was gone on with.
            Err(error) if error.is_eof() && (index + 1 < lines.len() || !is_whole) => {}
            Err(_) if line.is_empty() => {}
            Err(_) => {
                return Err(JournalError::Line {
                    path: path.to_owned(),
                    line: index + 1,
                });
            }
        }
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(id: &str) -> Kept {
        Kept {
            id: id.to_owned(),
            timestamp: 1,
            signature: "v1,x".to_owned(),
            body: "{\"a\": \"ä\n\"}".to_owned(),
        }
    }

    #[test]
    fn what_is_kept_is_known_after_a_restart_and_a_cut_line_does_no_harm() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("answers.ndjson");
        let mut journal = Journal::open(&path).unwrap();
        assert!(journal.is_empty());
        assert!(journal.keep(&kept("1")).unwrap());
        assert!(!journal.keep(&kept("1")).unwrap());
        drop(journal);
        // The process was killed in the middle of a line.
        let mut text = std::fs::read_to_string(&path).unwrap();
        text.push_str("{\"id\":\"2\",\"times");
        std::fs::write(&path, text).unwrap();
        let mut journal = Journal::open(&path).unwrap();
        assert_eq!(journal.len(), 1);
        assert!(
            journal.keep(&kept("2")).unwrap(),
            "it was never answered, so it comes again"
        );
        assert_eq!(read(&path).unwrap(), [kept("1"), kept("2")]);
        assert_eq!(Journal::open(&path).unwrap().len(), 2);
    }

    #[test]
    fn another_file_is_refused_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("other");
        std::fs::write(&path, "[organizations]\n").unwrap();
        let refused = Journal::open(&path).unwrap_err();
        assert!(matches!(refused, JournalError::Line { line: 1, .. }), "{refused}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "[organizations]\n");
    }
}
