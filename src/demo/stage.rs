//! Where it is played: sandbox and service, wired to each other by ordinary configuration.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret as _, SecretString};

use super::clock::PlayClock;
use super::scenario::Scenario;
use crate::config::{Authentication, Config, KeyHash};
use crate::sandbox::limits::Limits;
use crate::sandbox::{Sandbox, SandboxOptions};
use crate::service::Service;

/// The sample organization's API key: known to everybody, good for nothing but this.
pub const API_KEY: &str = "ctk_acme_for-the-demo-on-this-machine-only";
const APP_ID: &str = "6f1d2c3b-4a5e-4f60-8b71-92a3b4c5d6e7";
const APP_SECRET: &str = "a-secret-between-demo-and-sandbox";

/// What can be chosen.
#[derive(Debug, Clone)]
pub struct StageOptions {
    /// Where service and sandbox keep what they keep.
    pub folder: PathBuf,
    /// Where the service listens.
    pub listen: SocketAddr,
    /// Where the sandbox listens.
    pub sandbox: SocketAddr,
    /// Where the service keeps its log, if not in the folder.
    pub cluster: Option<LogOnCluster>,
}

impl StageOptions {
    /// Where the service's configuration is written, for the tools.
    pub fn configuration_file(&self) -> PathBuf {
        self.folder.join("chronus-teams.toml")
    }
}

/// A log on a KurrentDB cluster.
#[derive(Debug, Clone)]
pub struct LogOnCluster {
    /// The connection string.
    pub url: SecretString,
    /// What the streams' names begin with.
    pub prefix: String,
}

/// Sandbox and service, running.
#[derive(Debug)]
pub struct Stage {
    /// Microsoft's and Chronus' side.
    pub sandbox: Sandbox,
    /// Ours.
    pub service: Service,
    /// Their common time.
    pub clock: Arc<PlayClock>,
}

impl Stage {
    /// Starts both.
    pub async fn start(
        options: &StageOptions,
        scenario: &Scenario,
        clock: Arc<PlayClock>,
    ) -> anyhow::Result<Self> {
        let organization = scenario.organization.as_str();
        let webhook_secret = format!(
            "whsec_{}",
            STANDARD.encode("the-demo-signs-its-answers-with-this")
        );
        let sandbox = Sandbox::start(SandboxOptions {
            listen: options.sandbox,
            people: scenario.residents(),
            webhook_secrets: HashMap::from([(
                organization.to_owned(),
                SecretString::from(webhook_secret.clone()),
            )]),
            journal: Some(options.folder.join("sandbox")),
            clock: Arc::clone(&clock) as _,
            // Days pass in moments here, and with them what Teams takes of one chat in half a minute.
            limits: Limits {
                send: Vec::new(),
                ..Limits::default()
            },
            ..SandboxOptions::new(APP_ID, SecretString::from(APP_SECRET))
        })
        .await
        .with_context(|| {
            format!(
                "failed to start the sandbox; where another demo has {}, stop that one, or give other addresses by \
                 --sandbox and --listen",
                options.sandbox
            )
        })?;
        let text = configuration(options, scenario, &sandbox, &webhook_secret);
        // For the tools, which find the data by it.
        let file = options.configuration_file();
        std::fs::write(&file, &text).with_context(|| format!("failed to write {}", file.display()))?;
        let config = Config::from_text(&text, "the demo's configuration", [])?;
        let config = config.ready_to_serve(Authentication::Required)?;
        let service = Service::start(&config, Authentication::Required, Arc::clone(&clock) as _).await?;
        let endpoint = format!("http://{}/api/messages", service.address());
        sandbox.set_bot_endpoint(endpoint.parse().context("failed to name the bot endpoint")?);
        Ok(Self {
            sandbox,
            service,
            clock,
        })
    }

    /// The service's address.
    pub fn url(&self) -> String {
        format!("http://{}", self.service.address())
    }

    /// Stops both.
    pub async fn stop(self) -> anyhow::Result<()> {
        let stopped = self.service.stop().await;
        self.sandbox.stop().await;
        Ok(stopped?)
    }
}

/// The service's configuration: what an operator would write, with the sandbox's addresses in Microsoft's places.
fn configuration(
    options: &StageOptions,
    scenario: &Scenario,
    sandbox: &Sandbox,
    webhook_secret: &str,
) -> String {
    let folder = toml_text(&options.folder.join("service").display().to_string());
    let store = options.cluster.as_ref().map(|cluster| {
        format!(
            "store = {}\nstream_prefix = {}",
            toml_text(cluster.url.expose_secret()),
            toml_text(&cluster.prefix)
        )
    });
    let store = store.unwrap_or_default();
    format!(
        r#"
[data]
folder = {folder}
{store}

# The one node there is; what one that was killed owned is free after this.
[cluster]
lease_seconds = 2

[http]
listen = "{listen}"

[teams]
app_id = "{APP_ID}"
client_secret = "{APP_SECRET}"
login_url = "{sandbox_url}"
service_url = "{sandbox_url}/connector/teams"
gcc_service_url = "{sandbox_url}/connector/teams"
issuers = [{{ issuer = "{issuer}", metadata_url = "{metadata}" }}]
allowed_hosts = ["{sandbox_url}"]

# Nobody waits for the usual delays here, days pass in moments, and a card that a crash cut off is sent again whatever its kind,
# also where the play is killed time and again while the same card is on its way.
[delivery]
quiet_hours = "off"
chat_limits = [{{ count = 1000, seconds = 1 }}]
unknown_delays_seconds = [1, 5, 5, 5, 5, 5, 5, 5]
[delivery.unknown_policy]
"com.chronus." = "retry"
"com.chronus.announcement." = "retry"

[[organizations]]
id = "{organization}"
name = "Acme (sample)"
tenant_id = "{tenant}"
webhook = {{ url = "{webhook}", secret = "{webhook_secret}" }}
api_keys = [{{ name = "demo", sha256 = "{key}", roles = ["ingest", "read", "analyst", "admin"] }}]
"#,
        listen = options.listen,
        sandbox_url = sandbox.url(),
        issuer = crate::sandbox::login::ISSUER,
        metadata = sandbox.openid_metadata_url(),
        organization = scenario.organization,
        tenant = scenario.tenant_id,
        webhook = sandbox.webhook_url(scenario.organization.as_str()),
        key = KeyHash::of(API_KEY),
    )
}

/// A TOML string that may hold anything, as a literal of the basic kind.
fn toml_text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
