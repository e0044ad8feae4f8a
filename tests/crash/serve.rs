//! `chronus-teams serve` in a folder of its own. Without a sandbox cards go to an address where nobody listens, so what
//! is tested is the taking in alone.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use chronus_teams::config::KeyHash;
use chronus_teams::sandbox::Sandbox;
use chronus_teams::sandbox::login::ISSUER;
use kurrent_standin::address;
use serde_json::Value;
use tempfile::TempDir;

pub(crate) const KEY: &str = "ctk_acme_for-the-tests";
pub(crate) const TENANT: &str = "7b1f6a52-0d4e-4c55-9a0e-5d1c6f2e9a01";
pub(crate) const APP_ID: &str = "6f1d2c3b-4a5e-4f60-8b71-92a3b4c5d6e7";
pub(crate) const APP_SECRET: &str = "a-secret-between-service-and-sandbox";
pub(crate) const WEBHOOK_SECRET: &str = "whsec_dGhlLXRlc3RzLXNpZ24tdGhlaXItYW5zd2Vycy13aXRoLXRoaXM=";
/// How long a start may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks at another process, which cannot tell when it is ready.
pub(crate) const LOOK: Duration = Duration::from_millis(20);
/// Nobody listens on the discard port.
pub(crate) const NOBODY: &str = "http://127.0.0.1:9";

/// A folder with a configuration.
pub(crate) struct Serve {
    folder: TempDir,
    listen: SocketAddr,
}

/// A running service, killed at the latest when it goes out of sight.
pub(crate) struct Running(Child);

impl Running {
    /// The process.
    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// One that was started elsewhere.
    pub(crate) fn of(process: Child) -> Self {
        Self(process)
    }

