//! Keys of the organization: made, listed, replaced and taken back while the service runs.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, TimeDelta, Utc};
use events::StreamId;
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use super::access::authorize;
use super::audited::{Doer, What};
use super::idempotency::RepeatGets;
use super::problem::{self, Problem};
use super::state::ApiState;
use crate::audit::{acts, on_one_line};
use crate::chronus::identity;
use crate::config::Role;
use crate::keyring::state::{Ask, KeyRefusal, Replace};
use crate::keyring::{KeyError, Listed, Made};

/// For how long a key that was replaced is taken, where the caller does not say.
const OVERLAP: u32 = 86_400;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewKey {
    key_id: Uuid,
    name: String,
    roles: Vec<Role>,
    expires_at: Option<DateTime<Utc>>,
    reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rotation {
    new_key_id: Uuid,
    overlap_seconds: Option<u32>,
    expires_at: Option<DateTime<Utc>>,
    reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Revocation {
    reason: String,
}

/// `GET /v1/keys`: every key of the organization, with when it was used last. None is shown.
pub async fn list(request: HttpRequest, state: web::Data<ApiState>) -> Result<HttpResponse, Problem> {
    let principal = authorize(&request, &state.keys, Role::Admin)?;
    let keys: Vec<Value> = state
        .keyring
        .list(&principal.organization)
        .iter()
        .map(listed)
        .collect();
    Ok(problem::json(StatusCode::OK, &json!({ "keys": keys })))
}

/// `POST /v1/keys`: makes one, and shows it this once.
pub async fn make(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let hint = "send {\"key_id\": a UUID of your choice, \"name\", \"roles\", \"reason\"}, and \"expires_at\" where it is to end";
    let (doer, asked): (Doer, NewKey) = state.asked(&request, payload, hint).await?;
    let ask = Ask {
        key_id: asked.key_id,
        name: asked.name,
        roles: asked.roles,
        expires_at: asked.expires_at,
    };
    Ok(shown(&state.make_key(&doer, ask, &asked.reason).await?))
}

/// `POST /v1/keys/{id}/rotate`: makes one of the same name and roles; the old one is taken for a while longer.
pub async fn rotate(
    request: HttpRequest,
    id: web::Path<String>,
    payload: web::Payload,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let hint = "send {\"new_key_id\": a UUID of your choice, \"reason\"}, and \"overlap_seconds\" and \"expires_at\" where you like";
    let (doer, asked): (Doer, Rotation) = state.asked(&request, payload, hint).await?;
    let replace = Replace {
        key_id: key_id(&id)?,
        new_id: asked.new_key_id,
        overlap: TimeDelta::seconds(i64::from(asked.overlap_seconds.unwrap_or(OVERLAP))),
        expires_at: asked.expires_at,
    };
    Ok(shown(&state.replace_key(&doer, replace, &asked.reason).await?))
}

/// `POST /v1/keys/{id}/revoke`: it is not taken any more, on this node when this answers, on others within a second or two.
pub async fn revoke(
    request: HttpRequest,
    id: web::Path<String>,
    payload: web::Payload,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let (doer, asked): (Doer, Revocation) = state.asked(&request, payload, "send {\"reason\"}").await?;
    let key_id = key_id(&id)?;
    let changed = state.revoke_key(&doer, key_id, &asked.reason).await?;
    let answer = json!({ "key_id": key_id, "revoked": true, "changed": changed });
    Ok(problem::json(StatusCode::OK, &answer))
}

impl ApiState {
    /// Makes a key of the organization's.
    pub(crate) async fn make_key(&self, doer: &Doer, ask: Ask, reason: &str) -> Result<Made, Problem> {
        let what = about(acts::KEY_MAKE, &on_one_line(&ask.name), reason)?;
        let making = async {
            let made = self.keyring.make(&doer.organization, ask, &doer.by).await;
            made.map_err(|error| refused(&error))
        };
        self.audited(doer, what, making).await
    }

    /// Makes a key in the place of another.
    pub(crate) async fn replace_key(
        &self,
        doer: &Doer,
        replace: Replace,
        reason: &str,
    ) -> Result<Made, Problem> {
        let what = about(acts::KEY_ROTATE, &replace.key_id.to_string(), reason)?;
        let replacing = async {
            let made = self.keyring.replace(&doer.organization, replace, &doer.by).await;
            made.map_err(|error| refused(&error))
        };
        self.audited(doer, what, replacing).await
    }

    /// Takes a key back; answers whether it was taken until now.
    pub(crate) async fn revoke_key(&self, doer: &Doer, key: Uuid, reason: &str) -> Result<bool, Problem> {
        let what = about(acts::KEY_REVOKE, &key.to_string(), reason)?;
        let revoking = async {
            let id = doer.once.map(|once| once.id("key"));
            if self.stands(doer, &StreamId::api_keys(), id).await? {
                return Ok(true);
            }
            let (organization, by) = (&doer.organization, &doer.by);
            let changed = self.keyring.revoke(organization, key, by, id).await;
            changed.map_err(|error| refused(&error))
        };
        self.audited(doer, what, revoking).await
    }

    /// The administrator who asks, and what for.
    async fn asked<T: DeserializeOwned>(
        &self,
        request: &HttpRequest,
        payload: web::Payload,
        hint: &str,
    ) -> Result<(Doer, T), Problem> {
        self.ordered(request, payload, Role::Admin, hint).await
    }
}

fn key_id(text: &str) -> Result<Uuid, Problem> {
    Uuid::try_parse(text).map_err(|_| Problem::not_found("key"))
}

fn about<'w>(act: &'static str, key: &str, reason: &'w str) -> Result<What<'w>, Problem> {
    identity::check_reason(reason).map_err(Problem::malformed)?;
    Ok(What {
        act,
        about: Some(format!("key/{}", key.chars().take(64).collect::<String>())),
        reason: Some(reason),
    })
}

pub(super) fn refused(error: &KeyError) -> Problem {
    match error {
        KeyError::Refused(KeyRefusal::Missing) => Problem::not_found("key"),
        KeyError::Refused(refusal @ (KeyRefusal::Taken | KeyRefusal::TooMany | KeyRefusal::Made)) => {
            Problem::conflict(refusal.to_string())
        }
        KeyError::Refused(
            refusal @ (KeyRefusal::Name | KeyRefusal::Roles | KeyRefusal::Expiry | KeyRefusal::Overlap),
        ) => Problem::malformed(refusal.to_string()),
        KeyError::Read(_) | KeyError::Decode(_) | KeyError::Append(_) | KeyError::NoRandomness(_) => {
            tracing::error!(
                error = error as &dyn std::error::Error,
                "a key could not be changed"
            );
            Problem::storage()
        }
    }
}

/// The key, this once.
fn shown(made: &Made) -> HttpResponse {
    let fact = &made.fact;
    let answer = json!({
        "key_id": fact.key_id, "name": fact.name, "roles": fact.roles, "key": made.key.expose_secret(),
        "expires_at": fact.expires_at, "replaces": fact.replaces,
    });
    let mut shown = problem::json(StatusCode::CREATED, &identity::without_nulls(answer));
    let kept = Problem::conflict(KeyRefusal::Made.to_string());
    shown.extensions_mut().insert(RepeatGets(kept));
    shown
}

fn listed(one: &Listed) -> Value {
    let held = &one.held;
    let roles: Vec<&str> = held.roles.iter().map(|role| role.as_str()).collect();
    let (made_at, made_by) = held.made.clone().unzip();
    identity::without_nulls(json!({
        "key_id": held.key_id, "name": held.name, "roles": roles,
        "from": if held.key_id.is_some() { "api" } else { "configuration" },
        "made_at": made_at, "made_by": made_by, "expires_at": held.expires_at,
        "revoked_from": held.revoked_from, "replaces": held.replaces, "last_used_at": one.last_used_at,
    }))
}
