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
fn a_role_that_does_not_exist_is_refused_with_those_that_do() {
    let output = program()
        .args(["keys", "new", "--organization", "acme", "--role", "owner"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(64));
    assert!(
        stderr(&output).contains("ingest, read, analyst, admin"),
        "{}",
        stderr(&output)
    );
}
