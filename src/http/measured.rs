//! Measures every request: how many by route and status, and how long they took. Routes are those of the service, so
//! whatever path is asked for, the number of labels stays bounded.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use metrics::{counter, histogram};
use tokio::time::Instant;

use crate::metrics::{REQUEST_TIME, REQUESTS};

/// Middleware for [`actix_web::middleware::from_fn`].
pub async fn measured(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let begun = Instant::now();
    let route = request.match_pattern().unwrap_or_else(|| "none".to_owned());
    let answered = next.call(request).await;
    let status = match &answered {
        Ok(answer) => answer.status(),
        Err(error) => error.as_response_error().status_code(),
    };
    counter!(REQUESTS, "route" => route.clone(), "status" => status.as_str().to_owned()).increment(1);
    histogram!(REQUEST_TIME, "route" => route).record(begun.elapsed().as_secs_f64());
    answered
}
