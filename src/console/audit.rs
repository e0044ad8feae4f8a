//! That somebody looked at personal values is itself a fact of the log: before they are shown, and with the reason.

use chrono::{DateTime, TimeDelta, Utc};
use events::outbound::PersonalValuesOpened;
use events::{Clock, Direction, EventStore, OrganizationId, OutboundEvent, ReadError, StreamId, Version};

use super::sessions::OPEN_FOR;
use crate::chronus::opened;
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
    let opened = PersonalValuesOpened {
        about: about.to_owned(),
        by: by.to_owned(),
        reason: reason.trim().to_owned(),
        until: clock.now() + TimeDelta::from_std(OPEN_FOR).unwrap_or_default(),
    };
    let recorded = opened::record(store, clock, organization, opened).await;
    recorded.map_err(|error| {
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
