//! gRPC: which call it is, and the calls that are one question and one answer.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::Stream;
use hyper::body::Incoming;
use hyper::{Request, Response};
use tonic::body::Body;
use tonic::codec::ProstCodec;
use tonic::metadata::MetadataMap;
use tonic::server::Grpc;
use tonic::{Code, Status};
use tower::service_fn;

use crate::brain::{Fault, Member, Outcome, View};
use crate::log::{Change, Committed, Expected, Refusal};
use crate::node::{Node, Role, role_in};
use crate::users::{self, Refused, Right};
use crate::wire::{self, ClusterInfo, Empty, keys};
use crate::wire_more::{DeleteReq, DeleteResp, SupportedMethod, SupportedMethods, delete_resp};

mod append;
mod batch;
mod http;
mod read;

pub(crate) use http::{is_plain, plain};

/// The version that the stand-in says it is; no server has this one.
const VERSION: &str = "25.1.0.0";

const FEATURES: &str = "/event_store.client.server_features.ServerFeatures/GetSupportedMethods";

/// The longest message taken; a record may have 16 MiB.
const MAX_MESSAGE: usize = 17 << 20;

/// How long a leader waits for the others to commit.
const COMMIT: Duration = Duration::from_millis(2_700);

/// Messages of a call that streams.
type Messages<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// The connection's stream is reset instead of answered.
#[derive(Debug)]
pub(crate) struct Reset;

impl std::fmt::Display for Reset {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("reset on demand")
    }
}

impl std::error::Error for Reset {}

/// What a call's handler has at hand.
#[derive(Debug, Clone)]
struct Call {
    node: Arc<Node>,
    /// Set by a handler whose call is to be reset.
    reset: Arc<AtomicBool>,
    /// What the caller may not.
    lacks: Arc<Vec<Right>>,
}

pub(crate) async fn handle(node: Arc<Node>, request: Request<Incoming>) -> Result<Response<Body>, Reset> {
    // Who is there and what the server can do is told to everybody.
    let public = [wire::paths::GOSSIP, FEATURES].contains(&request.uri().path());
    let lacks = if public {
        Vec::new()
    } else {
        match users::admitted(&node.users, &node.log, header(&request, "authorization")) {
            Ok(lacks) => lacks,
            Err(Refused::Status(status)) => return Ok(status.into_http()),
            Err(Refused::Broken) => {
                let mut response = Response::new(Body::empty());
                *response.status_mut() = hyper::StatusCode::INTERNAL_SERVER_ERROR;
                return Ok(response);
            }
        }
    };
    if request.uri().path() == wire::paths::APPEND
        && let Some(millis) = header(&request, "grpc-timeout").and_then(millis)
    {
        node.note_deadline(millis);
    }
    let reset = Arc::new(AtomicBool::new(false));
    let call = Call {
        node,
        reset: Arc::clone(&reset),
        lacks: Arc::new(lacks),
    };
    let response = answer(call, request).await;
    if reset.load(Ordering::Acquire) {
        return Err(Reset);
    }
    Ok(response)
}

fn header<'r>(request: &'r Request<Incoming>, name: &str) -> Option<&'r str> {
    request.headers().get(name).and_then(|value| value.to_str().ok())
}

/// The milliseconds of a `grpc-timeout`, a number with a letter for its unit.
fn millis(timeout: &str) -> Option<u64> {
    let unit = timeout.chars().next_back()?;
    let number: u64 = timeout.strip_suffix(unit)?.parse().ok()?;
    match unit {
        'H' => Some(number * 3_600_000),
        'M' => Some(number * 60_000),
        'S' => Some(number * 1_000),
        'm' => Some(number),
        'u' => Some(number / 1_000),
        'n' => Some(number / 1_000_000),
        _ => None,
    }
}

