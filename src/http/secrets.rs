//! `POST /v1/secrets/reload`: has the process read its configuration again and take the secrets in it, as SIGHUP does. What they
//! are is told nobody.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use super::access::authorize;
use super::audited::{Doer, What};
use super::in_time::{CHRONUS, in_time};
use super::problem::{self, Problem};
use super::state::ApiState;
use crate::audit::acts;
use crate::chronus::identity;
use crate::config::Role;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    reason: String,
}

/// The handler.
pub async fn reload(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let principal = authorize(&request, &state.keys, Role::Admin)?;
    let body = state.orders.read(&request, payload).await?;
    let order: Order = serde_json::from_slice(&body)
        .map_err(|_| Problem::malformed("send {\"reason\"}; nothing personal in it"))?;
    identity::check_reason(&order.reason).map_err(Problem::malformed)?;
    let doer = Doer::api(&request, principal);
    let what = What {
        reason: Some(&order.reason),
        ..What::plain(acts::SECRETS_RELOAD)
    };
    let reloading = state.reloading.clone();
    let busy = || Problem::unavailable("the configuration is being read; ask again", 2);
    let reading = async {
        let is_usable = in_time(CHRONUS, async move { reloading.ask().await.ok_or_else(busy) }).await?;
        is_usable.then_some(()).ok_or_else(|| {
            Problem::conflict(
                "the configuration cannot be used, so the secrets stay as they were; the log of the service tells what is wrong with it",
            )
        })
    };
    state.audited(&doer, what, reading).await?;
    Ok(problem::json(StatusCode::OK, &json!({ "reloaded": true })))
}
