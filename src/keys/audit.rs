//! Who asked the key service for whose keys, and whose were destroyed: a line of JSON for each request, in files beside the
//! keys. What cannot be written down is not answered.
//!
//! `keys-audit.ndjson` is the newest file; full ones are numbered, the newest first, and the oldest are dropped.

use std::fs::File;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, SecondsFormat, Utc};
use events::sealing::PersonId;
use serde_json::json;

/// The newest file.
const NAME: &str = "keys-audit.ndjson";
/// When a file is full, in bytes.
const FULL: u64 = 64 << 20;
/// Full files that are kept.
const KEPT: u32 = 16;

/// What was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// The keys to seal with; made where there are none.
    Current,
    /// A key to open with.
    Find,
    /// That keys be destroyed.
    Destroy,
    /// The secret that keys every look-up by address.
    LookupSecret,
}

impl Asked {
    fn as_str(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Find => "find",
            Self::Destroy => "destroy",
            Self::LookupSecret => "lookup_secret",
        }
    }
}

/// See the module.
#[derive(Debug)]
pub struct Audit {
    folder: PathBuf,
    full: u64,
    open: Mutex<Open>,
}

#[derive(Debug)]
struct Open {
    file: File,
    bytes: u64,
}

impl Audit {
    /// Goes on in `folder`.
    pub fn open(folder: &Path) -> std::io::Result<Self> {
        Self::filling(folder, FULL)
    }

    fn filling(folder: &Path, full: u64) -> std::io::Result<Self> {
        Ok(Self {
            folder: folder.to_owned(),
            full,
            open: Mutex::new(newest(folder)?),
        })
    }

    /// Writes down what `peer` asked at `time`; a destruction is on disk when this answers.
    pub(super) fn note(
        &self,
        time: DateTime<Utc>,
        peer: Option<SocketAddr>,
        asked: Asked,
        persons: &[PersonId],
    ) -> std::io::Result<()> {
        let line = json!({
            "time": time.to_rfc3339_opts(SecondsFormat::Millis, true),
            "peer": peer.map(|peer| peer.to_string()),
            "asked": asked.as_str(),
            "persons": persons,
        });
        let line = format!("{line}\n");
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.bytes >= self.full {
            self.turn_over()?;
            *open = newest(&self.folder)?;
        }
        open.file.write_all(line.as_bytes())?;
        open.bytes += u64::try_from(line.len()).unwrap_or(u64::MAX);
        if asked == Asked::Destroy {
            open.file.sync_data()?;
        }
        Ok(())
    }

    /// Numbers the full file 1, and each older one a number higher.
    fn turn_over(&self) -> std::io::Result<()> {
        let numbered = |number: u32| self.folder.join(format!("{NAME}.{number}"));
        for number in (1..KEPT).rev().filter(|number| numbered(*number).exists()) {
            std::fs::rename(numbered(number), numbered(number + 1))?;
        }
        std::fs::rename(self.folder.join(NAME), numbered(1))
    }
}

fn newest(folder: &Path) -> std::io::Result<Open> {
    let mut options = File::options();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(folder.join(NAME))?;
    let bytes = file.metadata()?.len();
    Ok(Open { file, bytes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_files_are_numbered_and_the_oldest_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let audit = Audit::filling(folder.path(), 1).unwrap();
        for number in 0..KEPT + 3 {
            let person = PersonId::from_stored(&format!("user/t/{number}"));
            audit
                .note(DateTime::UNIX_EPOCH, None, Asked::Find, &[person])
                .unwrap();
        }
        let files = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(files, KEPT as usize + 1);
        let newest = std::fs::read_to_string(folder.path().join(NAME)).unwrap();
        assert!(newest.contains(&format!("user/t/{}", KEPT + 2)), "{newest}");
        let oldest = folder.path().join(format!("{NAME}.{KEPT}"));
        assert!(std::fs::read_to_string(oldest).unwrap().contains("user/t/2\""));
    }
}
