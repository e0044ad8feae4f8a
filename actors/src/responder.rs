//! The responder: hands what people answered to Chronus, with retries. The pull feed carries the same answers
//! whatever becomes of the webhook, so nothing here can lose one.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use events::outbound::{ResponseDelivered, ResponseFailed};
use events::{Clock, EventId, EventStore, Metadata, OrganizationId, OutboundEvent, Position, StreamId};
use futures_util::StreamExt as _;
use tokio_util::sync::CancellationToken;

use crate::append::{caught_up, record};
use crate::partition::{Ownership, Partition};
use crate::ports::{ChronusWebhook, PendingResponse, PendingResponses, PortError, Progress, WebhookResult};

/// Answers taken from the work list at a time.
const BATCH: usize = 200;
/// Organizations served at once.
const AT_ONCE: usize = 16;
/// How often due retries are looked for when nothing else happens.
const TICK: Duration = Duration::from_millis(500);
/// How long to wait after the work list or the log failed.
const PAUSE: Duration = Duration::from_millis(500);
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

    /// Hands over until cancelled.
    pub async fn run(self, cancel: CancellationToken) {
        let mut folded = self.progress.folded();
        if !caught_up(&*self.store, &mut folded, &cancel).await {
            return cancel.cancelled().await;
        }
        while !cancel.is_cancelled() {
            folded.mark_unchanged();
            match self.round().await {
                Ok(None) => {
                    tokio::select! {
                        () = cancel.cancelled() => return,
                        _ = folded.changed() => {}
                        () = tokio::time::sleep(TICK) => {}
                    }
                }
                Ok(Some(position)) => {
                    // What was handed over stays listed until that is folded.
                    let settled = folded.wait_for(|folded| *folded >= position);
                    if cancel.run_until_cancelled(settled).await.is_none() {
                        return;
                    }
                }
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "the responder's work list failed"
                    );
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// Hands over what is due; answers the position of the last outcome, `None` when nothing was due.
    async fn round(&self) -> Result<Option<Position>, PortError> {
        // Before the list is asked for: what is recorded after this may still be listed.
        let folded = *self.progress.folded().borrow();
        let mut by_organization: HashMap<OrganizationId, Vec<PendingResponse>> = HashMap::new();
        for response in self.pending.due(self.clock.now(), BATCH).await? {
            by_organization
                .entry(response.organization_id.clone())
                .or_default()
                .push(response);
        }
        if by_organization.is_empty() {
            return Ok(None);
        }
        let last = futures_util::stream::iter(by_organization)
            .map(|(organization, responses)| self.serve(organization, responses, folded))
            .buffer_unordered(AT_ONCE)
            .fold(
                Position::START,
                |last, position| async move { last.max(position) },
            )
            .await;
        if last == Position::START {
            tokio::time::sleep(PAUSE).await;
        }
        Ok(Some(last))
    }

    /// One organization's answers, in order, for as long as they are this node's to hand over.
    async fn serve(
        &self,
        organization: OrganizationId,
        responses: Vec<PendingResponse>,
        folded: Position,
    ) -> Position {
        let mut last = Position::START;
        let Some(hold) = self.ownership.begin(Partition::of_organization(&organization)) else {
            return last;
        };
        for response in responses {
            if !hold.is_valid() {
                return last;
            }
            let result = match self
                .webhook
                .deliver(response.organization_id.clone(), response.position)
                .await
            {
                Ok(result) => result,
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "an answer could not be read"
                    );
                    return last;
                }
            };
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
            match record(&*self.store, stream, id, &event, metadata, folded).await {
                Ok(position) => last = last.max(position),
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "an outcome could not be recorded"
                    );
                    return last;
                }
            }
        }
        last
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
