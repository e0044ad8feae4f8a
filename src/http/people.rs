//! People of the organization's tenant: found by address, member id or object id, and who had which address from when to when, on what
//! evidence. An address that is asked for is looked up by its keyed hash and kept nowhere; one that is told was opened, on the record.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use events::{AadObjectId, MemberId, TenantId, UserKey};
use projections::email_mapping::{Mapping, MappingStatus};
use projections::people::Person;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::access::authorize;
use super::audited::Doer;
use super::problem::{self, Problem};
use super::queries::unreadable;
use super::state::ApiState;
use crate::chronus::identity;
use crate::config::{Principal, Role};

/// Longest address that is looked up, in bytes.
const LONGEST_ADDRESS: usize = 320;
/// Rows in one page, where the caller does not say, and at most.
const PAGE: usize = 100;
const LARGEST_PAGE: usize = 1_000;

/// Whom to find: one of these.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sought {
    address: Option<String>,
    member_id: Option<MemberId>,
    aad_object_id: Option<AadObjectId>,
}

/// Whose history.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OfAddress {
    address: String,
    #[serde(default)]
    after: usize,
    limit: Option<usize>,
}

/// Which part of a person's history.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartQuery {
    #[serde(default)]
    after: usize,
    limit: Option<usize>,
}

/// `POST /v1/people/search`: who has an address now, who a member is, or who has an object id; and the members concerned.
pub async fn search(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let hint = "send one of {\"address\"}, {\"member_id\"} and {\"aad_object_id\"}";
    let (principal, sought): (Principal, Sought) = state.reader(&request, payload, hint).await?;
    let (people, members) = match (sought.address, sought.member_id, sought.aad_object_id) {
        (Some(address), None, None) => state.with_address(&principal, &address).await?,
        (None, Some(member), None) => state.of_member(&principal, member).await?,
        (None, None, Some(person)) => (vec![state.user(&principal, person.as_str()).await?], Vec::new()),
        _ => return Err(Problem::malformed(hint)),
    };
    let mut told = Vec::with_capacity(people.len());
    for user in people {
        let person = state.models.person(user).await;
        let person = person.map_err(|error| unreadable(&error))?;
        told.extend(person.map(|person| of(&person)));
    }
    let answer = json!({ "people": told, "members": members });
    Ok(problem::json(StatusCode::OK, &answer))
}

/// `POST /v1/addresses/history`: who had an address from when to when, on what evidence, oldest first.
pub async fn of_address(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let hint = "send {\"address\"}, and \"after\" and \"limit\" where you like";
    let (principal, asked): (Principal, OfAddress) = state.reader(&request, payload, hint).await?;
    let found = state.mappings(&principal, &asked.address).await?;
    let part = PartQuery {
        after: asked.after,
        limit: asked.limit,
    };
    let (rows, next) = part.of(found);
    let rows = rows.iter().map(history);
    Ok(problem::json(StatusCode::OK, &page(rows.collect(), next)))
}

/// `GET /v1/people/{id}`: one person by object id, with name and address, which are opened on the record.
pub async fn person(
    request: HttpRequest,
    id: web::Path<String>,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let principal = authorize(&request, &state.keys, Role::Read)?;
    state.built().await?;
    let person = state.known(&principal, &id).await?;
    let mut told = of(&person);
    if !person.erased && (person.name.is_some() || person.address.is_some()) {
        let doer = Doer::api(&request, principal);
        let about = format!("person/{}", person.user);
        state
            .opened_by_asking(&doer, about, "GET /v1/people/{id}")
            .await?;
        for (field, sealed) in [("name", &person.name), ("address", &person.address)] {
            if let Some(sealed) = sealed {
                told[field] = state.vault.open(sealed).await.ok().flatten().into();
            }
        }
    }
    Ok(problem::json(StatusCode::OK, &identity::without_nulls(told)))
}

/// `GET /v1/people/{id}/addresses`: which addresses a person had from when to when, on what evidence; opened on the record.
pub async fn addresses(
    request: HttpRequest,
    id: web::Path<String>,
    query: Result<web::Query<PartQuery>, actix_web::Error>,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let principal = authorize(&request, &state.keys, Role::Read)?;
    state.built().await?;
    let part = query
        .map_err(|_| Problem::malformed("take after and limit, and nothing else"))?
        .into_inner();
    let person = state.known(&principal, &id).await?;
    let found = state.models.addresses(person.user.clone()).await;
    let (rows, next) = part.of(found.map_err(|error| unreadable(&error))?);
    if rows.iter().any(|row| row.address.is_some()) {
        let doer = Doer::api(&request, principal);
        let about = format!("person/{}", person.user);
        state
            .opened_by_asking(&doer, about, "GET /v1/people/{id}/addresses")
            .await?;
    }
    let mut told = Vec::with_capacity(rows.len());
    for row in &rows {
        let mut one = history(row);
        if let Some(sealed) = &row.address {
            one["address"] = state.vault.open(sealed).await.ok().flatten().into();
        }
        told.push(identity::without_nulls(one));
    }
    Ok(problem::json(StatusCode::OK, &page(told, next)))
}

