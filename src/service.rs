//! The service as a whole: opens the data folder, starts every part, and stops them in the order in which nothing
//! is lost: HTTP first, then the intake, then router, lanes and responder (each finishing what is under way), then
//! the actors, the read models, and the log last.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actors::lane::LONGEST_CALL;
use actors::tenant::TenantError;
use events::sealing::KeyTableError;
use events::store::sqlite::SqliteStore;
use events::{Clock, EventStore};
use projections::{ProjectorError, ReadModels, WorkList};
use tokio::sync::mpsc;

use crate::chronus::erasure::EraseError;
use crate::chronus::forgetting;
use crate::chronus::webhook::Receivers;
use crate::config::{Authentication, Config};
use crate::http::reloading::Asked;
use crate::http_client::{self, BuildClientError, HttpLimits};
use crate::keys::KeyStore;
use crate::lineage::{LineageFault, OnLoss};
use crate::metrics::alerts::Alerts;
use crate::metrics::labels::Labels;
use crate::onboarding::OnboardingError;
use crate::teams::edge::{Edge, EdgeError};

pub(crate) mod addresses;
mod core;
mod parts;
mod secrets;
mod surface;
mod watch;
pub mod within;
mod workers;

use addresses::Addresses;
use core::Core;
use parts::{Ended, Parts};
use secrets::Secrets;
pub use secrets::TakenSecrets;
use surface::Servers;

/// How long to try to give leases back: one that is not given back runs out by itself in about this time, and a log that
/// takes nothing any more is not waited for.
const GIVING_BACK: Duration = Duration::from_secs(10);

/// Seconds that recording an outcome may take on a disk that is busy.
const RECORDING: u64 = 5;

