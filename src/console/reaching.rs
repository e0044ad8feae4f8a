//! Whom the service reaches: how many by reason with what to tell them, an audience counted before anything is sent, and what is
//! uncertain of whom somebody is.

use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use events::{AadObjectId, MemberId};
use projections::reachability::{Addressee, Preflight, Reach};

use super::fault::Fault;
use super::form::Form;
use super::frame::{Frame, Place};
use super::visit::{For, Visit};
use super::words::{Badge, query, reach};
use crate::chronus::advice::advice;
use crate::chronus::domain_event::MAX_RECIPIENTS;

struct Part {
    reach: Badge,
    count: u64,
    share: u64,
    advice: Option<&'static str>,
    href: String,
}

#[derive(Template)]
#[template(path = "reach.html", config = "src/console/askama.toml")]
struct Page {
    frame: Frame,
    total: u64,
    parts: Vec<Part>,
    /// The audience that was counted, and what was typed.
    audience: Option<(u64, u64, Vec<Part>)>,
    typed: String,
    most: usize,
}

/// `GET /console/o/{organization}/reach`.
pub(super) async fn show(request: HttpRequest) -> Result<HttpResponse, Fault> {
    let visit = Visit::enter(&request, For::Readers).await?;
    answer(&visit, None, String::new()).await
}

async fn answer(visit: &Visit, audience: Option<Preflight>, typed: String) -> Result<HttpResponse, Fault> {
    let everybody = if let Some(counted) = visit.console.counted.fresh(&visit.organization) {
        counted
    } else {
        let counted = visit.console.api.count(visit.organization.clone(), None).await?;
        visit
            .console
            .counted
            .keep(visit.organization.clone(), counted.clone());
        counted
    };
    let mut frame = visit.frame("Reach", Place::Reach);
    frame.same = vec![
        format!(
            "chronus-teams report reachability --organization {}",
            visit.organization
        ),
        Visit::curl("/v1/reachability"),
    ];
    let page = Page {
        total: everybody.counts.values().sum(),
        parts: parts(visit, &everybody),
        audience: audience.map(|counted| {
            let total = counted.counts.values().sum();
            (total, counted.repeated, parts(visit, &counted))
        }),
        typed,
        most: MAX_RECIPIENTS,
        frame,
    };
    Ok(Visit::page(&page))
}

fn parts(visit: &Visit, counted: &Preflight) -> Vec<Part> {
    let total: u64 = counted.counts.values().sum::<u64>().max(1);
    let path = format!("{}/find", visit.base());
    let part = |(state, count): (&Reach, &u64)| Part {
        reach: reach(*state),
        count: *count,
        share: count * 100 / total,
        advice: advice(*state),
        href: query(&path, [("state", Some(state.as_str()))]),
    };
    let shown = counted.counts.iter().filter(|(_, count)| **count > 0);
    shown.map(part).collect()
}

/// `POST /console/o/{organization}/reach`: counts a pasted list.
pub(super) async fn preflight(request: HttpRequest, payload: Payload) -> Result<HttpResponse, Fault> {
    let (visit, form) = Visit::with_form(&request, payload, For::Readers).await?;
    let typed = form.field("whom").to_owned();
    let whom = named(&visit, &form)?;
    let counted = visit
        .console
        .api
        .count(visit.organization.clone(), Some(whom))
        .await?;
    answer(&visit, Some(counted), typed).await
}

/// The people that a list names, one a line: an address, an object id, or a member id.
fn named(visit: &Visit, form: &Form) -> Result<Vec<Addressee>, Fault> {
    let words = form.field("whom").split(['\n', ',', ';']).map(str::trim);
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    if words.is_empty() || words.len() > MAX_RECIPIENTS {
        return Err(Fault::malformed(format!(
            "name 1 to {MAX_RECIPIENTS} people, one a line"
        )));
    }
    let one = |word: &&str| {
        if word.contains('@') {
            return Ok(Addressee {
                lookup: Some(visit.console.api.vault.lookup(word)),
                ..Addressee::default()
            });
        }
        if uuid::Uuid::parse_str(word).is_ok() {
            return Ok(Addressee {
                aad_object_id: AadObjectId::parse(word).ok(),
                ..Addressee::default()
            });
        }
        let id = MemberId::parse(word);
        let id = id.map_err(|error| Fault::malformed(format!("{word:.60}: {error}")))?;
        Ok(Addressee {
            member_id: Some(id),
            ..Addressee::default()
        })
    };
    words.iter().map(one).collect()
}
