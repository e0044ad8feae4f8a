//! That somebody looked at personal values is itself a fact of the log: recorded before they are shown, with the reason.

use events::outbound::PersonalValuesOpened;
use events::{
    AppendError, Clock, EventId, EventStore, Expected, Metadata, NewEvent, OrganizationId, OutboundEvent,
    StreamId, StreamWrite,
};

/// Records it; whoever asked sees nothing before it stands.
pub async fn record(
    store: &dyn EventStore,
    clock: &dyn Clock,
    organization: &OrganizationId,
    opened: PersonalValuesOpened,
) -> Result<(), AppendError> {
    let id = EventId::unique();
    let metadata = Metadata {
        time: clock.now(),
        correlation_id: id.0,
        causation_id: id.0,
    };
    let write = StreamWrite {
        stream: StreamId::audit(organization),
        // Twice in the log would be true twice: nothing follows from it.
        expected: Expected::Any,
        events: vec![NewEvent::encode(id, &OutboundEvent::from(opened), metadata)],
    };
    store.append(vec![write]).await.map(drop)
}
