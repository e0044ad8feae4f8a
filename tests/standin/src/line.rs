//! How processes talk to the brain: TCP on this machine, one JSON object a line, answers in the order of the
//! questions. A connection that begins with `follow` gets the log and the signals pushed from then on.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;

use crate::brain::{Brain, Fault, Outcome, Signal, View};
use crate::latency::Latency;
use crate::log::{Change, Expected, Others, Record, Tallies};

/// What is asked of the brain.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// A node is there.
    Beat {
        /// Its number.
        node: u32,
        /// Where it listens.
        port: u16,
    },
    /// A node wants a change.
    Change {
        /// Its number.
        node: u32,
        /// The stream.
        stream: String,
        /// What the writer expects of it.
        expected: Expected,
        /// What is to be done.
        change: Change,
    },
    /// Push the log from this index on, and signals.
    Follow(usize),
    /// Who is there?
    View,
    /// Faults for the next changes.
    Arm(Vec<Fault>),
    /// The leader steps down; this node leads next.
    Resign(Option<u32>),
    /// Nobody leads for so many milliseconds.
    Leaderless(u64),
    /// Something happens to live subscriptions.
    Signal(Signal),
    /// What else is written to the log from now on.
    Others(Others),
    /// The log is an older copy from now on, of so many records.
    Truncate(usize),
    /// From now on a leader needs a majority, and elections take as long as was recorded at least.
    AsRecorded,
    /// From now on appends take so long.
    SlowDown(Latency),
    /// How much was appended so far?
    Tally,
}

/// What is pushed to a follower.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Push {
    /// The next record.
    Record(Record),
    /// Something happens to live subscriptions.
    Signal(Signal),
    /// The log is an older copy, of so many records.
    Truncate(usize),
}

/// Answers everybody who connects, until the process ends.
pub async fn serve(listener: TcpListener, brain: Arc<Brain>) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let brain = Arc::clone(&brain);
        // Whoever breaks off is gone, and that is all there is to know.
        tokio::spawn(async move { drop(talk(stream, &brain).await) });
    }
}

async fn talk(stream: TcpStream, brain: &Brain) -> io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    while let Some(line) = lines.next_line().await? {
        let answer = match serde_json::from_str(&line)? {
            Ask::Follow(from) => return push(&mut write, brain, from).await,
            Ask::Beat { node, port } => encode(&brain.beat(node, port))?,
            Ask::Change {
                node,
                stream,
                expected,
                change,
            } => encode(&brain.change(node, &stream, expected, change))?,
            Ask::View => encode(&brain.view())?,
            Ask::Arm(faults) => {
                brain.arm(faults);
                encode(&brain.view())?
            }
            Ask::Resign(to) => {
                brain.resign(to);
                encode(&brain.view())?
            }
            Ask::Leaderless(millis) => {
                brain.leaderless(Duration::from_millis(millis));
                encode(&brain.view())?
            }
            Ask::Signal(signal) => {
                brain.signal(signal);
                encode(&brain.view())?
            }
            Ask::Truncate(length) => {
                brain.log.truncate(length);
                brain.signal(Signal::Reset);
                encode(&brain.view())?
            }
            Ask::AsRecorded => {
                brain.fare_as_recorded();
                encode(&brain.view())?
            }
            Ask::SlowDown(latency) => {
                brain.slow_down(latency);
                encode(&brain.view())?
            }
            Ask::Tally => encode(&brain.log.tallies())?,
            Ask::Others(others) => {
                brain.log.set_others(others);
                encode(&brain.view())?
            }
        };
        write.write_all(&answer).await?;
    }
    Ok(())
}

async fn push(
    write: &mut (impl tokio::io::AsyncWrite + Unpin),
    brain: &Brain,
    from: usize,
) -> io::Result<()> {
    let mut signals = brain.signals();
    let mut length = brain.log.length();
    let mut next = from;
    loop {
        let until = *length.borrow_and_update();
        if until < next {
            next = until;
            write.write_all(&encode(&Push::Truncate(until))?).await?;
        }
        while next < until {
            if let Some(record) = brain.log.get(next) {
                write
                    .write_all(&encode(&Push::Record((*record).clone()))?)
                    .await?;
            }
            next += 1;
        }
        tokio::select! {
            changed = length.changed() => if changed.is_err() { return Ok(()) },
            signal = signals.recv() => {
                if let Ok(signal) = signal {
                    write.write_all(&encode(&Push::Signal(signal))?).await?;
                }
            }
        }
    }
}

fn encode(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    Ok(line)
}

/// A connection to the brain.
#[derive(Debug)]
pub struct Line {
    stream: Mutex<BufReader<TcpStream>>,
}

impl Line {
    /// Connects.
    pub async fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream: Mutex::new(BufReader::new(stream)),
        })
    }

    /// Asks for the view, or does what is answered with it.
    pub async fn view(&self, ask: &Ask) -> io::Result<View> {
        self.ask(ask).await
    }

    /// Asks how much was appended.
    pub async fn tallies(&self) -> io::Result<Tallies> {
        self.ask(&Ask::Tally).await
    }

    /// Asks for a change.
    pub async fn change(&self, ask: &Ask) -> io::Result<Outcome> {
        self.ask(ask).await
    }

    /// Hands what is pushed to `take`, from the record at `from` on, until the connection ends.
    pub async fn follow(self, from: usize, mut take: impl FnMut(Push)) -> io::Result<()> {
        let mut stream = self.stream.into_inner();
        stream.write_all(&encode(&Ask::Follow(from))?).await?;
        let mut lines = stream.lines();
        while let Some(line) = lines.next_line().await? {
            take(serde_json::from_str(&line)?);
        }
        Ok(())
    }

    async fn ask<T: for<'de> Deserialize<'de>>(&self, ask: &Ask) -> io::Result<T> {
        // Held until the answer is there: answers come in the order of the questions.
        let mut stream = self.stream.lock().await;
        stream.write_all(&encode(ask)?).await?;
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        Ok(serde_json::from_str(&line)?)
    }
}
