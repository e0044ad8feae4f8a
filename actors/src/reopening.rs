//! Cards that nobody was found for in time, and that an operator wants sent after all: since a conflict is settled by now,
//! say. Nobody's actor knows of such a card, so the organization's routing stream says it; the read models then look for
//! its recipient as if the card had just come, and the router queues it or notes its end as before.

use events::outbound::RecipientReopened;
use events::{
    Clock, EventId, EventStore, Metadata, NotificationId, OrganizationId, OutboundEvent, Position, StreamId,
};
use uuid::Uuid;

use crate::append::{NewFact, RecordError, record_all};
use crate::settings::REPLAY_LIFE;

/// A card to be looked at again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reopening {
    /// The organization.
    pub organization_id: OrganizationId,
    /// The card that was never queued.
    pub notification_id: NotificationId,
    /// The domain event behind it.
    pub domain_event: EventId,
    /// The thread that the domain event started.
    pub correlation_id: Uuid,
    /// The replay; the same one reopens the card once.
    pub replay_id: Uuid,
    /// Who asks for it.
    pub by: String,
}

/// Records it, once for one replay. `folded` is how far the list was folded that the card is taken from.
///
/// # Errors
/// Where the log can be neither read nor written.
pub async fn record(
    store: &dyn EventStore,
    clock: &dyn Clock,
    reopening: Reopening,
    folded: Position,
) -> Result<(), RecordError> {
    let Reopening {
        organization_id,
        notification_id,
        domain_event,
        correlation_id,
        replay_id,
        by,
    } = reopening;
    let id = EventId::derive([
        "reopened",
        notification_id.to_string().as_str(),
        replay_id.to_string().as_str(),
    ]);
    let now = clock.now();
    let event = RecipientReopened {
        notification_id,
        domain_event,
        replay_id,
        until: now + REPLAY_LIFE,
        by,
    };
    let metadata = Metadata {
        time: now,
        correlation_id,
        causation_id: replay_id,
    };
    let fact = NewFact {
        id,
        event: OutboundEvent::from(event),
        metadata,
    };
    let stream = StreamId::routing(&organization_id);
    record_all(store, stream, &[fact], folded).await.map(drop)
}
