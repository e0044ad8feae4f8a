//! The event log of the organization: its own stream, its tenant's and that of each of its people, filtered, page by page. Each
//! page reads a bounded part of the log and says where to go on.

use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use events::{OrganizationId, Position, Recorded, TenantId};

use super::fault::Fault;
use super::frame::{AsOf, Frame, Place};
use super::timeline::{self, EventRow};
use super::visit::{For, Visit};
use super::withheld::withheld;
use super::words::query;
use crate::http::queries::unreadable;
use crate::periods::Bound;

/// Events of one page.
const PAGE: usize = 75;
/// Events that one page looks at.
const MOST_LOOKED_AT: usize = 20_000;
/// Events read at a time.
const BATCH: usize = 2_000;

/// Which events.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) organization: OrganizationId,
    pub(super) tenant: TenantId,
    /// A stored name, or `answers` for whatever people answered.
    pub(super) event_type: Option<String>,
    /// What the stream's name ends with: an object id, for instance.
    pub(super) stream: Option<String>,
    /// What stands in the payload, in any case.
    pub(super) text: Option<String>,
    /// The thread.
    pub(super) thread: Option<uuid::Uuid>,
    pub(super) from: Option<chrono::DateTime<chrono::Utc>>,
    pub(super) to: Option<chrono::DateTime<chrono::Utc>>,
}

impl Wanted {
    /// What the address asks for, checked.
    pub(super) fn read(visit: &Visit) -> Result<Self, Fault> {
        let event_type = visit.asked("type");
        if let Some(name) = event_type.as_deref()
            && name != ANSWERS
            && events::event::stored_name(name).is_none()
        {
            return Err(Fault::malformed(format!(
                "no event is called {name:.60}{}",
                crate::report::names::did_you_mean(name, events::event::stored_names())
            )));
        }
        let moment = |name: &str| {
            let text = visit.asked(name);
            let bound = text.map(|text| text.parse::<Bound>()).transpose();
            bound
                .map(|bound| bound.map(|bound| bound.resolve(chrono_tz::Tz::UTC)))
                .map_err(|error| Fault::malformed(format!("{name}: {error}")))
        };
        let thread = visit.asked("thread").map(|text| text.parse()).transpose();
        Ok(Self {
            organization: visit.organization.clone(),
            tenant: visit.tenant()?.clone(),
            event_type,
            stream: visit.asked("stream"),
            text: visit.asked("text").map(|text| text.to_lowercase()),
            thread: thread.map_err(|_| Fault::malformed("thread must be a correlation id, 36 characters"))?,
            from: moment("from")?,
            to: moment("to")?,
        })
    }

    /// Whether an event is the organization's own.
    pub(super) fn is_own(&self, event: &Recorded) -> bool {
        event.stream.organization_id().as_ref() == Some(&self.organization)
            || event.stream.tenant_id().as_ref() == Some(&self.tenant)
    }

    /// Whether it is meant.
    pub(super) fn takes(&self, event: &Recorded) -> bool {
        let time = event.metadata.time;
        let named = match self.event_type.as_deref() {
            None => true,
            Some(ANSWERS) => is_answer(event),
            Some(name) => *event.event_type == *name,
        };
        named
            && self.from.is_none_or(|from| time >= from)
            && self.to.is_none_or(|to| time < to)
            && self
                .thread
                .is_none_or(|thread| event.metadata.correlation_id == thread)
            && self
                .stream
                .as_deref()
                .is_none_or(|stream| event.stream.as_str().ends_with(stream))
            && self.is_own(event)
            && self
                .text
                .as_deref()
                .is_none_or(|text| event.payload.to_lowercase().contains(text))
    }
}

/// Stands for every answer of a person's.
const ANSWERS: &str = "answers";

fn is_answer(event: &Recorded) -> bool {
    matches!(
        event.decode_any(),
        Ok(events::Event::User(events::UserEvent::Answer(_)))
    )
}

#[derive(Template)]
#[template(path = "log.html", config = "src/console/askama.toml")]
struct Page {
    frame: Frame,
    event_type: String,
    stream: String,
    text: String,
    thread: String,
    from: String,
    to: String,
    types: Vec<&'static str>,
    rows: Vec<EventRow>,
    /// Later events.
    newer: Option<String>,
    /// Earlier ones.
    older: Option<String>,
    /// How much was looked at.
    looked: String,
    /// Where new events come from while the page is open.
    tail: Option<String>,
}

/// `GET /console/o/{organization}/log`.
pub(super) async fn show(request: HttpRequest) -> Result<HttpResponse, Fault> {
    let visit = Visit::enter(&request, For::Analysts).await?;
    let wanted = Wanted::read(&visit)?;
    let head = *visit.console.api.store.head().borrow();
    let upto = as_of(&visit, head)?;
    let place = where_to(&visit, upto)?;
    let found = read(&visit, &wanted, place, upto).await?;
    let closed = withheld(&visit.console.api.models, &found.events).await?;
    let mut as_of = AsOf::now(upto, visit.console.api.clock.now());
    as_of.can_ask = true;
    as_of.past = (upto < head).then(|| format!("position {upto}"));
    as_of.rest = rest(&visit);
    let mut frame = visit.frame_as_of("Event log", Place::Log, as_of);
    frame.same = vec![same(&visit)];
    let address = |name: &str, value: Position| address(&visit, &[(name, value.to_string())]);
    let page = Page {
        event_type: visit.asked("type").unwrap_or_default(),
        stream: visit.asked("stream").unwrap_or_default(),
        text: visit.asked("text").unwrap_or_default(),
        thread: visit.asked("thread").unwrap_or_default(),
        from: visit.asked("from").unwrap_or_default(),
        to: visit.asked("to").unwrap_or_default(),
        types: events::event::stored_names().collect(),
        rows: timeline::rows(&found.events, &closed),
        newer: found.newer.map(|position| address("after", position)),
        older: found.older.map(|position| address("until", position)),
        looked: found.looked,
        tail: (upto == head && found.newer.is_none()).then(|| {
            let query = self::address(&visit, &[("tail", head.to_string())]);
            query.replacen("/log?", "/log/tail?", 1)
        }),
        frame,
    };
    Ok(Visit::page(&page))
}

