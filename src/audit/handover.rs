//! Openings from the command line beside a running service: the log has one writer, so they are handed to it as files in the
//! data folder, and it records them within seconds. A file is on disk before anything is opened.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use events::outbound::PersonalValuesOpened;
use events::{Clock, EventId, EventStore};
use tokio_util::sync::CancellationToken;

/// The folder within the data folder.
const FOLDER: &str = "openings";
/// How often it is looked at.
const LOOK: Duration = Duration::from_secs(2);
/// Files that are taken at a look, and what one may weigh in bytes.
const MOST: usize = 1_000;
const LONGEST: u64 = 64 * 1_024;

/// Hands one over; answers once it is on disk.
pub fn hand_over(data: &Path, opening: &PersonalValuesOpened) -> io::Result<()> {
    let folder = data.join(FOLDER);
    fs::create_dir_all(&folder)?;
    let name = EventId::unique().0.to_string();
    let part = folder.join(format!("{name}.part"));
    let mut file = File::create(&part)?;
    file.write_all(&serde_json::to_vec(opening)?)?;
    file.sync_all()?;
    fs::rename(&part, folder.join(format!("{name}.json")))?;
    File::open(&folder)?.sync_all()
}

/// Records what is handed over until cancelled.
pub async fn run(
    data: PathBuf,
    store: Arc<dyn EventStore>,
    clock: Arc<dyn Clock>,
    cancel: CancellationToken,
) {
    loop {
        take(&data, &*store, &*clock).await;
        if cancel
            .run_until_cancelled(tokio::time::sleep(LOOK))
            .await
            .is_none()
        {
            return;
        }
    }
}

/// Records what is there, and removes what is recorded.
async fn take(data: &Path, store: &dyn EventStore, clock: &dyn Clock) {
    let folder = data.join(FOLDER);
    let listed = tokio::task::spawn_blocking(move || listed(&folder)).await;
    for (path, opening) in listed.unwrap_or_default() {
        if let Err(error) = super::record(store, clock, None, opening).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "an opening that was handed over could not be recorded; it is tried again"
            );
            return;
        }
        // Twice in the audit would be true twice: a crash in between loses nothing.
        if let Err(error) = fs::remove_file(&path) {
            tracing::warn!(%error, path = %path.display(), "an opening that is recorded could not be removed");
            return;
        }
    }
}

/// What is there, oldest first: the names grow with time.
fn listed(folder: &Path) -> Vec<(PathBuf, PersonalValuesOpened)> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut paths: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    paths.sort();
    paths.truncate(MOST);
    let mut found = Vec::new();
    for path in paths {
        match read(&path) {
            Ok(opening) => found.push((path, opening)),
            Err(error) => {
                tracing::warn!(%error, path = %path.display(), "an opening that was handed over cannot be read; it is put aside");
                fs::rename(&path, path.with_extension("unreadable")).ok();
            }
        }
    }
    found
}

fn read(path: &Path) -> io::Result<PersonalValuesOpened> {
    if fs::metadata(path)?.len() > LONGEST {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(serde_json::from_slice(&fs::read(path)?)?)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use events::store::memory::MemoryStore;
    use events::{ManualClock, StreamId};

    use super::*;
    use crate::audit::entry;

    #[tokio::test]
    async fn what_is_handed_over_is_recorded_once_and_what_cannot_be_read_is_put_aside() {
        let data = tempfile::tempdir().unwrap();
        let opening = PersonalValuesOpened {
            about: "log".to_owned(),
            by: "cli replay".to_owned(),
            reason: "ticket 7".to_owned(),
            until: DateTime::UNIX_EPOCH,
            from: None,
            chain: None,
        };
        hand_over(data.path(), &opening).unwrap();
        fs::write(data.path().join("openings/0.json"), "nonsense").unwrap();
        let (store, clock) = (MemoryStore::new(), ManualClock::at(DateTime::UNIX_EPOCH));
        for _ in 0..2 {
            take(data.path(), &store, &clock).await;
        }
        let stream = StreamId::audit_of_service();
        let found = entry::after(&store, &stream, 0, 9).await.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(entry::told(&found[0])["reason"], "ticket 7");
        assert!(data.path().join("openings/0.unreadable").exists());
    }
}
