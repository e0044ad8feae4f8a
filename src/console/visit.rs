//! A request of somebody who is signed in, for one organization, with the right to the page. What an organization's people
//! ask for is answered in turn with what its keys ask the API.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::web::{Data, Payload};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse};
use askama::Template;
use events::{OrganizationId, Position, TenantId};
use tokio::sync::OwnedSemaphorePermit;

use super::assets::VERSION;
use super::doorway;
use super::fault::{Fault, Resume, html};
use super::form::{Form, TOKEN};
use super::frame::{AsOf, Frame, Link, Place};
use super::sessions::{Session, same};
use super::surface::{About, ConsoleSurface};
use crate::config::Role;
use crate::http::audited::{self, Doer};
use crate::http::gate::Pass;
use crate::http::limits::take_for;
use crate::http::problem::Problem;
use crate::http::queries::unreadable;

/// How long a page waits at most until what was just recorded stands in the read models.
const SHOWN_WITHIN: Duration = Duration::from_secs(2);

/// Who may see a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum For {
    /// Whoever is let in at all.
    Everybody,
    /// Who may read cards.
    Readers,
    /// Who may read reports and history.
    Analysts,
    /// Who may change something.
    Admins,
}

impl For {
    fn roles(self) -> &'static [Role] {
        match self {
            Self::Everybody => &[Role::Read, Role::Analyst, Role::Admin],
            Self::Readers => &[Role::Read],
            Self::Analysts => &[Role::Analyst],
            Self::Admins => &[Role::Admin],
        }
    }
}

/// See the module.
#[derive(Debug)]
pub(super) struct Visit {
    pub(super) console: Data<ConsoleSurface>,
    pub(super) session: Arc<Session>,
    pub(super) organization: OrganizationId,
    about: Option<About>,
    /// The path that was asked for, with its query.
    pub(super) here: String,
    /// From which address.
    pub(super) from: Option<String>,
    /// The organization's turn; given back when the page is answered.
    _turn: (Pass, OwnedSemaphorePermit),
}

impl Visit {
    /// Lets somebody in to a page.
    pub(super) async fn enter(request: &HttpRequest, whom: For) -> Result<Self, Fault> {
        let console = surface(request)?;
        let here = here(request);
        let Some(session) = session(request, &console) else {
            return Err(if is_from_elsewhere(request) {
                Fault::FromElsewhere { to: here }
            } else {
                Fault::SignIn { to: here }
            });
        };
        Self::with(request, console, session, here, whom).await
    }

    /// Lets somebody in who sent a form, and reads it.
    pub(super) async fn with_form(
        request: &HttpRequest,
        payload: Payload,
        whom: For,
    ) -> Result<(Self, Form), Fault> {
        let console = surface(request)?;
        let here = here(request);
        let is_form = request.content_type() == "application/x-www-form-urlencoded";
        if !is_form || is_from_elsewhere(request) {
            return Err(Fault::malformed("send the form of this page"));
        }
        let form = Form::read(&console.api.orders.read_any(request, payload).await?);
        let Some(session) = session(request, &console) else {
            return Err(Fault::Ended {
                to: here,
                kept: form.written(),
                secure: console.secure,
            });
        };
        if !same(form.field(TOKEN), &session.form_token) {
            return Err(Fault::Stale(Box::new(Resume {
                to: here,
                form_token: session.form_token.clone(),
                words: form.words(),
            })));
        }
        let visit = Self::with(request, console, session, here, whom).await?;
        Ok((visit, form))
    }

    async fn with(
        request: &HttpRequest,
        console: Data<ConsoleSurface>,
        session: Arc<Session>,
        here: String,
        whom: For,
    ) -> Result<Self, Fault> {
        let principal = &session.principal;
        // A key that was taken back opens nothing any more, whoever signed in with it.
        if !console.api.keys.are_taken_of(principal) {
            return Err(Fault::SignIn { to: here });
        }
        let role = whom.roles().iter().copied().find(|role| principal.may(*role));
        let role = role.ok_or_else(|| {
            let needed = whom.roles().first().map_or("read", |role| role.as_str());
            Problem::forbidden(needed)
        })?;
        take_for(request, principal, role)?;
        console.api.built().await?;
        let pass = console.api.gates.enter(&principal.organization)?;
        let turn = pass.reads().await?;
        Ok(Self {
            about: console.about(&principal.organization),
            organization: principal.organization.clone(),
            console,
            session,
            here,
            from: audited::from(request),
            _turn: (pass, turn),
        })
    }

    /// The organization as it is configured.
    pub(super) fn about(&self) -> Result<&About, Fault> {
        let about = self.about.as_ref();
        about.ok_or_else(|| Fault::nothing("organization"))
    }

