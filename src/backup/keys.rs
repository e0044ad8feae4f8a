//! The copy of the key table in a backup.

use std::path::Path;

use events::sealing::sqlite::KeysCopy;

use super::{BackupError, files};

/// Copies the table at `from` to `to`, also while a service writes it; answers the copy's hash.
pub(super) fn copy(from: &Path, to: &Path) -> Result<String, BackupError> {
    let mut name = to.as_os_str().to_owned();
    name.push(".copy");
    let new = Path::new(&name);
    // Made first, so that it never exists with wider permissions; SQLite takes an empty file.
    files::replace(new, b"")?;
    KeysCopy::open(from)?.write_to(new)?;
    let synced = std::fs::File::open(new).and_then(|file| file.sync_all());
    synced.map_err(files::failed("write", new))?;
    files::put(new, to)?;
    hash(to)
}

/// The hash of a copy.
pub(super) fn hash(path: &Path) -> Result<String, BackupError> {
    let bytes = std::fs::read(path).map_err(files::failed("read", path))?;
    Ok(files::sha256(&[&bytes]))
}
