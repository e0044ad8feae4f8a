//! What the handlers work with, made of the service's parts.

use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig};
use projections::metrics::checkpoints::Checkpoints;
use tokio::sync::{Semaphore, watch};

use super::super::Core;
use crate::audit::refusals::Refusals;
use crate::chronus::envelope::MAX_VALUES;
use crate::chronus::member_claims::MemberClaims;
use crate::config::Config;
use crate::console::{ConsoleSurface, Counted, Pulse, Sessions, Tails, about};
use crate::http::body::BodyLimits;
use crate::http::bot::BotSurface;
use crate::http::gate::Gates;
use crate::http::health::HealthSurface;
use crate::http::insight::InsightSurface;
use crate::http::limits::RateLimits;
use crate::http::openings::Openings;
use crate::http::reloading::Reloading;
use crate::http::state::{ApiState, REPORTS_AT_ONCE};
use crate::keyring::Keyring;
use crate::metrics::sampling::Sample;
use crate::onboarding::tries::Tries;
use crate::repeats::Repeats;
use crate::sign_in::SignIns;
use crate::teams::edge::Edge;
use crate::teams::elsewhere::Decliner;

/// Longest activity, in bytes: a message of Teams has 28 KB, and what a card hands over not much more.
const ACTIVITY: usize = 256 * 1_024;
/// Longest order of an administrator, in bytes: a thousand ids and more.
const ORDER: usize = 64 * 1_024;

/// One of each kind for all threads.
#[derive(Debug, Clone)]
pub(super) struct Surfaces {
    pub(super) bot: Data<BotSurface>,
    pub(super) api: Data<ApiState>,
    health: Data<HealthSurface>,
    insight: Data<InsightSurface>,
    limits: Data<RateLimits>,
    pub(super) refusals: Data<Refusals>,
    sign_ins: Data<SignIns>,
    pub(super) console: Data<ConsoleSurface>,
}

impl Surfaces {
    pub(super) fn new(
        config: &Config,
        core: &Core,
        edge: Edge,
        insight: InsightSurface,
        http: &reqwest::Client,
    ) -> Self {
        let (bot, api) = spoken_to(config, core, edge);
        let sample = insight.sample.clone();
        Self {
            console: Data::new(console(config, core, api.clone(), sample)),
            api,
            health: Data::new(HealthSurface::new(
                Arc::clone(&core.store),
                core.models.clone(),
                core.work.folded(),
                Arc::clone(&core.ownership),
                core.lineage.clone(),
                bot.clone(),
            )),
            limits: Data::new(RateLimits::new(
                &config.http,
                insight.troubles.clone(),
                Arc::clone(&core.clock),
            )),
            insight: Data::new(insight),
            refusals: Data::new(Refusals::new(Arc::clone(&core.clock))),
            sign_ins: Data::new(SignIns::new(config, http, &core.clock)),
            bot,
        }
    }

    /// Gives them to an app's handlers.
    pub(super) fn register(&self, app: &mut ServiceConfig) {
        app.app_data(self.bot.clone())
            .app_data(self.api.clone())
            .app_data(self.health.clone())
            .app_data(self.insight.clone())
            .app_data(self.limits.clone())
            .app_data(self.refusals.clone())
            .app_data(self.sign_ins.clone())
            .app_data(self.console.clone());
    }
}

/// What Teams and what Chronus speak to.
pub(in crate::service) fn spoken_to(
    config: &Config,
    core: &Core,
    edge: Edge,
) -> (Data<BotSurface>, Data<ApiState>) {
    let limits = BodyLimits {
        bytes: config.http.max_body_bytes,
        depth: config.http.max_json_depth,
        values: MAX_VALUES,
    };
    let bot = bot(core, edge, limits.at_most(ACTIVITY));
    (Data::new(bot), Data::new(api(config, core, limits)))
}

fn api(config: &Config, core: &Core, bodies: BodyLimits) -> ApiState {
    let keys = config.api_keys();
    let keyring = Keyring::new(Arc::clone(&core.store), Arc::clone(&core.clock), keys.clone());
    let with_webhook = config.organizations.iter().filter(|one| one.webhook.is_some());
    ApiState {
        keys,
        reloading: Reloading::default(),
        keyring: Arc::new(keyring),
        repeats: Repeats::new(
            Arc::clone(&core.store),
            Arc::clone(&core.clock),
            core.embedded.is_some(),
        ),
        gates: Gates::new(),
        onboarding: Arc::clone(&core.onboarding),
        began_at: *core.store.head().borrow(),
        store: Arc::clone(&core.store),
        lineage: core.lineage.clone(),
        head: core.store.head(),
        models: core.models.clone(),
        directory: core.directory.clone(),
        vault: core.vault.clone(),
        clock: Arc::clone(&core.clock),
        intake: core.intake.clone(),
        claims: MemberClaims::new(core.models.clone(), core.vault.clone()),
        answers: Arc::new(core.answers.clone()),
        renderer: Arc::clone(&core.renderer),
        receivers: with_webhook.map(|one| one.id.clone()).collect(),
        bodies,
        orders: bodies.at_most(ORDER),
        openings: Openings::default(),
        max_batch: config.http.max_batch,
        reports: Arc::new(Semaphore::new(REPORTS_AT_ONCE)),
        checkpoints: Some(Checkpoints::in_folder(&config.data.folder)),
    }
}

fn console(
    config: &Config,
    core: &Core,
    api: Data<ApiState>,
    sample: watch::Receiver<Sample>,
) -> ConsoleSurface {
    ConsoleSurface {
        organizations: about(config),
        sessions: Sessions::new(config.console.session()),
        secure: config.console.is_cookie_secure(&config.http),
        pulse: Pulse::default(),
        counted: Counted::default(),
        tails: Tails::default(),
        sample,
        dense: core.embedded.is_some(),
        api,
    }
}

fn bot(core: &Core, edge: Edge, limits: BodyLimits) -> BotSurface {
    core.onboarding.serve_at(edge.access.served());
    BotSurface {
        access: edge.access,
        onboarding: Arc::clone(&core.onboarding),
        tries: Tries::default(),
        models: core.models.clone(),
        store: Arc::clone(&core.store),
        directory: core.directory.clone(),
        switches: Arc::clone(&core.ports) as _,
        vault: core.vault.clone(),
        renderer: Arc::clone(&core.renderer) as _,
        drafts: core.renderer.drafts(),
        clock: Arc::clone(&core.clock),
        decliner: Decliner::new(edge.connector),
        limits,
    }
}
