//! The processes: service nodes, their key service, and what stands around them.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use chronus_teams::config::KeyHash;
use chronus_teams::http_client::{self, HttpLimits};
use chronus_teams::sandbox::bot::Telling;
use chronus_teams::sandbox::chat::Chat;
use chronus_teams::sandbox::login::ISSUER;
use chronus_teams::sandbox::people::PersonSpec;
use chronus_teams::sandbox::{Sandbox, SandboxOptions};
use kurrent_standin::address;
use kurrent_standin::harness::Cluster;
use secrecy::SecretString;
use serde_json::Value;
use tempfile::TempDir;
use uuid::Uuid;

use crate::balancer::Balancer;

/// How long leases hold where nothing else is asked for: short, so that a dead node is soon missed.
const LEASE_SECONDS: u64 = 2;
/// How long they hold where nobody dies, so that nobody seems dead, however slow the machine is just now.
pub(crate) const UNHURRIED: u64 = 24;
/// Chronus customers, so that every node has some.
pub(crate) const ORGANIZATIONS: u128 = 8;
/// People of each.
pub(crate) const PEOPLE: u128 = 3;
const APP_ID: &str = "6f1d2c3b-4a5e-4f60-8b71-92a3b4c5d6e7";
const APP_SECRET: &str = "a-secret-between-service-and-sandbox";
const TOKEN: &str = "a-token-of-at-least-thirty-two-characters";
/// How long anything may take that is waited for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn organization(number: u128) -> String {
    format!("org-{number}")
}

pub(crate) fn api_key(number: u128) -> String {
    format!("ctk_org-{number}_for-the-tests")
}

fn tenant(number: u128) -> String {
    Uuid::from_u128((7 << 96) | number).to_string()
}

pub(crate) fn email(organization: u128, person: u128) -> String {
    format!("person{person}@org-{organization}.example")
}

/// Everything but the nodes.
pub(crate) struct World {
    pub(crate) store: Cluster,
    pub(crate) sandbox: Arc<Sandbox>,
    pub(crate) balancer: Balancer,
    pub(crate) http: reqwest::Client,
    /// For nodes started from now on.
    pub(crate) lease_seconds: u64,
    ports: Vec<SocketAddr>,
    keys: SocketAddr,
    key_service: Option<Running>,
    key_folder: TempDir,
}

fn program(folder: &TempDir) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_chronus-teams"));
    program.current_dir(folder.path()).env_remove("RUST_LOG");
    program
}

impl World {
    pub(crate) async fn new(store: Cluster) -> Self {
        let ports: Vec<SocketAddr> = (0..3).map(|_| address::to_keep().unwrap()).collect();
        let balancer = Balancer::before(ports.clone()).await;
        let sandbox = Arc::new(sandbox().await);
        sandbox.set_bot_endpoint(balancer.url("/api/messages").parse().unwrap());
        let mut world = Self {
            store,
            sandbox,
            balancer,
            http: http_client::build(HttpLimits::default()).unwrap(),
            lease_seconds: LEASE_SECONDS,
            ports,
            keys: address::to_keep().unwrap(),
            key_service: None,
            key_folder: tempfile::tempdir().unwrap(),
        };
        world.start_key_service().await;
        world
    }

    pub(crate) async fn start_key_service(&mut self) {
        let mut service = program(&self.key_folder);
        service
            .args(["key-service", "--listen", &self.keys.to_string()])
            .env("CHRONUS_TEAMS_KEYS__TOKEN", TOKEN);
        self.key_service = Some(Running::start(service, "the key service is up").await);
    }

    pub(crate) fn kill_key_service(&mut self) {
        self.key_service.take().unwrap().kill();
    }

    /// A node that is not running yet.
    pub(crate) fn node(&self, name: &str) -> Node {
        let place = ["one", "two", "three"]
            .iter()
            .position(|known| *known == name)
            .unwrap();
        let node = Node {
            folder: tempfile::tempdir().unwrap(),
            listen: self.ports[place],
            operators: address::to_keep().unwrap(),
        };
        let text = self.configuration(name, node.listen, node.operators);
        std::fs::write(node.folder.path().join("chronus-teams.toml"), text).unwrap();
        node
    }

    /// A node on the embedded store, with the keys in its folder.
    pub(crate) fn embedded_node(&self, name: &str) -> Node {
        let node = self.node(name);
        self.use_embedded(&node);
        node
    }

    /// From its next start on, a node with keys of its own works on the embedded store.
    pub(crate) fn use_embedded(&self, node: &Node) {
        let text = self.configuration("one", node.listen, node.operators);
        let kept = text.lines().filter(|line| !line.starts_with("store = "));
        node.configure(&without_key_service(&kept.collect::<Vec<_>>().join("\n")));
    }

    /// From its next start on, the same node works on the cluster.
    pub(crate) fn use_cluster(&self, node: &Node) {
        node.configure(&without_key_service(&self.configuration(
            "one",
            node.listen,
            node.operators,
        )));
    }

