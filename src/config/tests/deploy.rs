//! The files of `deploy/` say what this program understands.

use std::collections::HashSet;

use super::*;

#[test]
fn what_the_trial_cluster_sets_is_accepted() {
    let compose = include_str!("../../../deploy/compose.yaml");
    let dockerfile = include_str!("../../../deploy/Dockerfile");
    let set = |line: &str| {
        let line = line
            .trim()
            .trim_start_matches("ENV ")
            .trim_end_matches('\\')
            .trim();
        let (name, value) = line.split_once(": ").or_else(|| line.split_once('='))?;
        let ours = name.starts_with("CHRONUS_TEAMS_") && name != "CHRONUS_TEAMS_CONFIG";
        // A secret's file comes from the configuration file, or stands in for it where there is none.
        (ours && !name.ends_with("_FILE")).then(|| (name.to_owned(), value.trim_matches('"').to_owned()))
    };
    let variables: Vec<(String, String)> = compose
        .lines()
        .chain(dockerfile.lines())
        .filter_map(set)
        .collect();
    let names: Vec<&str> = variables.iter().map(|(name, _)| name.as_str()).collect();
    for needed in [
        "CHRONUS_TEAMS_DATA__STORE",
        "CHRONUS_TEAMS_CLUSTER__NODE",
        "CHRONUS_TEAMS_DATA__FOLDER",
        "CHRONUS_TEAMS_HTTP__LISTEN",
    ] {
        assert!(names.contains(&needed), "{needed} is not set: {names:?}");
    }
    // Two nodes have two names; one is read here.
    let mut seen = HashSet::new();
    let once = variables
        .into_iter()
        .filter(|(name, _)| seen.insert(name.clone()));
    // A build without KurrentDB says so about the store, and about nothing else.
    let once: Vec<_> = once
        .filter(|(name, _)| cfg!(feature = "kurrentdb") || name != "CHRONUS_TEAMS_DATA__STORE")
        .collect();
    let text = include_str!("../../../deploy/chronus-teams.toml");
    let config = Config::from_text(text, "deploy/chronus-teams.toml", once).unwrap();
    assert_eq!(config.keys.url.unwrap().as_str(), "http://keys:3981/");
}

#[test]
fn every_container_of_ours_is_hardened_and_nothing_published_opens_the_api() {
    let compose = include_str!("../../../deploy/compose.yaml");
    let hardened = compose.split("x-hardened: &hardened").nth(1).unwrap();
    let hardened = hardened.split("\n\n").next().unwrap();
    for line in [
        "cap_drop: [ALL]",
        "no-new-privileges:true",
        "read_only: true",
        "pids_limit:",
        "mem_limit:",
        "core: 0",
    ] {
        assert!(hardened.contains(line), "{line} is missing: {hardened}");
    }
    // Each section that names our image takes it over.
    let mut section: Vec<&str> = Vec::new();
    let mut ours = 0;
    for line in compose.lines().chain(["end:"]) {
        let begins = line.ends_with(':') || line.contains(": &");
        let is_name = begins
            && (line.starts_with("x-") || line.strip_prefix("  ").is_some_and(|l| !l.starts_with(' ')));
        if is_name || line == "end:" {
            let text = section.join("\n");
            if text.contains("image: chronus-teams") {
                ours += 1;
                assert!(text.contains("<<: *hardened"), "{text}");
            }
            section.clear();
        }
        section.push(line);
    }
    assert_eq!(ours, 4, "setup, keys, the nodes, the sandbox");
    // Whatever else runs beside them has no capabilities either, and takes no more than it is given.
    let services = compose.split("\nservices:\n").nth(1).unwrap();
    let services = services.split("\nnetworks:\n").next().unwrap();
    let (mut names, mut bounded) = (0, 0);
    for line in services.lines() {
        let inner = line.strip_prefix("  ").unwrap_or_default();
        names += usize::from(inner.ends_with(':') && !inner.starts_with([' ', '#']));
        bounded += usize::from(
            ["hardened", "kurrentdb", "teams", "sandbox-relay"]
                .iter()
                .any(|base| inner == format!("  <<: *{base}")),
        );
    }
    assert_eq!((names, bounded), (12, 12), "a service without bounds");
    for base in [
        "x-kurrentdb: &kurrentdb",
        "x-teams: &teams",
        "x-sandbox-relay: &sandbox-relay",
    ] {
        let text = compose.split(base).nth(1).unwrap();
        let text = text.split("\n\n").next().unwrap();
        let own = [
            "cap_drop: [ALL]",
            "no-new-privileges:true",
            "pids_limit:",
            "mem_limit:",
        ];
        assert!(
            text.contains("<<: *hardened") || own.iter().all(|line| text.contains(line)),
            "{base}: {text}"
        );
    }
    assert!(!compose.contains("privileged:") && !compose.contains("docker.sock"));
    let published = include_str!("../../../deploy/chronus-teams.toml");
    let hash = published.lines().find(|line| line.starts_with("sha256")).unwrap();
    assert_eq!(hash, format!("sha256 = \"{}\"", "0".repeat(64)));
    for file in [compose, published, include_str!("../../../deploy/Dockerfile")] {
        assert!(!file.contains("ctk_"), "a key is published");
    }
}

#[test]
fn the_alerts_name_metrics_that_exist() {
    let known = include_str!("../../metrics.rs");
    let alerts = include_str!("../../../deploy/alerts.yml");
    let mut named = HashSet::new();
    for (at, _) in alerts.match_indices("chronus_teams_") {
        let name: String = alerts[at..]
            .chars()
            .take_while(|c| c.is_ascii_lowercase() || *c == '_')
            .collect();
        assert!(
            known.contains(&format!("\"{name}\"")),
            "{name} is no metric of ours"
        );
        named.insert(name);
    }
    assert!(named.len() > 5, "{named:?}");
}
