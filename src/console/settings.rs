//! Settings: the organization as it is configured, the integration's switch, its keys, its webhook with what it did not take, and
//! who looked at personal values.

use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use events::Position;
use events::outbound::PersonalValuesOpened;
use projections::responses::{Response, ResponseFilter};
use projections::webhooks::Webhook;

use super::audit;
use super::fault::Fault;
use super::frame::{Frame, Place};
use super::keys::{self, KeyRow};
use super::visit::{For, Visit};
use super::words::{When, plain, when};
use crate::config::Role;
use crate::http::queries::unreadable;

/// Answers that were given up, and openings, that are shown.
const SHOWN: usize = 50;

struct OpeningRow {
    at: When,
    by: String,
    about: String,
    href: Option<String>,
    reason: String,
}

struct GivenUp {
    at: When,
    kind: String,
    card: String,
    attempts: u64,
    reason: String,
}

#[derive(Template)]
#[template(path = "settings.html", config = "src/console/askama.toml")]
struct Page {
    frame: Frame,
    id: String,
    tenant: String,
    is_on: bool,
    keys: Vec<KeyRow>,
    receipts: String,
    webhook: Option<String>,
    webhook_on: bool,
    webhook_said: Vec<(&'static str, String)>,
    given_up: Vec<GivenUp>,
    openings: Vec<OpeningRow>,
    may_change: bool,
}

/// `GET /console/o/{organization}/settings`.
pub(super) async fn show(request: HttpRequest) -> Result<HttpResponse, Fault> {
    let visit = Visit::enter(&request, For::Readers).await?;
    let about = visit.about()?.clone();
    let webhook = visit.console.api.models.webhook(visit.organization.clone()).await;
    let webhook = webhook.map_err(|error| unreadable(&error))?;
    let mut frame = visit.frame("Settings", Place::Settings);
    frame.same = vec![Visit::curl("/v1/tenant"), Visit::curl("/v1/webhook")];
    let page = Page {
        id: visit.organization.to_string(),
        tenant: about.tenant.to_string(),
        is_on: visit.is_on().await?,
        keys: keys::rows(&visit)
            .into_iter()
            .filter(|key| key.is_taken)
            .collect(),
        receipts: about.receipts.join(", "),
        webhook_on: webhook.as_ref().is_none_or(|webhook| webhook.off.is_none()),
        webhook_said: webhook.as_ref().map(said).unwrap_or_default(),
        webhook: about.webhook,
        given_up: given_up(&visit).await?,
        openings: openings(&visit).await?,
        may_change: visit.may(Role::Admin),
        frame,
    };
    Ok(Visit::page(&page))
}

fn said(webhook: &Webhook) -> Vec<(&'static str, String)> {
    let mut said = Vec::new();
    if let Some(off) = &webhook.off {
        said.push((
            "Off since",
            format!(
                "{} ({}, by {})",
                when(off.since).text,
                off.reason.as_str(),
                off.by
            ),
        ));
    }
    if let Some(since) = webhook.failing_since {
        said.push(("Has taken nothing since", when(since).text));
        said.push(("Tries in a row", webhook.failures.to_string()));
    }
    if let Some(until) = webhook.rests_until {
        said.push(("Asked to be left alone until", when(until).text));
    }
    said
}

async fn given_up(visit: &Visit) -> Result<Vec<GivenUp>, Fault> {
    let found = visit.console.api.models.responses_settled(
        visit.organization.clone(),
        ResponseFilter::default(),
        Position::START,
        SHOWN,
    );
    let found = found.await.map_err(|error| unreadable(&error))?;
    let row = |answer: &Response| GivenUp {
        at: when(answer.answered_at),
        kind: plain(&format!("{:?}", answer.kind).to_lowercase()),
        card: answer.notification_id.to_string(),
        attempts: answer.attempts,
        reason: [
            answer.reason.clone(),
            answer.status.map(|status| status.to_string()),
        ]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" · "),
    };
    Ok(found.iter().map(row).collect())
}

async fn openings(visit: &Visit) -> Result<Vec<OpeningRow>, Fault> {
    let found = audit::newest(&*visit.console.api.store, &visit.organization, SHOWN).await;
    let found = found.map_err(|error| unreadable(&error))?;
    let base = visit.base();
    let row = |(at, event): (_, PersonalValuesOpened)| {
        let person = event
            .about
            .strip_prefix("person/")
            .and_then(|key| key.rsplit('/').next());
        OpeningRow {
            at: when(at),
            href: person.map(|id| format!("{base}/person/{id}")),
            about: person.unwrap_or(&event.about).to_owned(),
            by: event.by,
            reason: event.reason,
        }
    };
    Ok(found.into_iter().map(row).collect())
}

/// `POST /console/o/{organization}/settings`: switches the integration or the webhook.
pub(super) async fn switch(request: HttpRequest, payload: Payload) -> Result<HttpResponse, Fault> {
    let (visit, form) = Visit::with_form(&request, payload, For::Admins).await?;
    let (on, doer) = (form.field("on") == "yes", visit.doer());
    let api = &visit.console.api;
    let changed = match form.field("what") {
        "integration" => api.switch_tenant(&doer, on).await?,
        "webhook" => api.switch_webhook(&doer, on).await?,
        _ => return Err(Fault::malformed("choose what to switch")),
    };
    visit.until_shown().await;
    visit.session.say(match (changed, on) {
        (false, _) => "That was so already; nothing was changed.",
        (true, true) => "Switched on.",
        (true, false) => "Switched off.",
    });
    Ok(visit.go("/settings"))
}
