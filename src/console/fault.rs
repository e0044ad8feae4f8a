//! Why there is no page, as a page: with what to do, and without losing what somebody typed.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, ResponseError};
use askama::Template;
use url::form_urlencoded;

use super::assets::VERSION;
use super::doorway::{self, SignIn};
use crate::http::problem::Problem;

/// Why there is no page.
#[derive(Debug)]
pub(super) enum Fault {
    /// Nobody is signed in here.
    SignIn {
        /// Where they wanted to go.
        to: String,
    },
    /// The session ended while somebody filled a form.
    Ended {
        /// Where the form leads.
        to: String,
        /// What they typed.
        kept: String,
        /// Whether cookies are for https alone.
        secure: bool,
    },
    /// They came by a link on another site, with which browsers send no cookie of ours: once more, from here.
    FromElsewhere {
        /// Where they wanted to go.
        to: String,
    },
    /// The form is of another session: they have to look at it once more.
    Stale(Box<Resume>),
    /// Anything else.
    Problem(Problem),
}

/// A form that was filled, to be sent once more.
#[derive(Debug, Clone)]
pub(super) struct Resume {
    /// Where it leads.
    pub(super) to: String,
    /// The session's token.
    pub(super) form_token: String,
    /// What was typed or chosen.
    pub(super) words: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "problem.html", config = "src/console/askama.toml")]
struct ProblemPage<'a> {
    version: &'a str,
    status: u16,
    title: &'a str,
    detail: &'a str,
}

#[derive(Template)]
#[template(path = "resume.html", config = "src/console/askama.toml")]
struct ResumePage<'a> {
    version: &'a str,
    resume: &'a Resume,
}

#[derive(Template)]
#[template(path = "elsewhere.html", config = "src/console/askama.toml")]
struct Elsewhere<'a> {
    to: &'a str,
}

impl Fault {
    /// There is no such thing here.
    pub(super) fn nothing(what: &str) -> Self {
        Self::Problem(Problem::not_found(what))
    }

    /// What was asked for makes no sense.
    pub(super) fn malformed(what: impl fmt::Display) -> Self {
        Self::Problem(Problem::malformed(what.to_string()))
    }
}

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SignIn { .. } => f.write_str("nobody is signed in"),
            Self::Ended { .. } => f.write_str("the session ended"),
            Self::FromElsewhere { .. } => f.write_str("a link on another site led here"),
            Self::Stale(_) => f.write_str("the form is of another session"),
            Self::Problem(problem) => problem.fmt(f),
        }
    }
}

impl ResponseError for Fault {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::SignIn { .. } => StatusCode::SEE_OTHER,
            Self::Ended { .. } => StatusCode::FORBIDDEN,
            Self::FromElsewhere { .. } => StatusCode::OK,
            Self::Stale(_) => StatusCode::CONFLICT,
            Self::Problem(problem) => problem.status_code(),
        }
    }

    fn error_response(&self) -> HttpResponse {
        match self {
            Self::SignIn { to } => {
                let query = form_urlencoded::Serializer::new(String::new())
                    .append_pair("to", to)
                    .finish();
                let to = format!("/console/sign-in?{query}");
                HttpResponse::SeeOther().insert_header((LOCATION, to)).finish()
            }
            Self::Ended { to, kept, secure } => {
                let sign_in = SignIn {
                    to: to.clone(),
                    kept: kept.clone(),
                    fault: Some(
                        "Your session ended. Sign in again: what you typed is kept and is sent when you say so."
                            .to_owned(),
                    ),
                };
                doorway::page(self.status_code(), &sign_in, *secure)
            }
            Self::FromElsewhere { to } => html(self.status_code(), &Elsewhere { to }),
            Self::Stale(resume) => resumed(self.status_code(), resume),
            Self::Problem(problem) => {
                let (title, detail) = problem.words();
                let page = ProblemPage {
                    version: &VERSION,
                    status: problem.status_code().as_u16(),
                    title,
                    detail,
                };
                let mut answer = html(problem.status_code(), &page);
                // How long to wait, and the like.
                for (name, value) in problem.error_response().headers() {
                    if name != actix_web::http::header::CONTENT_TYPE {
                        answer.headers_mut().insert(name.clone(), value.clone());
                    }
                }
                answer
            }
        }
    }
}

/// The form once more, with what was typed.
pub(super) fn resumed(status: StatusCode, resume: &Resume) -> HttpResponse {
    let page = ResumePage {
        version: &VERSION,
        resume,
    };
    html(status, &page)
}

/// A page.
pub(super) fn html(status: StatusCode, page: &impl Template) -> HttpResponse {
    match page.render() {
        Ok(text) => HttpResponse::build(status)
            .content_type("text/html; charset=utf-8")
            .body(text),
        Err(error) => {
            tracing::error!(%error, "a page could not be drawn");
            HttpResponse::InternalServerError().finish()
        }
    }
}

/// Whatever else is asked for below `/console`.
pub(super) async fn nothing_here() -> Result<HttpResponse, Fault> {
    Err(Fault::nothing("page"))
}
