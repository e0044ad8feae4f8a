//! The brain: the one log, who leads, and which faults are armed.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;

use crate::latency::Latency;
use crate::log::{Change, Committed, Expected, Log, Refusal};

/// A node that was not heard of for this long is dead, as far as the others are concerned.
const DEAD_AFTER: Duration = Duration::from_millis(400);
/// How long an election takes where nothing depends on it, and on a cluster that fares as the real ones: these took 0.6 to
/// 4.2 s.
const ELECTION: Duration = Duration::from_millis(150);
const RECORDED_ELECTION: Duration = Duration::from_secs(1);

/// How long a leader without a majority stays one, as the real one waits for commits.
const ALONE: Duration = Duration::from_millis(2_700);

/// What goes wrong with the next append that fits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The call is reset and nothing is written.
    ResetBefore,
    /// The events are written and the call is reset.
    ResetAfter,
    /// Nothing is written and no answer comes.
    SilenceBefore,
    /// The events are written and no answer comes.
    SilenceAfter,
    /// The events are written, and the answer comes so many milliseconds late.
    DelayAfter(u64),
    /// The events are written so many milliseconds late.
    DelayBefore(u64),
    /// The server's own time-out, although the events are written.
    TimedOut,
    /// The server has too much to do.
    Busy,
    /// The server is starting.
    NotReady,
    /// Too few of the others are there: the commit is waited for in vain.
    NoQuorum,
    /// The server ends before the commit.
    Cancelled,
}

impl Fault {
    /// Whether nothing is written, or not yet.
    pub fn prevents(&self) -> bool {
        matches!(
            self,
            Self::ResetBefore
                | Self::SilenceBefore
                | Self::DelayBefore(_)
                | Self::Busy
                | Self::NotReady
                | Self::NoQuorum
                | Self::Cancelled
        )
    }
}

/// What happens to the live subscriptions of every node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// They end with success.
    EndWithSuccess,
    /// They are reset.
    Reset,
    /// They stay open and tell nothing more.
    Silence,
    /// They tell every event twice from now on.
    Duplicate,
}

/// One node as the others see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Its number.
    pub node: u32,
    /// Where it listens, on this machine.
    pub port: u16,
    /// Whether it was heard of lately.
    pub alive: bool,
}

/// Who is there and who leads.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// The leader's number.
    pub leader: Option<u32>,
    /// Every node that ever was.
    pub members: Vec<Member>,
    /// Whether most of the nodes are there.
    pub quorum: bool,
    /// How many records the log has.
    pub records: usize,
    /// How long the last appending caller of a cluster of one said that it would wait, in milliseconds.
    pub deadline: Option<u64>,
    /// How long appends take.
    pub latency: Option<Latency>,
}

/// The answer to a change that a node asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The log answered.
    Done {
        /// What.
        result: Result<Committed, Refusal>,
        /// What goes wrong with the answer.
        fault: Option<Fault>,
    },
    /// A fault came first.
    Prevented(Fault),
    /// The node does not lead.
    NotLeader(View),
}

#[derive(Debug)]
struct Known {
    port: u16,
    heard: Instant,
}

#[derive(Debug, Default)]
struct Inner {
    nodes: BTreeMap<u32, Known>,
    leader: Option<u32>,
    /// No election ends before.
    leaderless_until: Option<Instant>,
    /// Whether a leader needs a majority, as the real ones do.
    demands_quorum: bool,
    /// Since when the leader has no majority.
    alone: Option<Instant>,
    /// A node that is to lead next.
    next: Option<u32>,
    /// A node that stepped down is not elected while another is there.
    resigned: Option<u32>,
    faults: VecDeque<Fault>,
    deadline: Option<u64>,
    latency: Option<Latency>,
}

/// See the module.
#[derive(Debug)]
pub struct Brain {
    /// The one log.
    pub log: Arc<Log>,
    inner: Mutex<Inner>,
    signals: broadcast::Sender<Signal>,
}

impl Default for Brain {
    fn default() -> Self {
        Self {
            log: Arc::default(),
            inner: Mutex::default(),
            signals: broadcast::channel(64).0,
        }
    }
}

impl Brain {
    /// A node is there; tells it who else is.
    pub fn beat(&self, node: u32, port: u16) -> View {
        self.with(|inner| {
            let heard = Instant::now();
            inner.nodes.insert(node, Known { port, heard });
        });
        self.view()
    }

    /// Who is there and who leads.
    pub fn view(&self) -> View {
        let records = *self.log.length().borrow();
        self.with(|inner| {
            inner.elect();
            let view = inner.view();
            View { records, ..view }
        })
    }

