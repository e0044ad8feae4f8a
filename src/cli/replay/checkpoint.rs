//! How far a replay came, in a file, so that the next one goes on from there.

use std::path::Path;

use anyhow::{Context as _, bail};
use events::{LogId, Position};

/// Reads the place; the log's beginning where the file does not exist yet.
pub(super) fn read(file: &Path, log: Option<LogId>) -> anyhow::Result<Position> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Position::START),
        Err(error) => return Err(error).with_context(|| format!("failed to read {}", file.display())),
    };
    let (of, position) = text.trim().split_once('@').unwrap_or(("", ""));
    let Ok(position) = position.parse() else {
        bail!(
            "{} holds no place of a replay; delete it to begin anew",
            file.display()
        );
    };
    if of != name(log) {
        bail!(
            "{} is of the log {of}, and this one is {}; name another file, or delete it to begin anew",
            file.display(),
            name(log)
        );
    }
    Ok(Position(position))
}

/// Writes the place, whole or not at all.
pub(super) fn write(file: &Path, log: Option<LogId>, position: Position) -> anyhow::Result<()> {
    let mut beside = file.as_os_str().to_owned();
    beside.push(".part");
    let written = std::fs::write(&beside, format!("{}@{position}\n", name(log)))
        .and_then(|()| std::fs::rename(&beside, file));
    if let Err(error) = written {
        // What is left of it is nobody's; the error that is told is the first one.
        drop(std::fs::remove_file(&beside));
        return Err(error).with_context(|| format!("failed to write {}", file.display()));
    }
    Ok(())
}

fn name(log: Option<LogId>) -> String {
    log.map_or_else(|| "(without an id)".to_owned(), |log| log.to_string())
}
