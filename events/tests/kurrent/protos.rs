//! Field by field: are the messages of our wire, and of the stand-in, those of the `.proto` files that the official
//! client's package carries? Both are read as text and compared by number and type; names differ on purpose.

mod ours;
mod published;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

/// A field as it is on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Field {
    repeated: bool,
    kind: Kind,
}

/// A type as it is on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    /// A number, a text, bytes, a map: by its name in `.proto` files; enums are `int32`.
    Plain(String),
    /// A message, by its full name where it is declared.
    Message(String),
}

/// Messages by full name, fields by number.
type Messages = BTreeMap<String, BTreeMap<u32, Field>>;

/// What is sent and received as a whole, under our name and the published one.
const ROOTS: &[(&str, &str)] = &[
    ("ReadReq", "event_store.client.streams.ReadReq"),
    ("ReadResp", "event_store.client.streams.ReadResp"),
    ("AppendReq", "event_store.client.streams.AppendReq"),
    ("AppendResp", "event_store.client.streams.AppendResp"),
    ("ClusterInfo", "event_store.client.gossip.ClusterInfo"),
    ("BatchAppendReq", "event_store.client.streams.BatchAppendReq"),
    ("BatchAppendResp", "event_store.client.streams.BatchAppendResp"),
    ("BatchWrongVersion", "event_store.client.WrongExpectedVersion"),
    ("DeleteReq", "event_store.client.streams.DeleteReq"),
    ("DeleteReq", "event_store.client.streams.TombstoneReq"),
    ("DeleteResp", "event_store.client.streams.DeleteResp"),
    ("DeleteResp", "event_store.client.streams.TombstoneResp"),
    (
        "SupportedMethods",
        "event_store.client.server_features.SupportedMethods",
    ),
];

/// Where the registry's copy of the official client lies.
fn published_protos() -> PathBuf {
    let run = |program: &str, otherwise: &str, arguments: &[&str]| {
        let program = std::env::var_os(program).unwrap_or_else(|| otherwise.into());
        let mut command = Command::new(program);
        let output = command
            .args(arguments)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        output
    };
    // Packages for other systems than this one may never have been downloaded.
    let version = String::from_utf8(run("RUSTC", "rustc", &["-vV"]).stdout).unwrap();
    let host = version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .unwrap();
    let arguments = [
        "metadata",
        "--format-version",
        "1",
        "--offline",
        "--features",
        "kurrentdb",
        "--filter-platform",
        host,
    ];
    let output = run("CARGO", "cargo", &arguments);
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let client = packages.iter().find(|package| package["name"] == "kurrentdb");
    let manifest = PathBuf::from(client.unwrap()["manifest_path"].as_str().unwrap());
    manifest.with_file_name("protos")
}

/// What differs between two messages and everything that they hold.
fn differences(ours: &Messages, our: &str, published: &Messages, their: &str, found: &mut Vec<String>) {
    let (Some(our_fields), Some(their_fields)) = (ours.get(our), published.get(their)) else {
        found.push(format!("{our} or {their} is not declared"));
        return;
    };
    let numbers = our_fields.keys().chain(their_fields.keys());
    for number in numbers.collect::<std::collections::BTreeSet<_>>() {
        match (our_fields.get(number), their_fields.get(number)) {
            (Some(one), Some(other)) if one.repeated != other.repeated => {
                found.push(format!("{our} = {their}, field {number}: one is repeated"));
            }
            (Some(one), Some(other)) => match (&one.kind, &other.kind) {
                (Kind::Message(one), Kind::Message(other)) => {
                    differences(ours, one, published, other, found);
                }
                (one, other) if one == other => {}
                (one, other) => found.push(format!("{our} = {their}, field {number}: {one:?}, {other:?}")),
            },
            (one, other) => found.push(format!("{our} = {their}, field {number}: {one:?}, {other:?}")),
        }
    }
}

#[test]
fn every_message_has_the_published_numbers_and_types() {
    let published = published::read(&published_protos());
    let ours = ours::read();
    let mut found = Vec::new();
    for (our, their) in ROOTS {
        differences(&ours, our, &published, their, &mut found);
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn a_number_or_a_type_that_differs_is_found() {
    let published = published::read(&published_protos());
    let mut ours = ours::read();
    let event = ours.get_mut("RecordedEvent").unwrap();
    let moved = event.remove(&7).unwrap();
    event.insert(9, moved);
    let mut found = Vec::new();
    differences(
        &ours,
        "ReadResp",
        &published,
        "event_store.client.streams.ReadResp",
        &mut found,
    );
    assert!(found.iter().any(|what| what.contains("field 7")), "{found:?}");
    assert!(found.iter().any(|what| what.contains("field 9")), "{found:?}");
}

#[test]
fn calls_states_and_directions_are_called_as_published() {
    let folder = published_protos();
    let streams = std::fs::read_to_string(folder.join("streams.proto")).unwrap();
    let gossip = std::fs::read_to_string(folder.join("gossip.proto")).unwrap();
    for text in [
        "package event_store.client.streams;",
        "rpc Read ",
        "rpc Append ",
        "Forwards = 0",
        "Backwards = 1",
    ] {
        assert!(streams.contains(text), "{text}");
    }
    for text in ["package event_store.client.gossip;", "rpc Read ", "\tLeader = 8;"] {
        assert!(gossip.contains(text), "{text}");
    }
}
