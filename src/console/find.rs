//! Finding: an id or an address leads straight to what it is; a name is looked for among the names of the tenant's people, which
//! opens them, so that somebody has to say so.

use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use events::{AadObjectId, MemberId, NotificationId, SubjectRef, UserKey};
use projections::email_mapping::MappingStatus;
use projections::notifications::CardFilter;
use projections::reachability::{Reach, Reached};

use super::audit;
use super::cards::{Choice, choices};
use super::fault::Fault;
use super::frame::{Frame, Place};
use super::visit::{For, Visit};
use super::words::{Badge, When, plain, query, reach, when};
use crate::chronus::identity::check_reason;
use crate::http::queries::unreadable;

/// People of one page.
const PAGE: usize = 50;
/// Names that one search opens; it says where there are more.
const MOST_NAMES: usize = 2_000;
/// People read at a time.
const BATCH: usize = 200;
/// Most that one search finds.
const MOST_FOUND: usize = 50;

struct PersonRow {
    id: String,
    name: String,
    member: String,
    reach: Badge,
    evidence: String,
    since: Option<When>,
}

#[derive(Template)]
#[template(path = "find.html", config = "src/console/askama.toml")]
struct Page {
    frame: Frame,
    sought: String,
    /// What was looked for and not found, and what can be done.
    nothing: Option<String>,
    /// The member that has what was looked for.
    members: Vec<String>,
    rows: Vec<PersonRow>,
    states: Vec<Choice>,
    next: Option<String>,
    is_search: bool,
    /// How many names were looked through.
    looked: Option<String>,
}

/// `GET /console/o/{organization}/find`.
pub(super) async fn show(request: HttpRequest) -> Result<HttpResponse, Fault> {
    let visit = Visit::enter(&request, For::Readers).await?;
    let Some(sought) = visit.asked("q") else {
        return list(&visit).await;
    };
    if let Some(path) = led(&visit, &sought).await? {
        return Ok(visit.go(path));
    }
    let people = by_address(&visit, &sought).await?;
    if let [one] = people.as_slice() {
        return Ok(visit.go(format!("/person/{}", one.aad_object_id)));
    }
    let mut frame = visit.frame(format!("Nothing found for {sought}"), Place::People);
    frame.sought.clone_from(&sought);
    if !people.is_empty() {
        frame.title = format!("{} people have this address", people.len());
    }
    let mut rows = Vec::with_capacity(people.len());
    for key in people {
        rows.push(row_of(key, String::new()));
    }
    let page = Page {
        nothing: rows.is_empty().then(|| advice(&sought)),
        sought,
        members: Vec::new(),
        rows,
        states: Vec::new(),
        next: None,
        is_search: true,
        looked: None,
        frame,
    };
    Ok(Visit::page(&page))
}

fn advice(sought: &str) -> String {
    if sought.contains('@') {
        "Nobody in the tenant who has the app shows this address, and no member of Chronus' was told with it. Has the person \
         installed the app? Does Entra have another address for them?"
            .to_owned()
    } else {
        "No card, person, member or subject has this id. A name is found by looking through the names below."
            .to_owned()
    }
}

/// Where what was typed leads, if it is the id of something.
async fn led(visit: &Visit, sought: &str) -> Result<Option<String>, Fault> {
    let models = &visit.console.api.models;
    if let Ok(id) = sought.parse::<NotificationId>() {
        let found = models
            .notification(id)
            .await
            .map_err(|error| unreadable(&error))?;
        if found.is_some_and(|card| card.organization_id.as_ref() == Some(&visit.organization)) {
            return Ok(Some(format!("/notification/{id}")));
        }
    }
    // An object id with its tenant before it, as logs have it.
    let object = sought.rsplit('/').next().unwrap_or(sought);
    if let Ok(id) = AadObjectId::parse(object) {
        let key = UserKey::new(visit.tenant()?.clone(), id);
        let known = models
            .person(key.clone())
            .await
            .map_err(|error| unreadable(&error))?;
        if known.is_some() {
            return Ok(Some(format!("/person/{}", key.aad_object_id)));
        }
    }
    if let Ok(id) = MemberId::parse(sought) {
        let standing = models.member_standing(visit.organization.clone(), id).await;
        if let Some(standing) = standing.map_err(|error| unreadable(&error))? {
            let linked = standing
                .linked_to
                .map(|user| format!("/person/{}", user.aad_object_id));
            let path = linked.unwrap_or_else(|| query("/member", [("id", Some(sought))]));
            return Ok(Some(path));
        }
    }
    if let Ok(subject) = SubjectRef::parse(sought) {
        let filter = CardFilter {
            subject: Some(subject),
            ..CardFilter::default()
        };
        let found = models
            .card_page(visit.organization.clone(), filter, None, 1)
            .await;
        if !found.map_err(|error| unreadable(&error))?.cards.is_empty() {
            return Ok(Some(query("/cards", [("subject", Some(sought))])));
        }
    }
    Ok(None)
}

