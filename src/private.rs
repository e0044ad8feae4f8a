//! What this process writes and holds is for its owner alone: files are made for nobody else, files that others may read
//! are tightened and named, and memory with keys in it is not written into a core dump.

use std::path::{Path, PathBuf};

/// What the files of a data folder begin with: the databases with their `-wal` and `-shm`, the lock, copies put aside.
const OURS: [&str; 5] = [
    "events.",
    "keys.db",
    "keys-audit.ndjson",
    "projections.db",
    "reports.db",
];

/// Files and folders made from now on are readable by their owner alone. Holds for the whole process.
pub fn for_the_owner_alone() {
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
}

/// No core dump from now on, and no other process of the same user may look into the memory. Holds for the whole process.
pub fn no_core_dumps() {
    #[cfg(unix)]
    {
        let none = rustix::process::Rlimit {
            current: Some(0),
            maximum: Some(0),
        };
        if let Err(error) = rustix::process::setrlimit(rustix::process::Resource::Core, none) {
            tracing::warn!(%error, "core dumps cannot be switched off; they would hold keys");
        }
    }
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
            tracing::warn!(%error, "the memory cannot be closed to other processes");
        }
    }
}

/// Tightens a folder and our files in it where others may enter or read them; answers which they were. What cannot be
/// tightened is told and left.
pub fn tighten(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    found.extend(tighten_one(folder, 0o700));
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if is_file && OURS.iter().any(|ours| name.starts_with(ours)) {
            found.extend(tighten_one(&entry.path(), 0o600));
        }
    }
    found
}

#[cfg(unix)]
fn tighten_one(path: &Path, mode: u32) -> Option<PathBuf> {
    use std::os::unix::fs::PermissionsExt as _;
    let before = std::fs::metadata(path).ok()?.permissions().mode() & 0o777;
    if before.is_multiple_of(0o100) {
        return None;
    }
    let tightened = std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode));
    let (path_shown, mode_before) = (path.display(), format!("{before:03o}"));
    match tightened {
        Ok(()) => {
            tracing::warn!(path = %path_shown, mode_before, "others could read this; it is for its owner alone now");
        }
        Err(error) => {
            tracing::error!(path = %path_shown, mode_before, %error, "others may read this and it cannot be changed; chmod it");
        }
    }
    Some(path.to_owned())
}

#[cfg(not(unix))]
fn tighten_one(_path: &Path, _mode: u32) -> Option<PathBuf> {
    None
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_others_may_read_is_named_and_tightened_and_nothing_else_is_touched() {
        let folder = tempfile::tempdir().unwrap();
        let chmod = |name: &str, mode| {
            let path = folder.path().join(name);
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            path
        };
        for name in ["events.db", "keys.db-wal", "projections.db", "tool"] {
            std::fs::write(folder.path().join(name), "x").unwrap();
        }
        let wide = [chmod("events.db", 0o644), chmod("keys.db-wal", 0o640)];
        let narrow = chmod("projections.db", 0o600);
        let others = chmod("tool", 0o755);
        let whole = chmod("", 0o755);
        let mut found = tighten(folder.path());
        found.sort();
        assert_eq!(found, [whole.clone(), wide[0].clone(), wide[1].clone()]);
        assert_eq!(
            (mode(&whole), mode(&wide[0]), mode(&wide[1])),
            (0o700, 0o600, 0o600)
        );
        assert_eq!((mode(&narrow), mode(&others)), (0o600, 0o755));
        assert_eq!(tighten(folder.path()), [] as [PathBuf; 0]);
    }
}
