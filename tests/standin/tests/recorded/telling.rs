//! Answers as the recorded ones are written: JSON with the names of the `.proto` files.

use serde_json::{Map, Value, json};
use tonic::{Code, Status};

use crate::wire::{self, append_resp, read_resp, success, wrong};
use crate::wire_more::{DeleteResp, delete_resp};

/// What every answer has, and what says nothing.
const ORDINARY: [&str; 6] = [
    "date",
    "server",
    "content-type",
    "content-length",
    "grpc-status",
    "grpc-message",
];

pub(crate) fn refusal(status: &Status) -> Value {
    let code = match status.code() {
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::NotFound => "NOT_FOUND",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::PermissionDenied => "PERMISSION_DENIED",
        other => return json!({ "code": format!("{other:?}"), "message": status.message() }),
    };
    let mut trailers = Map::new();
    for entry in status.metadata().iter() {
        if let tonic::metadata::KeyAndValueRef::Ascii(key, value) = entry
            && !ORDINARY.contains(&key.as_str())
        {
            trailers.insert(key.to_string(), value.to_str().unwrap().into());
        }
    }
    json!({ "code": code, "message": status.message(), "trailers": trailers })
}

fn place(at: wire::LogPosition) -> Value {
    json!({ "commit_position": at.commit.to_string(), "prepare_position": at.prepare.to_string() })
}

pub(crate) fn appended(answer: wire::AppendResp) -> Value {
    match answer.result.unwrap() {
        append_resp::Result::Success(done) => {
            let mut told = Map::new();
            match done.revision.unwrap() {
                success::Revision::Current(revision) => one(
                    &mut told,
                    "current_revision_option",
                    "current_revision",
                    text(revision),
                ),
                success::Revision::NoStream(_) => {
                    one(&mut told, "current_revision_option", "no_stream", json!({}));
                }
            }
            match done.position.unwrap() {
                success::Position::At(at) => one(&mut told, "position_option", "position", place(at)),
                success::Position::None(_) => one(&mut told, "position_option", "no_position", json!({})),
            }
            json!({ "success": told, "result": "success" })
        }
        append_resp::Result::WrongExpectedVersion(told) => {
            json!({ "wrong_expected_version": conflict(told), "result": "wrong_expected_version" })
        }
    }
}

/// A field that is one of several, with the name of the choice, as the recorder writes it.
fn one(into: &mut Map<String, Value>, choice: &str, name: &str, value: Value) {
    into.insert(name.to_owned(), value);
    into.insert(choice.to_owned(), name.into());
}

fn text(number: u64) -> Value {
    number.to_string().into()
}

fn conflict(told: wire::WrongExpectedVersion) -> Value {
    let mut all = Map::new();
    let current = "current_revision_option_20_6_0";
    match told.current_20_6_0.unwrap() {
        wrong::CurrentOld::Revision(at) => one(&mut all, current, "current_revision_20_6_0", text(at)),
        wrong::CurrentOld::NoStream(_) => one(&mut all, current, "no_stream_20_6_0", json!({})),
    }
    let expected = "expected_revision_option_20_6_0";
    match told.expected_20_6_0.unwrap() {
        wrong::ExpectedOld::Revision(at) => one(&mut all, expected, "expected_revision_20_6_0", text(at)),
        wrong::ExpectedOld::Any(_) => one(&mut all, expected, "any_20_6_0", json!({})),
        wrong::ExpectedOld::StreamExists(_) => one(&mut all, expected, "stream_exists_20_6_0", json!({})),
    }
    let current = "current_revision_option";
    match told.current.unwrap() {
        wrong::Current::Revision(at) => one(&mut all, current, "current_revision", text(at)),
        wrong::Current::NoStream(_) => one(&mut all, current, "current_no_stream", json!({})),
    }
    let expected = "expected_revision_option";
    match told.expected.unwrap() {
        wrong::Expected::Revision(at) => one(&mut all, expected, "expected_revision", text(at)),
        wrong::Expected::Any(_) => one(&mut all, expected, "expected_any", json!({})),
        wrong::Expected::StreamExists(_) => one(&mut all, expected, "expected_stream_exists", json!({})),
        wrong::Expected::NoStream(_) => one(&mut all, expected, "expected_no_stream", json!({})),
    }
    all.into()
}

