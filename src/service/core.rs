//! What everything else is built from: the log, the keys, the read models, the actors.

use std::sync::Arc;

use actors::partition::leases::StoreLeases;
use actors::partition::{Ownership, SoleOwner};
use actors::settings::ActorSettings;
use actors::tenant::TenantCommand;
use actors::user::Deps;
use actors::{Directory, Intake};
use events::store::sqlite::SqliteStore;
use events::{Clock, EventId, EventStore, Lineage, NodeId, Vault};
use projections::aside::{Aside, Threads};
use projections::{Options, Projector, ReadModels, WorkList};
use tokio_util::sync::CancellationToken;

use super::{Parts, ServiceError};
use crate::cards::renderer::Renderer;
use crate::chronus::answer::Answers;
use crate::chronus::erasure::Eraser;
use crate::config::{Config, German};
use crate::keys::KeyStore;
use crate::lineage::{OnLoss, record_marks};
use crate::onboarding::Onboarding;
use crate::private;
use crate::read_models::{AcceptedRows, WorkLists};

/// See the module.
#[derive(Debug)]
pub(super) struct Core {
    pub(super) store: Arc<dyn EventStore>,
    /// The same store where it is the embedded one.
    pub(super) embedded: Option<Arc<SqliteStore>>,
    /// Nothing where they are kept elsewhere.
    pub(super) keys: Option<KeyStore>,
    pub(super) lineage: Lineage,
    pub(super) vault: Vault,
    pub(super) models: ReadModels,
    pub(super) work: WorkList,
    pub(super) ports: Arc<WorkLists>,
    pub(super) directory: Directory,
    pub(super) intake: Intake,
    pub(super) ownership: Arc<dyn Ownership>,
    /// The same where several nodes share the work.
    pub(super) leases: Option<StoreLeases>,
    pub(super) intake_cancel: CancellationToken,
    pub(super) renderer: Arc<Renderer>,
    pub(super) answers: Answers,
    /// Organizations and links that are made at run time.
    pub(super) onboarding: Arc<Onboarding>,
    pub(super) clock: Arc<dyn Clock>,
    /// The log is not new: whoever wrote it may have sent something a moment ago.
    pub(super) after_restart: bool,
}

/// What everything is built over.
#[derive(Debug)]
pub(super) struct Ground {
    pub(super) store: Arc<dyn EventStore>,
    pub(super) vault: Vault,
    pub(super) lineage: Lineage,
    /// Whether the log held anything before.
    pub(super) existed: bool,
    pub(super) ownership: Arc<dyn Ownership>,
    /// Where work is done that waits for the disk.
    pub(super) aside: Arc<dyn Aside>,
    pub(super) actors: ActorSettings,
}

impl Core {
    /// Opens the data folder, records the configured tenants and begins to fold the log.
    pub(super) async fn open(
        config: &Config,
        clock: Arc<dyn Clock>,
        on_loss: OnLoss,
        fold: &Parts,
    ) -> Result<Self, ServiceError> {
        let folder = &config.data.folder;
        private::for_the_owner_alone();
        std::fs::create_dir_all(folder).map_err(|source| ServiceError::Folder {
            path: folder.clone(),
            source,
        })?;
        private::tighten(folder);
        let opened = crate::lineage::open(config, &*clock, on_loss).await?;
        let crate::store::Store { log, embedded } = opened.store;
        let (ownership, leases) = share(config, embedded.is_some(), &log, &clock, fold);
        let log_id = opened.lineage.log_id;
        let ground = Ground {
            store: Arc::clone(&log),
            vault: opened.keys.vault(),
            lineage: opened.lineage,
            existed: opened.existed,
            ownership,
            aside: Arc::new(Threads),
            actors: config.actors.settings(),
        };
        let core = Self::over(config, clock, ground, fold).await;
        let core = core.inspect_err(|_| fold.cancel.cancel())?;
        if let (KeyStore::Local(table), Some(log_id)) = (&opened.keys, log_id) {
            let recording = record_marks(log, Arc::clone(table), log_id, fold.cancel.clone());
            fold.spawn("recording how far the log is", recording);
        }
        Ok(Self {
            embedded,
            keys: Some(opened.keys),
            leases,
            ..core
        })
    }

    /// Erases members.
    pub(super) fn eraser(&self) -> Eraser {
        Eraser {
            models: self.models.clone(),
            vault: self.vault.clone(),
            directory: self.directory.clone(),
            store: Arc::clone(&self.store),
            clock: Arc::clone(&self.clock),
        }
    }

