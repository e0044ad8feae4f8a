//! The first page: how it goes now. Each number leads to what is behind it.

use std::fmt::Write as _;

use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use chrono::{DateTime, Utc};
use events::organization::Class;
use events::store::Condition;
use projections::dead_letters::DeadLetterFilter;
use projections::{Health, responses::ResponseFilter};

use super::fault::Fault;
use super::frame::{Frame, Place};
use super::pulse::{Beat, Hour};
use super::visit::{For, Visit};
use super::words::{When, moment, plain, query, spaced, span, when};
use crate::http::queries::unreadable;
use crate::metrics::counting::class_name;

/// Dead letters that are counted; of more it is said that there are.
const COUNTED: usize = 500;
/// Hours that the chart shows.
const HOURS: i64 = 24;

#[derive(Template)]
#[template(path = "now.html", config = "src/console/askama.toml")]
struct Page {
    frame: Frame,
    complaints: Vec<String>,
    tiles: Vec<Tile>,
    funnel: Vec<Part>,
    chart: String,
    since: Option<When>,
    troubles: Vec<Wrong>,
    queues: Vec<Queue>,
}

/// A number that leads somewhere.
struct Tile {
    name: &'static str,
    value: String,
    href: Option<String>,
    tone: &'static str,
    note: &'static str,
}

/// A part of the way from asked for to answered.
struct Part {
    name: &'static str,
    count: u64,
    /// Of the first part, in percent.
    share: u64,
    href: String,
}

struct Wrong {
    name: String,
    code: String,
    count: u64,
    last: When,
    href: String,
}

struct Queue {
    class: String,
    count: u64,
    oldest: String,
    owed: String,
}

/// `GET /console/o/{organization}`.
pub(super) async fn show(request: HttpRequest) -> Result<HttpResponse, Fault> {
    let visit = Visit::enter(&request, For::Everybody).await?;
    let now = visit.console.api.clock.now();
    let (beat, since) = visit.console.pulse.of(visit.tenant()?);
    let hours = beat.last(HOURS, now);
    let mut frame = visit.frame("Now", Place::Now);
    frame.is_live = true;
    frame.same = vec![
        format!(
            "chronus-teams report delivery --organization {} --by hour",
            visit.organization
        ),
        Visit::curl("/v1/tenant"),
    ];
    let page = Page {
        complaints: complaints(&visit, visit.is_on().await?, now),
        tiles: tiles(&visit, now).await?,
        funnel: funnel(&visit, &Beat::sum(&hours)),
        chart: chart(&hours),
        since: since.map(when),
        troubles: troubles(&visit, &beat),
        queues: queues(&visit, now)?,
        frame,
    };
    Ok(Visit::page(&page))
}

/// What is not as it should be and concerns this organization.
fn complaints(visit: &Visit, is_on: bool, now: DateTime<Utc>) -> Vec<String> {
    let console = &visit.console;
    let mut found = Vec::new();
    if !is_on {
        found.push(
            "The integration is switched off for this organization: nothing is sent, and what waits stays."
                .to_owned(),
        );
    }
    match &*console.api.store.condition().borrow() {
        Condition::Usable => {}
        Condition::Away { .. } => found.push("Nothing can be stored in the event store now.".to_owned()),
        Condition::WentBack { .. } => {
            found.push("The event log lost something; an operator has to look at it.".to_owned());
        }
    }
    match &*console.api.models.health().borrow() {
        Health::Following => {}
        Health::Retrying { .. } | Health::Stopped { .. } => {
            found.push(
                "The read models do not follow the log now: what these pages tell may be old.".to_owned(),
            );
        }
    }
    let sample = console.sample.borrow().clone();
    for host in &sample.waited_for {
        found.push(format!("{host} does not answer; cards wait until it does."));
    }
    for webhook in &sample.backlog.webhooks_off {
        if webhook.organization_id == visit.organization
            && let Some(off) = &webhook.off
        {
            let since = span((now - off.since).num_milliseconds());
            found.push(format!(
                "Answers are not posted: the webhook has been off for {since}."
            ));
        }
    }
    found
}

