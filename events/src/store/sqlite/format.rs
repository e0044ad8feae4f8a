//! Which layout a file has. A file of a newer release is refused rather than misread, and one that cannot be written is
//! refused rather than found out at the first append.

use rusqlite::Connection;

/// Why a file is not used.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// A newer release wrote it.
    #[error(
        "it has format {found}, and this release reads up to {known}; start the release that wrote it, or a newer one"
    )]
    Newer {
        /// The file's.
        found: u32,
        /// The newest that this release knows.
        known: u32,
    },
    /// It cannot be written.
    #[error(
        "it can be read but not written; check its rights, its owner, and whether the disk is mounted read-only"
    )]
    ReadOnly,
    /// SQLite failed.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
}

/// Refuses a file of a format beyond `known`. A file of a release that wrote none has format 0.
pub(crate) fn check(connection: &Connection, known: u32) -> Result<u32, FormatError> {
    let found = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > known {
        return Err(FormatError::Newer { found, known });
    }
    Ok(found)
}

/// Refuses a file that is open for reading only, before anything is written to it.
pub(crate) fn must_be_writable(connection: &Connection) -> Result<(), FormatError> {
    if connection.is_readonly(rusqlite::MAIN_DB)? {
        return Err(FormatError::ReadOnly);
    }
    Ok(())
}

/// The same for a file that is to be written; notes the format where none stands.
pub(crate) fn claim(connection: &Connection, known: u32) -> Result<(), FormatError> {
    let found = check(connection, known)?;
    if found < known {
        connection.pragma_update(None, "user_version", known)?;
    }
    // Takes the lock for writing and gives it back: nothing is written, so nothing waits for the disk.
    connection.execute_batch("BEGIN IMMEDIATE; ROLLBACK")?;
    Ok(())
}
