//! One person: who it is and on what evidence, whether the service reaches them and why, their cards, and what happened, oldest
//! gaps folded. Personal values are closed until somebody opens them and says why.

use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use events::user::MatchedBy;
use events::{AadObjectId, Direction, Recorded, Sealed, StreamId, UserKey, Version};
use projections::email_mapping::Mapping;
use projections::notifications::CardFilter;
use projections::people::Person;
use projections::reachability::{Addressee, Reach};

use super::audit;
use super::cards::{CardRow, before, rows};
use super::fault::Fault;
use super::frame::{AsOf, Frame, Place};
use super::timeline::{self, EventRow};
use super::visit::{For, Visit};
use super::withheld::withheld;
use super::words::{Badge, When, plain, query, reach, when};
use crate::chronus::advice::advice;
use crate::chronus::identity::check_reason;
use crate::config::Role;
use crate::http::queries::unreadable;

/// Cards and events of one page.
const CARDS: usize = 20;
const EVENTS: usize = 50;
/// Lines of the ledger that are shown.
const LEDGER: usize = 12;
/// Addresses that are shown.
const ADDRESSES: usize = 20;

/// A value that is closed until somebody opens it.
pub(super) enum Value {
    /// There is none.
    None,
    /// There is one, and it is closed.
    Closed,
    /// Opened.
    Open(String),
    /// Its person was erased.
    Erased,
}

struct Address {
    value: Value,
    kind: &'static str,
    status: String,
    since: When,
    until: Option<When>,
}

struct LinkRow {
    member: String,
    matched_by: String,
    since: When,
}

struct LedgerRow {
    at: When,
    state: String,
    evidence: String,
    position: String,
}

#[derive(Template)]
#[template(path = "person.html", config = "src/console/askama.toml")]
struct Page {
    frame: Frame,
    id: String,
    name: Value,
    address: Value,
    is_open: bool,
    may_open: bool,
    erased: bool,
    reach: Badge,
    advice: Option<&'static str>,
    evidence: String,
    reach_since: Option<When>,
    profile: String,
    role: String,
    links: Vec<LinkRow>,
    addresses: Vec<Address>,
    ledger: Vec<LedgerRow>,
    coming: Vec<CardRow>,
    cards: Vec<CardRow>,
    more_cards: Option<String>,
    drawn: Vec<String>,
    events: Vec<EventRow>,
    older: Option<String>,
    newest: Option<String>,
}

/// The person that a path names, of the organization's tenant.
fn key(visit: &Visit, id: &str) -> Result<UserKey, Fault> {
    let id = AadObjectId::parse(id).map_err(|_| Fault::nothing("person"))?;
    Ok(UserKey::new(visit.tenant()?.clone(), id))
}

/// What an audit event and a session call the person.
fn about(key: &UserKey) -> String {
    format!("person/{key}")
}

