//! In which turn questions are answered.

use actix_web::ResponseError as _;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;
use actix_web::web::Data;
use events::OrganizationId;
use tokio::sync::OwnedSemaphorePermit;

use super::access;
use super::gate::{Gates, Pass};
use super::problem::Problem;
use super::state::ApiState;

/// Middleware for [`actix_web::middleware::from_fn`]: what organizations ask is answered in turn, each one's own, so that
/// whoever asks much waits behind itself. Who is not known is refused by the handlers.
pub async fn read_in_turn(
    state: Data<ApiState>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let asks = request.method() == Method::GET && request.path().starts_with("/v1/");
    let known = asks
        .then(|| access::known(request.request(), &state.keys))
        .flatten();
    let turn = match known {
        None => None,
        Some(principal) => match turn_of(&state.gates, &principal.organization).await {
            Ok(turn) => Some(turn),
            Err(problem) => return Ok(request.into_response(problem.error_response())),
        },
    };
    let answered = next.call(request).await?.map_into_boxed_body();
    drop(turn);
    Ok(answered)
}

async fn turn_of(
    gates: &Gates,
    organization: &OrganizationId,
) -> Result<(Pass, OwnedSemaphorePermit), Problem> {
    let pass = gates.enter(organization)?;
    let turn = pass.reads().await?;
    Ok((pass, turn))
}
