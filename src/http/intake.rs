//! `POST /v1/events`: domain events from Chronus, as CloudEvents.

use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpRequest, HttpResponse, web};
use actors::intake::{Draft, IngestOutcome, IntakeError};
use cloudevents::{AttributesReader as _, Event};
use events::store::Outage;
use events::{OrganizationId, Position, SubjectRef, TraceParent};
use serde::Serialize;

use super::access::authorize;
use super::gate::{self, Pass};
use super::in_time::{self, in_time};
use super::problem::{Problem, json};
use super::state::ApiState;
use crate::chronus::domain_event::{self, Checked, Ticket, Warnings};
use crate::chronus::envelope::{self, EnvelopeError, Limits};
use crate::chronus::member_claims::MemberWords;
use crate::chronus::schema::unknown;
use crate::chronus::warning::{MOST_WARNINGS, Warning};
use crate::config::Role;

/// Faults that one request is told of all its events together; beyond them each event is told its first one.
const MOST_TOLD: usize = 60;

/// The outcome of handing over one event.
#[derive(Debug, Serialize)]
struct EventResult {
    /// The event's place in the request.
    index: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<u64>,
    /// The log held a newer event about the same thing: this one is kept and changes nothing newer.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    superseded: bool,
    /// What an announcement is called that came without a name.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<SubjectRef>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notifications: Vec<Ticket>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<Warning>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Problem>,
}

#[derive(Debug, Serialize)]
struct Results {
    results: Vec<EventResult>,
}

/// The handler. Answers after the events are on disk.
pub async fn take_events(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let principal = authorize(&request, &state.keys, Role::Ingest)?;
    let pass = state.gates.enter(&principal.organization)?;
    let sent = state.bodies.receive(&request, payload).await?;
    let content_type = content_type(&request)?;
    let headers: Vec<(String, Vec<u8>)> = request
        .headers()
        .iter()
        .filter_map(|(name, value)| {
            let name = name.as_str().strip_prefix("ce-")?;
            Some((name.to_owned(), value.as_bytes().to_vec()))
        })
        .collect();
    let trace = trace(&request);
    let is_small = Pass::is_small(&sent);
    // Not tied to the request: once begun, it goes on even when the caller hangs up.
    let work = actix_web::rt::spawn(async move {
        let organization = principal.organization;
        let (owner, reader) = (organization.clone(), state.clone());
        let reading = move || reader.read(&owner, &content_type, &headers, trace, &sent.plain()?);
        let read = pass.work(is_small, reading).await?.settle(refused)?;
        let storing = async move { state.process(&organization, read).await };
        in_time(in_time::CHRONUS, storing).await
    });
    work.await.unwrap_or_else(|_| Err(Problem::storage()))
}

/// The trace that the request is a part of; several, or one that cannot be read, are as good as none (W3C Trace Context,
/// section 3.2.2).
fn trace(request: &HttpRequest) -> Option<TraceParent> {
    let mut given = request.headers().get_all("traceparent");
    let only = given.next()?.to_str().ok()?;
    given.next().is_none().then(|| TraceParent::parse(only).ok())?
}

fn content_type(request: &HttpRequest) -> Result<String, Problem> {
    let mut given = request.headers().get_all(CONTENT_TYPE);
    let first = given.next().map(|value| value.to_str().unwrap_or("?").to_owned());
    if given.next().is_some() {
        return Err(Problem::malformed(
            "the header Content-Type is given twice; send it once",
        ));
    }
    Ok(first.unwrap_or_default())
}

/// The events of a request, each with its result so far: those that fit are to be taken.
struct Read {
    results: Vec<EventResult>,
    checked: Vec<Checked>,
}

/// The share of what was read that led to a refusal.
fn refused(read: &Result<Read, Problem>) -> f64 {
    let Ok(Read { results, checked }) = read else {
        return 1.0;
    };
    let all = results.len().max(1);
    (all - checked.len().min(all)) as f64 / all as f64
}

impl ApiState {
    /// Reads and checks the events, one after the other, so that no more than one of them is in memory as a whole.
    fn read(
        &self,
        organization: &OrganizationId,
        content_type: &str,
        headers: &[(String, Vec<u8>)],
        trace: Option<TraceParent>,
        body: &[u8],
    ) -> Result<Read, Problem> {
        let limits = Limits {
            batch: self.max_batch,
            depth: self.bodies.depth,
            values: self.bodies.values,
        };
        let parts = envelope::cut(content_type, headers, body, limits).map_err(unreadable)?;
        let domains = self.onboarding.email_domains(organization);
        let (mut results, mut checked) = (Vec::with_capacity(parts.len()), Vec::new());
        let mut left = MOST_TOLD;
        for (index, part) in parts.into_iter().enumerate() {
            gate::give_way();
            let received = part.read(limits);
            let outcome = received
                .event
                .map_err(|fault| Problem::invalid_event(fault.detail, Some(fault.pointer)))
                .and_then(|(event, warnings)| check(organization, event, warnings, left));
            let (status, subject, problem) = match outcome {
                Ok(mut event) => {
                    if let Some(domains) = &domains {
                        event.hold_to_domains(domains);
                    }
                    let named = event.given_name().cloned();
                    checked.push(event.within(trace));
                    ("accepted", named, None)
                }
                Err(problem) => {
                    left = left.saturating_sub(problem.faults());
                    ("rejected", None, Some(problem))
                }
            };
            results.push(EventResult {
                index,
                id: received.id,
                source: received.source,
                status,
                position: None,
                superseded: false,
                subject,
                notifications: Vec::new(),
                warnings: Vec::new(),
                problem,
            });
        }
        if checked.is_empty() && !results.is_empty() {
            let only = match results.as_slice() {
                [only] => only.problem.as_ref().map(Problem::place_and_detail),
                _ => None,
            };
            let results = serde_json::to_value(results).unwrap_or_default();
            return Err(Problem::rejected(results, only));
        }
        Ok(Read { results, checked })
    }

