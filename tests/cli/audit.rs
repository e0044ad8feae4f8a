//! `audit`: for an organization that nobody knows there is nothing to print, and an entry that was taken out is named.

use std::fs;

use crate::log::sample;
use crate::world::{stderr, stdout};

#[tokio::test]
async fn nothing_is_no_answer_for_an_organization_that_nobody_knows() {
    let mut world = sample().await;
    world.stop().await;
    let refused = world.run(&["audit", "--organization", "acne"]);
    assert!(!refused.status.success(), "{refused:?}");
    assert!(
        stderr(&refused).contains("knows an organization acne"),
        "{}",
        stderr(&refused)
    );
    assert!(world.run(&["audit", "--organization", "acme"]).status.success());
    assert!(world.run(&["audit"]).status.success());
}

#[tokio::test]
async fn an_entry_that_was_taken_out_is_named_and_those_around_it_stand() {
    let mut world = sample().await;
    world.stop().await;
    for what in ["disable", "enable", "disable"] {
        assert!(world.run(&["tenant", what, "t-1"]).status.success());
    }
    let exported = |world: &crate::world::World| {
        let streams = [&["audit", "--organization", "acme"][..], &["audit"]];
        let mut all = streams.map(|audit| {
            (
                audit.to_vec(),
                stdout(&world.run(&[audit, &["--format", "ndjson"]].concat())),
            )
        });
        all.sort_by_key(|(_, text)| text.lines().count());
        all[1].clone()
    };
    let (audit, text) = exported(&world);
    assert!(text.lines().count() >= 3, "{text}");
    let file = world.folder.path().join("audit.ndjson");
    fs::write(&file, &text).unwrap();
    let compare = [&audit[..], &["--compare", file.to_str().unwrap()]].concat();
    assert!(world.run(&compare).status.success());

    let log = rusqlite::Connection::open(world.folder.path().join("events.db")).unwrap();
    let first: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    let taken = log
        .execute(
            "DELETE FROM events WHERE version = 2 AND stream = (SELECT id FROM streams WHERE name = ?1)",
            [first["stream"].as_str().unwrap()],
        )
        .unwrap();
    assert_eq!(taken, 1);
    drop(log);
    let compared = world.run(&compare);
    assert_eq!(stdout(&compared), "entry 2 is gone\n", "{}", stderr(&compared));
    let printed = world.run(&audit);
    assert!(!printed.status.success());
    assert!(
        stderr(&printed).contains("entry 2 is not in the log any more"),
        "{}",
        stderr(&printed)
    );
}
