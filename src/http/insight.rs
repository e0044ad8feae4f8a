//! What an operator looks at: `/metrics` for machines and `/health` for people. Both show what was measured already
//! and ask nothing anew. Who may look is configured; nothing personal stands in either.

use actix_web::http::header::{CONTENT_SECURITY_POLICY, LOCATION};
use actix_web::{HttpRequest, HttpResponse, web};
use events::store::Condition;
use events::{Clock, Position};
use projections::{Health, ReadModels};
use std::sync::Arc;
use tokio::sync::watch;

use super::access::authorize;
use super::bot::BotSurface;
use super::local::foreign;
use super::problem::Problem;
use crate::config::{ApiKeys, MetricsAccess, Role};
use crate::metrics::Exporter;
use crate::metrics::sampling::Sample;
use crate::metrics::troubles::Troubles;
use crate::teams::token::TokenClient;

mod page;

/// What both are read from.
#[derive(Debug)]
pub struct InsightSurface {
    /// Who may look.
    pub access: MetricsAccess,
    /// Who has a key.
    pub keys: ApiKeys,
    /// What keeps the metrics.
    pub exporter: Exporter,
    /// The newest look at queues and ages.
    pub sample: watch::Receiver<Sample>,
    /// The newest failures.
    pub troubles: Troubles,
    /// The log's head.
    pub head: watch::Receiver<Position>,
    /// Whether the store can be used.
    pub condition: watch::Receiver<Condition>,
    /// The read models.
    pub models: ReadModels,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where the bot's tokens come from; nothing where it needs none.
    pub token: Option<TokenClient>,
    /// The hosts with the keys that activities are checked with.
    pub key_hosts: String,
}

impl InsightSurface {
    pub(super) fn admit(&self, request: &HttpRequest) -> Result<(), Problem> {
        match self.access {
            MetricsAccess::Open => Ok(()),
            MetricsAccess::Admin => authorize(request, &self.keys, Role::Admin).map(drop),
            MetricsAccess::Loopback if foreign(request.peer_addr(), request.headers()).is_none() => Ok(()),
            // Whoever may not look need not know that there is something to see.
            MetricsAccess::Loopback => Err(Problem::not_found("page")),
        }
    }
}

/// `GET /metrics`.
pub async fn metrics(
    request: HttpRequest,
    surface: web::Data<InsightSurface>,
) -> Result<HttpResponse, Problem> {
    surface.admit(&request)?;
    Ok(HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(surface.exporter.render()))
}

/// `GET /`, where an operator looks first.
pub async fn to_health(
    request: HttpRequest,
    surface: web::Data<InsightSurface>,
) -> Result<HttpResponse, Problem> {
    surface.admit(&request)?;
    Ok(HttpResponse::Found()
        .insert_header((LOCATION, "/health"))
        .finish())
}

/// `GET /health`.
pub async fn health(
    request: HttpRequest,
    surface: web::Data<InsightSurface>,
    bot: web::Data<BotSurface>,
) -> Result<HttpResponse, Problem> {
    surface.admit(&request)?;
    let has_keys = bot.access.is_ready();
    let seen = page::Seen {
        missing_keys: (!has_keys).then(|| surface.key_hosts.clone()),
        no_token: surface.token.as_ref().and_then(TokenClient::failure),
        now: surface.clock.now(),
        head: *surface.head.borrow(),
        condition: surface.condition.borrow().clone(),
        folded: *surface.models.folded().borrow(),
        following: surface.models.health().borrow().clone(),
        sample: surface.sample.borrow().clone(),
        troubles: surface.troubles.newest_first(),
        unlinked: bot.onboarding.strangers.counts(),
    };
    let unwell = !has_keys
        || !matches!(seen.following, Health::Following)
        || matches!(seen.condition, Condition::WentBack { .. });
    let mut answer = if unwell {
        HttpResponse::ServiceUnavailable()
    } else {
        HttpResponse::Ok()
    };
    Ok(answer
        .insert_header((
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'",
        ))
        .content_type("text/html; charset=utf-8")
        .body(page::page(&seen)))
}
