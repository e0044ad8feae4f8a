//! `rebuild`: deletes the read models and folds them again from the log.
//!
//! Takes the embedded log's lock, so it refuses to work beside a running service, which would fold into the same file
//! (with a cluster, stop the service of this folder first). Killed
//! on the way it leaves a file that the service goes on folding at its next start.

use std::io;
use std::path::Path;

use anyhow::Context as _;
use events::EventStore;
use projections::Projector;

use super::progress;
use crate::config::Config;

pub(super) fn run(config: &Config) -> anyhow::Result<()> {
    super::block_on(async {
        // Opening for writing would make a log where there is none.
        drop(super::open_log(config).await?);
        let store = crate::lineage::open_for_tool(config).await?;
        let result = rebuild(config, &*store).await;
        store.close().await;
        result
    })
}

async fn rebuild(config: &Config, store: &dyn EventStore) -> anyhow::Result<()> {
    let path = config.data.projections();
    remove(&path)?;
    let mut projector = Projector::open(&path, config.projection_options())?;
    let head = *store.head().borrow();
    let folded = projector.read_models().folded();
    let at = progress::during(
        "rebuilding the read models",
        folded,
        head,
        projector.catch_up(store),
    )
    .await?;
    tracing::info!(position = at.0, path = %path.display(), "the read models are rebuilt");
    Ok(())
}

/// Removes the file and what SQLite keeps beside it.
fn remove(path: &Path) -> anyhow::Result<()> {
    for suffix in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        match std::fs::remove_file(&name) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(error)
                    .with_context(|| format!("failed to remove {}", Path::new(&name).display()));
            }
            _ => {}
        }
    }
    Ok(())
}
