//! Taking a backup.

use std::path::{Path, PathBuf};

use events::lineage::{self, Loss, Mark, Standing};
use events::{Clock, EventStore, Lineage, Position, Recorded};
use serde::Serialize;
use tokio::sync::watch;

use super::chunk::Line;
use super::{BackupError, Chunk, FORMAT, KeysCopy, LOG, Manifest, files, keys};

/// Events read at a time.
const BATCH: usize = 2_000;
/// Events in one chunk, at most.
const CHUNK_EVENTS: u64 = 50_000;
/// Bytes of a chunk after which it ends.
const CHUNK_BYTES: usize = 64 << 20;

/// What a run did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Taken {
    /// The last position of the backup.
    pub head: Position,
    /// Events that are new in it.
    pub events: u64,
    /// Chunks that are new in it.
    pub chunks: usize,
    /// Whether the keys are part of it.
    pub keys: bool,
}

/// Brings the backup in `folder` up to where the log ends now. `key_table` is the file of the keys, where they lie in
/// a file; their copy goes to `keys_to`. `at` is told how far it is.
pub async fn take(
    store: &dyn EventStore,
    clock: &dyn Clock,
    folder: &Path,
    key_table: Option<&Path>,
    keys_to: &Path,
    at: &watch::Sender<Position>,
) -> Result<Taken, BackupError> {
    files::make_folder(&folder.join(LOG))?;
    let lineage = lineage::read(store).await?;
    let head = *store.head().borrow();
    let mut manifest = begin(store, &lineage, clock, folder).await?;
    let before = (manifest.head, manifest.chunks.len());
    while manifest.head < head {
        let chunk = next_chunk(store, &manifest, head, at).await?;
        let Some((bytes, chunk, last)) = chunk else { break };
        let path = folder.join(&chunk.file);
        in_background(move || files::replace(&path, &bytes)).await?;
        (manifest.head, manifest.head_event) = (chunk.last, Some(last.id));
        manifest.chunks.push(chunk);
    }
    manifest.keys = match key_table {
        Some(from) => Some(copy_keys(from, folder, keys_to).await?),
        None => None,
    };
    (manifest.made_at, manifest.log_id) = (clock.now(), lineage.log_id);
    manifest.write(folder)?;
    // What was written now is read back.
    for (index, chunk) in manifest.chunks.iter().enumerate().skip(before.1) {
        let chain = index
            .checked_sub(1)
            .map_or("", |before| &manifest.chunks[before].sha256);
        super::chunk::read(folder, chunk, chain)?;
    }
    Ok(Taken {
        head: manifest.head,
        events: manifest.head.0 - before.0.0,
        chunks: manifest.chunks.len() - before.1,
        keys: manifest.keys.is_some(),
    })
}

/// The backup that is there, if it is one of this log.
async fn begin(
    store: &dyn EventStore,
    lineage: &Lineage,
    clock: &dyn Clock,
    folder: &Path,
) -> Result<Manifest, BackupError> {
    let Some(there) = Manifest::read(folder)? else {
        return Ok(Manifest {
            format: FORMAT,
            log_id: lineage.log_id,
            made_at: clock.now(),
            head: Position::START,
            head_event: None,
            chunks: Vec::new(),
            keys: None,
        });
    };
    let other = |what: String| BackupError::Other { what };
    if let Some(log_id) = there.log_id
        && let Standing::Lost(shared) = lineage.standing(log_id, there.head)
    {
        return Err(other(format!(
            "it goes on after position {shared}, where this log was cut"
        )));
    }
    let mark = Mark {
        log_id: there.log_id,
        position: there.head,
        event: there.head_event,
    };
    match lineage::verify(store, lineage, mark).await? {
        None => Ok(there),
        Some(loss @ (Loss::Shorter { .. } | Loss::Different { .. } | Loss::Foreign { .. })) => {
            Err(other(format!("those who took it {loss}")))
        }
    }
}

/// The bytes of the next chunk, what the manifest says of it, and its last event.
async fn next_chunk(
    store: &dyn EventStore,
    manifest: &Manifest,
    head: Position,
    at: &watch::Sender<Position>,
) -> Result<Option<(Vec<u8>, Chunk, Recorded)>, BackupError> {
    let (mut bytes, mut first, mut last): (Vec<u8>, Option<Recorded>, Option<Recorded>) =
        (Vec::new(), None, None);
    let begins_after = manifest.head;
    let mut after = begins_after;
    while after < head && after.0 - begins_after.0 < CHUNK_EVENTS && bytes.len() < CHUNK_BYTES {
        let mut events = store.read_log(after, BATCH).await?;
        events.retain(|event| event.position <= head);
        let Some(newest) = events.last() else { break };
        after = newest.position;
        for event in &events {
            serde_json::to_writer(&mut bytes, &Line::of(event)).map_err(|_| BackupError::Broken)?;
            bytes.push(b'\n');
        }
        at.send_replace(after);
        first = first.or_else(|| events.first().cloned());
        last = events.pop();
    }
    let (Some(first), Some(last)) = (first, last) else {
        return Ok(None);
    };
    let chunk = Chunk {
        file: format!("{LOG}/{:012}-{:012}.ndjson", first.position.0, last.position.0),
        first: first.position,
        last: last.position,
        from: first.metadata.time,
        to: last.metadata.time,
        sha256: files::sha256(&[manifest.chain().as_bytes(), &bytes]),
    };
    Ok(Some((bytes, chunk, last)))
}

async fn copy_keys(from: &Path, folder: &Path, to: &Path) -> Result<KeysCopy, BackupError> {
    let (from, to) = (from.to_owned(), to.to_owned());
    // A backup that is moved as a whole still finds its keys, and from any working directory those that lie elsewhere.
    let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let (lies, within) = (whole(&to), whole(folder));
    let named: PathBuf = lies.strip_prefix(within).unwrap_or(&lies).to_owned();
    let sha256 = in_background(move || keys::copy(&from, &to)).await?;
    Ok(KeysCopy { file: named, sha256 })
}

async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BackupError> + Send + 'static,
) -> Result<T, BackupError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| BackupError::Broken)?
}
