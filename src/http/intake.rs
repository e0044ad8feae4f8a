//! `POST /v1/events`: domain events from Chronus, as CloudEvents.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use actors::intake::{Draft, Intake, IntakeError, Taken};
use events::{Clock, OrganizationId, Vault};
use serde::Serialize;

use super::access::authorize;
use super::body::BodyLimits;
use super::problem::{Problem, json};
use crate::chronus::domain_event::{self, Checked, Ticket};
use crate::chronus::envelope::{self, EnvelopeError, Received};
use crate::config::{ApiKeys, Role};

/// What the intake works with.
#[derive(Debug)]
pub struct IntakeSurface {
    /// Who may hand over events.
    pub keys: ApiKeys,
    /// Takes drafts into the log.
    pub intake: Intake,
    /// Seals what is personal.
    pub vault: Vault,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What a body may be.
    pub limits: BodyLimits,
    /// Events that one request may carry.
    pub max_batch: usize,
}

/// What became of one event.
#[derive(Debug, Serialize)]
struct EventResult {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notifications: Vec<Ticket>,
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
    surface: web::Data<IntakeSurface>,
) -> Result<HttpResponse, Problem> {
    let principal = authorize(&request, &surface.keys, Role::Ingest)?;
    let body = surface.limits.read(payload).await?;
    let content_type = request
        .headers()
        .get("content-type")
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    let headers: Vec<(String, String)> = request
        .headers()
        .iter()
        .filter(|(name, _)| name.as_str().starts_with("ce-"))
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect();
    let received =
        envelope::read(content_type, &headers, &body, surface.max_batch).map_err(|error| match error {
            EnvelopeError::TooMany { .. } => Problem::too_many(error.to_string()),
            EnvelopeError::NotJson(_) | EnvelopeError::NotAList | EnvelopeError::NoCloudEvent => {
                Problem::malformed(error.to_string())
            }
        })?;
    // Not tied to the request: once begun, the append goes on even when the caller hangs up.
    let work = actix_web::rt::spawn(async move { surface.process(&principal.organization, received).await });
    work.await.unwrap_or_else(|_| Err(Problem::storage()))
}

impl IntakeSurface {
    async fn process(
        &self,
        organization: &OrganizationId,
        received: Vec<Received>,
    ) -> Result<HttpResponse, Problem> {
        let mut results = Vec::with_capacity(received.len());
        let mut checked: Vec<Checked> = Vec::new();
        for one in received {
            let outcome = one
                .event
                .map_err(|fault| Problem::invalid_event(fault, None))
                .and_then(|event| {
                    domain_event::check(organization, &event).map_err(|invalid| {
                        Problem::invalid_event(invalid.detail, Some(invalid.pointer)).with_errors(invalid.all)
                    })
                });
            let (status, problem) = match outcome {
                Ok(event) => {
                    checked.push(event);
                    ("accepted", None)
                }
                Err(problem) => ("rejected", Some(problem)),
            };
            let (id, source, notifications) = (one.id, one.source, Vec::new());
            results.push(EventResult {
                id,
                source,
                status,
                position: None,
                notifications,
                problem,
            });
        }
        if checked.is_empty() {
            let results = serde_json::to_value(results).unwrap_or_default();
            return Err(Problem::rejected(results));
        }
        let taken = self.take(organization, checked).await?;
        let good = results.iter_mut().filter(|result| result.problem.is_none());
        for (result, (taken, tickets)) in good.zip(taken) {
            let (status, position) = match taken {
                Taken::Accepted(position) => ("accepted", position),
                Taken::Duplicate(position) => ("duplicate", position),
            };
            (result.status, result.position, result.notifications) = (status, Some(position.0), tickets);
        }
        Ok(json(StatusCode::ACCEPTED, &Results { results }))
    }

    async fn take(
        &self,
        organization: &OrganizationId,
        checked: Vec<Checked>,
    ) -> Result<Vec<(Taken, Vec<Ticket>)>, Problem> {
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
        match self.intake.take(organization, drafts).await {
            Ok(taken) => {
                for ((thread, event), taken) in threads.into_iter().zip(&taken) {
                    tracing::debug!(
                        target: "thread", { correlation.id = %thread, event.id = %event, ?taken },
                        "a domain event was taken"
                    );
                }
                Ok(taken.into_iter().zip(tickets).collect())
            }
            Err(error @ (IntakeError::Busy | IntakeError::Stopping)) => {
                Err(Problem::unavailable(error.to_string(), 1))
            }
            Err(error @ (IntakeError::Append(_) | IntakeError::Read(_) | IntakeError::Index(_))) => {
                tracing::error!(error = &error as &dyn std::error::Error, %organization, "domain events were not stored");
                Err(Problem::storage())
            }
        }
    }
}
