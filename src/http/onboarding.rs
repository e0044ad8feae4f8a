//! Organizations and their tenants at run time: operators register organizations, an organization's administrator asks for a code,
//! and whoever types it in the bot's chat links the tenant. [`crate::onboarding`] does it.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use actors::onboarding::{CodeAsk, LinkCode, MOST_TRIES, OnboardingRefusal};
use events::OrganizationId;
use events::outbound::{OrganizationRegistered, OrganizationSettingsChanged};
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use super::access::authorize;
use super::audited::{Doer, What};
use super::idempotency::RepeatGets;
use super::problem::{self, Problem};
use super::queries::unreadable;
use super::state::ApiState;
use crate::audit::acts;
use crate::chronus::identity;
use crate::config::Role;
use crate::keyring::state::{Ask, KeyRefusal};
use crate::onboarding::OnboardingError;

/// For how many minutes a code holds, where the caller does not say.
const MINUTES: u32 = 60;
/// Tenants that nobody has in one answer.
const MOST_UNLINKED: usize = 1_000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewOrganization {
    organization_id: OrganizationId,
    name: Option<String>,
    key_id: Uuid,
    reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewCode {
    code_id: Uuid,
    valid_minutes: Option<u32>,
    reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    email_domains: Option<Vec<String>>,
    timezone: Option<String>,
    locale: Option<String>,
    most_a_day: Option<u32>,
    reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Unlinking {
    reason: String,
}

/// `GET /v1/organizations`: every organization, with its tenant.
pub async fn list(request: HttpRequest, state: web::Data<ApiState>) -> Result<HttpResponse, Problem> {
    authorize(&request, &state.keys, Role::Operator)?;
    let organizations: Vec<Value> = state.onboarding.read(|known, configured| {
        let mut ids: Vec<&OrganizationId> = configured.tenants.keys().collect();
        ids.sort();
        let configured = ids.into_iter().map(|id| {
            let tenant = configured.tenants.get(id);
            json!({ "organization_id": id, "from": "configuration", "tenant_id": tenant })
        });
        let registered = known.organizations().map(|(fact, at)| {
            let link = known.link_of(&fact.organization_id);
            json!({
                "organization_id": fact.organization_id, "from": "api", "name": fact.name,
                "registered_at": at, "registered_by": fact.by,
                "tenant_id": link.map(|(link, _)| &link.tenant_id), "linked_at": link.map(|(_, at)| at),
            })
        });
        configured
            .chain(registered)
            .map(identity::without_nulls)
            .collect()
    });
    Ok(problem::json(
        StatusCode::OK,
        &json!({ "organizations": organizations }),
    ))
}

/// `POST /v1/organizations`: registers one, and makes an administrator's key for it that is shown this once.
pub async fn register(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let hint = "send {\"organization_id\", \"key_id\": a UUID of your choice, \"reason\"}, and \"name\" where you like";
    let (doer, asked): (Doer, NewOrganization) =
        state.ordered(&request, payload, Role::Operator, hint).await?;
    let organization = asked.organization_id;
    let what = about(
        acts::ORGANIZATION_REGISTER,
        format!("organization/{organization}"),
        &asked.reason,
    )?;
    let fact = OrganizationRegistered {
        organization_id: organization.clone(),
        name: asked.name.clone(),
        by: doer.by.clone(),
    };
    let short = asked.key_id.simple().to_string();
    let ask = Ask {
        key_id: asked.key_id,
        name: format!("admin-{}", short.get(..8).unwrap_or(&short)),
        roles: vec![Role::Admin],
        expires_at: None,
    };
    let registering = async {
        let registered = state.onboarding.register(fact).await;
        let is_new = registered.map_err(|error| refused(&error))?;
        let made = state.keyring.make(&organization, ask, &doer.by).await;
        made.map(|made| (is_new, made))
            .map_err(|error| super::keys::refused(&error))
    };
    let (is_new, made) = state.audited(&doer, what, registering).await?;
    let answer = json!({
        "organization_id": organization, "name": asked.name, "registered": is_new,
        "key_id": made.fact.key_id, "key": made.key.expose_secret(),
    });
    Ok(shown_once(answer, &KeyRefusal::Made.to_string()))
}

/// `GET /v1/organization`: the caller's own, with what holds for all its people.
pub async fn organization(request: HttpRequest, state: web::Data<ApiState>) -> Result<HttpResponse, Problem> {
    let organization = authorize(&request, &state.keys, Role::Read)?.organization;
    let defaults = state
        .onboarding
        .client_defaults
        .of(&organization)
        .unwrap_or_default();
    let told = state.onboarding.read(|known, configured| {
        let tenant = configured.tenants.get(&organization);
        let link = known.link_of(&organization).map(|(link, _)| &link.tenant_id);
        let name = known
            .registered(&organization)
            .and_then(|(fact, _)| fact.name.clone());
        let set = known.settings_of(&organization);
        identity::without_nulls(json!({
            "organization_id": organization, "name": name, "tenant_id": tenant.or(link),
            "from": if tenant.is_some() { "configuration" } else { "api" },
            "email_domains": set.and_then(|set| set.email_domains.as_ref()),
            "timezone": defaults.timezone, "locale": defaults.locale,
            "most_a_day": set.and_then(|set| set.most_a_day),
        }))
    });
    Ok(problem::json(StatusCode::OK, &told))
}

/// `POST /v1/organization/settings`: sets all of them; what is left out is unset.
pub async fn set(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let hint = "send {\"reason\"} with \"email_domains\", \"timezone\", \"locale\" and \"most_a_day\"; what is left out is unset";
    let (doer, asked): (Doer, Settings) = state.ordered(&request, payload, Role::Admin, hint).await?;
    let about_it = format!("organization/{}", doer.organization);
    let what = about(acts::ORGANIZATION_SET, about_it, &asked.reason)?;
    let ask = OrganizationSettingsChanged {
        organization_id: doer.organization.clone(),
        email_domains: asked.email_domains,
        timezone: asked.timezone,
        locale: asked.locale,
        most_a_day: asked.most_a_day,
        by: doer.by.clone(),
    };
    let id = doer.once.map(|once| once.id("settings"));
    let setting = async {
        let changed = state.onboarding.set(ask, id).await;
        changed.map_err(|error| refused(&error))
    };
    let changed = state.audited(&doer, what, setting).await?;
    let answer = json!({ "organization_id": doer.organization, "changed": changed });
    Ok(problem::json(StatusCode::OK, &answer))
}

/// `GET /v1/unlinked-tenants`: tenants whose people show up and that no organization has.
pub async fn unlinked(request: HttpRequest, state: web::Data<ApiState>) -> Result<HttpResponse, Problem> {
    authorize(&request, &state.keys, Role::Operator)?;
    let remembered = state.models.unlinked_tenants(MOST_UNLINKED).await;
    let remembered = remembered.map_err(|error| unreadable(&error))?;
    let (counted, others) = state.onboarding.strangers.list();
    let mut tenants: Vec<Value> = Vec::new();
    for (tenant, one) in &counted {
        let people = remembered.iter().find(|(known, _)| known == tenant);
        tenants.push(json!({
            "tenant_id": tenant, "people": people.map_or(0, |(_, people)| *people),
            "activities": one.activities, "first_at": one.first_at, "last_at": one.last_at,
        }));
    }
    let earlier = remembered
        .iter()
        .filter(|(tenant, _)| !counted.iter().any(|(known, _)| known == tenant));
    tenants.extend(
        earlier.map(|(tenant, people)| json!({ "tenant_id": tenant, "people": people, "activities": 0 })),
    );
    let answer = json!({ "tenants": tenants, "activities_of_others": others });
    Ok(problem::json(StatusCode::OK, &answer))
}

/// `POST /v1/tenant/link-code`: makes a code, shown this once, which takes the place of an earlier one.
pub async fn make_code(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let hint = "send {\"code_id\": a UUID of your choice, \"reason\"}, and \"valid_minutes\" where you like";
    let (doer, asked): (Doer, NewCode) = state.ordered(&request, payload, Role::Admin, hint).await?;
    let what = about(
        acts::LINK_CODE,
        format!("link-code/{}", asked.code_id),
        &asked.reason,
    )?;
    let ask = CodeAsk {
        code_id: asked.code_id,
        organization_id: doer.organization.clone(),
        valid_minutes: asked.valid_minutes.unwrap_or(MINUTES),
        by: doer.by.clone(),
    };
    let making = async {
        let made = state.onboarding.make_code(ask, &state.vault).await;
        made.map_err(|error| refused(&error))
    };
    let (made, code) = state.audited(&doer, what, making).await?;
    let code = code.expose_secret();
    let answer = json!({
        "code_id": made.code_id, "code": code, "type_this": format!("link {code}"), "expires_at": made.expires_at,
    });
    Ok(shown_once(answer, &OnboardingRefusal::Made.to_string()))
}

/// `GET /v1/tenant/link-code`: how the newest code stands. It is not shown again.
pub async fn code(request: HttpRequest, state: web::Data<ApiState>) -> Result<HttpResponse, Problem> {
    let principal = authorize(&request, &state.keys, Role::Admin)?;
    let now = state.clock.now();
    let told = state.onboarding.read(|known, _| {
        let code: &LinkCode = known.code_of(&principal.organization)?;
        Some(identity::without_nulls(json!({
            "code_id": code.made.code_id, "state": code.state(now).as_str(), "made_at": code.made_at,
            "made_by": code.made.by, "expires_at": code.made.expires_at, "wrong_tries": code.tries.len(),
            "tries_left": MOST_TRIES.saturating_sub(code.tries.len()), "tenant_id": code.used_by,
        })))
    });
    let told = told.ok_or_else(|| Problem::not_found("code"))?;
    Ok(problem::json(StatusCode::OK, &told))
}

/// `POST /v1/tenant/unlink`: the tenant is the organization's no longer, and nothing more is sent to its people.
pub async fn unlink(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let (doer, asked): (Doer, Unlinking) = state
        .ordered(&request, payload, Role::Admin, "send {\"reason\"}")
        .await?;
    let what = about(acts::TENANT_UNLINK, "tenant".to_owned(), &asked.reason)?;
    let id = doer.once.map(|once| once.id("unlink"));
    let unlinking = async {
        let ended = state
            .onboarding
            .unlink(&doer.organization, &doer.by, asked.reason.trim(), id);
        ended.await.map_err(|error| refused(&error))
    };
    let ended = state.audited(&doer, what, unlinking).await?;
    let answer =
        json!({ "tenant_id": ended.tenant_id, "organization_id": ended.organization_id, "linked": false });
    Ok(problem::json(StatusCode::OK, &answer))
}

impl ApiState {
    /// Somebody with a role, and what they ask for.
    pub(super) async fn ordered<T: DeserializeOwned>(
        &self,
        request: &HttpRequest,
        payload: web::Payload,
        role: Role,
        hint: &str,
    ) -> Result<(Doer, T), Problem> {
        let principal = authorize(request, &self.keys, role)?;
        let body = self.orders.read(request, payload).await?;
        let asked = serde_json::from_slice(&body).map_err(|_| Problem::malformed(hint))?;
        Ok((Doer::api(request, principal), asked))
    }
}

fn about<'w>(act: &'static str, about: String, reason: &'w str) -> Result<What<'w>, Problem> {
    identity::check_reason(reason).map_err(Problem::malformed)?;
    Ok(What {
        act,
        about: Some(about),
        reason: Some(reason),
    })
}

/// What is shown this once; a repeat is refused with `again`.
fn shown_once(answer: Value, again: &str) -> HttpResponse {
    let mut shown = problem::json(StatusCode::CREATED, &identity::without_nulls(answer));
    shown
        .extensions_mut()
        .insert(RepeatGets(Problem::conflict(again.to_owned())));
    shown
}

fn refused(error: &OnboardingError) -> Problem {
    match error {
        OnboardingError::Refused(OnboardingRefusal::Unknown) => Problem::not_found("organization"),
        OnboardingError::Refused(OnboardingRefusal::NotLinked) => Problem::not_found("link"),
        OnboardingError::Refused(
            refusal @ (OnboardingRefusal::Id
            | OnboardingRefusal::Name
            | OnboardingRefusal::Domains
            | OnboardingRefusal::Timezone
            | OnboardingRefusal::Locale
            | OnboardingRefusal::MostADay
            | OnboardingRefusal::Minutes),
        ) => Problem::malformed(refusal.to_string()),
        OnboardingError::Refused(
            refusal @ (OnboardingRefusal::Configured
            | OnboardingRefusal::Taken
            | OnboardingRefusal::TooMany
            | OnboardingRefusal::Linked
            | OnboardingRefusal::OthersTenant
            | OnboardingRefusal::Made),
        ) => Problem::conflict(refusal.to_string()),
        OnboardingError::Read(_)
        | OnboardingError::Decode(_)
        | OnboardingError::Append(_)
        | OnboardingError::Tenant(_)
        | OnboardingError::NoRandomness(_) => {
            let error = error as &dyn std::error::Error;
            tracing::error!(error, "an organization or its link could not be changed");
            Problem::storage()
        }
    }
}
