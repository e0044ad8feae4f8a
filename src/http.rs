//! The HTTP surface: the bot endpoint, the intake, queries, health and metrics.

use actix_web::web::{self, ServiceConfig};

pub mod access;
pub mod admin;
pub mod body;
pub mod bot;
mod cursor;
pub mod health;
pub mod insight;
pub mod intake;
pub mod measured;
pub mod members;
pub mod parameters;
pub mod problem;
pub mod queries;
pub mod reachability;
pub mod responses;

/// Every route.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/api/messages")
                .route(web::post().to(bot::receive))
                .route(web::head().to(bot::probe)),
        )
        .service(web::resource("/v1/events").route(web::post().to(intake::take_events)))
        .service(web::resource("/v1/notifications/{id}").route(web::get().to(queries::notification)))
        .service(web::resource("/v1/responses").route(web::get().to(queries::responses)))
        .service(web::resource("/v1/responses/given-up").route(web::get().to(responses::given_up)))
        .service(web::resource("/v1/responses/replay").route(web::post().to(responses::replay)))
        .service(web::resource("/v1/webhook").route(web::get().to(responses::webhook)))
        .service(web::resource("/v1/webhook/enable").route(web::post().to(responses::enable)))
        .service(web::resource("/v1/webhook/disable").route(web::post().to(responses::disable)))
        .service(web::resource("/metrics").route(web::get().to(insight::metrics)))
        .service(web::resource("/health").route(web::get().to(insight::health)))
        .service(web::resource("/v1/preflight").route(web::post().to(reachability::preflight)))
        .service(web::resource("/v1/reachability").route(web::get().to(reachability::list)))
        .service(web::resource("/v1/reachability/{person}").route(web::get().to(reachability::ledger)))
        .service(web::resource("/v1/dead-letters").route(web::get().to(admin::dead_letters)))
        .service(web::resource("/v1/dead-letters/replay").route(web::post().to(admin::replay)))
        .service(web::resource("/v1/conflicts").route(web::get().to(members::conflicts)))
        .service(web::resource("/v1/left-out").route(web::get().to(members::left_out)))
        .service(web::resource("/v1/members/{id}").route(web::get().to(members::member)))
        .service(web::resource("/v1/members/{id}/link").route(web::post().to(members::link)))
        .service(web::resource("/v1/members/{id}/unlink").route(web::post().to(members::unlink)))
        .service(web::resource("/v1/members/{id}/automatic").route(web::post().to(members::automatic)))
        .service(web::resource("/v1/tenant").route(web::get().to(admin::tenant)))
        .service(web::resource("/v1/tenant/enable").route(web::post().to(admin::enable)))
        .service(web::resource("/v1/tenant/disable").route(web::post().to(admin::disable)))
        .service(web::resource("/healthz").route(web::get().to(health::alive)))
        .service(web::resource("/readyz").route(web::get().to(health::ready)));
}
