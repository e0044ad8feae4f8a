//! The parts that watch the others: counting what the log tells, and looking at queues and ages.

use std::sync::Arc;

use actors::delivery::Circuits;
use tokio::sync::watch;

use super::{Core, Parts};
use crate::config::Config;
use crate::http::insight::InsightSurface;
use crate::metrics::Exporter;
use crate::metrics::counting::Counting;
use crate::metrics::labels::Labels;
use crate::metrics::sampling::{Sample, Sampling};
use crate::metrics::troubles::Troubles;
use crate::teams::token::TokenClient;

/// Starts them; answers what an operator is shown.
pub(super) fn spawn(
    config: &Config,
    core: &Core,
    tenants: Arc<Labels>,
    circuits: Arc<Circuits>,
    token: Option<TokenClient>,
    work: &Parts,
) -> InsightSurface {
    let exporter = Exporter::install();
    let troubles = Troubles::default();
    let (newest, sample) = watch::channel(Sample::default());
    let counting = Counting::new(
        Arc::clone(&core.store),
        core.models.clone(),
        Arc::clone(&tenants),
        troubles.clone(),
    );
    work.spawn("counting", counting.run(work.cancel.clone()));
    let sampling = Sampling {
        head: core.store.head(),
        condition: core.store.condition(),
        folder: config.data.folder.clone(),
        models: core.models.clone(),
        work: core.work.clone(),
        directory: core.directory.clone(),
        ownership: Arc::clone(&core.ownership),
        clock: Arc::clone(&core.clock),
        tenants,
        circuits,
        period: config.metrics.period(),
        newest,
        exporter: exporter.clone(),
    };
    work.spawn("sampling", sampling.run(work.cancel.clone()));
    InsightSurface {
        access: config.metrics.access,
        keys: config.api_keys(),
        exporter,
        sample,
        troubles,
        head: core.store.head(),
        condition: core.store.condition(),
        models: core.models.clone(),
        clock: Arc::clone(&core.clock),
        token,
        key_hosts: key_hosts(config),
    }
}

/// The hosts with the keys that activities are checked with.
fn key_hosts(config: &Config) -> String {
    let issuers = config.teams.issuers.iter();
    let mut hosts: Vec<&str> = issuers
        .filter_map(|issuer| issuer.metadata_url.host_str())
        .collect();
    hosts.dedup();
    hosts.join(" and ")
}
