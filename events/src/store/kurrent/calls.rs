//! The three calls that the store is made of, once each, with a time limit that holds on this side: a node that is
//! frozen, or a network that swallows everything, is silence, and silence ends.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use futures_util::stream;
use tokio::sync::Semaphore;
use tonic::codec::{ProstCodec, Streaming};
use tonic::codegen::http::uri::PathAndQuery;

use super::failure::{Failure, Meaning};
use super::health::Health;
use super::large::Largest;
use super::mapping::{Names, stream_identifier};
use super::nodes::{Link, Nodes};
use super::right::Right;
use super::tail::Tail;
use super::wire::{self, Empty, paths, read_options, read_resp};
use crate::envelope::Position;
use crate::store::Direction;

/// Appends under way at the same time. With the reads and the subscription fewer than the 100 calls that the
/// server takes over one connection, so that none of them waits for another.
const APPENDS: usize = 64;
/// Reads under way at the same time.
const READS: usize = 24;
/// Events looked at in one go while the server filters.
const WINDOW: u32 = 1_000;
/// More events than any log has. The server counts with signed numbers.
const EVERYTHING: u64 = i64::MAX.cast_unsigned();
/// A subscription tells where it is after so many events looked at, also when none of them was ours.
const CHECKPOINT_WINDOW: u32 = 256;

/// What became of an append that was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// It stands; the position may be that of an earlier time, or missing.
    Written { revision: u64, position: Option<u64> },
    /// The stream is at this revision, `None` for no events.
    Conflict { current: Option<u64> },
}

/// What an append expects of the stream.
pub(super) type Expectation = wire::write_options::Expected;

/// Where to read `$all` from.
pub(super) type Place = wire::all_options::Place;

/// How long things may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) call: Duration,
    pub(super) patience: Duration,
    pub(super) first_pause: Duration,
    pub(super) longest_pause: Duration,
}

/// A call that went on failing.
#[derive(Debug)]
pub(super) struct Exhausted {
    pub(super) failure: Failure,
    /// Whether one of the tries may have been done.
    pub(super) maybe_done: bool,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Calls {
    pub(super) nodes: Nodes,
    pub(super) names: Names,
    pub(super) limits: Limits,
    /// How much one append may be.
    pub(super) largest: Largest,
    /// Whether the cluster answers.
    pub(super) health: Health,
    /// The newest events.
    pub(super) tail: Tail,
    appends: Semaphore,
    reads: Semaphore,
}

impl Calls {
    pub(super) fn new(nodes: Nodes, names: Names, limits: Limits) -> Self {
        Self {
            nodes,
            names,
            limits,
            largest: Largest::default(),
            health: Health::default(),
            tail: Tail::default(),
            appends: Semaphore::new(APPENDS),
            reads: Semaphore::new(READS),
        }
    }

    /// Repeats `call` until it is answered, is refused for good, or `patience` ends. Only for calls that are exact
    /// when repeated. Takes no longer than `patience`.
    pub(super) async fn persist<T, F: Future<Output = Result<T, Failure>>>(
        &self,
        patience: Duration,
        call: impl Fn(Link) -> F,
    ) -> Result<T, Exhausted> {
        self.try_again(patience, true, call).await
    }

    /// The same for a call that hears from the server all the while and may take its time.
    pub(super) async fn persist_long<T, F: Future<Output = Result<T, Failure>>>(
        &self,
        patience: Duration,
        call: impl Fn(Link) -> F,
    ) -> Result<T, Exhausted> {
        self.try_again(patience, false, call).await
    }

    async fn try_again<T, F: Future<Output = Result<T, Failure>>>(
        &self,
        patience: Duration,
        ends: bool,
        call: impl Fn(Link) -> F,
    ) -> Result<T, Exhausted> {
        // Others waited in vain for as long: whoever comes now is told soon.
        let patience = if self.health.is_silent_for(patience) {
            patience.min(self.limits.longest_pause)
        } else {
            patience
        };
        let begun = Instant::now();
        let mut pause = self.limits.first_pause;
        let mut maybe_done = false;
        loop {
            let failure = match self.attempt(begun, patience, ends, &call).await {
                Ok(answer) => {
                    self.health.answered();
                    return Ok(answer);
                }
                Err(failure) => failure,
            };
            maybe_done |= failure.meaning == Meaning::Unknown;
            self.health.met(&failure);
            let set_up = failure.meaning == Meaning::SetUp;
            if !failure.meaning.passes() && !set_up {
                self.health.answered();
                return Err(Exhausted { failure, maybe_done });
            }
            if set_up || begun.elapsed() + pause > patience {
                self.health.failed(&failure);
                return Err(Exhausted { failure, maybe_done });
            }
            tracing::debug!(%failure, "a call to the event store is tried again");
            // A node that named the leader is believed at once.
            if !matches!(failure.meaning, Meaning::NotLeader(Some(_))) || pause > self.limits.first_pause {
                tokio::time::sleep(pause).await;
            }
            pause = (pause * 2).min(self.limits.longest_pause);
        }
    }

