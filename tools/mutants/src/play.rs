//! Runs the tests that reach a mutant, the fastest first, until one of them fails.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::process::{self, Ended};
use crate::reach::Test;
use crate::tree::TestBinary;

/// Seconds of tests in the first group, and how much longer each further group is.
const FIRST: f64 = 0.08;
const LONGER: f64 = 4.0;

/// Tests that run whole parts beside each other come last: what a mutant breaks there is seen by waiting in vain.
const WAITING: [&str; 2] = ["actors/running", "actors/sharing"];

/// A group of tests may take this many times what it takes of the processor without a mutant, and so much on top.
const TIMES: f64 = 6.0;
const ON_TOP: Duration = Duration::from_secs(2);

/// What became of a mutant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// A test of this group failed.
    Killed(String),
    /// The tests did not end.
    OutOfTime(String),
    /// All tests passed.
    Survived,
    /// No test goes there.
    Unreached,
}

/// Tries the mutant with this number, by the tests that are chosen.
pub fn play(
    number: usize,
    binaries: &[TestBinary],
    tests: &[Test],
    chosen: impl Fn(&&Test) -> bool,
) -> anyhow::Result<Fate> {
    let mut reaching: Vec<&Test> = tests
        .iter()
        .filter(|test| test.reached.contains(&number))
        .collect();
    if reaching.is_empty() {
        return Ok(Fate::Unreached);
    }
    reaching.retain(chosen);
    // Tests of about the same time stand together by binary, so that few processes are started.
    reaching.sort_by(|one, other| one.seconds.total_cmp(&other.seconds));
    reaching.sort_by_key(|test| {
        (
            waits(&binaries[test.binary]),
            (test.seconds * 4.0) as u32,
            test.binary,
        )
    });
    let mut most = FIRST;
    let mut rest = reaching.as_slice();
    while let Some(first) = rest.first() {
        let mut seconds = 0.0;
        let together = rest.iter().take_while(|test| {
            let fits = test.binary == first.binary && (seconds == 0.0 || seconds + test.seconds <= most);
            seconds += test.seconds;
            fits
        });
        let (group, later) = rest.split_at(together.count());
        match try_group(number, binaries, group)? {
            Ended::Passed => {}
            Ended::Failed => return Ok(Fate::Killed(named(binaries, group))),
            Ended::OutOfTime => return Ok(Fate::OutOfTime(named(binaries, group))),
        }
        rest = later;
        most *= LONGER;
    }
    Ok(Fate::Survived)
}

/// Whether what a mutant breaks in its tests is seen by waiting in vain.
pub fn waits(binary: &TestBinary) -> bool {
    WAITING.contains(&binary.name.as_str())
}

fn try_group(number: usize, binaries: &[TestBinary], group: &[&Test]) -> anyhow::Result<Ended> {
    let seconds: f64 = group.iter().map(|test| test.seconds).sum();
    let names: Vec<&str> = group.iter().map(|test| test.name.as_str()).collect();
    let limit = ON_TOP + Duration::from_secs_f64(seconds * TIMES);
    let number = number.to_string();
    let environment = [("CHRONUS_MUTANT", number.as_str())];
    Ok(process::run(&binaries[group[0].binary], &names, &environment, limit)?.0)
}

fn named(binaries: &[TestBinary], group: &[&Test]) -> String {
    let first = group[0];
    let more = group.len() - 1;
    let binary = &binaries[first.binary].name;
    match more {
        0 => format!("{binary} {}", first.name),
        more => format!("{binary} {} or {more} more", first.name),
    }
}
