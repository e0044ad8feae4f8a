//! What an operator says of an organization's answers: hand some over again, and whether its webhook is used at all.

use events::outbound::{ResponseRequeued, WebhookDisabled, WebhookEnabled, WebhookOffReason};
use events::{Clock, EventId, EventStore, Metadata, OrganizationId, OutboundEvent, Position, StreamId};
use uuid::Uuid;

use crate::append::{NewFact, RecordError, record_all};

/// An answer to be handed over again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requeue {
    /// Where it stands in the log.
    pub position: Position,
    /// The thread that it belongs to.
    pub correlation_id: Uuid,
}

/// Where and in whose name something is recorded.
#[derive(Debug, Clone, Copy)]
pub struct Operator<'a> {
    /// The log.
    pub store: &'a dyn EventStore,
    /// The time.
    pub clock: &'a dyn Clock,
    /// `cli`, or `api:` and the name of an API key.
    pub by: &'a str,
    /// How far the rows had folded the log that the operator looked at.
    pub folded: Position,
    /// The id of what is recorded of the webhook, where it is given: the same one is recorded once.
    pub id: Option<EventId>,
}

impl Operator<'_> {
    /// Has answers handed over again, as the replay `replay_id`.
    pub async fn requeue(
        &self,
        organization: &OrganizationId,
        responses: &[Requeue],
        replay_id: Uuid,
    ) -> Result<(), RecordError> {
        let replay = replay_id.to_string();
        let facts: Vec<NewFact<OutboundEvent>> = responses
            .iter()
            .map(|response| {
                let position = response.position.to_string();
                let id = EventId::derive(["response-requeued", replay.as_str(), position.as_str()]);
                let event = ResponseRequeued {
                    response: response.position,
                    replay_id,
                    by: self.by.to_owned(),
                };
                self.fact(id, response.correlation_id, event)
            })
            .collect();
        self.record(organization, &facts).await
    }

    /// Has nothing more posted to the organization's webhook.
    pub async fn disable(&self, organization: &OrganizationId) -> Result<(), RecordError> {
        let id = self.id.unwrap_or_else(EventId::unique);
        let off = WebhookDisabled {
            reason: WebhookOffReason::Administrator,
            by: self.by.to_owned(),
            failing_since: None,
        };
        self.record(organization, &[self.fact(id, id.0, off)]).await
    }

    /// Has answers posted to the organization's webhook again.
    pub async fn enable(&self, organization: &OrganizationId) -> Result<(), RecordError> {
        let id = self.id.unwrap_or_else(EventId::unique);
        let by = self.by.to_owned();
        self.record(organization, &[self.fact(id, id.0, WebhookEnabled { by })])
            .await
    }

    fn fact(
        &self,
        id: EventId,
        correlation_id: Uuid,
        event: impl Into<OutboundEvent>,
    ) -> NewFact<OutboundEvent> {
        let metadata = Metadata {
            time: self.clock.now(),
            correlation_id,
            causation_id: id.0,
        };
        NewFact {
            id,
            event: event.into(),
            metadata,
        }
    }

    async fn record(
        &self,
        organization: &OrganizationId,
        facts: &[NewFact<OutboundEvent>],
    ) -> Result<(), RecordError> {
        let stream = StreamId::responses(organization);
        record_all(self.store, stream, facts, self.folded).await.map(drop)
    }
}
