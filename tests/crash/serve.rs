//! `chronus-teams serve` in a folder of its own, without Microsoft: cards go to an address where nobody listens, so
//! what is tested is the taking in alone.

use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};

use chronus_teams::config::KeyHash;
use serde_json::Value;
use tempfile::TempDir;

pub(crate) const KEY: &str = "ctk_acme_for-the-tests";
pub(crate) const TENANT: &str = "7b1f6a52-0d4e-4c55-9a0e-5d1c6f2e9a01";
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
    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.0.kill().unwrap();
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
        let folder = tempfile::tempdir().unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let serve = Self {
            folder,
            listen: free.local_addr().unwrap(),
        };
        std::fs::write(
            serve.folder.path().join("chronus-teams.toml"),
            serve.configuration(),
        )
        .unwrap();
        serve
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.listen)
    }

    /// Starts it and waits until it says that it is up.
    pub(crate) fn start(&self) -> Running {
        let mut child = self
            .program()
            .args(["serve", "--insecure-loopback"])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
        let up = log
            .by_ref()
            .map(Result::unwrap)
            .find(|line| line.contains("the service is up"));
        let running = Running(child);
        assert!(up.is_some(), "the service did not come up");
        // Somebody must read on, or the service would block on a full pipe.
        std::thread::spawn(move || log.for_each(drop));
        running
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

    fn program(&self) -> Command {
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
api_keys = [{{ name = "all", sha256 = "{key}", roles = ["ingest", "read"] }}]
"#,
            listen = self.listen,
            key = KeyHash::of(KEY),
        )
    }
}
