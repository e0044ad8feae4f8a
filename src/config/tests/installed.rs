//! What the systemd unit, the manifests for Kubernetes and the compose file of one node set is accepted, and each gives a
//! stop the time that it needs.

use super::*;

const UNIT: &str = include_str!("../../../deploy/systemd/chronus-teams.service");
const MANIFEST: &str = include_str!("../../../deploy/kubernetes/30-service.yaml");
const CONFIGURATION: &str = include_str!("../../../deploy/kubernetes/20-configuration.yaml");
const COMPOSE: &str = include_str!("../../../deploy/compose.single.yaml");

/// Nothing is sent for longer than this after a stop began: the longest call to Teams, and its record.
const LONGEST_STOP_SECONDS: u64 = 65 + 15;

/// Reads variables over a configuration; the file's own name is no key.
fn with(text: &str, variables: Vec<(&str, &str)>) -> Config {
    let ours = variables
        .into_iter()
        .filter(|(name, _)| *name != "CHRONUS_TEAMS_CONFIG")
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    Config::from_text(text, "installed", ours).unwrap()
}

/// The number behind a word.
fn number(text: &str, word: &str) -> u64 {
    let rest = text.split(word).nth(1).unwrap_or_else(|| panic!("no {word}"));
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}

#[test]
fn what_the_systemd_unit_sets_is_accepted() {
    let variables = UNIT
        .lines()
        .filter_map(|line| line.strip_prefix("Environment=")?.split_once('='));
    let config = with("", variables.collect());
    assert_eq!(config.data.folder, PathBuf::from("/var/lib/chronus-teams"));
    assert!(number(UNIT, "TimeoutStopSec=") >= LONGEST_STOP_SECONDS);
    let never = UNIT
        .lines()
        .find_map(|line| line.strip_prefix("RestartPreventExitStatus="))
        .unwrap();
    assert!(never.split(' ').any(|code| code == EXIT_USAGE.to_string()));
}

#[test]
fn what_the_manifests_for_kubernetes_set_is_accepted() {
    let block = CONFIGURATION.split("chronus-teams.toml: |\n").nth(1).unwrap();
    let text: String = block
        .lines()
        .map(|line| line.strip_prefix("    ").unwrap_or(line).to_owned() + "\n")
        .collect();
    let variables = MANIFEST.lines().filter_map(|line| {
        let (name, value) = line.trim().strip_prefix("- { name: ")?.split_once(", value: ")?;
        Some((name, value.trim_end_matches(" }").trim_matches('"')))
    });
    let config = with(&text, variables.collect());
    assert_eq!(config.data.folder, PathBuf::from("/data"));
    assert_eq!(config.http.listen.port(), 3978);
    assert_eq!(config.http.admin_listen.port(), 3980);
    assert_eq!(
        config.metrics.access,
        MetricsAccess::Open,
        "who reaches the port is the network policy's to say"
    );
    for file in [
        &config.teams.client_secret_file,
        &config.organizations[0].webhook.as_ref().unwrap().secret_file,
    ] {
        assert!(file.as_ref().unwrap().starts_with("/secrets"));
    }
    // What stands there is filled in, or the service does not start.
    assert!(config.ready_to_serve(Authentication::Required).is_err());
    assert!(number(MANIFEST, "terminationGracePeriodSeconds: ") >= LONGEST_STOP_SECONDS);
    for line in [
        "runAsNonRoot: true",
        "readOnlyRootFilesystem: true",
        "drop: [ALL]",
        "allowPrivilegeEscalation: false",
    ] {
        assert!(MANIFEST.contains(line), "{line}");
    }
}

#[test]
fn what_the_compose_file_of_one_node_sets_is_accepted_and_bounded() {
    let variables = COMPOSE.lines().filter_map(|line| {
        line.trim()
            .split_once(": ")
            .filter(|(name, _)| name.starts_with("CHRONUS_TEAMS_"))
    });
    let config = with("", variables.collect());
    assert_eq!(config.http.admin_listen.port(), 3980);
    assert!(number(COMPOSE, "stop_grace_period: ") >= LONGEST_STOP_SECONDS);
    let services = COMPOSE
        .split("\nservices:\n")
        .nth(1)
        .unwrap()
        .split("\nvolumes:\n")
        .next()
        .unwrap();
    let names = services
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   ") && line.ends_with(':'))
        .count();
    for bound in ["<<: *hardened", "mem_limit:", "cpus:"] {
        assert_eq!(services.matches(bound).count(), names, "{bound}");
    }
    // Operators' port is for this machine alone.
    assert!(services.contains("\"127.0.0.1:3980:3980\"") && !services.contains("\"3980:"));
}

#[test]
fn the_image_has_no_shell_and_its_user_is_nobody_else() {
    let dockerfile = include_str!("../../../deploy/Dockerfile");
    let last = dockerfile.rsplit("\nFROM ").next().unwrap();
    assert!(last.starts_with("${BASE}") && dockerfile.contains("ARG BASE=gcr.io/distroless/"));
    assert!(last.contains("USER 10001") && !last.contains("\nRUN "), "{last}");
    assert!(last.contains("CMD [\"chronus-teams\", \"ready\"]"));
}
