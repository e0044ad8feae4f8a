//! What the process writes is for its owner alone, also what an earlier release wrote otherwise; and its memory, which holds
//! keys, goes into no core dump (`memory`).

#[cfg(target_os = "linux")]
mod memory;

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::serve::Serve;

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn chmod(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// Everything below a folder, the folder included.
pub(crate) fn below(folder: &Path) -> Vec<PathBuf> {
    let mut all = vec![folder.to_owned()];
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            all.extend(below(&entry.path()));
        } else {
            all.push(entry.path());
        }
    }
    all
}

fn only_the_owner_may(folder: &Path) {
    for path in below(folder) {
        let expected = if path.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode(&path), expected, "{}: {:03o}", path.display(), mode(&path));
    }
}

#[test]
fn data_and_backups_are_for_their_owner_alone_also_where_they_were_not() {
    let serve = Serve::new();
    let data = serve.folder().join("data");
    let running = serve.start();
    only_the_owner_may(&data);
    let names: Vec<_> = below(&data)
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    assert!(
        names.iter().any(|name| name.ends_with("events.db-wal")),
        "{names:?}"
    );
    let backup = serve.folder().join("backup");
    serve.run(&["backup", "--to", &backup.display().to_string()]);
    only_the_owner_may(&backup);
    running.stop();

    // As an earlier release left them.
    for path in below(&data) {
        chmod(&path, if path.is_dir() { 0o755 } else { 0o644 });
    }
    let running = serve.start();
    only_the_owner_may(&data);
    running.stop();
}
