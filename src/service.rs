//! The service as a whole: opens the data folder, starts every part, and stops them in the order in which nothing
//! is lost: HTTP first, then the intake, then router, lanes and responder (each finishing what is under way), then
//! the actors, the read models, and the log last.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpServer, web};
use actors::lane::{LaneDeps, run_lanes};
use actors::tenant::{TenantCommand, TenantError};
use actors::user::Deps;
use actors::{Directory, Intake, Responder, Router};
use events::sealing::sqlite::{OpenError as KeysError, SqliteKeyTable};
use events::store::sqlite::{OpenError as StoreError, SqliteOptions, SqliteStore};
use events::{Clock, EventStore, Vault};
use projections::{Options as ProjectorOptions, Projector, ProjectorError, ReadModels};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::cards::renderer::Renderer;
use crate::chronus::answer::Answers;
use crate::chronus::webhook::{Receiver, Webhooks};
use crate::config::{ApiKeys, Authentication, Config};
use crate::http::body::BodyLimits;
use crate::http::bot::BotSurface;
use crate::http::health::HealthSurface;
use crate::http::intake::IntakeSurface;
use crate::http::queries::QuerySurface;
use crate::http_client::{self, BuildClientError, HttpLimits};
use crate::read_models::WorkLists;
use crate::teams::edge::{Edge, EdgeError};
use crate::teams::elsewhere::Decliner;

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
    /// The log.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The key table.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The read models.
    #[error(transparent)]
    Models(#[from] ProjectorError),
    /// A tenant's configuration could not be recorded.
    #[error(transparent)]
    Tenant(#[from] TenantError),
    /// The way to Teams cannot be set up.
    #[error(transparent)]
    Edge(#[from] EdgeError),
    /// The HTTP client cannot be made.
    #[error(transparent)]
    Client(#[from] BuildClientError),
    /// The address cannot be listened on.
    #[error(
        "cannot listen on {address}; is another process using it? Change http.listen or stop the other one"
    )]
    Bind {
        /// The address.
        address: SocketAddr,
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
    address: SocketAddr,
    server: ServerHandle,
    store: Arc<SqliteStore>,
    keys: Arc<SqliteKeyTable>,
    models: ReadModels,
    directory: Directory,
    intake: Intake,
    work: Parts,
    fold: Parts,
    intake_cancel: CancellationToken,
    ended: Arc<Ended>,
    patience: Duration,
}

/// The first part that ended without being told to.
#[derive(Debug, Default)]
struct Ended {
    part: Mutex<Option<&'static str>>,
    told: CancellationToken,
}

/// Tasks that end together.
#[derive(Debug)]
struct Parts {
    tasks: TaskTracker,
    cancel: CancellationToken,
    ended: Arc<Ended>,
}

impl Parts {
    fn new(ended: &Arc<Ended>) -> Self {
        Self {
            tasks: TaskTracker::new(),
            cancel: CancellationToken::new(),
            ended: Arc::clone(ended),
        }
    }

    /// Runs a part; its end without cancellation, also by a panic, stops the service.
    fn spawn(&self, part: &'static str, work: impl Future<Output = ()> + Send + 'static) {
        let (cancel, ended) = (self.cancel.clone(), Arc::clone(&self.ended));
        let running = tokio::spawn(work);
        self.tasks.spawn(async move {
            let result = running.await;
            if !cancel.is_cancelled() || result.is_err() {
                tracing::error!(part, panicked = result.is_err(), "a part of the service ended");
                ended
                    .part
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .get_or_insert(part);
                ended.told.cancel();
            }
        });
    }

    async fn stop(&self, patience: Duration) {
        self.cancel.cancel();
        self.tasks.close();
        if tokio::time::timeout(patience, self.tasks.wait()).await.is_err() {
            tracing::warn!(
                "some work did not end in time; the log tells where it stood and it goes on at the next start"
            );
        }
    }
}

impl Service {
    /// Starts everything. The configuration must be [`Config::ready_to_serve`].
    pub async fn start(
        config: &Config,
        authentication: Authentication,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ServiceError> {
        let folder = &config.data.folder;
        std::fs::create_dir_all(folder).map_err(|source| ServiceError::Folder {
            path: folder.clone(),
            source,
        })?;
        let store = Arc::new(SqliteStore::open(folder, &SqliteOptions::default())?);
        let keys = Arc::new(SqliteKeyTable::open(folder)?);
        let vault = Vault::new(Arc::clone(&keys) as _);
        for organization in &config.organizations {
            let configure = TenantCommand::Configure(organization.id.clone());
            actors::tenant::execute(
                &*store,
                &*clock,
                &organization.tenant_id,
                &configure,
                "configuration",
            )
            .await?;
        }
        let rules = Arc::new(config.delivery.rules());
        let projector_options = ProjectorOptions {
            default_ttl: rules.time_to_live,
            ..ProjectorOptions::default()
        };
        let projector = Projector::open(config.data.projections(), projector_options)?;
        let models = projector.read_models();
        let ended = Arc::new(Ended::default());
        let (fold, work) = (Parts::new(&ended), Parts::new(&ended));
        spawn_projector(&fold, projector, Arc::clone(&store) as _);

        let settings = Arc::new(config.actors.settings());
        let deps = Deps {
            store: Arc::clone(&store) as _,
            clock: Arc::clone(&clock),
            rules,
            settings,
        };
        let directory = Directory::start(deps);
        let ports = Arc::new(WorkLists::new(models.clone()));
        let intake_cancel = CancellationToken::new();
        let intake = Intake::new(
            Arc::clone(&store) as _,
            Arc::clone(&ports) as _,
            intake_cancel.clone(),
        );
        let http = http_client::build(HttpLimits {
            connect: Duration::from_secs(config.delivery.connect_timeout_seconds),
            total: Duration::from_secs(config.delivery.request_timeout_seconds),
        })?;
        let edge = Edge::new(config, authentication, &http, &clock)?;
        let renderer = Arc::new(Renderer::new(
            Arc::clone(&store) as _,
            vault.clone(),
            Arc::clone(&clock),
        ));
        let answers = Answers::new(Arc::clone(&store) as _, Arc::clone(&ports) as _, vault.clone());

        let parts = Started {
            config,
            store: &store,
            clock: &clock,
            directory: &directory,
            ports: &ports,
            work: &work,
        };
        parts.spawn_workers(&edge, &renderer, &vault, webhooks(config, &answers, http, &clock));
        let limits = BodyLimits {
            bytes: config.http.max_body_bytes,
            depth: config.http.max_json_depth,
        };
        let bot = web::Data::new(BotSurface {
            access: edge.access,
            directory: directory.clone(),
            vault: vault.clone(),
            renderer: Arc::clone(&renderer) as _,
            decliner: Decliner::new(edge.connector),
            limits,
        });
        let intake_surface = web::Data::new(IntakeSurface {
            keys: ApiKeys::new(&config.organizations),
            intake: intake.clone(),
            vault,
            clock,
            limits,
            max_batch: config.http.max_batch,
        });
        let queries = web::Data::new(QuerySurface {
            keys: ApiKeys::new(&config.organizations),
            models: models.clone(),
            answers: Arc::new(answers),
        });
        let health = web::Data::new(HealthSurface {
            head: store.head(),
            models: models.clone(),
        });
        let listen = config.http.listen;
        let bound = HttpServer::new(move || {
            App::new()
                .app_data(bot.clone())
                .app_data(intake_surface.clone())
                .app_data(queries.clone())
                .app_data(health.clone())
                .configure(crate::http::routes)
        })
        .workers(config.http.workers.max(1))
        .disable_signals()
        .shutdown_timeout(config.http.shutdown_seconds)
        .bind(listen)
        .map_err(|source| ServiceError::Bind {
            address: listen,
            source,
        })?;
        let address = bound.addrs().first().copied().unwrap_or(listen);
        let running = bound.run();
        let server = running.handle();
        work.spawn("the HTTP server", async move {
            if let Err(error) = running.await {
                tracing::error!(%error, "the HTTP server failed");
            }
        });
        let patience = Duration::from_secs(config.http.shutdown_seconds);
        tracing::info!(%address, data = %folder.display(), "the service is up");
        Ok(Self {
            address,
            server,
            store,
            keys,
            models,
            directory,
            intake,
            work,
            fold,
            intake_cancel,
            ended,
            patience,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its read models.
    pub fn models(&self) -> &ReadModels {
        &self.models
    }

    /// Its log.
    pub fn store(&self) -> Arc<SqliteStore> {
        Arc::clone(&self.store)
    }

    /// Resolves when a part ended that must not; the service should then be stopped.
    pub async fn part_ended(&self) {
        self.ended.told.cancelled().await;
    }

    /// Stops everything, losing nothing. Answers with an error when a part had ended before.
    pub async fn stop(self) -> Result<(), ServiceError> {
        // From here on the server's end is expected.
        self.work.cancel.cancel();
        self.server.stop(true).await;
        self.intake_cancel.cancel();
        self.intake.stopped().await;
        self.work.stop(self.patience).await;
        self.directory.stop();
        self.fold.stop(self.patience).await;
        self.store.close().await;
        self.keys.close().await;
        tracing::info!("the service has stopped");
        match *self.ended.part.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(part) => Err(ServiceError::PartEnded { part }),
            None => Ok(()),
        }
    }
}

fn spawn_projector(fold: &Parts, projector: Projector, store: Arc<dyn EventStore>) {
    let cancel = fold.cancel.clone();
    fold.spawn("the read models' follower", async move {
        if let Err(error) = projector.run(store, cancel).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the read models stopped following the log"
            );
        }
    });
}

fn webhooks(config: &Config, answers: &Answers, http: reqwest::Client, clock: &Arc<dyn Clock>) -> Webhooks {
    let receivers: HashMap<_, _> = config
        .organizations
        .iter()
        .filter_map(|organization| {
            let webhook = organization.webhook.as_ref()?;
            let receiver = Receiver {
                url: webhook.url.clone(),
                secret: webhook.secret.clone()?,
            };
            Some((organization.id.clone(), receiver))
        })
        .collect();
    let timeout = Duration::from_secs(config.responses.timeout_seconds);
    Webhooks::new(receivers, answers.clone(), http, Arc::clone(clock), timeout)
}

/// What the background workers share.
struct Started<'a> {
    config: &'a Config,
    store: &'a Arc<SqliteStore>,
    clock: &'a Arc<dyn Clock>,
    directory: &'a Directory,
    ports: &'a Arc<WorkLists>,
    work: &'a Parts,
}

impl Started<'_> {
    fn spawn_workers(&self, edge: &Edge, renderer: &Arc<Renderer>, vault: &Vault, webhooks: Webhooks) {
        let router = Router {
            directory: self.directory.clone(),
            routing: Arc::clone(self.ports) as _,
            progress: Arc::clone(self.ports) as _,
            store: Arc::clone(self.store) as _,
            clock: Arc::clone(self.clock),
        };
        self.work
            .spawn("the router", router.run(self.work.cancel.clone()));
        let lanes = LaneDeps {
            directory: self.directory.clone(),
            outbox: Arc::clone(self.ports) as _,
            progress: Arc::clone(self.ports) as _,
            connector: Arc::clone(&edge.connector),
            renderer: Arc::clone(renderer) as _,
            vault: vault.clone(),
            clock: Arc::clone(self.clock),
            limits: Arc::new(self.config.delivery.limits()),
        };
        self.work
            .spawn("the delivery lanes", run_lanes(lanes, self.work.cancel.clone()));
        let responder = Responder {
            pending: Arc::clone(self.ports) as _,
            progress: Arc::clone(self.ports) as _,
            webhook: Arc::new(webhooks),
            store: Arc::clone(self.store) as _,
            clock: Arc::clone(self.clock),
            delays: self.config.responses.delays(),
        };
        self.work
            .spawn("the responder", responder.run(self.work.cancel.clone()));
        let (directory, cancel) = (self.directory.clone(), self.work.cancel.clone());
        self.work.spawn(
            "the directory",
            async move { directory.retire_idle(cancel).await },
        );
    }
}
