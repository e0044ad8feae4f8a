//! What is kept of a life: the folder, an export and a backup of it, and what the program says of it.

use std::path::Path;

use serde_json::{Value, json};

use super::life::Lived;
use super::pack;
use crate::earlier::{self, TAKEN_WITH};
use crate::serve::{NOBODY, Serve};

/// What the command line is asked, by the file of its answer: first what leaves nothing in the log.
const QUESTIONS: [(&str, &[&str]); 10] = [
    (
        "reach",
        &["report", "reach", "--small-groups", "--format", "json"],
    ),
    (
        "delivery",
        &["report", "delivery", "--small-groups", "--format", "json"],
    ),
    (
        "responsiveness",
        &["report", "responsiveness", "--small-groups", "--format", "json"],
    ),
    (
        "surveys",
        &["report", "surveys", "--small-groups", "--format", "json"],
    ),
    (
        "messages",
        &["report", "messages", "--small-groups", "--format", "json"],
    ),
    (
        "faults",
        &["report", "faults", "--small-groups", "--format", "json"],
    ),
    (
        "conflicts",
        &["members", "conflicts", "--organization", "acme", "--json"],
    ),
    ("log", &["replay"]),
    (
        "audit",
        &["audit", "--organization", "acme", "--format", "ndjson"],
    ),
    ("opened", &["replay", "--reveal", "--reason", "ticket 12"]),
];

/// Records a life into a folder.
pub(super) async fn record(lived: &Lived, into: &Path) {
    let serve = &lived.serve;
    // As it is asked later: where no sandbox is.
    let later = Serve::new();
    later.replaces(&[TAKEN_WITH]);
    let data = serve.folder().join("data");
    pack(&data, &into.join("store.tar.gz"));
    let here = |name: &str| later.folder().join(name);
    earlier::unpack(&into.join("store.tar.gz"), &here("data"));
    later.run(&["export", "export"]);
    pack(&here("export"), &into.join("export.tar.gz"));
    later.run(&["backup", "--to", "backup"]);
    pack(&here("backup"), &into.join("backup.tar.gz"));

    let mut asked = Vec::new();
    for (file, arguments) in QUESTIONS {
        let told = later.run(arguments);
        assert!(!told.contains(NOBODY), "{file} depends on the configuration");
        std::fs::write(into.join(file), told).unwrap();
        asked.push(json!({ "file": file, "arguments": arguments }));
    }
    let frozen = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "asked": asked,
        "fetched": fetched(&later, lived).await,
        "keys": { "taken": lived.keys[0], "revoked": lived.keys[1] },
        "duplicate": lived.taken,
    });
    let text = serde_json::to_string_pretty(&frozen).unwrap();
    std::fs::write(into.join("frozen.json"), text + "\n").unwrap();
}

/// What the API says of each path.
async fn fetched(later: &Serve, lived: &Lived) -> Vec<Value> {
    let running = later.start();
    let desk = crate::desk::Desk::before(later);
    let mut fetched = Vec::new();
    for path in &lived.paths {
        let (status, said) = desk.asked_with(crate::serve::KEY, path).await;
        assert_eq!(status, 200, "{path}: {said:#}");
        fetched.push(json!({ "path": path, "said": said }));
    }
    tokio::task::spawn_blocking(move || running.stop()).await.unwrap();
    fetched
}
