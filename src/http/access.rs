//! Who may use the API: a key per caller, for one organization, with roles.

use std::sync::LazyLock;

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;
use metrics::counter;

use super::limits;
use super::problem::Problem;
use crate::config::{ApiKeys, Principal, Role};
use crate::metrics::WRONG_KEYS;
use crate::telemetry::sampled::Sampled;

/// The caller, if the key is known, has the role, and does not ask too often.
pub fn authorize(request: &HttpRequest, keys: &ApiKeys, role: Role) -> Result<Principal, Problem> {
    let header = request
        .headers()
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let (scheme, key) = header
        .and_then(|value| value.split_once(' '))
        .ok_or_else(Problem::unauthenticated)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Problem::unauthenticated());
    }
    let principal = keys.authenticate(key.trim()).ok_or_else(|| wrong_key(request))?;
    if !principal.may(role) {
        return Err(Problem::forbidden(role.as_str()));
    }
    limits::take_for(request, &principal, role)?;
    Ok(principal)
}

/// Somebody may be trying keys, or an old one is still in use: counted, and told now and then.
fn wrong_key(request: &HttpRequest) -> Problem {
    static TOLD: LazyLock<Sampled> = LazyLock::new(Sampled::default);
    counter!(WRONG_KEYS, "surface" => "api").increment(1);
    let peer = request.peer_addr();
    TOLD.tell(|more| tracing::warn!(?peer, more, "an API key is not known, and {more} more before it"));
    Problem::wrong_key()
}
