//! A disk that fails under the real files: each write of each file in turn, with an I/O error, no space, half of it written, a
//! bit turned over, and each wait for the disk with an error. Whatever happens, what was acknowledged is there once
//! afterwards, or somebody is told that it is not: the process that ends, the next start, or `check`.
//!
//! `CHRONUS_DISK_FAULTS` says how many of the places are tried and `CHRONUS_DISK_SEED` which; `make disk` tries them all.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use chronus_teams::http_client::{self, HttpLimits};
use serde_json::Value;

use crate::acknowledged::hand_over;
use crate::matrix::{Seeded, number};
use crate::serve::{KEY, LOOK, Running, Serve};

/// Places tried where nobody says otherwise.
const TRIED: u64 = 10;
/// The seed where nobody says otherwise.
const SEED: u64 = 20_261_130;
/// Requests handed over in each run.
const REQUESTS: usize = 10;
/// How long the read models may take for what they can fold.
const FOLDING: Duration = Duration::from_secs(3);

/// Parts of each event's content.
const CONTENT: [&str; 4] = [
    "nobody@acme.example",
    "\"T\"",
    "something_new.happened",
    "/chronus/tests",
];

const FILES: [&str; 6] = [
    "events.db-wal",
    "events.db",
    "keys.db-wal",
    "keys.db",
    "projections.db-wal",
    "projections.db",
];

/// How the disk fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    Error,
    NoSpace,
    Short,
    Flipped,
    Unsynced,
}

impl How {
    const ALL: [Self; 5] = [
        Self::Error,
        Self::NoSpace,
        Self::Short,
        Self::Flipped,
        Self::Unsynced,
    ];

    fn as_str(self) -> &'static str {
        match self {
            Self::Error => "eio",
            Self::NoSpace => "enospc",
            Self::Short => "short",
            Self::Flipped => "flip",
            Self::Unsynced => "sync",
        }
    }
}

/// One place where the disk fails.
#[derive(Debug, Clone, Copy)]
struct Place {
    file: &'static str,
    how: How,
    /// Which write, or which wait, counted from 0; nothing fails where none is named.
    at: Option<u64>,
    ever: bool,
}

/// What is seen from outside of a run.
#[derive(Debug)]
struct Seen {
    /// What was acknowledged, with its answer.
    acknowledged: BTreeMap<usize, Value>,
    /// Writes or waits of the file.
    counted: u64,
}

/// The library that fails, compiled once.
struct Faulty {
    library: PathBuf,
    count: PathBuf,
}

impl Faulty {
    fn compiled(folder: &Path) -> Self {
        let library = folder.join("faulty.so");
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/crash/disk/faulty.c");
        let mut compiler = Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library);
        let done = compiler.arg(source).arg("-ldl").output().unwrap();
        assert!(done.status.success(), "{done:?}");
        Self {
            library,
            count: folder.join("count"),
        }
    }

    fn under(&self, serve: &Serve, place: Place) -> Command {
        let mut program = serve.program();
        program
            .args(["serve", "--insecure-loopback"])
            .env("LD_PRELOAD", &self.library)
            .env("FAULTY_FILE", place.file)
            .env("FAULTY_HOW", place.how.as_str())
            .env("FAULTY_COUNT", &self.count)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if let Some(at) = place.at {
            program.env("FAULTY_AT", at.to_string());
        }
        if place.ever {
            program.env("FAULTY_FOR", "ever");
        }
        program
    }

    /// Starts the service on the disk that fails, hands everything over, and kills it once the read models have all of it, if
    /// they ever do.
    async fn run(&self, serve: &Serve, place: Place) -> Seen {
        drop(std::fs::remove_file(&self.count));
        let mut running = Running::of(self.under(serve, place).spawn().unwrap());
        let http = http_client::build(HttpLimits::default()).unwrap();
        let mut acknowledged = BTreeMap::new();
        if serve.answers(&http, &mut running).await {
            for number in 0..REQUESTS {
                if let Some(answer) = hand_over(&http, serve, number).await {
                    acknowledged.insert(number, answer);
                }
            }
            if let Some(id) = acknowledged.values().rev().find_map(notification_of) {
                folded(&http, serve, id, &mut running).await;
            }
        }
        running.kill();
        let counted = std::fs::read_to_string(&self.count).unwrap_or_default();
        Seen {
            acknowledged,
            counted: counted.parse().unwrap_or_default(),
        }
    }
}

/// The notification that an answer names.
fn notification_of(answer: &Value) -> Option<&str> {
    answer["results"][0]["notifications"][0]["notification_id"].as_str()
}

