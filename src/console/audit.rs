//! That somebody looked at personal values is itself a fact of the log: before they are shown, and with the reason.

use chrono::{DateTime, TimeDelta, Utc};
use events::outbound::PersonalValuesOpened;
use events::{
    Clock, Direction, EventId, EventStore, Expected, Metadata, NewEvent, OrganizationId, OutboundEvent,
    ReadError, StreamId, StreamWrite, Version,
};

use super::sessions::OPEN_FOR;
use crate::http::problem::Problem;

/// Records it; whoever asked sees nothing before it stands.
pub(super) async fn opened(
    store: &dyn EventStore,
    clock: &dyn Clock,
    organization: &OrganizationId,
    about: &str,
    by: &str,
    reason: &str,
) -> Result<(), Problem> {
    let now = clock.now();
    let event = OutboundEvent::from(PersonalValuesOpened {
        about: about.to_owned(),
        by: by.to_owned(),
        reason: reason.trim().to_owned(),
        until: now + TimeDelta::from_std(OPEN_FOR).unwrap_or_default(),
    });
    let id = EventId::unique();
    let metadata = Metadata {
        time: now,
        correlation_id: id.0,
        causation_id: id.0,
    };
    let write = StreamWrite {
        stream: StreamId::audit(organization),
        // Twice in the log would be true twice: nothing follows from it.
        expected: Expected::Any,
        events: vec![NewEvent::encode(id, &event, metadata)],
    };
    store.append(vec![write]).await.map(drop).map_err(|error| {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "that personal values are opened could not be recorded, so they stay closed"
        );
        Problem::storage()
    })
}

/// The newest openings, newest first.
pub(super) async fn newest(
    store: &dyn EventStore,
    organization: &OrganizationId,
    most: usize,
) -> Result<Vec<(DateTime<Utc>, PersonalValuesOpened)>, ReadError> {
    let stream = StreamId::audit(organization);
    let found = store
        .read_stream(stream, Version(u64::MAX), Direction::Backwards, most)
        .await?;
    let opened = found.iter().filter_map(|recorded| match recorded.decode() {
        Ok(OutboundEvent::PersonalValuesOpened(event)) => Some((recorded.metadata.time, event)),
        Ok(_) | Err(_) => None,
    });
    Ok(opened.collect())
}
