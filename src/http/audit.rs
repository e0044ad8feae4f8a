//! `GET /v1/audit`: who did what in the organization, when, why and from where.

use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpRequest, HttpResponse, web};
use events::Recorded;
use serde::Deserialize;
use serde_json::{Value, json};

use super::access::authorize;
use super::audited::Doer;
use super::problem::{self, Problem};
use super::queries::unreadable;
use super::state::ApiState;
use crate::audit::{acts, entry, stream_of, syslog};
use crate::config::Role;

/// Entries in one page, where the caller does not say, and at most.
const PAGE: usize = 100;
const LARGEST_PAGE: usize = 1_000;

/// Which entries.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditQuery {
    #[serde(default)]
    after: u64,
    limit: Option<usize>,
    format: Option<Form>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Form {
    #[default]
    Json,
    Ndjson,
    Syslog,
}

/// The handler. That the audit was read is itself in the audit, where a key reads it for the first time in a while.
pub async fn list(
    request: HttpRequest,
    query: Result<web::Query<AuditQuery>, actix_web::Error>,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let principal = authorize(&request, &state.keys, Role::Audit)?;
    let query = query
        .map_err(|_| {
            Problem::malformed("take after, limit and format (json, ndjson, syslog), and nothing else")
        })?
        .into_inner();
    let doer = Doer::api(&request, principal);
    state.audit_is_read(&doer).await?;
    let limit = query.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE);
    let stream = stream_of(Some(&doer.organization));
    let found = entry::after(&*state.store, &stream, query.after, limit).await;
    let found = found.map_err(|error| unreadable(&error))?;
    let entries = found.iter().map(entry::told);
    let form = query.format.unwrap_or_default();
    if form == Form::Json {
        let next = found.last().map_or(query.after, |last| last.version.0);
        let entries: Vec<Value> = entries.collect();
        let page = json!({ "entries": entries, "next": next, "more": found.len() == limit });
        return Ok(problem::json(StatusCode::OK, &page));
    }
    Ok(lines(form, &found))
}

fn lines(form: Form, found: &[Recorded]) -> HttpResponse {
    let (media, text): (&str, String) = match form {
        Form::Syslog => {
            let lines = found.iter().map(|event| syslog::line(&entry::told(event)) + "\n");
            ("text/plain; charset=utf-8", lines.collect())
        }
        Form::Json | Form::Ndjson => {
            let lines = found.iter().map(|event| format!("{}\n", entry::told(event)));
            ("application/x-ndjson", lines.collect())
        }
    };
    HttpResponse::Ok().insert_header((CONTENT_TYPE, media)).body(text)
}

impl ApiState {
    async fn audit_is_read(&self, doer: &Doer) -> Result<(), Problem> {
        self.once_in_a_while(doer, acts::AUDIT_READ).await
    }
}
