//! Starts the stand-in's processes, kills them, freezes and thaws them, and tells the brain what to do.
//!
//! A process is this very program again, told by a variable what it is: a program that uses the harness calls
//! [`become_process`] where it begins, a test binary in a test of its own that the harness names.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

use crate::address;
use crate::brain::{Brain, Fault, Signal, View};
use crate::latency::Latency;
use crate::line::{self, Ask, Line};
use crate::log::{Others, Tallies};
use crate::node::Node;
use crate::users::User;
use supervisor::Supervisor;

mod supervisor;

/// Tells a process what it is.
const VARIABLE: &str = "KURRENT_STANDIN_PROCESS";
/// Before what a process tells of itself.
const READY: &str = "standin ready ";
/// How long a node lives that only cuts its log off.
const SOON: Duration = Duration::from_millis(300);
/// How long a process may take to be ready.
const START: Duration = Duration::from_secs(20);

/// What a process is.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The log of a cluster.
    Brain {
        /// Where tests and nodes talk to it; 0 takes any port.
        port: u16,
    },
    /// A node of a cluster.
    Node {
        /// Its number.
        number: u32,
        /// Its port; 0 takes any.
        port: u16,
        /// Its brain.
        brain: SocketAddr,
        /// How it ends by itself.
        end: End,
    },
    /// Brain and node in one.
    Single {
        /// The node's port.
        port: u16,
        /// The brain's.
        control: u16,
        /// Who is served; anybody where nobody is named.
        users: Vec<User>,
    },
}

/// How a node ends by itself, with exit code 0, as the real ones do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// Not at all.
    Never,
    /// Soon after it was frozen as the leader and thaws.
    Thawed,
    /// Soon after its start: it came back with a longer log than the leader's, and cuts it off.
    Soon,
}

/// Where a process listens.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Ready {
    /// gRPC; 0 for a brain.
    port: u16,
    /// The brain's port; 0 for a node.
    control: u16,
}

/// Becomes a process of the stand-in where this one was started as such, and ends with it.
#[expect(clippy::exit, reason = "the process is this and nothing else")]
pub async fn become_process() -> io::Result<()> {
    let Ok(role) = std::env::var(VARIABLE) else {
        return Ok(());
    };
    run(serde_json::from_str(&role)?).await?;
    // Whoever called this goes on with something else.
    std::process::exit(0)
}

/// Is what `role` says, until the process ends.
pub async fn run(role: Role) -> io::Result<()> {
    match role {
        Role::Brain { port } => {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
            let control = listener.local_addr()?.port();
            tell(Ready { port: 0, control })?;
            line::serve(listener, Arc::default()).await
        }
        Role::Node {
            number,
            port,
            brain,
            end,
        } => {
            let (node, listener) = Node::join(number, port, brain, end == End::Thawed).await?;
            tell(Ready {
                port: node.port(),
                control: 0,
            })?;
            let ended = Arc::clone(&node);
            let soon = async {
                match end {
                    End::Soon => tokio::time::sleep(SOON).await,
                    End::Never | End::Thawed => std::future::pending().await,
                }
            };
            tokio::select! {
                served = node.serve(listener) => served,
                () = ended.ended() => Ok(()),
                () = soon => Ok(()),
            }
        }
        Role::Single { port, control, users } => {
            let brain: Arc<Brain> = Arc::default();
            let (node, listener) = Node::single(port, Arc::clone(&brain), users).await?;
            let lines = TcpListener::bind((Ipv4Addr::LOCALHOST, control)).await?;
            tell(Ready {
                port: node.port(),
                control: lines.local_addr()?.port(),
            })?;
            tokio::spawn(line::serve(lines, brain));
            node.serve(listener).await
        }
    }
}

fn tell(ready: Ready) -> io::Result<()> {
    use std::io::Write as _;
    let mut out = io::stdout().lock();
    writeln!(out, "\n{READY}{}", serde_json::to_string(&ready)?)?;
    out.flush()
}

/// How to start this program as a process of the stand-in.
#[derive(Debug, Clone, Default)]
pub struct Spawner {
    arguments: Vec<String>,
}

impl Spawner {
    /// For a program that calls [`become_process`] first.
    pub fn program() -> Self {
        Self::default()
    }

    /// For a test binary whose test of this full name calls [`become_process`].
    pub fn test(name: &str) -> Self {
        Self {
            arguments: [name, "--exact", "--nocapture", "--test-threads=1"]
                .map(str::to_owned)
                .into(),
        }
    }

