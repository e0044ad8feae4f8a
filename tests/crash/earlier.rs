//! A store that an earlier release wrote opens, answers as it did then, and is carried on. What is recorded of a release is either
//! what `make freeze` keeps (`frozen.json`), or two reports beside a store, as of the very first one.

mod recorded;

use std::path::{Path, PathBuf};
use std::process::Command;

use chronus_teams::http_client::{self, HttpLimits};
use serde_json::{Value, json};

pub(crate) use self::recorded::{TAKEN_WITH, answers_as_recorded};
use crate::serve::{KEY, Serve};

/// What the release said of its own store.
const ANSWERS: [(&str, &[&str]); 2] = [
    (
        "delivery.json",
        &["report", "delivery", "--organization", "acme", "--format", "json"],
    ),
    (
        "reachability.json",
        &[
            "report",
            "reachability",
            "--organization",
            "acme",
            "--format",
            "json",
        ],
    ),
];

fn releases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/releases");
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut releases: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    releases.sort();
    assert!(!releases.is_empty());
    releases
}

/// Whether all that was told is still told; more may be.
fn holds(told: &Value, now: &Value) -> bool {
    match (told, now) {
        (Value::Object(told), Value::Object(now)) => told
            .iter()
            .all(|(name, told)| now.get(name).is_some_and(|now| holds(told, now))),
        (Value::Array(told), Value::Array(now)) => {
            told.len() == now.len() && told.iter().zip(now).all(|(told, now)| holds(told, now))
        }
        (told, now) => told == now,
    }
}

/// The stages of the funnel that both know. The first releases wrote them in another form, and two that are no more.
fn funnel_of(told: &Value) -> Value {
    if told["funnel"].is_null() {
        return as_told_then(told);
    }
    let stages = told["funnel"].as_array().unwrap();
    let both = stages
        .iter()
        .filter(|stage| !["accepted", "resolved"].contains(&stage["stage"].as_str().unwrap()));
    both.cloned().collect()
}

/// The same stages of today's report, in the words of that time.
fn as_told_then(now: &Value) -> Value {
    let lines = now["tables"][0]["groups"][0]["lines"].as_array().unwrap();
    let stages = lines.iter().skip(1).map(|line| {
        let stage = line["stage"].as_str().unwrap();
        let stage = if stage == "acted" { "answered" } else { stage };
        json!({ "stage": stage, "notifications": line["count"] })
    });
    stages.collect()
}

pub(crate) fn unpack(archive: &Path, into: &Path) {
    std::fs::create_dir_all(into).unwrap();
    let mut tar = Command::new("tar");
    let unpacked = tar.arg("-xzf").arg(archive).arg("-C").arg(into).status().unwrap();
    assert!(unpacked.success(), "{}", archive.display());
}

async fn hand_over(serve: &Serve, id: &str) -> Value {
    let event = json!({
        "specversion": "1.0", "source": "/chronus/acme", "id": id, "type": "com.chronus.announcement.published",
        "subject": "announcement/d5",
        "data": {
            "title": "Mentoring circles open", "body": "Four circles.", "url": "https://acme.chronus.example/circles",
            "recipients": [{ "member_id": "m-205", "email": "carmen.ruiz@acme.example" }],
        },
    });
    let request = http_client::build(HttpLimits::default())
        .unwrap()
        .post(serve.url("/v1/events"))
        .bearer_auth(KEY)
        .header("content-type", "application/cloudevents+json")
        .body(event.to_string());
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 202);
    let answer: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    answer["results"][0]["status"].clone()
}

/// The first release: its demo's store, and two reports.
async fn the_first_one_answers_as_it_did(release: &Path) {
    let name = release.display();
    let serve = Serve::new();
    unpack(&release.join("store.tar.gz"), &serve.folder().join("data"));
    for (file, question) in ANSWERS {
        let told: Value = serde_json::from_slice(&std::fs::read(release.join(file)).unwrap()).unwrap();
        let now: Value = serde_json::from_str(&serve.run(question)).unwrap();
        let now = if file == "delivery.json" {
            as_told_then(&now)
        } else {
            now
        };
        let told = if file == "delivery.json" {
            funnel_of(&told)
        } else {
            told
        };
        assert!(holds(&told, &now), "{name} {file}: told {told:#}\nnow {now:#}");
    }
    let (sound, before) = serve.check_with(&["--audit"]);
    assert!(sound, "{name}: {before:#}");

    let running = serve.start();
    assert_eq!(hand_over(&serve, "day-digested").await, "duplicate", "{name}");
    assert_eq!(hand_over(&serve, "of this release").await, "accepted", "{name}");
    running.stop();
    let (sound, after) = serve.check_with(&["--audit"]);
    assert!(sound, "{name}: {after:#}");
    assert!(after["events"].as_u64() > before["events"].as_u64(), "{name}");
}

#[tokio::test]
async fn a_store_of_each_earlier_release_answers_as_it_did_and_is_carried_on() {
    for release in releases() {
        if release.join("frozen.json").exists() {
            answers_as_recorded(&release).await;
        } else {
            the_first_one_answers_as_it_did(&release).await;
        }
    }
}
