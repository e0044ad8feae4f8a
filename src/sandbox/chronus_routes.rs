//! Where the webhook's deliveries come in.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;

use super::chronus::{Head, Received};
use super::journal::Entry;
use super::world::World;

/// Takes a delivery.
pub(super) async fn receive(
    world: web::Data<World>,
    request: HttpRequest,
    organization: web::Path<String>,
    body: web::Bytes,
) -> HttpResponse {
    let now = world.clock.now();
    let chronus = &world.chronus;
    let head = Head::of(&request).filter(|head| chronus.genuine(&organization, head, &body, now));
    let Some(head) = head else {
        chronus.count_forged(organization.into_inner());
        return HttpResponse::Unauthorized().finish();
    };
    if let Some(failing) = chronus.take_failure(&organization) {
        let status = StatusCode::from_u16(failing.status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
        let mut answer = HttpResponse::build(status);
        if let Some(seconds) = failing.retry_after {
            let value = if failing.as_date {
                let at =
                    now + chrono::TimeDelta::seconds(i64::from(u32::try_from(seconds).unwrap_or(u32::MAX)));
                at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
            } else {
                seconds.to_string()
            };
            answer.insert_header(("Retry-After", value));
        }
        return answer.finish();
    }
    let Ok(event) = serde_json::from_slice::<Value>(&body) else {
        return HttpResponse::BadRequest().finish();
    };
    if !chronus.fits(&organization, &event) {
        return HttpResponse::UnprocessableEntity().finish();
    }
    let received = Received {
        id: head.id.to_owned(),
        at: now,
        body: event,
    };
    if chronus.keep(&organization, received.clone()) {
        let entry = Entry::Answer {
            organization: organization.into_inner(),
            received,
        };
        if world.journal.append(&entry).kept().await.is_err() {
            return HttpResponse::ServiceUnavailable().finish();
        }
        world.changed();
    }
    HttpResponse::NoContent().finish()
}
