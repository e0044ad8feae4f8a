//! Stories are played in processes of their own, on steady ground (`steady.c`): what a process does depends on the seed alone.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use crate::stage::Outcome;
use crate::story::Plan;

/// Where the plan stands for the process that plays it.
pub(crate) const PLAN: &str = "CHRONUS_SIM_PLAN";
/// Where the outcome goes.
pub(crate) const OUTCOME: &str = "CHRONUS_SIM_OUTCOME";
/// No story takes so long.
const LONGEST: Duration = Duration::from_secs(120);

/// The library under each process, compiled once.
fn ground() -> &'static Path {
    static GROUND: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    let (_, library) = GROUND.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let library = folder.path().join("steady.so");
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/simulation/steady.c");
        let mut compiler = Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library);
        let done = compiler.arg(source).output().unwrap();
        assert!(done.status.success(), "{done:?}");
        (folder, library)
    });
    library
}

/// Plays a plan; what went wrong with the process itself is a fault, too.
pub(crate) fn played(plan: &Plan) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let (result, said) = (folder.path().join("outcome"), folder.path().join("said"));
    let mut playing = Command::new(std::env::current_exe().unwrap())
        .args([
            "plays_what_it_is_told",
            "--exact",
            "--ignored",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(PLAN, serde_json::to_string(plan).unwrap())
        .env(OUTCOME, &result)
        .env("LD_PRELOAD", ground())
        .env("STEADY_SEED", plan.seed.to_string())
        .stdin(Stdio::null())
        .stdout(File::create(&said).unwrap())
        .stderr(File::options().append(true).open(&said).unwrap())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = playing.try_wait().unwrap() {
            break Some(status);
        }
        if begun.elapsed() > LONGEST {
            drop(playing.kill());
            drop(playing.wait());
            break None;
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let outcome = std::fs::read(&result).ok();
    let outcome = outcome.and_then(|text| serde_json::from_slice(&text).ok());
    outcome.unwrap_or_else(|| {
        let said = std::fs::read_to_string(&said).unwrap_or_default();
        let last: Vec<&str> = said.lines().rev().take(40).collect();
        let last: Vec<&str> = last.into_iter().rev().collect();
        Outcome {
            hash: String::new(),
            points: 0,
            deaths: 0,
            events: 0,
            outside_faults: 0,
            cards: 0,
            person_days: 0.0,
            faults: vec![format!("the process ended with {status:?}:\n{}", last.join("\n"))],
            told: Vec::new(),
        }
    })
}
