//! Switching Teams off for one programme or one ERG, and on again.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use actors::tenant::{PartSwitch, TenantCommand};
use serde::Deserialize;
use serde_json::json;

use super::access::authorize;
use super::admin::tenant_of;
use super::audited::{Doer, What};
use super::problem::{self, Problem};
use super::queries::unreadable;
use super::state::ApiState;
use crate::audit::acts;
use crate::chronus::identity;
use crate::chronus::parts::{self, NamedPart};
use crate::config::Role;

/// `GET /v1/switched-off`: the programmes and ERGs for which Teams is off.
pub async fn list(request: HttpRequest, state: web::Data<ApiState>) -> Result<HttpResponse, Problem> {
    let principal = authorize(&request, &state.keys, Role::Read)?;
    state.built().await?;
    let off = state.models.parts_off(principal.organization).await;
    let off = off.map_err(|error| unreadable(&error))?;
    let mut told = Vec::with_capacity(off.len());
    for part in &off {
        let name = state.vault.open(&part.name).await.ok().flatten();
        told.push(parts::told(part, name));
    }
    Ok(problem::json(StatusCode::OK, &json!({ "off": told })))
}

/// The body of a switch.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Switch {
    program: Option<String>,
    erg: Option<String>,
    reason: String,
}

/// `POST /v1/switched-off/add`: nothing more is sent of the programme or ERG; what waits of it is dropped.
pub async fn off(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    switch(&request, payload, &state, true).await
}

/// `POST /v1/switched-off/remove`: what comes from now on is sent; what was dropped stays so.
pub async fn on(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    switch(&request, payload, &state, false).await
}

async fn switch(
    request: &HttpRequest,
    payload: web::Payload,
    state: &ApiState,
    off: bool,
) -> Result<HttpResponse, Problem> {
    let principal = authorize(request, &state.keys, Role::Admin)?;
    let body = state.orders.read(request, payload).await?;
    let asked: Switch = serde_json::from_slice(&body).map_err(|_| {
        Problem::malformed("send {\"program\", \"reason\"} or {\"erg\", \"reason\"}, each as text")
    })?;
    identity::check_reason(&asked.reason).map_err(Problem::malformed)?;
    let named = NamedPart::of(asked.program, asked.erg).map_err(Problem::malformed)?;
    let tenant = tenant_of(state, &principal.organization).await?;
    let doer = Doer::api(request, principal);
    let off_as = if off {
        let sealed = named.sealed(&state.vault, &doer.organization).await;
        Some(sealed.map_err(|_| Problem::storage())?)
    } else {
        None
    };
    let command = TenantCommand::SwitchPart(PartSwitch {
        organization_id: doer.organization.clone(),
        part: named.part(&state.vault),
        off_as,
        reason: asked.reason.trim().to_owned(),
    });
    let what = What {
        act: if off { acts::PART_OFF } else { acts::PART_ON },
        about: Some(named.about(&state.vault)),
        reason: Some(&asked.reason),
    };
    let changing = state.change_tenant(&doer, &tenant, &command);
    let changed = state.audited(&doer, what, changing).await?;
    let answer = json!({ "kind": named.kind, "name": named.name, "off": off, "changed": changed });
    Ok(problem::json(StatusCode::OK, &answer))
}
