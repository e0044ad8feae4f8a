//! Which tests reach which mutants, and how long each test takes: measured once, one test a process.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::bail;
use serde::{Deserialize, Serialize};

use crate::process::{self, Ended};
use crate::tree::TestBinary;

/// A test may take this long, unmutated.
const LIMIT: Duration = Duration::from_secs(300);

/// A test with what it reaches.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Test {
    /// The place of its binary in the list of binaries.
    pub binary: usize,
    pub name: String,
    pub seconds: f64,
    pub reached: BTreeSet<usize>,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    /// What was built when this was measured.
    built: Vec<String>,
    tests: Vec<Test>,
}

/// All tests of these binaries; what was measured of a binary that is the same is taken from `file`.
pub fn measure(binaries: &[TestBinary], file: &Path) -> anyhow::Result<Vec<Test>> {
    let built: Vec<String> = binaries
        .iter()
        .map(|binary| stamp(&binary.path))
        .collect::<anyhow::Result<_>>()?;
    let kept: Option<Kept> = std::fs::read(file)
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let mut known: HashMap<String, Vec<Test>> = HashMap::new();
    for test in kept.iter().flat_map(|kept| kept.tests.clone().into_iter()) {
        let built = kept.as_ref().map(|kept| kept.built[test.binary].clone());
        known.entry(built.unwrap_or_default()).or_default().push(test);
    }
    let mut tests = Vec::new();
    for (index, (binary, stamp)) in binaries.iter().zip(&built).enumerate() {
        match known.remove(stamp) {
            Some(same) => tests.extend(same.into_iter().map(|test| Test {
                binary: index,
                ..test
            })),
            None => tests.extend(of_binary(index, binary)?),
        }
    }
    let mut kept = Kept {
        built,
        tests: tests.clone(),
    };
    // What was measured of other binaries that are still there holds as well.
    for (stamp, tests) in known.into_iter().filter(|(stamp, _)| is_there(stamp)) {
        let binary = kept.built.len();
        kept.built.push(stamp);
        kept.tests
            .extend(tests.into_iter().map(|test| Test { binary, ..test }));
    }
    std::fs::write(file, serde_json::to_vec(&kept)?)?;
    Ok(tests)
}

fn of_binary(index: usize, binary: &TestBinary) -> anyhow::Result<Vec<Test>> {
    let listed = Command::new(&binary.path)
        .args(["--list", "--format", "terse"])
        .output()?;
    let listed = String::from_utf8(listed.stdout)?;
    let names: Vec<&str> = listed
        .lines()
        .filter_map(|line| line.strip_suffix(": test"))
        .collect();
    eprintln!("{}: measuring {} tests", binary.name, names.len());
    names.into_iter().map(|name| one(index, binary, name)).collect()
}

fn one(index: usize, binary: &TestBinary, name: &str) -> anyhow::Result<Test> {
    let note = std::env::temp_dir().join(format!("mutants-reached-{}", std::process::id()));
    std::fs::write(&note, "")?;
    let at = note.to_string_lossy().into_owned();
    let (ended, took) = process::run(binary, &[name], &[("CHRONUS_MUTANTS_REACHED", &at)], LIMIT)?;
    if ended != Ended::Passed {
        bail!("{} {name} does not pass without a mutant: {ended:?}", binary.name);
    }
    let reached = std::fs::read_to_string(&note)?
        .lines()
        .filter_map(|line| line.parse().ok())
        .collect();
    std::fs::remove_file(note)?;
    Ok(Test {
        binary: index,
        name: name.to_owned(),
        seconds: took.as_secs_f64(),
        reached,
    })
}

/// Name, size and time of a binary.
fn stamp(binary: &Path) -> anyhow::Result<String> {
    let about = std::fs::metadata(binary)?;
    Ok(format!(
        "{} {} {:?}",
        binary.display(),
        about.len(),
        about.modified()?
    ))
}

/// Whether the binary with this stamp is still there.
fn is_there(known: &str) -> bool {
    let path = known.split(' ').next().unwrap_or_default();
    stamp(Path::new(path)).is_ok_and(|stamp| stamp == known)
}
