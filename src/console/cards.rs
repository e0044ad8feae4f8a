//! Cards, newest first, narrowed by how they stand, which card they are and what they are about.

use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use events::SubjectRef;
use events::organization::CardKind;
use projections::notifications::{CardFilter, Notification, NotificationState};

use super::fault::Fault;
use super::frame::{Frame, Place};
use super::visit::{For, Visit};
use super::words::{Badge, When, plain, query, state, when};
use crate::http::notifications::looked_at;
use crate::http::queries::unreadable;
use crate::report::query::kind;

/// Cards of one page.
const PAGE: usize = 50;

/// Names for several states at once.
const GROUPS: [(&str, &[NotificationState]); 5] = [
    (
        "waiting",
        &[
            NotificationState::Resolved,
            NotificationState::Queued,
            NotificationState::Attempted,
            NotificationState::Retry,
            NotificationState::Deferred,
            NotificationState::UnknownRetry,
        ],
    ),
    ("unresolved", &[NotificationState::Unresolved]),
    (
        "arrived",
        &[
            NotificationState::Delivered,
            NotificationState::Seen,
            NotificationState::Answered,
        ],
    ),
    (
        "dead",
        &[
            NotificationState::Refused,
            NotificationState::UnknownHeld,
            NotificationState::Expired,
            NotificationState::Unroutable,
        ],
    ),
    (
        "not_sent",
        &[
            NotificationState::Suppressed,
            NotificationState::Withdrawn,
            NotificationState::Merged,
        ],
    ),
];

/// A card as a row.
#[derive(Debug, Clone)]
pub(super) struct CardRow {
    pub(super) id: String,
    pub(super) created: When,
    pub(super) card: String,
    pub(super) event_type: String,
    pub(super) subject: String,
    pub(super) subject_href: String,
    pub(super) state: Badge,
    pub(super) reason: String,
    pub(super) since: When,
    pub(super) due: Option<When>,
    pub(super) answer: String,
    pub(super) person: String,
    pub(super) member: String,
}

/// A choice of a form.
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) text: String,
    pub(super) chosen: bool,
}

#[derive(Template)]
#[template(path = "cards.html", config = "src/console/askama.toml")]
struct Page {
    frame: Frame,
    states: Vec<Choice>,
    kinds: Vec<Choice>,
    subject: String,
    rows: Vec<CardRow>,
    next: Option<String>,
    /// Where the page is of a later part of the list.
    first: Option<String>,
}

/// `GET /console/o/{organization}/cards`.
pub(super) async fn show(request: HttpRequest) -> Result<HttpResponse, Fault> {
    let visit = Visit::enter(&request, For::Readers).await?;
    let (wanted, card) = (visit.asked("state"), visit.asked("kind"));
    let subject = visit.asked("subject");
    let told = states(wanted.as_deref())?;
    let filter = CardFilter {
        user: None,
        states: looked_at(&told),
        card: card.as_deref().map(kind).transpose().map_err(Fault::malformed)?,
        subject: subject
            .as_deref()
            .map(|text| {
                SubjectRef::parse(text).map_err(|error| Fault::malformed(format!("subject: {error}")))
            })
            .transpose()?,
        ..CardFilter::default()
    };
    let before = before(&visit)?;
    let page = visit
        .console
        .api
        .models
        .card_page(visit.organization.clone(), filter, before, PAGE);
    let page = page.await.map_err(|error| unreadable(&error))?;
    let path = format!("{}/cards", visit.base());
    let address = |before: Option<&str>| {
        let parameters = [
            ("state", wanted.as_deref()),
            ("kind", card.as_deref()),
            ("subject", subject.as_deref()),
            ("before", before),
        ];
        query(&path, parameters)
    };
    let title = match &subject {
        Some(subject) => format!("Cards about {subject}"),
        None => "Cards".to_owned(),
    };
    let mut frame = visit.frame(title, Place::Cards);
    frame.same = vec![format!(
        "chronus-teams report delivery --rows --organization {}",
        visit.organization
    )];
    let next = page.next.map(|row| address(Some(&row.to_string())));
    let page = Page {
        states: choices(
            GROUPS
                .iter()
                .map(|(name, _)| *name)
                .chain(ALL.iter().map(|state| state.as_str())),
            wanted.as_deref(),
        ),
        kinds: choices(CardKind::ALL.iter().map(|kind| kind.as_str()), card.as_deref()),
        subject: subject.clone().unwrap_or_default(),
        rows: rows(&visit, told_so(&visit, page.cards, &told).await?).await?,
        next,
        first: before.map(|_| address(None)),
        frame,
    };
    Ok(Visit::page(&page))
}

