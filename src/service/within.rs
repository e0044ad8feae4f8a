//! The service without its files, sockets and network: everything between, over what the caller gives. So a simulation
//! plays the real parts on one thread.

use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig};
use actors::partition::SoleOwner;
use actors::ports::{ChronusWebhook, Connector};
use actors::settings::ActorSettings;
use events::{Clock, EventStore, Position, Vault};
use projections::aside::Aside;
use projections::{ReadModels, WorkList};

use super::core::{Core, Ground};
use super::parts::{Ended, Parts};
use super::{ServiceError, surface, workers};
use crate::chronus::answer::Answers;
use crate::config::{Authentication, Config};
use crate::http::bot::BotSurface;
use crate::http::state::ApiState;
use crate::http_client::{self, HttpLimits};
use crate::lineage::LineageFault;
use crate::metrics::alerts::Alerts;
use crate::metrics::labels::Labels;
use crate::teams::edge::Edge;

/// What the service stands on and speaks to.
#[derive(Debug)]
pub struct Outside {
    /// The log. It is this service's alone.
    pub store: Arc<dyn EventStore>,
    /// Seals and opens what is personal.
    pub vault: Vault,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The way to Teams.
    pub connector: Arc<dyn Connector>,
    /// Where work is done that waits for the disk.
    pub aside: Arc<dyn Aside>,
}

/// The parts at work. Dropped, they end where they stand, as a process does that is killed.
#[derive(Debug)]
pub struct Within {
    core: Core,
    #[expect(dead_code, reason = "held for as long as the work goes on")]
    work: Parts,
    #[expect(dead_code, reason = "held for as long as the log is followed")]
    fold: Parts,
    ended: Arc<Ended>,
    bot: Data<BotSurface>,
    api: Data<ApiState>,
}

impl Within {
    /// Starts every part on the caller's thread, inside an actix system. Whoever speaks is believed to be Teams, as with
    /// `--insecure-loopback`. `webhook` is given what it needs to know what an answer says.
    ///
    /// # Errors
    /// What keeps a service from starting.
    pub async fn start(
        config: &Config,
        outside: Outside,
        webhook: impl FnOnce(Answers) -> Arc<dyn ChronusWebhook>,
    ) -> Result<Self, ServiceError> {
        let Outside {
            store,
            vault,
            clock,
            connector,
            aside,
        } = outside;
        let ended = Arc::new(Ended::default());
        let (fold, work) = (Parts::new(&ended), Parts::new(&ended));
        let lineage = events::lineage::read(&*store).await.map_err(LineageFault::from)?;
        let existed = *store.head().borrow() > Position::START;
        let ground = Ground {
            store,
            vault,
            lineage,
            existed,
            ownership: Arc::new(SoleOwner),
            aside,
            actors: ActorSettings {
                arbiters: 0,
                ..config.actors.settings()
            },
        };
        let core = Core::over(config, Arc::clone(&clock), ground, &fold).await?;
        let webhook = webhook(core.answers.clone());
        let tenants = Arc::new(Labels::new(config.metrics.tenants));
        workers::spawn(
            config,
            &core,
            &connector,
            webhook,
            Arc::new(Alerts { tenants }),
            &work,
        );
        let http = http_client::build(HttpLimits::default())?;
        let edge = Edge::new(config, Authentication::InsecureLoopback, &http, &clock)?;
        let (bot, api) = surface::spoken_to(config, &core, Edge { connector, ..edge });
        Ok(Self {
            core,
            work,
            fold,
            ended,
            bot,
            api,
        })
    }

    /// The routes of Teams and Chronus. Those for operators are not served.
    pub fn routes(&self, app: &mut ServiceConfig) {
        app.app_data(self.bot.clone()).app_data(self.api.clone());
        crate::http::routes(app);
    }

    /// What it has to do.
    pub fn work(&self) -> &WorkList {
        &self.core.work
    }

    /// Its read models.
    pub fn models(&self) -> &ReadModels {
        &self.core.models
    }

    /// The part that ended and must not have, if any.
    pub fn ended(&self) -> Option<&'static str> {
        self.ended.part()
    }
}
