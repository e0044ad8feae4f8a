//! `rebuild`.

use crate::log::sample;
use crate::world::{stderr, stdout};

#[tokio::test]
async fn a_running_service_is_not_disturbed() {
    let world = sample().await;
    let output = world.run(&["rebuild"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("in use by another process; stop it first"),
        "{}",
        stderr(&output)
    );
    assert!(!world.folder.path().join("projections.db").exists());
}

#[tokio::test]
async fn a_damaged_file_is_built_again() {
    let mut world = sample().await;
    world.stop().await;
    let file = world.folder.path().join("projections.db");
    std::fs::write(&file, "this is no database").unwrap();
    let output = world.run(&["rebuild"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stdout(&output), "");
    assert!(
        stderr(&output).contains("the read models are rebuilt"),
        "{}",
        stderr(&output)
    );
    assert!(std::fs::read(&file).unwrap().starts_with(b"SQLite format 3"));
}
