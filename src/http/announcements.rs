//! Announcements: which there are, how one fares, who saw it, and taking one back.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use events::{OrganizationId, Position, SubjectRef};
use projections::announcements::{Announcement, Figures};
use serde::Deserialize;
use serde_json::{Value, json};

use super::access::authorize;
use super::audited::{Doer, What};
use super::problem::{self, Problem};
use super::queries::unreadable;
use super::state::ApiState;
use crate::audit::acts;
use crate::chronus::{announcing, identity};
use crate::config::Role;

/// Announcements, or people, in one page, where the caller does not say, and at most.
const PAGE: usize = 100;
const LARGEST_PAGE: usize = 1_000;
/// How long the answer to a withdrawal waits until the read models know of it.
const FOLDED_WITHIN: Duration = Duration::from_secs(2);

/// Which page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    after: Option<u64>,
    limit: Option<usize>,
}

impl PageQuery {
    fn read(query: Result<web::Query<Self>, actix_web::Error>) -> Result<(Option<u64>, usize), Problem> {
        let query = query.map_err(|_| Problem::malformed("take after and limit, and nothing else"))?;
        let limit = query.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE);
        Ok((query.after, limit))
    }
}

/// `GET /v1/announcements`: the organization's announcements, newest first.
pub async fn list(
    request: HttpRequest,
    query: Result<web::Query<PageQuery>, actix_web::Error>,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let principal = authorize(&request, &state.keys, Role::Read)?;
    state.built().await?;
    let (after, limit) = PageQuery::read(query)?;
    let before = after.map(Position);
    let found = state
        .models
        .announcements(principal.organization, before, limit)
        .await;
    let (found, next) = found.map_err(|error| unreadable(&error))?;
    let now = state.clock.now();
    let told: Vec<Value> = found
        .iter()
        .map(|one| announcing::announcement(one, now))
        .collect();
    let mut page = json!({ "announcements": told, "more": next.is_some() });
    if let Some(next) = next {
        page["next"] = next.0.into();
    }
    Ok(problem::json(StatusCode::OK, &page))
}

/// `GET /v1/announcements/{id}`: how one stands.
pub async fn one(
    request: HttpRequest,
    id: web::Path<String>,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let principal = authorize(&request, &state.keys, Role::Read)?;
    state.built().await?;
    let (found, figures) = state.announcement(&principal.organization, &id).await?;
    let told = announcing::with_figures(&found, &figures, state.clock.now());
    Ok(problem::json(StatusCode::OK, &told))
}

/// `GET /v1/announcements/{id}/seen`: who saw one, before it was replaced where it was withdrawn.
pub async fn seen(
    request: HttpRequest,
    id: web::Path<String>,
    query: Result<web::Query<PageQuery>, actix_web::Error>,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let principal = authorize(&request, &state.keys, Role::Read)?;
    state.built().await?;
    let (after, limit) = PageQuery::read(query)?;
    let after = i64::try_from(after.unwrap_or(0)).unwrap_or(i64::MAX);
    let (found, _) = state.announcement(&principal.organization, &id).await?;
    let seers = state
        .models
        .announcement_seers(principal.organization, found, after, limit)
        .await;
    let (seers, next) = seers.map_err(|error| unreadable(&error))?;
    let told: Vec<Value> = seers.iter().map(announcing::seer).collect();
    let mut page = json!({ "seen": told, "more": next.is_some() });
    if let Some(next) = next {
        page["next"] = next.into();
    }
    Ok(problem::json(StatusCode::OK, &page))
}

/// The body of a withdrawal.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Withdraw {
    #[serde(default)]
    mistake: bool,
    reason: String,
}

/// `POST /v1/announcements/{id}/withdraw`: what waits is dropped, what is in a chat is replaced there.
pub async fn withdraw(
    request: HttpRequest,
    id: web::Path<String>,
    payload: web::Payload,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let principal = authorize(&request, &state.keys, Role::Admin)?;
    let body = state.orders.read(&request, payload).await?;
    let asked: Withdraw = serde_json::from_slice(&body)
        .map_err(|_| Problem::malformed("send {\"reason\"}, and \"mistake\": true or false"))?;
    identity::check_reason(&asked.reason).map_err(Problem::malformed)?;
    state.built().await?;
    let doer = Doer::api(&request, principal);
    let (found, _) = state.announcement(&doer.organization, &id).await?;
    let what = What {
        act: acts::ANNOUNCEMENT_WITHDRAW,
        about: Some(found.subject.to_string()),
        reason: Some(&asked.reason),
    };
    let withdrawing = state.take_back(&doer.organization, &found, asked.mistake);
    let withdrawn = state.audited(&doer, what, withdrawing).await?;
    let (found, figures) = state.announcement(&doer.organization, &id).await?;
    let mut told = announcing::with_figures(&found, &figures, state.clock.now());
    told["changed"] = withdrawn.into();
    Ok(problem::json(StatusCode::OK, &told))
}

impl ApiState {
    /// The announcement with this id; another organization's does not exist for it.
    async fn announcement(
        &self,
        organization: &OrganizationId,
        id: &str,
    ) -> Result<(Announcement, Figures), Problem> {
        let missing = || Problem::not_found("announcement");
        // What comes as an id of several parts has its strokes escaped.
        let id = id.replace("%2F", "/").replace("%2f", "/");
        let subject = SubjectRef::parse(format!("announcement/{id}")).map_err(|_| missing())?;
        let found = self.models.announcement(organization.clone(), subject).await;
        found.map_err(|error| unreadable(&error))?.ok_or_else(missing)
    }

    /// Hands over the word that an announcement is withdrawn, where it is not; answers whether it was not.
    async fn take_back(
        &self,
        organization: &OrganizationId,
        announced: &Announcement,
        mistake: bool,
    ) -> Result<bool, Problem> {
        if announced.withdrawn.is_some() {
            return Ok(false);
        }
        let checked = announcing::withdrawal(organization, announced, mistake, self.clock.now());
        let checked = checked.map_err(|wrong| Problem::invalid_event(wrong.detail, Some(wrong.pointer)))?;
        let position = self.hand_over(organization, checked).await?;
        // Whoever asks at once is told of it; after that time, a little later.
        let known = tokio::time::timeout(FOLDED_WITHIN, self.models.caught_up_to(position)).await;
        if known.is_err() {
            tracing::debug!("the read models are behind; the answer tells of what they know");
        }
        Ok(true)
    }
}
