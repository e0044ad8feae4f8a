//! The pages of Microsoft's login: the metadata, the keys, the token endpoint; with whatever failure is on order.

use actix_web::{HttpResponse, web};
use serde_json::json;

use super::faults::{Effect, Operation};
use super::login::{ISSUER, TokenForm, issuer_of_people};
use super::login_refusal::LoginRefusal;
use super::world::World;

/// Adds the login's routes.
pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/v1/.well-known/openidconfiguration", web::get().to(metadata))
        .route("/v1/.well-known/keys", web::get().to(keys))
        .route(
            "/{tenant}/v2.0/.well-known/openid-configuration",
            web::get().to(metadata_of_people),
        )
        .route("/{tenant}/oauth2/v2.0/token", web::post().to(token));
}

/// The answer to a question about keys that meets a fault on order.
async fn faulty_keys(world: &World) -> Option<HttpResponse> {
    let fault = world.faults.take(Operation::Keys, "", None)?;
    world.delay(&fault).await;
    let Effect::Refuse { status, .. } = fault else {
        return None;
    };
    let status = actix_web::http::StatusCode::from_u16(status)
        .unwrap_or(actix_web::http::StatusCode::SERVICE_UNAVAILABLE);
    Some(HttpResponse::build(status).finish())
}

async fn metadata(world: web::Data<World>) -> HttpResponse {
    if let Some(answer) = faulty_keys(&world).await {
        return answer;
    }
    HttpResponse::Ok().json(json!({
        "issuer": ISSUER,
        "authorization_endpoint": "https://invalid.botframework.com",
        "jwks_uri": format!("{}/v1/.well-known/keys", world.url),
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
    }))
}

async fn metadata_of_people(world: web::Data<World>, tenant: web::Path<String>) -> HttpResponse {
    if let Some(answer) = faulty_keys(&world).await {
        return answer;
    }
    HttpResponse::Ok().json(json!({
        "issuer": issuer_of_people(&world.url, &tenant),
        "jwks_uri": format!("{}/v1/.well-known/keys", world.url),
        "id_token_signing_alg_values_supported": ["RS256"],
        "subject_types_supported": ["pairwise"],
    }))
}

async fn keys(world: web::Data<World>) -> HttpResponse {
    if let Some(answer) = faulty_keys(&world).await {
        return answer;
    }
    HttpResponse::Ok().json(world.keys.jwks())
}

async fn token(
    world: web::Data<World>,
    tenant: web::Path<String>,
    form: Result<web::Form<TokenForm>, actix_web::Error>,
) -> HttpResponse {
    let now = world.clock.now();
    if let Some(fault) = world.faults.take(Operation::Token, &tenant, None) {
        if let Effect::Refuse { status, code, .. } = fault {
            let status = actix_web::http::StatusCode::from_u16(status)
                .unwrap_or(actix_web::http::StatusCode::SERVICE_UNAVAILABLE);
            let description = match code.as_str() {
                "invalid_client" => "AADSTS7000215: Invalid client secret provided.",
                _ => "AADSTS90033: A transient error has occurred.",
            };
            return HttpResponse::build(status).json(json!({
                "error": code, "error_description": description,
            }));
        }
        world.delay(&fault).await;
    }
    let checked = match &form {
        Ok(form) => world.login.check(&world.url, &tenant, form, now),
        Err(_) => Err(LoginRefusal::new(
            400,
            "invalid_request",
            900_144,
            "The request body must be application/x-www-form-urlencoded.",
        )),
    };
    world.stats.count(|stats| &stats.token_requests);
    match checked {
        Ok(()) => match world.login.issue(&tenant, now) {
            Ok(body) => HttpResponse::Ok().json(body),
            Err(_) => HttpResponse::InternalServerError().finish(),
        },
        Err(refusal) => {
            let status = actix_web::http::StatusCode::from_u16(refusal.status)
                .unwrap_or(actix_web::http::StatusCode::BAD_REQUEST);
            HttpResponse::build(status).json(refusal.body(now))
        }
    }
}
