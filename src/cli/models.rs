//! Read models for a tool that only reads: the service's own where they have folded all that the log held when the
//! tool began, and otherwise a fold of the log into a temporary file. Neither disturbs a running service. A tool that
//! writes needs the service stopped, and folds the service's own.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use events::{EventStore, OrganizationId};
use projections::{Projector, ReadModels};

use super::progress;
use super::scratch::Scratch;
use crate::config::Config;

/// How long a running service is given to fold what the log held when the tool began.
const PATIENCE: u32 = 20;
/// How often it is asked.
const PAUSE: Duration = Duration::from_millis(50);

/// Read models, and the folder they lie in where it is a temporary one.
#[derive(Debug)]
pub(super) struct Models {
    pub(super) models: ReadModels,
    /// Removed when this is dropped.
    _folder: Option<Scratch>,
}

/// The log for writing, with the service's own read models folded to its end. `stop_first` is told where a service
/// runs.
pub(super) async fn open_for_change(
    config: &Config,
    stop_first: &'static str,
) -> anyhow::Result<(Arc<dyn EventStore>, ReadModels)> {
    // Opening for writing would make a log where there is none.
    drop(super::open_log(config).await?);
    let store = crate::lineage::open_for_tool(config).await.context(stop_first)?;
    let mut projector = Projector::open(config.data.projections(), config.projection_options())?;
    let models = folded(&mut projector, &*store).await?;
    Ok((store, models))
}

/// The read models, folded to the end of the log.
async fn folded(projector: &mut Projector, store: &dyn EventStore) -> anyhow::Result<ReadModels> {
    let models = projector.read_models();
    let head = *store.head().borrow();
    let folding = projector.catch_up(store);
    progress::during("folding the log", models.folded(), head, folding).await?;
    Ok(models)
}

/// Opens or builds them.
pub(super) async fn open(config: &Config) -> anyhow::Result<Models> {
    let store = super::open_log(config).await?;
    let head = *store.head().borrow();
    for _ in 0..PATIENCE {
        let (path, options) = (config.data.projections(), config.projection_options());
        let opened = tokio::task::spawn_blocking(move || ReadModels::open_read_only(path, &options)).await?;
        let Some(models) = opened else { break };
        if *models.folded().borrow() >= head {
            return Ok(Models {
                models,
                _folder: None,
            });
        }
        tokio::time::sleep(PAUSE).await;
    }
    let folder = Scratch::new().context("failed to make a temporary folder")?;
    let mut projector = Projector::open(folder.file("projections.db"), config.projection_options())?;
    let models = folded(&mut projector, &*store).await?;
    Ok(Models {
        models,
        _folder: Some(folder),
    })
}

/// Names that are this much alike are probably the same name, misspelt.
const ALIKE: f64 = 0.7;
/// Names that are offered at most.
const MOST_NEAREST: usize = 3;

/// Refuses an organization that neither the configuration nor the log knows: about it there would be nothing to tell,
/// which looks like good news.
pub(super) async fn demand_organization(
    config: &Config,
    models: &ReadModels,
    organization: &OrganizationId,
) -> anyhow::Result<()> {
    if is_configured(config, organization) || models.tenant_of(organization.clone()).await?.is_some() {
        return Ok(());
    }
    demand_known(config, organization)
}

/// Refuses an organization that the log does not know, where the configuration does not either.
pub(super) fn demand_known(config: &Config, organization: &OrganizationId) -> anyhow::Result<()> {
    if is_configured(config, organization) {
        return Ok(());
    }
    let advice = nearest(config, organization);
    anyhow::bail!("neither the configuration nor the log knows an organization {organization}{advice}")
}

/// Refuses an organization that the configuration does not name: what is made for it, a key or a link, would be
/// nobody's.
pub(super) fn demand_configured(config: &Config, organization: &OrganizationId) -> anyhow::Result<()> {
    if is_configured(config, organization) {
        return Ok(());
    }
    let advice = nearest(config, organization);
    anyhow::bail!(
        "the configuration names no organization {organization}{advice}; add it as [[organizations]] first"
    )
}

pub(super) fn is_configured(config: &Config, organization: &OrganizationId) -> bool {
    config.organizations.iter().any(|one| one.id == *organization)
}

/// The configured names that are nearest, as advice; nothing where none is near.
pub(super) fn nearest(config: &Config, organization: &OrganizationId) -> String {
    let mut known: Vec<(f64, &str)> = config
        .organizations
        .iter()
        .map(|one| one.id.as_str())
        .map(|id| (strsim::jaro_winkler(id, organization.as_str()), id))
        .collect();
    known.sort_by(|one, other| other.0.total_cmp(&one.0));
    known.truncate(MOST_NEAREST);
    let near: Vec<&str> = known
        .iter()
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .map(|(_, id)| *id)
        .collect();
    match near.as_slice() {
        [] => String::new(),
        near => format!("; did you mean {}?", near.join(" or ")),
    }
}
