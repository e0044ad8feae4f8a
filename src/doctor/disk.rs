//! Space in the data folder, and how long it takes until something is on its disk for certain: every answer to Teams and
//! Chronus waits for that.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::finding::{Check, Finding};

/// Below this the log soon cannot grow.
#[cfg(unix)]
const SCARCE: u64 = 2 << 30;
/// Below this it may fail at any moment.
#[cfg(unix)]
const NONE_LEFT: u64 = 256 << 20;
/// Syncs that are timed.
const SYNCS: usize = 9;
/// A disk fit for a log takes a few milliseconds; spinning ones take ten to thirty.
const SLOW: Duration = Duration::from_millis(50);
/// Nothing good can be built on this.
const TOO_SLOW: Duration = Duration::from_secs(1);

/// Space and speed.
pub(super) fn look(folder: PathBuf) -> Vec<Finding> {
    let about = folder.display().to_string();
    if !folder.is_dir() {
        return vec![Finding::skipped(
            Check::Disk,
            about,
            "the folder is not there yet",
        )];
    }
    let mut findings = space(&folder, &about);
    findings.push(match time(&folder) {
        Ok(times) => speed(about, &times),
        Err(error) => Finding::wrong(
            Check::Disk,
            about,
            format!("nothing can be written in it ({error})"),
            "make space, or let the user that runs `serve` write there; a volume may be mounted read-only",
        ),
    });
    findings
}

#[cfg(unix)]
fn space(folder: &Path, about: &str) -> Vec<Finding> {
    let Ok(seen) = rustix::fs::statvfs(folder) else {
        return Vec::new();
    };
    let free = seen.f_bavail.saturating_mul(seen.f_frsize);
    let what = format!("{:.1} GiB are free", free as f64 / f64::from(1 << 30));
    let fix = "make space, or move the folder to a larger disk with the service stopped";
    vec![if free < NONE_LEFT {
        Finding::wrong(Check::Disk, about, what, fix)
    } else if free < SCARCE {
        Finding::warning(Check::Disk, about, what, fix)
    } else {
        Finding::good(Check::Disk, about, what)
    }]
}

#[cfg(not(unix))]
fn space(_folder: &Path, _about: &str) -> Vec<Finding> {
    Vec::new()
}

/// How long each of some small writes took until it was on the disk, shortest first.
fn time(folder: &Path) -> io::Result<Vec<Duration>> {
    let path = folder.join(format!(".doctor-{}", std::process::id()));
    let timed = File::create_new(&path).and_then(|mut file| {
        let mut times = Vec::with_capacity(SYNCS);
        for _ in 0..SYNCS {
            let began = Instant::now();
            file.write_all(&[0; 4_096])?;
            file.sync_data()?;
            times.push(began.elapsed());
        }
        times.sort_unstable();
        Ok(times)
    });
    match std::fs::remove_file(&path) {
        Err(error) if timed.is_ok() => Err(error),
        Ok(()) | Err(_) => timed,
    }
}

fn speed(about: String, times: &[Duration]) -> Finding {
    let (middle, worst) = (
        times.get(times.len() / 2).copied().unwrap_or_default(),
        times.last().copied().unwrap_or_default(),
    );
    let what = format!(
        "a write is on the disk after {:.1} ms, {:.1} ms at worst",
        middle.as_secs_f64() * 1e3,
        worst.as_secs_f64() * 1e3
    );
    let fix = "put data.folder on a faster disk: one of this machine's own, not a network share";
    if middle >= TOO_SLOW {
        Finding::wrong(Check::Disk, about, what, fix)
    } else if middle >= SLOW {
        Finding::warning(Check::Disk, about, what, fix)
    } else {
        Finding::good(Check::Disk, about, what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Verdict;

    #[test]
    fn a_disk_is_judged_by_its_middle_sync_and_one_hiccup_does_no_harm() {
        let verdict = |milliseconds: [u64; 3]| {
            speed("data".to_owned(), &milliseconds.map(Duration::from_millis)).verdict
        };
        assert_eq!(verdict([1, 2, 400]), Verdict::Good);
        assert_eq!(verdict([40, 60, 70]), Verdict::Warning);
        assert_eq!(verdict([900, 1_000, 1_100]), Verdict::Wrong);
    }

    #[test]
    fn nothing_is_left_in_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let findings = look(folder.path().to_owned());
        assert!(
            findings.iter().all(|finding| finding.check == Check::Disk),
            "{findings:?}"
        );
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