impl PartQuery {
    /// The part of all that is asked for, and where the next one begins.
    fn of<T>(&self, all: Vec<T>) -> (Vec<T>, Option<usize>) {
        let limit = self.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE);
        let end = self.after.saturating_add(limit);
        let next = (all.len() > end).then_some(end);
        (all.into_iter().skip(self.after).take(limit).collect(), next)
    }
}

fn page(rows: Vec<Value>, next: Option<usize>) -> Value {
    let mut page = json!({ "history": rows, "more": next.is_some() });
    if let Some(next) = next {
        page["next"] = next.into();
    }
    page
}

/// A person without what is sealed.
fn of(person: &Person) -> Value {
    let links = person.links.iter();
    let links: Vec<Value> = links
        .map(|link| {
            identity::without_nulls(json!({
                "member_id": link.member_id, "matched_by": link.matched_by, "since": link.linked_at,
            }))
        })
        .collect();
    identity::without_nulls(json!({
        "teams_user": { "tenant_id": person.user.tenant_id, "aad_object_id": person.user.aad_object_id },
        "reachability": person.reachability,
        "evidence": person.reachability_evidence,
        "installed": person.installed,
        "connected": person.connected,
        "role": person.role,
        "erased": person.erased.then_some(true),
        "first_seen": person.first_seen,
        "links": links,
    }))
}

/// A row of a history, without the address.
fn history(row: &Mapping) -> Value {
    identity::without_nulls(json!({
        "teams_user": { "tenant_id": row.user.tenant_id, "aad_object_id": row.user.aad_object_id },
        "evidence": row.kind,
        "role": row.role,
        "status": row.status,
        "from": row.valid_from_time,
        "from_position": row.valid_from,
        "to": row.valid_to_time,
        "to_position": row.valid_to,
    }))
}

impl ApiState {
    /// A caller who may read, and what they ask in a body: an address would stand in the logs of proxies if it were in the path.
    async fn reader<T: DeserializeOwned>(
        &self,
        request: &HttpRequest,
        payload: web::Payload,
        hint: &str,
    ) -> Result<(Principal, T), Problem> {
        let principal = authorize(request, &self.keys, Role::Read)?;
        self.built().await?;
        let body = self.orders.read(request, payload).await?;
        let asked = serde_json::from_slice(&body).map_err(|_| Problem::malformed(hint))?;
        Ok((principal, asked))
    }

    async fn tenant_of(&self, principal: &Principal) -> Result<Option<TenantId>, Problem> {
        let tenant = self.models.tenant_of(principal.organization.clone()).await;
        tenant.map_err(|error| unreadable(&error))
    }

    /// Every row of an address in the organization's tenant, oldest first.
    async fn mappings(&self, principal: &Principal, address: &str) -> Result<Vec<Mapping>, Problem> {
        if address.trim().is_empty() || address.len() > LONGEST_ADDRESS {
            let detail = format!("an address has 1 to {LONGEST_ADDRESS} bytes");
            return Err(Problem::malformed(detail));
        }
        let Some(tenant) = self.tenant_of(principal).await? else {
            return Ok(Vec::new());
        };
        let found = self.models.mappings(tenant, self.vault.lookup(address)).await;
        found.map_err(|error| unreadable(&error))
    }

    /// Who has an address now, those first to whom it leads, and the members whom Chronus told with it.
    async fn with_address(
        &self,
        principal: &Principal,
        address: &str,
    ) -> Result<(Vec<UserKey>, Vec<MemberId>), Problem> {
        let mut found = self.mappings(principal, address).await?;
        found.retain(|row| row.valid_to.is_none());
        found.sort_by_key(|row| row.status != MappingStatus::Matched);
        let mut people: Vec<UserKey> = Vec::new();
        for row in found {
            if !people.contains(&row.user) {
                people.push(row.user);
            }
        }
        let lookup = self.vault.lookup(address);
        let members = self
            .models
            .members_with(principal.organization.clone(), lookup)
            .await;
        let members = members.map_err(|error| unreadable(&error))?;
        Ok((people, members.into_iter().map(|member| member.id).collect()))
    }

    /// Who a member is, as far as that is known.
    async fn of_member(
        &self,
        principal: &Principal,
        member: MemberId,
    ) -> Result<(Vec<UserKey>, Vec<MemberId>), Problem> {
        let standing = self
            .models
            .member_standing(principal.organization.clone(), member)
            .await;
        let standing = standing.map_err(|error| unreadable(&error))?;
        Ok(standing.map_or_else(Default::default, |standing| {
            let people = standing.linked_to.into_iter().collect();
            (people, vec![standing.evidence.member.id])
        }))
    }

    /// A person of whom something is known.
    async fn known(&self, principal: &Principal, id: &str) -> Result<Person, Problem> {
        let user = self.user(principal, id).await?;
        let person = self.models.person(user).await;
        let person = person.map_err(|error| unreadable(&error))?;
        person.ok_or_else(|| Problem::not_found("person"))
    }
}
