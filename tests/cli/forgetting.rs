//! `access-request` and `erase`: what is kept about a member is shown, and then it is forgotten.

use std::fs;

use serde_json::Value;

use crate::log::{EMAIL, sample};
use crate::members::upserted;
use crate::world::{World, stderr, stdout};

fn run(world: &World, command: &str, arguments: &[&str]) -> std::process::Output {
    let common = ["--organization", "acme", "--reason", "request 119"];
    world.run(&[&[command], arguments, &common].concat())
}

#[tokio::test]
async fn what_is_kept_is_written_once_for_machines_and_people_and_erased_values_stay_closed() {
    let mut world = sample().await;
    upserted(&mut world, "u-1", "m-1").await;
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("m-1");
    let out = out.to_str().unwrap();
    let beside = run(&world, "access-request", &["m-1", "--out", out]);
    assert!(
        stderr(&beside).contains("stop the service first"),
        "{}",
        stderr(&beside)
    );
    world.stop().await;
    let unknown = run(&world, "access-request", &["m-9", "--out", out]);
    assert!(
        stderr(&unknown).contains("has no member m-9"),
        "{}",
        stderr(&unknown)
    );
    let written = run(&world, "access-request", &["m-1", "--out", out]);
    assert!(written.status.success(), "{}", stderr(&written));
    let (data, page) = (read(out, "data.ndjson"), read(out, "page.html"));
    assert!(data.contains(EMAIL) && page.contains(EMAIL));
    let foot: Value = serde_json::from_str(data.lines().last().unwrap()).unwrap();
    assert!(
        stdout(&written).contains(&format!("m-1: {} events", foot["events"])),
        "{}",
        stdout(&written)
    );
    let again = run(&world, "access-request", &["m-1", "--out", out]);
    assert!(stderr(&again).contains("exists already"), "{}", stderr(&again));

    let erased = run(&world, "erase", &["m-1"]);
    assert!(
        stdout(&erased).contains("m-1: erased, ") && !stdout(&erased).contains(" 0 keys"),
        "{}",
        stderr(&erased)
    );
    let out = format!("{out}-after");
    assert!(
        run(&world, "access-request", &["m-1", "--out", &out])
            .status
            .success()
    );
    let left = read(&out, "data.ndjson");
    assert!(
        left.contains("{\"erased\":true}") && !left.contains(EMAIL),
        "{left}"
    );
    let opened = world.run(&[
        "replay",
        "--type",
        "PersonalValuesOpened",
        "--type",
        "MemberErased",
    ]);
    assert_eq!(stdout(&opened).lines().count(), 3, "{}", stdout(&opened));
}

fn read(folder: &str, name: &str) -> String {
    fs::read_to_string(format!("{folder}/{name}")).unwrap()
}