/// How much there is of what ended badly; counted up to [`COUNTED`].
async fn ended(visit: &Visit) -> Result<(usize, usize), Fault> {
    let (models, organization) = (&visit.console.api.models, &visit.organization);
    let (any, start) = (DeadLetterFilter::default(), events::Position::START);
    let dead = models
        .dead_letters(organization.clone(), any, start, COUNTED)
        .await;
    let dead = dead.map_err(|error| unreadable(&error))?.len();
    let any = ResponseFilter::default();
    let given_up = models
        .responses_settled(organization.clone(), any, start, COUNTED)
        .await;
    Ok((dead, given_up.map_err(|error| unreadable(&error))?.len()))
}

fn many(count: usize) -> String {
    if count >= COUNTED {
        format!("{COUNTED}+")
    } else {
        count.to_string()
    }
}

async fn tiles(visit: &Visit, now: DateTime<Utc>) -> Result<Vec<Tile>, Fault> {
    let base = visit.base();
    let tenant = visit.tenant()?.clone();
    let backlog = visit.console.sample.borrow().backlog.clone();
    let own = backlog
        .outbox
        .iter()
        .filter(|waiting| waiting.tenant_id == tenant);
    let waiting: u64 = own.clone().map(|waiting| waiting.count).sum();
    let owed = own.filter_map(|waiting| waiting.owed_since);
    let late = owed.filter(|since| *since <= now).min().map(|since| now - since);
    let of = |counts: &[(events::OrganizationId, u64)]| {
        let own = counts.iter().find(|(id, _)| *id == visit.organization);
        own.map_or(0, |(_, count)| *count).to_string()
    };
    let (dead, given_up) = ended(visit).await?;
    let cards = |state: &str| Some(query(&format!("{base}/cards"), [("state", Some(state))]));
    let page = |path: &str| Some(format!("{base}{path}"));
    let tile = |name, value, href, tone, note| Tile {
        name,
        value,
        href,
        tone,
        note,
    };
    let overdue = late.map_or_else(|| "nothing".to_owned(), |late| span(late.num_milliseconds()));
    let is_late = late.is_some_and(|late| late.num_minutes() >= 5);
    let tone = |is: bool, tone| if is { tone } else { "" };
    Ok(vec![
        tile(
            "Waiting to be sent",
            waiting.to_string(),
            cards("waiting"),
            "",
            "cards, updates, look-ups",
        ),
        tile(
            "Overdue",
            overdue,
            cards("waiting"),
            tone(is_late, "bad"),
            "the oldest that should have left",
        ),
        tile(
            "Looking for a person",
            of(&backlog.unresolved),
            cards("unresolved"),
            "",
            "recipients not found so far",
        ),
        tile(
            "Dead letters",
            many(dead),
            page("/dead-letters"),
            tone(dead > 0, "warn"),
            "ended without surely arriving",
        ),
        tile(
            "Answers to hand over",
            of(&backlog.responses),
            page("/settings"),
            "",
            "not taken by Chronus yet",
        ),
        tile(
            "Answers given up",
            many(given_up),
            page("/settings"),
            tone(given_up > 0, "bad"),
            "they stand in the feed",
        ),
    ])
}

fn funnel(visit: &Visit, sum: &Hour) -> Vec<Part> {
    let base = visit.base();
    let first = sum.queued.max(1);
    let part = |name, count: u64, event_type: &str| Part {
        name,
        count,
        share: (count * 100 / first).min(100),
        href: query(&format!("{base}/log"), [("type", Some(event_type))]),
    };
    vec![
        part("Queued", sum.queued, "NotificationQueued"),
        part("Delivered", sum.delivered, "NotificationDelivered"),
        part("Seen for certain", sum.seen, "NotificationSeen"),
        part("Answered", sum.answered, "answers"),
        part("Not sent, by decision", sum.not_sent, "NotificationSuppressed"),
        part("Refused", sum.refused, "NotificationRefused"),
        part("Unknown", sum.unknown, "DeliveryOutcomeUnknown"),
    ]
}

