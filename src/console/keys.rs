//! The organization's keys: listed with their last use, made, replaced and taken back. A key is shown once, on the page that
//! answers its form, and on no other.

use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use chrono::{DateTime, TimeDelta, Utc};
use events::EventId;
use secrecy::ExposeSecret as _;
use uuid::Uuid;

use super::fault::Fault;
use super::form::Form;
use super::frame::{Frame, Place};
use super::visit::{For, Visit};
use super::words::{When, when};
use crate::config::{Principal, Role};
use crate::keyring::state::{Ask, Replace};
use crate::keyring::{Listed, Made};

/// Keys that are shown: all that are taken, and of the others the newest.
const SHOWN: usize = 200;
/// For how long a key that is replaced is taken, where the form does not say.
const OVERLAP_HOURS: u32 = 24;

/// A key of the list.
pub(super) struct KeyRow {
    pub(super) name: String,
    pub(super) roles: String,
    pub(super) is_own: bool,
    pub(super) last_used: Option<When>,
    made: Option<(When, String)>,
    pub(super) ends: Option<When>,
    state: &'static str,
    tone: &'static str,
    /// Whether somebody gets in with it.
    pub(super) is_taken: bool,
    /// Its id, and one for the key in its place, where it may be changed from here.
    change: Option<(String, String)>,
}

#[derive(Template)]
#[template(path = "keys.html", config = "src/console/askama.toml")]
struct Page {
    frame: Frame,
    keys: Vec<KeyRow>,
    roles: Vec<&'static str>,
    new_id: String,
    overlap_hours: u32,
}

#[derive(Template)]
#[template(path = "new-key.html", config = "src/console/askama.toml")]
struct NewKeyPage {
    frame: Frame,
    name: String,
    roles: String,
    key: String,
    ends: Option<When>,
    replaces: bool,
}

/// The keys of the visitor's organization.
pub(super) fn rows(visit: &Visit) -> Vec<KeyRow> {
    let now = visit.console.api.clock.now();
    let listed = visit.console.api.keyring.list(&visit.organization);
    let row = |one: &Listed| row(one, &visit.session.principal, now);
    listed.iter().take(SHOWN).map(row).collect()
}

fn row(one: &Listed, visitor: &Principal, now: DateTime<Utc>) -> KeyRow {
    let held = &one.held;
    let is_over = |end: Option<DateTime<Utc>>| end.is_some_and(|end| end <= now);
    let (state, tone) = match held.key_id {
        None => ("configured", "good"),
        Some(_) if is_over(held.revoked_from) => ("taken back", "bad"),
        Some(_) if is_over(held.expires_at) => ("ended", "bad"),
        Some(_) if held.revoked_from.is_some() => ("being replaced", "warn"),
        Some(_) => ("taken", "good"),
    };
    let is_taken = !is_over(held.revoked_from) && !is_over(held.expires_at);
    let change = held.key_id.filter(|_| is_taken);
    KeyRow {
        name: held.name.clone(),
        roles: names(&held.roles),
        is_own: held.name == visitor.name && held.key_id == visitor.key_id,
        last_used: one.last_used_at.map(when),
        made: held.made.as_ref().map(|(at, by)| (when(*at), by.clone())),
        ends: held
            .revoked_from
            .into_iter()
            .chain(held.expires_at)
            .min()
            .map(when),
        state,
        tone,
        is_taken,
        change: change.map(|id| (id.to_string(), EventId::unique().to_string())),
    }
}

fn names(roles: &[Role]) -> String {
    let names: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
    names.join(", ")
}

/// `GET /console/o/{organization}/settings/keys`.
pub(super) async fn show(request: HttpRequest) -> Result<HttpResponse, Fault> {
    let visit = Visit::enter(&request, For::Admins).await?;
    let mut frame = visit.frame("Keys", Place::Settings);
    frame.same = vec![Visit::curl("/v1/keys")];
    Ok(Visit::page(&Page {
        keys: rows(&visit),
        roles: Role::ALL.iter().map(|role| role.as_str()).collect(),
        new_id: EventId::unique().to_string(),
        overlap_hours: OVERLAP_HOURS,
        frame,
    }))
}

/// `POST /console/o/{organization}/settings/keys`: makes a key, puts one in the place of another, or takes one back.
pub(super) async fn change(request: HttpRequest, payload: Payload) -> Result<HttpResponse, Fault> {
    let (visit, form) = Visit::with_form(&request, payload, For::Admins).await?;
    let (api, doer, reason) = (&visit.console.api, visit.doer(), form.field("reason"));
    let now = api.clock.now();
    let made = match form.field("do") {
        "make" => api.make_key(&doer, asked(&form, now)?, reason).await?,
        "replace" => api.replace_key(&doer, replacing(&form, now)?, reason).await?,
        "revoke" => {
            let changed = api.revoke_key(&doer, id(&form, "key")?, reason).await?;
            visit.session.say(if changed {
                "The key is taken back; nobody gets in with it any more."
            } else {
                "That key was taken back already; nothing was changed."
            });
            return Ok(visit.go("/settings/keys"));
        }
        _ => return Err(Fault::malformed("choose what is to become of the key")),
    };
    Ok(shown(&visit, &made))
}

fn asked(form: &Form, now: DateTime<Utc>) -> Result<Ask, Fault> {
    let named: Vec<&str> = form.all("role").collect();
    let roles = Role::ALL
        .into_iter()
        .filter(|role| named.contains(&role.as_str()));
    Ok(Ask {
        key_id: id(form, "new_key")?,
        name: form.given("name").unwrap_or_default().to_owned(),
        roles: roles.collect(),
        expires_at: ends(form, now)?,
    })
}

fn replacing(form: &Form, now: DateTime<Utc>) -> Result<Replace, Fault> {
    let hours = form.given("hours").map_or(Ok(OVERLAP_HOURS), str::parse::<u32>);
    let hours = hours.map_err(|_| Fault::malformed("write the hours as a whole number, 0 for at once"))?;
    Ok(Replace {
        key_id: id(form, "key")?,
        new_id: id(form, "new_key")?,
        overlap: TimeDelta::hours(i64::from(hours)),
        expires_at: ends(form, now)?,
    })
}

/// When the key is to end by itself, of a form that asks for days.
fn ends(form: &Form, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, Fault> {
    let days = form.given("days").map(str::parse::<u16>).transpose();
    let days = days.map_err(|_| Fault::malformed("write the days as a whole number, or leave them out"))?;
    Ok(days.map(|days| now + TimeDelta::days(i64::from(days))))
}

fn id(form: &Form, field: &str) -> Result<Uuid, Fault> {
    let id = form.field(field).parse();
    id.map_err(|_| Fault::malformed("open the page again; its form names the key"))
}

/// The page with the key. Whoever sends its form once more gets none: the key with that id was shown.
fn shown(visit: &Visit, made: &Made) -> HttpResponse {
    let fact = &made.fact;
    Visit::page(&NewKeyPage {
        frame: visit.frame("A new key", Place::Settings),
        name: fact.name.clone(),
        roles: fact.roles.join(", "),
        key: made.key.expose_secret().to_owned(),
        ends: fact.expires_at.map(when),
        replaces: fact.replaces.is_some(),
    })
}
