//! Whom the service can reach: an audience counted before anything is sent, the list for an administrator, and what
//! was so of one person.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use events::{AadObjectId, MemberId, OrganizationId, UserKey, Vault};
use projections::reachability::{Addressee, Preflight, Reach, Reached};
use serde::Deserialize;
use serde_json::{Value, json};

use super::access::authorize;
use super::gate::{self, Pass};
use super::problem::{self, Problem};
use super::queries::unreadable;
use super::state::ApiState;
use crate::chronus::advice::advice;
use crate::chronus::domain_event::MAX_RECIPIENTS;
use crate::config::Role;

/// Recipients that are counted at once; more are counted in turn, behind everything else.
const FEW: usize = 100;
/// The share of counting more that is charged as if it had led to nothing: the next work of the organization waits for as
/// long as the counting took.
const CHARGED: f64 = 1.0 / 3.0;

/// People in one page, where the caller does not say.
const PAGE: usize = 100;
/// People in one page, at most.
const LARGEST_PAGE: usize = 1_000;

/// A recipient as Chronus names it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    member_id: Option<MemberId>,
    email: Option<String>,
    aad_object_id: Option<AadObjectId>,
}

/// The audience.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    All(String),
    Listed(Vec<Named>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PreflightRequest {
    recipients: Audience,
}

/// `POST /v1/preflight`: how many of an audience a card would reach, and why not the others.
pub async fn preflight(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let principal = authorize(&request, &state.keys, Role::Read)?;
    state.built().await?;
    let pass = state.gates.enter(&principal.organization)?;
    let sent = state.bodies.receive(&request, payload).await?;
    let (is_small, limits, vault) = (Pass::is_small(&sent), state.bodies, state.vault.clone());
    let reading = move || {
        let body = sent.plain()?;
        limits.check(&body)?;
        audience(&body, &vault)
    };
    let read = pass.work(is_small, reading).await?;
    let whom = read.settle(|whom| if whom.is_err() { 1.0 } else { 0.0 })?;
    let counted = state.count_in(&pass, principal.organization, whom).await?;
    let mut answer = json!({
        "position": counted.position, "total": counted.counts.values().sum::<u64>(), "repeated": counted.repeated,
    });
    for (reach, count) in counted.counts {
        answer[reach.as_str()] = count.into();
    }
    Ok(problem::json(StatusCode::OK, &answer))
}

impl ApiState {
    /// Counts an audience, everybody where none is named.
    pub(crate) async fn count(
        &self,
        organization: OrganizationId,
        whom: Option<Vec<Addressee>>,
    ) -> Result<Preflight, Problem> {
        let pass = self.gates.enter(&organization)?;
        self.count_in(&pass, organization, whom).await
    }

    async fn count_in(
        &self,
        pass: &Pass,
        organization: OrganizationId,
        whom: Option<Vec<Addressee>>,
    ) -> Result<Preflight, Problem> {
        let (models, now) = (self.models.clone(), self.clock.now());
        let counted = match whom {
            Some(few) if few.len() <= FEW => models.preflight(organization, Some(few), now).await,
            many => {
                models.current().await;
                let counting =
                    move || models.preflight_here(&organization, many.as_deref(), now, gate::give_way);
                pass.work(false, counting).await?.settle(|_| CHARGED)
            }
        };
        counted.map_err(|error| unreadable(&error))
    }
}

/// Whom a body names; `None` means all.
fn audience(body: &[u8], vault: &Vault) -> Result<Option<Vec<Addressee>>, Problem> {
    let wrong = || {
        Problem::malformed(format!(
            "recipients must be \"all\" or a list of up to {MAX_RECIPIENTS} {{\"member_id\", \"email\", \"aad_object_id\"}}"
        ))
    };
    let asked: PreflightRequest = serde_json::from_slice(body).map_err(|_| wrong())?;
    match asked.recipients {
        Audience::All(all) if all == "all" => Ok(None),
        Audience::Listed(listed) if listed.len() <= MAX_RECIPIENTS => {
            let named = listed.into_iter().map(|named| Addressee {
                member_id: named.member_id,
                lookup: named.email.map(|email| vault.lookup(&email)),
                aad_object_id: named.aad_object_id,
            });
            Ok(Some(named.collect()))
        }
        Audience::All(_) | Audience::Listed(_) => Err(wrong()),
    }
}

/// The query of the list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    state: Option<String>,
    after: Option<String>,
    limit: Option<usize>,
}

