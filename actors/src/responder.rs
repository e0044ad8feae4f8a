//! The responder: hands what people answered to Chronus, with retries. The pull feed carries the same answers
//! whatever becomes of the webhook, so nothing here can lose one.
//!
//! Organizations do not wait for each other: each is served by itself, a bounded number of answers at a time. One whose
//! receiver is down is left alone for a while with everything that was not tried, so an outage costs an answer none
//! of its tries but one now and then, and no memory however much waits.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use events::store::Outage;
use events::{Clock, EventId, EventStore, Metadata, OrganizationId, OutboundEvent, Position, StreamId};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::append::{NewFact, RecordError, caught_up, record_all};
use crate::partition::{Ownership, Partition};
use crate::ports::{
    ChronusWebhook, Most, PendingResponse, PendingResponses, PortError, Progress, ReceiverStanding,
};

/// Answers of one organization taken from the work list at a time.
const EACH: usize = 50;
/// Organizations served at once.
const AT_ONCE: usize = 16;
/// How often due retries are looked for when nothing else happens.
const TICK: Duration = Duration::from_millis(500);
/// How long to wait after the work list or the log failed.
const PAUSE: Duration = Duration::from_millis(500);

mod operator;
mod outcome;
mod standing;

pub use operator::{Operator, Requeue};
pub use outcome::HandOverRules;
use outcome::{HandedOver, given_up, outcome};
use standing::{End, Served, Standing};

/// See the module.
#[derive(Debug)]
pub struct Responder {
    /// Answers not taken yet.
    pub pending: Arc<dyn PendingResponses>,
    /// How far that list has folded.
    pub progress: Arc<dyn Progress>,
    /// Which organizations are this node's to serve.
    pub ownership: Arc<dyn Ownership>,
    /// The way to Chronus.
    pub webhook: Arc<dyn ChronusWebhook>,
    /// The log.
    pub store: Arc<dyn EventStore>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What follows from a try.
    pub rules: HandOverRules,
}

impl Responder {
    /// Hands over until cancelled; what is under way then ends first.
    pub async fn run(self, cancel: CancellationToken) {
        let mut folded = self.progress.folded();
        if !caught_up(&*self.store, &mut folded, &cancel).await {
            return cancel.cancelled().await;
        }
        let mut standing = Standing::default();
        let mut under_way = FuturesUnordered::new();
        loop {
            folded.mark_unchanged();
            if !cancel.is_cancelled() && under_way.len() < AT_ONCE {
                match self.next(&mut standing, AT_ONCE - under_way.len()).await {
                    Ok(taken) => under_way
                        .extend(taken.map(|(of, answers, folded)| self.serve(of, answers, folded, &cancel))),
                    Err(error) => {
                        tracing::warn!(
                            error = &error as &dyn std::error::Error,
                            "the responder's work list failed"
                        );
                        tokio::time::sleep(PAUSE).await;
                    }
                }
            }
            if under_way.is_empty() && cancel.is_cancelled() {
                return;
            }
            tokio::select! {
                Some(served) = under_way.next() => {
                    tell(&served);
                    standing.note(served, Instant::now());
                }
                _ = folded.changed() => {}
                () = tokio::time::sleep(standing.next_look(Instant::now())) => {}
                () = cancel.cancelled(), if !cancel.is_cancelled() => {}
            }
        }
    }

    /// What is due, by organization, leaving out those that are served now or rest.
    async fn next(
        &self,
        standing: &mut Standing,
        organizations: usize,
    ) -> Result<impl Iterator<Item = (OrganizationId, Vec<PendingResponse>, Position)>, PortError> {
        // Before the list is asked for: what is recorded after this may still be listed.
        let folded = *self.progress.folded().borrow();
        standing.settle(folded, Instant::now());
        let most = Most {
            organizations,
            each: EACH,
        };
        let now = self.clock.now();
        let given_up = now - self.rules.patience();
        let due = self.pending.due(now, given_up, standing.out(), most).await?;
        let mut by_organization: HashMap<OrganizationId, Vec<PendingResponse>> = HashMap::new();
        for response in due {
            by_organization
                .entry(response.organization_id.clone())
                .or_default()
                .push(response);
        }
        standing.serving.extend(by_organization.keys().cloned());
        let taken = by_organization.into_iter();
        Ok(taken.map(move |(organization, responses)| (organization, responses, folded)))
    }