/// `GET /console/o/{organization}/person/{id}`.
pub(super) async fn show(
    request: HttpRequest,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Fault> {
    let visit = Visit::enter(&request, For::Readers).await?;
    let key = key(&visit, &path.1)?;
    let person = visit.console.api.models.person(key.clone()).await;
    let person = person.map_err(|error| unreadable(&error))?;
    let person = person.ok_or_else(|| Fault::nothing("person"))?;
    let is_open = visit.session.is_open(&about(&key));
    let page = page(&visit, key, person, is_open).await?;
    Ok(Visit::page(&page))
}

async fn page(visit: &Visit, key: UserKey, person: Person, is_open: bool) -> Result<Page, Fault> {
    let path = format!("{}/person/{}", visit.base(), key.aad_object_id);
    let now_reach = reach_of(visit, &key).await?;
    let stream = events(visit, &key).await?;
    let closed = withheld(&visit.console.api.models, &stream.shown).await?;
    let filter = CardFilter {
        user: Some(key.clone()),
        ..CardFilter::default()
    };
    let cards = visit
        .console
        .api
        .models
        .card_page(visit.organization.clone(), filter, before(visit)?, CARDS);
    let cards = cards.await.map_err(|error| unreadable(&error))?;
    let drawn = if is_open {
        super::drawn::newest(visit, &key, &cards.cards).await
    } else {
        Vec::new()
    };
    let more_cards = cards.next.filter(|_| cards.cards.len() == CARDS);
    let all = rows(visit, cards.cards).await?;
    let name = shown(visit, is_open, person.erased, person.name.as_ref()).await;
    let mut frame = visit.frame_as_of(title(&name), Place::People, stream.as_of.clone());
    frame.same = vec![
        format!(
            "chronus-teams replay --person {} --format timeline",
            key.aad_object_id
        ),
        Visit::curl(&format!("/v1/reachability/{}", key.aad_object_id)),
    ];
    Ok(Page {
        id: key.aad_object_id.to_string(),
        address: shown(visit, is_open, person.erased, person.address.as_ref()).await,
        is_open,
        may_open: visit.may(Role::Read) && !person.erased,
        erased: person.erased,
        reach: reach(now_reach),
        advice: advice(now_reach),
        evidence: person
            .reachability_evidence
            .as_deref()
            .map(plain)
            .unwrap_or_default(),
        reach_since: person.reachability_since.map(when),
        profile: plain(&format!("{:?}", person.profile).to_lowercase()),
        role: person
            .role
            .map(|role| plain(&format!("{role:?}").to_lowercase()))
            .unwrap_or_default(),
        links: links(&person),
        addresses: addresses(visit, &key, is_open).await?,
        ledger: ledger(visit, &key).await?,
        coming: all.iter().filter(|card| card.due.is_some()).cloned().collect(),
        cards: all,
        more_cards: more_cards.map(|row| query(&path, [("before", Some(row.to_string().as_str()))])),
        drawn,
        events: timeline::rows(&stream.shown, &closed).into_iter().rev().collect(),
        older: stream
            .older
            .map(|version| query(&path, [("events_before", Some(version.to_string().as_str()))])),
        newest: stream.is_later.then_some(path),
        name,
        frame,
    })
}

fn title(name: &Value) -> String {
    match name {
        Value::Open(name) => name.clone(),
        Value::Erased => "An erased person".to_owned(),
        Value::None | Value::Closed => "A person".to_owned(),
    }
}

/// A sealed value as the page shows it.
async fn shown(visit: &Visit, is_open: bool, erased: bool, sealed: Option<&Sealed>) -> Value {
    let Some(sealed) = sealed else {
        return if erased { Value::Erased } else { Value::None };
    };
    if !is_open {
        return Value::Closed;
    }
    match visit.console.api.vault.open(sealed).await {
        Ok(Some(text)) => Value::Open(text),
        Ok(None) => Value::Erased,
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a personal value does not open"
            );
            Value::Closed
        }
    }
}

/// What a card to the person would meet now.
async fn reach_of(visit: &Visit, key: &UserKey) -> Result<Reach, Fault> {
    let whom = Addressee {
        aad_object_id: Some(key.aad_object_id.clone()),
        ..Addressee::default()
    };
    let models = &visit.console.api.models;
    let counted = models.preflight(
        visit.organization.clone(),
        Some(vec![whom]),
        visit.console.api.clock.now(),
    );
    let counted = counted.await.map_err(|error| unreadable(&error))?;
    let one = counted.counts.into_iter().find(|(_, count)| *count > 0);
    Ok(one.map_or(Reach::NeverInstalled, |(reach, _)| reach))
}

fn links(person: &Person) -> Vec<LinkRow> {
    let links = person.links.iter().map(|link| LinkRow {
        member: link
            .member_id
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        matched_by: matched_by(link.matched_by).to_owned(),
        since: when(link.linked_at),
    });
    links.collect()
}

fn matched_by(by: MatchedBy) -> &'static str {
    match by {
        MatchedBy::Email => "mail address",
        MatchedBy::Upn => "user principal name",
        MatchedBy::ObjectId => "object id from Chronus",
        MatchedBy::Admin => "an administrator's word",
    }
}

