//! `listen` as a developer at Chronus runs it: beside it answers that are signed right and wrong, failed on demand, sent
//! again, kept over a restart and posted to the receiver that was built.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Stdio};

use events::{Clock as _, SystemClock};
use serde_json::Value;
use standardwebhooks::Webhook;

use crate::world::{program, stdout};

const SECRET: &str = "whsec_dGhlLXRlc3RzLXNpZ24tdGhlaXItYW5zd2Vycy13aXRoLXRoaXM=";
const ANSWER: &str = include_str!("../../schemas/examples/answers/mentoring_request.accepted.json");

/// A running one; killed when it goes out of sight.
struct Listening {
    child: Child,
    url: String,
    out: BufReader<ChildStdout>,
    err: BufReader<ChildStderr>,
}

impl Listening {
    fn start(folder: &Path, arguments: &[&str]) -> Self {
        let mut child = program()
            .current_dir(folder)
            .args(["listen", "--listen", "127.0.0.1:0", "--json"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut err = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        err.read_line(&mut line).unwrap();
        let url = line.split(' ').nth(2).unwrap().trim_end_matches(';').to_owned();
        let out = BufReader::new(child.stdout.take().unwrap());
        Self { child, url, out, err }
    }

    /// The next line that it prints.
    fn line(&mut self) -> Value {
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Posts an answer as the service does; the status.
fn post(url: &str, id: &str, body: &str, secret: &str) -> u16 {
    let now = SystemClock.now().timestamp();
    let signature = Webhook::new(secret)
        .unwrap()
        .sign(id, now, body.as_bytes())
        .unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = http
            .post(url)
            .header("webhook-id", id)
            .header("webhook-timestamp", now.to_string());
        let sent = request
            .header("webhook-signature", signature)
            .body(body.to_owned())
            .send()
            .await;
        sent.unwrap().status().as_u16()
    })
}

fn secret(folder: &Path) -> &'static str {
    std::fs::write(folder.join("secret"), format!("{SECRET}\n")).unwrap();
    "secret"
}

#[test]
fn genuine_answers_are_taken_once_and_forged_ones_are_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let mut listening = Listening::start(folder.path(), &["--secret-file", secret(folder.path())]);
    let url = listening.url.clone();
    assert_eq!(post(&url, "m-1", ANSWER, SECRET), 200);
    let told = listening.line();
    assert_eq!(
        (&told["became"], &told["status"], &told["id"]),
        (&"taken".into(), &200.into(), &"m-1".into())
    );
    assert_eq!(told["event"], serde_json::from_str::<Value>(ANSWER).unwrap());
    assert_eq!(post(&url, "m-1", ANSWER, SECRET), 200);
    assert_eq!(listening.line()["became"], "again");
    let other = "whsec_c29tZXRoaW5nIHRoYXQgaXMgbm90IHRoZSBzZWNyZXQgYXQgYWxs";
    assert_eq!(post(&url, "m-2", ANSWER, other), 401);
    let told = listening.line();
    assert!(
        told["why"]
            .as_str()
            .unwrap()
            .contains("compare the secret with organizations[].webhook.secret"),
        "{told}"
    );
}

#[test]
fn the_first_ones_are_failed_on_demand_and_then_taken() {
    let folder = tempfile::tempdir().unwrap();
    let faults = [
        "--secret-file",
        secret(folder.path()),
        "--fail",
        "2",
        "--status",
        "503",
        "--slow",
        "5ms",
    ];
    let mut listening = Listening::start(folder.path(), &faults);
    let url = listening.url.clone();
    let statuses: Vec<u16> = (0..3).map(|_| post(&url, "m-1", ANSWER, SECRET)).collect();
    assert_eq!(statuses, [503, 503, 200]);
    let became: Vec<Value> = (0..3).map(|_| listening.line()["became"].clone()).collect();
    assert_eq!(became, ["failed", "failed", "taken"]);
}

#[test]
fn what_was_kept_is_known_after_a_kill_and_posted_to_another_receiver_signed_anew() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["--secret-file", secret(folder.path()), "--keep", "answers.ndjson"];
    let listening = Listening::start(folder.path(), &arguments);
    for id in ["m-1", "m-2"] {
        assert_eq!(post(&listening.url, id, ANSWER, SECRET), 200);
    }
    drop(listening);
    let mut listening = Listening::start(folder.path(), &arguments);
    assert_eq!(post(&listening.url, "m-2", ANSWER, SECRET), 200);
    assert_eq!(
        listening.line()["became"],
        "again",
        "it knows what it took before it was killed"
    );

    let mut built = Listening::start(folder.path(), &["--secret-file", "secret", "--fail", "1"]);
    let replay = || {
        program()
            .current_dir(folder.path())
            .args([
                "listen",
                "replay",
                "answers.ndjson",
                "--secret-file",
                "secret",
                "--to",
                &built.url,
            ])
            .output()
            .unwrap()
    };
    let first = replay();
    assert_eq!(first.status.code(), Some(1), "{first:?}");
    assert_eq!(stdout(&first), "m-1  500, not taken\nm-2  200\n");
    let second = replay();
    assert!(second.status.success(), "{second:?}");
    let became: Vec<Value> = (0..4).map(|_| built.line()["became"].clone()).collect();
    assert_eq!(became, ["failed", "taken", "taken", "again"]);
}

#[test]
fn without_a_secret_it_makes_one_and_says_where_it_goes() {
    let folder = tempfile::tempdir().unwrap();
    let mut listening = Listening::start(folder.path(), &[]);
    let mut told = String::new();
    while !told.contains("\nsecret = ") {
        listening.err.read_line(&mut told).unwrap();
    }
    let made = told
        .split("secret = \"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    assert!(
        told.contains("[organizations.webhook]\nurl = \"http://127.0.0.1:"),
        "{told}"
    );
    assert_eq!(post(&listening.url, "m-1", ANSWER, made), 200);
}
