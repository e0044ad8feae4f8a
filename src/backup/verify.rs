//! Is a backup whole? Reads all of it, as a restore would.

use std::collections::HashMap;
use std::path::Path;

use events::sealing::found;
use events::sealing::sqlite::{KeyState, KeysCopy as KeyTableCopy};
use events::{Position, Version};
use serde::Serialize;
use tokio::sync::watch;

use super::{BackupError, Manifest, chunk, keys};

/// What was found whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// The last position.
    pub head: Position,
    /// Events read.
    pub events: u64,
    /// Streams they stand in.
    pub streams: u64,
    /// Whether the keys are part of it; each that the log names is there, or was destroyed.
    pub keys: bool,
}

/// Reads the whole backup in `folder`. Blocks on the disk.
pub fn verify(folder: &Path, at: &watch::Sender<Position>) -> Result<Verified, BackupError> {
    let manifest = Manifest::must_be_in(folder)?;
    let table = manifest
        .keys
        .as_ref()
        .map(|copy| check_keys(folder, copy))
        .transpose()?;
    let mut streams: HashMap<String, Version> = HashMap::new();
    let (mut chain, mut next, mut events) = ("", 1, 0);
    for part in &manifest.chunks {
        let damaged = |what: String| BackupError::Damaged {
            path: folder.join(&part.file),
            what,
        };
        if part.first.0 != next {
            return Err(damaged(format!(
                "it begins at {} where position {next} is due",
                part.first
            )));
        }
        for line in chunk::read(folder, part, chain)? {
            let known = streams.entry(line.stream.clone()).or_default();
            if line.version != known.plus(1) {
                return Err(damaged(format!(
                    "{} has version {} after {known}",
                    line.stream, line.version
                )));
            }
            *known = line.version;
            if let Some(table) = &table {
                has_keys(table, &line).map_err(&damaged)?;
            }
            events += 1;
            line.event().map_err(damaged)?;
        }
        at.send_replace(part.last);
        (chain, next) = (&part.sha256, part.last.0 + 1);
    }
    if next != manifest.head.0 + 1 {
        return Err(BackupError::Damaged {
            path: folder.to_owned(),
            what: format!("its chunks end at {} and not at {}", next - 1, manifest.head),
        });
    }
    Ok(Verified {
        head: manifest.head,
        events,
        streams: streams.len() as u64,
        keys: manifest.keys.is_some(),
    })
}

/// The copy of the keys, after it was held against its hash.
fn check_keys(folder: &Path, copy: &super::KeysCopy) -> Result<KeyTableCopy, BackupError> {
    let path = folder.join(&copy.file);
    let damaged = |what: String| BackupError::Damaged {
        path: path.clone(),
        what,
    };
    if keys::hash(&path)? != copy.sha256 {
        return Err(damaged("its bytes are not those that were written".to_owned()));
    }
    let table = KeyTableCopy::open(&path)?;
    let fault = table.fault().map_err(|error| damaged(error.to_string()))?;
    fault.map_or(Ok(table), |fault| Err(damaged(fault)))
}

fn has_keys(table: &KeyTableCopy, line: &chunk::Line) -> Result<(), String> {
    for (_, sealed) in found::in_payload(&line.payload) {
        let key = table
            .key(&sealed.person, sealed.generation)
            .map_err(|error| error.to_string())?;
        if matches!(key, KeyState::NeverMade) {
            return Err(format!(
                "the event at position {} is sealed under a key that the copy of the keys does not have",
                line.position
            ));
        }
    }
    Ok(())
}