/// Waits until the read models tell of a notification; not for ever, since they may be what fails.
async fn folded(http: &reqwest::Client, serve: &Serve, notification: &str, running: &mut Running) {
    let begun = Instant::now();
    while begun.elapsed() < FOLDING && !running.has_ended() {
        let asked = http.get(serve.url(&format!("/v1/notifications/{notification}")));
        let answer = asked.bearer_auth(KEY).send().await;
        if answer.is_ok_and(|answer| answer.status().is_success()) {
            return;
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// The domain events in the log, opened, with their numbers and positions.
fn standing(serve: &Serve) -> Vec<(usize, Value, String)> {
    let log = serve.run(&[
        "replay",
        "--reveal",
        "--reason",
        "test",
        "--type",
        "DomainEventAccepted",
    ]);
    log.lines()
        .map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            let number = line["data"]["id"].as_str().and_then(|id| id.parse().ok());
            (
                number.unwrap_or(usize::MAX),
                line["position"].clone(),
                format!(
                    "{} {}",
                    line["data"],
                    line["data"]["content"].as_str().unwrap_or_default()
                ),
            )
        })
        .collect()
}

/// What is wrong after a place failed; nothing where all that was acknowledged is there, or somebody says that it is not.
async fn fault(faulty: &Faulty, place: Place) -> Option<String> {
    let serve = Serve::new();
    let seen = faulty.run(&serve, place).await;
    if serve.refusal().is_some() {
        // It says what is missing and does not serve it.
        return (place.how != How::Flipped)
            .then(|| format!("{place:?}: the next start was refused: {:?}", serve.refusal()));
    }
    let (sound, verdict) = serve.check_with(&["--audit"]);
    if !sound {
        return (place.how != How::Flipped).then(|| format!("{place:?}: not sound: {verdict}"));
    }
    let standing = standing(&serve);
    for (number, answer) in seen
        .acknowledged
        .iter()
        .filter(|(number, _)| number.is_multiple_of(2))
    {
        let found: Vec<_> = standing.iter().filter(|(known, ..)| known == number).collect();
        let [(_, position, content)] = found[..] else {
            return Some(format!(
                "{place:?}: {number} was acknowledged ({answer}) and is there {} times",
                found.len()
            ));
        };
        let same = *position == answer["results"][0]["position"]
            && CONTENT.iter().all(|part| content.contains(part));
        if !same {
            return Some(format!(
                "{place:?}: {number} is another one than what was acknowledged: {position} {content}"
            ));
        }
    }
    let typed = serve
        .run(&["replay", "--type", "CommandReceived"])
        .lines()
        .count();
    let acknowledged = seen
        .acknowledged
        .keys()
        .filter(|number| !number.is_multiple_of(2))
        .count();
    (typed < acknowledged).then(|| format!("{place:?}: {typed} of {acknowledged} activities are there"))
}

/// Every place of an undisturbed run.
async fn places(faulty: &Faulty) -> Vec<Place> {
    let mut places = Vec::new();
    for file in FILES {
        let nowhere = |how| Place {
            file,
            how,
            at: None,
            ever: false,
        };
        let written = faulty.run(&Serve::new(), nowhere(How::Error)).await.counted;
        let waited = faulty.run(&Serve::new(), nowhere(How::Unsynced)).await.counted;
        for how in How::ALL {
            let counted = if how == How::Unsynced { waited } else { written };
            // A bit that turns over each time is a disk that holds nothing.
            let lasts: &[bool] = if how == How::Flipped {
                &[false]
            } else {
                &[false, true]
            };
            for at in 0..counted {
                places.extend(lasts.iter().map(|ever| Place {
                    at: Some(at),
                    ever: *ever,
                    ..nowhere(how)
                }));
            }
        }
    }
    places
}

#[tokio::test]
async fn whatever_a_disk_does_what_was_acknowledged_is_there_or_somebody_says_that_it_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let faulty = Faulty::compiled(folder.path());
    let mut places = places(&faulty).await;
    let all = places.len();
    let tried = number("CHRONUS_DISK_FAULTS", TRIED);
    let mut seeded = Seeded::new(number("CHRONUS_DISK_SEED", SEED));
    let mut faults = Vec::new();
    let mut done = 0;
    while done < tried && !places.is_empty() {
        let at = seeded.below(places.len() as u64);
        let place = places.swap_remove(usize::try_from(at).unwrap());
        faults.extend(fault(&faulty, place).await);
        done += 1;
    }
    let told = format!("disk faults: {done} of {all} places, {} faults", faults.len());
    writeln!(std::io::stderr().lock(), "{told}").unwrap();
    assert!(faults.is_empty(), "{told}: {faults:#?}");
}