    /// Copies a node's log from one store to another; answers what was said.
    pub(crate) async fn migrate(&self, node: &Node, from: &str, to: &str) -> String {
        let url = self.store.url();
        let arguments = [
            "migrate", "--from", from, "--to", to, "--url", &url, "--data", "data",
        ];
        self.run(node, &arguments).await
    }

    /// Runs a command in a node's folder; answers what it said.
    pub(crate) async fn run(&self, node: &Node, arguments: &[&str]) -> String {
        let mut command = program(&node.folder);
        command.args(arguments);
        let done = tokio::task::spawn_blocking(move || command.output())
            .await
            .unwrap()
            .unwrap();
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        assert!(
            done.status.success(),
            "{said}{}",
            String::from_utf8_lossy(&done.stderr)
        );
        said
    }

    fn configuration(&self, name: &str, listen: SocketAddr, operators: SocketAddr) -> String {
        let mut text = format!(
            r#"
[data]
folder = "data"
store = "{store}&gossipTimeout=300"
[http]
listen = "{listen}"
admin_listen = "{operators}"
[cluster]
node = "{name}"
lease_seconds = {lease_seconds}
[metrics]
period_seconds = 1
[keys]
url = "http://{keys}"
token = "{TOKEN}"
[teams]
app_id = "{APP_ID}"
client_secret = "{APP_SECRET}"
login_url = "{sandbox}"
issuers = [{{ issuer = "{ISSUER}", metadata_url = "{metadata}" }}]
allowed_hosts = ["{sandbox}"]
[delivery]
# Tests run at any hour.
quiet_hours = "off"
unknown_delays_seconds = [1, 1]
connect_timeout_seconds = 5
request_timeout_seconds = 20
[responses]
delays_seconds = [1, 1, 1, 1, 1]
"#,
            lease_seconds = self.lease_seconds,
            store = self.store.url(),
            keys = self.keys,
            sandbox = self.sandbox.url(),
            metadata = self.sandbox.openid_metadata_url(),
        );
        for number in 0..ORGANIZATIONS {
            let organization = format!(
                r#"
[[organizations]]
id = "{id}"
tenant_id = "{tenant}"
api_keys = [{{ name = "all", sha256 = "{key}", roles = ["ingest", "read"] }}]
"#,
                id = organization(number),
                tenant = tenant(number),
                key = KeyHash::of(&api_key(number)),
            );
            text.push_str(&organization);
        }
        text
    }