    async fn start(&self, role: &Role) -> io::Result<(Child, Ready)> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(&self.arguments)
            .env(VARIABLE, serde_json::to_string(role)?)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()?;
        let out = child
            .stdout
            .take()
            .ok_or_else(|| io::Error::other("the process has no output"))?;
        let mut lines = BufReader::new(out).lines();
        let waiting = async {
            while let Some(line) = lines.next_line().await? {
                if let Some((_, ready)) = line.split_once(READY) {
                    return Ok(serde_json::from_str(ready)?);
                }
            }
            Err(io::Error::other(
                "a process of the stand-in ended before it was ready",
            ))
        };
        let ready = tokio::time::timeout(START, waiting)
            .await
            .map_err(|_| io::Error::other("a process of the stand-in did not become ready"))??;
        Ok((child, ready))
    }
}

/// A running cluster. Its processes end with it.
#[derive(Debug)]
pub struct Cluster {
    spawner: Spawner,
    brain: SocketAddr,
    control: Line,
    _brain: Child,
    nodes: Vec<Running>,
    /// Nodes end by themselves as the real ones do, and are started again, as by a supervisor.
    supervised: bool,
}

#[derive(Debug)]
struct Running {
    number: u32,
    port: u16,
    /// `None` while it is not running, or where a supervisor has it.
    child: Option<Child>,
    supervisor: Option<Supervisor>,
}

impl Cluster {
    /// One node, fast to start: brain and node in one process.
    pub async fn single(spawner: Spawner) -> io::Result<Self> {
        Self::single_for(spawner, Vec::new()).await
    }

    /// The same for these users alone.
    pub async fn single_for(spawner: Spawner, users: Vec<User>) -> io::Result<Self> {
        let role = Role::Single {
            port: 0,
            control: 0,
            users,
        };
        let (child, ready) = spawner.start(&role).await?;
        let brain = SocketAddr::from((Ipv4Addr::LOCALHOST, ready.control));
        let running = Running {
            number: 1,
            port: ready.port,
            child: None,
            supervisor: None,
        };
        Ok(Self {
            spawner,
            brain,
            control: Line::connect(brain).await?,
            _brain: child,
            nodes: vec![running],
            supervised: false,
        })
    }

    /// A cluster of `nodes`, of which one leads.
    pub async fn start(spawner: Spawner, nodes: u32) -> io::Result<Self> {
        let mut cluster = Self::without_nodes(spawner, nodes).await?;
        for number in 1..=nodes {
            cluster.start_node(number).await?;
        }
        cluster.led().await?;
        Ok(cluster)
    }

    /// The same as a real cluster fares: nodes end by themselves where the real ones do, and a supervisor starts them again;
    /// a leader needs a majority, and elections take a second; what the standard projections write lies between one's own
    /// events.
    pub async fn supervised(spawner: Spawner, nodes: u32) -> io::Result<Self> {
        let mut cluster = Self::without_nodes(spawner, nodes).await?;
        cluster.supervised = true;
        cluster.control.view(&Ask::AsRecorded).await?;
        cluster.others(Others::Links).await?;
        for number in 1..=nodes {
            cluster.start_node(number).await?;
        }
        cluster.led().await?;
        Ok(cluster)
    }

    /// A cluster of which no node runs yet; their ports are chosen.
    pub async fn without_nodes(spawner: Spawner, nodes: u32) -> io::Result<Self> {
        let (child, ready) = spawner.start(&Role::Brain { port: 0 }).await?;
        let brain = SocketAddr::from((Ipv4Addr::LOCALHOST, ready.control));
        let mut chosen = Vec::new();
        for number in 1..=nodes {
            let port = address::to_keep()?.port();
            chosen.push(Running {
                number,
                port,
                child: None,
                supervisor: None,
            });
        }
        Ok(Self {
            spawner,
            brain,
            control: Line::connect(brain).await?,
            _brain: child,
            nodes: chosen,
            supervised: false,
        })
    }

    /// Starts a node at its port.
    pub async fn start_node(&mut self, number: u32) -> io::Result<()> {
        let end = if self.supervised { End::Thawed } else { End::Never };
        let (spawner, role) = (self.spawner.clone(), self.role(number, end)?);
        let (child, _) = spawner.start(&role).await?;
        let supervised = self.supervised;
        let node = self.node(number)?;
        if supervised {
            node.supervisor = Some(Supervisor::of(child, spawner, role));
        } else {
            node.child = Some(child);
        }
        Ok(())
    }

    /// Starts a node that was the leader when it fell: it cuts its log off and ends, twice, and the third start stays.
    pub async fn restart_fallen(&mut self, number: u32) -> io::Result<()> {
        let (spawner, role) = (self.spawner.clone(), self.role(number, End::Soon)?);
        supervisor::cut_off(&spawner, &role).await?;
        self.start_node(number).await
    }

