//! Who may use the API: a key per caller, or a token of a person's, for one organization, with roles.

use std::sync::LazyLock;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::AUTHORIZATION;
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{HttpMessage as _, HttpRequest, ResponseError as _};
use metrics::counter;

use super::audited;
use super::limits;
use super::problem::Problem;
use crate::audit::refusals::{Refusals, Refused};
use crate::config::{ApiKeys, Caller, Principal, Role};
use crate::metrics::{UNCHECKED_TOKENS, WRONG_KEYS};
use crate::sign_in::{SignInError, SignIns};
use crate::telemetry::sampled::Sampled;

/// A person whose token was checked; beside the request.
#[derive(Debug, Clone)]
struct SignedIn(Principal);

/// Middleware for [`actix_web::middleware::from_fn`]: who comes with a token of a configured issuer in place of a key is known to
/// all that follows. Keys have no dots, so nothing is taken for the other.
pub async fn signed_in(
    sign_ins: Data<SignIns>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let token = key_of(request.request()).filter(|key| key.matches('.').count() == 2);
    let token = token.filter(|_| request.path().starts_with("/v1/") && !sign_ins.is_empty());
    let found = match token {
        Some(token) => Some(sign_ins.principal(token).await),
        None => None,
    };
    match found {
        None => {}
        Some(Ok(person)) => drop(request.extensions_mut().insert(SignedIn(person))),
        Some(Err(error)) => {
            let refusal = not_signed_in(request.request(), &error).error_response();
            return Ok(request.into_response(refusal));
        }
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

fn not_signed_in(request: &HttpRequest, error: &SignInError) -> Problem {
    match error {
        SignInError::Unavailable { retry_after } => {
            counter!(UNCHECKED_TOKENS, "surface" => "api").increment(1);
            let seconds = u32::try_from(retry_after.as_secs()).unwrap_or(u32::MAX).max(1);
            Problem::unavailable(error.to_string(), seconds)
        }
        SignInError::Rejected(_) | SignInError::Nobody => {
            note_wrong_key(request, "api");
            Problem::wrong_token(error.to_string())
        }
    }
}

/// The caller, if the key is known, has the role, and does not ask too often.
pub fn authorize(request: &HttpRequest, keys: &ApiKeys, role: Role) -> Result<Principal, Problem> {
    let signed_in = request.extensions().get::<SignedIn>().cloned();
    let principal = if let Some(SignedIn(person)) = signed_in {
        person
    } else {
        let key = key_of(request).ok_or_else(Problem::unauthenticated)?;
        keys.authenticate(key).ok_or_else(|| wrong_key(request))?
    };
    if !principal.may(role) {
        note_refused(request, "api", Some((&principal, role)));
        return Err(Problem::forbidden(role.as_str()));
    }
    limits::take_for(request, &principal, role)?;
    Ok(principal)
}

/// The caller, if the key is known; whether it may do anything is another question.
pub(super) fn known(request: &HttpRequest, keys: &ApiKeys) -> Option<Principal> {
    let signed_in = request.extensions().get::<SignedIn>().cloned();
    match signed_in {
        Some(SignedIn(person)) => Some(person),
        None => keys.authenticate(key_of(request)?),
    }
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
    TOLD.tell(|more| {
        tracing::warn!(
            ?peer,
            more,
            "an API key or token is not known, and {more} more before it"
        );
    });
}

/// Gathers for the audit who was refused: a key that is not known, or one that may not do this.
pub(crate) fn note_refused(request: &HttpRequest, surface: &'static str, known: Option<(&Principal, Role)>) {
    let Some(refusals) = request.app_data::<Data<Refusals>>() else {
        return;
    };
    let refused = Refused {
        organization: known.map(|(principal, _)| principal.organization.clone()),
        surface,
        key: known.map(|(principal, _)| match principal.caller {
            Caller::Key => principal.name.clone(),
            Caller::Person => principal.by(),
        }),
        role: known.map(|(_, role)| role.as_str()),
    };
    refusals.note(refused, audited::from(request));
}