    /// Whether it ended by itself.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.0.try_wait().unwrap().is_some()
    }

    /// Stops it in good order.
    pub(crate) fn stop(mut self) {
        let id = self.0.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .unwrap()
                .success()
        );
        assert!(self.0.wait().unwrap().success());
    }

    /// Ends it as a fault of its own would, with SIGABRT; answers how it ended.
    #[cfg(target_os = "linux")]
    pub(crate) fn abort(mut self) -> std::process::ExitStatus {
        let id = self.0.id().to_string();
        let asked = Command::new("kill").args(["-ABRT", &id]).status();
        assert!(asked.unwrap().success());
        self.0.wait().unwrap()
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        drop(self.0.kill());
        self.0.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

impl Serve {
    pub(crate) fn new() -> Self {
        let serve = Self::unconfigured();
        serve.configure(&serve.configuration());
        serve
    }

    /// Beside a sandbox that plays Microsoft and Chronus' webhook; with the embedded store, or the one at `store`.
    pub(crate) fn beside(sandbox: &Sandbox, store: Option<&str>) -> Self {
        let serve = Self::unconfigured();
        let mut text = serve.configuration_beside(sandbox);
        if let Some(url) = store {
            let cluster = format!("[data]\nstore = \"{url}\"\nfolder");
            text = text.replacen("[data]\nfolder", &cluster, 1);
            // What a killed process owned is free after this.
            text.push_str("[cluster]\nlease_seconds = 2\n");
        }
        serve.configure(&text);
        let endpoint = serve.url("/api/messages").parse().unwrap();
        sandbox.set_bot_endpoint(endpoint);
        serve
    }

    fn unconfigured() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            folder,
            listen: address::to_keep().unwrap(),
        }
    }

    fn configure(&self, text: &str) {
        std::fs::write(self.folder.path().join("chronus-teams.toml"), text).unwrap();
    }

    /// More of the configuration.
    pub(crate) fn also(&self, more: &str) {
        let configuration = format!("{more}{}", self.configuration());
        self.configure(&configuration);
    }

    /// The configuration with these replaced.
    pub(crate) fn replaces(&self, changes: &[(&str, &str)]) {
        let file = self.folder.path().join("chronus-teams.toml");
        let mut text = std::fs::read_to_string(&file).unwrap();
        for (from, to) in changes {
            assert!(text.contains(from), "{from}");
            text = text.replace(from, to);
        }
        self.configure(&text);
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.listen)
    }

    /// Starts it and waits until it says that it is up.
    pub(crate) fn start(&self) -> Running {
        self.start_with(&["--insecure-loopback"])
    }

    /// The same, told more.
    pub(crate) fn start_with(&self, more: &[&str]) -> Running {
        let mut child = self.spawn(more);
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
        let running = Running(child);
        let mut told = Vec::new();
        let up = log.by_ref().map(Result::unwrap).any(|line| {
            told.push(line);
            told.last().is_some_and(|line| line.contains("the service is up"))
        });
        assert!(up, "the service did not come up: {told:#?}");
        // Somebody must read on, or the service would block on a full pipe.
        std::thread::spawn(move || log.for_each(drop));
        running
    }

    /// Starts it and waits for nothing.
    pub(crate) fn spawn_and_kill_after(&self, wait: Duration) {
        let mut child = self.spawn(&[]);
        // Somebody must read, or the service would block on a full pipe.
        let log = BufReader::new(child.stderr.take().unwrap()).lines();
        std::thread::spawn(move || log.for_each(drop));
        let running = Running(child);
        std::thread::sleep(wait);
        running.kill();
    }

    /// Whether a process that was started elsewhere answers before it ends, or before its time is up.
    pub(crate) async fn answers(&self, http: &reqwest::Client, running: &mut Running) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE && !running.has_ended() {
            if http.get(self.url("/healthz")).send().await.is_ok() {
                return true;
            }
            tokio::time::sleep(LOOK).await;
        }
        false
    }

    fn spawn(&self, more: &[&str]) -> Child {
        let mut program = self.program();
        program.arg("serve").args(more).stderr(Stdio::piped());
        program.spawn().unwrap()
    }

    /// Where it runs.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// What it says where it does not start; `None` where it does, and then it is killed.
    pub(crate) fn refusal(&self) -> Option<String> {
        let mut child = self.spawn(&["--insecure-loopback"]);
        let mut log = BufReader::new(child.stderr.take().unwrap())
            .lines()
            .map(Result::unwrap);
        let running = Running(child);
        let mut told = Vec::new();
        let up = log.by_ref().any(|line| {
            told.push(line);
            told.last().is_some_and(|line| line.contains("the service is up"))
        });
        std::thread::spawn(move || log.for_each(drop));
        running.kill();
        (!up).then(|| told.join("\n"))
    }

    /// Runs another command, which must succeed; answers what it printed.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        let output = self.program().args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// What `check` says of the folder: whether it exited with 0, and its verdict.
    pub(crate) fn check(&self) -> (bool, Value) {
        self.check_with(&[])
    }

    /// The same, told more.
    pub(crate) fn check_with(&self, more: &[&str]) -> (bool, Value) {
        let output = self
            .program()
            .args(["check", "--json"])
            .args(more)
            .output()
            .unwrap();
        let verdict = serde_json::from_slice(&output.stdout);
        let verdict = verdict.unwrap_or_else(|error| panic!("{error}: {output:?}"));
        (output.status.success(), verdict)
    }

    /// What an audit says of a folder that is not sound; nothing where it is.
    pub(crate) fn unsound(&self) -> Option<String> {
        let output = self.program().args(["check", "--audit"]).output().unwrap();
        let told = [output.stdout, output.stderr].concat();
        (!output.status.success()).then(|| String::from_utf8(told).unwrap())
    }

    /// The log, as the program prints it.
    pub(crate) fn replay(&self) -> Vec<Value> {
        let output = self.program().arg("replay").output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// The program, in this folder.
    pub(crate) fn program(&self) -> Command {
        let mut program = Command::new(env!("CARGO_BIN_EXE_chronus-teams"));
        program.current_dir(self.folder.path()).env_remove("RUST_LOG");
        program
    }

    fn configuration(&self) -> String {
        format!(
            r#"
[data]
folder = "data"
[http]
listen = "{listen}"
[teams]
allowed_hosts = ["{NOBODY}"]
login_url = "{NOBODY}"
[[organizations]]
id = "acme"
tenant_id = "{TENANT}"
api_keys = [{{ name = "all", sha256 = "{key}", roles = ["ingest", "read", "admin"] }}]
"#,
            listen = self.listen,
            key = KeyHash::of(KEY),
        )
    }

    fn configuration_beside(&self, sandbox: &Sandbox) -> String {
        format!(
            r#"
[data]
folder = "data"
[http]
listen = "{listen}"
[teams]
app_id = "{APP_ID}"
client_secret = "{APP_SECRET}"
login_url = "{url}"
issuers = [{{ issuer = "{ISSUER}", metadata_url = "{metadata}" }}]
allowed_hosts = ["{url}"]
[delivery]
# Tests run at any hour.
quiet_hours = "off"
unknown_delays_seconds = [1, 1]
connect_timeout_seconds = 1
request_timeout_seconds = 2
[responses]
delays_seconds = [1, 1, 1, 1, 1]
[actors]
snapshot_every = 16
[[organizations]]
id = "acme"
tenant_id = "{TENANT}"
webhook = {{ url = "{webhook}", secret = "{WEBHOOK_SECRET}" }}
api_keys = [{{ name = "all", sha256 = "{key}", roles = ["ingest", "read"] }}]
"#,
            listen = self.listen,
            url = sandbox.url(),
            metadata = sandbox.openid_metadata_url(),
            webhook = sandbox.webhook_url("acme"),
            key = KeyHash::of(KEY),
        )
    }
}
