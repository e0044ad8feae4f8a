//! Whatever comes from outside is read without a panic and within bounds: what is really sent, with bytes changed, put in, left
//! out, doubled and cut off, and what the fuzz targets of `fuzz/` found. Coverage does not guide it, so by itself it goes not as deep as these,
//! which knock at the same doors; but it runs with every other test.
//!
//! `CHRONUS_KNOCKS` says how often at each door; `CHRONUS_SEEDS_TO` and `CHRONUS_CORPUS_TO` name folders to write what is really sent and what
//! was found to. `make fuzz` knocks for long, and `make fuzz-keep` keeps what it found.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on should fail where it stands"
)]

mod corpus;
#[path = "../../fuzz/fuzz_targets/doors.rs"]
mod doors;
mod mutation;
mod seeds;

use doors::DOORS;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

/// How often where nobody says otherwise.
const KNOCKS: u32 = 1_000;

fn knocks() -> u32 {
    match std::env::var("CHRONUS_KNOCKS") {
        Ok(text) => text.parse().unwrap(),
        Err(_) => KNOCKS,
    }
}

/// Writes inputs into the folder that a variable names, if it is there.
fn write_to(variable: &str, name: &str, inputs: &[Vec<u8>]) {
    let Ok(folder) = std::env::var(variable) else {
        return;
    };
    let folder = std::path::Path::new(&folder).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    for (number, input) in inputs.iter().enumerate() {
        std::fs::write(folder.join(number.to_string()), input).unwrap();
    }
}

/// Every seed and everything that was found as it is, then the seeds changed.
fn knock(name: &str) {
    let (_, door) = DOORS.iter().find(|(door, _)| *door == name).unwrap();
    let (seeds, corpus) = (seeds::of(name), corpus::of(name));
    assert!(!seeds.is_empty(), "nothing is ever sent to {name}");
    for input in seeds.iter().chain(&corpus) {
        door(input);
    }
    write_to("CHRONUS_SEEDS_TO", name, &seeds);
    write_to("CHRONUS_CORPUS_TO", name, &corpus);
    let config = Config {
        cases: knocks(),
        failure_persistence: None,
        ..Config::default()
    };
    let ran = TestRunner::new(config).run(&mutation::of(seeds), |sent| {
        let held = std::panic::catch_unwind(|| door(&sent.0));
        held.map_err(|_| TestCaseError::fail("see the panic above"))
    });
    if let Err(error) = ran {
        panic!("{name}: {error}");
    }
}

#[test]
#[ignore = "writes into the repository what the fuzz targets found; make fuzz-keep runs it"]
fn keeps_what_was_found() {
    let found = std::env::var("CHRONUS_FOUND").unwrap();
    for (door, _) in DOORS {
        corpus::keep(door, &std::path::Path::new(&found).join(door));
    }
}

macro_rules! every_door {
    ($($name:ident),*) => {
        $(#[test]
        fn $name() {
            knock(stringify!($name));
        })*

        #[test]
        fn no_door_is_left_out() {
            let named = [$(stringify!($name)),*];
            assert_eq!(named.to_vec(), DOORS.map(|(name, _)| name).to_vec());
            for name in named {
                let target = format!("{}/fuzz/fuzz_targets/{name}.rs", env!("CARGO_MANIFEST_DIR"));
                let text = std::fs::read_to_string(&target).unwrap_or_else(|error| panic!("{target}: {error}"));
                assert!(text.contains(&format!("doors::{name}(")), "{target}");
            }
        }
    };
}

every_door!(
    activity,
    addresses,
    card_action,
    command,
    configuration,
    connection,
    connector_answer,
    content,
    intake,
    login_answer,
    moment,
    signing_keys,
    stored,
    token,
    urls
);
