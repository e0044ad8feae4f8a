//! A folder for one run of a tool, readable by its owner alone and removed at the end.

use std::io;
use std::path::{Path, PathBuf};

/// See the module.
#[derive(Debug)]
pub(super) struct Scratch(PathBuf);

impl Scratch {
    /// Makes the folder in the system's place for temporary files.
    pub(super) fn new() -> io::Result<Self> {
        let base = std::env::temp_dir();
        let mut last = io::Error::from(io::ErrorKind::AlreadyExists);
        // The process id alone could be somebody's leftover; a few more names are tried.
        for attempt in 0..100 {
            let path = base.join(format!("chronus-teams-{}-{attempt}", std::process::id()));
            match make(&path) {
                Ok(()) => return Ok(Self(path)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = error,
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }

    /// A file within it.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(path = %self.0.display(), %error, "a temporary folder could not be removed");
        }
    }
}

#[cfg(unix)]
fn make(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().mode(0o700).create(path)
}

#[cfg(not(unix))]
fn make(path: &Path) -> io::Result<()> {
    std::fs::create_dir(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_gone_with_its_content_at_the_end() {
        let scratch = Scratch::new().unwrap();
        let file = scratch.file("a");
        std::fs::write(&file, "x").unwrap();
        drop(scratch);
        assert!(!file.exists());
    }
}
