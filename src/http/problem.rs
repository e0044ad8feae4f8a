//! Errors as problem details (RFC 9457). The caller gets a fixed sentence that says what to do; causes go to the log.

use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCEPT_ENCODING, ALLOW, ContentType, HeaderName, RETRY_AFTER, WWW_AUTHENTICATE,
};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use serde::Serialize;
use serde_json::Value;

use crate::chronus::schema::Fault;

/// The media type of a problem.
pub(super) const PROBLEM: &str = "application/problem+json";

/// How callers of the API say who they are (RFC 6750).
const CHALLENGE: &str = "Bearer realm=\"chronus-teams\"";

/// A problem, as its own answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Problem(Box<Details>);

/// What a problem says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Details {
    /// Names the kind of problem.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words.
    pub title: &'static str,
    /// HTTP status.
    pub status: u16,
    /// What is wrong this time and what to do.
    pub detail: String,
    /// JSON pointer to the fault, where there is one place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// Every fault, where there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Fault>,
    /// Results for each event, where the request carried several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub results: Option<Value>,
    #[serde(skip)]
    headers: Vec<(HeaderName, String)>,
}

impl Problem {
    fn new(status: StatusCode, kind: &str, title: &'static str, detail: impl Into<String>) -> Self {
        let (kind, detail) = (format!("urn:chronus-teams:problem:{kind}"), detail.into());
        let status = status.as_u16();
        Self(Box::new(Details {
            kind,
            title,
            status,
            detail,
            pointer: None,
            errors: Vec::new(),
            results: None,
            headers: Vec::new(),
        }))
    }

