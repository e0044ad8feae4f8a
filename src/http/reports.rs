//! Reports and reasons for an organization's analysts: the same bytes as on the command line, of its own rows alone.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpRequest, HttpResponse, web};
use events::{EventStore, NotificationId, OrganizationId, Position, SubjectRef};
use serde_json::{Value, json};
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::access::{authorize, known};
use super::problem::{self, Problem};
use super::queries::unreadable;
use super::state::ApiState;
use crate::config::{ApiKeys, Role};
use crate::report::why::{Asked, Explained, why};
use crate::report::{Document, Format, ReportError, ReportQuery, compute, write};

impl ApiState {
    /// A report, in its turn.
    pub(crate) async fn report(&self, query: ReportQuery) -> Result<Document, Problem> {
        let checkpoints = self.checkpoints.clone();
        let document = self.read_log(move |store, at| async move {
            let organizations = query.organization.clone();
            compute(&*store, checkpoints.as_ref(), &query, organizations.iter(), &at).await
        });
        document.await
    }

    /// Why cards stand as they do, in its turn.
    pub(crate) async fn explained(
        &self,
        organization: OrganizationId,
        asked: Asked,
    ) -> Result<Vec<Explained>, Problem> {
        let found = self
            .read_log(move |store, at| async move { why(&*store, Some(&organization), &asked, &at).await });
        found.await
    }

    async fn read_log<T: Send + 'static, W: Future<Output = Result<T, ReportError>>>(
        &self,
        work: impl FnOnce(Arc<dyn EventStore>, watch::Sender<Position>) -> W + Send + 'static,
    ) -> Result<T, Problem> {
        self.read_through(work).await?.map_err(|error| told(&error))
    }

    /// Does work that reads the log through, in its turn and away from the threads that speak HTTP.
    pub(super) async fn read_through<T: Send + 'static, W: Future<Output = T>>(
        &self,
        work: impl FnOnce(Arc<dyn EventStore>, watch::Sender<Position>) -> W + Send + 'static,
    ) -> Result<T, Problem> {
        let turn = Arc::clone(&self.reports).acquire_owned().await;
        let (store, runtime) = (Arc::clone(&self.store), Handle::current());
        let reading = tokio::task::spawn_blocking(move || {
            let (teller, _nobody_watches) = watch::channel(Position::START);
            let read = runtime.block_on(work(store, teller));
            drop(turn);
            read
        });
        reading.await.map_err(|_| Problem::storage())
    }
}

/// What the caller is told: their own faults in words, and nothing of the log's.
fn told(error: &ReportError) -> Problem {
    if error.is_askers() {
        Problem::malformed(error.to_string())
    } else {
        unreadable(error)
    }
}

/// `GET /v1/reports/{name}`: a report of the caller's organization.
pub async fn report(
    request: HttpRequest,
    name: web::Path<String>,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let principal = authorize(&request, &state.keys, Role::Analyst)?;
    let (query, format) = asked(&name, request.query_string(), &principal.organization)?;
    // Rows tell of single people, which few hide behind; whoever may read cards has them one by one as well.
    if query.rows && !principal.may(Role::Read) {
        return Err(Problem::forbidden(Role::Read.as_str()));
    }
    let bytes = write(&state.report(query).await?, format, false);
    let media = match format {
        Format::Table => "text/plain; charset=utf-8",
        Format::Csv => "text/csv; charset=utf-8",
        Format::Json => "application/json",
        Format::Html => "text/html; charset=utf-8",
        Format::Parquet => "application/vnd.apache.parquet",
    };
    let mut answer = HttpResponse::Ok();
    if format == Format::Html {
        // The page brings its style along and needs nothing else.
        answer.insert_header((
            "content-security-policy",
            "default-src 'none'; style-src 'unsafe-inline'",
        ));
    }
    Ok(answer.insert_header((CONTENT_TYPE, media)).body(bytes))
}

/// Reads the question. It is about the caller's organization, whether it says so or not.
fn asked(name: &str, query: &str, organization: &OrganizationId) -> Result<(ReportQuery, Format), Problem> {
    let wrong = |fault: &dyn std::fmt::Display| Problem::malformed(fault.to_string());
    let mut read = ReportQuery::named(name).map_err(|_| Problem::not_found("report"))?;
    let mut format = Format::Json;
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        if name == "format" {
            let known = Format::ALL.into_iter().find(|(known, _)| *known == value);
            format = known
                .map(|(_, format)| format)
                .ok_or_else(|| wrong(&"format must be table, csv, json, html or parquet"))?;
        } else if !read.set(&name, &value).map_err(|fault| wrong(&fault))? {
            return Err(wrong(&format_args!("there is no parameter {name:.40}")));
        }
    }
    if read.organization.as_ref().is_some_and(|one| one != organization) {
        return Err(Problem::not_found("organization"));
    }
    read.organization = Some(organization.clone());
    read.check().map_err(|fault| wrong(&fault))?;
    Ok((read, format))
}

/// `GET /v1/notifications/{id}/why`: why a card stands as it does.
pub async fn why_card(
    request: HttpRequest,
    id: web::Path<String>,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let organization = reader(&request, &state.keys)?;
    let missing = || Problem::not_found("notification");
    let id: NotificationId = id.parse().map_err(|_| missing())?;
    let cards = explained(&state, organization, Asked::Card(id)).await?;
    let one = cards.into_iter().next().ok_or_else(missing)?;
    Ok(problem::json(StatusCode::OK, &one))
}

/// `GET /v1/why?person=…&subject=…`: the same of every card about a subject for a person.
pub async fn why_person(request: HttpRequest, state: web::Data<ApiState>) -> Result<HttpResponse, Problem> {
    let organization = reader(&request, &state.keys)?;
    let given = |wanted: &str| {
        let mut pairs = url::form_urlencoded::parse(request.query_string().as_bytes());
        pairs
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.into_owned())
    };
    let (Some(person), Some(subject)) = (given("person"), given("subject")) else {
        return Err(Problem::malformed(
            "name a person (a member id or an object id) and a subject",
        ));
    };
    let subject =
        SubjectRef::parse(&subject).map_err(|error| Problem::malformed(format!("subject: {error}")))?;
    let cards = explained(&state, organization, Asked::PersonAndSubject(person, subject)).await?;
    if cards.is_empty() {
        return Err(Problem::not_found("card"));
    }
    Ok(problem::json(StatusCode::OK, &json!({ "cards": cards })))
}

/// The organization of a caller who may read cards or reports.
fn reader(request: &HttpRequest, keys: &ApiKeys) -> Result<OrganizationId, Problem> {
    let reads = known(request, keys).is_some_and(|principal| principal.may(Role::Read));
    let role = if reads { Role::Read } else { Role::Analyst };
    authorize(request, keys, role).map(|principal| principal.organization)
}

async fn explained(
    state: &ApiState,
    organization: OrganizationId,
    asked: Asked,
) -> Result<Vec<Value>, Problem> {
    let found = state.explained(organization, asked).await?;
    Ok(found.iter().map(Explained::json).collect())
}
