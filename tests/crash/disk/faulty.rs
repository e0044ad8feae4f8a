//! The real service on a disk that fails.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use chronus_teams::http_client::{self, HttpLimits};
use serde_json::Value;

use super::places::Place;
use crate::acknowledged::hand_over;
use crate::serve::{KEY, LOOK, Running, Serve};

/// Requests handed over in each run.
const REQUESTS: usize = 10;
/// How long the read models may take for what they can fold.
const FOLDING: Duration = Duration::from_secs(3);

/// What is seen from outside of a run.
#[derive(Debug)]
pub(crate) struct Seen {
    /// What was acknowledged, with its answer.
    pub(crate) acknowledged: BTreeMap<usize, Value>,
    /// Writes or waits of the file.
    pub(crate) counted: u64,
}

/// The library that fails, with the file in which it counts.
pub(crate) struct Faulty {
    library: PathBuf,
    count: PathBuf,
}

/// Compiles the library into a folder.
pub(crate) fn compiled(folder: &Path) -> PathBuf {
    let library = folder.join("faulty.so");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/crash/disk/faulty.c");
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library);
    let done = compiler.arg(source).arg("-ldl").output().unwrap();
    assert!(done.status.success(), "{done:?}");
    library
}

impl Faulty {
    /// One that counts in a folder of its own.
    pub(crate) fn counting_in(library: &Path, folder: &Path) -> Self {
        Self {
            library: library.to_owned(),
            count: folder.join("count"),
        }
    }

    fn under(&self, serve: &Serve, place: Place) -> Command {
        let mut program = serve.program();
        program
            .args(["serve", "--insecure-loopback"])
            .env("LD_PRELOAD", &self.library)
            .env("FAULTY_FILE", place.file)
            .env("FAULTY_HOW", place.how.as_str())
            .env("FAULTY_COUNT", &self.count)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if let Some(at) = place.at {
            program.env("FAULTY_AT", at.to_string());
        }
        if place.ever {
            program.env("FAULTY_FOR", "ever");
        }
        program
    }

    /// Starts the service on the disk that fails, hands everything over, and kills it once the read models have all of it, if
    /// they ever do.
    pub(crate) async fn run(&self, serve: &Serve, place: Place) -> Seen {
        drop(std::fs::remove_file(&self.count));
        let mut running = Running::of(self.under(serve, place).spawn().unwrap());
        let http = http_client::build(HttpLimits::default()).unwrap();
        let mut acknowledged = BTreeMap::new();
        if serve.answers(&http, &mut running).await {
            for number in 0..REQUESTS {
                if let Some(answer) = hand_over(&http, serve, number).await {
                    acknowledged.insert(number, answer);
                }
            }
            if let Some(id) = acknowledged.values().rev().find_map(notification_of) {
                folded(&http, serve, id, &mut running).await;
            }
        }
        running.kill();
        let counted = std::fs::read_to_string(&self.count).unwrap_or_default();
        Seen {
            acknowledged,
            counted: counted.parse().unwrap_or_default(),
        }
    }
}

/// The notification that an answer names.
fn notification_of(answer: &Value) -> Option<&str> {
    answer["results"][0]["notifications"][0]["notification_id"].as_str()
}

/// Waits until the read models tell of a notification; not for ever, since they may be what fails.
async fn folded(http: &reqwest::Client, serve: &Serve, notification: &str, running: &mut Running) {
    let begun = Instant::now();
    while begun.elapsed() < FOLDING && !running.has_ended() {
        let asked = http.get(serve.url(&format!("/v1/notifications/{notification}")));
        let answer = asked.bearer_auth(KEY).send().await;
        if answer.is_ok_and(|answer| answer.status().is_success()) {
            return;
        }
        tokio::time::sleep(LOOK).await;
    }
}
