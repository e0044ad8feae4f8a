//! The HTTP surface: the bot endpoint, the intake, queries, health and metrics.

use actix_web::web::{self, ServiceConfig};

pub mod access;
pub mod body;
pub mod bot;
pub mod health;
pub mod insight;
pub mod intake;
pub mod json_depth;
pub mod measured;
pub mod problem;
pub mod queries;

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
        .service(web::resource("/metrics").route(web::get().to(insight::metrics)))
        .service(web::resource("/health").route(web::get().to(insight::health)))
        .service(web::resource("/healthz").route(web::get().to(health::alive)))
        .service(web::resource("/readyz").route(web::get().to(health::ready)));
}
