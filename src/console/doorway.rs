//! The sign-in page, and the cookies. It carries a token of its own, which the browser must send back in a cookie too: nobody
//! else's page can sign somebody in.

use actix_web::http::StatusCode;
use actix_web::http::header::{COOKIE, HeaderMap, SET_COOKIE};
use actix_web::{HttpResponse, HttpResponseBuilder};
use askama::Template;
use events::OrganizationId;

use super::assets::VERSION;
use super::form::Form;
use super::sessions::{same, token};

/// The session's cookie.
const SESSION: &str = "chronus_console";
/// The sign-in page's cookie.
const DOOR: &str = "chronus_door";

/// What the page says beside its form.
#[derive(Debug, Clone, Default)]
pub(super) struct SignIn {
    /// Where to go afterwards.
    pub(super) to: String,
    /// What somebody typed before their session ended.
    pub(super) kept: String,
    /// Why they are here.
    pub(super) fault: Option<String>,
}

#[derive(Template)]
#[template(path = "sign-in.html", config = "src/console/askama.toml")]
struct Page<'a> {
    version: &'a str,
    sign_in: &'a SignIn,
    door: &'a str,
    words: Vec<(String, String)>,
}

/// Answers with the page.
pub(super) fn page(status: StatusCode, sign_in: &SignIn, secure: bool) -> HttpResponse {
    let Ok(door) = token() else {
        return HttpResponse::ServiceUnavailable()
            .body("the system's random generator gave nothing; try again");
    };
    let page = Page {
        version: &VERSION,
        sign_in,
        door: &door,
        words: Form::read(sign_in.kept.as_bytes()).words(),
    };
    let mut answer = HttpResponse::build(status);
    set(&mut answer, DOOR, &door, "/console", 3_600, secure);
    answer
        .content_type("text/html; charset=utf-8")
        .body(page.render().unwrap_or_default())
}

/// Whether a form comes from the page that this browser was given.
pub(super) fn is_own(headers: &HeaderMap, form: &Form) -> bool {
    cookies(headers, DOOR).any(|door| !door.is_empty() && same(door, form.field("door")))
}

/// Whether the browser keeps cookies of this site at all.
pub(super) fn has_cookie(headers: &HeaderMap) -> bool {
    cookies(headers, DOOR).next().is_some()
}

/// The tokens of sessions that a browser shows; there is one in each part of the paths.
pub(super) fn sessions(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    cookies(headers, SESSION)
}

/// Gives the browser a session.
pub(super) fn give(
    answer: &mut HttpResponseBuilder,
    organization: &OrganizationId,
    token: &str,
    seconds: u64,
    secure: bool,
) {
    set(answer, SESSION, token, &path(organization), seconds, secure);
}

/// Takes it back.
pub(super) fn take(answer: &mut HttpResponseBuilder, organization: &OrganizationId, secure: bool) {
    set(answer, SESSION, "", &path(organization), 0, secure);
}

/// The part of the paths that is an organization's.
pub(super) fn path(organization: &OrganizationId) -> String {
    // An organization's id holds nothing that a path has to write otherwise.
    format!("/console/o/{organization}")
}

fn set(answer: &mut HttpResponseBuilder, name: &str, value: &str, path: &str, seconds: u64, secure: bool) {
    let secure = if secure { "; Secure" } else { "" };
    let cookie = format!("{name}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
    answer.append_header((SET_COOKIE, cookie));
}

fn cookies<'h>(headers: &'h HeaderMap, name: &'static str) -> impl Iterator<Item = &'h str> {
    let lines = headers.get_all(COOKIE).filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';'));
    pairs.filter_map(move |pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name).then_some(value)
    })
}
