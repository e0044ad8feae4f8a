//! Files of a backup: whole or not there, and readable by their owner alone.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::BackupError;

pub(super) fn failed(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> BackupError {
    let path = path.to_owned();
    move |source| BackupError::File { action, path, source }
}

/// Makes a folder that only its owner may enter; where it is there and others may, it is tightened and named.
pub(super) fn make_folder(path: &Path) -> Result<(), BackupError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(failed("make the folder", path))?;
    crate::private::tighten(path);
    Ok(())
}

/// Puts a file in the place of an older one, on disk before this answers.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), BackupError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let new = Path::new(&name);
    let written = || -> std::io::Result<()> {
        let mut file = owner_only(new)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    written().map_err(failed("write", new))?;
    put(new, path)
}

/// Renames a file that is on disk, and makes the name durable.
pub(super) fn put(from: &Path, to: &Path) -> Result<(), BackupError> {
    std::fs::rename(from, to).map_err(failed("put in place", to))?;
    match to.parent() {
        Some(folder) => sync_folder(folder),
        None => Ok(()),
    }
}

pub(super) fn sync_folder(folder: &Path) -> Result<(), BackupError> {
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(failed("make durable", folder))
}

fn owner_only(path: &Path) -> std::io::Result<File> {
    let mut options = File::options();
    options.create(true).write(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// SHA-256 of several parts one after the other, as hexadecimal text.
pub(super) fn sha256(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    let digits = hash.finalize();
    digits
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}
