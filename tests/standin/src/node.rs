//! One node: its copy of the log, its view of the others, and its gRPC server.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;
use tokio::sync::{broadcast, watch};

use crate::brain::{Brain, Member, Outcome, Signal, View};
use crate::line::{Ask, Line, Push};
use crate::log::{Change, Expected, Log};
use crate::service;

/// How often a node tells the brain that it is there.
const BEAT: Duration = Duration::from_millis(50);
/// A view older than this says nothing about who leads now.
const STALE: Duration = Duration::from_millis(250);

/// Where the truth is.
#[derive(Debug)]
enum Backend {
    /// In this process: a cluster of one.
    Local(Arc<Brain>),
    /// In the brain's process.
    Remote(Arc<Line>),
}

/// See the module.
#[derive(Debug)]
pub struct Node {
    number: u32,
    port: u16,
    pub(crate) log: Arc<Log>,
    backend: Backend,
    view: watch::Receiver<(View, Instant)>,
    signals: broadcast::Sender<Signal>,
    /// Bytes that one append may have.
    pub(crate) max_append: usize,
    /// What the header `authorization` of every call must be, where somebody is refused.
    pub(crate) authorization: Option<String>,
}

/// What a node is for a call that needs the leader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Role {
    Leader,
    Follower(Option<Member>),
}

/// The servers before 25.1 take 1 MiB in one append.
const MAX_APPEND: usize = 1 << 20;

impl Node {
    /// A cluster of one node, with its brain in the same process; for one user alone where `credentials` are given.
    pub async fn single(
        port: u16,
        brain: Arc<Brain>,
        credentials: Option<&str>,
    ) -> io::Result<(Arc<Self>, TcpListener)> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let port = listener.local_addr()?.port();
        let (tell, view) = watch::channel((brain.beat(1, port), Instant::now()));
        let (signals, _) = broadcast::channel(64);
        let beating = Arc::clone(&brain);
        tokio::spawn(async move {
            while tell.send((beating.beat(1, port), Instant::now())).is_ok() {
                tokio::time::sleep(BEAT).await;
            }
        });
        let (mut heard, passed) = (brain.signals(), signals.clone());
        tokio::spawn(async move {
            while let Ok(signal) = heard.recv().await {
                drop(passed.send(signal));
            }
        });
        let node = Self {
            number: 1,
            port,
            log: Arc::clone(&brain.log),
            backend: Backend::Local(brain),
            view,
            signals,
            max_append: MAX_APPEND,
            authorization: credentials.map(|text| format!("Basic {}", STANDARD.encode(text))),
        };
        Ok((Arc::new(node), listener))
    }

    /// A node of the cluster whose brain listens at `brain`.
    pub async fn join(number: u32, port: u16, brain: SocketAddr) -> io::Result<(Arc<Self>, TcpListener)> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let port = listener.local_addr()?.port();
        let beat = Ask::Beat { node: number, port };
        let beating = Line::connect(brain).await?;
        let (tell, view) = watch::channel((beating.view(&beat).await?, Instant::now()));
        tokio::spawn(async move {
            while let Ok(view) = beating.view(&beat).await {
                drop(tell.send((view, Instant::now())));
                tokio::time::sleep(BEAT).await;
            }
        });
        let (signals, _) = broadcast::channel(64);
        let log: Arc<Log> = Arc::default();
        let (copy, passed) = (Arc::clone(&log), signals.clone());
        let following = Line::connect(brain).await?;
        tokio::spawn(async move {
            let take = |push| match push {
                Push::Record(record) => copy.apply(record),
                Push::Signal(signal) => drop(passed.send(signal)),
                Push::Truncate(length) => copy.truncate(length),
            };
            drop(following.follow(0, take).await);
        });
        let node = Self {
            number,
            port,
            log,
            backend: Backend::Remote(Arc::new(Line::connect(brain).await?)),
            view,
            signals,
            max_append: MAX_APPEND,
            authorization: None,
        };
        Ok((Arc::new(node), listener))
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Serves until the process ends.
    pub async fn serve(self: Arc<Self>, listener: TcpListener) -> io::Result<()> {
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let node = Arc::clone(&self);
            tokio::spawn(async move {
                let service =
                    hyper::service::service_fn(move |request| service::handle(Arc::clone(&node), request));
                let connection = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
                    .serve_connection(TokioIo::new(stream), service);
                // A client that breaks off is no concern.
                drop(connection.await);
            });
        }
    }

    pub(crate) fn signals(&self) -> broadcast::Receiver<Signal> {
        self.signals.subscribe()
    }

    /// Who is there, as of a moment ago at most: a node that was frozen waits for news.
    pub(crate) async fn view(&self) -> View {
        let mut view = self.view.clone();
        loop {
            {
                let now = view.borrow_and_update();
                if now.1.elapsed() < STALE {
                    return now.0.clone();
                }
            }
            if view.changed().await.is_err() {
                return View::default();
            }
        }
    }

    pub(crate) async fn role(&self) -> Role {
        role_in(&self.view().await, self.number)
    }

    /// Makes a change; a node that does not lead is told who does.
    pub(crate) async fn change(
        &self,
        stream: &str,
        expected: Expected,
        change: Change,
        forward: bool,
    ) -> Outcome {
        let empty = matches!(&change, Change::Append(events) if events.is_empty());
        let outcome = match &self.backend {
            Backend::Local(brain) => brain.change(self.number, stream, expected, change),
            Backend::Remote(line) => {
                let node = match (forward, self.view().await.leader) {
                    (true, Some(leader)) => leader,
                    _ => self.number,
                };
                let ask = Ask::Change {
                    node,
                    stream: stream.to_owned(),
                    expected,
                    change,
                };
                let line = Arc::clone(line);
                // A client that goes away does not tear a question from its answer.
                let asked = tokio::spawn(async move { line.change(&ask).await }).await;
                match asked {
                    Ok(Ok(outcome)) => outcome,
                    _ => Outcome::NotLeader(View::default()),
                }
            }
        };
        if !empty
            && let Outcome::Done { result: Ok(done), .. } = &outcome
            && let Some(position) = done.position
        {
            let mut length = self.log.length();
            while self.log.last_position().is_none_or(|last| last < position) {
                if length.changed().await.is_err() {
                    break;
                }
            }
        }
        outcome
    }

    /// Notes the time that a caller says it will wait, in milliseconds.
    pub(crate) fn note_deadline(&self, millis: u64) {
        if let Backend::Local(brain) = &self.backend {
            brain.note_deadline(millis);
        }
    }

    /// Steps down if it leads.
    pub(crate) async fn resign(&self) {
        match &self.backend {
            Backend::Local(brain) => brain.resign(None),
            Backend::Remote(line) => {
                let line = Arc::clone(line);
                drop(tokio::spawn(async move { line.view(&Ask::Resign(None)).await }).await);
            }
        }
    }
}

pub(crate) fn role_in(view: &View, number: u32) -> Role {
    match view.leader {
        Some(leader) if leader == number => Role::Leader,
        leader => {
            Role::Follower(leader.and_then(|leader| view.members.iter().find(|m| m.node == leader).cloned()))
        }
    }
}
