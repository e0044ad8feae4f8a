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
    let key = key_of(request).ok_or_else(Problem::unauthenticated)?;
    let principal = keys.authenticate(key).ok_or_else(|| wrong_key(request))?;
    if !principal.may(role) {
        return Err(Problem::forbidden(role.as_str()));
    }
    limits::take_for(request, &principal, role)?;
    Ok(principal)
}

/// The caller, if the key is known; whether it may do anything is another question.
pub(super) fn known(request: &HttpRequest, keys: &ApiKeys) -> Option<Principal> {
    keys.authenticate(key_of(request)?)
}

fn key_of(request: &HttpRequest) -> Option<&str> {
    let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

/// Somebody may be trying keys, or an old one is still in use: counted, and told now and then.
fn wrong_key(request: &HttpRequest) -> Problem {
    note_wrong_key(request);
    Problem::wrong_key()
}

/// Counts a key that nobody knows.
pub(crate) fn note_wrong_key(request: &HttpRequest) {
    static TOLD: LazyLock<Sampled> = LazyLock::new(Sampled::default);
    counter!(WRONG_KEYS, "surface" => "api").increment(1);
    let peer = request.peer_addr();
    TOLD.tell(|more| tracing::warn!(?peer, more, "an API key is not known, and {more} more before it"));
}
