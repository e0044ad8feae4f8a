//! One run of a test binary: with a time limit, little memory, and nothing written outside of the scratch folder.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::tree::TestBinary;

/// What a process may take of memory: a mutant may well never stop asking for more.
const MOST_KILOBYTES: u32 = 6_000_000;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    Passed,
    Failed,
    OutOfTime,
}

/// Runs these tests of a binary, all together.
pub fn run(
    binary: &TestBinary,
    tests: &[&str],
    environment: &[(&str, &str)],
    limit: Duration,
) -> anyhow::Result<(Ended, Duration)> {
    let scratch = scratch()?;
    let script = format!("ulimit -v {MOST_KILOBYTES}; exec \"$0\" \"$@\"");
    let mut child = Command::new("sh")
        .args(["-c", &script])
        .arg(&binary.path)
        .args(["--exact", "--test-threads", "1", "--quiet"])
        .args(tests)
        .current_dir(&binary.folder)
        .env("CARGO_MANIFEST_DIR", &binary.folder)
        .env("TMPDIR", &scratch)
        .env("PROPTEST_MAX_SHRINK_ITERS", "0")
        .env("PROPTEST_FAILURE_PERSISTENCE", "off")
        .env("RUST_BACKTRACE", "0")
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let began = Instant::now();
    let ended = loop {
        if let Some(status) = child.try_wait()? {
            break if status.success() {
                Ended::Passed
            } else {
                Ended::Failed
            };
        }
        if began.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            break Ended::OutOfTime;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let took = began.elapsed();
    std::fs::remove_dir_all(&scratch)?;
    Ok((ended, took))
}

/// A folder for what tests write, in memory where there is one.
fn scratch() -> anyhow::Result<std::path::PathBuf> {
    let memory = Path::new("/dev/shm");
    let base = if memory.is_dir() {
        memory.to_owned()
    } else {
        std::env::temp_dir()
    };
    let folder = base.join(format!(
        "mutants-{}-{:?}",
        std::process::id(),
        std::thread::current().id()
    ));
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}
