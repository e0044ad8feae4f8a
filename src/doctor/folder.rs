//! Whose the data folder is, who may read it, and who may read the secrets' files.

use std::path::{Path, PathBuf};

use events::sealing::sqlite::KeysCopy;

use super::finding::{Check, Finding};
use crate::config::Config;

/// Owner and rights of the folder and of what lies in it.
#[cfg(unix)]
pub(super) fn look(folder: PathBuf) -> Vec<Finding> {
    let about = folder.display().to_string();
    let user = rustix::process::geteuid().as_raw();
    let seen = match rights(&folder) {
        Ok(seen) => seen,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return vec![Finding::good(
                Check::Folder,
                about,
                "not there yet; the first start makes it",
            )];
        }
        Err(error) => {
            let fix = format!(
                "let the user that runs `serve` enter it: chown -R <user> {}",
                folder.display()
            );
            return vec![Finding::wrong(
                Check::Folder,
                about,
                format!("it cannot be looked at ({error})"),
                fix,
            )];
        }
    };
    if seen.owner != user {
        return vec![Finding::warning(
            Check::Folder,
            about,
            format!("it belongs to user {}, and this is user {user}", seen.owner),
            "run this as the user that runs `serve`; if it is, give it the folder: chown -R",
        )];
    }
    let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
    let files: Vec<(PathBuf, Rights)> = entries
        .filter_map(|entry| Some((entry.path(), rights(&entry.path()).ok()?)))
        .collect();
    if let Some((path, of)) = files.iter().find(|(_, file)| file.owner != user) {
        let what = format!("{} in it belongs to user {}", name(path), of.owner);
        let fix = format!("give it to this user: chown {user} {}", path.display());
        return vec![Finding::wrong(Check::Folder, about, what, fix)];
    }
    if seen.others {
        let what = "others on this machine may enter it";
        let fix = format!("chmod 700 {}", folder.display());
        return vec![Finding::warning(Check::Folder, about, what, fix)];
    }
    vec![Finding::good(Check::Folder, about, "it is this user's alone")]
}

#[cfg(not(unix))]
pub(super) fn look(folder: PathBuf) -> Vec<Finding> {
    vec![Finding::skipped(
        Check::Folder,
        folder.display().to_string(),
        "rights are looked at on Unix alone",
    )]
}

/// Keys of people in what restores put aside: they open whatever was sealed with them, also of whoever is erased afterwards.
pub(super) fn put_aside(folder: &Path) -> Vec<Finding> {
    let table = folder.join("keys.db");
    let folders = crate::backup::put_aside_in(folder).into_iter();
    let asides = folders.filter(|aside| aside.join("keys.db").exists());
    asides
        .map(|aside| {
            let about = aside.display().to_string();
            let copy = KeysCopy::open(&aside.join("keys.db"));
            let left = copy.ok().and_then(|copy| copy.left_over(&table).ok());
            let what = match left {
                Some(left) if left.destroyed > 0 => format!(
                    "a restore put it aside; it holds {} keys of people, {} of them destroyed since",
                    left.live, left.destroyed
                ),
                Some(left) => format!("a restore put it aside; it holds {} keys of people", left.live),
                None => "a restore put it aside; it holds keys of people, which cannot be counted".to_owned(),
            };
            let fix = format!("remove it when it is not needed any more: rm -r {about}");
            Finding::warning(Check::Folder, about, what, fix)
        })
        .collect()
}

/// Who may read the files that hold secrets. A group is taken for one that was chosen.
pub(super) fn secrets(config: &Config) -> Vec<Finding> {
    let webhooks = config
        .organizations
        .iter()
        .filter_map(|organization| organization.webhook.as_ref());
    let files = [
        &config.teams.client_secret_file,
        // Without a key's file of its own it stands there.
        config
            .teams
            .certificate_key_file
            .as_ref()
            .map_or(&config.teams.certificate_file, |_| {
                &config.teams.certificate_key_file
            }),
        &config.teams.federated_token_file,
        &config.data.store_file,
        &config.keys.token_file,
        &config.keys.master_key_file,
    ]
    .into_iter()
    .flatten()
    .chain(webhooks.flat_map(|webhook| webhook.secret_file.iter().chain(&webhook.previous_secret_file)));
    // What cannot be read at all is told of the configuration.
    files.filter_map(|file| open_to_all(file)).collect()
}

#[cfg(unix)]
fn open_to_all(file: &Path) -> Option<Finding> {
    rights(file).ok().filter(|seen| seen.world).map(|_| {
        let about = file.display().to_string();
        let fix = format!("chmod o= {}", file.display());
        Finding::warning(
            Check::Folder,
            about,
            "everybody on this machine may read this secret",
            fix,
        )
    })
}

#[cfg(not(unix))]
fn open_to_all(_file: &Path) -> Option<Finding> {
    None
}

#[cfg(unix)]
struct Rights {
    owner: u32,
    /// Somebody else has a right to it.
    others: bool,
    /// Everybody has.
    world: bool,
}

#[cfg(unix)]
fn rights(path: &Path) -> std::io::Result<Rights> {
    use std::os::unix::fs::MetadataExt as _;
    let about = std::fs::metadata(path)?;
    Ok(Rights {
        owner: about.uid(),
        others: about.mode() & 0o077 != 0,
        world: about.mode() & 0o007 != 0,
    })
}

#[cfg(unix)]
fn name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}