    async fn process(&self, organization: &OrganizationId, read: Read) -> Result<HttpResponse, Problem> {
        let Read { mut results, checked } = read;
        if results.is_empty() {
            return Ok(json(StatusCode::ACCEPTED, &Results { results }));
        }
        let ingested = self.ingest(organization, checked).await?;
        let good = results.iter_mut().filter(|result| result.problem.is_none());
        for (result, (outcome, tickets, warnings)) in good.zip(ingested) {
            result.status = match outcome {
                IngestOutcome::Accepted(_) => "accepted",
                IngestOutcome::Duplicate(_) => "duplicate",
            };
            result.position = Some(outcome.ingested().position.0);
            result.superseded = outcome.ingested().superseded;
            (result.notifications, result.warnings) = (tickets, warnings);
        }
        Ok(json(StatusCode::ACCEPTED, &Results { results }))
    }

    /// What cards say otherwise than member events told. The events are taken whatever comes of it.
    async fn held_against_members(
        &self,
        organization: &OrganizationId,
        words: Vec<MemberWords>,
        outcomes: &[IngestOutcome],
    ) -> Vec<Vec<Warning>> {
        let (count, ingested) = (words.len(), outcomes.iter().map(|outcome| outcome.ingested()));
        let events = words.into_iter().zip(ingested).map(|(mut words, ingested)| {
            if words.change.is_some() && ingested.superseded {
                words.named.clear();
            }
            (words, ingested.position)
        });
        let warnings = self.claims.warnings(organization, events.collect()).await;
        warnings.unwrap_or_else(|error| {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "cards could not be held against what is known of members"
            );
            vec![Vec::new(); count]
        })
    }

    /// Hands over an event in the service's own name; answers where it stands.
    pub(super) async fn hand_over(
        &self,
        organization: &OrganizationId,
        checked: Checked,
    ) -> Result<Position, Problem> {
        let ingested = self.ingest(organization, vec![checked]).await?;
        let first = ingested.first().map(|(outcome, ..)| outcome.ingested().position);
        first.ok_or_else(Problem::storage)
    }

    async fn ingest(
        &self,
        organization: &OrganizationId,
        checked: Vec<Checked>,
    ) -> Result<Vec<(IngestOutcome, Vec<Ticket>, Vec<Warning>)>, Problem> {
        let warnings: Vec<Warnings> = checked.iter().map(Checked::warnings).collect();
        let words: Vec<MemberWords> = checked.iter().map(Checked::member_words).collect();
        let sealed = domain_event::seal(&self.vault, organization, checked, self.clock.now())
            .await
            .map_err(|error| {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "domain events could not be sealed"
                );
                Problem::storage()
            })?;
        let (drafts, tickets): (Vec<Draft>, Vec<_>) = sealed.into_iter().unzip();
        let threads: Vec<_> = drafts
            .iter()
            .map(|draft| (draft.metadata.correlation_id, draft.event_id))
            .collect();
        match self.intake.ingest(organization, drafts).await {
            Ok(outcomes) => {
                for ((thread, event), outcome) in threads.into_iter().zip(&outcomes) {
                    tracing::debug!(
                        target: "thread", { correlation.id = %thread, event.id = %event, ?outcome },
                        "a domain event was taken"
                    );
                }
                let claims = self.held_against_members(organization, words, &outcomes).await;
                let results = outcomes.into_iter().zip(tickets).zip(warnings).zip(claims);
                Ok(results
                    .map(|(((outcome, tickets), warnings), claims)| {
                        // Whom a card goes to comes before what it looks like.
                        let mut told = claims;
                        told.extend(warnings.of(outcome.ingested().accepted_at));
                        told.truncate(MOST_WARNINGS);
                        (outcome, tickets, told)
                    })
                    .collect())
            }
            Err(error @ (IntakeError::Busy | IntakeError::Stopping)) => {
                Err(Problem::unavailable(error.to_string(), 1))
            }
            Err(error @ (IntakeError::Append(_) | IntakeError::Read(_) | IntakeError::Index(_))) => {
                if !Outage::caused(&error) {
                    tracing::error!(error = &error as &dyn std::error::Error, %organization, "domain events were not stored");
                }
                Err(Problem::storage())
            }
        }
    }
}

fn unreadable(error: EnvelopeError) -> Problem {
    match error {
        EnvelopeError::TooMany { .. } => Problem::too_many(error.to_string()),
        EnvelopeError::Charset => Problem::unsupported_charset(error.to_string()),
        EnvelopeError::NotAnObject { .. }
        | EnvelopeError::NotAList { .. }
        | EnvelopeError::NoCloudEvent
        | EnvelopeError::Empty
        | EnvelopeError::OneEvent
        | EnvelopeError::List => Problem::malformed(error.to_string()),
    }
}

fn check(
    organization: &OrganizationId,
    event: Event,
    warnings: Vec<Warning>,
    most: usize,
) -> Result<Checked, Problem> {
    // Said last: a type of Chronus' own is meant more often than it is misspelt.
    let unknown_type = unknown::event_type(event.ty());
    let mut checked = domain_event::check_telling(organization, event, most).map_err(|invalid| {
        Problem::invalid_event(invalid.detail, Some(invalid.pointer)).with_errors(invalid.all)
    })?;
    for warning in warnings.into_iter().chain(unknown_type) {
        checked.warn(warning);
    }
    Ok(checked)
}
