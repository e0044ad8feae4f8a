//! Batch append: one stream of requests and one of answers, told apart by correlation ids. A conflict is an error of
//! its own request; the stream stays open.

use std::collections::HashMap;

use prost::Message as _;
use tonic::{Code, Status, Streaming};

use super::append::{demand_size, read_proposed, stream_name, success_of};
use super::{Call, Messages, requires_leader};
use crate::log::{Change, Expected, Proposed, Refusal};
use crate::wire::{self, Empty};
use crate::wire_more::{
    AnyMessage, BatchAppendReq, BatchAppendResp, BatchOptions, BatchWrongVersion, RpcStatus, batch_options,
    batch_resp, batch_wrong,
};

#[derive(Debug, Default)]
struct Open {
    options: Option<BatchOptions>,
    events: Vec<Proposed>,
}

pub(super) async fn batch(
    call: Call,
    request: tonic::Request<Streaming<BatchAppendReq>>,
) -> Result<tonic::Response<Messages<BatchAppendResp>>, Status> {
    call.demand_leader(request.metadata()).await?;
    let forward = !requires_leader(request.metadata());
    let mut messages = request.into_inner();
    let (tell, answers) = tokio::sync::mpsc::channel(64);
    tokio::spawn(async move {
        let mut open: HashMap<Vec<u8>, Open> = HashMap::new();
        while let Ok(Some(message)) = messages.message().await {
            let answer = take(&call, &mut open, message, forward).await;
            let Some(answer) = answer.transpose() else {
                continue;
            };
            let failed = answer.is_err();
            if tell.send(answer).await.is_err() || failed {
                return;
            }
        }
    });
    let answers = futures_util::stream::unfold(answers, |mut answers| async move {
        answers.recv().await.map(|answer| (answer, answers))
    });
    Ok(tonic::Response::new(Box::pin(answers)))
}

/// Takes a part of a request; answers with its last part. An error ends the whole stream.
async fn take(
    call: &Call,
    open: &mut HashMap<Vec<u8>, Open>,
    message: BatchAppendReq,
    forward: bool,
) -> Result<Option<BatchAppendResp>, Status> {
    let key = message
        .correlation_id
        .as_ref()
        .map(prost::Message::encode_to_vec)
        .unwrap_or_default();
    let request = open.entry(key.clone()).or_default();
    if message.options.is_some() {
        request.options = message.options;
    }
    for proposed in message.proposed {
        request.events.push(read_proposed(proposed)?);
    }
    if !message.is_final {
        return Ok(None);
    }
    let request = open.remove(&key).unwrap_or_default();
    let options = request.options.unwrap_or_default();
    let stream = stream_name(options.stream.as_ref())?;
    let (expected, told) = expectation(&options)?;
    let size = request
        .events
        .iter()
        .map(|event| event.data.len() + event.custom.len())
        .sum();
    let result = match demand_size(size, call.node.max_append) {
        Err(status) => batch_resp::Result::Error(error(Code::InvalidArgument, status.message(), None)),
        Ok(()) => match call
            .change(&stream, expected, Change::Append(request.events), forward)
            .await?
        {
            Ok(committed) => batch_resp::Result::Success(success_of(committed)),
            Err(Refusal::Tombstoned) => {
                batch_resp::Result::Error(error(Code::NotFound, "StreamDeleted", None))
            }
            Err(Refusal::WrongVersion(current)) => batch_resp::Result::Error(error(
                Code::AlreadyExists,
                "WrongExpectedVersion",
                Some(conflict(expected, current)),
            )),
        },
    };
    Ok(Some(BatchAppendResp {
        correlation_id: message.correlation_id,
        result: Some(result),
        stream: options.stream,
        expected: Some(told),
    }))
}

fn expectation(options: &BatchOptions) -> Result<(Expected, batch_resp::Expected), Status> {
    use batch_options::Expected as Asked;
    Ok(match options.expected {
        Some(Asked::Revision(revision)) => (
            Expected::Revision(revision),
            batch_resp::Expected::Revision(revision),
        ),
        Some(Asked::NoStream(_)) => (Expected::NoStream, batch_resp::Expected::NoStream(Empty {})),
        Some(Asked::Any(_)) => (Expected::Any, batch_resp::Expected::Any(Empty {})),
        Some(Asked::StreamExists(_)) => (
            Expected::StreamExists,
            batch_resp::Expected::StreamExists(Empty {}),
        ),
        None => return Err(Status::invalid_argument("'None' is not a valid expectation")),
    })
}

fn conflict(expected: Expected, current: Option<u64>) -> AnyMessage {
    let details = BatchWrongVersion {
        current: Some(match current {
            Some(revision) => batch_wrong::Current::Revision(revision),
            None => batch_wrong::Current::NoStream(Empty {}),
        }),
        expected: Some(match expected {
            Expected::Revision(revision) => batch_wrong::Expected::Revision(revision),
            Expected::Any => batch_wrong::Expected::Any(Empty {}),
            Expected::StreamExists => batch_wrong::Expected::StreamExists(Empty {}),
            Expected::NoStream => batch_wrong::Expected::NoStream(Empty {}),
        }),
    };
    AnyMessage {
        type_url: "type.googleapis.com/event_store.client.WrongExpectedVersion".to_owned(),
        value: details.encode_to_vec(),
    }
}

fn error(code: Code, message: &str, details: Option<AnyMessage>) -> RpcStatus {
    // Some clients insist on details; the empty message serves.
    let empty = || AnyMessage {
        type_url: "type.googleapis.com/google.protobuf.Empty".to_owned(),
        value: wire::Empty {}.encode_to_vec(),
    };
    RpcStatus {
        code: code as i32,
        message: message.to_owned(),
        details: Some(details.unwrap_or_else(empty)),
    }
}