    /// Builds everything over what is given.
    pub(super) async fn over(
        config: &Config,
        clock: Arc<dyn Clock>,
        ground: Ground,
        fold: &Parts,
    ) -> Result<Self, ServiceError> {
        let Ground {
            store: log,
            vault,
            lineage,
            existed: after_restart,
            ownership,
            aside,
            actors,
        } = ground;
        let store = Arc::clone(&log);
        for organization in &config.organizations {
            let tenant = &organization.tenant_id;
            for command in [
                TenantCommand::Configure(organization.id.clone()),
                TenantCommand::ChooseReceipts(organization.receipts.clone()),
            ] {
                actors::tenant::execute(&*log, &*clock, tenant, &command, "configuration").await?;
            }
        }
        let onboarding = Onboarding::new(config, Arc::clone(&log), Arc::clone(&clock));
        onboarding.refresh().await?;
        let rules = Arc::new(config.rules());
        // Read models and rules must agree on when a card's time runs out.
        let options = Options {
            default_ttl: rules.time_to_live,
            ..config.projection_options()
        };
        let projector = Projector::open_aside(config.data.projections(), options, aside)?;
        let (models, work) = (projector.read_models(), projector.work_list());
        follow(fold, projector, Arc::clone(&log));
        let ports = Arc::new(
            WorkLists::new(
                work.clone(),
                models.clone(),
                Arc::clone(&ownership),
                rules.profile_max_age,
            )
            .with_client_defaults(onboarding.client_defaults.clone()),
        );
        let accepted = Arc::new(AcceptedRows(models.clone()));
        let settings = Arc::new(ActorSettings {
            shared_log: !ownership.is_sole(),
            ..actors
        });
        let deps = Deps {
            store: Arc::clone(&log),
            clock: Arc::clone(&clock),
            rules,
            settings,
            chats: Arc::clone(&ports) as _,
        };
        let intake_cancel = CancellationToken::new();
        let organizations = config.organizations.iter();
        let links = organizations
            .filter_map(|organization| Some((organization.id.clone(), organization.links()?)))
            .collect();
        let familiar = config
            .organizations
            .iter()
            .filter(|organization| organization.german == German::Du);
        let familiar = familiar
            .map(|organization| organization.tenant_id.clone())
            .collect();
        let renderer = Renderer::new(Arc::clone(&log), vault.clone(), Arc::clone(&clock))
            .with_links(links)
            .with_familiar(familiar)
            .with_calendar(config.calendar_links());
        Ok(Self {
            directory: Directory::start(deps),
            intake: Intake::new(
                Arc::clone(&log),
                Arc::clone(&accepted) as _,
                intake_cancel.clone(),
            ),
            renderer: Arc::new(renderer),
            onboarding: Arc::new(onboarding),
            answers: Answers::new(log, accepted, models.clone(), vault.clone()),
            store,
            embedded: None,
            keys: None,
            lineage,
            vault,
            models,
            work,
            ports,
            ownership,
            leases: None,
            intake_cancel,
            clock,
            after_restart,
        })
    }
}

/// Who does which part of the work: this node everything where the log is its own, else what its leases say.
fn share(
    config: &Config,
    embedded: bool,
    log: &Arc<dyn EventStore>,
    clock: &Arc<dyn Clock>,
    fold: &Parts,
) -> (Arc<dyn Ownership>, Option<StoreLeases>) {
    if embedded {
        return (Arc::new(SoleOwner), None);
    }
    let settings = config.cluster.lease_settings();
    let node = this_start(&config.cluster.node);
    let (leases, keeper) = StoreLeases::new(node, settings, Arc::clone(log), Arc::clone(clock));
    let cancel = fold.cancel.clone();
    fold.spawn("the keeper of leases", async move {
        keeper.run(cancel.clone()).await;
        // It ends by itself when everything was given back, which is not the end of the service.
        cancel.cancelled().await;
    });
    (Arc::new(leases.clone()), Some(leases))
}

/// A name for this start of the node: leases of an earlier one are not this one's.
fn this_start(node: &str) -> NodeId {
    let start = EventId::unique().0.simple().to_string();
    // The end is random; the beginning is the time.
    let name = format!("{node}.{}", start.get(24..).unwrap_or(&start));
    NodeId::parse(name).expect("the configured name was checked, and hexadecimal digits fit into any")
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
