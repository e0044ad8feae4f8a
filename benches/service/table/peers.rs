//! What one would otherwise pick: a bot on each of Microsoft's kits for JavaScript, and a sender on them, under `tools/bench`.
//! Where Node.js or their packages are missing they are left out, which the table says.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::surroundings::{Process, Surroundings};
use crate::Outcome;
use crate::machine::processor_time_of;

/// The folders under `tools/bench`.
pub(crate) const BOTS: [&str; 3] = ["peer-botbuilder", "peer-agents", "peer-teams"];

/// A bot that runs.
#[derive(Debug)]
pub(crate) struct Bot {
    pub(crate) address: std::net::SocketAddr,
    process: Process,
}

impl Bot {
    pub(crate) fn processor_time(&self) -> Outcome<Duration> {
        processor_time_of(&self.process.0.id().to_string())
    }
}

/// Whether its packages are there.
pub(crate) fn is_installed(peer: &str) -> bool {
    home(peer).join("node_modules").is_dir() && home(BOTS[0]).join("node_modules").is_dir()
}

fn home(peer: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tools/bench")
        .join(peer)
}

fn node(peer: &str, script: &str, surroundings: &Surroundings, port: u16, folder: &Path) -> Command {
    let mut command = Command::new("node");
    // Two of them know Microsoft's login by its address only.
    command
        .arg("--import")
        .arg(home("redirect.mjs"))
        .arg(home(peer).join(script))
        .envs(surroundings.environment(port))
        .env("PEER_JOURNAL", folder.join(format!("{peer}.sqlite")))
        .env("PEER_BATCH", "1")
        .env("PEER_REPLY", "1")
        .stdin(Stdio::null());
    command
}

/// Starts a bot that stores each activity durably, in batches, and replies before it acknowledges.
pub(crate) async fn bot(peer: &str, surroundings: &Surroundings, folder: &Path) -> Outcome<Bot> {
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let log = std::fs::File::create(folder.join(format!("{peer}.log")))?;
    let mut command = node(peer, "bot.mjs", surroundings, address.port(), folder);
    let bot = Bot {
        address,
        process: Process(command.stdout(Stdio::null()).stderr(log).spawn()?),
    };
    let begun = Instant::now();
    while tokio::net::TcpStream::connect(address).await.is_err() {
        if begun.elapsed() > Duration::from_secs(60) {
            return Err(format!("{peer} does not come up").into());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(bot)
}

/// Has a sender post a card into each of so many chats; answers cards a second and seconds of a processor.
pub(crate) async fn send(
    peer: &str,
    surroundings: &Surroundings,
    folder: &Path,
    cards: u64,
) -> Outcome<(f64, f64)> {
    let mut command = node(peer, "proactive.mjs", surroundings, 0, folder);
    command
        .env("PROACTIVE_COUNT", cards.to_string())
        .stderr(Stdio::null());
    let output = tokio::task::spawn_blocking(move || command.output()).await??;
    let text = String::from_utf8(output.stdout)?;
    let last = text
        .lines()
        .last()
        .ok_or_else(|| format!("{peer} said nothing"))?;
    let said: Value = serde_json::from_str(last)?;
    if said["failed"].as_u64() != Some(0) {
        return Err(format!("{peer} failed: {last}").into());
    }
    let number = |name: &str| {
        said[name]
            .as_f64()
            .ok_or_else(|| format!("{peer} says no {name}"))
    };
    Ok((number("per_second")?, number("cpu_s")?))
}
