//! Who members are in Teams: one member with the evidence, the conflicts, and an administrator's word that settles them.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use actors::tenant::TenantCommand;
use events::organization::DomainEventAccepted;
use events::tenant::LinkDecision;
use events::user::MemberRole;
use events::{AadObjectId, MemberId, OrganizationId, TenantId, UserKey};
use projections::conflicts::{Conflict, MemberEvidence, MemberStanding};
use serde::Deserialize;
use serde_json::{Value, json};

use super::access::authorize;
use super::audited::{Doer, What};
use super::problem::{self, Problem};
use super::queries::unreadable;
use super::state::ApiState;
use crate::audit::acts;
use crate::chronus::identity::{self, LINK_HINT};
use crate::config::Role;

/// Conflicts in one page, where the caller does not say.
const PAGE: usize = 50;
/// Conflicts in one page, at most.
const LARGEST_PAGE: usize = 500;

/// The query of the list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConflictQuery {
    #[serde(default)]
    after: String,
    limit: Option<usize>,
}

/// `GET /v1/conflicts`: of whom the evidence disagrees, and what went to nobody because of it.
pub async fn conflicts(
    request: HttpRequest,
    query: Result<web::Query<ConflictQuery>, actix_web::Error>,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let principal = authorize(&request, &state.keys, Role::Read)?;
    state.built().await?;
    let query = query
        .map_err(|_| Problem::malformed("take after and limit, and nothing else"))?
        .into_inner();
    let limit = query.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE);
    let doer = Doer::api(&request, principal);
    let organization = doer.organization.clone();
    let found = state.models.conflicts(organization, query.after, limit).await;
    let (found, next) = found.map_err(|error| unreadable(&error))?;
    if found.iter().any(|conflict| conflict.address.is_some()) {
        let asked = "GET /v1/conflicts";
        state
            .opened_by_asking(&doer, "conflicts".to_owned(), asked)
            .await?;
    }
    let mut told = Vec::with_capacity(found.len());
    for conflict in &found {
        told.push(state.conflict(conflict).await);
    }
    let mut page = json!({ "conflicts": told });
    if let Some(next) = next {
        page["next"] = next.into();
    }
    Ok(problem::json(StatusCode::OK, &page))
}

/// `GET /v1/members/{id}`: what is known of one member, and who it is in Teams.
pub async fn member(
    request: HttpRequest,
    id: web::Path<String>,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let principal = authorize(&request, &state.keys, Role::Read)?;
    state.built().await?;
    let standing = state.standing(&principal.organization, &id).await?;
    if standing.evidence.member.address.is_some() {
        let (doer, about) = (Doer::api(&request, principal), format!("member/{}", id.as_str()));
        state
            .opened_by_asking(&doer, about, "GET /v1/members/{id}")
            .await?;
    }
    let mut told = identity::member(&standing.evidence);
    told["address"] = state.address(&standing.evidence).await.into();
    told["linked_to"] = standing
        .linked_to
        .as_ref()
        .map(|user| user.aad_object_id.as_str())
        .into();
    told["decided"] = identity::decided(standing.decided.as_ref());
    Ok(problem::json(StatusCode::OK, &identity::without_nulls(told)))
}

/// Which event for all.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventQuery {
    source: String,
    id: String,
}

/// `GET /v1/left-out?source=…&id=…`: how many members an event for `"all"` did not reach, by reason.
pub async fn left_out(
    request: HttpRequest,
    query: Result<web::Query<EventQuery>, actix_web::Error>,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let principal = authorize(&request, &state.keys, Role::Read)?;
    state.built().await?;
    let query = query.map_err(|_| Problem::malformed("name the event by source and id, and nothing else"))?;
    let event = DomainEventAccepted::event_id(&principal.organization, &query.source, &query.id);
    let known = state
        .models
        .accepted(vec![event])
        .await
        .map_err(|error| unreadable(&error))?;
    if known.is_empty() {
        return Err(Problem::not_found("event"));
    }
    let counts = state
        .models
        .left_out(event)
        .await
        .map_err(|error| unreadable(&error))?;
    let counts: serde_json::Map<String, Value> = counts
        .into_iter()
        .map(|(reason, members)| (reason.as_str().to_owned(), members.into()))
        .collect();
    Ok(problem::json(StatusCode::OK, &json!({ "left_out": counts })))
}

/// The body of a word about a member.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Word {
    aad_object_id: Option<AadObjectId>,
    reason: String,
}

/// `POST /v1/members/{id}/link`: the member is this person, whatever addresses say.
pub async fn link(
    request: HttpRequest,
    id: web::Path<String>,
    payload: web::Payload,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let wrong = || Problem::malformed("send {\"aad_object_id\", \"reason\"}");
    let doer = state.administrator(&request)?;
    let word = state.word(&request, payload, wrong).await?;
    let aad_object_id = word.aad_object_id.ok_or_else(wrong)?;
    let decision = LinkDecision::Linked { aad_object_id };
    state.settled(&doer, &id, decision, word.reason).await
}

/// `POST /v1/members/{id}/unlink`: the member is nobody in the tenant, whatever addresses say.
pub async fn unlink(
    request: HttpRequest,
    id: web::Path<String>,
    payload: web::Payload,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    state.said(&request, &id, payload, LinkDecision::Unlinked).await
}

/// `POST /v1/members/{id}/automatic`: the evidence decides again.
pub async fn automatic(
    request: HttpRequest,
    id: web::Path<String>,
    payload: web::Payload,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    state.said(&request, &id, payload, LinkDecision::Automatic).await
}

