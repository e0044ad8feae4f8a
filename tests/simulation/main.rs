//! A simulated world from a seed: the real intake, router, actors, lanes, responder and read models on one thread with a
//! clock that stands still until nothing is left to do, over a log that loses its unsynced tail when the process is killed;
//! people, Chronus, Teams and the receiver of answers are played. One seed is one story, to the last byte of the log.
//!
//! `docs/reliability.md` tells what it finds and what it cannot find, and how to run one seed and read its story.
#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on should fail where it stands"
)]

mod aside;
mod asking;
mod clock;
mod deeds;
mod draw;
mod faults;
mod hook;
mod life;
mod many;
mod office;
mod plants;
mod points;
mod post;
mod process;
mod rest;
mod scenario;
mod shrink;
mod stage;
mod store;
mod story;
mod teams;
mod truth;
mod verdict;

use std::io::Write as _;

use scenario::Scenario;
use story::Plan;

#[test]
#[ignore = "played by the other tests in a process of its own"]
fn plays_what_it_is_told() {
    let plan = std::env::var(process::PLAN).unwrap();
    let plan: Plan = serde_json::from_str(&plan).unwrap();
    let outcome = stage::play(&plan);
    let told = serde_json::to_string(&outcome).unwrap();
    std::fs::write(std::env::var(process::OUTCOME).unwrap(), told).unwrap();
}

#[test]
fn one_seed_is_one_story() {
    for seed in [1, 2, 3] {
        let plan = Plan::of(seed);
        let (first, second) = (process::played(&plan), process::played(&plan));
        assert_eq!(first, second, "seed {seed}");
        assert!(!first.hash.is_empty(), "{first:?}");
    }
}

fn number(name: &str, otherwise: u64) -> u64 {
    let given = std::env::var(format!("CHRONUS_SIM_{name}"));
    given.map_or(otherwise, |given| given.parse().unwrap())
}

/// `CHRONUS_SIM_SEEDS` says how many whole stories, `CHRONUS_SIM_FROM` which is the first. Where nobody says, the first 200
/// seeds are played: eight of them whole, which is what the machine of CI has time for, and shorter stories of the others.
#[test]
fn no_seed_goes_wrong() {
    let plans: Vec<Plan> = match number("SEEDS", 0) {
        0 => (1..=200)
            .map(|seed| {
                if seed % 25 == 0 {
                    Plan::of(seed)
                } else {
                    Plan::short(seed)
                }
            })
            .collect(),
        seeds => {
            let from = number("FROM", 1);
            (from..from + seeds).map(Plan::of).collect()
        }
    };
    writeln!(std::io::stderr().lock(), "simulated: {}", many::hold(&plans)).unwrap();
}

/// The process is killed at each point of each standard scenario in turn. `CHRONUS_SIM_EVERY` says at every how many it is.
#[test]
fn wherever_the_process_is_killed_the_standard_scenarios_end_well() {
    let every = usize::try_from(number("EVERY", 60)).unwrap();
    let mut points = 0;
    let mut plans = Vec::new();
    for scenario in Scenario::ALL {
        let whole = Plan::standard(scenario);
        let undisturbed = process::played(&whole);
        assert_eq!(undisturbed.faults, Vec::<String>::new(), "{scenario:?}");
        points += undisturbed.points;
        // Some of them die twice, the second time while they begin again.
        plans.extend((1..=undisturbed.points).step_by(every).map(|at| Plan {
            seed: at,
            kills: if at % 3 == 0 { vec![at, at + 7] } else { vec![at] },
            ..whole.clone()
        }));
    }
    let told = format!("{} of {points} points: {}", plans.len(), many::hold(&plans));
    writeln!(std::io::stderr().lock(), "killed at {told}").unwrap();
}

/// Each fault that is planted is found by the first seeds. `CHRONUS_SIM_PLANTS` says how many faults are planted, from the first.
#[test]
fn what_is_planted_is_found() {
    let first = usize::try_from(number("PLANTS", 1)).unwrap();
    let mut missed = Vec::new();
    for plant in plants::Plant::ALL.into_iter().take(first) {
        let begun = std::time::Instant::now();
        let mut seeds = (1..=60).map(|seed| Plan {
            plant: Some(plant),
            ..Plan::of(seed)
        });
        let found = seeds.find_map(|plan| {
            let outcome = process::played(&plan);
            let fault = outcome.faults.into_iter().next()?;
            Some((plan.seed, fault))
        });
        let took = begun.elapsed().as_secs_f64();
        let told = match &found {
            Some((seed, fault)) => {
                let fault: String = fault.chars().take(110).collect();
                format!(
                    "| {plant:?} | {seed} | {took:.1} s | {} |",
                    fault.replace('\n', " ")
                )
            }
            None => format!("| {plant:?} | none | {took:.1} s | |"),
        };
        writeln!(std::io::stderr().lock(), "{told}").unwrap();
        if found.is_none() {
            missed.push(plant);
        }
    }
    assert!(missed.is_empty(), "not found: {missed:?}");
}

/// `make sim SEED=…`: plays one seed and tells all of it.
#[test]
#[ignore = "for whoever wants to read one story"]
fn tells_the_story_of_one_seed() {
    let given = std::env::var(process::PLAN).ok();
    let plan = given.map_or_else(
        || Plan::of(number("SEED", 1)),
        |plan| serde_json::from_str(&plan).unwrap(),
    );
    writeln!(std::io::stdout().lock(), "{}", many::story_of(&plan)).unwrap();
}
