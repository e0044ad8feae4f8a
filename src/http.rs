//! The HTTP surface: the bot endpoint, the intake, queries, health and metrics.

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpResponse, Resource};

use problem::Problem;

pub mod access;
pub mod access_request;
pub mod admin;
pub mod announcements;
pub mod answers;
pub mod audit;
pub mod audited;
pub mod body;
pub mod bot;
pub mod calendar;
mod cursor;
pub mod erasure;
pub mod etag;
pub mod finished;
pub mod gate;
pub mod health;
pub mod idempotency;
mod in_time;
pub mod insight;
pub mod intake;
pub mod keys;
pub mod limits;
pub mod local;
pub mod measured;
pub mod members;
pub mod notifications;
pub mod onboarding;
pub mod openapi;
pub mod openings;
pub mod parameters;
pub mod parts;
pub mod people;
pub mod problem;
pub mod queries;
pub mod reachability;
pub mod reloading;
pub mod reports;
pub mod responses;
pub mod secrets;
pub mod state;
pub mod turns;

/// Every route for operators, on a listener of their own.
pub fn operator_routes(config: &mut ServiceConfig) {
    config
        .service(at("/", "GET").route(web::get().to(insight::to_health)))
        .service(at("/metrics", "GET").route(web::get().to(insight::metrics)))
        .service(at("/health", "GET").route(web::get().to(insight::health)))
        .service(at("/healthz", "GET").route(web::get().to(health::alive)))
        .service(at("/readyz", "GET").route(web::get().to(health::ready_in_detail)))
        .default_service(web::to(|| async { Err::<HttpResponse, _>(Problem::no_route()) }));
}

/// Every route for Teams, Chronus and whoever distributes requests.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(
            at("/api/messages", "POST, HEAD")
                .route(web::post().to(bot::receive))
                .route(web::head().to(bot::probe)),
        )
        .service(at("/v1/events", "POST").route(web::post().to(intake::take_events)))
        .service(at("/v1/announcements", "GET").route(web::get().to(announcements::list)))
        .service(at("/v1/announcements/{id}", "GET").route(web::get().to(announcements::one)))
        .service(at("/v1/announcements/{id}/seen", "GET").route(web::get().to(announcements::seen)))
        .service(at("/v1/announcements/{id}/withdraw", "POST").route(web::post().to(announcements::withdraw)))
        .service(at("/v1/notifications", "GET").route(web::get().to(notifications::list)))
        .service(at("/v1/notifications/{id}", "GET").route(web::get().to(queries::notification)))
        .service(at("/v1/notifications/{id}/why", "GET").route(web::get().to(reports::why_card)))
        .service(at("/v1/why", "GET").route(web::get().to(reports::why_person)))
        .service(at("/v1/reports/{name}", "GET").route(web::get().to(reports::report)))
        .service(at("/v1/responses", "GET").route(web::get().to(queries::responses)))
        .service(at("/v1/responses/given-up", "GET").route(web::get().to(responses::given_up)))
        .service(at("/v1/responses/replay", "POST").route(web::post().to(responses::replay)))
        .service(at("/v1/webhook", "GET").route(web::get().to(responses::webhook)))
        .service(at("/v1/webhook/enable", "POST").route(web::post().to(responses::enable)))
        .service(at("/v1/webhook/disable", "POST").route(web::post().to(responses::disable)))
        .service(at("/v1/preflight", "POST").route(web::post().to(reachability::preflight)))
        .service(at("/v1/reachability", "GET").route(web::get().to(reachability::list)))
        .service(at("/v1/reachability/{person}", "GET").route(web::get().to(reachability::ledger)))
        .service(at("/v1/dead-letters", "GET").route(web::get().to(admin::dead_letters)))
        .service(at("/v1/dead-letters/replay", "POST").route(web::post().to(admin::replay)))
        .service(at("/v1/people/search", "POST").route(web::post().to(people::search)))
        .service(at("/v1/people/{id}", "GET").route(web::get().to(people::person)))
        .service(at("/v1/people/{id}/addresses", "GET").route(web::get().to(people::addresses)))
        .service(at("/v1/addresses/history", "POST").route(web::post().to(people::of_address)))
        .service(at("/v1/conflicts", "GET").route(web::get().to(members::conflicts)))
        .service(at("/v1/left-out", "GET").route(web::get().to(members::left_out)))
        .service(at("/v1/members/{id}", "GET").route(web::get().to(members::member)))
        .service(at("/v1/members/{id}/link", "POST").route(web::post().to(members::link)))
        .service(at("/v1/members/{id}/unlink", "POST").route(web::post().to(members::unlink)))
        .service(at("/v1/members/{id}/automatic", "POST").route(web::post().to(members::automatic)))
        .service(at("/v1/members/{id}/erase", "POST").route(web::post().to(erasure::erase)))
        .service(
            at("/v1/members/{id}/access-request", "POST")
                .route(web::post().to(access_request::access_request)),
        )
        .service(at("/v1/audit", "GET").route(web::get().to(audit::list)))
        .service(
            at("/v1/keys", "GET, POST")
                .route(web::get().to(keys::list))
                .route(web::post().to(keys::make)),
        )
        .service(at("/v1/keys/{id}/rotate", "POST").route(web::post().to(keys::rotate)))
        .service(at("/v1/keys/{id}/revoke", "POST").route(web::post().to(keys::revoke)))
        .service(at("/v1/secrets/reload", "POST").route(web::post().to(secrets::reload)))
        .service(
            at("/v1/organizations", "GET, POST")
                .route(web::get().to(onboarding::list))
                .route(web::post().to(onboarding::register)),
        )
        .service(at("/v1/organization", "GET").route(web::get().to(onboarding::organization)))
        .service(at("/v1/organization/settings", "POST").route(web::post().to(onboarding::set)))
        .service(at("/v1/unlinked-tenants", "GET").route(web::get().to(onboarding::unlinked)))
        .service(
            at("/v1/tenant/link-code", "GET, POST")
                .route(web::get().to(onboarding::code))
                .route(web::post().to(onboarding::make_code)),
        )
        .service(at("/v1/tenant/unlink", "POST").route(web::post().to(onboarding::unlink)))
        .service(at("/v1/tenant", "GET").route(web::get().to(admin::tenant)))
        .service(at("/v1/tenant/enable", "POST").route(web::post().to(admin::enable)))
        .service(at("/v1/tenant/disable", "POST").route(web::post().to(admin::disable)))
        .service(at("/v1/switched-off", "GET").route(web::get().to(parts::list)))
        .service(at("/v1/switched-off/add", "POST").route(web::post().to(parts::off)))
        .service(at("/v1/switched-off/remove", "POST").route(web::post().to(parts::on)))
        .service(at("/v1/openapi.json", "GET").route(web::get().to(openapi::json)))
        .service(at("/v1/docs", "GET").route(web::get().to(openapi::docs)))
        .service(at("/calendar/{file}", "GET").route(web::get().to(calendar::entry)))
        .service(at("/healthz", "GET").route(web::get().to(health::alive)))
        .service(at("/readyz", "GET").route(web::get().to(health::ready)))
        .default_service(web::to(|| async { Err::<HttpResponse, _>(Problem::no_route()) }));
}

/// A path that tells other methods which ones it takes.
fn at(path: &str, allowed: &'static str) -> Resource {
    web::resource(path).default_service(web::to(move || async move {
        Err::<HttpResponse, _>(Problem::method_not_allowed(allowed))
    }))
}
