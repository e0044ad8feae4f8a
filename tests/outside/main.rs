//! Whatever comes from outside is read without a panic and within bounds: what is really sent, with bytes changed, put in, left
//! out, doubled and cut off. Coverage does not guide it, so it goes not as deep as the fuzz targets of `fuzz/`, which knock at the same
//! doors; but it runs with every other test.
//!
//! `CHRONUS_KNOCKS` says how often at each door; `CHRONUS_SEEDS_TO` names a folder to write what is really sent to. `make fuzz` knocks for
//! long.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on should fail where it stands"
)]

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

/// Every seed as it is, then changed.
fn knock(name: &str) {
    let (_, door) = DOORS.iter().find(|(door, _)| *door == name).unwrap();
    let seeds = seeds::of(name);
    assert!(!seeds.is_empty(), "nothing is ever sent to {name}");
    for seed in &seeds {
        door(seed);
    }
    if let Ok(folder) = std::env::var("CHRONUS_SEEDS_TO") {
        let folder = std::path::Path::new(&folder).join(name);
        std::fs::create_dir_all(&folder).unwrap();
        for (number, seed) in seeds.iter().enumerate() {
            std::fs::write(folder.join(number.to_string()), seed).unwrap();
        }
    }
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
