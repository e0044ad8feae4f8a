//! Fails when a crate imports what the architecture forbids it (docs/architecture.md): the log knows no HTTP and
//! no actors, those who decide know no SQL and no HTTP server, read models send nothing. Nor may files of one crate take
//! from each other in a circle: of two files one stands above the other.
#![expect(clippy::unwrap_used, reason = "a failed step of a test is the test's failure")]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

mod files;
mod operations;

/// What each crate of the workspace may never depend on directly, whether to build, to run or to test.
const FORBIDDEN: &[(&str, &[&str])] = &[
    (
        "events",
        &[
            "actors",
            "projections",
            "chronus-teams",
            "actix",
            "actix-web",
            "actix-rt",
            "axum",
            "hyper",
            "reqwest",
        ],
    ),
    (
        "actors",
        &[
            "projections",
            "chronus-teams",
            "actix-web",
            "axum",
            "hyper",
            "reqwest",
            "rusqlite",
            "sqlx",
            "kurrentdb",
        ],
    ),
    (
        "kurrent-standin",
        &["actors", "chronus-teams", "events", "kurrentdb", "projections"],
    ),
    (
        "projections",
        &[
            "actors",
            "chronus-teams",
            "actix",
            "actix-web",
            "actix-rt",
            "axum",
            "hyper",
            "reqwest",
            "kurrentdb",
        ],
    ),
];

/// The members of the workspace that the table speaks of; a new crate needs its line.
const MEMBERS: &[&str] = &[
    "actors",
    "chronus-teams",
    "events",
    "kurrent-standin",
    "projections",
];

/// The forbidden arrows in what `cargo metadata` prints, each as `from -> to`.
fn forbidden_arrows(metadata: &Value) -> Vec<String> {
    let packages = metadata["packages"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let mut found = Vec::new();
    for package in packages {
        let from = package["name"].as_str().unwrap_or_default();
        let forbidden = FORBIDDEN
            .iter()
            .filter(|(name, _)| *name == from)
            .flat_map(|(_, never)| *never);
        let dependencies: BTreeSet<&str> = package["dependencies"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|dependency| dependency["name"].as_str())
            .collect();
        found.extend(
            forbidden
                .filter(|to| dependencies.contains(*to))
                .map(|to| format!("{from} -> {to}")),
        );
    }
    found
}

fn metadata() -> Value {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn no_crate_imports_what_it_may_not() {
    let found = forbidden_arrows(&metadata());
    assert!(
        found.is_empty(),
        "forbidden: {}; move the code, do not loosen the table",
        found.join(", ")
    );
}

#[test]
fn every_crate_of_the_workspace_is_known_here() {
    let metadata = metadata();
    let names: BTreeSet<&str> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|package| package["name"].as_str())
        .collect();
    assert_eq!(
        names,
        MEMBERS.iter().copied().collect(),
        "say in FORBIDDEN what the new crate may never import"
    );
}

#[test]
fn every_dependency_has_its_reason_in_the_documentation() {
    let metadata = metadata();
    let documentation = include_str!("../../docs/dependencies.md");
    let dependencies = metadata["packages"].as_array().unwrap().iter();
    let missing: BTreeSet<&str> = dependencies
        .flat_map(|package| package["dependencies"].as_array().into_iter().flatten())
        .filter(|dependency| dependency["path"].is_null())
        .filter_map(|dependency| dependency["name"].as_str())
        .filter(|name| !documentation.contains(&format!("| `{name}` |")))
        .collect();
    assert!(missing.is_empty(), "docs/dependencies.md lacks {missing:?}");
}

#[test]
fn a_planted_arrow_of_any_kind_is_reported() {
    let mut metadata = metadata();
    for (from, to, kind) in [
        ("actors", "projections", Value::Null),
        ("projections", "actors", Value::from("dev")),
        ("events", "reqwest", Value::from("build")),
        ("actors", "rusqlite", Value::Null),
    ] {
        let package = metadata["packages"]
            .as_array_mut()
            .unwrap()
            .iter_mut()
            .find(|package| package["name"] == from)
            .unwrap();
        let planted = serde_json::json!({ "name": to, "kind": kind });
        package["dependencies"].as_array_mut().unwrap().push(planted);
    }
    let found: BTreeSet<String> = forbidden_arrows(&metadata).into_iter().collect();
    let planted = [
        "actors -> projections",
        "projections -> actors",
        "events -> reqwest",
        "actors -> rusqlite",
    ];
    assert_eq!(found, planted.iter().map(ToString::to_string).collect());
}

/// The rows of the table of defects in docs/scaling.md: number and named tests.
fn defects() -> Vec<(u32, Vec<String>)> {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/scaling.md")).unwrap();
    let section = text
        .split("\n## ")
        .find(|part| part.starts_with("The official client's defects"));
    let rows = section.unwrap().lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| ")?.split(" | ");
        let number = cells.next()?.parse().ok()?;
        let tests = cells.nth(1)?.split('`').skip(1).step_by(2);
        let names = tests.filter(|name| !name.contains('/')).map(str::to_owned);
        Some((number, names.collect()))
    });
    rows.collect()
}

