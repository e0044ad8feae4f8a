//! Reports: the same figures, charts and words as the files of the command line, with what may be asked as a form.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use events::Position;
use events::organization::CardKind;
use projections::metrics::catalogue;
use projections::metrics::definition::Definition;
use projections::metrics::tally::By;

use super::cards::{Choice, choices};
use super::fault::Fault;
use super::frame::{AsOf, Frame, Place};
use super::visit::{For, Visit};
use super::words::query;
use crate::config::Role;
use crate::http::problem::Problem;
use crate::report::{AsOf as At, Format, ReportQuery, part_of_a_page, write};

/// What the form asks for; a key is shown no small groups.
const ASKED: [&str; 8] = ["program", "kind", "type", "from", "to", "by", "zone", "as_of"];

struct Listed {
    name: &'static str,
    about: &'static str,
    href: String,
}

#[derive(Template)]
#[template(path = "reports.html", config = "src/console/askama.toml")]
struct ListPage {
    frame: Frame,
    reports: Vec<Listed>,
}

#[derive(Template)]
#[template(path = "report.html", config = "src/console/askama.toml")]
struct Page {
    frame: Frame,
    about: &'static str,
    kinds: Vec<Choice>,
    bys: Vec<Choice>,
    program: String,
    event_type: String,
    from: String,
    to: String,
    zone: String,
    as_of: String,
    rows: Option<String>,
    part: String,
}

/// `GET /console/o/{organization}/reports`.
pub(super) async fn list(request: HttpRequest) -> Result<HttpResponse, Fault> {
    let visit = Visit::enter(&request, For::Analysts).await?;
    let listed = catalogue::ALL.iter().map(|definition| Listed {
        name: definition.name,
        about: definition.about,
        href: format!("{}/reports/{}", visit.base(), definition.name),
    });
    let mut frame = visit.frame("Reports", Place::Reports);
    frame.same = vec!["chronus-teams report definitions".to_owned()];
    let page = ListPage {
        reports: listed.collect(),
        frame,
    };
    Ok(Visit::page(&page))
}

/// `GET /console/o/{organization}/reports/{name}`.
pub(super) async fn show(
    request: HttpRequest,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Fault> {
    let visit = Visit::enter(&request, For::Analysts).await?;
    let asked = asked(&visit, &path.1)?;
    if asked.rows && !visit.may(Role::Read) {
        return Err(Problem::forbidden(Role::Read.as_str()).into());
    }
    let (definition, is_past) = (asked.definition, asked.as_of != At::End);
    let with_rows = asked.rows;
    let question = asked.path(Position::START);
    let document = visit.console.api.report(asked).await?;
    if visit.asked("format").as_deref() == Some("csv") {
        let bytes = write(&document, Format::Csv, false);
        let name = format!("attachment; filename=\"{}.csv\"", definition.name);
        return Ok(HttpResponse::Ok()
            .content_type("text/csv; charset=utf-8")
            .insert_header(("content-disposition", name))
            .body(bytes));
    }
    let mut as_of = AsOf::now(document.head.position, visit.console.api.clock.now());
    as_of.past = is_past.then(|| format!("position {}", document.head.position));
    let frame = frame(&visit, definition, as_of, &question);
    let text = |name: &str| visit.asked(name).unwrap_or_default();
    let page = Page {
        about: definition.about,
        kinds: choices(
            CardKind::ALL.iter().map(|kind| kind.as_str()),
            visit.asked("kind").as_deref(),
        ),
        bys: choices(
            By::ALL.iter().map(|(name, _)| *name),
            visit.asked("by").as_deref(),
        ),
        program: text("program"),
        event_type: text("type"),
        from: text("from"),
        to: text("to"),
        zone: text("zone"),
        as_of: text("as_of"),
        rows: (!with_rows && visit.may(Role::Read)).then(|| address(&visit, definition, &[("rows", "true")])),
        part: part_of_a_page(&document),
        frame,
    };
    Ok(Visit::page(&page))
}

/// What the address asks, about the visitor's organization.
fn asked(visit: &Visit, name: &str) -> Result<ReportQuery, Fault> {
    let mut read = ReportQuery::named(name).map_err(|_| Fault::nothing("report"))?;
    for name in ASKED.iter().chain(["rows"].iter()) {
        if let Some(value) = visit.asked(name) {
            read.set(name, &value).map_err(Fault::malformed)?;
        }
    }
    read.organization = Some(visit.organization.clone());
    read.check().map_err(Fault::malformed)?;
    Ok(read)
}

fn frame(visit: &Visit, definition: &Definition, as_of: AsOf, question: &str) -> Frame {
    let mut frame = visit.frame_as_of(format!("Report: {}", definition.name), Place::Reports, as_of);
    let options: Vec<String> = ASKED
        .iter()
        .filter_map(|name| {
            let (value, option) = (visit.asked(name)?, name.replace('_', "-"));
            let option = if option == "type" {
                "event-type".to_owned()
            } else {
                option
            };
            Some(format!(" --{option} '{}'", value.replace('\'', "")))
        })
        .collect();
    frame.same = vec![
        format!(
            "chronus-teams report {} --organization {}{}",
            definition.name,
            visit.organization,
            options.concat()
        ),
        Visit::curl(question),
    ];
    frame.csv = Some(address(visit, definition, &[("format", "csv")]));
    frame
}

fn address(visit: &Visit, definition: &Definition, more: &[(&str, &str)]) -> String {
    let given: Vec<(&str, String)> = ASKED
        .iter()
        .filter_map(|name| Some((*name, visit.asked(name)?)))
        .collect();
    let given = given.iter().map(|(name, value)| (*name, Some(value.as_str())));
    let more = more.iter().map(|(name, value)| (*name, Some(*value)));
    query(
        &format!("{}/reports/{}", visit.base(), definition.name),
        given.chain(more),
    )
}
