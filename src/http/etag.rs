//! Whoever asks for the same again and again is told that nothing changed: each answer of the API that is read carries a tag of
//! what it says, and who sends the tag back (`If-None-Match`) gets 304 without a body while it says the same.

use actix_web::Error;
use actix_web::body::{BoxBody, MessageBody, to_bytes};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_TYPE, ETAG, HeaderMap, IF_NONE_MATCH};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use sha2::{Digest as _, Sha256};

use super::problem::Problem;

/// Middleware for [`actix_web::middleware::from_fn`].
pub async fn tagged(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let is_read = request.method() == Method::GET && request.path().starts_with("/v1/");
    let answered = next.call(request).await?.map_into_boxed_body();
    if !is_read || answered.status() != StatusCode::OK {
        return Ok(answered);
    }
    let (request, answer) = answered.into_parts();
    let (mut answer, body) = answer.into_parts();
    // Every answer of the API lies in memory as a whole.
    let Ok(body) = to_bytes(body).await else {
        return Err(Problem::storage().into());
    };
    let tag = tag(&body);
    let is_known = knows(request.headers(), &tag);
    if let Ok(value) = tag.parse() {
        answer.headers_mut().insert(ETAG, value);
    }
    if is_known {
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
        answer.headers_mut().remove(CONTENT_TYPE);
        let nothing = answer.set_body(BoxBody::new(()));
        return Ok(ServiceResponse::new(request, nothing));
    }
    Ok(ServiceResponse::new(request, answer.set_body(BoxBody::new(body))))
}

/// A tag of what an answer says.
fn tag(body: &[u8]) -> String {
    let hash = Sha256::digest(body);
    let first = hash.iter().take(16);
    let text = first.fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    format!("\"{text}\"")
}

/// Whether the caller has what has this tag.
fn knows(headers: &HeaderMap, tag: &str) -> bool {
    let given = headers
        .get_all(IF_NONE_MATCH)
        .filter_map(|value| value.to_str().ok());
    let mut tags = given.flat_map(|value| value.split(','));
    tags.any(|one| {
        let one = one.trim();
        one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag
    })
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_tag_is_known_alone_among_others_weak_or_by_the_star() {
        let tag = tag(b"the same");
        assert_eq!(tag, super::tag(b"the same"));
        assert_ne!(tag, super::tag(b"another"));
        for (given, is_known) in [
            (tag.clone(), true),
            (format!("\"x\", W/{tag}"), true),
            ("*".to_owned(), true),
            ("\"x\"".to_owned(), false),
        ] {
            let request = TestRequest::default().insert_header((IF_NONE_MATCH, given.clone()));
            assert_eq!(
                knows(request.to_srv_request().headers(), &tag),
                is_known,
                "{given}"
            );
        }
    }
}
