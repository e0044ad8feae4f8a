//! Answers that were given up, handing them over again, and the switch of the organization's webhook.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use actors::RecordError;
use actors::responder::Operator;
use chrono::{DateTime, Utc};
use events::{EventId, OrganizationId, Position, StreamId};
use projections::responses::{ResponseFilter, ResponseKind};
use projections::webhooks::Webhook;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::access::authorize;
use super::audited::{Doer, What};
use super::problem::{self, Problem};
use super::queries::unreadable;
use super::state::ApiState;
use crate::audit::acts;
use crate::chronus::response_replay::WhichResponses;
use crate::config::Role;
use crate::told;

/// Answers in one page, where the caller does not say, and at most.
const PAGE: usize = 100;
const LARGEST_PAGE: usize = 1_000;

impl ApiState {
    async fn webhook_of(&self, organization: &OrganizationId) -> Result<Option<Webhook>, Problem> {
        let found = self.models.webhook(organization.clone()).await;
        found.map_err(|error| unreadable(&error))
    }
}

/// Which answers; the query of the list and the filter of a replay.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResponseQuery {
    reason: Option<String>,
    kind: Option<ResponseKind>,
    since: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
    #[serde(default)]
    taken_too: bool,
    #[serde(default)]
    after: u64,
    limit: Option<usize>,
}

impl ResponseQuery {
    fn filter(&self) -> ResponseFilter {
        ResponseFilter {
            taken_too: self.taken_too,
            reason: self.reason.clone(),
            kind: self.kind,
            since: self.since,
            until: self.until,
        }
    }
}

/// `GET /v1/responses/given-up`: answers that were not taken and are not tried any more, in the order of the feed.
pub async fn given_up(
    request: HttpRequest,
    query: Result<web::Query<ResponseQuery>, actix_web::Error>,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let principal = authorize(&request, &state.keys, Role::Read)?;
    state.built().await?;
    let query = query
        .map_err(|_| {
            Problem::malformed(
                "take reason, kind (answer, undeliverable, unreached, delivered, seen), since and until (RFC 3339), \
                 after and limit, and nothing else",
            )
        })?
        .into_inner();
    let limit = query.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE);
    let filter = ResponseFilter {
        taken_too: false,
        ..query.filter()
    };
    let found = state
        .models
        .responses_settled(principal.organization, filter, Position(query.after), limit)
        .await
        .map_err(|error| unreadable(&error))?;
    let next = found.last().map_or(query.after, |last| last.position.0);
    let responses: Vec<Value> = found.iter().map(told::answer).collect();
    let page = json!({ "responses": responses, "next": next, "more": found.len() == limit });
    Ok(problem::json(StatusCode::OK, &page))
}

/// The body of a replay.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReplayRequest {
    replay_id: Uuid,
    ids: Option<Vec<EventId>>,
    filter: Option<ResponseQuery>,
}

/// `POST /v1/responses/replay`: hands answers over again. The same `replay_id` again has no second effect.
pub async fn replay(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let principal = authorize(&request, &state.keys, Role::Admin)?;
    let body = state.orders.read(&request, payload).await?;
    let asked: ReplayRequest = serde_json::from_slice(&body).map_err(|_| {
        Problem::malformed(
            "send {\"replay_id\": a UUID of your choice} with \"ids\" (of answers) or \"filter\" (reason, kind, since, \
             until, taken_too); an empty filter means all that were given up",
        )
    })?;
    let which = match (asked.ids, asked.filter) {
        (Some(ids), None) => WhichResponses::Named(ids),
        (None, Some(filter)) => WhichResponses::Filtered(filter.filter()),
        _ => {
            return Err(Problem::malformed(
                "name either ids or filter; an empty filter means all that were given up",
            ));
        }
    };
    let doer = Doer::api(&request, principal);
    let (replayer, what) = (
        state.response_replayer(),
        What::of_replay(acts::RESPONSES, asked.replay_id),
    );
    let replaying = async {
        let done = replayer
            .replay(&doer.organization, which, asked.replay_id, &doer.by)
            .await;
        done.map_err(|error| {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a replay of answers broke off"
            );
            Problem::unavailable(
                "the replay broke off; send the same request again to do the rest",
                2,
            )
        })
    };
    let done = state.audited(&doer, what, replaying).await?;
    let off = state.webhook_of(&doer.organization).await?;
    let enabled = off.is_none_or(|webhook| webhook.off.is_none());
    let answer = json!({
        "replay_id": asked.replay_id, "replayed": done,
        // What is asked for waits until there is a receiver that is on.
        "webhook": { "configured": state.receivers.contains(&doer.organization), "enabled": enabled },
    });
    Ok(problem::json(StatusCode::OK, &answer))
}

/// `GET /v1/webhook`: how the organization's receiver stands.
pub async fn webhook(request: HttpRequest, state: web::Data<ApiState>) -> Result<HttpResponse, Problem> {
    let principal = authorize(&request, &state.keys, Role::Read)?;
    state.built().await?;
    let webhook = state.webhook_of(&principal.organization).await?;
    let is_configured = state.receivers.contains(&principal.organization);
    let answer = told::standing(&principal.organization, is_configured, webhook.as_ref());
    Ok(problem::json(StatusCode::OK, &answer))
}

/// `POST /v1/webhook/enable`: answers are posted again, first of all those that wait.
pub async fn enable(request: HttpRequest, state: web::Data<ApiState>) -> Result<HttpResponse, Problem> {
    switch(&request, &state, true).await
}

/// `POST /v1/webhook/disable`: nothing more is posted; answers wait and stand in the feed.
pub async fn disable(request: HttpRequest, state: web::Data<ApiState>) -> Result<HttpResponse, Problem> {
    switch(&request, &state, false).await
}

async fn switch(request: &HttpRequest, state: &ApiState, on: bool) -> Result<HttpResponse, Problem> {
    let principal = authorize(request, &state.keys, Role::Admin)?;
    let doer = Doer::api(request, principal);
    let changed = state.switch_webhook(&doer, on).await?;
    let answer = json!({ "organization_id": doer.organization, "enabled": on, "changed": changed });
    Ok(problem::json(StatusCode::OK, &answer))
}

impl ApiState {
    /// Switches an organization's webhook; answers whether that changed anything.
    pub(crate) async fn switch_webhook(&self, doer: &Doer, on: bool) -> Result<bool, Problem> {
        let organization = &doer.organization;
        let (id, folded) = match doer.once {
            // What a repeat finds recorded already stands after the request was begun.
            Some(once) => (Some(once.id("webhook")), once.since()),
            None => (None, *self.models.folded().borrow()),
        };
        let stands = self.stands(doer, &StreamId::responses(organization), id).await?;
        let webhook = self.webhook_of(organization).await?;
        let is_on = webhook.is_none_or(|webhook| webhook.off.is_none());
        let operator = Operator {
            store: &*self.store,
            clock: &*self.clock,
            by: &doer.by,
            folded,
            id,
        };
        let switching = async {
            let recorded: Result<(), RecordError> = match (is_on, on) {
                _ if stands => Ok(()),
                (false, true) => operator.enable(organization).await,
                (true, false) => operator.disable(organization).await,
                (true, true) | (false, false) => Ok(()),
            };
            recorded.map_err(|error| {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a webhook could not be switched"
                );
                Problem::storage()
            })
        };
        let act = if on { acts::WEBHOOK_ON } else { acts::WEBHOOK_OFF };
        self.audited(doer, What::plain(act), switching).await?;
        Ok(stands || is_on != on)
    }
}
