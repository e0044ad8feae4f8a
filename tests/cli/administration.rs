//! `deadletter`, `tenant` and `report reachability`.

use serde_json::Value;

use crate::log::sample;
use crate::world::{World, stderr, stdout};

fn json(world: &World, arguments: &[&str]) -> Value {
    let output = world.run(arguments);
    assert!(output.status.success(), "{output:?}");
    serde_json::from_str(&stdout(&output)).unwrap()
}

#[tokio::test]
async fn a_tenant_is_switched_only_while_no_service_runs_and_the_list_shows_it() {
    let mut world = sample().await;
    let beside = world.run(&["tenant", "disable", "t-1"]);
    assert!(!beside.status.success());
    assert!(
        stderr(&beside).contains("stop the service first"),
        "{}",
        stderr(&beside)
    );
    let listed = json(&world, &["tenant", "list", "--json"]);
    assert_eq!(
        (&listed["tenant_id"], &listed["enabled"]),
        (&"t-1".into(), &true.into())
    );

    world.stop().await;
    for (what, told) in [
        ("disable", "changed"),
        ("disable", "nothing to change"),
        ("enable", "changed"),
        ("disable", "changed"),
    ] {
        let output = world.run(&["tenant", what, "t-1"]);
        assert_eq!(stdout(&output), format!("t-1: {told}\n"), "{what}");
    }
    let listed = json(&world, &["tenant", "list", "--json"]);
    assert_eq!(
        (&listed["organization_id"], &listed["enabled"]),
        (&"acme".into(), &false.into())
    );
}

#[tokio::test]
async fn dead_letters_are_listed_and_a_replay_tells_what_became_of_each() {
    let mut world = sample().await;
    let listed = json(&world, &["replay", "--type", "NotificationRefused"]);
    let id = listed["data"]["notification_id"].as_str().unwrap().to_owned();
    let of_acme = ["deadletter", "list", "--organization", "acme", "--json"];
    let letter = json(&world, &of_acme);
    assert_eq!(
        (&letter["notification_id"], &letter["code"]),
        (&id.as_str().into(), &"MessageSizeTooBig".into())
    );
    let nothing = world.run(&[
        "deadletter",
        "list",
        "--organization",
        "acme",
        "--state",
        "expired",
    ]);
    assert_eq!(stdout(&nothing), "");

    world.stop().await;
    let replay = ["deadletter", "replay", "--organization", "acme"];
    let unsaid = world.run(&replay);
    assert!(!unsaid.status.success());
    let all = [replay.as_slice(), &["--all"]].concat();
    // Ada accepted the request on another card meanwhile.
    assert_eq!(json(&world, &all)["replayed"]["subject_ended"], 1);
    let strange = "6f0c2f0e-6f0a-5d0b-9a55-0d1c7b3e2a10";
    let named = [replay.as_slice(), &["--id", strange]].concat();
    assert_eq!(json(&world, &named)["replayed"]["missing"], 1);
}

#[tokio::test]
async fn whom_the_service_reaches_is_counted_and_listed() {
    let world = sample().await;
    let counts = json(
        &world,
        &[
            "report",
            "reachability",
            "--organization",
            "acme",
            "--format",
            "json",
        ],
    );
    let total: u64 = counts["states"]
        .as_object()
        .unwrap()
        .values()
        .map(|count| count.as_u64().unwrap())
        .sum();
    assert_eq!(total, 1, "{counts:#}");
    let list = world.run(&[
        "report",
        "reachability",
        "--organization",
        "acme",
        "--list",
        "--format",
        "csv",
    ]);
    let text = stdout(&list);
    assert!(text.lines().nth(1).unwrap().starts_with("t-1,ada,"), "{text}");
}