/// Whoever has an address now, those first to whom it leads.
async fn by_address(visit: &Visit, sought: &str) -> Result<Vec<UserKey>, Fault> {
    if !sought.contains('@') {
        return Ok(Vec::new());
    }
    let lookup = visit.console.api.vault.lookup(sought);
    let found = visit
        .console
        .api
        .models
        .mappings(visit.tenant()?.clone(), lookup)
        .await;
    let mut found = found.map_err(|error| unreadable(&error))?;
    found.retain(|mapping| mapping.valid_to.is_none());
    found.sort_by_key(|mapping| mapping.status != MappingStatus::Matched);
    let mut people: Vec<UserKey> = Vec::new();
    for mapping in found {
        if !people.contains(&mapping.user) {
            people.push(mapping.user);
        }
    }
    Ok(people)
}

/// Everybody of the tenant, page by page, narrowed by whether they can be reached.
async fn list(visit: &Visit) -> Result<HttpResponse, Fault> {
    let wanted = visit.asked("state");
    let state = match wanted.as_deref() {
        None => None,
        Some(name) => Some(Reach::parse(name).ok_or_else(|| {
            Fault::malformed(format!(
                "state must be one of {}",
                Reach::ALL.map(Reach::as_str).join(", ")
            ))
        })?),
    };
    let after = visit.asked("after").map(UserKey::parse).transpose();
    let after = after.map_err(|_| Fault::malformed("after must be what the link to the next page has"))?;
    let now = visit.console.api.clock.now();
    let found = visit
        .console
        .api
        .models
        .reached(visit.organization.clone(), state, after, now, PAGE);
    let found = found.await.map_err(|error| unreadable(&error))?;
    let path = format!("{}/find", visit.base());
    let next = found.last().filter(|_| found.len() == PAGE).map(|last| {
        let after = last.user.to_string();
        query(
            &path,
            [("state", wanted.as_deref()), ("after", Some(after.as_str()))],
        )
    });
    let mut frame = visit.frame("People", Place::People);
    frame.same = vec![
        format!(
            "chronus-teams report reachability --organization {}",
            visit.organization
        ),
        Visit::curl(&query("/v1/reachability", [("state", wanted.as_deref())])),
    ];
    let page = Page {
        sought: String::new(),
        nothing: None,
        members: Vec::new(),
        rows: found.iter().map(reached).collect(),
        states: choices(Reach::ALL.iter().map(|reach| reach.as_str()), wanted.as_deref()),
        next,
        is_search: false,
        looked: None,
        frame,
    };
    Ok(Visit::page(&page))
}

fn reached(one: &Reached) -> PersonRow {
    PersonRow {
        id: one.user.aad_object_id.to_string(),
        name: String::new(),
        member: one
            .member_id
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        reach: reach(one.reach),
        evidence: one.evidence.as_deref().map(plain).unwrap_or_default(),
        since: one.since.map(when),
    }
}

fn row_of(key: UserKey, name: String) -> PersonRow {
    PersonRow {
        id: key.aad_object_id.to_string(),
        name,
        member: String::new(),
        reach: Badge {
            text: String::new(),
            tone: "",
        },
        evidence: String::new(),
        since: None,
    }
}

/// `POST /console/o/{organization}/find`: looks through names.
pub(super) async fn by_name(request: HttpRequest, payload: Payload) -> Result<HttpResponse, Fault> {
    let (visit, form) = Visit::with_form(&request, payload, For::Readers).await?;
    let sought = form.field("name").trim().to_lowercase();
    if sought.chars().count() < 2 {
        return Err(Fault::malformed("write at least two letters of the name"));
    }
    let reason = form.field("reason");
    check_reason(reason).map_err(Fault::malformed)?;
    audit::opened(&visit, "names", reason).await?;
    let (rows, looked, all) = named(&visit, &sought).await?;
    let told = if all {
        format!("All {looked} names were looked through.")
    } else {
        format!("The first {looked} people were looked through; an address or an id finds everybody.")
    };
    let mut frame = visit.frame(format!("{} found by name", rows.len()), Place::People);
    form.field("name").trim().clone_into(&mut frame.sought);
    let page = Page {
        sought: form.field("name").trim().to_owned(),
        nothing: rows
            .is_empty()
            .then(|| "Nobody's name has these letters.".to_owned()),
        members: Vec::new(),
        rows,
        states: Vec::new(),
        next: None,
        is_search: true,
        looked: Some(told),
        frame,
    };
    Ok(Visit::page(&page))
}

/// People whose names have these letters, how many were looked at, and whether that is everybody.
async fn named(visit: &Visit, sought: &str) -> Result<(Vec<PersonRow>, usize, bool), Fault> {
    let (tenant, mut after) = (visit.tenant()?.clone(), None);
    let (mut rows, mut looked) = (Vec::new(), 0);
    loop {
        let page = visit
            .console
            .api
            .models
            .people(tenant.clone(), after.clone(), BATCH)
            .await;
        let page = page.map_err(|error| unreadable(&error))?;
        for person in &page {
            let Some(sealed) = person.name.as_ref().filter(|_| !person.erased) else {
                continue;
            };
            let opened = visit.console.api.vault.open(sealed).await;
            let Ok(Some(name)) = opened else { continue };
            if name.to_lowercase().contains(sought) && rows.len() < MOST_FOUND {
                rows.push(row_of(person.user.clone(), name));
            }
        }
        looked += page.len();
        after = page.last().map(|last| last.user.clone());
        if page.len() < BATCH {
            return Ok((rows, looked, true));
        }
        if looked >= MOST_NAMES {
            return Ok((rows, looked, false));
        }
    }
}