/// `GET /v1/reachability`: the people of the organization's tenant with their state, by their Teams id.
pub async fn list(
    request: HttpRequest,
    query: Result<web::Query<ListQuery>, actix_web::Error>,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let principal = authorize(&request, &state.keys, Role::Read)?;
    state.built().await?;
    let query = query
        .map_err(|_| Problem::malformed("limit must be a whole number"))?
        .into_inner();
    let limit = query.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE);
    let wanted = match query.state.as_deref() {
        None => None,
        Some(name) => Some(Reach::parse(name).ok_or_else(|| {
            let known = Reach::ALL.map(Reach::as_str).join(", ");
            Problem::malformed(format!("state must be one of {known}"))
        })?),
    };
    let after = match query.after.as_deref() {
        None => None,
        Some(key) => Some(
            UserKey::parse(key)
                .map_err(|_| Problem::malformed("after must be the value of next from the page before"))?,
        ),
    };
    let found = state
        .models
        .reached(principal.organization, wanted, after, state.clock.now(), limit)
        .await;
    let found = found.map_err(|error| unreadable(&error))?;
    let next = found.last().map(|last| last.user.to_string());
    let people: Vec<Value> = found.iter().map(person).collect();
    let page = json!({ "people": people, "next": next, "more": found.len() == limit });
    Ok(problem::json(StatusCode::OK, &page))
}

/// The zones that the person has by their own client, and by Chronus or the organization.
fn zones(reached: &Reached) -> impl Iterator<Item = &str> {
    [&reached.client_timezone, &reached.given_timezone]
        .into_iter()
        .filter_map(|name| name.as_deref())
}

/// The zone by which the person's quiet hours are kept.
fn zone(reached: &Reached) -> Option<&'static str> {
    zones(reached).find_map(|name| Some(actors::zone::zone(name)?.name()))
}

/// A zone of the person's that nobody knows by this name, so that it has no effect.
fn unknown_zone(reached: &Reached) -> Option<&str> {
    zones(reached).find(|name| actors::zone::zone(name).is_none())
}

fn person(reached: &Reached) -> Value {
    let mut person = json!({
        "teams_user": { "tenant_id": reached.user.tenant_id, "aad_object_id": reached.user.aad_object_id },
        "member_id": reached.member_id,
        "state": reached.reach.as_str(),
        "evidence": reached.evidence,
        "since": reached.since,
        "advice": advice(reached.reach),
        "timezone": zone(reached),
        "unknown_timezone": unknown_zone(reached),
    });
    if let Some(fields) = person.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    person
}

/// `GET /v1/reachability/{aad_object_id}`: what was so of reaching one person, oldest first.
pub async fn ledger(
    request: HttpRequest,
    id: web::Path<String>,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let principal = authorize(&request, &state.keys, Role::Read)?;
    state.built().await?;
    let missing = || Problem::not_found("person");
    let person = AadObjectId::parse(id.as_str()).map_err(|_| missing())?;
    let tenant = state.models.tenant_of(principal.organization).await;
    let tenant = tenant.map_err(|error| unreadable(&error))?.ok_or_else(missing)?;
    let entries = state.models.ledger(UserKey::new(tenant, person)).await;
    let entries = entries.map_err(|error| unreadable(&error))?;
    if entries.is_empty() {
        return Err(missing());
    }
    let ledger: Vec<Value> = entries
        .iter()
        .map(|entry| {
            json!({
                "position": entry.position, "time": entry.time, "state": entry.state, "evidence": entry.evidence,
            })
        })
        .collect();
    Ok(problem::json(StatusCode::OK, &json!({ "ledger": ledger })))
}
