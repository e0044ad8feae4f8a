//! Health: `/healthz` says that the process answers, `/readyz` that it can do its work.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use events::Position;
use projections::{Health, ReadModels};
use serde_json::json;
use tokio::sync::watch;

use super::problem;

/// Events that the read models may lag behind the log and still count as following.
const LAG: u64 = 10_000;

/// What readiness is read from.
#[derive(Debug)]
pub struct HealthSurface {
    /// The log's head.
    pub head: watch::Receiver<Position>,
    /// The read models.
    pub models: ReadModels,
}

/// `GET /healthz`.
pub async fn alive() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .body("ok\n")
}

/// `GET /readyz`.
pub async fn ready(surface: web::Data<HealthSurface>) -> HttpResponse {
    let (head, folded) = (*surface.head.borrow(), *surface.models.folded().borrow());
    let lag = head.0.saturating_sub(folded.0);
    let (following, reason) = match &*surface.models.health().borrow() {
        Health::Following => (true, None),
        Health::Retrying { reason } => (false, Some(reason.clone())),
        Health::Stopped { position, reason } => {
            (false, Some(format!("stopped at position {position}: {reason}")))
        }
    };
    let is_ready = following && lag <= LAG;
    let status = if is_ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let body = json!({
        "ready": is_ready, "log_position": head, "read_models_position": folded, "lag": lag, "reason": reason,
    });
    problem::json(status, &body)
}
