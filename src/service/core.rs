//! What everything else is built from: the log, the keys, the read models, the actors.

use std::sync::Arc;

use actors::partition::{Ownership, SoleOwner};
use actors::tenant::TenantCommand;
use actors::user::Deps;
use actors::{Directory, Intake};
use events::sealing::sqlite::SqliteKeyTable;
use events::store::sqlite::SqliteStore;
use events::{Clock, EventStore, Vault};
use projections::{Options, Projector, ReadModels};
use tokio_util::sync::CancellationToken;

use super::{Parts, ServiceError};
use crate::cards::renderer::Renderer;
use crate::chronus::answer::Answers;
use crate::config::Config;
use crate::read_models::WorkLists;

/// See the module.
#[derive(Debug)]
pub(super) struct Core {
    pub(super) store: Arc<dyn EventStore>,
    /// The same store where it is the embedded one.
    pub(super) embedded: Option<Arc<SqliteStore>>,
    pub(super) keys: Arc<SqliteKeyTable>,
    pub(super) vault: Vault,
    pub(super) models: ReadModels,
    pub(super) ports: Arc<WorkLists>,
    pub(super) directory: Directory,
    pub(super) intake: Intake,
    pub(super) ownership: Arc<dyn Ownership>,
    pub(super) intake_cancel: CancellationToken,
    pub(super) renderer: Arc<Renderer>,
    pub(super) answers: Answers,
    pub(super) clock: Arc<dyn Clock>,
}

impl Core {
    /// Opens the data folder, records the configured tenants and begins to fold the log.
    pub(super) async fn open(
        config: &Config,
        clock: Arc<dyn Clock>,
        fold: &Parts,
    ) -> Result<Self, ServiceError> {
        let folder = &config.data.folder;
        std::fs::create_dir_all(folder).map_err(|source| ServiceError::Folder {
            path: folder.clone(),
            source,
        })?;
        let crate::store::Store { log: store, embedded } = crate::store::open(&config.data).await?;
        let log = Arc::clone(&store);
        let keys = Arc::new(SqliteKeyTable::open(folder)?);
        let vault = Vault::new(Arc::clone(&keys) as _);
        for organization in &config.organizations {
            let configure = TenantCommand::Configure(organization.id.clone());
            actors::tenant::execute(
                &*log,
                &*clock,
                &organization.tenant_id,
                &configure,
                "configuration",
            )
            .await?;
        }
        let rules = Arc::new(config.delivery.rules());
        // Read models and rules must agree on when a card's time runs out.
        let options = Options {
            default_ttl: rules.time_to_live,
            ..config.projection_options()
        };
        let projector = Projector::open(config.data.projections(), options)?;
        let models = projector.read_models();
        follow(fold, projector, Arc::clone(&log));
        let ownership: Arc<dyn Ownership> = Arc::new(SoleOwner);
        let ports = Arc::new(WorkLists::new(models.clone(), Arc::clone(&ownership)));
        let settings = Arc::new(config.actors.settings());
        let deps = Deps {
            store: Arc::clone(&log),
            clock: Arc::clone(&clock),
            rules,
            settings,
        };
        let intake_cancel = CancellationToken::new();
        Ok(Self {
            directory: Directory::start(deps),
            intake: Intake::new(Arc::clone(&log), Arc::clone(&ports) as _, intake_cancel.clone()),
            renderer: Arc::new(Renderer::new(Arc::clone(&log), vault.clone(), Arc::clone(&clock))),
            answers: Answers::new(log, Arc::clone(&ports) as _, models.clone(), vault.clone()),
            store,
            embedded,
            keys,
            vault,
            models,
            ports,
            ownership,
            intake_cancel,
            clock,
        })
    }
}

fn follow(fold: &Parts, projector: Projector, store: Arc<dyn EventStore>) {
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
