//! One card: how it stands, its story as lines and dots, and why.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use events::{EventId, NotificationId, Position};
use projections::notifications::NotificationState;

use super::cards::{CardRow, row};
use super::fault::Fault;
use super::frame::{AsOf, Frame, Place};
use super::thread::{Step, picture, steps};
use super::visit::{For, Visit};
use super::words::{When, plain, when};
use crate::config::Role;
use crate::report::why::{Asked, Explained};

#[derive(Template)]
#[template(path = "notification.html", config = "src/console/askama.toml")]
struct Page {
    frame: Frame,
    card: CardRow,
    expires: When,
    attempts: u64,
    thread: String,
    held_by: Option<&'static str>,
    is_anonymous: bool,
    picture: String,
    steps: Vec<Step>,
    /// Names the replay of the form, so that the same form twice is one replay; nothing where there is none to be sent.
    replay: Option<String>,
}

#[derive(Template)]
#[template(path = "why.html", config = "src/console/askama.toml")]
struct WhyPage {
    frame: Frame,
    id: String,
    told: Vec<Told>,
}

struct Told {
    sentence: String,
    rule: &'static str,
    evidence: Vec<(String, String, String, When)>,
}

fn id(text: &str) -> Result<NotificationId, Fault> {
    text.parse().map_err(|_| Fault::nothing("notification"))
}

/// `GET /console/o/{organization}/notification/{id}`.
pub(super) async fn show(
    request: HttpRequest,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Fault> {
    let visit = Visit::enter(&request, For::Readers).await?;
    let id = id(&path.1)?;
    let mut told = visit.console.api.card(&visit.organization, id).await?;
    let past = visit.asked("as_of");
    let mut as_of = AsOf::now(
        *visit.console.api.models.folded().borrow(),
        visit.console.api.clock.now(),
    );
    as_of.can_ask = true;
    if let Some(past) = past {
        let position: u64 = past
            .parse()
            .map_err(|_| Fault::malformed("as of which position? Write a whole number, such as 1200"))?;
        told.history.retain(|entry| entry.position <= Position(position));
        as_of.past = Some(format!("position {position}"));
        as_of.position = position.to_string();
    }
    let mut frame = visit.frame_as_of(
        format!("Card {}", plain(told.notification.card.as_str())),
        Place::Cards,
        as_of,
    );
    frame.same = vec![
        format!("chronus-teams why {id}"),
        format!("chronus-teams replay --thread {id}"),
        Visit::curl(&format!("/v1/notifications/{id}")),
    ];
    let card = &told.notification;
    let is_dead = matches!(
        card.state,
        NotificationState::Refused
            | NotificationState::UnknownHeld
            | NotificationState::Expired
            | NotificationState::Unroutable
    );
    let page = Page {
        card: row(&visit.base(), card),
        expires: when(card.expires_at),
        attempts: card.attempts,
        thread: card.correlation_id.to_string(),
        held_by: told.held_by,
        is_anonymous: told.is_anonymous,
        picture: picture(&told.history),
        steps: steps(&told.history),
        replay: (is_dead && visit.may(Role::Admin)).then(|| EventId::unique().to_string()),
        frame,
    };
    Ok(Visit::page(&page))
}

/// `GET /console/o/{organization}/notification/{id}/why`.
pub(super) async fn why(
    request: HttpRequest,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Fault> {
    let visit = Visit::enter(&request, For::Readers).await?;
    let id = id(&path.1)?;
    let reports = &visit.console.api;
    let found = reports
        .explained(visit.organization.clone(), Asked::Card(id))
        .await?;
    if found.is_empty() {
        return Err(Fault::nothing("notification"));
    }
    let head = *visit.console.api.store.head().borrow();
    let as_of = AsOf::now(head, visit.console.api.clock.now());
    let mut frame = visit.frame_as_of("Why", Place::Cards, as_of);
    frame.same = vec![
        format!("chronus-teams why {id}"),
        Visit::curl(&format!("/v1/notifications/{id}/why")),
    ];
    let page = WhyPage {
        id: id.to_string(),
        told: found.iter().map(told).collect(),
        frame,
    };
    Ok(Visit::page(&page))
}

fn told(explained: &Explained) -> Told {
    let evidence = explained.evidence.iter().map(|(role, evidence)| {
        (
            plain(role),
            evidence.event.clone(),
            evidence.at.position.to_string(),
            when(evidence.at.time),
        )
    });
    Told {
        sentence: explained.sentence.clone(),
        rule: explained.rule,
        evidence: evidence.collect(),
    }
}
