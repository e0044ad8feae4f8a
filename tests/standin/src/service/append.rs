//! Append: options first, then the events; a conflict is an answer and no error.

use tonic::{Status, Streaming};

use super::{Call, deleted, requires_leader, with_trailers};
use crate::log::{Change, Committed, Expected, Proposed, Refusal};
use crate::wire::{self, Empty, append_req, append_resp, keys, success, write_options, wrong};

/// The longest record.
const MAX_EVENT: usize = 16 << 20;

pub(super) async fn append(
    call: Call,
    request: tonic::Request<Streaming<wire::AppendReq>>,
) -> Result<tonic::Response<wire::AppendResp>, Status> {
    let forward = !requires_leader(request.metadata());
    let mut messages = request.into_inner();
    let first = messages
        .message()
        .await
        .map_err(too_long)?
        .and_then(|message| message.content);
    let Some(append_req::Content::Options(options)) = first else {
        return Err(broken());
    };
    let (stream, expected) = read_options(&options)?;
    call.demand(crate::users::append(&stream))?;
    let (mut events, mut size) = (Vec::new(), 0);
    while let Some(message) = messages.message().await.map_err(too_long)? {
        let Some(append_req::Content::Proposed(proposed)) = message.content else {
            return Err(broken());
        };
        events.push(read_proposed(proposed)?);
        if events
            .last()
            .is_some_and(|event: &Proposed| event.data.len() > MAX_EVENT)
        {
            return Err(with_trailers(
                Status::invalid_argument(format!(
                    "An event exceeds Maximum Append Event Size of {MAX_EVENT}."
                )),
                &[(keys::EXCEPTION, keys::EVENT_TOO_LARGE)],
            ));
        }
        size += events
            .last()
            .map_or(0, |event| event.data.len() + event.custom.len());
        demand_size(size, call.node.max_append)?;
    }
    let result = call
        .change(&stream, expected, Change::Append(events), forward)
        .await?;
    let result = match result {
        Ok(committed) => append_resp::Result::Success(success_of(committed)),
        Err(Refusal::WrongVersion(current)) => {
            append_resp::Result::WrongExpectedVersion(conflict(expected, current))
        }
        Err(Refusal::Tombstoned) => return Err(deleted(&stream)),
    };
    Ok(tonic::Response::new(wire::AppendResp { result: Some(result) }))
}

/// What the server says to a message that is longer than its gRPC takes.
fn too_long(status: Status) -> Status {
    match status.code() {
        tonic::Code::OutOfRange => {
            Status::resource_exhausted("Received message exceeds the maximum configured message size.")
        }
        _ => status,
    }
}

pub(super) fn demand_size(size: usize, limit: usize) -> Result<(), Status> {
    if size <= limit {
        return Ok(());
    }
    Err(with_trailers(
        Status::invalid_argument(format!("Maximum Append Size of {limit} Exceeded.")),
        &[
            (keys::EXCEPTION, keys::TOO_LARGE),
            (keys::LARGEST_APPEND, &limit.to_string()),
        ],
    ))
}

pub(super) fn read_options(options: &wire::WriteOptions) -> Result<(String, Expected), Status> {
    let stream = stream_name(options.stream.as_ref())?;
    let expected = match options.expected {
        Some(write_options::Expected::Revision(revision)) => Expected::Revision(revision),
        Some(write_options::Expected::NoStream(_)) => Expected::NoStream,
        Some(write_options::Expected::Any(_)) => Expected::Any,
        Some(write_options::Expected::StreamExists(_)) => Expected::StreamExists,
        None => return Err(Status::invalid_argument("'None' is not a valid expectation")),
    };
    Ok((stream, expected))
}

pub(super) fn stream_name(stream: Option<&wire::StreamIdentifier>) -> Result<String, Status> {
    let name = stream.map(|stream| stream.name.clone()).unwrap_or_default();
    let name = String::from_utf8(name).map_err(|_| broken())?;
    if name.is_empty() {
        return Err(broken());
    }
    Ok(name)
}

/// What .NET says when the code behind a call broke off.
fn broken() -> Status {
    Status::unknown("Exception was thrown by handler.")
}

pub(super) fn read_proposed(proposed: wire::ProposedMessage) -> Result<Proposed, Status> {
    let property = |key: &str| {
        proposed.metadata.get(key).cloned().ok_or_else(|| {
            with_trailers(
                Status::invalid_argument(format!("Required Metadata Property '{key}' is missing")),
                &[
                    (keys::EXCEPTION, "missing-required-metadata-property"),
                    ("required-metadata-properties", "type,content-type"),
                ],
            )
        })
    };
    let (event_type, content_type) = (property(keys::TYPE)?, property(keys::CONTENT_TYPE)?);
    let id = match proposed.id.and_then(|id| id.value) {
        Some(wire::uuid::Value::Text(text)) => text.parse().ok(),
        Some(wire::uuid::Value::Structured(parts)) => Some(uuid::Uuid::from_u64_pair(
            parts.most.cast_unsigned(),
            parts.least.cast_unsigned(),
        )),
        None => None,
    };
    Ok(Proposed {
        id: id.filter(|id| !id.is_nil()).ok_or_else(broken)?,
        event_type,
        content_type,
        custom: proposed.custom_metadata,
        data: proposed.data,
    })
}

pub(super) fn success_of(committed: Committed) -> wire::Success {
    wire::Success {
        revision: Some(match committed.revision {
            Some(revision) => success::Revision::Current(revision),
            None => success::Revision::NoStream(Empty {}),
        }),
        position: Some(match committed.position {
            Some(at) => success::Position::At(wire::LogPosition {
                commit: at,
                prepare: at,
            }),
            None => success::Position::None(Empty {}),
        }),
    }
}

fn conflict(expected: Expected, current: Option<u64>) -> wire::WrongExpectedVersion {
    let (old, new) = match expected {
        Expected::Revision(revision) => (
            wrong::ExpectedOld::Revision(revision),
            wrong::Expected::Revision(revision),
        ),
        Expected::NoStream => (
            wrong::ExpectedOld::Revision(u64::MAX),
            wrong::Expected::NoStream(Empty {}),
        ),
        Expected::Any => (wrong::ExpectedOld::Any(Empty {}), wrong::Expected::Any(Empty {})),
        Expected::StreamExists => (
            wrong::ExpectedOld::StreamExists(Empty {}),
            wrong::Expected::StreamExists(Empty {}),
        ),
    };
    let (current_old, current) = match current {
        Some(revision) => (
            wrong::CurrentOld::Revision(revision),
            wrong::Current::Revision(revision),
        ),
        None => (
            wrong::CurrentOld::NoStream(Empty {}),
            wrong::Current::NoStream(Empty {}),
        ),
    };
    wire::WrongExpectedVersion {
        current_20_6_0: Some(current_old),
        expected_20_6_0: Some(old),
        current: Some(current),
        expected: Some(new),
    }
}
