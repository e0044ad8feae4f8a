//! `report`: folded from the log, as of a position, the same bytes in every run.

use serde_json::Value;

use crate::log::{LENGTH, sample};
use crate::world::{World, stderr, stdout};

fn report(world: &World, arguments: &[&str]) -> String {
    let output = world.run(&[&["report"], arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    stdout(&output)
}

/// What `report` says when it refuses, and its exit code.
fn refused(world: &World, arguments: &[&str]) -> (String, i32) {
    let output = world.run(&[&["report"], arguments].concat());
    assert_eq!(stdout(&output), "", "{arguments:?}");
    (stderr(&output), output.status.code().unwrap())
}

fn funnel(world: &World, arguments: &[&str]) -> Vec<u64> {
    let asked = [&["delivery", "--format", "json", "--small-groups"], arguments].concat();
    let json: Value = serde_json::from_str(&report(world, &asked)).unwrap();
    let stages = json["tables"][0]["groups"][0]["lines"].as_array().unwrap();
    stages
        .iter()
        .map(|stage| stage["count"].as_u64().unwrap())
        .collect()
}

#[tokio::test]
async fn the_table_shows_the_funnel_what_was_not_delivered_and_what_it_is() {
    let world = sample().await;
    let table = report(&world, &["delivery"]);
    // What follows names the release and the log.
    let (figures, about) = table.split_once("counted   ").unwrap();
    insta::assert_snapshot!(figures);
    for name in [
        "as of     position 14 of log ",
        "zone      UTC",
        "query     /v1/reports/delivery?",
        "sha256    ",
    ] {
        assert!(about.contains(name), "{about}");
    }
}

#[tokio::test]
async fn csv_has_one_line_a_figure_and_begins_with_a_mark_where_asked() {
    let world = sample().await;
    let csv = report(&world, &["delivery", "--format", "csv"]);
    // The columns behind name the release and the log, and are the same in every line.
    let figures: Vec<&str> = csv
        .lines()
        .map(|line| line.rsplitn(8, ',').last().unwrap())
        .collect();
    insta::assert_snapshot!(figures.join("\n"));
    let marked = report(&world, &["delivery", "--format", "csv", "--bom"]);
    assert_eq!(marked.strip_prefix('\u{feff}'), Some(&*csv));
    assert!(refused(&world, &["delivery", "--bom"]).0.contains("--format csv"));
}

#[tokio::test]
async fn json_says_by_which_definition_as_of_where_and_by_whom() {
    let world = sample().await;
    let json: Value = serde_json::from_str(&report(&world, &["delivery", "--format", "json"])).unwrap();
    let head = &json["report"];
    assert_eq!(head["definition"], "delivery@1");
    assert_eq!(head["position"], LENGTH);
    assert_eq!(
        head["query"],
        format!("/v1/reports/delivery?zone=UTC&as_of={LENGTH}")
    );
    assert!(head["binary"].as_str().unwrap().starts_with("chronus-teams "));
    assert_eq!(json["sha256"].as_str().unwrap().len(), 64);
}

#[tokio::test]
async fn the_page_stands_alone_and_runs_nothing() {
    let world = sample().await;
    let page = report(&world, &["delivery", "--format", "html"]);
    assert!(page.starts_with("<!doctype html>") && page.contains("<svg role=\"img\" aria-label="));
    for outside in ["<script", "src=", "href=", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[tokio::test]
async fn filters_narrow_the_report_and_the_old_names_of_periods_hold() {
    let world = sample().await;
    assert_eq!(funnel(&world, &[]), [3, 2, 2, 1, 1, 1]);
    assert_eq!(funnel(&world, &["--organization", "acme"]), [3, 2, 2, 1, 1, 1]);
    for (from, to) in [("--from", "--to"), ("--since", "--until")] {
        assert_eq!(
            funnel(&world, &[from, "2026-03-02T09:08:00Z"]),
            [1, 1, 1, 0, 0, 0]
        );
        assert_eq!(funnel(&world, &[to, "2026-03-02T09:08:00Z"]), [2, 1, 1, 1, 1, 1]);
    }
    assert_eq!(
        funnel(&world, &["--from", "2026-03", "--to", "2026-W11"]),
        [3, 2, 2, 1, 1, 1]
    );
    assert_eq!(
        funnel(&world, &["--event-type", "com.chronus.survey.requested"]),
        [0; 6]
    );
    assert_eq!(funnel(&world, &["--kind", "survey"]), [0; 6]);
}

#[tokio::test]
async fn a_part_of_few_people_is_hidden_unless_asked_for() {
    let world = sample().await;
    let shown = report(&world, &["delivery", "--by", "day"]);
    assert!(shown.contains("(few people: hidden)"), "{shown}");
    let shown = report(&world, &["delivery", "--by", "day", "--small-groups"]);
    assert!(shown.contains("2026-03-02  accepted"), "{shown}");
}

#[tokio::test]
async fn a_report_as_of_a_position_or_a_time_knows_nothing_later() {
    let world = sample().await;
    // Up to position 8 the first card was queued, tried and delivered; the ninth event says that it was seen.
    assert_eq!(funnel(&world, &["--as-of", "8"]), [2, 1, 1, 1, 0, 0]);
    assert_eq!(
        funnel(&world, &["--as-of", "2026-03-02T09:07:00Z"]),
        [2, 1, 1, 1, 0, 0]
    );
    assert_eq!(funnel(&world, &["--as-of", "2026-03-03"]), [3, 2, 2, 1, 1, 1]);
}

#[tokio::test]
async fn the_same_position_gives_the_same_bytes_after_a_rebuild_and_later_events() {
    let mut world = sample().await;
    let asked = ["delivery", "--as-of", "10", "--format", "json"];
    let before = report(&world, &asked);
    world.stop().await;
    assert_eq!(world.run(&["rebuild"]).status.code(), Some(0));
    assert_eq!(report(&world, &asked), before);
    assert_eq!(report(&world, &[&asked[..], &["--fresh"]].concat()), before);
}

#[tokio::test]
async fn a_written_report_is_verified_in_every_format_and_an_edited_one_is_told() {
    let world = sample().await;
    for format in ["table", "csv", "json", "html"] {
        let file = world.folder.path().join(format!("report.{format}"));
        let name = file.to_str().unwrap();
        report(
            &world,
            &[
                "delivery",
                "--small-groups",
                "--by",
                "kind",
                "--format",
                format,
                "--out",
                name,
            ],
        );
        assert!(
            report(&world, &["verify", name]).contains("byte for byte"),
            "{format}"
        );
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, text.replacen("accepted", "acceptod", 1)).unwrap();
        let (told, code) = refused(&world, &["verify", name]);
        assert!(
            told.contains("was changed after it was written") && code == 1,
            "{format}: {told}"
        );
    }
    let packed = world.folder.path().join("report.parquet");
    let name = packed.to_str().unwrap();
    report(
        &world,
        &[
            "programmes",
            "--small-groups",
            "--format",
            "parquet",
            "--out",
            name,
        ],
    );
    assert!(report(&world, &["verify", name]).contains("byte for byte"));
    let mut bytes = std::fs::read(&packed).unwrap();
    bytes[20] ^= 1;
    std::fs::write(&packed, bytes).unwrap();
    assert!(
        refused(&world, &["verify", name])
            .0
            .contains("was changed after it was written")
    );
    let rows = world.folder.path().join("rows.csv");
    let name = rows.to_str().unwrap();
    report(
        &world,
        &["delivery", "--rows", "--format", "csv", "--bom", "--out", name],
    );
    assert!(report(&world, &["verify", name]).contains("byte for byte"));
    std::fs::write(&rows, "nothing").unwrap();
    assert!(refused(&world, &["verify", name]).0.contains("no report"));
}

#[tokio::test]
async fn what_changed_between_two_places_is_listed_with_its_events() {
    let world = sample().await;
    // The card's id comes from the address under this log's own key.
    let seen = stdout(&world.run(&["replay", "--type", "NotificationSeen"]));
    let seen: Value = serde_json::from_str(&seen).unwrap();
    let card = seen["data"]["notification_id"].as_str().unwrap();
    let told = report(&world, &["diff", "--as-of", "8", "--and", "10"]);
    insta::assert_snapshot!(told.replace(card, "<the card>"));
    let json = report(
        &world,
        &[
            "diff", "delivery", "--as-of", "10", "--and", "8", "--format", "json",
        ],
    );
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["changed"][0]["labels"][0], "seen");
    assert_eq!(json["changed"][0]["events"][0]["position"], 9);
    assert!(report(&world, &["diff", "--as-of", "9", "--and", "9"]).contains("No figure"));
}

#[tokio::test]
async fn what_cannot_be_answered_is_told_and_prints_nothing() {
    let world = sample().await;
    for (arguments, told, code) in [
        (
            &["delivery", "--as-of", "99"][..],
            "not in this log yet, which ends at 14",
            1,
        ),
        (&["delivery", "--as-of", "2020-01-01"], "the log begins later", 1),
        (
            &["delivery", "--as-of", "6f1d2c3b-4a5e-4f60-8b71-92a3b4c5d6e7@3"],
            "belongs to the log",
            1,
        ),
        (
            &["delivery", "--from", "2026-04", "--to", "2026-04-01"],
            "the period is empty",
            1,
        ),
        (&["delivery", "--from", "1.4.2026"], "write a day such as", 64),
        (
            &["delivery", "--program", "Sprong"],
            "no event names the programme",
            1,
        ),
        (
            &["delivery", "--event-type", "com.chronus.mentoring_request.send"],
            "did you mean com.chronus.mentoring_request.sent or",
            1,
        ),
        (
            &["reach", "--kind", "survey"],
            "reach counts people and not cards",
            1,
        ),
        (&["delivery", "--kind", "surwey"], "did you mean survey", 64),
        (
            &["delivery", "--zone", "Europe/Berlinn"],
            "did you mean Europe/Berlin",
            64,
        ),
        (
            &["delivery", "--definition", "v2"],
            "delivery has no definition v2; known: 1",
            1,
        ),
        (
            &["diff", "delivry", "--as-of", "1", "--and", "2"],
            "did you mean delivery?",
            1,
        ),
        (&["verify", "/no/such/file"], "failed to read /no/such/file", 1),
        (
            &["delivery", "--out", "/no/such/folder/x.csv"],
            "failed to write",
            1,
        ),
    ] {
        let (said, exit) = refused(&world, arguments);
        assert!(
            said.contains(told) && exit == code,
            "{arguments:?}: {exit} {said}"
        );
    }
}

#[tokio::test]
async fn every_report_answers_and_every_definition_is_told() {
    let world = sample().await;
    let told = report(&world, &["definitions"]);
    for name in [
        "delivery",
        "reach",
        "responsiveness",
        "programmes",
        "surveys",
        "messages",
        "faults",
        "fairness",
    ] {
        assert!(told.contains(&format!("{name}@1: ")), "{name}");
        let shown = report(&world, &[name, "--by", "week", "--small-groups"]);
        assert!(shown.contains(&format!("counted   {name}@1")), "{shown}");
    }
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
    report(&world, &["delivery"]);
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
