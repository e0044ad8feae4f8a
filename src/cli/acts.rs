//! What is done from the command line stands in the audit before it is done, as what is done by the API does.

use anyhow::Context as _;
use events::outbound::PersonalValuesOpened;
use events::store::sqlite::OpenError;
use events::{Clock as _, EventStore, OrganizationId, SystemClock};

use crate::audit::{self, Deed, handover};
use crate::config::Config;
use crate::store::StoreError;

/// Records that it is about to be done.
pub(super) async fn about_to(
    store: &dyn EventStore,
    organization: Option<&OrganizationId>,
    act: &'static str,
    about: Option<String>,
    reason: Option<&str>,
) -> anyhow::Result<()> {
    let deed = Deed {
        act,
        about,
        by: "cli".to_owned(),
        reason: reason.map(|reason| reason.trim().to_owned()),
        from: audit::operator(),
    };
    let recorded = audit::about_to(store, &SystemClock, organization, deed, None).await;
    recorded.map(drop).context("it is not done")
}

/// An opening of personal values by the command line.
pub(super) fn opening(about: String, command: &str, reason: &str) -> PersonalValuesOpened {
    PersonalValuesOpened {
        about,
        by: format!("cli {command}"),
        reason: reason.trim().to_owned(),
        until: SystemClock.now(),
        from: audit::operator(),
        chain: None,
    }
}

/// Records an opening that concerns the log as a whole: in the log where nobody else writes it, else by the service that does.
pub(super) async fn open_whole(config: &Config, opening: PersonalValuesOpened) -> anyhow::Result<()> {
    let closed = "that personal values are opened could not be recorded, so they stay closed";
    match crate::store::open(&config.data).await {
        Ok(store) => {
            let recorded = audit::record(&*store.log, &SystemClock, None, opening).await;
            store.log.close().await;
            recorded.map(drop).context(closed)
        }
        Err(StoreError::Embedded(OpenError::InUse { .. })) => {
            handover::hand_over(&config.data.folder, &opening).context(closed)
        }
        Err(error) => Err(anyhow::Error::new(error).context(closed)),
    }
}