/// Those that are told to stand so: what an anonymous reader did is not to be found out by asking for it.
async fn told_so(
    visit: &Visit,
    cards: Vec<Notification>,
    states: &[NotificationState],
) -> Result<Vec<Notification>, Fault> {
    let mut told = Vec::with_capacity(cards.len());
    for card in cards {
        let card = visit.console.api.without_reader(card).await?;
        if states.is_empty() || states.contains(&card.state) {
            told.push(card);
        }
    }
    Ok(told)
}

/// Every state.
const ALL: [NotificationState; 17] = [
    NotificationState::Unresolved,
    NotificationState::Resolved,
    NotificationState::Queued,
    NotificationState::Deferred,
    NotificationState::Attempted,
    NotificationState::Retry,
    NotificationState::Delivered,
    NotificationState::Seen,
    NotificationState::Answered,
    NotificationState::Refused,
    NotificationState::UnknownHeld,
    NotificationState::UnknownRetry,
    NotificationState::Suppressed,
    NotificationState::Withdrawn,
    NotificationState::Expired,
    NotificationState::Merged,
    NotificationState::Unroutable,
];

fn states(wanted: Option<&str>) -> Result<Vec<NotificationState>, Fault> {
    let Some(wanted) = wanted else {
        return Ok(Vec::new());
    };
    if let Some((_, states)) = GROUPS.iter().find(|(name, _)| *name == wanted) {
        return Ok(states.to_vec());
    }
    let one = ALL.into_iter().find(|state| state.as_str() == wanted);
    one.map(|state| vec![state]).ok_or_else(|| {
        let known: Vec<&str> = ALL.iter().map(|state| state.as_str()).collect();
        Fault::malformed(format!("state must be one of {}", known.join(", ")))
    })
}

/// From which row on a page goes back.
pub(super) fn before(visit: &Visit) -> Result<Option<u64>, Fault> {
    let Some(text) = visit.asked("before") else {
        return Ok(None);
    };
    let row = text.parse();
    row.map(Some)
        .map_err(|_| Fault::malformed("before must be what the link to the next page has"))
}

/// Choices, with one to narrow nothing.
pub(super) fn choices<'c>(values: impl IntoIterator<Item = &'c str>, chosen: Option<&str>) -> Vec<Choice> {
    let any = Choice {
        value: String::new(),
        text: "any".to_owned(),
        chosen: chosen.is_none(),
    };
    let values = values.into_iter().map(|value| Choice {
        value: value.to_owned(),
        text: plain(value),
        chosen: chosen == Some(value),
    });
    std::iter::once(any).chain(values).collect()
}

/// Cards as rows, each without its reader's part where that is anonymous.
pub(super) async fn rows(visit: &Visit, cards: Vec<Notification>) -> Result<Vec<CardRow>, Fault> {
    let base = visit.base();
    let mut rows = Vec::with_capacity(cards.len());
    for card in cards {
        let card = visit.console.api.without_reader(card).await?;
        rows.push(row(&base, &card));
    }
    Ok(rows)
}

/// A card as a row.
pub(super) fn row(base: &str, card: &Notification) -> CardRow {
    let subject = card.subject.as_ref().map(ToString::to_string).unwrap_or_default();
    let code = card
        .code
        .clone()
        .filter(|code| card.reason.as_ref() != Some(code));
    let reason: Vec<String> = [
        card.reason.as_deref().map(plain),
        code,
        card.status.map(|status| status.to_string()),
    ]
    .into_iter()
    .flatten()
    .collect();
    CardRow {
        id: card.id.to_string(),
        created: when(card.created_at),
        card: plain(card.card.as_str()),
        event_type: card.event_type.clone().unwrap_or_default(),
        subject_href: query(&format!("{base}/cards"), [("subject", Some(subject.as_str()))]),
        subject,
        state: state(card.state),
        reason: reason.join(" · "),
        since: when(card.state_since),
        due: card.due_at.filter(|_| !card.state.is_settled()).map(when),
        answer: card.answer.as_deref().map(plain).unwrap_or_default(),
        person: card
            .user
            .as_ref()
            .map(|user| user.aad_object_id.to_string())
            .unwrap_or_default(),
        member: card
            .member_id
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
    }
}
