//! Links of organizations that were registered at run time, by an operator's word while the service is stopped: no code is needed.

use std::io::{self, Write as _};
use std::sync::Arc;

use anyhow::Context as _;
use events::outbound::TenantLinked;
use events::{EventStore, OrganizationId, SystemClock, TenantId};

use super::super::acts::about_to;
use super::super::models::nearest;
use crate::audit::acts;
use crate::chronus::identity;
use crate::config::Config;
use crate::onboarding::Onboarding;

/// Links a tenant to an organization.
pub(super) async fn link(
    config: &Config,
    organization: OrganizationId,
    tenant: TenantId,
) -> anyhow::Result<()> {
    let store = open(config).await?;
    let linking = async {
        let onboarding = Onboarding::new(config, Arc::clone(&store), Arc::new(SystemClock));
        onboarding.refresh().await?;
        let is_known = onboarding.read(|known, _| known.registered(&organization).is_some());
        let advice = nearest(config, &organization);
        anyhow::ensure!(
            is_known,
            "neither the configuration nor the log names an organization {organization}{advice}; add it as [[organizations]], or \
             register it"
        );
        let about = Some(format!("tenant/{tenant}"));
        about_to(&*store, Some(&organization), acts::TENANT_LINK, about, None).await?;
        let link = TenantLinked {
            organization_id: organization.clone(),
            tenant_id: tenant.clone(),
            code_id: None,
            by: "cli".to_owned(),
        };
        Ok(onboarding.link(link).await?)
    };
    let linked = linking.await;
    store.close().await;
    let what = if linked? { "changed" } else { "nothing to change" };
    writeln!(io::stdout().lock(), "{tenant}: {what}")?;
    Ok(())
}

/// Ends an organization's link.
pub(super) async fn unlink(
    config: &Config,
    organization: &OrganizationId,
    reason: &str,
) -> anyhow::Result<()> {
    identity::check_reason(reason).map_err(anyhow::Error::msg)?;
    let store = open(config).await?;
    let unlinking = async {
        let onboarding = Onboarding::new(config, Arc::clone(&store), Arc::new(SystemClock));
        let about = Some("tenant".to_owned());
        about_to(
            &*store,
            Some(organization),
            acts::TENANT_UNLINK,
            about,
            Some(reason),
        )
        .await?;
        Ok::<_, anyhow::Error>(
            onboarding
                .unlink(organization, "cli", reason.trim(), None)
                .await?,
        )
    };
    let ended = unlinking.await;
    store.close().await;
    writeln!(io::stdout().lock(), "{}: unlinked", ended?.tenant_id)?;
    Ok(())
}

async fn open(config: &Config) -> anyhow::Result<Arc<dyn EventStore>> {
    // Opening for writing would make a log where there is none.
    drop(super::super::open_log(config).await?);
    crate::lineage::open_for_tool(config)
        .await
        .context("stop the service first, or use POST /v1/tenant/link-code and /unlink while it runs")
}