async fn answer(call: Call, request: Request<Incoming>) -> Response<Body> {
    match request.uri().path() {
        wire::paths::APPEND => {
            let handler = service_fn(move |messages| append::append(call.clone(), messages));
            Grpc::new(ProstCodec::default())
                .apply_max_message_size_config(Some(MAX_MESSAGE), None)
                .client_streaming(handler, request)
                .await
        }
        wire::paths::READ => {
            let handler = service_fn(move |message| read::read(call.clone(), message));
            Grpc::new(ProstCodec::default())
                .server_streaming(handler, request)
                .await
        }
        "/event_store.client.streams.Streams/BatchAppend" => {
            let handler = service_fn(move |messages| batch::batch(call.clone(), messages));
            Grpc::new(ProstCodec::default()).streaming(handler, request).await
        }
        "/event_store.client.streams.Streams/Delete" => {
            let handler = service_fn(move |message| remove(call.clone(), message, Change::Delete));
            Grpc::new(ProstCodec::default()).unary(handler, request).await
        }
        "/event_store.client.streams.Streams/Tombstone" => {
            let handler = service_fn(move |message| remove(call.clone(), message, Change::Tombstone));
            Grpc::new(ProstCodec::default()).unary(handler, request).await
        }
        wire::paths::GOSSIP => {
            let handler = service_fn(move |_: tonic::Request<Empty>| gossip(call.clone()));
            Grpc::new(ProstCodec::default()).unary(handler, request).await
        }
        FEATURES => {
            let handler =
                service_fn(|_: tonic::Request<Empty>| async { Ok(tonic::Response::new(features())) });
            Grpc::new(ProstCodec::default()).unary(handler, request).await
        }
        "/event_store.client.operations.Operations/ResignNode" => {
            let handler = service_fn(move |_: tonic::Request<Empty>| {
                let node = Arc::clone(&call.node);
                async move {
                    node.resign().await;
                    Ok::<_, Status>(tonic::Response::new(Empty {}))
                }
            });
            Grpc::new(ProstCodec::default()).unary(handler, request).await
        }
        other => Status::unimplemented(format!("the stand-in has no {other}")).into_http(),
    }
}

async fn gossip(call: Call) -> Result<tonic::Response<ClusterInfo>, Status> {
    let view = call.node.view().await;
    let members = view.members.iter().rev().map(|member| wire::MemberInfo {
        instance_id: Some(wire::Uuid {
            value: Some(wire::uuid::Value::Structured(wire::StructuredUuid {
                most: 7_777_777_777,
                least: i64::from(member.node) + 1_000,
            })),
        }),
        time_stamp: 17_959_526_748_229_302,
        state: match role_in(&view, member.node) {
            Role::Leader => wire::LEADER,
            Role::Follower(_) => 6,
        },
        is_alive: member.alive,
        http_end_point: Some(wire::EndPoint {
            address: "127.0.0.1".to_owned(),
            port: u32::from(member.port),
        }),
    });
    Ok(tonic::Response::new(ClusterInfo {
        members: members.collect(),
    }))
}

fn features() -> SupportedMethods {
    let streams = "event_store.client.streams.streams";
    let method = |method: &str, service: &str, features: &[&str]| SupportedMethod {
        method: method.to_owned(),
        service: service.to_owned(),
        features: features.iter().map(|feature| (*feature).to_owned()).collect(),
    };
    SupportedMethods {
        methods: vec![
            method("append", streams, &[]),
            method("read", streams, &["position", "events"]),
            method("delete", streams, &[]),
            method("tombstone", streams, &[]),
            method("batchappend", streams, &["deadline_duration"]),
            method("read", "event_store.client.gossip.gossip", &[]),
            method("resignnode", "event_store.client.operations.operations", &[]),
        ],
        version: VERSION.to_owned(),
    }
}

async fn remove(
    call: Call,
    request: tonic::Request<DeleteReq>,
    change: Change,
) -> Result<tonic::Response<DeleteResp>, Status> {
    let forward = !requires_leader(request.metadata());
    let options = request.into_inner().options.unwrap_or_default();
    let (stream, expected) = append::read_options(&options)?;
    let done = call.change(&stream, expected, change, forward).await?;
    let position = done.map_err(|refusal| match refusal {
        Refusal::Tombstoned => deleted(&stream),
        Refusal::WrongVersion(current) => undeletable(&stream, expected, current),
    })?;
    let at = position.position.map(|at| wire::LogPosition {
        commit: at,
        prepare: at,
    });
    Ok(tonic::Response::new(DeleteResp {
        position: at.map(delete_resp::Position::At),
    }))
}

/// Versions as the server's text counts them: below 0 stand the expectations and an absent stream.
fn undeletable(stream: &str, expected: Expected, actual: Option<u64>) -> Status {
    let expected = match expected {
        Expected::Revision(revision) => revision.to_string(),
        Expected::NoStream => "-1".to_owned(),
        Expected::Any => "-2".to_owned(),
        Expected::StreamExists => "-4".to_owned(),
    };
    let actual = actual.map_or_else(|| "-1".to_owned(), |actual| actual.to_string());
    with_trailers(
        Status::failed_precondition(format!(
            "Delete failed due to WrongExpectedVersion. Stream: {stream}, Expected version: {expected}, \
             Actual version: {actual}"
        )),
        &[
            (keys::EXCEPTION, "wrong-expected-version"),
            ("stream-name", stream),
            ("expected-version", &expected),
            ("actual-version", &actual),
        ],
    )
}