    /// 400: the request cannot be read.
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "malformed",
            "The request cannot be read",
            detail,
        )
    }

    /// 401: no key.
    pub fn unauthenticated() -> Self {
        let detail = "send an API key as \"Authorization: Bearer …\"; `chronus-teams keys new` makes one";
        Self::unknown_caller(detail, CHALLENGE)
    }

    /// 401: a key that is not known.
    pub fn wrong_key() -> Self {
        let detail = "this key is not known; compare its SHA-256 with the one that `chronus-teams keys new` printed, \
                      and restart the service after adding it";
        Self::unknown_caller(detail, &format!("{CHALLENGE}, error=\"invalid_token\""))
    }

    /// 401: a person's token that is not taken.
    pub fn wrong_token(detail: impl Into<String>) -> Self {
        let challenge = format!("{CHALLENGE}, error=\"invalid_token\"");
        Self::unknown_caller(detail, &challenge)
    }

    fn unknown_caller(detail: impl Into<String>, challenge: &str) -> Self {
        let status = StatusCode::UNAUTHORIZED;
        Self::new(status, "unauthenticated", "Missing or invalid API key", detail)
            .with_header(WWW_AUTHENTICATE, challenge)
    }

    /// 403: a known key without the role.
    pub fn forbidden(role: &str) -> Self {
        let detail = format!("the key needs the role \"{role}\"");
        Self::new(
            StatusCode::FORBIDDEN,
            "forbidden",
            "The key does not allow this",
            detail,
        )
        .with_header(
            WWW_AUTHENTICATE,
            format!("{CHALLENGE}, error=\"insufficient_scope\", scope=\"{role}\""),
        )
    }

    /// 403: without tokens only this machine is served.
    pub fn not_local(why: &str) -> Self {
        let detail =
            format!("the service runs with --insecure-loopback and serves this machine alone: {why}");
        Self::new(
            StatusCode::FORBIDDEN,
            "not-local",
            "Only this machine is served",
            detail,
        )
    }

    /// 404: nothing has this path.
    pub fn no_route() -> Self {
        let detail = "nothing has this path; docs/chronus-events.md and the README name those there are";
        Self::new(StatusCode::NOT_FOUND, "not-found", "Not found", detail)
    }

    /// 405: the path is there, for other methods.
    pub fn method_not_allowed(allowed: &'static str) -> Self {
        let detail = format!("this path takes {allowed}");
        let status = StatusCode::METHOD_NOT_ALLOWED;
        Self::new(
            status,
            "method-not-allowed",
            "The method is not taken here",
            detail,
        )
        .with_header(ALLOW, allowed)
    }

    /// A refusal that came about before a handler could tell why.
    pub fn refused(status: StatusCode) -> Self {
        let detail = "the request cannot be taken; check its path, its parameters and its headers";
        Self::new(status, "refused", "The request was refused", detail)
    }

    /// 404: not there, or another organization's.
    pub fn not_found(what: &str) -> Self {
        let detail = format!("there is no such {what} in your organization");
        Self::new(StatusCode::NOT_FOUND, "not-found", "Not found", detail)
    }

    /// 409: a cursor that is of another log, or of a part of this one that is gone.
    pub fn cursor(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "cursor",
            "The cursor is not of this log",
            detail,
        )
    }

    /// 409: what is asked contradicts what counts more.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", "This cannot be so", detail)
    }

    /// 409: the same request is being carried out.
    pub fn under_way(seconds: u64) -> Self {
        let detail = "the first request with this Idempotency-Key is being carried out; send the same one again after Retry-After";
        Self::new(
            StatusCode::CONFLICT,
            "under-way",
            "The request is under way",
            detail,
        )
        .with_header(RETRY_AFTER, seconds.to_string())
    }

    /// 422: an idempotency key that another request had.
    pub fn key_of_another() -> Self {
        let detail = "this Idempotency-Key was used for another request; a key is for one method, path, body and API key. \
                      Send a new one";
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        Self::new(status, "key-of-another", "The Idempotency-Key was used", detail)
    }

    /// 413: the body is larger than allowed.
    pub fn too_large(limit: usize) -> Self {
        let detail = format!("the body may have at most {limit} bytes; send fewer events at a time");
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-large",
            "The request is too large",
            detail,
        )
    }

    /// 413: the batch holds more events than allowed.
    pub fn too_many(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-many",
            "The batch is too large",
            detail,
        )
    }

    /// 415: a coding of the body that is not read.
    pub fn unsupported_coding() -> Self {
        let detail = "the body may be plain or gzip, coded once; send it so";
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        let problem = Self::new(
            status,
            "unsupported-coding",
            "The body's coding is not read",
            detail,
        );
        problem.with_header(ACCEPT_ENCODING, "gzip")
    }

    /// 415: a character set that is not read.
    pub fn unsupported_charset(detail: impl Into<String>) -> Self {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        Self::new(
            status,
            "unsupported-charset",
            "The body's characters are not read",
            detail,
        )
    }

    /// 422: no event of the request was taken; where it was one, with what was wrong first.
    pub fn rejected(results: Value, only: Option<String>) -> Self {
        let detail = match only {
            Some(fault) => format!("the event was not taken: {fault}"),
            None => "no event of the request was taken; see results".to_owned(),
        };
        let mut problem = Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "rejected",
            "The events are not valid",
            detail,
        );
        problem.0.results = Some(results);
        problem
    }

    /// One event of a request that was not taken.
    pub fn invalid_event(detail: impl Into<String>, pointer: Option<String>) -> Self {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        let mut problem = Self::new(status, "invalid-event", "The event is not valid", detail);
        problem.0.pointer = pointer;
        problem
    }

    /// The same with a header of the answer.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.0.headers.push((name, value.into()));
        self
    }

    /// What is wrong first, after its place.
    pub fn place_and_detail(&self) -> String {
        match self.0.pointer.as_deref() {
            None | Some("") => self.0.detail.clone(),
            Some(pointer) => format!("{pointer} {}", self.0.detail),
        }
    }

    /// The HTTP status.
    pub(crate) fn status(&self) -> u16 {
        self.0.status
    }

    /// The kind in words, and what is wrong this time.
    pub(crate) fn words(&self) -> (&'static str, &str) {
        (self.0.title, &self.0.detail)
    }

    /// How many faults it tells.
    pub fn faults(&self) -> usize {
        self.0.errors.len().max(1)
    }

    /// The same with every fault of the event.
    #[must_use]
    pub fn with_errors(mut self, errors: Vec<Fault>) -> Self {
        self.0.errors = errors;
        self
    }

    /// 429: more than a limit allows; one more may be sent after `seconds`.
    pub fn too_often(detail: impl Into<String>, seconds: u64) -> Self {
        let status = StatusCode::TOO_MANY_REQUESTS;
        Self::new(status, "too-often", "Too many requests", detail)
            .with_header(RETRY_AFTER, seconds.to_string())
    }

    /// 503: nothing was stored; the same request may be sent again after `seconds`.
    pub fn unavailable(detail: impl Into<String>, seconds: u32) -> Self {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        let problem = Self::new(status, "unavailable", "The service cannot do this now", detail);
        problem.with_header(RETRY_AFTER, seconds.to_string())
    }

    /// 503 because the log or a read model failed. Whether anything was stored may be unknown.
    pub fn storage() -> Self {
        Self::unavailable(
            "it was not stored, or not known to be; send the same request again, what is stored already is recognised",
            2,
        )
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.0.title, self.0.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response: HttpResponseBuilder = HttpResponse::build(self.status_code());
        for (name, value) in &self.0.headers {
            response.insert_header((name, value.as_str()));
        }
        let body = serde_json::to_string(self).unwrap_or_default();
        response
            .insert_header((actix_web::http::header::CONTENT_TYPE, PROBLEM))
            .body(body)
    }
}

/// A JSON answer.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> HttpResponse {
    match serde_json::to_string(body) {
        Ok(body) => HttpResponse::build(status)
            .content_type(ContentType::json())
            .body(body),
        Err(error) => {
            tracing::error!(%error, "an answer could not be written as JSON");
            HttpResponse::InternalServerError().finish()
        }
    }
}