    /// Waits until these nodes own so many partitions each, in some order, and nothing is free.
    pub(crate) async fn shared(&self, nodes: &[&Node], held: &[usize]) {
        let mut last = Vec::new();
        let waiting = async {
            loop {
                last = Vec::new();
                for node in nodes {
                    let body = self.json(node, "/readyz").await;
                    last.push(body["work"]["held"].as_array().map_or(0, Vec::len));
                }
                last.sort_unstable_by(|one, other| other.cmp(one));
                if last == held {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, waiting).await;
        assert!(waited.is_ok(), "the work is shared as {last:?}, not as {held:?}");
    }

    /// Waits until readiness and metrics of each of these nodes agree: what it holds, and all the others as its peers.
    pub(crate) async fn told(&self, nodes: &[&Node]) {
        for node in nodes {
            let mut last = (Value::Null, String::new());
            let waiting = async {
                loop {
                    last = (
                        self.json(node, "/readyz").await,
                        self.text(node, "/metrics").await,
                    );
                    let (ready, metrics) = (&last.0["work"], &last.1);
                    let held = ready["held"].as_array().map_or(0, Vec::len);
                    let peers = ready["peers"].as_array().map_or(0, Vec::len);
                    let shows = |line: String| metrics.lines().any(|told| told == line);
                    if peers == nodes.len() - 1
                        && shows(format!("chronus_teams_partitions{{state=\"held\"}} {held}"))
                        && shows("chronus_teams_partitions{state=\"free\"} 0".to_owned())
                        && shows(format!("chronus_teams_peers {peers}"))
                    {
                        return;
                    }
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            };
            let waited = tokio::time::timeout(PATIENCE, waiting).await;
            assert!(waited.is_ok(), "{:#}\n{}", last.0, last.1);
        }
    }

    pub(crate) async fn json(&self, node: &Node, path: &str) -> Value {
        serde_json::from_str(&self.text(node, path).await).unwrap_or_default()
    }

    pub(crate) async fn text(&self, node: &Node, path: &str) -> String {
        match self.http.get(node.url(path)).send().await {
            Ok(answer) => answer.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    /// Gives everybody the app and waits until each has got the greeting.
    pub(crate) async fn everybody_installs(&self) {
        let clients = self.sandbox.clients();
        let installing = clients.iter().map(|client| async {
            assert!(client.install().await.unwrap().taken());
            let greeted = |chat: &Chat| chat.messages.iter().any(|message| message.from_bot);
            let waited = client.wait_for(PATIENCE, greeted).await;
            assert!(waited.is_ok(), "nobody greets {:?}", client.person().key);
        });
        futures_util::future::join_all(installing).await;
    }
}

async fn sandbox() -> Sandbox {
    let people = (0..ORGANIZATIONS).flat_map(|organization| {
        (0..PEOPLE).map(move |person| PersonSpec {
            tenant_id: tenant(organization),
            aad_object_id: Uuid::from_u128((1 << 96) | (organization << 32) | person).to_string(),
            name: Some(format!("Person {person}")),
            email: Some(email(organization, person)),
            upn: Some(email(organization, person)),
            guest: false,
            locale: "en-US".to_owned(),
            timezone: "Europe/Berlin".to_owned(),
            platform: "Windows".to_owned(),
        })
    });
    let telling = Telling {
        answer_within: Duration::from_secs(5),
        first_pause: Duration::from_millis(50),
        longest_pause: Duration::from_millis(500),
        tries: 10_000,
    };
    Sandbox::start(SandboxOptions {
        people: people.collect(),
        telling,
        ..SandboxOptions::new(APP_ID, SecretString::from(APP_SECRET))
    })
    .await
    .unwrap()
}

/// A configuration whose keys lie in the data folder.
fn without_key_service(text: &str) -> String {
    let (before, keys) = text.split_once("[keys]").unwrap();
    let (_, after) = keys.split_once("[teams]").unwrap();
    format!("{before}[teams]{after}")
}

/// A node's folder and address.
pub(crate) struct Node {
    folder: TempDir,
    listen: SocketAddr,
    operators: SocketAddr,
}

impl Node {
    /// Where this path is served whole: what only operators see, on their listener.
    pub(crate) fn url(&self, path: &str) -> String {
        let is_for_operators = ["/readyz", "/metrics", "/health"].contains(&path);
        let address = if is_for_operators {
            self.operators
        } else {
            self.listen
        };
        format!("http://{address}{path}")
    }

    fn configure(&self, text: &str) {
        std::fs::write(self.folder.path().join("chronus-teams.toml"), text).unwrap();
    }

    pub(crate) async fn start(&self) -> Running {
        self.start_with(&[]).await
    }

    pub(crate) async fn start_with(&self, arguments: &[&str]) -> Running {
        let mut serve = program(&self.folder);
        serve.arg("serve").args(arguments);
        Running::start(serve, "the service is up").await
    }

    /// Gives up what is in its data folder.
    pub(crate) fn forget(&self) {
        std::fs::remove_dir_all(self.folder.path().join("data")).unwrap();
    }

    /// Starts it although it will not come up; answers what it said when it ended.
    pub(crate) async fn refuses_to_start(&self) -> String {
        let mut serve = program(&self.folder);
        serve.arg("serve");
        let ended = tokio::task::spawn_blocking(move || serve.output());
        let ended = tokio::time::timeout(PATIENCE, ended)
            .await
            .unwrap()
            .unwrap()
            .unwrap();
        assert!(!ended.status.success());
        String::from_utf8_lossy(&ended.stderr).into_owned()
    }
}

/// A running process, killed at the latest when it goes out of sight.
pub(crate) struct Running(Child);

impl Running {
    /// Starts it and waits until it says so.
    async fn start(mut program: Command, up: &'static str) -> Self {
        let started = tokio::task::spawn_blocking(move || {
            let mut child = program.stderr(Stdio::piped()).spawn().unwrap();
            let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
            let running = Self(child);
            let mut told = Vec::new();
            let is_up = log.by_ref().map(Result::unwrap).any(|line| {
                told.push(line);
                told.last().is_some_and(|line| line.contains(up))
            });
            assert!(is_up, "it did not come up: {told:#?}");
            // Somebody must read on, or the process would block on a full pipe.
            std::thread::spawn(move || {
                for line in log.map_while(Result::ok) {
                    if std::env::var_os("CHRONUS_CLUSTER_LOG").is_some() {
                        drop(writeln!(std::io::stderr(), "{line}"));
                    }
                }
            });
            running
        });
        started.await.unwrap()
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// Sends it a signal.
    pub(crate) async fn signal(&self, signal: &'static str) {
        let id = self.0.id().to_string();
        let sent = tokio::task::spawn_blocking(move || Command::new("kill").args([signal, &id]).status());
        assert!(sent.await.unwrap().unwrap().success());
    }

    /// SIGTERM, and waits until it has stopped well.
    pub(crate) async fn terminate(mut self) {
        let id = self.0.id().to_string();
        let stopped = tokio::task::spawn_blocking(move || {
            assert!(
                Command::new("kill")
                    .args(["-TERM", &id])
                    .status()
                    .unwrap()
                    .success()
            );
            self.0.wait().unwrap()
        });
        let stopped = tokio::time::timeout(PATIENCE, stopped).await;
        assert!(stopped.unwrap().unwrap().success(), "it did not stop well");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}
