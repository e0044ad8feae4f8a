//! What an administrator asks and changes: dead letters and their replay, and the tenant's switch.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use actors::tenant::TenantCommand;
use chrono::{DateTime, Utc};
use events::{NotificationId, OrganizationId, Position, StreamId, TenantId};
use projections::dead_letters::DeadLetterFilter;
use projections::notifications::NotificationState;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::access::authorize;
use super::audited::{Doer, What};
use super::problem::{self, Problem};
use super::queries::unreadable;
use super::state::ApiState;
use crate::audit::acts;
use crate::chronus::replay::Which;
use crate::config::Role;
use crate::told;

/// Dead letters in one page, where the caller does not say.
const PAGE: usize = 100;
/// Dead letters in one page, at most.
const LARGEST_PAGE: usize = 1_000;

/// Which dead letters; the query of the list and the filter of a replay.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LetterQuery {
    state: Option<String>,
    code: Option<String>,
    #[serde(rename = "type")]
    event_type: Option<String>,
    since: Option<DateTime<Utc>>,
    #[serde(default)]
    after: u64,
    limit: Option<usize>,
}

impl LetterQuery {
    fn filter(&self) -> Result<DeadLetterFilter, Problem> {
        let state = match self.state.as_deref() {
            None => None,
            Some("refused") => Some(NotificationState::Refused),
            Some("unknown_held") => Some(NotificationState::UnknownHeld),
            Some("expired") => Some(NotificationState::Expired),
            Some("unroutable") => Some(NotificationState::Unroutable),
            Some(_) => {
                return Err(Problem::malformed(
                    "state must be refused, unknown_held, expired or unroutable",
                ));
            }
        };
        Ok(DeadLetterFilter {
            state,
            code: self.code.clone(),
            event_type: self.event_type.clone(),
            since: self.since,
        })
    }
}

/// `GET /v1/dead-letters`: cards that ended without certainly arriving, in the order of their end.
pub async fn dead_letters(
    request: HttpRequest,
    query: Result<web::Query<LetterQuery>, actix_web::Error>,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let principal = authorize(&request, &state.keys, Role::Read)?;
    state.built().await?;
    let query = query
        .map_err(|_| {
            Problem::malformed("take state, code, type, since (RFC 3339), after and limit, and nothing else")
        })?
        .into_inner();
    let limit = query.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE);
    let found = state
        .models
        .dead_letters(
            principal.organization,
            query.filter()?,
            Position(query.after),
            limit,
        )
        .await
        .map_err(|error| unreadable(&error))?;
    let next = found.last().map_or(query.after, |last| last.state_position.0);
    let letters: Vec<Value> = found.iter().map(told::letter).collect();
    let page = json!({ "dead_letters": letters, "next": next, "more": found.len() == limit });
    Ok(problem::json(StatusCode::OK, &page))
}

/// The body of a replay.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReplayRequest {
    replay_id: Uuid,
    notification_ids: Option<Vec<NotificationId>>,
    filter: Option<LetterQuery>,
}

/// `POST /v1/dead-letters/replay`: sends dead letters after all. The same `replay_id` again has no second effect.
pub async fn replay(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let principal = authorize(&request, &state.keys, Role::Admin)?;
    let body = state.orders.read(&request, payload).await?;
    let asked: ReplayRequest = serde_json::from_slice(&body).map_err(|_| {
        Problem::malformed(
            "send {\"replay_id\": a UUID of your choice} with \"notification_ids\" or \"filter\"; an empty filter means all",
        )
    })?;
    let which = match (asked.notification_ids, asked.filter) {
        (Some(ids), None) => Which::Named(ids),
        (None, Some(filter)) => Which::Filtered(filter.filter()?),
        _ => {
            return Err(Problem::malformed(
                "name either notification_ids or filter; an empty filter means all",
            ));
        }
    };
    let (name, doer) = (principal.name.clone(), Doer::api(&request, principal));
    let (replayer, what) = (state.replayer(), What::of_replay(acts::LETTERS, asked.replay_id));
    let replaying = async {
        let done = replayer
            .replay(&doer.organization, which, asked.replay_id, &name)
            .await;
        done.map_err(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, "a replay broke off");
            Problem::unavailable(
                "the replay broke off; send the same request again to do the rest",
                2,
            )
        })
    };
    let done = state.audited(&doer, what, replaying).await?;
    let answer = json!({ "replay_id": asked.replay_id, "replayed": done });
    Ok(problem::json(StatusCode::OK, &answer))
}

