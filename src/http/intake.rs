//! `POST /v1/events`: domain events from Chronus, as CloudEvents.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use actors::intake::{Draft, IngestOutcome, Intake, IntakeError};
use events::{Clock, OrganizationId, Vault};
use serde::Serialize;

use super::access::authorize;
use super::body::BodyLimits;
use super::problem::{Problem, json};
use crate::chronus::domain_event::{self, Checked, Ticket, Warnings};
use crate::chronus::envelope::{self, EnvelopeError, Received};
use crate::chronus::member_claims::{MemberClaims, MemberWords};
use crate::chronus::warning::{MOST_WARNINGS, Warning};
use crate::config::{ApiKeys, Role};

/// What the intake works with.
#[derive(Debug)]
pub struct IntakeSurface {
    /// Who may hand over events.
    pub keys: ApiKeys,
    /// Takes drafts into the log.
    pub intake: Intake,
    /// What member events told, against which cards are held.
    pub claims: MemberClaims,
    /// Seals what is personal.
    pub vault: Vault,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What a body may be.
    pub limits: BodyLimits,
    /// Events that one request may carry.
    pub max_batch: usize,
}

/// The outcome of handing over one event.
#[derive(Debug, Serialize)]
struct EventResult {
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
            results.push(EventResult {
                id: one.id,
                source: one.source,
                status,
                position: None,
                superseded: false,
                notifications: Vec::new(),
                warnings: Vec::new(),
                problem,
            });
        }
        if checked.is_empty() {
            let results = serde_json::to_value(results).unwrap_or_default();
            return Err(Problem::rejected(results));
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
                        let mut warnings = warnings.of(outcome.ingested().accepted_at);
                        warnings.extend(claims);
                        warnings.truncate(MOST_WARNINGS);
                        (outcome, tickets, warnings)
                    })
                    .collect())
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
