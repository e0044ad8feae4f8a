//! `tenant`: whose a tenant is, and whether the integration is on.
//!
//! `list` only reads and works beside a running service. What changes something writes the log itself and so needs
//! the service stopped; while it runs, `POST /v1/tenant/enable` and `/disable` do the same.

use std::io::{self, Write as _};

use actors::tenant::TenantCommand;
use anyhow::Context as _;
use clap::{Args, Subcommand};
use events::{OrganizationId, SystemClock, TenantId};
use serde_json::json;

mod by_hand;
mod part;

use super::acts::about_to;
use super::models;
use crate::audit::acts;
use crate::config::Config;

/// Show tenants, and switch the integration on and off.
#[derive(Debug, Args)]
pub(super) struct Tenant {
    #[command(subcommand)]
    command: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Print every tenant that the log knows
    List {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Send to the tenant's people again; each gets one card of what they missed and is still so
    Enable(Chosen),
    /// Send nothing more to the tenant's people; what waits is not sent, and Chronus is told
    Disable(Chosen),
    /// Link a tenant to an organization, and switch it on where it was never switched
    Link {
        #[command(flatten)]
        one: One,
        /// The organization's id, as in the configuration or as it was registered
        #[arg(long, value_name = "ID")]
        organization: OrganizationId,
    },
    /// Print the programmes and ERGs for which Teams is switched off, ERGs by the hash of their name
    Parts {
        /// The organization's id, as in the configuration
        #[arg(long, value_name = "ID")]
        organization: OrganizationId,
    },
    /// Send nothing more of one programme or ERG; what waits of it is dropped, and Chronus is told
    DisablePart(part::Switch),
    /// Send again what comes of one programme or ERG; what was dropped stays so
    EnablePart(part::Switch),
    /// End a link that was made at run time; nothing more is sent to the tenant's people
    Unlink {
        /// The organization's id, as it was registered
        #[arg(long, value_name = "ID")]
        organization: OrganizationId,
        /// Why; it stands in the audit
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

/// A tenant, by its own id or by whose it is.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Chosen {
    /// The Microsoft 365 tenant; `tenant list` prints it
    #[arg(value_name = "TENANT")]
    tenant: Option<TenantId>,
    /// The organization whose tenant it is, as in the configuration
    #[arg(long, value_name = "ID")]
    organization: Option<OrganizationId>,
}

impl Chosen {
    fn tenant(self, config: &Config) -> anyhow::Result<TenantId> {
        match (self.tenant, self.organization) {
            (Some(tenant), _) => Ok(tenant),
            (None, Some(organization)) => {
                models::demand_configured(config, &organization)?;
                let mut organizations = config.organizations.iter();
                let found = organizations.find(|one| one.id == organization);
                found
                    .map(|one| one.tenant_id.clone())
                    .with_context(|| format!("the configuration names no organization {organization}"))
            }
            (None, None) => anyhow::bail!("this needs the tenant's id; `tenant list` prints it"),
        }
    }
}

#[derive(Debug, Args)]
struct One {
    /// The Microsoft 365 tenant
    #[arg(value_name = "TENANT")]
    tenant: TenantId,
}

impl Tenant {
    pub(super) fn run(self, config: &Config) -> anyhow::Result<()> {
        super::block_on(async {
            match self.command {
                What::List { json } => list(config, json).await,
                What::Parts { organization } => part::list(config, organization).await,
                What::DisablePart(switch) => switch.run(config, true).await,
                What::EnablePart(switch) => switch.run(config, false).await,
                What::Enable(chosen) => {
                    let tenant = chosen.tenant(config)?;
                    change(config, &tenant, &TenantCommand::Enable, acts::TENANT_ON).await
                }
                What::Disable(chosen) => {
                    let tenant = chosen.tenant(config)?;
                    change(config, &tenant, &TenantCommand::Disable, acts::TENANT_OFF).await
                }
                What::Link { one, organization } if !models::is_configured(config, &organization) => {
                    by_hand::link(config, organization, one.tenant).await
                }
                What::Unlink { organization, reason } => {
                    by_hand::unlink(config, &organization, &reason).await
                }
                What::Link { one, organization } => {
                    let command = TenantCommand::Configure(organization);
                    change(config, &one.tenant, &command, acts::TENANT_LINK).await
                }
            }
        })
    }
}

async fn list(config: &Config, as_json: bool) -> anyhow::Result<()> {
    let models = models::open(config).await?;
    let mut out = io::stdout().lock();
    for tenant in models.models.tenants().await? {
        if as_json {
            let line = json!({
                "tenant_id": tenant.id, "organization_id": tenant.organization_id, "enabled": tenant.enabled,
            });
            writeln!(out, "{line}")?;
        } else {
            let organization = tenant.organization_id.map_or("-".to_owned(), |id| id.to_string());
            let state = if tenant.enabled { "enabled" } else { "disabled" };
            writeln!(out, "{}  {state:<8}  {organization}", tenant.id)?;
        }
    }
    Ok(())
}

async fn change(
    config: &Config,
    tenant: &TenantId,
    command: &TenantCommand,
    act: &'static str,
) -> anyhow::Result<()> {
    // Opening for writing would make a log where there is none.
    drop(super::open_log(config).await?);
    let store = crate::lineage::open_for_tool(config)
        .await
        .context("stop the service first, or use POST /v1/tenant/enable and /disable while it runs")?;
    let organization = config.organizations.iter().find(|one| one.tenant_id == *tenant);
    let organization = organization.map(|one| &one.id);
    let about = Some(format!("tenant/{tenant}"));
    if let Err(error) = about_to(&*store, organization, act, about, None).await {
        store.close().await;
        return Err(error);
    }
    let changed = actors::tenant::execute(&*store, &SystemClock, tenant, command, "cli").await;
    store.close().await;
    let what = if changed? { "changed" } else { "nothing to change" };
    writeln!(io::stdout().lock(), "{tenant}: {what}")?;
    Ok(())
}
