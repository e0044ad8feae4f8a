//! A disk that fails under the real files: each write of each file in turn, with an I/O error, no space, half of it written, a
//! bit turned over, and each wait for the disk with an error. Whatever happens, what was acknowledged is there once
//! afterwards, or somebody is told that it is not: the process that ends, the next start, or `check`.
//!
//! `CHRONUS_DISK_FAULTS` says how many of the places are tried, `CHRONUS_DISK_AT_ONCE` how many of them at the same time, and
//! `CHRONUS_DISK_SEED` in which order; `make disk` tries them all.

mod faulty;
mod places;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::sync::Mutex;

use serde_json::Value;

use self::faulty::{Faulty, Seen};
use self::places::{How, Place, places};
use crate::matrix::{Seeded, number};
use crate::serve::Serve;

/// Places tried where nobody says otherwise.
const TRIED: u64 = 10;
/// Places tried at the same time where nobody says otherwise.
const AT_ONCE: u64 = 2;
/// The seed where nobody says otherwise.
const SEED: u64 = 20_261_130;
/// After so many places a long search says how far it is.
const TOLD_EVERY: u64 = 100;

/// Parts of each event's content.
const CONTENT: [&str; 4] = [
    "nobody@acme.example",
    "\"T\"",
    "something_new.happened",
    "/chronus/tests",
];

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

/// What a place led to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    /// All that was acknowledged is there once, as it was.
    Intact,
    /// The next start refuses what is left, and says why.
    Refused,
    /// The next start serves what is left; `check --audit` names what is damaged.
    FoundByCheck,
    /// What must not be.
    Fault(String),
}

/// What a failing place led to.
async fn outcome(faulty: &Faulty, place: Place) -> Outcome {
    let serve = Serve::new();
    let seen = faulty.run(&serve, place).await;
    if let Some(said) = serve.refusal() {
        return match place.how {
            How::Flipped => Outcome::Refused,
            How::Error | How::NoSpace | How::Short | How::Unsynced => {
                Outcome::Fault(format!("the next start was refused: {said}"))
            }
        };
    }
    let (sound, verdict) = serve.check_with(&["--audit"]);
    if !sound {
        return match place.how {
            How::Flipped => Outcome::FoundByCheck,
            How::Error | How::NoSpace | How::Short | How::Unsynced => {
                Outcome::Fault(format!("not sound: {verdict}"))
            }
        };
    }
    match missing(&serve, &seen) {
        None => Outcome::Intact,
        Some(fault) => Outcome::Fault(fault),
    }
}

/// What was acknowledged and is not there, or not as it was; nothing where all of it is.
fn missing(serve: &Serve, seen: &Seen) -> Option<String> {
    let standing = standing(serve);
    let (events, typed): (Vec<_>, Vec<_>) = seen
        .acknowledged
        .iter()
        .partition(|(number, _)| number.is_multiple_of(2));
    for (number, answer) in events {
        let found: Vec<_> = standing.iter().filter(|(known, ..)| known == number).collect();
        let [(_, position, content)] = found[..] else {
            return Some(format!(
                "{number} was acknowledged ({answer}) and is there {} times",
                found.len()
            ));
        };
        let same = *position == answer["results"][0]["position"]
            && CONTENT.iter().all(|part| content.contains(part));
        if !same {
            return Some(format!(
                "{number} is another one than what was acknowledged: {position} {content}"
            ));
        }
    }
    let there = serve
        .run(&["replay", "--type", "CommandReceived"])
        .lines()
        .count();
    (there < typed.len()).then(|| format!("{there} of {} activities are there", typed.len()))
}

/// Some of all places, in the order of a seed.
fn drawn(mut places: Vec<Place>) -> Vec<Place> {
    let mut seeded = Seeded::new(number("CHRONUS_DISK_SEED", SEED));
    let tried = number("CHRONUS_DISK_FAULTS", TRIED);
    let mut drawn = Vec::new();
    while (drawn.len() as u64) < tried && !places.is_empty() {
        let at = seeded.below(places.len() as u64);
        drawn.push(places.swap_remove(usize::try_from(at).unwrap()));
    }
    drawn
}

/// What the places led to, by file, way and outcome.
type Tally = BTreeMap<(&'static str, &'static str, Outcome), u64>;

fn tell(what: &str) {
    writeln!(std::io::stderr().lock(), "{what}").unwrap();
}

/// Takes one place after the other until none is left.
fn work(library: &Path, places: &Mutex<Vec<Place>>, tally: &Mutex<Tally>) {
    let folder = tempfile::tempdir().unwrap();
    let faulty = Faulty::counting_in(library, folder.path());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let next = || places.lock().unwrap().pop();
    while let Some(place) = next() {
        let outcome = runtime.block_on(outcome(&faulty, place));
        if let Outcome::Fault(fault) = &outcome {
            tell(&format!("{place:?}: {fault}"));
        }
        let mut tally = tally.lock().unwrap();
        *tally
            .entry((place.file, place.how.as_str(), outcome))
            .or_default() += 1;
        let done: u64 = tally.values().sum();
        if done.is_multiple_of(TOLD_EVERY) {
            tell(&format!("disk faults: {done} places so far"));
        }
    }
}

#[test]
fn whatever_a_disk_does_what_was_acknowledged_is_there_or_somebody_says_that_it_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let library = faulty::compiled(folder.path());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let places = runtime.block_on(places(&Faulty::counting_in(&library, folder.path())));
    let all = places.len();
    let places = drawn(places);
    let tried = places.len();
    let (places, tally) = (Mutex::new(places), Mutex::new(Tally::new()));
    std::thread::scope(|scope| {
        for _ in 0..number("CHRONUS_DISK_AT_ONCE", AT_ONCE) {
            scope.spawn(|| work(&library, &places, &tally));
        }
    });
    let tally = tally.into_inner().unwrap();
    let of = |wanted: &Outcome| -> u64 {
        let such = tally.iter().filter(|((.., outcome), _)| outcome == wanted);
        such.map(|(_, count)| count).sum()
    };
    let faults: Vec<_> = tally
        .keys()
        .filter(|(.., outcome)| matches!(outcome, Outcome::Fault(_)))
        .collect();
    let told = format!(
        "disk faults: {tried} of {all} places; {} intact, {} refused by the next start, {} found by check, {} faults",
        of(&Outcome::Intact),
        of(&Outcome::Refused),
        of(&Outcome::FoundByCheck),
        faults.len(),
    );
    for ((file, how, outcome), count) in &tally {
        tell(&format!("  {file} {how}: {count} {outcome:?}"));
    }
    tell(&told);
    assert!(faults.is_empty(), "{told}: {faults:#?}");
    assert_eq!(tally.values().sum::<u64>(), tried as u64);
}