    fn role(&mut self, number: u32, end: End) -> io::Result<Role> {
        let brain = self.brain;
        let port = self.node(number)?.port;
        Ok(Role::Node {
            number,
            port,
            brain,
            end,
        })
    }

    /// Where the node of a cluster of one listens, or the first of several.
    pub fn address(&self) -> SocketAddr {
        let port = self.nodes.first().map_or(0, |node| node.port);
        SocketAddr::from((Ipv4Addr::LOCALHOST, port))
    }

    /// How a client names the cluster.
    pub fn url(&self) -> String {
        let hosts: Vec<String> = self
            .nodes
            .iter()
            .map(|node| format!("127.0.0.1:{}", node.port))
            .collect();
        format!("kurrentdb://{}?tls=false", hosts.join(","))
    }

    /// Waits until a node leads; answers which.
    pub async fn led(&self) -> io::Result<u32> {
        loop {
            if let Some(leader) = self.view().await?.leader {
                return Ok(leader);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Who is there and who leads.
    pub async fn view(&self) -> io::Result<View> {
        self.control.view(&Ask::View).await
    }

    /// Ends a node as a power cut does.
    pub async fn kill(&mut self, number: u32) -> io::Result<()> {
        let node = self.node(number)?;
        if let Some(supervisor) = node.supervisor.take() {
            return supervisor.kill().await;
        }
        match node.child.take() {
            Some(mut child) => child.kill().await,
            None => Err(io::Error::other("the node does not run")),
        }
    }

    /// Stops a node's process without ending it: its connections stay open and nobody answers.
    pub async fn freeze(&mut self, number: u32) -> io::Result<()> {
        self.signal_process(number, "-STOP").await
    }

    /// Lets a frozen process go on.
    pub async fn thaw(&mut self, number: u32) -> io::Result<()> {
        self.signal_process(number, "-CONT").await
    }

    /// Waits until a node that was frozen as the leader has ended by itself, and the supervisor has started it until it stays.
    pub async fn ends_and_is_restarted(&mut self, number: u32) -> io::Result<()> {
        match &mut self.node(number)?.supervisor {
            Some(supervisor) => supervisor.fell().await,
            None => Err(io::Error::other("the node has no supervisor")),
        }
    }

    /// Faults for the next changes, one each.
    pub async fn arm(&self, faults: &[Fault]) -> io::Result<()> {
        self.control.view(&Ask::Arm(faults.to_vec())).await.map(drop)
    }

    /// The leader steps down, and another one is elected.
    pub async fn step_down(&self) -> io::Result<()> {
        self.control.view(&Ask::Resign(None)).await.map(drop)
    }

    /// Nobody leads for a while.
    pub async fn leaderless(&self, time: Duration) -> io::Result<()> {
        let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        self.control.view(&Ask::Leaderless(millis)).await.map(drop)
    }

    /// From now on appends take so long; on a cluster of several a moment later.
    pub async fn slow_down(&self, latency: Latency) -> io::Result<()> {
        self.control.view(&Ask::SlowDown(latency)).await.map(drop)
    }

    /// How much was appended so far.
    pub async fn tallies(&self) -> io::Result<Tallies> {
        self.control.tallies().await
    }

    /// Something happens to all live subscriptions.
    pub async fn signal(&self, signal: Signal) -> io::Result<()> {
        self.control.view(&Ask::Signal(signal)).await.map(drop)
    }

    /// What else is written to the log from now on.
    pub async fn others(&self, others: Others) -> io::Result<()> {
        self.control.view(&Ask::Others(others)).await.map(drop)
    }

    /// How many records the log has.
    pub async fn records(&self) -> io::Result<usize> {
        Ok(self.view().await?.records)
    }

    /// Puts an older copy of the log in its place, of so many records, as a restored backup does; of none where the cluster is
    /// made anew. Everybody's subscriptions break.
    pub async fn go_back(&self, records: usize) -> io::Result<()> {
        self.control.view(&Ask::Truncate(records)).await.map(drop)
    }

    async fn signal_process(&mut self, number: u32, signal: &str) -> io::Result<()> {
        let node = self.node(number)?;
        let id = match &node.supervisor {
            Some(supervisor) => supervisor.process(),
            None => node.child.as_ref().and_then(Child::id),
        };
        let id = id.ok_or_else(|| io::Error::other("the node does not run"))?;
        let done = Command::new("kill")
            .args([signal, &id.to_string()])
            .status()
            .await?;
        if done.success() {
            Ok(())
        } else {
            Err(io::Error::other("the signal was not sent"))
        }
    }

    fn node(&mut self, number: u32) -> io::Result<&mut Running> {
        let found = self.nodes.iter_mut().find(|node| node.number == number);
        found.ok_or_else(|| io::Error::other("there is no such node"))
    }
}