    /// Tries once. Neither looking for the leader nor a call that `ends` takes longer than what is left.
    async fn attempt<T, F: Future<Output = Result<T, Failure>>>(
        &self,
        begun: Instant,
        patience: Duration,
        ends: bool,
        call: impl Fn(Link) -> F,
    ) -> Result<T, Failure> {
        let left = || {
            let left = patience.saturating_sub(begun.elapsed());
            left.max(self.limits.first_pause)
        };
        let link = match tokio::time::timeout(left(), self.nodes.leader()).await {
            Ok(found) => found?,
            Err(_) => return Err(Failure::new(Meaning::NotDone, "no leader was found in time")),
        };
        let time = if ends { left() } else { Duration::MAX };
        let answer = match tokio::time::timeout(time, call(link.clone())).await {
            Ok(answer) => answer,
            Err(_) => Err(Failure::silence(&link.node)),
        };
        answer.inspect_err(|failure| self.nodes.failed(&link, failure))
    }

    /// Appends over `link`, once.
    pub(super) async fn append(
        &self,
        link: &Link,
        stream: &str,
        expected: Expectation,
        events: Vec<wire::ProposedMessage>,
    ) -> Result<Answer, Failure> {
        let _permit = self.appends.acquire().await;
        let options = wire::append_req::Content::Options(wire::WriteOptions {
            stream: Some(stream_identifier(stream)),
            expected: Some(expected),
        });
        let contents = std::iter::once(options)
            .chain(events.into_iter().map(wire::append_req::Content::Proposed))
            .map(|content| wire::AppendReq {
                content: Some(content),
            });
        let mut request = tonic::Request::new(stream::iter(contents));
        self.nodes.sign(&mut request);
        request.set_timeout(self.limits.call);
        let sending = async {
            let mut grpc = link.grpc();
            grpc.ready()
                .await
                .map_err(|source| Failure::unreached(&link.node, source))?;
            let path = PathAndQuery::from_static(paths::APPEND);
            let codec = ProstCodec::<wire::AppendReq, wire::AppendResp>::default();
            let answer = grpc.client_streaming(request, path, codec).await;
            answer.map_err(|status| self.refusal(link, &status, &Right::append(stream)))
        };
        let answered = tokio::time::timeout(self.limits.call, sending)
            .await
            .unwrap_or_else(|_| Err(Failure::silence(&link.node)))?;
        read_answer(link, answered.into_inner())
    }

    /// Reads over `link`, once. A stream that does not exist is empty.
    pub(super) async fn read(
        &self,
        link: &Link,
        from: read_options::From,
        direction: Direction,
        filtered: bool,
        count: u64,
    ) -> Result<Vec<wire::RecordedEvent>, Failure> {
        let mut events = Vec::with_capacity(usize::try_from(count).unwrap_or(usize::MAX).min(1_024));
        let options = self.options(from, direction, filtered, read_options::Count::Count(count));
        let all = |event| {
            events.push(event);
            ControlFlow::Continue(())
        };
        self.read_while(link, options, all).await?;
        Ok(events)
    }

    /// Reads our part of `$all` over `link`, once, from one of its ends until `take` has enough.
    pub(super) async fn read_ours_while(
        &self,
        link: &Link,
        direction: Direction,
        take: impl FnMut(wire::RecordedEvent) -> ControlFlow<()>,
    ) -> Result<(), Failure> {
        let place = match direction {
            Direction::Forwards => Place::Start(Empty {}),
            Direction::Backwards => Place::End(Empty {}),
        };
        let count = read_options::Count::Count(EVERYTHING);
        let options = self.options(all(place), direction, true, count);
        self.read_while(link, options, take).await
    }

    async fn read_while(
        &self,
        link: &Link,
        options: wire::ReadOptions,
        mut take: impl FnMut(wire::RecordedEvent) -> ControlFlow<()>,
    ) -> Result<(), Failure> {
        let _permit = self.reads.acquire().await;
        let mut messages = self.begin(link, options).await?;
        while let Some(content) = self.next(link, &mut messages).await? {
            if let read_resp::Content::Event(read) = content
                && read.event.is_some_and(|event| take(event).is_break())
            {
                break;
            }
        }
        Ok(())
    }

