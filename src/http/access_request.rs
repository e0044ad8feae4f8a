//! `POST /v1/members/{id}/access-request`: everything that the log holds about a member, for whoever asks to see it.

use std::io;

use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpRequest, HttpResponse, web};
use events::outbound::PersonalValuesOpened;
use events::{EventStore, MemberId, Position, Vault};
use serde::Deserialize;
use tokio::sync::watch;

use super::access::authorize;
use super::audited::Doer;
use super::problem::Problem;
use super::queries::unreadable;
use super::state::ApiState;
use crate::chronus::access_request::telling::Form;
use crate::chronus::access_request::{AccessError, Head, Whose, gather};
use crate::chronus::identity;
use crate::config::Role;

/// What an answer may weigh, in bytes; whatever is more is written by the command.
const MOST: usize = 64 << 20;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AccessRequest {
    reason: String,
}

/// The handler. That the values were opened is recorded before anything is read.
pub async fn access_request(
    request: HttpRequest,
    id: web::Path<String>,
    payload: web::Payload,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let principal = authorize(&request, &state.keys, Role::Admin)?;
    let form = form(request.query_string())?;
    let body = state.orders.read(&request, payload).await?;
    let asked: AccessRequest = serde_json::from_slice(&body)
        .map_err(|_| Problem::malformed("send {\"reason\"}; nothing personal in it"))?;
    identity::check_reason(&asked.reason).map_err(Problem::malformed)?;
    let missing = || Problem::not_found("member");
    let member = MemberId::parse(id.as_str()).map_err(|_| missing())?;
    let doer = Doer::api(&request, principal);
    let organization = doer.organization.clone();
    let traces = state.models.traces(organization.clone(), member.clone()).await;
    let traces = traces.map_err(|error| unreadable(&error))?.ok_or_else(missing)?;
    let opening = PersonalValuesOpened {
        about: format!("member/{member}"),
        by: format!("{} access-request", doer.by),
        reason: asked.reason,
        until: state.clock.now(),
        from: None,
        chain: None,
    };
    state.opened(&doer, opening).await?;
    let whose = Whose::new(&organization, &member, &traces);
    let head = Head {
        organization_id: organization,
        member_id: member,
        people: traces.users,
        log: state.lineage.log_id,
        position: *state.head.borrow(),
    };
    let text = state.told(form, head, whose).await?;
    let mut answer = HttpResponse::Ok();
    let media = match form {
        Form::Ndjson => "application/x-ndjson",
        Form::Page => {
            // The page brings its style along and needs nothing else.
            let policy = "default-src 'none'; style-src 'unsafe-inline'";
            answer.insert_header(("content-security-policy", policy));
            "text/html; charset=utf-8"
        }
    };
    Ok(answer.insert_header((CONTENT_TYPE, media)).body(text))
}

fn form(query: &str) -> Result<Form, Problem> {
    let mut form = Form::Ndjson;
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        form = match (&*name, &*value) {
            ("format", "ndjson") => Form::Ndjson,
            ("format", "page") => Form::Page,
            ("format", _) => return Err(Problem::malformed("format must be ndjson or page")),
            _ => return Err(Problem::malformed(format!("there is no parameter {name:.40}"))),
        };
    }
    Ok(form)
}

impl ApiState {
    /// Reads the log through, in its turn.
    async fn told(&self, form: Form, head: Head, whose: Whose) -> Result<String, Problem> {
        let vault = self.vault.clone();
        let read = self.read_through(move |store, at| async move {
            tell(&*store, &vault, form, &head, &whose, &at).await
        });
        read.await?.map_err(|error| match error {
            AccessError::Write(_) => Problem::conflict(
                "what is kept about the member is more than 64 MiB; stop the service and use chronus-teams access-request",
            ),
            error @ (AccessError::Read(_) | AccessError::Vault(_) | AccessError::Payload { .. }) => unreadable(&error),
        })
    }
}

async fn tell(
    store: &dyn EventStore,
    vault: &Vault,
    form: Form,
    head: &Head,
    whose: &Whose,
    at: &watch::Sender<Position>,
) -> Result<String, AccessError> {
    let (mut text, mut entries) = (form.head(head), 0);
    gather(store, vault, whose, head.position, at, |entry| {
        text.push_str(&form.entry(&entry));
        entries += 1;
        if text.len() > MOST {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(())
    })
    .await?;
    Ok(text + &form.foot(entries))
}
