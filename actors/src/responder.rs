//! The responder: hands what people answered to Chronus, with retries. The pull feed carries the same answers
//! whatever becomes of the webhook, so nothing here can lose one.
//!
//! Organizations do not wait for each other: each is served by itself, a bounded number of answers at a time. One whose
//! receiver is down is left alone for a while with everything that was not tried, so an outage costs an answer none
//! of its tries but one now and then, and no memory however much waits.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use events::outbound::{ResponseDelivered, ResponseFailed};
use events::{Clock, EventId, EventStore, Metadata, OrganizationId, OutboundEvent, Position, StreamId};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::append::{caught_up, record};
use crate::partition::{Ownership, Partition};
use crate::ports::{
    ChronusWebhook, Most, PendingResponse, PendingResponses, PortError, Progress, WebhookResult,
};

/// Answers of one organization taken from the work list at a time.
const EACH: usize = 50;
/// Organizations served at once.
const AT_ONCE: usize = 16;
/// How often due retries are looked for when nothing else happens.
const TICK: Duration = Duration::from_millis(500);
/// How long to wait after the work list or the log failed.
const PAUSE: Duration = Duration::from_millis(500);
/// How long a receiver that is down is left alone at first; doubles each time, up to the longest.
const FIRST_REST: Duration = Duration::from_millis(500);
const LONGEST_REST: Duration = Duration::from_secs(30);
/// Longest `Retry-After` that is followed.
const LONGEST_RETRY_AFTER: TimeDelta = TimeDelta::hours(1);

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
    /// Delays before each further try; their number bounds the tries.
    pub delays: Vec<TimeDelta>,
}

impl Responder {
    /// The delays of the Standard Webhooks recommendation: eight tries over a day and a bit.
    pub fn standard_delays() -> Vec<TimeDelta> {
        [5, 5 * 60, 30 * 60, 2 * 3_600, 5 * 3_600, 10 * 3_600, 10 * 3_600]
            .map(TimeDelta::seconds)
            .to_vec()
    }

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
                Some(served) = under_way.next() => standing.note(served, Instant::now()),
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
        let due = self.pending.due(self.clock.now(), standing.out(), most).await?;
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
            end: End::Through,
        };
        let Some(hold) = self.ownership.begin(Partition::of_organization(&organization)) else {
            return served;
        };
        for response in responses {
            if !hold.is_valid() || cancel.is_cancelled() {
                return served;
            }
            let span = tracing::info_span!(
                target: "thread", "hand_over", correlation.id = %response.correlation_id, %organization
            );
            let Some((position, down)) = self.hand_over(response, folded).instrument(span).await else {
                served.end = End::Failed;
                return served;
            };
            served.last = served.last.max(position);
            if down {
                served.end = End::Down;
                return served;
            }
        }
        served
    }

    /// Hands one answer over and records what became of it: where, and whether the receiver is down. `None` where
    /// that failed on our side.
    async fn hand_over(&self, response: PendingResponse, folded: Position) -> Option<(Position, bool)> {
        let result = self
            .webhook
            .deliver(response.organization_id.clone(), response.position)
            .await
            .inspect_err(|error| {
                tracing::warn!(
                    error = error as &dyn std::error::Error,
                    "an answer could not be read"
                );
            })
            .ok()?;
        let down = is_down(&result);
        tracing::debug!(target: "thread", ?result, "the answer was handed over");
        let event = outcome(&response, result, self.clock.now(), &self.delays);
        let attempt = (response.attempts + 1).to_string();
        let id = EventId::derive([
            "response",
            response.position.to_string().as_str(),
            attempt.as_str(),
        ]);
        let metadata = Metadata {
            time: self.clock.now(),
            correlation_id: id.0,
            causation_id: id.0,
        };
        let stream = StreamId::responses(&response.organization_id);
        let recorded = record(&*self.store, stream, id, &event, metadata, folded).await;
        let position = recorded.inspect_err(|error| {
            tracing::warn!(
                error = error as &dyn std::error::Error,
                "an outcome could not be recorded"
            );
        });
        Some((position.ok()?, down))
    }
}

/// What came of serving an organization.
#[derive(Debug)]
struct Served {
    organization: OrganizationId,
    /// The last outcome recorded.
    last: Position,
    end: End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// Everything taken from the list was tried.
    Through,
    /// The receiver is down: the rest waits untried.
    Down,
    /// Something on our side failed.
    Failed,
}

/// Which organizations are served, and which rest.
#[derive(Debug, Default)]
struct Standing {
    serving: HashSet<OrganizationId>,
    /// Whose last outcome is perhaps not folded yet: it stays listed until it is.
    unfolded: HashMap<OrganizationId, Position>,
    resting: HashMap<OrganizationId, Instant>,
    /// How often in a row the receiver was down.
    downs: HashMap<OrganizationId, u32>,
}

