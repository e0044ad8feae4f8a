//! Who may use the API: a key per caller, for one organization, with roles.

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;

use super::problem::Problem;
use crate::config::{ApiKeys, Principal, Role};

/// The caller, if the key is known and has the role.
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
    let principal = keys.authenticate(key.trim()).ok_or_else(Problem::wrong_key)?;
    if principal.may(role) {
        Ok(principal)
    } else {
        Err(Problem::forbidden(role.as_str()))
    }
}
