//! The HTTP server over the service's parts.

use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::dev::ServerHandle;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, web};

use super::{Core, Parts, ServiceError};
use crate::chronus::envelope::MAX_VALUES;
use crate::chronus::member_claims::MemberClaims;
use crate::chronus::replay::Replayer;
use crate::chronus::response_replay::ResponseReplayer;
use crate::config::Config;
use crate::http::admin::AdminSurface;
use crate::http::body::BodyLimits;
use crate::http::bot::BotSurface;
use crate::http::health::HealthSurface;
use crate::http::insight::InsightSurface;
use crate::http::intake::IntakeSurface;
use crate::http::measured::measured;
use crate::http::members::MembersSurface;
use crate::http::parameters::known_parameters;
use crate::http::queries::QuerySurface;
use crate::http::reachability::ReachSurface;
use crate::http::responses::ResponsesSurface;
use crate::teams::edge::Edge;
use crate::teams::elsewhere::Decliner;

/// Binds the address and serves.
pub(super) fn serve(
    config: &Config,
    core: &Core,
    edge: Edge,
    insight: InsightSurface,
    work: &Parts,
) -> Result<(SocketAddr, ServerHandle), ServiceError> {
    let limits = BodyLimits {
        bytes: config.http.max_body_bytes,
        depth: config.http.max_json_depth,
        values: MAX_VALUES,
    };
    let bot = web::Data::new(BotSurface {
        access: edge.access,
        directory: core.directory.clone(),
        switches: Arc::clone(&core.ports) as _,
        vault: core.vault.clone(),
        renderer: Arc::clone(&core.renderer) as _,
        drafts: core.renderer.drafts(),
        clock: Arc::clone(&core.clock),
        decliner: Decliner::new(edge.connector),
        limits,
    });
    let intake = web::Data::new(IntakeSurface {
        keys: config.api_keys(),
        intake: core.intake.clone(),
        claims: MemberClaims::new(core.models.clone(), core.vault.clone()),
        vault: core.vault.clone(),
        clock: Arc::clone(&core.clock),
        limits,
        max_batch: config.http.max_batch,
    });
    let queries = web::Data::new(QuerySurface {
        keys: config.api_keys(),
        models: core.models.clone(),
        answers: Arc::new(core.answers.clone()),
        head: core.store.head(),
        lineage: core.lineage.clone(),
    });
    let reach = web::Data::new(ReachSurface {
        keys: config.api_keys(),
        models: core.models.clone(),
        vault: core.vault.clone(),
        clock: Arc::clone(&core.clock),
        limits,
    });
    let admin = web::Data::new(AdminSurface {
        keys: config.api_keys(),
        replayer: Replayer {
            models: core.models.clone(),
            directory: core.directory.clone(),
        },
        store: Arc::clone(&core.store),
        clock: Arc::clone(&core.clock),
        limits,
    });
    let responses = web::Data::new(responses(config, core, limits));
    let members = web::Data::new(MembersSurface {
        keys: config.api_keys(),
        models: core.models.clone(),
        vault: core.vault.clone(),
        store: Arc::clone(&core.store),
        clock: Arc::clone(&core.clock),
        limits,
    });
    let health = web::Data::new(HealthSurface::new(
        Arc::clone(&core.store),
        core.models.clone(),
        Arc::clone(&core.ownership),
        core.lineage.clone(),
        bot.clone(),
    ));
    let (keys, cancel) = (bot.clone(), work.cancel.clone());
    work.spawn("the look at Microsoft's keys", async move {
        keys.access.keep_keys_fresh(cancel).await;
    });
    let insight = web::Data::new(insight);
    let address = config.http.listen;
    let bound = HttpServer::new(move || {
        App::new()
            .app_data(bot.clone())
            .app_data(intake.clone())
            .app_data(queries.clone())
            .app_data(reach.clone())
            .app_data(admin.clone())
            .app_data(responses.clone())
            .app_data(members.clone())
            .app_data(health.clone())
            .app_data(insight.clone())
            .wrap(from_fn(known_parameters))
            .wrap(from_fn(measured))
            .configure(crate::http::routes)
    })
    .workers(config.http.workers.max(1))
    .disable_signals()
    .shutdown_timeout(config.http.shutdown_seconds)
    .bind(address)
    .map_err(|source| ServiceError::Bind { address, source })?;
    let address = bound.addrs().first().copied().unwrap_or(address);
    let running = bound.run();
    let handle = running.handle();
    work.spawn("the HTTP server", async move {
        if let Err(error) = running.await {
            tracing::error!(%error, "the HTTP server failed");
        }
    });
    Ok((address, handle))
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