pub(crate) fn content(content: read_resp::Content) -> Value {
    match content {
        read_resp::Content::Event(_) => "event".into(),
        read_resp::Content::Confirmation(told) => {
            json!({ "confirmation": { "subscription_id": told.subscription_id } })
        }
        read_resp::Content::Checkpoint(at) => {
            json!({ "checkpoint": place(wire::LogPosition { commit: at.commit, prepare: at.prepare }) })
        }
        read_resp::Content::StreamNotFound(told) => {
            let bytes = told.stream.unwrap().name.len();
            json!({ "stream_not_found": { "stream_identifier": { "stream_name": format!("bytes({bytes})") } } })
        }
        read_resp::Content::FirstStreamPosition(at) => json!({ "first_stream_position": text(at) }),
        read_resp::Content::LastStreamPosition(at) => json!({ "last_stream_position": text(at) }),
        read_resp::Content::CaughtUp(_) => json!({ "caught_up": {} }),
        read_resp::Content::LastAllStreamPosition(at) => json!({ "last_all_stream_position": place(at) }),
        read_resp::Content::FellBehind(_) => json!({ "fell_behind": {} }),
    }
}

pub(crate) fn removed(answer: DeleteResp) -> Value {
    let mut told = Map::new();
    match answer.position.unwrap() {
        delete_resp::Position::At(at) => one(&mut told, "position_option", "position", place(at)),
        delete_resp::Position::None(_) => one(&mut told, "position_option", "no_position", json!({})),
    }
    told.into()
}

pub(crate) fn members(info: wire::ClusterInfo) -> Value {
    let members = info.members.into_iter().map(|member| {
        let id = match member.instance_id.unwrap().value.unwrap() {
            wire::uuid::Value::Structured(id) => json!({
                "structured": { "most_significant_bits": id.most.to_string(), "least_significant_bits": id.least.to_string() },
                "value": "structured",
            }),
            wire::uuid::Value::Text(text) => json!({ "string": text, "value": "string" }),
        };
        let at = member.http_end_point.unwrap();
        json!({
            "instance_id": id, "time_stamp": member.time_stamp.to_string(), "state": member.state,
            "is_alive": member.is_alive, "http_end_point": { "address": at.address, "port": at.port },
        })
    });
    json!({ "members": members.collect::<Vec<Value>>() })
}

/// Without what differs from one run to the next: ids, longer numbers, ports, and the order of nodes.
pub(crate) fn normal(answer: Value) -> Value {
    match answer {
        Value::Object(fields) => {
            let fields = fields.into_iter().map(|(name, value)| {
                let value = match name.as_str() {
                    "subscription_id" => "<id>".into(),
                    "port" | "leader-endpoint-port" => "<n>".into(),
                    _ => normal(value),
                };
                (name, value)
            });
            fields.collect::<Map<_, _>>().into()
        }
        Value::Array(values) => {
            let mut values: Vec<Value> = values.into_iter().map(normal).collect();
            values.sort_by_key(|value| value.get("state").and_then(Value::as_i64));
            values.into()
        }
        Value::String(text) => {
            let digits = text.strip_prefix('-').unwrap_or(&text);
            if digits.len() > 1 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return "<n>".into();
            }
            without_ids(&text).into()
        }
        other => other,
    }
}

fn without_ids(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.char_indices().map(|(at, _)| at).find(|at| {
        rest.get(*at..at + 36)
            .is_some_and(|part| uuid::Uuid::try_parse(part).is_ok())
    }) {
        out.push_str(&rest[..start]);
        out.push_str("<id>");
        rest = &rest[start + 36..];
    }
    out + rest
}