impl Call {
    /// Refuses a caller who lacks a right.
    fn demand(&self, right: Right) -> Result<(), Status> {
        if self.lacks.contains(&right) {
            return Err(users::denied());
        }
        Ok(())
    }

    /// Makes a change, with what is armed to go wrong.
    async fn change(
        &self,
        stream: &str,
        expected: Expected,
        change: Change,
        forward: bool,
    ) -> Result<Result<Committed, Refusal>, Status> {
        loop {
            match self.node.change(stream, expected, change.clone(), forward).await {
                Outcome::NotLeader(view) => return Err(not_leader(leader_of(&view), &view)),
                Outcome::Prevented(Fault::DelayBefore(millis)) => {
                    tokio::time::sleep(Duration::from_millis(millis)).await;
                }
                Outcome::Done { result, fault: None } => return Ok(result),
                Outcome::Done {
                    result,
                    fault: Some(Fault::DelayAfter(millis)),
                } => {
                    tokio::time::sleep(Duration::from_millis(millis)).await;
                    return Ok(result);
                }
                Outcome::Prevented(fault)
                | Outcome::Done {
                    fault: Some(fault), ..
                } => return Err(self.fail(&fault).await),
            }
        }
    }

    /// Does what a fault does; answers with the status that it answers with, if any.
    async fn fail(&self, fault: &Fault) -> Status {
        match fault {
            Fault::SilenceBefore | Fault::SilenceAfter => {
                let never: Infallible = std::future::pending().await;
                match never {}
            }
            Fault::ResetBefore | Fault::ResetAfter => {
                self.reset();
                Status::internal("reset")
            }
            Fault::TimedOut => Status::aborted("Operation timed out: Commit phase timeout."),
            Fault::Busy => Status::unavailable("Server Is Too Busy"),
            Fault::NotReady => Status::unavailable("Server Is Not Ready"),
            Fault::NoQuorum => {
                tokio::time::sleep(COMMIT).await;
                Status::aborted("Operation timed out: Commit phase timeout.")
            }
            Fault::Cancelled => Status::aborted("Operation timed out: Request canceled by server"),
            Fault::DelayAfter(_) | Fault::DelayBefore(_) => Status::internal("a delay is no failure"),
        }
    }

    fn reset(&self) {
        self.reset.store(true, Ordering::Release);
    }

    /// Refuses where the caller wants the leader and this node is none.
    async fn demand_leader(&self, metadata: &MetadataMap) -> Result<(), Status> {
        if !requires_leader(metadata) {
            return Ok(());
        }
        let (role, view) = self.node.role().await;
        match role {
            Role::Leader => Ok(()),
            Role::Follower(leader) => Err(not_leader(leader, &view)),
        }
    }
}

fn requires_leader(metadata: &MetadataMap) -> bool {
    metadata
        .get(keys::REQUIRES_LEADER)
        .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"true"))
}

fn leader_of(view: &View) -> Option<Member> {
    view.members
        .iter()
        .find(|member| Some(member.node) == view.leader)
        .cloned()
}

fn not_leader(leader: Option<Member>, view: &View) -> Status {
    let Some(leader) = leader else {
        if !view.quorum {
            return Status::unavailable("Server Is Not Ready");
        }
        return Status::unknown("No leader info available in response");
    };
    let port = leader.port.to_string();
    let trailers = [
        (keys::EXCEPTION, keys::NOT_LEADER),
        (keys::LEADER_HOST, "127.0.0.1"),
        (keys::LEADER_PORT, port.as_str()),
    ];
    with_trailers(Status::not_found("Leader info available"), &trailers)
}

fn deleted(stream: &str) -> Status {
    with_trailers(
        Status::failed_precondition(format!("Event stream '{stream}' is deleted.")),
        &[(keys::EXCEPTION, keys::STREAM_DELETED), ("stream-name", stream)],
    )
}

pub(crate) fn with_trailers(status: Status, trailers: &[(&'static str, &str)]) -> Status {
    let mut map = MetadataMap::new();
    for (key, value) in trailers {
        if let Ok(value) = value.parse() {
            map.insert(*key, value);
        }
    }
    let (code, message): (Code, String) = (status.code(), status.message().to_owned());
    Status::with_metadata(code, message, map)
}