impl ApiState {
    /// Whose an administrator's key is.
    fn administrator(&self, request: &HttpRequest) -> Result<Doer, Problem> {
        let principal = authorize(request, &self.keys, Role::Admin)?;
        Ok(Doer::api(request, principal))
    }

    async fn word(
        &self,
        request: &HttpRequest,
        payload: web::Payload,
        wrong: impl Fn() -> Problem,
    ) -> Result<Word, Problem> {
        let body = self.orders.read(request, payload).await?;
        let word: Word = serde_json::from_slice(&body).map_err(|_| wrong())?;
        identity::check_reason(&word.reason).map_err(Problem::malformed)?;
        Ok(word)
    }

    async fn said(
        &self,
        request: &HttpRequest,
        id: &str,
        payload: web::Payload,
        decision: LinkDecision,
    ) -> Result<HttpResponse, Problem> {
        let doer = self.administrator(request)?;
        let word = self
            .word(request, payload, || Problem::malformed("send {\"reason\"}"))
            .await?;
        if word.aad_object_id.is_some() {
            return Err(Problem::malformed("send {\"reason\"} and nothing else"));
        }
        self.settled(&doer, id, decision, word.reason).await
    }

    async fn settled(
        &self,
        doer: &Doer,
        id: &str,
        decision: LinkDecision,
        reason: String,
    ) -> Result<HttpResponse, Problem> {
        let mut answer = json!({ "member_id": id, "decision": decision });
        answer["changed"] = self.settle(doer, id, decision, reason).await?.into();
        Ok(problem::json(StatusCode::OK, &answer))
    }

    /// Takes an administrator's word about a member, where it can be so; answers whether that changed anything.
    pub(crate) async fn settle(
        &self,
        doer: &Doer,
        id: &str,
        decision: LinkDecision,
        reason: String,
    ) -> Result<bool, Problem> {
        let act = match &decision {
            LinkDecision::Linked { .. } => acts::MEMBER_LINK,
            LinkDecision::Unlinked => acts::MEMBER_UNLINK,
            LinkDecision::Automatic => acts::MEMBER_AUTOMATIC,
        };
        let organization = &doer.organization;
        let standing = self.standing(organization, id).await?;
        let tenant = self.tenant(organization).await?;
        let said = reason.clone();
        let what = What {
            act,
            about: Some(format!("member/{}", standing.evidence.member.id)),
            reason: Some(&said),
        };
        let settling = async {
            if let LinkDecision::Linked { aad_object_id } = &decision {
                self.can_be_linked(&standing, &tenant, aad_object_id).await?;
            }
            self.decide(doer, tenant, standing, decision, reason).await
        };
        self.audited(doer, what, settling).await
    }

    /// One member with the evidence of who that is.
    pub(crate) async fn standing(
        &self,
        organization: &OrganizationId,
        id: &str,
    ) -> Result<MemberStanding, Problem> {
        let missing = || Problem::not_found("member");
        let id = MemberId::parse(id).map_err(|_| missing())?;
        let standing = self.models.member_standing(organization.clone(), id).await;
        standing.map_err(|error| unreadable(&error))?.ok_or_else(missing)
    }

    async fn tenant(&self, organization: &OrganizationId) -> Result<TenantId, Problem> {
        let tenant = self.models.tenant_of(organization.clone()).await;
        let tenant = tenant.map_err(|error| unreadable(&error))?;
        tenant.ok_or_else(|| Problem::not_found("tenant"))
    }

    async fn can_be_linked(
        &self,
        standing: &MemberStanding,
        tenant: &TenantId,
        person: &AadObjectId,
    ) -> Result<(), Problem> {
        let user = UserKey::new(tenant.clone(), person.clone());
        let known = self
            .models
            .person(user)
            .await
            .map_err(|error| unreadable(&error))?;
        let known = known.filter(|known| !known.erased);
        let known = known.ok_or_else(|| Problem::not_found("person who has the app"))?;
        if known.role == Some(MemberRole::Guest) {
            return Err(Problem::conflict(
                "the person is a guest of the tenant; guests are not served",
            ));
        }
        let member = &standing.evidence.member;
        if member.removed {
            return Err(Problem::conflict(
                "Chronus removed the member; a member event brings it back",
            ));
        }
        match &member.object_id {
            Some(given) if given != person => Err(Problem::conflict(LINK_HINT)),
            Some(_) | None => Ok(()),
        }
    }

    async fn decide(
        &self,
        doer: &Doer,
        tenant: TenantId,
        standing: MemberStanding,
        decision: LinkDecision,
        reason: String,
    ) -> Result<bool, Problem> {
        let member_id = standing.evidence.member.id;
        if decision == LinkDecision::Unlinked && standing.evidence.member.object_id.is_some() {
            return Err(Problem::conflict(LINK_HINT));
        }
        let command = TenantCommand::DecideLink {
            organization_id: doer.organization.clone(),
            member_id,
            decision,
            reason,
        };
        self.change_tenant(doer, &tenant, &command).await
    }

    async fn conflict(&self, conflict: &Conflict) -> Value {
        let mut told = identity::conflict(conflict);
        if let Some(address) = &conflict.address {
            told["address"] = self.vault.open(address).await.ok().flatten().into();
        }
        identity::without_nulls(told)
    }

    /// The member's address as Chronus told it; nothing once the member was erased.
    async fn address(&self, evidence: &MemberEvidence) -> Option<String> {
        let address = evidence.member.address.as_ref()?;
        self.vault.open(address).await.ok().flatten()
    }
}