async fn addresses(visit: &Visit, key: &UserKey, is_open: bool) -> Result<Vec<Address>, Fault> {
    let found = visit.console.api.models.addresses(key.clone()).await;
    let found: Vec<Mapping> = found.map_err(|error| unreadable(&error))?;
    let mut addresses = Vec::new();
    for mapping in found.iter().rev().take(ADDRESSES) {
        addresses.push(Address {
            value: shown(
                visit,
                is_open,
                mapping.address.is_none(),
                mapping.address.as_ref(),
            )
            .await,
            kind: matched_by(mapping.kind),
            status: plain(&format!("{:?}", mapping.status).to_lowercase()),
            since: when(mapping.valid_from_time),
            until: mapping.valid_to_time.map(when),
        });
    }
    Ok(addresses)
}

async fn ledger(visit: &Visit, key: &UserKey) -> Result<Vec<LedgerRow>, Fault> {
    let entries = visit.console.api.models.ledger(key.clone()).await;
    let entries = entries.map_err(|error| unreadable(&error))?;
    let newest = entries.iter().rev().take(LEDGER);
    Ok(newest
        .map(|entry| LedgerRow {
            at: when(entry.time),
            state: plain(&entry.state),
            evidence: plain(&entry.evidence),
            position: entry.position.to_string(),
        })
        .collect())
}

/// A part of a person's stream.
struct Part {
    /// Oldest first.
    shown: Vec<Recorded>,
    older: Option<u64>,
    is_later: bool,
    as_of: AsOf,
}

async fn events(visit: &Visit, key: &UserKey) -> Result<Part, Fault> {
    let end = match visit.asked("events_before") {
        None => u64::MAX,
        Some(text) => text
            .parse::<u64>()
            .map_err(|_| Fault::malformed("events_before must be what the link to older events has"))?
            .saturating_sub(1),
    };
    let found = visit.console.api.store.read_stream(
        StreamId::user(key),
        Version(end),
        Direction::Backwards,
        EVENTS + 1,
    );
    let mut shown = if end == 0 {
        Vec::new()
    } else {
        found.await.map_err(|error| unreadable(&error))?
    };
    let older = (shown.len() > EVENTS)
        .then(|| shown.get(EVENTS - 1).map(|event| event.version.0))
        .flatten();
    shown.truncate(EVENTS);
    shown.reverse();
    let folded = *visit.console.api.models.folded().borrow();
    Ok(Part {
        shown,
        older,
        is_later: end != u64::MAX,
        as_of: AsOf::now(folded, visit.console.api.clock.now()),
    })
}

/// `POST /console/o/{organization}/person/{id}/open`.
pub(super) async fn open(
    request: HttpRequest,
    path: web::Path<(String, String)>,
    payload: Payload,
) -> Result<HttpResponse, Fault> {
    let (visit, form) = Visit::with_form(&request, payload, For::Readers).await?;
    let key = key(&visit, &path.1)?;
    let reason = form.field("reason");
    check_reason(reason).map_err(Fault::malformed)?;
    let known = visit.console.api.models.person(key.clone()).await;
    if known.map_err(|error| unreadable(&error))?.is_none() {
        return Err(Fault::nothing("person"));
    }
    audit::opened(&visit, &about(&key), reason).await?;
    visit.session.open(about(&key));
    visit
        .session
        .say("Opened for ten minutes; the log says who opened it and why.");
    Ok(visit.go(format!("/person/{}", key.aad_object_id)))
}

/// `POST /console/o/{organization}/person/{id}/close`.
pub(super) async fn close(
    request: HttpRequest,
    path: web::Path<(String, String)>,
    payload: Payload,
) -> Result<HttpResponse, Fault> {
    let (visit, _) = Visit::with_form(&request, payload, For::Readers).await?;
    let key = key(&visit, &path.1)?;
    visit.session.close(&about(&key));
    Ok(visit.go(format!("/person/{}", key.aad_object_id)))
}