    /// One organization's answers, in order, for as long as they are this node's to hand over and the receiver is
    /// there: what was not tried stays as it is.
    async fn serve(
        &self,
        organization: OrganizationId,
        responses: Vec<PendingResponse>,
        folded: Position,
        cancel: &CancellationToken,
    ) -> Served {
        let mut served = Served {
            organization: organization.clone(),
            last: Position::START,
            given_up: 0,
            end: End::Through,
        };
        let Some(hold) = self.ownership.begin(Partition::of_organization(&organization)) else {
            return served;
        };
        let mut receiver = responses.first().map(|first| first.receiver).unwrap_or_default();
        for response in responses {
            if !hold.is_valid() || cancel.is_cancelled() {
                return served;
            }
            let span = tracing::info_span!(
                target: "thread", "hand_over", correlation.id = %response.correlation_id, %organization
            );
            let handed = self.hand_over(&response, &mut receiver, folded);
            let Some((position, handed)) = handed.instrument(span).await else {
                served.end = End::Failed;
                return served;
            };
            served.last = served.last.max(position);
            served.given_up += u64::from(handed.is_given_up());
            if let Some(end) = handed.end {
                served.end = end;
                return served;
            }
        }
        served
    }

    /// Hands one answer over and records what became of it: where, and what follows. `None` where that failed on our
    /// side.
    async fn hand_over(
        &self,
        response: &PendingResponse,
        receiver: &mut ReceiverStanding,
        folded: Position,
    ) -> Option<(Position, HandedOver)> {
        let handed = if receiver.is_off {
            given_up(response)
        } else {
            let deliver = self
                .webhook
                .deliver(response.organization_id.clone(), response.position);
            let result = deliver.await.inspect_err(|error| {
                tracing::warn!(
                    error = error as &dyn std::error::Error,
                    "an answer could not be read"
                );
            });
            let result = result.ok()?;
            tracing::debug!(target: "thread", ?result, "the answer was handed over");
            outcome(response, result, receiver, self.clock.now(), &self.rules)
        };
        let recorded = self.record(response, &handed, folded).await;
        let position = recorded.inspect_err(|error| {
            if !Outage::caused(error) {
                tracing::warn!(
                    error = error as &dyn std::error::Error,
                    "an outcome could not be recorded"
                );
            }
        });
        Some((position.ok()?, handed))
    }

    async fn record(
        &self,
        response: &PendingResponse,
        handed: &HandedOver,
        folded: Position,
    ) -> Result<Position, RecordError> {
        let (position, attempt) = (response.position.to_string(), (response.attempts + 1).to_string());
        let fact = |event: &OutboundEvent| {
            let switches_off = matches!(event, OutboundEvent::WebhookDisabled(_));
            let what = if switches_off {
                "webhook-disabled"
            } else {
                "response"
            };
            let id = EventId::derive([what, position.as_str(), attempt.as_str()]);
            // The thread ends here, where Chronus has the answer; that a webhook is off is nobody's thread.
            let thread = if switches_off {
                id.0
            } else {
                response.correlation_id
            };
            let metadata = Metadata {
                time: self.clock.now(),
                correlation_id: thread,
                causation_id: thread,
            };
            NewFact {
                id,
                event: event.clone(),
                metadata,
            }
        };
        let facts: Vec<_> = handed.events.iter().map(fact).collect();
        let stream = StreamId::responses(&response.organization_id);
        let at = record_all(&*self.store, stream, &facts, folded).await?;
        if let Some(OutboundEvent::WebhookDisabled(off)) = handed.events.last() {
            tracing::error!(
                target: "alert", alert = "webhook_off", organization = %response.organization_id,
                reason = off.reason.as_str(), failing_since = ?off.failing_since,
                "the webhook is switched off: answers wait and stand in the feed; mend the receiver, then switch it on \
                 with POST /v1/webhook/enable"
            );
        }
        Ok(at)
    }
}

/// Tells the operator of answers that were given up.
fn tell(served: &Served) {
    if served.given_up > 0 {
        tracing::error!(
            target: "alert", alert = "answers_given_up", organization = %served.organization, count = served.given_up,
            "answers were given up: they stand in the feed, GET /v1/responses/given-up lists them, and `responses replay` \
             hands them over after all"
        );
    }
}