impl Standing {
    fn note(&mut self, served: Served, now: Instant) {
        let organization = served.organization;
        self.serving.remove(&organization);
        if served.last > Position::START {
            self.unfolded.insert(organization.clone(), served.last);
        }
        match served.end {
            End::Down => {
                let downs = self.downs.entry(organization.clone()).or_default();
                let rest = FIRST_REST
                    .saturating_mul(2_u32.saturating_pow(*downs))
                    .min(LONGEST_REST);
                *downs += 1;
                self.resting.insert(organization, now + rest);
            }
            End::Failed => {
                self.resting.insert(organization, now + PAUSE);
            }
            End::Through => {
                self.downs.remove(&organization);
                if served.last == Position::START {
                    // Nothing was there to do: the list lags behind, or the work is another node's.
                    self.resting.insert(organization, now + PAUSE);
                }
            }
        }
    }

    fn settle(&mut self, folded: Position, now: Instant) {
        self.unfolded.retain(|_, position| *position > folded);
        self.resting.retain(|_, until| *until > now);
    }

    /// Those that are not to be listed now.
    fn out(&self) -> HashSet<OrganizationId> {
        let unfolded = self.unfolded.keys().chain(self.resting.keys());
        self.serving.iter().chain(unfolded).cloned().collect()
    }

    fn next_look(&self, now: Instant) -> Duration {
        let rests = self
            .resting
            .values()
            .map(|until| until.saturating_duration_since(now));
        rests
            .min()
            .map_or(TICK, |rest| rest.clamp(Duration::from_millis(1), TICK))
    }
}

/// Whether an answer says that the receiver is down, rather than that it does not want this one or fails over it (500).
fn is_down(result: &WebhookResult) -> bool {
    match result {
        WebhookResult::NotTaken { status, .. } => {
            status.is_none_or(|status| matches!(status, 408 | 429 | 502..=504))
        }
        WebhookResult::Taken(_) | WebhookResult::NoWebhook => false,
    }
}

/// What a try means. 410 says that the receiver is gone for good (Standard Webhooks).
fn outcome(
    response: &PendingResponse,
    result: WebhookResult,
    now: DateTime<Utc>,
    delays: &[TimeDelta],
) -> OutboundEvent {
    let attempt = response.attempts + 1;
    let failed = |status, reason, retry_at| ResponseFailed {
        response: response.position,
        attempt,
        status,
        reason,
        retry_at,
    };
    match result {
        WebhookResult::Taken(status) => ResponseDelivered {
            response: response.position,
            attempt,
            status,
        }
        .into(),
        WebhookResult::NoWebhook => failed(None, ResponseFailed::NO_WEBHOOK.to_owned(), None).into(),
        WebhookResult::NotTaken {
            status: Some(410),
            reason,
            ..
        } => failed(Some(410), reason, None).into(),
        WebhookResult::NotTaken {
            status,
            reason,
            retry_after,
        } => {
            let asked = retry_after.and_then(|asked| TimeDelta::from_std(asked).ok());
            let delay = delays.get(response.attempts as usize).map(|own| {
                asked.map_or(*own, |asked| {
                    asked.clamp(TimeDelta::seconds(1), LONGEST_RETRY_AFTER).max(*own)
                })
            });
            failed(status, reason, delay.map(|delay| now + delay)).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pending(attempts: u32) -> PendingResponse {
        let organization_id = OrganizationId::parse("acme").unwrap();
        PendingResponse {
            position: Position(7),
            organization_id,
            correlation_id: uuid::Uuid::nil(),
            attempts,
            due_at: DateTime::UNIX_EPOCH,
        }
    }

    fn retry_at(attempts: u32, status: u16) -> Option<DateTime<Utc>> {
        let result = WebhookResult::NotTaken {
            status: Some(status),
            reason: "x".into(),
            retry_after: None,
        };
        let delays = Responder::standard_delays();
        let event = outcome(&pending(attempts), result, DateTime::UNIX_EPOCH, &delays);
        let OutboundEvent::ResponseFailed(failed) = event else {
            panic!("{event:?} is no failure")
        };
        failed.retry_at
    }

    #[test]
    fn a_refused_answer_is_tried_again_until_the_delays_are_used_up() {
        assert_eq!(
            retry_at(0, 500),
            Some(DateTime::UNIX_EPOCH + TimeDelta::seconds(5))
        );
        assert!(retry_at(6, 500).is_some());
        assert_eq!(retry_at(7, 500), None);
    }

    #[test]
    fn a_receiver_that_is_gone_is_not_asked_again() {
        assert_eq!(retry_at(0, 410), None);
    }
}
