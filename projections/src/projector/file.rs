//! The file that is folded into: opened, given up, and its WAL emptied.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

use super::Options;
use crate::database::{self, Sql};
use crate::work::mark_what_is_touched;

/// Gives the rows up, where there are any: they were made from another log than the one that is to be served next, and
/// its positions say nothing there. The next opening begins with empty ones. Blocks on the disk.
pub fn disown(path: &Path) {
    remove(path);
}

/// Opens the file; where its rows were made by another release or under other options, a new one.
pub(super) fn prepare(path: &Path, options: &Options) -> Sql<Connection> {
    let ttl = options.default_ttl.num_milliseconds();
    let connection = database::open_for_folding(path)?;
    if database::is_current(&connection, ttl, &options.skip)? {
        mark_what_is_touched(&connection)?;
        return Ok(connection);
    }
    drop(connection);
    // Emptied, it would keep the layout of its pages.
    remove(path);
    let mut connection = database::open_for_folding(path)?;
    database::reset(&mut connection, ttl)?;
    mark_what_is_touched(&connection)?;
    Ok(connection)
}

/// Moves what the WAL holds into the file, and cuts it off. Where somebody reads what it holds, that stays for the next
/// time: nobody who folds waits for a reader.
pub(super) fn empty_wal(connection: &Connection) -> Sql<()> {
    connection.busy_timeout(Duration::ZERO)?;
    let emptied = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    connection.busy_timeout(database::BUSY_TIMEOUT)?;
    emptied
}

/// Removes the file and what SQLite keeps beside it; whatever stays makes the next opening fail visibly.
pub(super) fn remove(path: &Path) {
    for suffix in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        if let Err(error) = std::fs::remove_file(&name)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(path = %Path::new(&name).display(), %error, "a damaged file could not be removed");
        }
    }
}
