//! One run of a test binary: with limits of processor time and memory, and nothing written outside of the scratch folder. Time is
//! that of the processor, so that a busy machine kills no mutant.

use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::tree::TestBinary;

/// What a process may take of memory: a mutant may well never stop asking for more.
const MOST_KILOBYTES: u32 = 6_000_000;

/// A run that waits in vain uses no processor: this many times its limit it may take by the clock.
const BY_THE_CLOCK: u32 = 24;

/// What the kernel ends a run with that used up its processor time.
const OUT_OF_PROCESSOR_TIME: i32 = 24;

/// Clock ticks a second, in which Linux tells processor time.
const TICKS: f64 = 100.0;

/// How long is waited between two looks at a run, at first and in the end.
const SHORTEST_PAUSE: Duration = Duration::from_millis(3);
const LONGEST_PAUSE: Duration = Duration::from_millis(30);

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    Passed,
    Failed,
    OutOfTime,
}

/// Runs these tests of a binary, all together; tells the processor time that they took.
pub fn run(
    binary: &TestBinary,
    tests: &[&str],
    environment: &[(&str, &str)],
    limit: Duration,
) -> anyhow::Result<(Ended, Duration)> {
    let scratch = scratch()?;
    let seconds = limit.as_secs() + 1;
    let script = format!("ulimit -v {MOST_KILOBYTES}; ulimit -S -t {seconds}; exec \"$0\" \"$@\"");
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
    let (mut took, mut pause) = (Duration::ZERO, SHORTEST_PAUSE);
    let ended = loop {
        if let Some(status) = child.try_wait()? {
            break if status.success() {
                Ended::Passed
            } else if status.signal() == Some(OUT_OF_PROCESSOR_TIME) {
                Ended::OutOfTime
            } else {
                Ended::Failed
            };
        }
        took = processor_time(child.id()).unwrap_or(took);
        if began.elapsed() > limit * BY_THE_CLOCK {
            child.kill()?;
            child.wait()?;
            break Ended::OutOfTime;
        }
        // To look costs as much as many a test.
        std::thread::sleep(pause);
        pause = (pause * 5 / 4).min(LONGEST_PAUSE);
    };
    std::fs::remove_dir_all(&scratch)?;
    Ok((ended, took))
}

/// What a running process has used of the processor so far.
fn processor_time(process: u32) -> Option<Duration> {
    let told = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name before it may hold anything, but a bracket closes it.
    let mut fields = told.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u32>().ok();
    Some(Duration::from_secs_f64(f64::from(ticks()? + ticks()?) / TICKS))
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
