//! `keys new`, and the service taking what it printed.

use chronus_teams::config::{Config, Role};

use crate::world::{program, stderr, stdout};

#[test]
fn the_printed_key_is_accepted_by_the_printed_configuration() {
    let output = program()
        .args([
            "keys",
            "new",
            "--organization",
            "acme",
            "--role",
            "read",
            "--role",
            "ingest",
            "--name",
            "nightly \"run\"",
        ])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let printed = stdout(&output);
    let key = printed
        .lines()
        .find(|line| line.starts_with("ctk_acme_"))
        .unwrap();
    let section = printed.split_once("[[organizations.api_keys]]").unwrap().1;
    let text =
        format!("[[organizations]]\nid = \"acme\"\ntenant_id = \"t-1\"\n[[organizations.api_keys]]{section}");
    let config = Config::from_text(&text, "printed", []).unwrap();
    let principal = config.api_keys().authenticate(key).unwrap();
    assert_eq!(principal.name, "nightly \"run\"");
    assert_eq!(principal.roles, [Role::Ingest, Role::Read]);
}

#[test]
fn without_a_configuration_the_organization_is_not_checked_and_that_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let made = new_key(folder.path(), "acme");
    assert!(made.status.success());
    assert!(
        stderr(&made).contains("whether acme is one was not checked"),
        "{}",
        stderr(&made)
    );
}

fn new_key(folder: &std::path::Path, organization: &str) -> std::process::Output {
    let mut command = program();
    command
        .current_dir(folder)
        .args(["keys", "new", "--role", "read"]);
    command.args(["--organization", organization]).output().unwrap()
}

#[test]
fn a_key_for_an_organization_that_the_configuration_does_not_name_is_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("chronus-teams.toml");
    let section = |id: &str| format!("[[organizations]]\nid = \"{id}\"\ntenant_id = \"t-{id}\"\n");
    std::fs::write(&file, ["acme", "acne", "globex"].map(section).concat()).unwrap();
    assert_eq!(new_key(folder.path(), "acme").status.code(), Some(0));
    for (typo, advice) in [
        ("acmee", "did you mean acme or acne?"),
        ("zzz", "names no organization zzz; add it"),
    ] {
        let refused = new_key(folder.path(), typo);
        assert_eq!(refused.status.code(), Some(1));
        assert!(stderr(&refused).contains(advice), "{}", stderr(&refused));
        assert_eq!(stdout(&refused), "");
    }
    // What cannot be read may be what the key is made for.
    std::fs::write(&file, "[[organizations]]\nid = 7").unwrap();
    let made = new_key(folder.path(), "zzz");
    assert!(stdout(&made).contains("ctk_zzz_"), "{}", stderr(&made));
    assert!(stderr(&made).contains("was not looked at"), "{}", stderr(&made));
}

#[test]
fn a_role_that_does_not_exist_is_refused_with_those_that_do() {
    let output = program()
        .args(["keys", "new", "--organization", "acme", "--role", "owner"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(64));
    assert!(
        stderr(&output).contains("ingest, read, analyst, audit, admin"),
        "{}",
        stderr(&output)
    );
}
