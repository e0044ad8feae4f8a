//! What `make freeze` kept of a release: its data folder, an export and a backup of it, what it said of them, and keys of its API.

use std::path::Path;

use serde_json::Value;

use super::unpack;
use crate::desk::Desk;
use crate::serve::{KEY, Serve};

/// What the configuration allows whoever asks.
pub(crate) const TAKEN_WITH: (&str, &str) = (
    r#"["ingest", "read", "admin"]"#,
    r#"["ingest", "read", "analyst", "audit", "admin"]"#,
);
/// What tells of which log and up to where it was asked: a restored log is another one, and a log that is served grows.
const OF_THE_MOMENT: [&str; 3] = ["report", "sha256", "next"];

/// An answer: one value, or one a line.
fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| {
        let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
        Value::Array(lines.collect())
    })
}

/// Where an answer says something else than what was told; nowhere where it says all of that. More may stand in an object, and
/// behind what stood in the outermost list.
fn difference(told: &Value, now: &Value, place: &str) -> Option<String> {
    match (told, now) {
        (Value::Array(told), Value::Array(now)) => {
            let grown = place.matches('/').count() <= 1 && told.len() <= now.len();
            if told.len() != now.len() && !grown {
                return Some(format!("{place}: {} became {}", told.len(), now.len()));
            }
            let mut pairs = told.iter().zip(now).enumerate();
            pairs.find_map(|(at, (told, now))| difference(told, now, &format!("{place}/{at}")))
        }
        (Value::Object(told), Value::Object(now)) => told
            .iter()
            .filter(|(name, _)| !OF_THE_MOMENT.contains(&name.as_str()))
            .find_map(|(name, told)| {
                let place = format!("{place}/{name}");
                let now = now.get(name).unwrap_or(&Value::Null);
                difference(told, now, &place)
            }),
        (told, now) => (told != now).then(|| format!("{place}: {told} became {now}")),
    }
}

/// The newest program takes what a release left behind, says of it what that release said, and carries it on.
pub(crate) async fn answers_as_recorded(release: &Path) {
    let name = release.display().to_string();
    let frozen: Value = read(&std::fs::read_to_string(release.join("frozen.json")).unwrap());
    let serve = Serve::new();
    serve.replaces(&[TAKEN_WITH]);
    for part in ["store", "export", "backup"] {
        let into = if part == "store" { "data" } else { part };
        unpack(
            &release.join(format!("{part}.tar.gz")),
            &serve.folder().join(into),
        );
    }
    let (sound, before) = serve.check_with(&["--audit"]);
    assert!(sound, "{name}: {before:#}");
    assert_asked(&serve, release, &frozen);
    let audit = release.join("audit").display().to_string();
    serve.run(&["audit", "--organization", "acme", "--compare", &audit]);

    assert_served(&serve, &name, &frozen).await;

    let (sound, after) = serve.check_with(&["--audit"]);
    assert!(sound, "{name}: {after:#}");
    assert!(after["events"].as_u64() > before["events"].as_u64(), "{name}");
    let more = serve.run(&["export", "export", "--continue"]);
    assert!(!more.starts_with("0 events"), "{name}: {more}");
    serve.run(&["backup", "verify", "backup"]);
    serve.run(&["restore", "--from", "backup", "--replace"]);
    let (sound, restored) = serve.check_with(&["--audit"]);
    assert!(sound, "{name}: {restored:#}");
    assert_asked(&serve, release, &frozen);
}

/// The command line says what it said.
fn assert_asked(serve: &Serve, release: &Path, frozen: &Value) {
    for asked in frozen["asked"].as_array().unwrap() {
        let file = release.join(asked["file"].as_str().unwrap());
        let arguments: Vec<&str> = asked["arguments"]
            .as_array()
            .unwrap()
            .iter()
            .map(|argument| argument.as_str().unwrap())
            .collect();
        let told = read(&std::fs::read_to_string(&file).unwrap());
        let now = read(&serve.run(&arguments));
        assert_eq!(difference(&told, &now, ""), None, "{}", file.display());
    }
}

/// A running service says what it said, takes the keys that were made and no others, and takes events once.
async fn assert_served(serve: &Serve, name: &str, frozen: &Value) {
    let running = serve.start();
    let desk = Desk::before(serve);
    for fetched in frozen["fetched"].as_array().unwrap() {
        let path = fetched["path"].as_str().unwrap();
        let (status, now) = desk.asked_with(KEY, path).await;
        assert_eq!(status, 200, "{name} {path}: {now:#}");
        let told = &fetched["said"];
        assert_eq!(difference(told, &now, ""), None, "{name} {path}");
    }
    for (key, expected) in [("taken", 200), ("revoked", 401)] {
        let key = frozen["keys"][key].as_str().unwrap();
        assert_eq!(desk.asked_with(key, "/v1/tenant").await.0, expected, "{name}");
    }
    let mut event = frozen["duplicate"].clone();
    assert_eq!(
        desk.send(&event).await["results"][0]["status"],
        "duplicate",
        "{name}"
    );
    event["id"] = "of this release".into();
    assert_eq!(
        desk.send(&event).await["results"][0]["status"],
        "accepted",
        "{name}"
    );
    tokio::task::spawn_blocking(move || running.stop()).await.unwrap();
}
