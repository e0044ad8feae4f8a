//! The process itself under `kill -9`: the sample scenario, killed at many places and started again each time, ends
//! with the table of a run that nobody disturbed. Nothing here reaches into the process; what counts is what it
//! prints and how it exits.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on should fail where it stands"
)]

mod acknowledged;
#[cfg(feature = "kurrentdb")]
mod clustered;
mod demo;
mod desk;
#[cfg(target_os = "linux")]
mod disk;
mod drill;
#[cfg(unix)]
mod earlier;
#[cfg(unix)]
mod freeze;
mod matrix;
#[cfg(unix)]
mod planted;
#[cfg(unix)]
mod private;
mod repeats;
mod secrets;
mod serve;
mod stopping;

use demo::Demo;

/// After how many lines of its output each run is killed. A run goes on where the one before it was cut off; together
/// they stay short of the scenario's end.
const KILLED_AFTER: [usize; 16] = [2, 1, 3, 12, 17, 13, 9, 8, 11, 10, 60, 31, 23, 37, 42, 29];

#[test]
fn a_demo_killed_again_and_again_ends_with_the_table_of_an_undisturbed_one() {
    // Given a run that nobody disturbs, played beside the other one.
    let undisturbed = std::thread::spawn(|| Demo::new().run());

    // When another one is killed at every one of these places,
    let demo = Demo::new();
    for lines in KILLED_AFTER {
        demo.run_and_kill_after(lines);
    }
    let finished = demo.run();

    // Then the last run ends well and tells the same.
    let undisturbed = undisturbed.join().unwrap();
    assert!(undisturbed.succeeded, "{undisturbed:#?}");
    assert!(finished.succeeded, "{finished:#?}");
    assert_eq!(finished.table(), undisturbed.table());

    // And when the read models are gone, they come back from the log.
    demo.delete_read_models();
    let rebuilt = demo.run();
    assert!(rebuilt.succeeded, "{rebuilt:#?}");
    assert_eq!(rebuilt.table(), undisturbed.table());

    // And what a run that stays up tells is a page, which says that it goes on, and whose commands work as pasted.
    let told = demo.told_while_it_stays(|told| {
        let commands: Vec<&str> = told.iter().filter_map(|line| line.strip_prefix("  ")).collect();
        assert_eq!(commands.len(), 2, "{told:#?}");
        for (command, shows) in commands.iter().zip(["delivered", "accepted"]) {
            let shown = demo::pasted(command);
            assert!(shown.contains(shows), "{command}: {shown}");
        }
        for guide in ["chronus.md", "operator.md"] {
            demo::pasted(&demo.script_of(guide));
        }
        for link in told.iter().filter_map(|line| line.split_once("  http")) {
            // What stands behind an address says how to sign in there.
            let address = format!("http{}", link.1.split([',', ' ']).next().unwrap());
            assert!(
                !demo::pasted(&format!("curl -sfL {address}")).is_empty(),
                "{address}"
            );
        }
    });
    assert!(told.len() < 60, "{told:#?}");
    assert!(
        told.iter()
            .any(|line| line.contains("Goes on where the last run ended: 163 of 163")),
        "{told:#?}"
    );
}

#[cfg(unix)]
#[test]
fn a_demo_stopped_in_good_order_goes_on_and_ends_well() {
    let demo = Demo::new();
    for lines in [10, 30] {
        demo.run_and_stop_after(lines);
    }
    let finished = demo.run();
    assert!(finished.succeeded, "{finished:#?}");

    // And what the README says works beside the running service, as it is written.
    demo.told_while_it_stays(|_| {
        let shown = demo::pasted(&demo.script_of_the_readme());
        assert!(shown.contains(r#""status":"accepted""#), "{shown}");
        assert!(shown.contains("with every key that they need"), "{shown}");
    });
    demo::pasted(&demo.restore_of_the_readme());
}

#[test]
fn whatever_the_readme_types_there_is() {
    let makefile = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Makefile")).unwrap();
    let lines = demo::blocks_of("README.md");
    let lines: Vec<&str> = lines.iter().flat_map(|block| block.lines()).collect();
    let mut typed = 0;
    for line in lines {
        let line = line
            .split(" #")
            .next()
            .unwrap()
            .split(" | ")
            .next()
            .unwrap()
            .trim();
        let mut words = line.split_whitespace();
        match words.next() {
            Some("make") => {
                let target = words.next().unwrap_or("help");
                assert!(makefile.contains(&format!("\n{target}: ")), "{line}");
                typed += 1;
            }
            Some("chronus-teams") => {
                let command: Vec<&str> = words
                    .clone()
                    .take_while(|word| !word.starts_with(['-', '/']))
                    .collect();
                let help = demo::pasted(&format!(
                    "{} {} --help",
                    env!("CARGO_BIN_EXE_chronus-teams"),
                    command.join(" ")
                ));
                for flag in words.filter(|word| word.starts_with("--")) {
                    assert!(help.contains(flag), "{line}: {help}");
                }
                typed += 1;
            }
            _ => {}
        }
    }
    assert!(typed >= 12, "{typed}");
}

/// What is committed, apart from whatever else lies in this folder: `None` where this is no repository.
#[cfg(unix)]
fn clean_clone() -> Option<tempfile::TempDir> {
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    if !here.join(".git").exists() {
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    demo::pasted(&format!(
        "git clone --quiet --shared {} {}",
        here.display(),
        folder.path().display()
    ));
    Some(folder)
}

#[cfg(unix)]
#[test]
fn the_first_commands_of_the_readme_lead_from_a_clean_clone_to_what_the_tests_run() {
    let Some(clone) = clean_clone() else { return };
    let inside = |command: &str| demo::pasted(&format!("cd {} && {command}", clone.path().display()));
    // The other tests here run the demo with these arguments.
    assert_eq!(
        inside("make --no-print-directory -n run CARGO=cargo").trim(),
        "cargo run --profile trial --bin chronus-teams -- demo --stay"
    );
    let tested = inside("make --no-print-directory -n test CARGO=cargo");
    assert!(tested.contains("cargo nextest run --workspace"), "{tested}");
    // All that the build reads is committed: manifests and lock file fit, the profile and every included file are there.
    let metadata = inside("cargo metadata --locked --offline --no-deps --format-version 1");
    assert!(metadata.contains("chronus-teams"), "{metadata}");
    assert!(inside("cat Cargo.toml").contains("[profile.trial]"));
    let help = inside("make");
    for line in demo::blocks_of("README.md")
        .iter()
        .flat_map(|block| block.lines())
    {
        let target = line
            .strip_prefix("make ")
            .and_then(|rest| rest.split_whitespace().next());
        if let Some(target) = target.filter(|target| !target.starts_with('#')) {
            assert!(help.contains(&format!("make {target}")), "{target}: {help}");
        }
    }
}
