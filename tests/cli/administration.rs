//! `deadletter`, `responses`, `tenant` and `report reachability`.

use events::outbound::ResponseFailed;
use events::{OutboundEvent, Position, StreamId};
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
async fn a_tenant_is_linked_only_to_an_organization_that_the_configuration_names() {
    let mut world = sample().await;
    world.stop().await;
    let section = |id: &str| format!("[[organizations]]\nid = \"{id}\"\ntenant_id = \"t-{id}\"\n");
    let file = world.folder.path().join("chronus-teams.toml");
    std::fs::write(&file, ["acme", "globex"].map(section).concat()).unwrap();
    let link = |organization: &str| world.run(&["tenant", "link", "t-9", "--organization", organization]);
    let refused = link("globx");
    assert!(!refused.status.success());
    assert!(
        stderr(&refused).contains("did you mean globex?"),
        "{}",
        stderr(&refused)
    );
    let tenants = || stdout(&world.run(&["tenant", "list", "--json"]));
    assert!(!tenants().contains("t-9"), "{}", tenants());
    let linked = link("globex");
    assert_eq!(stdout(&linked), "t-9: changed\n", "{}", stderr(&linked));
    assert!(tenants().contains("globex"), "{}", tenants());
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

#[tokio::test]
async fn answers_given_up_are_listed_and_asked_for_again_and_the_webhook_is_switched() {
    let mut world = sample().await;
    let answer = json(&world, &["replay", "--type", "RequestAccepted"]);
    let failed = ResponseFailed {
        response: Position(answer["position"].as_u64().unwrap()),
        attempt: 1,
        status: Some(500),
        reason: "status_500".to_owned(),
        retry_at: None,
        rests_until: None,
    };
    let stream = StreamId::responses(&"acme".parse().unwrap());
    world.append(stream, OutboundEvent::from(failed)).await;
    let responses = |what: &'static str, more: &[&'static str]| {
        [&["responses", what, "--organization", "acme"], more].concat()
    };
    let listed = json(&world, &responses("given-up", &["--json"]));
    assert_eq!(
        (&listed["id"], &listed["reason"]),
        (&answer["id"], &"status_500".into()),
        "{listed:#}"
    );
    let other = world.run(&responses("given-up", &["--reason", "timeout"]));
    assert_eq!(stdout(&other), "");
    let slip = world.run(&["responses", "given-up", "--organization", "akme"]);
    assert!(!slip.status.success());
    assert!(
        stderr(&slip).contains("the log knows no organization akme"),
        "{slip:?}"
    );
    let beside = world.run(&responses("replay", &["--all"]));
    assert!(stderr(&beside).contains("stop the service first"), "{beside:?}");

    world.stop().await;
    let unsaid = world.run(&responses("replay", &[]));
    assert!(!unsaid.status.success());
    let replay_id = "6f0c2f0e-6f0a-4d0b-9a55-0d1c7b3e2a10";
    let by_id = [
        "replay",
        "--organization",
        "acme",
        "--replay-id",
        replay_id,
        "--id",
    ];
    let id = answer["id"].as_str().unwrap();
    let by_id = [&["responses"], by_id.as_slice(), &[id]].concat();
    for _ in 0..2 {
        let done = json(&world, &by_id);
        assert_eq!(done["replayed"]["requeued"], 1, "{done:#}");
    }
    assert_eq!(stdout(&world.run(&responses("given-up", &[]))), "");
    for (what, told) in [
        ("disable", "changed"),
        ("disable", "nothing to change"),
        ("enable", "changed"),
        ("disable", "changed"),
    ] {
        let output = world.run(&responses(what, &[]));
        assert_eq!(stdout(&output), format!("acme: {told}\n"), "{what}: {output:?}");
    }
    let webhook = json(&world, &responses("webhook", &[]));
    assert_eq!(
        (&webhook["enabled"], &webhook["off_reason"]),
        (&false.into(), &"administrator".into())
    );
    let check = world.run(&["check"]);
    assert!(check.status.success(), "{check:?}");
}

#[tokio::test]
async fn a_tenant_is_switched_by_the_organization_it_belongs_to() {
    let mut world = sample().await;
    world.stop().await;
    let file = world.folder.path().join("chronus-teams.toml");
    std::fs::write(&file, "[[organizations]]\nid = \"acme\"\ntenant_id = \"t-1\"\n").unwrap();
    let switched = world.run(&["tenant", "disable", "--organization", "acme"]);
    assert_eq!(stdout(&switched), "t-1: changed\n", "{}", stderr(&switched));
    let unknown = world.run(&["tenant", "disable", "--organization", "acmee"]);
    assert!(
        stderr(&unknown).contains("did you mean acme?"),
        "{}",
        stderr(&unknown)
    );
    let nobody = world.run(&["tenant", "disable"]);
    assert_eq!(nobody.status.code(), Some(64));
    assert!(stderr(&nobody).contains("--organization"), "{}", stderr(&nobody));
}

#[tokio::test]
async fn a_folder_that_a_service_uses_is_no_other_programs() {
    let world = sample().await;
    let folder = world.folder.path().to_str().unwrap();
    let demo = world.run(&["demo", "--data", folder]);
    assert!(
        stderr(&demo).contains("holds a service's log"),
        "{}",
        stderr(&demo)
    );
    let keys = crate::world::program()
        .current_dir(folder)
        .env("CHRONUS_TEAMS_DATA__FOLDER", folder)
        .env(
            "CHRONUS_TEAMS_KEYS__TOKEN",
            "a-token-of-this-test-that-is-long-enough",
        )
        .args(["key-service", "--listen", "127.0.0.1:0"])
        .output()
        .unwrap();
    assert!(!keys.status.success());
    assert!(
        stderr(&keys).contains("are in use by a service"),
        "{}",
        stderr(&keys)
    );
}
