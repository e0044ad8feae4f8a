//! The runbook (docs/operations.md) and what calls people say the same: every alert rule has its entry and every entry
//! its rule; every word of the log lines' target `alert` has its row; what an entry names exists.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const PAGE: &str = include_str!("../../docs/operations.md");
const RULES: &str = include_str!("../../deploy/alerts.yml");

/// The entries by their rule's name.
fn entries() -> BTreeMap<&'static str, &'static str> {
    let alerts = PAGE.split("\n## Alerts\n").nth(1).unwrap();
    let alerts = alerts.split("\n## ").next().unwrap();
    let entries = alerts.split("\n### ").skip(1);
    entries.map(|entry| entry.split_once('\n').unwrap()).collect()
}

/// The rules by their name.
fn rules() -> BTreeMap<&'static str, &'static str> {
    let rules = RULES.split("- alert: ").skip(1);
    rules.map(|rule| rule.split_once('\n').unwrap()).collect()
}

/// The source files of the product.
fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut next: Vec<PathBuf> = ["src", "actors/src", "projections/src", "events/src"]
        .map(|folder| root.join(folder))
        .to_vec();
    let mut files = Vec::new();
    while let Some(folder) = next.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                next.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                files.push((path.clone(), std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files
}

#[test]
fn every_alert_has_its_entry_and_every_entry_its_alert() {
    let (entries, rules) = (entries(), rules());
    assert!(rules.len() > 10, "{}", rules.len());
    assert_eq!(
        entries.keys().collect::<Vec<_>>(),
        rules.keys().collect::<Vec<_>>(),
        "left: docs/operations.md, right: deploy/alerts.yml"
    );
    for (name, rule) in rules {
        let leads = format!("runbook: docs/operations.md#{}\n", name.to_lowercase());
        assert!(rule.contains(&leads), "{name} does not lead to its entry: {rule}");
        for part in ["**Means.** ", "**Look here.** ", "**Do this.** "] {
            assert_eq!(entries[name].matches(part).count(), 1, "{name}: {part}");
        }
    }
}

#[test]
fn every_word_of_an_alert_line_has_its_row_and_every_row_its_word() {
    let sources = sources();
    let mut words: BTreeSet<&str> = BTreeSet::new();
    for (_, text) in &sources {
        for (at, _) in text.match_indices("target: \"alert\"") {
            let line = &text[at..at + text[at..].find(';').unwrap()];
            let word = line.split("alert = \"").nth(1);
            words.extend(word.map(|rest| rest.split('"').next().unwrap()));
        }
    }
    let outcomes = sources
        .iter()
        .find(|(path, _)| path.ends_with("actors/src/delivery/outcome.rs"));
    let told = outcomes.unwrap().1.split("pub fn alert(").nth(1).unwrap();
    let told = told.split("pub fn ").next().unwrap().split("Some(\"").skip(1);
    words.extend(told.map(|rest| rest.split('"').next().unwrap()));
    let table = PAGE.split("\n## Words of the target alert\n").nth(1).unwrap();
    let rows = table.split("\n## ").next().unwrap().split("\n| `").skip(1);
    let rows: BTreeSet<&str> = rows.map(|row| row.split('`').next().unwrap()).collect();
    assert_eq!(rows, words, "left: docs/operations.md, right: the sources");
}

/// A line for machines is one flat object: a field with the name of one of its own would stand in it twice.
#[test]
fn no_log_line_has_a_field_with_the_name_of_one_that_every_line_has() {
    for (path, text) in sources() {
        for level in ["error", "warn", "info", "debug", "trace"] {
            for line in text.split(&format!("tracing::{level}!(")).skip(1) {
                let line = line.split(';').next().unwrap();
                for name in ["timestamp", "level", "message", "span", "spans"] {
                    let given = [
                        format!(" {name} = "),
                        format!("({name} = "),
                        format!("%{name},"),
                        format!("?{name},"),
                    ];
                    let found = given.iter().find(|given| line.contains(given.as_str()));
                    assert!(found.is_none(), "{}: {found:?} in {line}", path.display());
                }
            }
        }
    }
}

#[test]
fn what_the_runbook_names_exists() {
    let metrics = include_str!("../../src/metrics.rs");
    let commands = include_str!("../../src/cli.rs");
    let settings = include_str!("../../docs/configuration.md");
    for quoted in PAGE.split('`').skip(1).step_by(2) {
        if quoted.starts_with("chronus_teams_") {
            assert!(metrics.contains(&format!("\"{quoted}\"")), "no metric {quoted}");
        }
        if let Some(command) = quoted.strip_prefix("chronus-teams ") {
            let word = command.split(' ').next().unwrap();
            let mut variant = word.replace('-', "");
            variant[..1].make_ascii_uppercase();
            let known = commands
                .to_lowercase()
                .contains(&format!("\n    {}", variant.to_lowercase()));
            assert!(known, "no command {word}");
        }
        let section = quoted.split('.').next().unwrap();
        if ["http", "teams", "data", "responses", "metrics", "projections"].contains(&section)
            && quoted.contains('.')
        {
            assert!(
                settings.contains(&format!("| `{quoted}`")) || settings.contains(&format!("`{quoted}.")),
                "no key {quoted}"
            );
        }
        if let Some(route) = quoted
            .strip_prefix("POST ")
            .or_else(|| quoted.strip_prefix("GET "))
        {
            let served = sources()
                .iter()
                .any(|(_, text)| text.contains(&format!("\"{route}\"")));
            assert!(served, "no route {route}");
        }
    }
}
