//! Dead letters: grouped by reason, narrowed, counted before anything is sent, and sent. What a form sends is what its filter
//! says when it is sent, and never more than was counted for that filter.

use std::collections::BTreeMap;

use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use chrono::{DateTime, Utc};
use events::{EventId, Position};
use projections::dead_letters::DeadLetterFilter;
use projections::notifications::{Notification, NotificationState};
use uuid::Uuid;

use super::actions::{replayed, sentence};
use super::cards::{CardRow, Choice, choices, rows};
use super::fault::Fault;
use super::frame::{Frame, Place};
use super::visit::{For, Visit};
use super::words::{plain, query, span};
use crate::chronus::replay::Which;
use crate::config::Role;
use crate::http::queries::unreadable;
use crate::periods::Bound;
use crate::told;

/// Letters of one page.
const PAGE: usize = 50;
/// Letters that are grouped and counted; of more it is said that there are.
const COUNTED: usize = 2_000;
/// States that a dead letter has.
const STATES: [NotificationState; 4] = [
    NotificationState::Refused,
    NotificationState::UnknownHeld,
    NotificationState::Expired,
    NotificationState::Unroutable,
];

/// Letters that ended alike.
struct Group {
    state: &'static str,
    reason: String,
    code: String,
    count: usize,
    oldest: String,
    href: String,
}

#[derive(Template)]
#[template(path = "letters.html", config = "src/console/askama.toml")]
struct Page {
    frame: Frame,
    states: Vec<Choice>,
    code: String,
    event_type: String,
    since: String,
    groups: Vec<Group>,
    count: String,
    rows: Vec<CardRow>,
    next: Option<String>,
    /// The replay's name and its filter, where the visitor may send and there is something to be sent.
    replay: Option<(String, Vec<(&'static str, String)>)>,
    is_tried: bool,
    dry_run: String,
}

/// What narrows the list, as the address and the form have it.
#[derive(Debug, Clone, Default)]
struct Asked {
    state: Option<String>,
    code: Option<String>,
    event_type: Option<String>,
    since: Option<String>,
}

impl Asked {
    fn read(value: impl Fn(&str) -> Option<String>) -> Self {
        Self {
            state: value("state"),
            code: value("code"),
            event_type: value("type"),
            since: value("since"),
        }
    }

    fn filter(&self) -> Result<DeadLetterFilter, Fault> {
        let state = match self.state.as_deref() {
            None => None,
            Some(name) => Some(
                STATES
                    .into_iter()
                    .find(|state| state.as_str() == name)
                    .ok_or_else(|| {
                        Fault::malformed("state must be refused, unknown_held, expired or unroutable")
                    })?,
            ),
        };
        let since = self.since.as_deref().map(str::parse::<Bound>).transpose();
        let since = since.map_err(|error| Fault::malformed(format!("since: {error}")))?;
        Ok(DeadLetterFilter {
            state,
            code: self.code.clone(),
            event_type: self.event_type.clone(),
            since: since.map(|since| since.resolve(chrono_tz::Tz::UTC)),
        })
    }

    fn fields(&self) -> Vec<(&'static str, String)> {
        let fields = [
            ("state", &self.state),
            ("code", &self.code),
            ("type", &self.event_type),
            ("since", &self.since),
        ];
        fields
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.clone()?)))
            .collect()
    }

    fn address(&self, path: &str, more: &[(&str, &str)]) -> String {
        let fields = self.fields();
        let fields = fields.iter().map(|(name, value)| (*name, Some(value.as_str())));
        query(
            path,
            fields.chain(more.iter().map(|(name, value)| (*name, Some(*value)))),
        )
    }
}