    /// Its tenant.
    pub(super) fn tenant(&self) -> Result<&TenantId, Fault> {
        Ok(&self.about()?.tenant)
    }

    /// Whether cards may be sent to the organization's people.
    pub(super) async fn is_on(&self) -> Result<bool, Fault> {
        let tenant = self.console.api.models.tenant(self.tenant()?.clone()).await;
        let tenant = tenant.map_err(|error| unreadable(&error))?;
        Ok(tenant.is_none_or(|tenant| tenant.enabled))
    }

    /// The organization's part of the paths.
    pub(super) fn base(&self) -> String {
        doorway::path(&self.organization)
    }

    /// Whether the visitor may do what needs `role`.
    pub(super) fn may(&self, role: Role) -> bool {
        self.session.principal.may(role)
    }

    /// Who it is, as the log has it.
    pub(super) fn by(&self) -> String {
        format!("console:{}", self.session.principal.name)
    }

    /// The same, as the audit has it.
    pub(super) fn doer(&self) -> Doer {
        Doer {
            organization: self.organization.clone(),
            by: self.by(),
            from: self.from.clone(),
            once: None,
        }
    }

    /// What stands around a page that tells what the read models hold now.
    pub(super) fn frame(&self, title: impl Into<String>, place: Place) -> Frame {
        let folded: Position = *self.console.api.models.folded().borrow();
        self.frame_as_of(title, place, AsOf::now(folded, self.console.api.clock.now()))
    }

    /// The same of a page that tells as of some position.
    pub(super) fn frame_as_of(&self, title: impl Into<String>, place: Place, as_of: AsOf) -> Frame {
        let base = self.base();
        let principal = &self.session.principal;
        let places = Place::ALL.into_iter().map(|(one, path, name)| Link {
            href: format!("{base}{path}"),
            text: name.to_owned(),
            here: one == place,
        });
        let name = self
            .about()
            .map_or_else(|_| self.organization.to_string(), |about| about.name.clone());
        let roles: Vec<&str> = principal.roles.iter().map(|role| role.as_str()).collect();
        Frame {
            title: title.into(),
            organization: name,
            who: principal.name.clone(),
            roles: roles.join(", "),
            form_token: self.session.form_token.clone(),
            places: places.collect(),
            said: self.session.said(),
            as_of,
            sought: String::new(),
            same: Vec::new(),
            csv: None,
            version: VERSION.as_str(),
            is_live: false,
            base,
        }
    }

    /// A command of the API that answers the same.
    pub(super) fn curl(path: &str) -> String {
        format!("curl -H \"Authorization: Bearer $CHRONUS_KEY\" \"$CHRONUS_TEAMS{path}\"")
    }

    /// Answers with a page.
    pub(super) fn page(page: &impl Template) -> HttpResponse {
        html(StatusCode::OK, page)
    }

    /// Waits until pages show what was just recorded, but no longer than a moment: it is recorded anyway.
    pub(super) async fn until_shown(&self) {
        let head = *self.console.api.store.head().borrow();
        let folded = self.console.api.models.caught_up_to(head);
        tokio::time::timeout(SHOWN_WITHIN, folded).await.ok();
    }

    /// Answers with a way on: a page of the organization's.
    pub(super) fn go(&self, path: impl AsRef<str>) -> HttpResponse {
        let to = format!("{}{}", self.base(), path.as_ref());
        HttpResponse::SeeOther().insert_header((LOCATION, to)).finish()
    }

    /// A parameter of the address.
    pub(super) fn asked(&self, name: &str) -> Option<String> {
        let (_, query) = self.here.split_once('?')?;
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        let (_, value) = pairs.find(|(key, value)| key == name && !value.trim().is_empty())?;
        Some(value.trim().to_owned())
    }
}

fn surface(request: &HttpRequest) -> Result<Data<ConsoleSurface>, Fault> {
    let surface = request.app_data::<Data<ConsoleSurface>>().cloned();
    surface.ok_or_else(|| Fault::nothing("page"))
}

/// The session that the browser shows for the organization in the path.
fn session(request: &HttpRequest, console: &ConsoleSurface) -> Option<Arc<Session>> {
    let organization = request.match_info().get("organization")?;
    doorway::sessions(request.headers())
        .filter_map(|token| console.sessions.find(token))
        .find(|session| session.principal.organization.as_str() == organization)
}

fn here(request: &HttpRequest) -> String {
    let (path, query) = (request.path(), request.query_string());
    if query.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{query}")
    }
}

/// Whether a page of another site led or posted here, as far as the browser tells.
fn is_from_elsewhere(request: &HttpRequest) -> bool {
    let site = request.headers().get("sec-fetch-site");
    site.is_some_and(|site| site != "same-origin" && site != "none")
}
