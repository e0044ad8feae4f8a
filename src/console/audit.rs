//! That somebody looked at personal values is itself a fact of the log: before they are shown, and with the reason.

use chrono::{DateTime, TimeDelta, Utc};
use events::outbound::PersonalValuesOpened;
use events::{EventStore, OrganizationId, OutboundEvent, ReadError};

use super::sessions::OPEN_FOR;
use super::visit::Visit;
use crate::audit;
use crate::http::problem::Problem;

/// Entries of the audit that are looked at for each opening that is shown.
const LOOKED_AT: usize = 20;

/// Records it; whoever asked sees nothing before it stands.
pub(super) async fn opened(visit: &Visit, about: &str, reason: &str) -> Result<(), Problem> {
    let (api, doer) = (&visit.console.api, visit.doer());
    let opened = PersonalValuesOpened {
        about: about.to_owned(),
        by: doer.by.clone(),
        reason: reason.to_owned(),
        until: api.clock.now() + TimeDelta::from_std(OPEN_FOR).unwrap_or_default(),
        from: None,
        chain: None,
    };
    api.opened(&doer, opened).await
}

/// The newest openings, newest first.
pub(super) async fn newest(
    store: &dyn EventStore,
    organization: &OrganizationId,
    most: usize,
) -> Result<Vec<(DateTime<Utc>, PersonalValuesOpened)>, ReadError> {
    // Other entries stand between them.
    let looked = most.saturating_mul(LOOKED_AT);
    let found = audit::newest(store, &audit::stream_of(Some(organization)), looked).await?;
    let opened = found.iter().filter_map(|recorded| match recorded.decode() {
        Ok(OutboundEvent::PersonalValuesOpened(event)) => Some((recorded.metadata.time, event)),
        Ok(_) | Err(_) => None,
    });
    Ok(opened.take(most).collect())
}