/// `GET /console/o/{organization}/dead-letters`.
pub(super) async fn show(request: HttpRequest) -> Result<HttpResponse, Fault> {
    let visit = Visit::enter(&request, For::Readers).await?;
    let asked = Asked::read(|name| visit.asked(name));
    let filter = asked.filter()?;
    let after = visit.asked("after").map(|text| text.parse::<u64>()).transpose();
    let after = after.map_err(|_| Fault::malformed("after must be what the link to the next page has"))?;
    let counted = letters(&visit, &filter, Position::START, COUNTED).await?;
    if visit.asked("format").as_deref() == Some("csv") {
        return Ok(csv(&counted));
    }
    let page = match after {
        None => counted.iter().take(PAGE).cloned().collect(),
        Some(after) => letters(&visit, &filter, Position(after), PAGE).await?,
    };
    let path = format!("{}/dead-letters", visit.base());
    let next = page
        .last()
        .filter(|_| page.len() == PAGE)
        .map(|last| asked.address(&path, &[("after", last.state_position.to_string().as_str())]));
    let count = if counted.len() >= COUNTED {
        format!("{COUNTED} or more")
    } else {
        counted.len().to_string()
    };
    let mut frame = visit.frame("Dead letters", Place::DeadLetters);
    frame.same = vec![
        format!(
            "chronus-teams deadletter list --organization {}",
            visit.organization
        ),
        Visit::curl(&asked.address("/v1/dead-letters", &[])),
    ];
    frame.csv = Some(asked.address(&path, &[("format", "csv")]));
    let may_send = visit.may(Role::Admin) && !counted.is_empty();
    let now = visit.console.api.clock.now();
    let page = Page {
        states: choices(STATES.iter().map(|state| state.as_str()), asked.state.as_deref()),
        groups: groups(&counted, &asked, &path, now),
        rows: rows(&visit, page).await?,
        replay: may_send.then(|| (EventId::unique().to_string(), asked.fields())),
        is_tried: visit.asked("try").is_some(),
        dry_run: asked.address(&path, &[("try", "1")]),
        code: asked.code.unwrap_or_default(),
        event_type: asked.event_type.unwrap_or_default(),
        since: asked.since.unwrap_or_default(),
        count,
        next,
        frame,
    };
    Ok(Visit::page(&page))
}

async fn letters(
    visit: &Visit,
    filter: &DeadLetterFilter,
    after: Position,
    most: usize,
) -> Result<Vec<Notification>, Fault> {
    let found =
        visit
            .console
            .api
            .models
            .dead_letters(visit.organization.clone(), filter.clone(), after, most);
    found.await.map_err(|error| unreadable(&error).into())
}

/// Letters that ended alike, the most first.
fn groups(letters: &[Notification], asked: &Asked, path: &str, now: DateTime<Utc>) -> Vec<Group> {
    let mut groups: BTreeMap<(&'static str, String, String), (usize, DateTime<Utc>)> = BTreeMap::new();
    for letter in letters {
        let key = (
            letter.state.as_str(),
            letter.reason.clone().unwrap_or_default(),
            letter.code.clone().unwrap_or_default(),
        );
        let group = groups.entry(key).or_insert((0, letter.state_since));
        group.0 += 1;
        group.1 = group.1.min(letter.state_since);
    }
    let mut told: Vec<Group> = groups
        .into_iter()
        .map(|((state, reason, code), (count, oldest))| {
            let narrowed = Asked {
                state: Some(state.to_owned()),
                code: (!code.is_empty())
                    .then(|| code.clone())
                    .or_else(|| asked.code.clone()),
                ..asked.clone()
            };
            Group {
                href: narrowed.address(path, &[]),
                state,
                reason: plain(&reason),
                code,
                count,
                oldest: span((now - oldest).num_milliseconds()),
            }
        })
        .collect();
    told.sort_by_key(|group| std::cmp::Reverse(group.count));
    told
}

fn csv(letters: &[Notification]) -> HttpResponse {
    let rows = letters.iter().map(told::letter);
    super::csv::answer("dead-letters.csv", rows)
}

/// `POST /console/o/{organization}/dead-letters`: sends whatever fits the form's filter.
pub(super) async fn send(request: HttpRequest, payload: Payload) -> Result<HttpResponse, Fault> {
    let (visit, form) = Visit::with_form(&request, payload, For::Admins).await?;
    let asked = Asked::read(|name| form.given(name).map(ToOwned::to_owned));
    let replay: Uuid = form
        .field("replay")
        .parse()
        .map_err(|_| Fault::malformed("open the page again; its form names the replay"))?;
    let done = replayed(&visit, Which::Filtered(asked.filter()?), replay).await?;
    visit.until_shown().await;
    visit.session.say(sentence(done));
    Ok(visit.go("/dead-letters"))
}