    /// Subscribes to our part of `$all`, after `place`.
    pub(super) async fn subscribe(
        &self,
        link: &Link,
        place: Place,
    ) -> Result<Streaming<wire::ReadResp>, Failure> {
        let count = read_options::Count::Subscription(Empty {});
        self.begin(link, self.options(all(place), Direction::Forwards, true, count))
            .await
    }

    fn options(
        &self,
        from: read_options::From,
        direction: Direction,
        filtered: bool,
        count: read_options::Count,
    ) -> wire::ReadOptions {
        let subscription = matches!(count, read_options::Count::Subscription(_));
        let filter = if filtered {
            read_options::Filter::Filter(wire::FilterOptions {
                on: Some(wire::filter_options::On::Stream(wire::Expression {
                    regex: String::new(),
                    prefix: self.names.beginnings(),
                })),
                window: Some(wire::filter_options::Window::Max(if subscription {
                    CHECKPOINT_WINDOW
                } else {
                    WINDOW
                })),
                checkpoint_interval_multiplier: 1,
            })
        } else {
            read_options::Filter::None(Empty {})
        };
        wire::ReadOptions {
            from: Some(from),
            direction: match direction {
                Direction::Forwards => 0,
                Direction::Backwards => 1,
            },
            resolve_links: false,
            count: Some(count),
            filter: Some(filter),
            uuid_option: Some(wire::UuidOption {
                form: Some(wire::uuid_option::Form::Text(Empty {})),
            }),
            control_option: None,
        }
    }

    async fn begin(
        &self,
        link: &Link,
        options: wire::ReadOptions,
    ) -> Result<Streaming<wire::ReadResp>, Failure> {
        let right = Right::read(options.from.as_ref());
        let mut request = tonic::Request::new(wire::ReadReq {
            options: Some(options),
        });
        self.nodes.sign(&mut request);
        let beginning = async {
            let mut grpc = link.grpc();
            grpc.ready()
                .await
                .map_err(|source| Failure::unreached(&link.node, source))?;
            let path = PathAndQuery::from_static(paths::READ);
            let codec = ProstCodec::<wire::ReadReq, wire::ReadResp>::default();
            let answer = grpc.server_streaming(request, path, codec).await;
            answer.map_err(|status| self.refusal(link, &status, &right))
        };
        let answered = tokio::time::timeout(self.limits.call, beginning).await;
        Ok(answered
            .unwrap_or_else(|_| Err(Failure::silence(&link.node)))?
            .into_inner())
    }

    pub(super) async fn next(
        &self,
        link: &Link,
        messages: &mut Streaming<wire::ReadResp>,
    ) -> Result<Option<read_resp::Content>, Failure> {
        let next = tokio::time::timeout(self.limits.call, messages.message()).await;
        let next = next.map_err(|_| Failure::silence(&link.node))?;
        let next = next.map_err(|status| Failure::status(&link.node, &status))?;
        Ok(next.map(|message| {
            message
                .content
                .unwrap_or(read_resp::Content::FirstStreamPosition(0))
        }))
    }
}

/// `$all` from `place`.
pub(super) fn all(place: Place) -> read_options::From {
    read_options::From::All(wire::AllOptions { place: Some(place) })
}

/// The place of one of our events; both of its numbers are the same, as everything here is written over gRPC.
pub(super) fn at(position: Position) -> Place {
    if position == Position::START {
        return Place::Start(Empty {});
    }
    Place::At(wire::LogPosition {
        commit: position.0,
        prepare: position.0,
    })
}

fn read_answer(link: &Link, answer: wire::AppendResp) -> Result<Answer, Failure> {
    match answer.result {
        Some(wire::append_resp::Result::Success(success)) => {
            let Some(wire::success::Revision::Current(revision)) = success.revision else {
                return Err(Failure::new(
                    Meaning::Unknown,
                    format!("{} told no revision", link.node),
                ));
            };
            let position = match success.position {
                Some(wire::success::Position::At(at)) if at.commit != u64::MAX => Some(at.commit),
                _ => None,
            };
            Ok(Answer::Written { revision, position })
        }
        Some(wire::append_resp::Result::WrongExpectedVersion(wrong)) => {
            let current = match (wrong.current, wrong.current_20_6_0) {
                (Some(wire::wrong::Current::Revision(current)), _)
                | (None, Some(wire::wrong::CurrentOld::Revision(current))) => Some(current),
                _ => None,
            };
            Ok(Answer::Conflict { current })
        }
        None => Err(Failure::new(
            Meaning::Unknown,
            format!("{} told no result", link.node),
        )),
    }
}
