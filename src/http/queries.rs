//! What Chronus can ask: what became of a notification, and what people answered.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use events::store::Outage;
use events::{NotificationId, OrganizationId, Position};
use projections::notifications::{HistoryEntry, Notification, NotificationState};
use projections::{QueryError, ReadModels};
use serde::Deserialize;
use serde_json::{Value, json};

use super::access::authorize;
use super::cursor;
use super::problem::{self, Problem};
use super::state::ApiState;
use crate::config::Role;
use crate::told;

/// Answers in one page of the feed, where the caller does not say.
const PAGE: usize = 100;
/// Answers in one page of the feed, at most.
const LARGEST_PAGE: usize = 1_000;

/// What a history says that no reader of the card had a hand in.
const ON_THE_WAY: [&str; 17] = [
    "accepted",
    "resolved",
    "queued",
    "requeued",
    "deferred",
    "merged",
    "suppressed",
    "withdrawn",
    "expired",
    "unroutable",
    "unreached",
    "shown",
    "attempted",
    "retry_scheduled",
    "outcome_unknown",
    "delivered",
    "refused",
];

pub(crate) fn unreadable(error: &(dyn std::error::Error + 'static)) -> Problem {
    // An outage of the store is told by the store, once.
    if !Outage::caused(error) {
        tracing::error!(error, "a query could not be answered");
    }
    Problem::unavailable("what answers this cannot be read now; try again shortly", 2)
}

/// `GET /v1/notifications/{id}`: status and history.
pub async fn notification(
    request: HttpRequest,
    id: web::Path<String>,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let principal = authorize(&request, &state.keys, Role::Read)?;
    state.built().await?;
    let id: NotificationId = id.parse().map_err(|_| Problem::not_found("notification"))?;
    let card = state.card(&principal.organization, id).await?;
    let mut told = status(&card.notification, &card.history);
    if let Some(why) = card.held_by {
        told["held_by"] = why.into();
    }
    Ok(problem::json(StatusCode::OK, &told))
}

/// What an organization may know of a card.
#[derive(Debug)]
pub(crate) struct CardTold {
    /// The card.
    pub(crate) notification: Notification,
    /// What touched it, oldest first.
    pub(crate) history: Vec<HistoryEntry>,
    /// What holds it where it waits, if not its own time.
    pub(crate) held_by: Option<&'static str>,
    /// Nobody may be led from its answer to who gave it, so the reader's part is left out.
    pub(crate) is_anonymous: bool,
}

impl ApiState {
    /// One card of an organization; another's does not exist for it.
    pub(crate) async fn card(
        &self,
        organization: &OrganizationId,
        id: NotificationId,
    ) -> Result<CardTold, Problem> {
        let failed = |error: QueryError| unreadable(&error);
        let found = self.models.notification(id).await.map_err(failed)?;
        // Another organization's notification does not exist for this caller.
        let found = found.filter(|found| found.organization_id.as_ref() == Some(organization));
        let found = found.ok_or_else(|| Problem::not_found("notification"))?;
        let history = self.models.history(id).await.map_err(failed)?;
        let is_anonymous = match found.domain_event {
            Some(event) => self.models.asks_anonymously(event).await.map_err(failed)?,
            None => false,
        };
        let (notification, history) = if is_anonymous {
            unanswered(found, history)
        } else {
            (found, history)
        };
        let held_by = held_by(&self.models, &notification).await.map_err(failed)?;
        Ok(CardTold {
            notification,
            history,
            held_by,
            is_anonymous,
        })
    }

    /// A card of a list, without its reader's part where nobody may be led to that.
    pub(crate) async fn without_reader(&self, card: Notification) -> Result<Notification, Problem> {
        let answered = matches!(card.state, NotificationState::Seen | NotificationState::Answered);
        let Some(event) = card.domain_event.filter(|_| answered) else {
            return Ok(card);
        };
        let anonymous = self.models.asks_anonymously(event).await;
        if !anonymous.map_err(|error| unreadable(&error))? {
            return Ok(card);
        }
        let history = self.models.history(card.id).await;
        let history = history.map_err(|error| unreadable(&error))?;
        Ok(unanswered(card, history).0)
    }
}

/// What holds a card that waits, where it is not the card's own time.
async fn held_by(models: &ReadModels, found: &Notification) -> Result<Option<&'static str>, QueryError> {
    let Some(tenant) = found.tenant_id.clone().filter(|_| !found.state.is_settled()) else {
        return Ok(None);
    };
    let tenant = models.tenant(tenant).await?;
    Ok(tenant
        .filter(|tenant| !tenant.enabled)
        .map(|_| "integration_disabled"))
}

/// A card whose answers are anonymous, as it was before its reader did anything: when they answered, and by which
/// event of the log, would lead from the feed's answers back to them.
fn unanswered(mut found: Notification, mut history: Vec<HistoryEntry>) -> (Notification, Vec<HistoryEntry>) {
    history.retain(|entry| ON_THE_WAY.contains(&entry.what.as_str()));
    if matches!(found.state, NotificationState::Seen | NotificationState::Answered) {
        found.state = NotificationState::Delivered;
        let delivered = history.iter().rev().find(|entry| entry.what == "delivered");
        found.state_since = delivered.map_or(found.created_at, |entry| entry.time);
        found.settled_at = delivered.map(|entry| entry.time);
    }
    found.answer = None;
    (found, history)
}

fn status(found: &Notification, history: &[HistoryEntry]) -> Value {
    let history: Vec<Value> = history
        .iter()
        .map(|entry| {
            json!({ "position": entry.position, "time": entry.time, "what": entry.what, "detail": entry.detail })
        })
        .collect();
    let mut status = told::card(found);
    status["history"] = history.into();
    status
}

/// The query of the feed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeedQuery {
    after: Option<String>,
    limit: Option<usize>,
}

/// `GET /v1/responses?after=<cursor>`: what people answered, oldest first.
pub async fn responses(
    request: HttpRequest,
    query: Result<web::Query<FeedQuery>, actix_web::Error>,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let principal = authorize(&request, &state.keys, Role::Read)?;
    state.built().await?;
    let query = query
        .map_err(|_| Problem::malformed("limit must be a whole number"))?
        .into_inner();
    let limit = query.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE);
    let head = *state.head.borrow();
    let after = query.after.as_deref().map_or(Ok(Position::START), |after| {
        cursor::read(after, &state.lineage, head)
    })?;
    let found = state
        .models
        .responses_after(principal.organization, after, limit)
        .await;
    let found = found.map_err(|error| unreadable(&error))?;
    let next = found.last().map_or(after, |response| response.position);
    let mut events = Vec::with_capacity(found.len());
    for response in &found {
        let event = state
            .answers
            .at(response.position)
            .await
            .map_err(|error| unreadable(&error))?;
        events.extend(event);
    }
    let page = json!({ "events": events, "next": cursor::write(&state.lineage, next), "more": found.len() == limit });
    Ok(problem::json(StatusCode::OK, &page))
}
