//! `report delivery`.

use serde_json::Value;

use crate::log::{LENGTH, sample};
use crate::world::{World, stderr, stdout};

fn report(world: &World, arguments: &[&str]) -> String {
    let output = world.run(&[&["report", "delivery"], arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    stdout(&output)
}

fn funnel(world: &World, arguments: &[&str]) -> Vec<u64> {
    let json: Value =
        serde_json::from_str(&report(world, &[&["--format", "json"], arguments].concat())).unwrap();
    let stages = json["funnel"].as_array().unwrap();
    stages
        .iter()
        .map(|stage| stage["notifications"].as_u64().unwrap())
        .collect()
}

#[tokio::test]
async fn the_table_shows_the_funnel_what_was_not_delivered_and_the_position() {
    let world = sample().await;
    insta::assert_snapshot!(report(&world, &[]), @r"
    stage      notifications  of accepted
    accepted               3      100.0 %
    resolved               2       66.7 %
    queued                 2       66.7 %
    attempted              2       66.7 %
    delivered              1       33.3 %
    seen                   1       33.3 %
    answered               1       33.3 %

    not delivered  state       reason      code               notifications  tries  oldest
    waiting        unresolved  no_mapping                                 1      0  2026-03-02T09:04:00Z
    refused        refused     permanent   MessageSizeTooBig              1      1  2026-03-02T09:10:00Z

    Computed at position 14 of the log.
    ");
}

#[tokio::test]
async fn csv_has_one_row_per_count_and_the_position_in_each() {
    let world = sample().await;
    insta::assert_snapshot!(report(&world, &["--format", "csv"]), @r"
    part,outcome,state,reason,code,notifications,tries,oldest,position
    funnel,accepted,,,,3,,,14
    funnel,resolved,,,,2,,,14
    funnel,queued,,,,2,,,14
    funnel,attempted,,,,2,,,14
    funnel,delivered,,,,1,,,14
    funnel,seen,,,,1,,,14
    funnel,answered,,,,1,,,14
    standing,waiting,unresolved,no_mapping,,1,0,2026-03-02T09:04:00Z,14
    standing,refused,refused,permanent,MessageSizeTooBig,1,1,2026-03-02T09:10:00Z,14
    ");
}

#[tokio::test]
async fn json_carries_the_same_numbers_and_every_count() {
    let world = sample().await;
    let json: Value = serde_json::from_str(&report(&world, &["--format", "json"])).unwrap();
    assert_eq!(json["position"], LENGTH);
    assert_eq!(json["head"], LENGTH);
    assert_eq!(json["funnel"][0]["stage"], "accepted");
    assert_eq!(json["lines"].as_array().unwrap().len(), 3);
    assert_eq!(json["lines"][0]["organization"], "acme");
}

#[tokio::test]
async fn filters_narrow_the_report() {
    let world = sample().await;
    assert_eq!(funnel(&world, &[]), [3, 2, 2, 2, 1, 1, 1]);
    assert_eq!(funnel(&world, &["--organization", "acme"]), [3, 2, 2, 2, 1, 1, 1]);
    assert_eq!(
        funnel(&world, &["--since", "2026-03-02T09:08:00Z"]),
        [1, 1, 1, 1, 0, 0, 0]
    );
    assert_eq!(
        funnel(&world, &["--until", "2026-03-02T09:08:00Z"]),
        [2, 1, 1, 1, 1, 1, 1]
    );
    assert_eq!(
        funnel(&world, &["--event-type", "com.chronus.survey.requested"]),
        [0; 7]
    );
}

#[tokio::test]
async fn the_read_models_of_the_service_give_the_same_report_as_the_log() {
    let mut world = sample().await;
    let from_log = report(&world, &["--format", "json"]);
    world.stop().await;
    assert_eq!(world.run(&["rebuild"]).status.code(), Some(0));
    assert_eq!(report(&world, &["--format", "json"]), from_log);
    assert_eq!(report(&world, &["--format", "json", "--fresh"]), from_log);
}

#[tokio::test]
async fn the_report_leaves_nothing_behind() {
    let world = sample().await;
    let names = || {
        let entries = std::fs::read_dir(world.folder.path()).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name())
            .collect::<std::collections::BTreeSet<_>>()
    };
    let before = names();
    report(&world, &[]);
    assert_eq!(names(), before);
}

#[tokio::test]
async fn an_organization_that_nobody_knows_is_told_so_and_is_no_empty_report() {
    let world = sample().await;
    for command in [
        &["report", "delivery"][..],
        &["report", "delivery", "--fresh"],
        &["report", "reachability"],
        &["members", "conflicts"],
        &["deadletter", "list"],
    ] {
        let told = |organization: &str| world.run(&[command, &["--organization", organization]].concat());
        let known = told("acme");
        assert_eq!(known.status.code(), Some(0), "{command:?} {}", stderr(&known));
        let unknown = told("akme");
        assert_eq!(unknown.status.code(), Some(1), "{command:?}");
        assert!(
            stderr(&unknown).contains("knows an organization akme"),
            "{}",
            stderr(&unknown)
        );
        assert_eq!(stdout(&unknown), "", "{command:?}");
    }
}
