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
        (ours && !name.ends_with("_FILE")).then(|| (name.to_owned(), value.to_owned()))
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
    assert_eq!(config.keys.url.unwrap().as_str(), "http://keys:3979/");
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
