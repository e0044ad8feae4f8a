//! Where secrets may stand, that they never show, and what must be there before anything is served.

use secrecy::ExposeSecret as _;

use super::*;

/// A login on this machine takes ids and secrets of any shape.
const STAND_IN: &str = "login_url = \"http://127.0.0.1:9\"\n";

#[test]
fn secrets_never_show() {
    let text = format!(
        "[teams]\nclient_secret = \"hunter2\"\n{}webhook = {{ url = \"https://a.example\", secret = \"hunter3\" }}\n\
         api_keys = [{{ name = \"n\", sha256 = \"{HASH}\", roles = [\"read\"] }}]\n",
        organization("acme", "t-1")
    );
    let config = read(&text, &[]).unwrap();
    let shown = format!("{config:?}{:?}", config.api_keys());
    assert!(!shown.contains("hunter") && !shown.contains(HASH), "{shown}");
    let wrong = problems("[teams]\nclient_secret = 271828", &[]);
    assert!(!wrong[0].contains("271828"), "{wrong:?}");
}

#[test]
fn a_secret_comes_from_one_place() {
    assert_eq!(
        problem("[teams]\nclient_secret = \"a\"\nclient_secret_file = \"b\""),
        "teams.client_secret (chronus-teams.toml): both teams.client_secret and teams.client_secret_file are given; \
         keep one of them"
    );
}

#[test]
fn a_key_in_place_of_its_hash_is_refused_without_showing_it() {
    let text = format!(
        "{}api_keys = [{{ name = \"n\", sha256 = \"ctk_acme_x\", roles = [\"read\"] }}]",
        organization("acme", "t-1")
    );
    assert_eq!(
        problem(&text),
        "organizations[0].api_keys[0].sha256 (chronus-teams.toml): this is not the SHA-256 of a key in 64 \
         hexadecimal digits; `chronus-teams keys new` prints one"
    );
}

#[test]
fn serving_demands_identity_secret_and_an_organization() {
    let error = read("", &[])
        .unwrap()
        .ready_to_serve(Authentication::Required)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the configuration cannot be used\n  \
         teams.app_id (chronus-teams.toml): this is missing; write the bot's application (client) id\n  \
         teams.client_secret (chronus-teams.toml): this is missing; set CHRONUS_TEAMS_TEAMS__CLIENT_SECRET or teams.client_secret_file\n  \
         organizations (chronus-teams.toml): no organization is configured; add an [[organizations]] section with id and tenant_id"
    );
}

#[test]
fn serving_without_tokens_is_for_loopback_only() {
    let text = format!(
        "[http]\nlisten = \"0.0.0.0:3978\"\n{}",
        organization("acme", "t-1")
    );
    let config = read(&text, &[]).unwrap();
    let error = config
        .ready_to_serve(Authentication::InsecureLoopback)
        .unwrap_err();
    assert_eq!(
        error.problems[0].to_string(),
        "http.listen (chronus-teams.toml): 0.0.0.0:3978 is reachable from other machines, and without tokens only a loopback address is \
         served; write 127.0.0.1:3978"
    );
    let text = organization("acme", "t-1");
    assert!(
        read(&text, &[])
            .unwrap()
            .ready_to_serve(Authentication::InsecureLoopback)
            .is_ok()
    );
}

#[test]
fn secrets_are_read_from_files_and_must_be_usable() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let text = |client: &str, webhook: &str| {
        format!(
            "[teams]\napp_id = \"app\"\n{STAND_IN}client_secret_file = \"{client}\"\n{}\
             webhook = {{ url = \"https://a.example\", secret_file = \"{webhook}\" }}\n",
            organization("acme", "t-1")
        )
    };
    let good = text(
        &file("client", "s3cret\n"),
        &file("hook", "whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0\n"),
    );
    let config = read(&good, &[])
        .unwrap()
        .ready_to_serve(Authentication::Required)
        .unwrap();
    assert_eq!(config.teams.client_secret.unwrap().expose_secret(), "s3cret");

    // As Windows' editor writes it.
    let marked = text(
        &file("marked", "\u{feff}s3cret\r\n"),
        &file(
            "marked-hook",
            "\u{feff}whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0\r\n",
        ),
    );
    let config = read(&format!("\u{feff}{marked}"), &[])
        .unwrap()
        .ready_to_serve(Authentication::Required)
        .unwrap();
    assert_eq!(config.teams.client_secret.unwrap().expose_secret(), "s3cret");

    let bad = text(
        &file("empty", "\u{feff}\n"),
        &file("nosecret", "not base64 at all"),
    );
    let error = read(&bad, &[])
        .unwrap()
        .ready_to_serve(Authentication::Required)
        .unwrap_err();
    let found = error.to_string();
    assert!(
        found.contains("empty is empty; write the secret into it"),
        "{found}"
    );
    assert!(found.contains("this cannot sign; write whsec_"), "{found}");
    assert!(
        found.contains("`echo whsec_$(openssl rand -base64 32)` makes one"),
        "{found}"
    );
    assert!(!found.contains("not base64 at all"), "{found}");

    let missing = text(
        "/nowhere/secret",
        &file("hook", "whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"),
    );
    let error = read(&missing, &[])
        .unwrap()
        .ready_to_serve(Authentication::Required)
        .unwrap_err();
    assert!(
        error.to_string().contains(
            "teams.client_secret_file (chronus-teams.toml): /nowhere/secret cannot be read (No such file or directory \
             (os error 2)); write the secret into it, or name the file that holds it"
        ),
        "{error}"
    );
}

#[test]
fn a_webhook_secret_that_could_be_guessed_is_refused_with_a_sentence_and_never_shown() {
    let serve = |secret: &str| {
        let text = format!(
            "[teams]\napp_id = \"app\"\n{STAND_IN}client_secret = \"s3cret\"\n{}\
             webhook = {{ url = \"https://a.example\", {secret} }}\n",
            organization("acme", "t-1")
        );
        read(&text, &[])
            .and_then(|config| config.ready_to_serve(Authentication::Required))
            .map(drop)
            .map_err(|error| error.to_string())
    };
    let good = "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0";
    assert_eq!(serve(&format!("secret = \"whsec_{good}\"")), Ok(()));
    for (short, bytes) in [("", 0), ("c2VjcmV0", 6), ("c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmU=", 23)] {
        for key in ["secret", "previous_secret"] {
            let other = format!(", secret = \"whsec_{good}\"");
            let other = if key == "secret" { "" } else { &other };
            let told = serve(&format!("{key} = \"whsec_{short}\"{other}")).unwrap_err();
            assert!(
                told.contains(&format!(
                    "webhook.{key} (chronus-teams.toml): this is a secret of {bytes} bytes"
                )),
                "{told}"
            );
            assert!(short.is_empty() || !told.contains(short), "{told}");
        }
    }
    let until = serve(&format!(
        "secret = \"whsec_{good}\", previous_secret_until = \"2026-12-01T00:00:00Z\""
    ));
    assert!(until.unwrap_err().contains("there is no previous secret"));
}