/// Why the service could not start, or had to stop.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The data folder cannot be made.
    #[error("the data folder {path} cannot be made; check data.folder and its rights")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The log or its keys.
    #[error(transparent)]
    Log(#[from] LineageFault),
    /// The read models.
    #[error(transparent)]
    Models(#[from] ProjectorError),
    /// A tenant's configuration could not be recorded.
    #[error(transparent)]
    Tenant(#[from] TenantError),
    /// What was erased after the backup that was restored cannot be erased again.
    #[error(
        "members who were erased after the backup was taken cannot be erased again, and nobody is served before; start again when this is mended"
    )]
    Erasure(#[from] EraseError),
    /// What was onboarded at run time could not be read.
    #[error(transparent)]
    Onboarding(#[from] OnboardingError),
    /// The way to Teams cannot be set up.
    #[error(transparent)]
    Edge(#[from] EdgeError),
    /// The HTTP client cannot be made.
    #[error(transparent)]
    Client(#[from] BuildClientError),
    /// An address cannot be listened on.
    #[error("cannot listen on {address}: {advice}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What to do.
        advice: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A part ended that must not.
    #[error("{part} ended unexpectedly; the log tells why")]
    PartEnded {
        /// Which.
        part: &'static str,
    },
}

/// A running service.
#[derive(Debug)]
pub struct Service {
    servers: Servers,
    secrets: Secrets,
    core: Core,
    work: Parts,
    fold: Parts,
    ended: Arc<Ended>,
    patience: Duration,
}

impl Service {
    /// Starts everything. The configuration must be [`Config::ready_to_serve`]; call it inside an actix system.
    pub async fn start(
        config: &Config,
        authentication: Authentication,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ServiceError> {
        Self::start_with(config, authentication, clock, OnLoss::Refuse).await
    }

    /// The same, where an operator decided what happens when something of the log is missing.
    pub async fn start_with(
        config: &Config,
        authentication: Authentication,
        clock: Arc<dyn Clock>,
        on_loss: OnLoss,
    ) -> Result<Self, ServiceError> {
        let ended = Arc::new(Ended::default());
        let (fold, work) = (Parts::new(&ended), Parts::new(&ended));
        let http = http_client::build(HttpLimits {
            connect: Duration::from_secs(config.delivery.connect_timeout_seconds),
            total: Duration::from_secs(config.delivery.request_timeout_seconds),
        })?;
        let addresses = Addresses::reserve(config)?;
        let edge = Edge::new(config, authentication, &http, &clock)?;
        let core = Core::open(config, clock, on_loss, &fold).await?;
        if core.lineage.repeats_erasures {
            let repeated = forgetting::repeat_lost(&core.eraser()).await;
            repeated.inspect_err(|_| fold.cancel.cancel())?;
        }
        let tenants = Arc::new(Labels::new(config.metrics.tenants));
        let observer = Arc::new(Alerts {
            tenants: Arc::clone(&tenants),
        });
        let receivers = Receivers::new(workers::receivers(config));
        let webhook = workers::webhooks(config, &core, http.clone(), receivers.clone());
        let token = edge.token.clone();
        let circuits = workers::spawn(config, &core, &edge.connector, Arc::new(webhook), observer, &work);
        #[cfg(feature = "otel")]
        workers::tell_traces(config, &core, &http, &work);
        let insight = watch::spawn(config, &core, tenants, circuits, edge.token.clone(), &work);
        let servers = surface::serve(config, addresses, &core, edge, insight, &http, &work)?;
        let secrets = Secrets {
            keys: servers.keys.clone(),
            receivers,
            token,
        };
        // A request that is under way is never cut: it has its own time limit, and then its outcome is recorded. Nothing
        // further leaves meanwhile.
        let longest = LONGEST_CALL.as_secs().max(config.responses.timeout_seconds);
        let patience = Duration::from_secs(config.http.shutdown_seconds.max(longest + RECORDING));
        let (address, operators) = (servers.address, servers.admin_address);
        let organizations: Vec<&str> = config
            .organizations
            .iter()
            .map(|organization| organization.id.as_str())
            .collect();
        tracing::info!(
            teams = %format_args!("http://{address}/api/messages"),
            chronus = %format_args!("http://{address}/v1/events"),
            health = %format_args!("http://{operators}/health"),
            organizations = %listed(&organizations),
            data = %config.data.folder.display(),
            "the service is up"
        );
        Ok(Self {
            servers,
            secrets,
            core,
            work,
            fold,
            ended,
            patience,
        })
    }

    /// Takes the secrets of a configuration in place of those before, without a request failing; the rest of it waits for a restart.
    pub fn take_secrets(&self, config: &Config) -> TakenSecrets {
        self.secrets.take(config)
    }

    /// Takes the master keys of a configuration in place of those before; keys that lie otherwise are wrapped while they are used. Where
    /// the table does not open with these, nothing changes.
    pub async fn take_masters(&self, config: &Config) -> Result<(), KeyTableError> {
        match &self.core.keys {
            Some(KeyStore::Local(table)) => table.take_masters(config.keys.masters.clone()).await,
            Some(KeyStore::Remote(_)) | None => Ok(()),
        }
    }

    /// Where callers ask that the configuration's secrets are read again, for the one who reads it; nothing the second time.
    pub fn take_asked(&self) -> Option<mpsc::Receiver<Asked>> {
        self.servers.reloading.take_asked()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.servers.address
    }

    /// Where it listens for operators.
    pub fn admin_address(&self) -> SocketAddr {
        self.servers.admin_address
    }

    /// What it has to do.
    pub fn work(&self) -> &WorkList {
        &self.core.work
    }

    /// Its read models.
    pub fn models(&self) -> &ReadModels {
        &self.core.models
    }

    /// Its log.
    pub fn store(&self) -> Arc<dyn EventStore> {
        Arc::clone(&self.core.store)
    }

    /// Its log where that is the embedded store, whose disk can be limited.
    pub fn embedded_store(&self) -> Option<Arc<SqliteStore>> {
        self.core.embedded.clone()
    }

    /// Resolves when a part ended that must not; the service should then be stopped.
    pub async fn part_ended(&self) {
        self.ended.wait().await;
    }

    /// Stops everything, losing nothing. Answers with an error when a part had ended before.
    pub async fn stop(self) -> Result<(), ServiceError> {
        // From here on the server's end is expected, and nothing new is taken up behind it. Each partition goes to
        // another node as soon as its work here has ended.
        if let Some(leases) = &self.core.leases {
            leases.leave();
        }
        self.work.cancel.cancel();
        self.servers.stop().await;
        self.core.intake_cancel.cancel();
        self.core.intake.stopped().await;
        self.work.stop(self.patience).await;
        self.core.directory.stop();
        if let Some(leases) = &self.core.leases
            && tokio::time::timeout(self.patience.min(GIVING_BACK), leases.left())
                .await
                .is_err()
        {
            tracing::warn!(
                "some leases could not be given back; the other nodes take them over when they run out"
            );
        }
        self.fold.stop(self.patience).await;
        self.core.store.close().await;
        if let Some(keys) = &self.core.keys {
            keys.close().await;
        }
        tracing::info!("the service has stopped");
        match self.ended.part() {
            Some(part) => Err(ServiceError::PartEnded { part }),
            None => Ok(()),
        }
    }
}

/// Most organizations named in a line.
const MOST_NAMED: usize = 10;

/// The first of them, and how many more there are.
fn listed(ids: &[&str]) -> String {
    let (named, more) = ids.split_at(ids.len().min(MOST_NAMED));
    match more.len() {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}