fn troubles(visit: &Visit, beat: &Beat) -> Vec<Wrong> {
    let base = visit.base();
    let told = beat.troubles().into_iter().map(|trouble| Wrong {
        name: spaced(trouble.event_type),
        href: query(
            &format!("{base}/log"),
            [("type", Some(trouble.event_type)), ("text", Some(&trouble.code))],
        ),
        code: plain(&trouble.code),
        count: trouble.count,
        last: when(trouble.last),
    });
    told.collect()
}

fn queues(visit: &Visit, now: DateTime<Utc>) -> Result<Vec<Queue>, Fault> {
    let tenant = visit.tenant()?;
    let sample = visit.console.sample.borrow().clone();
    let ago = |since: Option<DateTime<Utc>>| match since {
        None => "–".to_owned(),
        Some(since) if since > now => format!("not before {}", moment(since)),
        Some(since) => span((now - since).num_milliseconds()),
    };
    let own = sample.backlog.outbox.iter();
    let own = own.filter(|waiting| waiting.tenant_id == *tenant && waiting.count > 0);
    Ok(own
        .map(|waiting| Queue {
            class: class_of(waiting.class),
            count: waiting.count,
            oldest: ago(waiting.oldest),
            owed: ago(waiting.owed_since),
        })
        .collect())
}

fn class_of(class: Option<Class>) -> String {
    plain(class_name(class))
}

/// Deliveries an hour as bars: what arrived, and above it what did not. The numbers stand in the title of each bar and in the
/// table behind the chart.
fn chart(hours: &[(i64, Hour)]) -> String {
    const HEIGHT: u64 = 96;
    const STEP: usize = 26;
    let most = hours
        .iter()
        .map(|(_, hour)| hour.delivered + hour.refused + hour.unknown)
        .max()
        .unwrap_or(0)
        .max(1);
    let width = hours.len() * STEP + 8;
    let mut svg = format!(
        "<svg class=\"hours\" role=\"img\" aria-label=\"Deliveries an hour in the last {HOURS} hours, at most {most}\" \
         viewBox=\"0 0 {width} 124\" width=\"{width}\" height=\"124\">"
    );
    for (index, (at, hour)) in hours.iter().enumerate() {
        let x = index * STEP + 4;
        let bar = |count: u64| {
            if count == 0 {
                0
            } else {
                (count * HEIGHT / most).max(2)
            }
        };
        let (good, bad) = (bar(hour.delivered), bar(hour.refused + hour.unknown));
        let top = HEIGHT.saturating_sub(good);
        let label = at.rem_euclid(24);
        write!(
            svg,
            "<g><title>{label}:00 UTC: {} delivered, {} refused, {} unknown</title><rect class=\"good\" x=\"{x}\" y=\"{}\" \
             width=\"18\" height=\"{good}\"/><rect class=\"bad\" x=\"{x}\" y=\"{}\" width=\"18\" height=\"{bad}\"/></g>",
            hour.delivered,
            hour.refused,
            hour.unknown,
            top + 4,
            top.saturating_sub(bad) + 4,
        )
        .unwrap_or_default();
        if index % 3 == 2 {
            write!(
                svg,
                "<text x=\"{}\" y=\"120\" text-anchor=\"middle\">{label:02}</text>",
                x + 9
            )
            .unwrap_or_default();
        }
    }
    write!(
        svg,
        "<line class=\"lane\" x1=\"0\" y1=\"101\" x2=\"{width}\" y2=\"101\"/></svg>"
    )
    .unwrap_or_default();
    svg
}
