//! `POST /v1/members/{id}/erase`: what is personal of a member, and of the person that it is, is forgotten.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use events::MemberId;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::access::authorize;
use super::audited::{Doer, What};
use super::problem::{self, Problem};
use super::state::ApiState;
use crate::audit::acts;
use crate::chronus::erasure::{Eraser, Order};
use crate::chronus::identity;
use crate::config::Role;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EraseRequest {
    erasure_id: Uuid,
    reason: String,
}

/// The handler. Answers once the keys are destroyed; the same `erasure_id` again does what is left.
pub async fn erase(
    request: HttpRequest,
    id: web::Path<String>,
    payload: web::Payload,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let principal = authorize(&request, &state.keys, Role::Admin)?;
    let body = state.orders.read(&request, payload).await?;
    let asked: EraseRequest = serde_json::from_slice(&body).map_err(|_| {
        Problem::malformed("send {\"erasure_id\": a UUID of your choice, \"reason\"}; nothing personal in it")
    })?;
    identity::check_reason(&asked.reason).map_err(Problem::malformed)?;
    let missing = || Problem::not_found("member");
    let member = MemberId::parse(id.as_str()).map_err(|_| missing())?;
    let doer = Doer::api(&request, principal);
    let order = Order {
        erasure_id: asked.erasure_id,
        by: doer.by.clone(),
        reason: asked.reason,
        asked_at: state.clock.now(),
    };
    // Not tied to the request: once begun, it goes on even when the caller hangs up.
    let eraser = eraser(&state);
    let work = actix_web::rt::spawn(async move {
        let what = What {
            act: acts::MEMBER_ERASE,
            about: Some(format!("member/{member}")),
            reason: Some(&order.reason),
        };
        let erasing = async {
            let erased = eraser.erase(&doer.organization, &member, &order).await;
            let erased = erased.map_err(|error| {
                tracing::error!(error = &error as &dyn std::error::Error, "an erasure broke off");
                Problem::unavailable(
                    "the erasure broke off; it is done in a minute, or at once when you send the same request again",
                    2,
                )
            })?;
            erased.ok_or_else(missing)
        };
        let erased = state.audited(&doer, what, erasing).await?;
        let people: Vec<Value> = erased
            .people
            .iter()
            .map(|user| json!({ "tenant_id": user.tenant_id, "aad_object_id": user.aad_object_id }))
            .collect();
        let answer = json!({
            "erasure_id": order.erasure_id, "member_id": member, "people": people,
            "keys_destroyed": erased.keys_destroyed, "certificate": erased.certificate,
        });
        Ok(problem::json(StatusCode::OK, &answer))
    });
    work.await.unwrap_or_else(|_| Err(Problem::storage()))
}

fn eraser(state: &ApiState) -> Eraser {
    Eraser {
        models: state.models.clone(),
        vault: state.vault.clone(),
        directory: state.directory.clone(),
        store: std::sync::Arc::clone(&state.store),
        clock: std::sync::Arc::clone(&state.clock),
    }
}
