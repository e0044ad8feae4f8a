//! Who members are in Teams: one member with the evidence, those of whom it disagrees, and the word that settles it.

use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use events::AadObjectId;
use events::outbound::UnroutableReason;
use events::tenant::LinkDecision;
use projections::conflicts::{Conflict, ConflictKind, MemberEvidence};
use projections::links::Decided;

use super::cards::{CardRow, row};
use super::fault::Fault;
use super::frame::{Frame, Place};
use super::visit::{For, Visit};
use super::words::{plain, query};
use crate::chronus::identity::check_reason;
use crate::config::Role;
use crate::http::queries::unreadable;

/// Conflicts of one page.
const PAGE: usize = 20;
/// Cards that are shown of one.
const CARDS: usize = 5;

struct PersonRow {
    id: String,
    has_it_as: String,
    status: String,
    role: String,
    linked_to: String,
}

struct MemberRow {
    id: String,
    href: String,
    told_by: &'static str,
    was: String,
    reason: String,
    object_id: String,
}

struct ConflictRow {
    kind: &'static str,
    members: Vec<MemberRow>,
    people: Vec<PersonRow>,
    cards: Vec<CardRow>,
    more_cards: usize,
}

#[derive(Template)]
#[template(path = "conflicts.html", config = "src/console/askama.toml")]
struct ConflictsPage {
    frame: Frame,
    conflicts: Vec<ConflictRow>,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "member.html", config = "src/console/askama.toml")]
struct MemberPage {
    frame: Frame,
    member: MemberRow,
    removed: bool,
    linked_to: String,
    decided: String,
    may_settle: bool,
}

/// `GET /console/o/{organization}/conflicts`.
pub(super) async fn conflicts(request: HttpRequest) -> Result<HttpResponse, Fault> {
    let visit = Visit::enter(&request, For::Readers).await?;
    let after = visit.asked("after").unwrap_or_default();
    let found = visit
        .console
        .api
        .models
        .conflicts(visit.organization.clone(), after, PAGE)
        .await;
    let (found, next) = found.map_err(|error| unreadable(&error))?;
    let mut frame = visit.frame("Of whom the evidence disagrees", Place::Reach);
    frame.same = vec![
        format!(
            "chronus-teams members conflicts --organization {}",
            visit.organization
        ),
        Visit::curl("/v1/conflicts"),
    ];
    let path = format!("{}/conflicts", visit.base());
    let page = ConflictsPage {
        conflicts: found.iter().map(|one| conflict(&visit, one)).collect(),
        next: next.map(|next| query(&path, [("after", Some(next.as_str()))])),
        frame,
    };
    Ok(Visit::page(&page))
}

fn conflict(visit: &Visit, one: &Conflict) -> ConflictRow {
    let kind = match one.kind {
        ConflictKind::PeopleShareAddress => "Several people of the tenant have one address",
        ConflictKind::MembersSharePerson => "Several members lead to one person",
        ConflictKind::AddressChangedHands => "An address came to somebody else than the member was linked to",
    };
    let people = one.people.iter().map(|person| PersonRow {
        id: person.user.aad_object_id.to_string(),
        has_it_as: plain(&format!("{:?}", person.kind).to_lowercase()),
        status: plain(&format!("{:?}", person.status).to_lowercase()),
        role: plain(&format!("{:?}", person.role).to_lowercase()),
        linked_to: person
            .linked_to
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
    });
    let base = visit.base();
    ConflictRow {
        kind,
        members: one
            .members
            .iter()
            .map(|member| member_row(&base, member))
            .collect(),
        people: people.collect(),
        cards: one
            .cards
            .iter()
            .take(CARDS)
            .map(|card| row(&base, card))
            .collect(),
        more_cards: one.cards.len().saturating_sub(CARDS),
    }
}

fn member_row(base: &str, evidence: &MemberEvidence) -> MemberRow {
    let member = &evidence.member;
    MemberRow {
        href: query(&format!("{base}/member"), [("id", Some(member.id.as_str()))]),
        id: member.id.to_string(),
        told_by: if member.told {
            "a member event"
        } else {
            "a card's recipient"
        },
        was: evidence
            .was_linked_to
            .as_ref()
            .map(|user| user.aad_object_id.to_string())
            .unwrap_or_default(),
        reason: evidence
            .reason
            .map(UnroutableReason::as_str)
            .map(plain)
            .unwrap_or_default(),
        object_id: member
            .object_id
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
    }
}

/// `GET /console/o/{organization}/member?id=…`.
pub(super) async fn show(request: HttpRequest) -> Result<HttpResponse, Fault> {
    let visit = Visit::enter(&request, For::Readers).await?;
    let id = visit.asked("id").ok_or_else(|| Fault::nothing("member"))?;
    let standing = visit.console.api.standing(&visit.organization, &id).await?;
    let mut frame = visit.frame(format!("Member {id}"), Place::People);
    frame.same = vec![
        format!(
            "chronus-teams members show '{}' --organization {}",
            id.replace('\'', ""),
            visit.organization
        ),
        Visit::curl(&format!(
            "/v1/members/{}",
            url::form_urlencoded::byte_serialize(id.as_bytes()).collect::<String>()
        )),
    ];
    let page = MemberPage {
        removed: standing.evidence.member.removed,
        linked_to: standing
            .linked_to
            .map(|user| user.aad_object_id.to_string())
            .unwrap_or_default(),
        decided: match standing.decided {
            None => String::new(),
            Some(Decided::Nobody) => "nobody in the tenant".to_owned(),
            Some(Decided::Person(user)) => user.aad_object_id.to_string(),
        },
        member: member_row(&visit.base(), &standing.evidence),
        may_settle: visit.may(Role::Admin),
        frame,
    };
    Ok(Visit::page(&page))
}

/// `POST /console/o/{organization}/member`: an administrator's word.
pub(super) async fn settle(request: HttpRequest, payload: Payload) -> Result<HttpResponse, Fault> {
    let (visit, form) = Visit::with_form(&request, payload, For::Admins).await?;
    let (id, reason) = (form.field("id"), form.field("reason"));
    check_reason(reason).map_err(Fault::malformed)?;
    let decision = match form.field("word") {
        "linked" => LinkDecision::Linked {
            aad_object_id: AadObjectId::parse(form.field("object").trim())
                .map_err(|error| Fault::malformed(format!("object id: {error}")))?,
        },
        "unlinked" => LinkDecision::Unlinked,
        "automatic" => LinkDecision::Automatic,
        _ => return Err(Fault::malformed("choose who the member is")),
    };
    let members = &visit.console.api;
    let changed = members
        .settle(&visit.doer(), id, decision, reason.trim().to_owned())
        .await?;
    visit.until_shown().await;
    visit.session.say(if changed {
        "Recorded. Cards that waited for this follow by themselves."
    } else {
        "That was so already; nothing was changed."
    });
    Ok(visit.go(query("/member", [("id", Some(id))])))
}