    /// Makes a change for the node that leads.
    pub fn change(&self, node: u32, stream: &str, expected: Expected, change: Change) -> Outcome {
        let fault = self.with(|inner| {
            inner.elect();
            if inner.leader != Some(node) {
                return Err(inner.view());
            }
            if !inner.has_quorum() {
                return Ok(Some(Fault::NoQuorum));
            }
            Ok(inner.faults.pop_front())
        });
        match fault {
            Err(view) => Outcome::NotLeader(view),
            Ok(Some(fault)) if fault.prevents() => Outcome::Prevented(fault),
            Ok(fault) => Outcome::Done {
                result: self.log.change(stream, expected, change),
                fault,
            },
        }
    }

    /// Arms faults, one for each of the next changes.
    pub fn arm(&self, faults: impl IntoIterator<Item = Fault>) {
        self.with(|inner| inner.faults.extend(faults));
    }

    /// The leader steps down; `to` leads next, or any other.
    pub fn resign(&self, to: Option<u32>) {
        self.with(|inner| {
            inner.resigned = inner.leader.take();
            inner.next = to;
            inner.leaderless_until = Some(Instant::now() + inner.election());
        });
    }

    /// From now on a leader needs a majority, and elections take their time.
    pub fn fare_as_recorded(&self) {
        self.with(|inner| inner.demands_quorum = true);
    }

    /// From now on appends take so long.
    pub fn slow_down(&self, latency: Latency) {
        self.with(|inner| inner.latency = Some(latency));
    }

    /// How long appends take.
    pub fn latency(&self) -> Option<Latency> {
        self.with(|inner| inner.latency)
    }

    /// Notes how long a caller said that it would wait.
    pub fn note_deadline(&self, millis: u64) {
        self.with(|inner| inner.deadline = Some(millis));
    }

    /// Nobody leads for a while.
    pub fn leaderless(&self, time: Duration) {
        self.with(|inner| {
            inner.leader = None;
            inner.leaderless_until = Some(Instant::now() + time);
        });
    }

    /// Does something to all live subscriptions.
    pub fn signal(&self, signal: Signal) {
        // Without a node nobody hears it.
        drop(self.signals.send(signal));
    }

    /// What is done to subscriptions.
    pub fn signals(&self) -> broadcast::Receiver<Signal> {
        self.signals.subscribe()
    }

    fn with<T>(&self, act: impl FnOnce(&mut Inner) -> T) -> T {
        act(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Inner {
    fn election(&self) -> Duration {
        if self.demands_quorum {
            RECORDED_ELECTION
        } else {
            ELECTION
        }
    }

    fn is_alive(&self, node: u32) -> bool {
        self.nodes
            .get(&node)
            .is_some_and(|known| known.heard.elapsed() < DEAD_AFTER)
    }

    /// Whether most of a cluster's nodes are there.
    fn has_quorum(&self) -> bool {
        let alive = self.nodes.keys().filter(|node| self.is_alive(**node)).count();
        !self.demands_quorum || self.nodes.len() < 3 || alive * 2 > self.nodes.len()
    }

    /// A leader whom most of the others left is one for a while still.
    fn desert(&mut self) {
        if self.has_quorum() {
            self.alone = None;
            return;
        }
        let since = *self.alone.get_or_insert_with(Instant::now);
        if since.elapsed() >= ALONE {
            self.leader = None;
        }
    }

    fn elect(&mut self) {
        self.desert();
        if self.leader.is_some_and(|leader| !self.is_alive(leader)) {
            self.leader = None;
            self.leaderless_until = Some(Instant::now() + self.election());
        }
        let due = self.leaderless_until.is_none_or(|until| until <= Instant::now());
        if self.leader.is_none() && due && self.has_quorum() {
            let alive: Vec<u32> = self
                .nodes
                .keys()
                .copied()
                .filter(|node| self.is_alive(*node))
                .collect();
            let wanted = self.next.filter(|next| alive.contains(next));
            let other = alive.iter().copied().find(|node| Some(*node) != self.resigned);
            self.leader = wanted.or(other).or(alive.first().copied());
            if self.leader.is_some() {
                (self.next, self.resigned, self.leaderless_until) = (None, None, None);
            }
        }
    }

    fn view(&self) -> View {
        let member = |(node, known): (&u32, &Known)| Member {
            node: *node,
            port: known.port,
            alive: self.is_alive(*node),
        };
        View {
            leader: self.leader,
            members: self.nodes.iter().map(member).collect(),
            quorum: self.has_quorum(),
            records: 0,
            deadline: self.deadline,
            latency: self.latency,
        }
    }
}