/// The position as of which is asked.
fn as_of(visit: &Visit, head: Position) -> Result<Position, Fault> {
    let Some(text) = visit.asked("as_of") else {
        return Ok(head);
    };
    let position = text
        .parse::<u64>()
        .map_err(|_| Fault::malformed("as of which position? Write a whole number, such as 1200"))?;
    Ok(Position(position).min(head))
}

/// Which part is shown.
#[derive(Debug, Clone, Copy)]
enum Part {
    /// What stands after a position, oldest first.
    After(Position),
    /// The newest up to a position.
    Until(Position),
}

fn where_to(visit: &Visit, upto: Position) -> Result<Part, Fault> {
    let position = |name: &str| {
        let text = visit.asked(name);
        let number = text.map(|text| text.parse::<u64>()).transpose();
        number
            .map(|number| number.map(Position))
            .map_err(|_| Fault::malformed(format!("{name} must be a position, a whole number")))
    };
    Ok(match (position("after")?, position("until")?) {
        (Some(after), _) => Part::After(after),
        (None, Some(until)) => Part::Until(until.min(upto)),
        // Where positions are not counted one by one, nobody knows what stands a hundred before the end.
        (None, None) if !visit.console.dense => Part::After(Position::START),
        (None, None) => Part::Until(upto),
    })
}

struct Found {
    events: Vec<Recorded>,
    newer: Option<Position>,
    older: Option<Position>,
    looked: String,
}

async fn read(visit: &Visit, wanted: &Wanted, part: Part, upto: Position) -> Result<Found, Fault> {
    match part {
        Part::After(after) => forwards(visit, wanted, after, upto).await,
        Part::Until(until) => backwards(visit, wanted, until, upto).await,
    }
}

async fn forwards(visit: &Visit, wanted: &Wanted, after: Position, upto: Position) -> Result<Found, Fault> {
    let (mut at, mut looked, mut events) = (after, 0, Vec::new());
    while looked < MOST_LOOKED_AT && events.len() < PAGE && at < upto {
        let page = visit.console.api.store.read_log(at, BATCH).await;
        let page = page.map_err(|error| unreadable(&error))?;
        if page.is_empty() {
            at = upto;
            break;
        }
        for event in page {
            if event.position > upto || events.len() >= PAGE {
                break;
            }
            (at, looked) = (event.position, looked + 1);
            if wanted.takes(&event) {
                events.push(event);
            }
        }
        if page_ends(&events, at, upto) {
            break;
        }
    }
    Ok(Found {
        events,
        newer: (at < upto).then_some(at),
        older: (after > Position::START && visit.console.dense).then_some(after),
        looked: format!("{looked} events after {after} were looked at"),
    })
}

fn page_ends(events: &[Recorded], at: Position, upto: Position) -> bool {
    events.len() >= PAGE || at >= upto
}

/// The newest that fit, up to a position. Only where positions are counted one by one.
async fn backwards(visit: &Visit, wanted: &Wanted, until: Position, upto: Position) -> Result<Found, Fault> {
    let (mut end, mut looked) = (until.0, 0);
    let mut events: Vec<Recorded> = Vec::new();
    while end > 0 && looked < MOST_LOOKED_AT && events.len() < PAGE {
        let begin = end.saturating_sub(BATCH as u64);
        let page = visit.console.api.store.read_log(Position(begin), BATCH).await;
        let page = page.map_err(|error| unreadable(&error))?;
        looked += page.len();
        let mut fitting: Vec<Recorded> = page
            .into_iter()
            .filter(|event| event.position.0 <= end && wanted.takes(event))
            .collect();
        fitting.append(&mut events);
        events = fitting;
        end = begin;
    }
    if events.len() > PAGE {
        let cut = events.len() - PAGE;
        // What is left for the page before ends with the last one that is cut off.
        end = events.get(cut - 1).map_or(end, |event| event.position.0);
        events.drain(..cut);
    }
    Ok(Found {
        events,
        newer: (until < upto).then_some(until),
        older: (end > 0).then_some(Position(end)),
        looked: format!("{looked} events up to {until} were looked at"),
    })
}

/// What the address has beside the place.
fn rest(visit: &Visit) -> Vec<(String, String)> {
    let names = ["type", "stream", "text", "thread", "from", "to"];
    names
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), visit.asked(name)?)))
        .collect()
}

fn address(visit: &Visit, more: &[(&str, String)]) -> String {
    let (rest, as_of) = (rest(visit), visit.asked("as_of"));
    let kept = rest
        .iter()
        .map(|(name, value)| (name.as_str(), Some(value.as_str())));
    let as_of = std::iter::once(("as_of", as_of.as_deref()));
    let more = more.iter().map(|(name, value)| (*name, Some(value.as_str())));
    query(&format!("{}/log", visit.base()), kept.chain(as_of).chain(more))
}

/// The same from a terminal.
fn same(visit: &Visit) -> String {
    let mut command = format!("chronus-teams replay --organization {}", visit.organization);
    for (name, option) in [
        ("type", "--type"),
        ("from", "--from"),
        ("to", "--to"),
        ("thread", "--correlation"),
    ] {
        if let Some(value) = visit.asked(name) {
            command.extend([" ", option, " '", &value.replace('\'', ""), "'"]);
        }
    }
    command
}
