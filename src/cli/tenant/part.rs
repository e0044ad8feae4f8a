//! Switching Teams off for one programme or ERG, and on again, while the service is stopped.

use std::io::{self, Write as _};

use actors::tenant::{PartSwitch, TenantCommand};
use anyhow::Context as _;
use clap::Args;
use events::{OrganizationId, SystemClock};

use super::super::{acts, models};
use crate::audit;
use crate::chronus::identity;
use crate::chronus::parts::NamedPart;
use crate::config::Config;
use crate::keys::KeyStore;

/// A programme or an ERG, and why.
#[derive(Debug, Args)]
pub(super) struct Switch {
    /// The organization's id, as in the configuration
    #[arg(long, value_name = "ID")]
    organization: OrganizationId,
    /// The programme, by its name
    #[arg(long, value_name = "NAME", conflicts_with = "erg")]
    program: Option<String>,
    /// The ERG, by its name
    #[arg(long, value_name = "NAME")]
    erg: Option<String>,
    /// Why; kept in the log, so without personal data
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// Prints what is switched off: programmes by their names, ERGs by the hash that stands for theirs.
pub(super) async fn list(config: &Config, organization: OrganizationId) -> anyhow::Result<()> {
    let models = models::open(config).await?;
    models::demand_organization(config, &models.models, &organization).await?;
    let mut out = io::stdout().lock();
    for off in models.models.parts_off(organization).await? {
        let since = off.since.to_rfc3339();
        let (kind, key) = (off.part.kind.as_str(), &off.part.key);
        writeln!(out, "{kind}  {key}  since {since}  by {}: {}", off.by, off.reason)?;
    }
    Ok(())
}

impl Switch {
    pub(super) async fn run(self, config: &Config, off: bool) -> anyhow::Result<()> {
        identity::check_reason(&self.reason).map_err(anyhow::Error::msg)?;
        let named = NamedPart::of(self.program.clone(), self.erg.clone()).map_err(anyhow::Error::msg)?;
        let stop_first = "stop the service first, or use POST /v1/switched-off/add and /remove while it runs";
        let (store, models) = models::open_for_change(config, stop_first).await?;
        let switching = async {
            let tenant = models.tenant_of(self.organization.clone()).await?;
            let tenant =
                tenant.with_context(|| format!("organization {} has no tenant", self.organization))?;
            let ready = config.clone().ready_to_open()?.keys;
            let keys = KeyStore::open(&ready, &config.data.folder).await?;
            let vault = keys.vault();
            let act = if off {
                audit::acts::PART_OFF
            } else {
                audit::acts::PART_ON
            };
            let about = Some(named.about(&vault));
            acts::about_to(&*store, Some(&self.organization), act, about, Some(&self.reason)).await?;
            let off_as = if off {
                Some(named.sealed(&vault, &self.organization).await?)
            } else {
                None
            };
            let command = TenantCommand::SwitchPart(PartSwitch {
                organization_id: self.organization.clone(),
                part: named.part(&vault),
                off_as,
                reason: self.reason.trim().to_owned(),
            });
            keys.close().await;
            Ok::<_, anyhow::Error>(
                actors::tenant::execute(&*store, &SystemClock, &tenant, &command, "cli").await?,
            )
        };
        let changed = switching.await;
        store.close().await;
        let what = if changed? { "changed" } else { "nothing to change" };
        writeln!(io::stdout().lock(), "{}: {what}", named.name)?;
        Ok(())
    }
}
