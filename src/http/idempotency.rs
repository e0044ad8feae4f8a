//! `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header, revision 7) for every change: the same key with the same request gets
//! the first answer again, for a day, on any node. What was begun goes on where the caller hangs up.

use actix_web::body::{BoxBody, MessageBody, to_bytes};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::{Bytes, Data, Payload};
use actix_web::{Error, HttpMessage as _, HttpResponse, ResponseError as _};
use events::outbound::KeptAnswer;
use sha2::{Digest as _, Sha256};

use super::access::authorize;
use super::openapi;
use super::problem::{PROBLEM, Problem};
use super::state::ApiState;
use crate::config::{KeyHash, Principal, Role};
use crate::repeats::state::Ask;
use crate::repeats::{Claim, Turn};

mod header;

/// Says that an answer was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// Longest answer that is kept, in bytes. After a longer one a repeat is carried out, which ids of its body make harmless.
const LONGEST_ANSWER: usize = 256 * 1_024;

/// Beside an answer that is shown only once: what a repeat gets in its place.
#[derive(Debug, Clone)]
pub(super) struct RepeatGets(pub(super) Problem);

/// Middleware for [`actix_web::middleware::from_fn`].
pub async fn once(
    state: Data<ApiState>,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let pattern = request.match_pattern();
    let role = pattern.and_then(|pattern| openapi::role_of_change(request.method().as_str(), &pattern));
    let Some(role) = role.filter(|_| request.headers().contains_key(header::NAME)) else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    match turn(&state, &mut request, role).await {
        Err(problem) => Ok(request.into_response(problem.error_response())),
        Ok(Turn::Again(kept)) => Ok(request.into_response(replayed(kept))),
        Ok(Turn::UnderWay(seconds)) => {
            Ok(request.into_response(Problem::under_way(seconds).error_response()))
        }
        Ok(Turn::Other) => Ok(request.into_response(Problem::key_of_another().error_response())),
        Ok(Turn::TooMany(seconds)) => {
            let detail = "so many changes were asked for with keys within a day that no more are kept; send this one without";
            let problem = Problem::too_often(detail, seconds);
            Ok(request.into_response(problem.error_response()))
        }
        Ok(Turn::Now(claim)) => {
            request.extensions_mut().insert(claim.once());
            let carried_out = actix_web::rt::spawn(carry_out(claim, request, next));
            carried_out
                .await
                .unwrap_or_else(|_| Err(Problem::storage().into()))
        }
    }
}

/// Who asks, for what, and whether it is their turn.
async fn turn(state: &ApiState, request: &mut ServiceRequest, role: Role) -> Result<Turn, Problem> {
    let principal = authorize(request.request(), &state.keys, role)?;
    let key = header::key_of(request.headers())?;
    let key = key.ok_or_else(|| Problem::malformed("send one Idempotency-Key"))?;
    let payload = request.extract::<Payload>().await;
    let payload = payload.map_err(|_| Problem::malformed("the body cannot be read"))?;
    let body = state
        .orders
        .receive(request.request(), payload)
        .await?
        .into_bytes();
    let ask = Ask {
        key: KeyHash::of(&key).to_string(),
        request: fingerprint(request, &principal, &body),
    };
    request.set_payload(actix_web::dev::Payload::from(body));
    let turn = state.repeats.begin(&principal.organization, ask).await;
    turn.map_err(|error| {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "whether a request was seen before is not known, so it is not carried out"
        );
        Problem::storage()
    })
}

/// What is asked for and by whom.
fn fingerprint(request: &ServiceRequest, principal: &Principal, body: &Bytes) -> String {
    let mut hash = Sha256::new();
    let by = principal.by();
    // Another key may have the name of one that was taken back.
    let key = principal.key_id.map(|id| id.to_string()).unwrap_or_default();
    let asked = [
        by.as_bytes(),
        key.as_bytes(),
        request.method().as_str().as_bytes(),
        request.path().as_bytes(),
        request.query_string().as_bytes(),
        body,
    ];
    for part in asked {
        // The length before each part: no two requests have the same parts in a row.
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let digest = hash.finalize();
    digest
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

async fn carry_out(
    claim: Claim,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let answered = next.call(request).await?.map_into_boxed_body();
    let (request, answer) = answered.into_parts();
    let instead = answer.extensions().get::<RepeatGets>().cloned();
    let (answer, body) = answer.into_parts();
    // Every answer of the API lies in memory as a whole.
    let Ok(body) = to_bytes(body).await else {
        return Err(Problem::storage().into());
    };
    let kept = match instead {
        Some(RepeatGets(problem)) => Some(KeptAnswer {
            status: problem.status(),
            body: serde_json::to_string(&problem).unwrap_or_default(),
        }),
        None => kept(answer.status(), &body),
    };
    if let Err(error) = claim.settle(kept).await {
        // The change is made; a repeat takes it up, finds what was recorded, and is answered like this one.
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "the answer to a request could not be kept for its repeats"
        );
    }
    Ok(ServiceResponse::new(request, answer.set_body(BoxBody::new(body))))
}

/// What a repeat is answered; nothing where the request was not carried out for a reason that may pass.
fn kept(status: StatusCode, body: &Bytes) -> Option<KeptAnswer> {
    let passes = matches!(
        status,
        StatusCode::UNAUTHORIZED
            | StatusCode::FORBIDDEN
            | StatusCode::REQUEST_TIMEOUT
            | StatusCode::TOO_MANY_REQUESTS
    );
    if passes || status.is_server_error() || body.len() > LONGEST_ANSWER {
        return None;
    }
    Some(KeptAnswer {
        status: status.as_u16(),
        body: std::str::from_utf8(body).ok()?.to_owned(),
    })
}

fn replayed(kept: KeptAnswer) -> HttpResponse {
    let status = StatusCode::from_u16(kept.status).unwrap_or(StatusCode::OK);
    let media = if status.is_success() {
        "application/json"
    } else {
        PROBLEM
    };
    HttpResponse::build(status)
        .insert_header((CONTENT_TYPE, media))
        .insert_header((REPLAYED, HeaderValue::from_static("true")))
        .body(kept.body)
}
