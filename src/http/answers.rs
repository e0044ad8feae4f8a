//! What every answer has, whoever made it: nothing is kept by caches on the way or guessed at by browsers, and a refusal
//! of the API says why, also one that came about before a handler was asked.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderMap, X_CONTENT_TYPE_OPTIONS};
use actix_web::middleware::{DefaultHeaders, Next};
use actix_web::{Error, ResponseError as _};

use super::problem::{PROBLEM, Problem};

/// Answers hold personal data, keys, or what is so this second.
pub fn headers() -> DefaultHeaders {
    DefaultHeaders::new()
        .add((CACHE_CONTROL, "no-store"))
        .add((X_CONTENT_TYPE_OPTIONS, "nosniff"))
}

/// Middleware for [`actix_web::middleware::from_fn`]: a refusal that is no problem yet becomes one.
pub async fn problems(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let is_api = request.path().starts_with("/v1/");
    let answered = next.call(request).await?;
    let status = answered.status();
    if is_api && status.is_client_error() && !is_problem(answered.headers()) {
        let (request, _) = answered.into_parts();
        return Ok(ServiceResponse::new(
            request,
            Problem::refused(status).error_response(),
        ));
    }
    Ok(answered.map_into_boxed_body())
}

fn is_problem(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|value| value == PROBLEM)
}
