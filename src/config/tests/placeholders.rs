//! What a newcomer leaves in place, or takes for something else.

use super::*;

const APP: &str = "6f1d2c3b-4a5e-4f60-8b71-92a3b4c5d6e7";
const TENANT: &str = "7b1f6a52-0d4e-4c55-9a0e-5d1c6f2e9a01";
const SECRET: &str = "Zq18Q~w9dRk3mTn0vYb7xLc5hJs2fGpAeUoWiXdl";

/// What serving is told, line by line.
fn told(text: &str) -> Vec<String> {
    let served = read(text, &[]).and_then(|config| config.ready_to_serve(Authentication::Required));
    let problems = served.map_or_else(|error| error.problems, |_| Vec::new());
    problems.iter().map(ToString::to_string).collect()
}

fn configured(app: &str, secret: &str, tenant: &str) -> String {
    format!(
        "[teams]\napp_id = \"{app}\"\nclient_secret = \"{secret}\"\n{}",
        organization("acme", tenant)
    )
}

#[test]
fn the_example_file_as_it_is_tells_every_placeholder_at_once() {
    let example = include_str!("../../../chronus-teams.example.toml");
    let told = told(example).join("\n");
    for part in [
        "teams.app_id (chronus-teams.toml): this is the example's placeholder; write the 36 characters of Microsoft \
         App ID",
        "teams.client_secret_file (chronus-teams.toml): /run/secrets/chronus-teams-client cannot be read",
        "organizations[0].tenant_id (chronus-teams.toml): this is the example's placeholder",
        "organizations[0].api_keys[0].sha256 (chronus-teams.toml): this is the example's placeholder; `chronus-teams \
         keys new --organization acme --role ingest --role read`",
        "organizations[0].webhook.secret_file (chronus-teams.toml): /run/secrets/chronus-teams-acme-webhook cannot",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
}

#[test]
fn an_application_id_has_36_characters() {
    assert_eq!(told(&configured(APP, SECRET, TENANT)), [""; 0]);
    for (id, what) in [
        ("<Microsoft App ID>", "this is a placeholder"),
        ("…", "this is a placeholder"),
        ("6f1d2c3b4a5e4f608b7192a3b4c5d6e7", "this is no application id"),
        (
            "{6f1d2c3b-4a5e-4f60-8b71-92a3b4c5d6e7}",
            "this is no application id",
        ),
        ("my-bot", "this is no application id"),
        (
            "00000000-0000-0000-0000-000000000000",
            "this is the example's placeholder",
        ),
    ] {
        assert_eq!(
            told(&configured(id, SECRET, TENANT)),
            [format!(
                "teams.app_id (chronus-teams.toml): {what}; write the 36 characters of Microsoft App ID"
            )]
        );
    }
}

#[test]
fn a_tenant_is_named_by_its_id() {
    for (id, what) in [
        ("acme.onmicrosoft.com", "write the tenant's id, not its domain"),
        (
            "7b1f6a520d4e4c559a0e5d1c6f2e9a01",
            "this is no tenant id; write its 36 characters, as Entra shows them under Overview",
        ),
        (
            "11111111-1111-1111-1111-111111111111",
            "this is the example's placeholder; write the tenant's id, 36 characters",
        ),
    ] {
        assert_eq!(
            told(&configured(APP, SECRET, id)),
            [format!("organizations[0].tenant_id (chronus-teams.toml): {what}")]
        );
    }
}

#[test]
fn what_can_be_no_id_at_all_is_told_what_to_write() {
    assert_eq!(
        told(&configured(APP, SECRET, "<Tenant ID>")),
        [
            "organizations[0].tenant_id (chronus-teams.toml): tenant id holds the character '<', which is not allowed; \
          write the tenant's id, 36 characters"
        ]
    );
}

#[test]
fn a_client_secret_is_its_value_and_no_word_of_it_is_shown() {
    for (secret, what) in [
        ("…", "this is a placeholder; write the client secret's Value"),
        (
            "<client secret>",
            "this is a placeholder; write the client secret's Value",
        ),
        (APP, "this looks like the secret's id; write its Value"),
        (
            "short",
            "this is no client secret, of which Entra makes 40 characters; write its Value, or make a new one in Entra",
        ),
        (
            "two words and a third one",
            "this is no client secret, of which Entra makes 40 characters; write its Value, or make a new one in Entra",
        ),
    ] {
        assert_eq!(
            told(&configured(APP, secret, TENANT)),
            [format!("teams.client_secret (chronus-teams.toml): {what}")]
        );
    }
}

#[test]
fn the_home_of_a_single_tenant_app_is_an_id_or_a_domain() {
    let home = |home: &str| {
        told(&configured(APP, SECRET, TENANT).replace(
            "[teams]\n",
            &format!("[teams]\napp_type = \"single_tenant\"\nhome_tenant = \"{home}\"\n"),
        ))
    };
    assert_eq!(home(TENANT), [""; 0]);
    assert_eq!(home("acme.onmicrosoft.com"), [""; 0]);
    for placeholder in ["00000000-0000-0000-0000-000000000000", "<tenant>", "acme"] {
        let told = home(placeholder);
        assert!(
            told[0].starts_with("teams.home_tenant (chronus-teams.toml): this is "),
            "{told:?}"
        );
        assert_eq!(told.len(), 1, "{told:?}");
    }
}

#[test]
fn without_a_file_that_is_said_first() {
    let config = Config::from_text("", "", []).unwrap();
    let error = config
        .ready_to_serve(Authentication::Required)
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with(
            "the configuration cannot be used\n  there is no chronus-teams.toml here; copy \
             chronus-teams.example.toml, or name yours with --config\n  teams.app_id: this is missing"
        ),
        "{error}"
    );
}
