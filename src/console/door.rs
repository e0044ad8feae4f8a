//! Signing in with an API key, and out. The key is compared in constant time and kept nowhere; wrong ones are counted with
//! those of the API.

use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::web::{Data, Payload, Query};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse};
use events::OrganizationId;
use serde::Deserialize;

use super::doorway::{self, SignIn};
use super::fault::{Fault, Resume, resumed};
use super::form::Form;
use super::surface::ConsoleSurface;
use super::visit::{For, Visit};
use crate::config::{Principal, Role};
use crate::http::problem::Problem;

/// Longest address that somebody is led to afterwards.
const LONGEST: usize = 2_000;

/// Where to go afterwards.
#[derive(Debug, Default, Deserialize)]
pub(super) struct To {
    #[serde(default)]
    to: String,
}

/// `GET /console`.
pub(super) async fn to_door() -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, "/console/sign-in"))
        .finish()
}

/// `GET /console/sign-in`.
pub(super) async fn show(console: Data<ConsoleSurface>, to: Query<To>) -> HttpResponse {
    let sign_in = SignIn {
        to: within(&to.to).unwrap_or_default().to_owned(),
        ..SignIn::default()
    };
    doorway::page(StatusCode::OK, &sign_in, console.secure)
}

/// `POST /console/sign-in`.
pub(super) async fn sign_in(
    request: HttpRequest,
    payload: Payload,
    console: Data<ConsoleSurface>,
) -> Result<HttpResponse, Fault> {
    if request.content_type() != "application/x-www-form-urlencoded" {
        return Err(Fault::malformed("send the form of the sign-in page"));
    }
    let form = Form::read(&console.api.orders.read_any(&request, payload).await?);
    let again = |status, fault: &str| {
        let sign_in = SignIn {
            to: within(form.field("to")).unwrap_or_default().to_owned(),
            kept: form.field("kept").to_owned(),
            fault: Some(fault.to_owned()),
        };
        Ok(doorway::page(status, &sign_in, console.secure))
    };
    if !doorway::is_own(request.headers(), &form) {
        return again(StatusCode::FORBIDDEN, no_cookie(&request));
    }
    let Some(principal) = console.api.keys.authenticate(form.field("key").trim()) else {
        crate::http::access::note_wrong_key(&request, "console");
        return again(
            StatusCode::UNAUTHORIZED,
            "This key is not known here. Look whether all of it was pasted; \"chronus-teams keys new\" makes one.",
        );
    };
    if ![Role::Read, Role::Analyst]
        .iter()
        .any(|role| principal.may(*role))
    {
        return again(
            StatusCode::FORBIDDEN,
            "This key may only hand over events. The console takes keys with the role read, analyst or admin.",
        );
    }
    let_in(&console, principal, &form)
}

fn let_in(console: &ConsoleSurface, principal: Principal, form: &Form) -> Result<HttpResponse, Fault> {
    let organization = principal.organization.clone();
    let begun = console.sessions.begin(principal);
    let (token, session) = begun.map_err(|error| {
        tracing::error!(%error, "a session could not be made");
        Problem::storage()
    })?;
    let seconds = console.sessions.lasts().as_secs();
    let to = destination(form.field("to"), &organization);
    let kept = form.given("kept").filter(|_| !to.is_empty());
    let mut answer = HttpResponse::SeeOther();
    doorway::give(&mut answer, &organization, &token, seconds, console.secure);
    let home = doorway::path(&organization);
    let to = if to.is_empty() { home } else { to.to_owned() };
    let led = answer.insert_header((LOCATION, to.as_str())).finish();
    let Some(kept) = kept else { return Ok(led) };
    let resume = Resume {
        to,
        form_token: session.form_token.clone(),
        words: Form::read(kept.as_bytes()).words(),
    };
    let mut page = resumed(StatusCode::OK, &resume);
    for cookie in led.headers().get_all(actix_web::http::header::SET_COOKIE) {
        page.headers_mut()
            .append(actix_web::http::header::SET_COOKIE, cookie.clone());
    }
    Ok(page)
}

/// `POST /console/o/{organization}/sign-out`.
pub(super) async fn sign_out(
    request: HttpRequest,
    payload: Payload,
    console: Data<ConsoleSurface>,
) -> Result<HttpResponse, Fault> {
    let (visit, _) = Visit::with_form(&request, payload, For::Everybody).await?;
    for token in doorway::sessions(request.headers()) {
        let own = console.sessions.find(token);
        if own.is_some_and(|own| own.principal.organization == visit.organization) {
            console.sessions.end(token);
        }
    }
    let mut answer = HttpResponse::SeeOther();
    doorway::take(&mut answer, &visit.organization, console.secure);
    Ok(answer.insert_header((LOCATION, "/console/sign-in")).finish())
}

fn no_cookie(request: &HttpRequest) -> &'static str {
    if doorway::has_cookie(request.headers()) {
        "This page was opened more than once; sign in here."
    } else {
        "Your browser did not send the page's cookie back. It has to take cookies from this address; where the console \
         is opened over http and not https, the operator sets console.secure_cookie = false."
    }
}

/// An address of ours; nothing else is ever led to.
fn within(to: &str) -> Option<&str> {
    let plain = to.len() <= LONGEST && to.chars().all(|c| c.is_ascii_graphic() && c != '\\');
    (plain && to.starts_with("/console/o/") && !to.contains("..")).then_some(to)
}

/// The same where it is this organization's; empty where it is not.
fn destination<'t>(to: &'t str, organization: &OrganizationId) -> &'t str {
    let home = doorway::path(organization);
    let rest = within(to).and_then(|to| to.strip_prefix(&home));
    let theirs = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
    if theirs { to } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_out_of_the_organizations_pages() {
        let acme = OrganizationId::parse("acme").unwrap();
        for good in [
            "/console/o/acme",
            "/console/o/acme/log?type=A",
            "/console/o/acme?x=1",
        ] {
            assert_eq!(destination(good, &acme), good);
        }
        for bad in [
            "",
            "/",
            "https://evil.example/console/o/acme",
            "//evil.example",
            "/console/o/acme2",
            "/console/o/bolt/log",
            "/console/o/acme/../../x",
            "/console/o/acme/\\evil",
            "/console/o/acme\r\nSet-Cookie: x",
        ] {
            assert_eq!(destination(bad, &acme), "", "{bad:?}");
        }
    }
}
