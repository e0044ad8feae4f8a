//! One node: its copy of the log, its view of the others, and its gRPC server.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;
use tokio::sync::{Notify, broadcast, watch};

use crate::brain::{Brain, Fault, Member, Outcome, Signal, View};
use crate::latency::Pace;
use crate::line::{Ask, Line, Push};
use crate::log::{Change, Expected, Log};
use crate::service;
use crate::users::User;

/// How often a node tells the brain that it is there.
const BEAT: Duration = Duration::from_millis(50);
/// A node that did not run for so long was frozen, and not only slow.
const FROZEN: Duration = Duration::from_secs(1);
/// For how long it then answers from what it knew.
const THAWED: Duration = Duration::from_millis(300);
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
    /// Whether it ends after it was frozen as the leader, and how far that is.
    life: Arc<Life>,
    pace: Pace,
    /// Bytes that one append may have.
    pub(crate) max_append: usize,
    /// Who is served; anybody where nobody is named.
    pub(crate) users: Vec<User>,
}

/// A leader that was frozen answers for a moment from what it knew, and then ends.
#[derive(Debug)]
struct Life {
    /// Whether that happens to this node.
    mortal: bool,
    /// When it last was seen to run.
    ran: Mutex<Instant>,
    leads: AtomicBool,
    thawed: AtomicBool,
    ended: Notify,
}

impl Life {
    fn new(mortal: bool) -> Arc<Self> {
        Arc::new(Self {
            mortal,
            ran: Mutex::new(Instant::now()),
            leads: AtomicBool::new(false),
            thawed: AtomicBool::new(false),
            ended: Notify::new(),
        })
    }

    /// Whether it goes by what it knew before it was frozen.
    fn is_thawed(&self) -> bool {
        let ran = *self.ran.lock().unwrap_or_else(PoisonError::into_inner);
        let leads = self.leads.load(Ordering::Acquire);
        if self.mortal && leads && ran.elapsed() > FROZEN {
            self.thawed.store(true, Ordering::Release);
        }
        self.thawed.load(Ordering::Acquire)
    }

    /// It runs; ends it where it was frozen.
    async fn run(&self, view: &View, number: u32) {
        if self.is_thawed() {
            tokio::time::sleep(THAWED).await;
            self.ended.notify_one();
            std::future::pending::<()>().await;
        }
        self.leads.store(view.leader == Some(number), Ordering::Release);
        *self.ran.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }
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
    /// A cluster of one node, with its brain in the same process; for these users alone where there are any.
    pub async fn single(
        port: u16,
        brain: Arc<Brain>,
        users: Vec<User>,
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
            life: Life::new(false),
            pace: Pace::default(),
            max_append: MAX_APPEND,
            users,
        };
        Ok((Arc::new(node), listener))
    }

    /// A node of the cluster whose brain listens at `brain`; one that is `mortal` ends after it was frozen as the leader.
    pub async fn join(
        number: u32,
        port: u16,
        brain: SocketAddr,
        mortal: bool,
    ) -> io::Result<(Arc<Self>, TcpListener)> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let port = listener.local_addr()?.port();
        let beat = Ask::Beat { node: number, port };
        let beating = Line::connect(brain).await?;
        let (tell, view) = watch::channel((beating.view(&beat).await?, Instant::now()));
        let life = Life::new(mortal);
        let living = Arc::clone(&life);
        tokio::spawn(async move {
            while let Ok(view) = beating.view(&beat).await {
                living.run(&view, number).await;
                drop(tell.send((view, Instant::now())));
                tokio::time::sleep(BEAT).await;
            }
        });
        let (signals, _) = broadcast::channel(64);
        let log: Arc<Log> = Arc::default();
        let (copy, passed) = (Arc::clone(&log), signals.clone());
        let following = Line::connect(brain).await?;
        let knowing = Arc::clone(&life);
        tokio::spawn(async move {
            let take = |push| match push {
                _ if knowing.is_thawed() => {}
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
            life,
            pace: Pace::default(),
            max_append: MAX_APPEND,
            users: Vec::new(),
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
                let serving = Arc::clone(&node);
                let service =
                    hyper::service::service_fn(move |request| service::handle(Arc::clone(&serving), request));
                // A client that breaks off is no concern.
                if service::is_plain(&stream).await {
                    drop(service::plain(&node, stream).await);
                    return;
                }
                let connection = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
                    .serve_connection(TokioIo::new(stream), service);
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
                if self.life.is_thawed() || now.1.elapsed() < STALE {
                    return now.0.clone();
                }
            }
            if view.changed().await.is_err() {
                return View::default();
            }
        }
    }

    /// What this node is. One that was elected leads once its copy has what the log has, as the real ones do.
    pub(crate) async fn role(&self) -> (Role, View) {
        let (mut length, mut news) = (self.log.length(), self.view.clone());
        loop {
            news.mark_unchanged();
            let view = self.view().await;
            let role = role_in(&view, self.number);
            let lacks = *length.borrow_and_update() < view.records;
            if role != Role::Leader || !lacks || self.life.is_thawed() {
                return (role, view);
            }
            tokio::select! {
                _ = length.changed() => {}
                _ = news.changed() => {}
            }
        }
    }

    /// Resolves when it ends by itself.
    pub async fn ended(&self) {
        self.life.ended.notified().await;
    }

    /// Makes a change; a node that does not lead is told who does.
    pub(crate) async fn change(
        &self,
        stream: &str,
        expected: Expected,
        change: Change,
        forward: bool,
    ) -> Outcome {
        if self.life.is_thawed() {
            tokio::time::sleep(THAWED).await;
            return Outcome::Prevented(Fault::Cancelled);
        }
        let empty = matches!(&change, Change::Append(events) if events.is_empty());
        let latency = match &self.backend {
            Backend::Local(brain) => brain.latency(),
            Backend::Remote(_) => self.view.borrow().0.latency,
        };
        if let (Some(latency), Change::Append(events)) = (latency, &change) {
            self.pace.pass(latency, events.len()).await;
        }
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
