//! The program that is measured, in a process of its own: its start, its processor time, memory and writing.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use chronus_teams::config::KeyHash;
use serde_json::Value;

use super::surroundings::{API_KEY, PATIENCE, Process, SECRET, Surroundings, TENANT};
use crate::Outcome;
use crate::figures::Latencies;
use crate::http::{Connection, each};
use crate::machine::processor_time_of;
use crate::stage::APP_ID;

/// People who add the app at the same time.
const AT_ONCE: u64 = 32;
/// Events of a request, and requests at the same time.
pub(crate) const BATCH: u64 = 100;
const HANDS: u64 = 8;

/// The program and its folder.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) address: SocketAddr,
    /// Where operators ask.
    operators: SocketAddr,
    folder: PathBuf,
    process: Option<Process>,
}

impl Program {
    /// A configuration in an empty folder, with all limits lifted that the stand-in does not have either.
    pub(crate) fn new(folder: &Path, surroundings: &Surroundings) -> Outcome<Self> {
        std::fs::create_dir_all(folder)?;
        let (one, other) = (
            TcpListener::bind("127.0.0.1:0")?,
            TcpListener::bind("127.0.0.1:0")?,
        );
        let (address, operators) = (one.local_addr()?, other.local_addr()?);
        let base = format!("http://{}", surroundings.address);
        let text = format!(
            r#"
[data]
folder = "data"
[http]
listen = "{address}"
admin_listen = "{operators}"
address_limit = {{ count = 1000000, seconds = 1 }}
ingest_limit = {{ count = 1000000, seconds = 1 }}
read_limit = {{ count = 1000000, seconds = 1 }}
[teams]
app_id = "{APP_ID}"
client_secret = "{SECRET}"
login_url = "{base}"
service_url = "{service_url}"
allowed_hosts = ["{base}"]
issuers = [{{ issuer = "https://api.botframework.com", metadata_url = "{base}/v1/.well-known/openidconfiguration" }}]
[[organizations]]
id = "bench"
tenant_id = "{TENANT}"
api_keys = [{{ name = "load", sha256 = "{key}", roles = ["admin"] }}]
[delivery]
tenant_limit = {{ count = 10000, seconds = 1 }}
tenant_margin_milliseconds = 0
chat_limits = [{{ count = 1000, seconds = 1 }}]
concurrency = 50
quiet_hours = "off"
[log]
level = "warn"
"#,
            service_url = surroundings.service_url().trim_end_matches('/'),
            key = KeyHash::of(API_KEY),
        );
        std::fs::write(folder.join("chronus-teams.toml"), text)?;
        Ok(Self {
            address,
            operators,
            folder: folder.to_owned(),
            process: None,
        })
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Starts it; answers how long it took until it was ready.
    pub(crate) async fn launch(&mut self) -> Outcome<Duration> {
        let begun = Instant::now();
        let log = std::fs::File::create(self.folder.join("log"))?;
        // Another program is measured to compare it with this one.
        let other = std::env::var_os("CHRONUS_TEAMS_PROGRAM");
        let program = other.unwrap_or_else(|| env!("CARGO_BIN_EXE_chronus-teams").into());
        let child = Command::new(program)
            .env_remove("CHRONUS_TEAMS_PROGRAM")
            .current_dir(&self.folder)
            .env_remove("RUST_LOG")
            .arg("serve")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()?;
        self.process = Some(Process(child));
        loop {
            if let Ok(Some(true)) = self.readiness().await.map(|said| said["ready"].as_bool()) {
                return Ok(begun.elapsed());
            }
            if begun.elapsed() > PATIENCE {
                return Err(std::fs::read_to_string(self.folder.join("log"))?.into());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// What it says of itself.
    pub(crate) async fn readiness(&self) -> Outcome<Value> {
        let mut connection = Connection::open(self.operators).await?;
        // Operators ask this machine by its own name.
        let ask = format!("GET /readyz HTTP/1.1\r\nhost: {}\r\n\r\n", self.operators);
        let answer = connection.ask(ask.as_bytes()).await?;
        Ok(serde_json::from_slice(&answer.body)?)
    }

    /// Waits until everything is folded; answers how many events that are.
    pub(crate) async fn folded(&self) -> Outcome<u64> {
        loop {
            let said = self.readiness().await?;
            let (log, models) = (&said["log_position"], &said["read_models_position"]);
            if log.is_u64() && log == models {
                return Ok(log.as_u64().unwrap_or_default());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Ends it as an operator does.
    pub(crate) async fn stop(&mut self) -> Outcome<()> {
        let Some(mut process) = self.process.take() else {
            return Ok(());
        };
        let pid = process.0.id().to_string();
        Command::new("kill").args(["-TERM", &pid]).status()?;
        let begun = Instant::now();
        while process.0.try_wait()?.is_none() {
            if begun.elapsed() > Duration::from_secs(60) {
                return Err("the program does not end".into());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    fn pid(&self) -> Outcome<String> {
        let process = self.process.as_ref().ok_or("the program does not run")?;
        Ok(process.0.id().to_string())
    }

    pub(crate) fn processor_time(&self) -> Outcome<Duration> {
        processor_time_of(&self.pid()?)
    }

    /// People add the app and are greeted.
    pub(crate) async fn move_in(&self, surroundings: &Surroundings, from: u64, to: u64) -> Outcome<()> {
        let before = surroundings.cards().await?;
        each(self.address, AT_ONCE, 200, to - from, |index| {
            surroundings.install(from + index)
        })
        .await?;
        surroundings.until(before + to - from).await
    }

    /// One event for each of the people, a hundred a request.
    pub(crate) async fn hand_over(&self, from: u64, to: u64) -> Outcome<Latencies> {
        each(self.address, HANDS, 202, (to - from).div_ceil(BATCH), |index| {
            let first = from + index * BATCH;
            super::surroundings::hand_over(first..to.min(first + BATCH))
        })
        .await
    }
}
