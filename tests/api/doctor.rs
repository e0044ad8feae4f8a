//! `doctor` as it is run: beside a service and its sandbox, where all is well, and beside stand-ins that fail, where each
//! thing that is wrong has its line and its fix. Real HTTP, real TLS.

mod certificates;

use std::path::Path;
use std::process::{Command, Output};

use chrono::TimeDelta;
use events::{Clock as _, SystemClock};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use wiremock::matchers::{any, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{WEBHOOK_SECRET, World};
use certificates::Authority;

const APP_SECRET: &str = "a-secret-between-service-and-sandbox";
const TENANT: &str = "7b1f6a52-0d4e-4c55-9a0e-5d1c6f2e9a01";

/// What it said.
struct Said {
    code: Option<i32>,
    text: String,
    findings: Vec<Value>,
}

impl Said {
    fn of(output: &Output) -> Self {
        let text = String::from_utf8(output.stdout.clone()).unwrap();
        let told: Value = serde_json::from_str(&text).unwrap_or_default();
        Self {
            code: output.status.code(),
            findings: told["findings"].as_array().cloned().unwrap_or_default(),
            text: text + &String::from_utf8_lossy(&output.stderr),
        }
    }

    /// The one finding of that check that says so.
    #[track_caller]
    fn has(&self, check: &str, verdict: &str, what: &str) -> &Value {
        let mut found = self.findings.iter().filter(|finding| {
            finding["check"] == check
                && finding["verdict"] == verdict
                && finding["what"].as_str().unwrap().contains(what)
        });
        found
            .next()
            .unwrap_or_else(|| panic!("no {check} that is {verdict} and says {what:?}: {}", self.text))
    }

    /// The same, with a fix that says so.
    #[track_caller]
    fn tells(&self, check: &str, verdict: &str, what: &str, fix: &str) {
        let finding = self.has(check, verdict, what);
        assert!(finding["fix"].as_str().unwrap().contains(fix), "{finding}");
    }
}

/// Runs it on a configuration, away from this test's own threads.
async fn doctor(folder: &Path, configuration: &str, arguments: &[&str], trusted: Option<&Path>) -> Said {
    let file = folder.join("doctor.toml");
    std::fs::write(&file, configuration).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_chronus-teams"));
    command.arg("--config").arg(&file).arg("doctor").args(arguments);
    if let Some(trusted) = trusted {
        command.env("SSL_CERT_FILE", trusted);
    }
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .unwrap();
    Said::of(&output)
}

/// A configuration in which nothing but the given things is meant to answer.
fn configuration(folder: &Path, login: &str, more: &str) -> String {
    format!(
        "[data]\nfolder = \"{}\"\n[teams]\napp_id = \"6f1d2c3b-4a5e-4f60-8b71-92a3b4c5d6e7\"\nclient_secret = \
         \"{APP_SECRET}\"\nlogin_url = \"{login}\"\nservice_url = \"{login}/teams\"\nissuers = [{{ issuer = \
         \"https://api.botframework.com\", metadata_url = \"{login}/keys\" }}]\nallowed_hosts = [\"{login}\"]\n{more}",
        folder.join("data").display()
    )
}

fn organization(webhook: &str) -> String {
    format!(
        "[[organizations]]\nid = \"acme\"\ntenant_id = \"{TENANT}\"\nwebhook = {{ url = \"{webhook}\", secret = \
         \"{WEBHOOK_SECRET}\" }}\n"
    )
}

#[actix_web::test]
async fn beside_a_sound_service_nothing_is_wrong_and_no_secret_is_shown() {
    let world = World::start().await;
    let folder = tempfile::tempdir().unwrap();
    let listen = format!("listen = \"{}\"\nadmin_listen", world.service().address());
    let text = world
        .configuration()
        .replace("listen = \"127.0.0.1:0\"\nadmin_listen", &listen);
    let said = doctor(folder.path(), &text, &["--json"], None).await;
    // The disk is whatever this test runs on.
    let is_sound = |finding: &Value| finding["verdict"] != "wrong" || finding["check"] == "disk";
    assert!(said.findings.iter().all(is_sound), "{}", said.text);
    assert!(said.code == Some(0) || said.findings.iter().any(|finding| finding["verdict"] == "wrong"));
    for (check, what) in [
        ("configuration", "2 organizations can be served"),
        ("folder", "this user's alone"),
        ("process", "a service runs on it, and is ready"),
        ("log", "it can be read up to position"),
        ("clock", "s from its time"),
        ("login", "it gives the bot a token"),
        ("signing_keys", "keys that may sign for Teams"),
        ("connector", "it answers"),
        ("webhook", "it answers"),
    ] {
        said.has(check, "good", what);
    }
    said.has("webhook", "skipped", "read from GET /v1/responses");
    said.has("proxy", "skipped", "--public-url");
    let public = format!("http://{}", world.service().address());
    let plain = doctor(folder.path(), &text, &["--public-url", &public], None).await;
    assert!(
        plain.text.contains("it hands /api/messages on to the service"),
        "{}",
        plain.text
    );
    for secret in [APP_SECRET, WEBHOOK_SECRET] {
        assert!(!said.text.contains(secret) && !plain.text.contains(secret));
    }
}

#[actix_web::test]
async fn a_secret_that_the_login_refuses_is_told_with_what_to_write() {
    let world = World::start().await;
    let folder = tempfile::tempdir().unwrap();
    let text = world.configuration().replace(APP_SECRET, "of-nobody");
    let said = doctor(folder.path(), &text, &["--json"], None).await;
    assert_eq!(said.code, Some(1));
    said.tells("login", "wrong", "AADSTS7000215", "teams.client_secret_file");
    assert!(!said.text.contains("of-nobody"), "{}", said.text);
}

#[tokio::test]
async fn each_thing_that_is_wrong_outside_has_its_line_and_its_fix() {
    let folder = tempfile::tempdir().unwrap();
    let there = MockServer::start().await;
    let an_hour_ago = (SystemClock.now() - TimeDelta::hours(1))
        .format("%a, %d %b %Y %H:%M:%S GMT")
        .to_string();
    for (at, answer) in [
        ("/gone", ResponseTemplate::new(410)),
        (
            "/moved",
            ResponseTemplate::new(302).insert_header("location", "/gone"),
        ),
        (
            "/",
            ResponseTemplate::new(200).insert_header("date", an_hour_ago.as_str()),
        ),
        ("/teams", ResponseTemplate::new(503)),
        ("/keys", ResponseTemplate::new(404)),
        ("/api/messages", ResponseTemplate::new(502)),
    ] {
        Mock::given(path(at)).respond_with(answer).mount(&there).await;
    }
    let refuses = ResponseTemplate::new(401)
        .set_body_json(serde_json::json!({ "error": "invalid_client", "error_codes": [7_000_222] }));
    Mock::given(method("POST"))
        .respond_with(refuses)
        .mount(&there)
        .await;
    let text = |webhook: &str, more: &str| {
        configuration(
            folder.path(),
            &there.uri(),
            &(more.to_owned() + &organization(&format!("{}{webhook}", there.uri()))),
        )
    };
    let public = there.uri();

    let said = doctor(
        folder.path(),
        &text("/gone", ""),
        &["--json", "--public-url", &public],
        None,
    )
    .await;
    assert_eq!(said.code, Some(1));
    said.tells("clock", "wrong", "s ahead of its time", "NTP");
    said.tells("login", "wrong", "AADSTS7000222", "make a new one in Entra");
    said.tells("signing_keys", "wrong", "answered 404", "teams.issuers");
    said.tells("connector", "warning", "503", "wait");
    said.tells(
        "webhook",
        "wrong",
        "410, which switches the webhook off",
        "enable the webhook",
    );
    said.tells(
        "proxy",
        "wrong",
        "finds no service behind it",
        "start the service",
    );
    said.tells(
        "configuration",
        "warning",
        "no API key",
        "keys new --organization acme",
    );
    let wrong = said
        .findings
        .iter()
        .filter(|finding| finding["verdict"] != "good" && finding["verdict"] != "skipped");
    assert!(wrong.clone().count() > 5 && wrong.clone().all(|finding| finding["fix"].is_string()));

    let said = doctor(folder.path(), &text("/moved", ""), &["--json"], None).await;
    said.tells(
        "webhook",
        "wrong",
        "is not followed",
        "organizations[].webhook.url",
    );
    let said = doctor(folder.path(), &text("/gone", ""), &[], None).await;
    let lines = said.text.lines().filter(|line| line.starts_with("WRONG")).count();
    assert_eq!(
        said.text.matches("fix: ").count() - said.text.matches("WARN").count(),
        lines,
        "{}",
        said.text
    );
    assert!(lines > 3, "{}", said.text);
}

#[tokio::test]
async fn whoever_says_nothing_is_waited_for_no_longer_than_allowed() {
    let folder = tempfile::tempdir().unwrap();
    // It takes connections and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = format!("http://{}", silent.local_addr().unwrap());
    let text = configuration(
        folder.path(),
        &at,
        &organization(&format!(
            "https://{}/hook?token=hidden",
            silent.local_addr().unwrap()
        )),
    );
    let said = doctor(folder.path(), &text, &["--json", "--timeout", "1"], None).await;
    assert_eq!(said.code, Some(1));
    said.tells("login", "wrong", "timeout", "reach it");
    said.tells("tls", "wrong", "no answer within 1 s", "firewalls");
    said.tells("signing_keys", "wrong", "no answer from", "reach that host");
    assert!(
        !said.text.contains("hidden"),
        "what stands behind a host may be secret: {}",
        said.text
    );
}

#[tokio::test]
async fn certificates_are_judged_by_name_authority_and_end() {
    let folder = tempfile::tempdir().unwrap();
    let (authority, stranger) = (Authority::new(), Authority::new());
    let trusted = folder.path().join("trusted.pem");
    std::fs::write(&trusted, authority.pem()).unwrap();
    let year = SystemClock.now() + TimeDelta::days(365);
    for (shown, verdict, what, fix) in [
        (
            authority.shown("localhost", year),
            "good",
            "its certificate holds until 20",
            "",
        ),
        (
            authority.shown("localhost", SystemClock.now() + TimeDelta::days(9)),
            "warning",
            "holds until",
            "renew it",
        ),
        (
            authority.shown("localhost", SystemClock.now() - TimeDelta::days(2)),
            "wrong",
            "has ended",
            "renew it",
        ),
        (
            authority.shown("other.example", year),
            "wrong",
            "for other names",
            "organizations[0].webhook.url",
        ),
        (
            stranger.shown("localhost", year),
            "wrong",
            "nobody whom this machine trusts",
            "SSL_CERT_FILE",
        ),
    ] {
        let port = shown.serve().await;
        let text = configuration(
            folder.path(),
            "http://127.0.0.1:9",
            &organization(&format!("https://localhost:{port}/hook")),
        );
        let said = doctor(
            folder.path(),
            &text,
            &["--json", "--timeout", "2"],
            Some(&trusted),
        )
        .await;
        let finding = said.has("tls", verdict, what);
        assert!(
            finding["fix"].as_str().unwrap_or_default().contains(fix),
            "{finding}"
        );
    }
    said_of_old_tls(folder.path(), &trusted).await;
}

/// A proxy that answers a hello of TLS 1.1 with one of its own is told to stop that; rustls, which refuses it, is not.
async fn said_of_old_tls(folder: &Path, trusted: &Path) {
    let old = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = old.local_addr().unwrap().port();
    let serving = tokio::spawn(async move {
        loop {
            let (mut stream, _) = old.accept().await.unwrap();
            tokio::spawn(async move {
                let mut hello = [0; 11];
                stream.read_exact(&mut hello).await.unwrap();
                // What it wants is the version in the hello itself, and it takes that of 1.1 alone.
                let is_old = hello[9..] == [3, 2];
                let answer: &[u8] = if is_old {
                    &[22, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2, 0]
                } else {
                    &[21, 3, 3, 0, 2, 2, 70]
                };
                stream.write_all(answer).await.unwrap();
            });
        }
    });
    let text = configuration(folder, "http://127.0.0.1:9", &organization("http://127.0.0.1:9/"));
    let public = format!("https://localhost:{port}");
    let said = doctor(
        folder,
        &text,
        &["--json", "--timeout", "2", "--public-url", &public],
        Some(trusted),
    )
    .await;
    said.tells(
        "proxy",
        "warning",
        "still speaks TLS 1.1",
        "ssl_protocols TLSv1.2 TLSv1.3",
    );
    serving.abort();
    let port = Authority::new()
        .shown("localhost", SystemClock.now() + TimeDelta::days(90))
        .serve()
        .await;
    let public = format!("https://localhost:{port}");
    let said = doctor(
        folder,
        &text,
        &["--json", "--timeout", "2", "--public-url", &public],
        Some(trusted),
    )
    .await;
    said.has("proxy", "good", "no TLS older than 1.2");
}

#[tokio::test]
async fn what_is_wrong_on_this_machine_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let other = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(200))
        .mount(&other)
        .await;
    let listen = format!("[http]\nlisten = \"{}\"\n", other.address());
    let text = |more: &str| {
        configuration(
            folder.path(),
            "http://127.0.0.1:9",
            &format!("{more}{}", organization("https://nowhere.invalid/hook")),
        )
    };

    let said = doctor(folder.path(), &text(&listen), &["--json", "--timeout", "2"], None).await;
    said.has("folder", "good", "the first start makes it");
    said.tells(
        "process",
        "wrong",
        "another program listens at http.listen",
        "another port",
    );
    said.tells("dns", "wrong", "", "organizations[0].webhook.url");

    std::fs::create_dir(&data).unwrap();
    let lock = std::fs::File::create(data.join("events.lock")).unwrap();
    lock.lock().unwrap();
    std::fs::write(
        data.join("events.db"),
        "no database at all, but some text that is longer than a header of one",
    )
    .unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let free = "[http]\nlisten = \"127.0.0.1:9\"\n";
    let said = doctor(folder.path(), &text(free), &["--json", "--timeout", "2"], None).await;
    said.tells("process", "warning", "a process uses it", "fuser events.lock");
    said.tells("log", "wrong", "", "chronus-teams check");
    #[cfg(unix)]
    said.tells(
        "folder",
        "warning",
        "others on this machine may enter it",
        "chmod 700",
    );
    said.has("disk", "good", "GiB are free");
}

#[tokio::test]
async fn a_configuration_that_cannot_be_used_is_told_line_by_line() {
    let folder = tempfile::tempdir().unwrap();
    let said = doctor(folder.path(), "[http]\nlisten = \"here\"\n", &["--json"], None).await;
    assert_eq!(said.code, Some(64), "{}", said.text);
    said.tells("configuration", "wrong", "", "write number and port");
    assert_eq!(said.findings.len(), 1, "{}", said.text);
    // It can be read, and not be served: the rest is looked at all the same.
    let text = configuration(folder.path(), "http://127.0.0.1:9", "").replace(APP_SECRET, "");
    let said = doctor(folder.path(), &text, &["--json", "--timeout", "1"], None).await;
    assert_eq!(said.code, Some(1), "{}", said.text);
    said.tells(
        "configuration",
        "wrong",
        "no organization is configured",
        "[[organizations]]",
    );
    said.has("login", "skipped", "put right first");
    said.has("folder", "good", "");
}
