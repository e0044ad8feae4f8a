//! `export`: the log as Parquet files, for the analyst's own tools.

use std::io::{self, Write as _};
use std::path::PathBuf;

use clap::Args;
use events::{Direction, EventStore, OrganizationId, Position, StreamId, Version};
use tokio::sync::watch;

use super::progress;
use crate::config::Config;
use crate::export::{self, ExportError};
use crate::report::names;

/// Write the log as Parquet files.
#[derive(Debug, Args)]
pub(super) struct Export {
    /// The folder; a new one or an empty one, unless an export is gone on with
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// Only this organization's events and changes
    #[arg(long, value_name = "ID")]
    organization: Option<OrganizationId>,
    /// Go on where the export in the folder ended
    #[arg(long = "continue")]
    goes_on: bool,
    /// Go on with what is recorded from now on, until it is stopped
    #[arg(long)]
    follow: bool,
}

impl Export {
    pub(super) fn run(self, config: &Config) -> anyhow::Result<()> {
        super::block_on(async {
            let store = super::open_log(config).await?;
            if let Some(organization) = &self.organization {
                demand_known(&*store, config, organization).await?;
            }
            let export = export::Export {
                folder: self.folder.clone(),
                organization: self.organization.clone(),
                goes_on: self.goes_on,
                follow: self.follow,
            };
            let (teller, at) = watch::channel(Position::START);
            let head = *store.head().borrow();
            let exporting = export.run(&*store, &teller);
            let done = progress::during("exporting the log", at, head, exporting).await?;
            writeln!(
                io::stdout().lock(),
                "{} events and {} changes in {} bytes; {} holds everything up to position {}",
                done.events,
                done.changes,
                done.bytes,
                self.folder.display(),
                done.position
            )?;
            Ok(())
        })
    }
}

/// Refuses an organization of which there is nothing: its export would look as if nothing had happened.
async fn demand_known(
    store: &dyn EventStore,
    config: &Config,
    organization: &OrganizationId,
) -> Result<(), ExportError> {
    let mut configured = config.organizations.iter().map(|one| &one.id);
    if configured.any(|one| one == organization) {
        return Ok(());
    }
    let first = Version::NONE.plus(1);
    let stream = StreamId::organization(organization);
    let events = store.read_stream(stream, first, Direction::Forwards, 1).await?;
    if !events.is_empty() {
        return Ok(());
    }
    let configured = config.organizations.iter().map(|one| one.id.as_str());
    let advice = names::did_you_mean(organization.as_str(), configured);
    Err(ExportError::UnknownOrganization {
        organization: organization.clone(),
        advice,
    })
}
