//! What the handlers work with, made of the service's parts.

use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig};

use super::super::Core;
use crate::chronus::envelope::MAX_VALUES;
use crate::chronus::member_claims::MemberClaims;
use crate::chronus::replay::Replayer;
use crate::chronus::response_replay::ResponseReplayer;
use crate::config::Config;
use crate::http::admin::AdminSurface;
use crate::http::body::BodyLimits;
use crate::http::bot::BotSurface;
use crate::http::calendar::CalendarSurface;
use crate::http::gate::Gates;
use crate::http::health::HealthSurface;
use crate::http::insight::InsightSurface;
use crate::http::intake::IntakeSurface;
use crate::http::limits::RateLimits;
use crate::http::members::MembersSurface;
use crate::http::queries::QuerySurface;
use crate::http::reachability::ReachSurface;
use crate::http::reports::ReportsSurface;
use crate::http::responses::ResponsesSurface;
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
    intake: Data<IntakeSurface>,
    queries: Data<QuerySurface>,
    reach: Data<ReachSurface>,
    admin: Data<AdminSurface>,
    reports: Data<ReportsSurface>,
    responses: Data<ResponsesSurface>,
    members: Data<MembersSurface>,
    health: Data<HealthSurface>,
    insight: Data<InsightSurface>,
    limits: Data<RateLimits>,
    calendar: Data<CalendarSurface>,
}

impl Surfaces {
    pub(super) fn new(config: &Config, core: &Core, edge: Edge, insight: InsightSurface) -> Self {
        let limits = BodyLimits {
            bytes: config.http.max_body_bytes,
            depth: config.http.max_json_depth,
            values: MAX_VALUES,
        };
        let gates = Gates::new(config.organizations.iter().map(|one| one.id.clone()));
        let bot = Data::new(bot(config, core, edge, limits.at_most(ACTIVITY)));
        Self {
            intake: Data::new(intake(config, core, limits, gates.clone())),
            queries: Data::new(queries(config, core, gates.clone())),
            reach: Data::new(reach(config, core, limits, gates)),
            admin: Data::new(admin(config, core, limits.at_most(ORDER))),
            reports: Data::new(ReportsSurface::new(config.api_keys(), Arc::clone(&core.store))),
            responses: Data::new(responses(config, core, limits.at_most(ORDER))),
            members: Data::new(members(config, core, limits.at_most(ORDER))),
            health: Data::new(HealthSurface::new(
                Arc::clone(&core.store),
                core.models.clone(),
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
            calendar: Data::new(CalendarSurface {
                renderer: Arc::clone(&core.renderer),
            }),
            bot,
        }
    }

    /// Gives them to an app's handlers.
    pub(super) fn register(&self, app: &mut ServiceConfig) {
        app.app_data(self.bot.clone())
            .app_data(self.intake.clone())
            .app_data(self.queries.clone())
            .app_data(self.reach.clone())
            .app_data(self.admin.clone())
            .app_data(self.reports.clone())
            .app_data(self.responses.clone())
            .app_data(self.members.clone())
            .app_data(self.health.clone())
            .app_data(self.insight.clone())
            .app_data(self.limits.clone())
            .app_data(self.calendar.clone());
    }
}

fn bot(config: &Config, core: &Core, edge: Edge, limits: BodyLimits) -> BotSurface {
    BotSurface {
        access: edge.access,
        directory: core.directory.clone(),
        switches: Arc::clone(&core.ports) as _,
        client_defaults: config.client_defaults_by_tenant(),
        vault: core.vault.clone(),
        renderer: Arc::clone(&core.renderer) as _,
        drafts: core.renderer.drafts(),
        clock: Arc::clone(&core.clock),
        decliner: Decliner::new(edge.connector),
        limits,
    }
}

fn intake(config: &Config, core: &Core, limits: BodyLimits, gates: Gates) -> IntakeSurface {
    IntakeSurface {
        keys: config.api_keys(),
        intake: core.intake.clone(),
        claims: MemberClaims::new(core.models.clone(), core.vault.clone()),
        vault: core.vault.clone(),
        clock: Arc::clone(&core.clock),
        limits,
        gates,
        max_batch: config.http.max_batch,
    }
}

fn queries(config: &Config, core: &Core, gates: Gates) -> QuerySurface {
    QuerySurface {
        keys: config.api_keys(),
        gates,
        models: core.models.clone(),
        answers: Arc::new(core.answers.clone()),
        head: core.store.head(),
        lineage: core.lineage.clone(),
    }
}

fn reach(config: &Config, core: &Core, limits: BodyLimits, gates: Gates) -> ReachSurface {
    ReachSurface {
        keys: config.api_keys(),
        models: core.models.clone(),
        vault: core.vault.clone(),
        clock: Arc::clone(&core.clock),
        limits,
        gates,
    }
}

fn admin(config: &Config, core: &Core, limits: BodyLimits) -> AdminSurface {
    AdminSurface {
        keys: config.api_keys(),
        replayer: Replayer {
            models: core.models.clone(),
            directory: core.directory.clone(),
            store: Arc::clone(&core.store),
            clock: Arc::clone(&core.clock),
        },
        store: Arc::clone(&core.store),
        clock: Arc::clone(&core.clock),
        limits,
    }
}

fn members(config: &Config, core: &Core, limits: BodyLimits) -> MembersSurface {
    MembersSurface {
        keys: config.api_keys(),
        models: core.models.clone(),
        vault: core.vault.clone(),
        store: Arc::clone(&core.store),
        clock: Arc::clone(&core.clock),
        limits,
    }
}

fn responses(config: &Config, core: &Core, limits: BodyLimits) -> ResponsesSurface {
    let with_webhook = config.organizations.iter().filter(|one| one.webhook.is_some());
    ResponsesSurface {
        keys: config.api_keys(),
        replayer: ResponseReplayer {
            models: core.models.clone(),
            store: Arc::clone(&core.store),
            clock: Arc::clone(&core.clock),
        },
        receivers: with_webhook.map(|one| one.id.clone()).collect(),
        limits,
    }
}