/// `GET /v1/tenant`: the organization's tenant, and whether the integration is on.
pub async fn tenant(request: HttpRequest, state: web::Data<ApiState>) -> Result<HttpResponse, Problem> {
    let principal = authorize(&request, &state.keys, Role::Read)?;
    state.built().await?;
    let id = tenant_of(&state, &principal.organization).await?;
    let tenant = state.models.tenant(id.clone()).await;
    let tenant = tenant.map_err(|error| unreadable(&error))?;
    let enabled = tenant.is_none_or(|tenant| tenant.enabled);
    let answer = json!({ "tenant_id": id, "organization_id": principal.organization, "enabled": enabled });
    Ok(problem::json(StatusCode::OK, &answer))
}

/// `POST /v1/tenant/enable`: cards are sent again; those whose time ran out meanwhile are recorded as expired.
pub async fn enable(request: HttpRequest, state: web::Data<ApiState>) -> Result<HttpResponse, Problem> {
    switch(&request, &state, &TenantCommand::Enable).await
}

/// `POST /v1/tenant/disable`: nothing more is sent; what waits stays.
pub async fn disable(request: HttpRequest, state: web::Data<ApiState>) -> Result<HttpResponse, Problem> {
    switch(&request, &state, &TenantCommand::Disable).await
}

async fn switch(
    request: &HttpRequest,
    state: &ApiState,
    command: &TenantCommand,
) -> Result<HttpResponse, Problem> {
    let principal = authorize(request, &state.keys, Role::Admin)?;
    let id = tenant_of(state, &principal.organization).await?;
    let doer = Doer::api(request, principal);
    let enabled = *command == TenantCommand::Enable;
    let changed = state.switch_tenant(&doer, enabled).await?;
    let answer = json!({ "tenant_id": id, "enabled": enabled, "changed": changed });
    Ok(problem::json(StatusCode::OK, &answer))
}

impl ApiState {
    /// Switches the integration of an organization's tenant; answers whether that changed anything.
    pub(crate) async fn switch_tenant(&self, doer: &Doer, on: bool) -> Result<bool, Problem> {
        let id = tenant_of(self, &doer.organization).await?;
        let (command, act) = if on {
            (TenantCommand::Enable, acts::TENANT_ON)
        } else {
            (TenantCommand::Disable, acts::TENANT_OFF)
        };
        self.audited(doer, What::plain(act), self.change_tenant(doer, &id, &command))
            .await
    }

    /// Has a tenant changed; answers whether that changed anything. Asked for with an idempotency key it is changed once,
    /// whatever was said of it since.
    pub(super) async fn change_tenant(
        &self,
        doer: &Doer,
        tenant: &TenantId,
        command: &TenantCommand,
    ) -> Result<bool, Problem> {
        let id = doer.once.map(|once| once.id("tenant"));
        if self.stands(doer, &StreamId::tenant(tenant), id).await? {
            return Ok(true);
        }
        let (store, clock) = (&*self.store, &*self.clock);
        let changed = actors::tenant::execute_as(store, clock, tenant, command, &doer.by, id).await;
        changed.map_err(|error| {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a tenant could not be changed"
            );
            Problem::storage()
        })
    }
}

pub(super) async fn tenant_of(state: &ApiState, organization: &OrganizationId) -> Result<TenantId, Problem> {
    let id = state.models.tenant_of(organization.clone()).await;
    id.map_err(|error| unreadable(&error))?
        .ok_or_else(|| Problem::not_found("tenant"))
}
