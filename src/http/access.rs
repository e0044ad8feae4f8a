//! Who may use the API: a key per caller, for one organization, with roles.

use std::sync::LazyLock;

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Data;
use metrics::counter;

use super::audited;
use super::limits;
use super::problem::Problem;
use crate::audit::refusals::{Refusals, Refused};
use crate::config::{ApiKeys, Principal, Role};
use crate::metrics::WRONG_KEYS;
use crate::telemetry::sampled::Sampled;

/// The caller, if the key is known, has the role, and does not ask too often.
pub fn authorize(request: &HttpRequest, keys: &ApiKeys, role: Role) -> Result<Principal, Problem> {
    let key = key_of(request).ok_or_else(Problem::unauthenticated)?;
    let principal = keys.authenticate(key).ok_or_else(|| wrong_key(request))?;
    if !principal.may(role) {
        note_refused(request, "api", Some((&principal, role)));
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
    note_wrong_key(request, "api");
    Problem::wrong_key()
}

/// Counts a key that nobody knows.
pub(crate) fn note_wrong_key(request: &HttpRequest, surface: &'static str) {
    static TOLD: LazyLock<Sampled> = LazyLock::new(Sampled::default);
    note_refused(request, surface, None);
    counter!(WRONG_KEYS, "surface" => "api").increment(1);
    let peer = request.peer_addr();
    TOLD.tell(|more| tracing::warn!(?peer, more, "an API key is not known, and {more} more before it"));
}

/// Gathers for the audit who was refused: a key that is not known, or one that may not do this.
pub(crate) fn note_refused(request: &HttpRequest, surface: &'static str, known: Option<(&Principal, Role)>) {
    let Some(refusals) = request.app_data::<Data<Refusals>>() else {
        return;
    };
    let refused = Refused {
        organization: known.map(|(principal, _)| principal.organization.clone()),
        surface,
        key: known.map(|(principal, _)| principal.name.clone()),
        role: known.map(|(_, role)| role.as_str()),
    };
    refusals.note(refused, audited::from(request));
}
