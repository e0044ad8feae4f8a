//! Asks a node over plain gRPC, and keeps what it answers.

use std::time::Duration;

use serde_json::{Value, json};
use tonic::codec::ProstCodec;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::{Channel, Endpoint};

use super::telling;
use crate::wire::{self, Empty, append_req, paths, read_options, uuid_option, write_options};
use crate::wire_more::{DeleteReq, DeleteResp};

/// How long a subscription is listened to.
const LISTENED: Duration = Duration::from_millis(600);
/// How long an answer may take.
const LIMIT: Duration = Duration::from_secs(15);

pub(crate) type Expected = write_options::Expected;

/// Leader and follower, and what they answered.
pub(crate) struct Asker {
    leader: Channel,
    follower: Channel,
    pub(crate) answers: Vec<(String, Value)>,
}

/// Who is asked.
#[derive(Clone, Copy)]
pub(crate) enum Whom {
    Leader,
    /// A follower, by a caller who wants the leader.
    FollowerForLeader,
    Follower,
}

impl Asker {
    pub(crate) async fn new(leader: u16, follower: u16) -> Self {
        let channel = |port: u16| Endpoint::from_shared(format!("http://127.0.0.1:{port}")).unwrap();
        Self {
            leader: channel(leader).connect().await.unwrap(),
            follower: channel(follower).connect().await.unwrap(),
            answers: Vec::new(),
        }
    }

    pub(crate) fn note(&mut self, question: &str, answer: Value) {
        self.answers.push((question.to_owned(), answer));
    }

    async fn grpc(&self, whom: Whom) -> tonic::client::Grpc<Channel> {
        let channel = match whom {
            Whom::Leader => &self.leader,
            Whom::Follower | Whom::FollowerForLeader => &self.follower,
        };
        let mut grpc = tonic::client::Grpc::new(channel.clone())
            .max_encoding_message_size(usize::MAX)
            .max_decoding_message_size(usize::MAX);
        grpc.ready().await.unwrap();
        grpc
    }

    fn request<T>(whom: Whom, message: T) -> tonic::Request<T> {
        let mut request = tonic::Request::new(message);
        if !matches!(whom, Whom::Follower) {
            request
                .metadata_mut()
                .insert("requires-leader", "true".parse().unwrap());
        }
        request
    }

    pub(crate) async fn append(
        &self,
        whom: Whom,
        stream: &str,
        expected: Expected,
        events: Vec<wire::ProposedMessage>,
    ) -> Value {
        let options = append_req::Content::Options(options(stream, expected));
        let contents: Vec<_> = std::iter::once(options)
            .chain(events.into_iter().map(append_req::Content::Proposed))
            .map(|content| wire::AppendReq {
                content: Some(content),
            })
            .collect();
        let request = Self::request(whom, futures_util::stream::iter(contents));
        let codec = ProstCodec::<wire::AppendReq, wire::AppendResp>::default();
        let path = PathAndQuery::from_static(paths::APPEND);
        let mut grpc = self.grpc(whom).await;
        let answer = tokio::time::timeout(LIMIT, grpc.client_streaming(request, path, codec))
            .await
            .unwrap();
        match answer {
            Ok(answer) => json!({ "ok": telling::appended(answer.into_inner()) }),
            Err(status) => telling::refusal(&status),
        }
    }

    pub(crate) async fn read(&self, whom: Whom, options: wire::ReadOptions) -> Value {
        let subscribing = matches!(options.count, Some(read_options::Count::Subscription(_)));
        let options = wire::ReadOptions {
            uuid_option: Some(wire::UuidOption {
                form: Some(uuid_option::Form::Text(Empty {})),
            }),
            control_option: Some(wire::ControlOption { compatibility: 1 }),
            ..options
        };
        let request = Self::request(
            whom,
            wire::ReadReq {
                options: Some(options),
            },
        );
        let codec = ProstCodec::<wire::ReadReq, wire::ReadResp>::default();
        let path = PathAndQuery::from_static(paths::READ);
        let mut grpc = self.grpc(whom).await;
        let mut got = Vec::new();
        let reading = async {
            let mut messages = grpc.server_streaming(request, path, codec).await?.into_inner();
            while let Some(message) = messages.message().await? {
                got.extend(message.content.map(telling::content));
            }
            Ok::<_, tonic::Status>(())
        };
        let limit = if subscribing { LISTENED } else { LISTENED * 3 };
        match tokio::time::timeout(limit, reading).await {
            Err(_) => json!({ "got": got, "end": false }),
            Ok(Ok(())) => json!({ "got": got, "end": true }),
            Ok(Err(status)) => {
                let mut answer = telling::refusal(&status);
                answer["got"] = got.into();
                answer
            }
        }
    }

    pub(crate) async fn remove(&self, path: &'static str, stream: &str, expected: Expected) -> Value {
        let message = DeleteReq {
            options: Some(options(stream, expected)),
        };
        let codec = ProstCodec::<DeleteReq, DeleteResp>::default();
        let request = Self::request(Whom::Leader, message);
        let mut grpc = self.grpc(Whom::Leader).await;
        match grpc.unary(request, PathAndQuery::from_static(path), codec).await {
            Ok(answer) => json!({ "ok": telling::removed(answer.into_inner()) }),
            Err(status) => telling::refusal(&status),
        }
    }

    pub(crate) async fn gossip(&self) -> Value {
        let codec = ProstCodec::<Empty, wire::ClusterInfo>::default();
        let request = tonic::Request::new(Empty {});
        let mut grpc = self.grpc(Whom::Leader).await;
        let answer = grpc
            .unary(request, PathAndQuery::from_static(paths::GOSSIP), codec)
            .await;
        json!({ "ok": telling::members(answer.unwrap().into_inner()) })
    }
}

fn options(stream: &str, expected: Expected) -> wire::WriteOptions {
    wire::WriteOptions {
        stream: Some(identifier(stream)),
        expected: Some(expected),
    }
}

pub(crate) fn identifier(stream: &str) -> wire::StreamIdentifier {
    wire::StreamIdentifier {
        name: stream.as_bytes().to_vec(),
    }
}