#[test]
fn every_known_defect_of_the_official_client_has_a_test_of_its_own() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("events");
    let mut sources = std::fs::read_to_string(root.join("src/store/kurrent/feed.rs")).unwrap();
    for entry in std::fs::read_dir(root.join("tests/kurrent")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            sources.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
    let defects = defects();
    let numbers: Vec<u32> = defects.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, (1..=13).collect::<Vec<_>>());
    let mut named = BTreeSet::new();
    for (number, tests) in &defects {
        assert!(!tests.is_empty(), "row {number} names no test");
        for test in tests {
            assert!(
                sources.contains(&format!("fn {test}(")),
                "row {number}: there is no {test}"
            );
            assert!(
                named.insert(test.clone()),
                "row {number}: {test} is another row's too"
            );
        }
    }
}

/// A file and tests in it.
type Shown = (String, Vec<String>);

/// The rows of a page before `end`: what is promised, and by which tests of which file it is shown.
fn promises(page: &str, end: &str) -> Vec<(String, Vec<Shown>)> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(page)).unwrap();
    let text = text.split(end).next().unwrap();
    let rows = text.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ");
        let (promise, shown) = (cells.next()?, cells.nth(1)?);
        let mut files: Vec<Shown> = Vec::new();
        for name in shown.split('`').skip(1).step_by(2) {
            if name.contains('/') {
                files.push((name.to_owned(), Vec::new()));
            } else if let Some((_, tests)) = files.last_mut() {
                tests.push(name.to_owned());
            }
        }
        let is_head = matches!(promise, "Promise" | "Threat") || promise.starts_with("---");
        (!is_head).then(|| (promise.to_owned(), files))
    });
    rows.collect()
}

#[test]
fn every_promise_of_reliability_is_shown_by_tests_that_exist() {
    // What a machine searches has tables of figures.
    are_shown(promises("docs/reliability.md", "\n## What a machine searches"));
}

#[test]
fn every_defence_of_the_security_page_is_shown_by_tests_that_exist() {
    let page = include_str!("../../docs/security.md");
    let boundaries = page.split("\n### ").skip(1).count();
    let tables = page
        .matches("\n| Threat | What stands against it | Shown by |\n")
        .count();
    assert_eq!(boundaries, tables, "a boundary without its table");
    // What is left to the operator, and the limits, are tables of their own.
    let rows = promises("docs/security.md", "\n## Limits").into_iter();
    are_shown(rows.filter(|(_, files)| !files.is_empty()).collect());
    let defences = page.split("\n## Left to the operator").next().unwrap();
    for row in defences
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| Threat"))
    {
        assert!(row.contains(".rs` `"), "no test is named: {row}");
    }
}

fn are_shown(promises: Vec<(String, Vec<Shown>)>) {
    assert!(promises.len() > 20, "{}", promises.len());
    for (promise, files) in promises {
        assert!(!files.is_empty(), "{promise}: no test is named");
        for (file, tests) in files {
            let source =
                std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(&file));
            assert!(source.is_ok(), "{promise}: {file}: {source:?}");
            let source = source.unwrap_or_default();
            assert!(!tests.is_empty(), "{promise}: no test of {file} is named");
            for test in tests {
                assert!(
                    source.contains(&format!("fn {test}(")),
                    "{promise}: {file} has no {test}"
                );
            }
        }
    }
}

#[test]
fn no_files_take_from_each_other_in_a_circle() {
    for crate_of in ["events/src", "actors/src", "projections/src", "src"] {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(crate_of);
        let arrows = files::arrows(&root);
        let circles = files::circles(&arrows);
        assert!(
            circles.is_empty(),
            "{crate_of} has circles: {circles:#?}; move what several need below those that use it"
        );
    }
}
