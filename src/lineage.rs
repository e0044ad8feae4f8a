//! Opens the log only where it is the one that everything beside it was made from.
//!
//! The read models and the key table note how far they saw which log (`events::lineage::Mark`). A log that ends before,
//! or holds something else there, lost events that Chronus and Teams were told are stored; serving it would take them
//! for new ones. The same holds for a key table that does not have the keys that the log was written with. So nothing
//! is opened for writing until both agree, or an operator accepts the loss, which is a fact in the log.

use std::path::Path;
use std::sync::Arc;

use events::lineage::{
    self, FORMAT, Gone, KeyTableBound, LineageError, LogNamed, Loss, LossAccepted, Mark, Standing, verify,
};
use events::sealing::KeyTableId;
use events::sealing::sqlite::SqliteKeyTable;
use events::store::sqlite::places::misplaced;
use events::{AppendError, Clock, EventStore, Lineage, LogEvent, LogId, Position, ReadError};
use projections::ReadModels;

use crate::config::{Config, ConfigError};
use crate::keys::{KeyStore, KeysError};
use crate::store::{Store, StoreError};

mod keys;
mod recording;

pub(crate) use recording::record_marks;

/// Tries before a log that several nodes name at once is given up; each reads what the others wrote.
const TRIES: usize = 5;

/// What to do where something is lost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnLoss {
    /// Do not open it.
    #[default]
    Refuse,
    /// Go on with what is there, and record that.
    Accept,
}

/// Why the log was not opened.
#[derive(Debug, thiserror::Error)]
pub enum LineageFault {
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The keys cannot be used.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The configuration names no usable keys.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// What the log says of itself cannot be read or written.
    #[error(
        "what the log (events.db, or the cluster) says of itself cannot be read or written; if that stays so, `check \
         --audit` tells what is damaged, and `restore` puts a backup in its place"
    )]
    Lineage(#[from] LineageError),
    /// The key table failed.
    #[error(transparent)]
    KeyTable(#[from] events::sealing::KeyTableError),
    /// Files lie in each other's places.
    #[error("{}; nothing was opened. Put each file where it belongs", misplaced.join("; "))]
    Misplaced {
        /// Which, in words.
        misplaced: Vec<String>,
    },
    /// Something is missing.
    #[error(
        "the log is not served, since something of it is missing: {}. Either put back what is missing (restore a \
         backup, or the files that were left behind, with their -wal files), or, if it is gone for good, start once \
         with `serve --accept-loss`, which records the loss in the log",
        missing.join("; ")
    )]
    Incomplete {
        /// What, in words.
        missing: Vec<String>,
    },
}

impl From<ReadError> for LineageFault {
    fn from(error: ReadError) -> Self {
        Self::Lineage(error.into())
    }
}

impl From<AppendError> for LineageFault {
    fn from(error: AppendError) -> Self {
        Self::Lineage(error.into())
    }
}

/// A log that may be written, and its keys.
#[derive(Debug)]
pub struct Opened {
    /// The store.
    pub store: Store,
    /// The keys.
    pub keys: KeyStore,
    /// What the log says of itself.
    pub lineage: Lineage,
    /// Whether the log held anything before.
    pub existed: bool,
}

/// What is missing, in words, and the logs that it was part of.
#[derive(Debug, Default)]
struct Missing {
    told: Vec<String>,
    of: Vec<LogId>,
}

impl Missing {
    fn tell(&mut self, what: String) {
        self.told.push(what);
    }
}

/// Opens the log and the keys for a service. Where something is missing, `on_loss` decides.
pub async fn open(config: &Config, clock: &dyn Clock, on_loss: OnLoss) -> Result<Opened, LineageFault> {
    let (store, mut lineage, existed) = open_log(config, clock, on_loss).await?;
    let opened = open_keys(config, clock, on_loss, &*store.log, &mut lineage).await;
    match opened {
        Ok(keys) => Ok(Opened {
            store,
            keys,
            lineage,
            existed,
        }),
        Err(fault) => {
            store.log.close().await;
            Err(fault)
        }
    }
}

/// Refuses files that lie in each other's places, before any of them is opened for writing.
async fn refuse_misplaced(config: &Config) -> Result<(), LineageFault> {
    let folder = config.data.folder.clone();
    let misplaced = tokio::task::spawn_blocking(move || misplaced(&folder)).await;
    let misplaced = misplaced.map_err(|source| ReadError {
        action: "looking which file is which",
        source: Box::new(source),
    })?;
    if misplaced.is_empty() {
        return Ok(());
    }
    Err(LineageFault::Misplaced { misplaced })
}

/// Opens the log alone, for a tool that appends to it.
pub async fn open_for_tool(config: &Config) -> Result<Arc<dyn EventStore>, LineageFault> {
    refuse_misplaced(config).await?;
    let store = crate::store::open(&config.data).await?.log;
    let looked = async {
        let lineage = lineage::read(&*store).await?;
        refuse(&look(config, &*store, &lineage).await?, OnLoss::Refuse)
    };
    match looked.await {
        Ok(()) => Ok(store),
        Err(fault) => {
            store.close().await;
            Err(fault)
        }
    }
}

async fn open_log(
    config: &Config,
    clock: &dyn Clock,
    on_loss: OnLoss,
) -> Result<(Store, Lineage, bool), LineageFault> {
    refuse_misplaced(config).await?;
    let store = crate::store::open(&config.data).await?;
    let existed = *store.log.head().borrow() > Position::START;
    match name(config, clock, on_loss, &*store.log).await {
        Ok(lineage) => Ok((store, lineage, existed)),
        Err(fault) => {
            store.log.close().await;
            Err(fault)
        }
    }
}

/// Looks for losses, and gives the log an id where it has none or where a loss is accepted.
async fn name(
    config: &Config,
    clock: &dyn Clock,
    on_loss: OnLoss,
    store: &dyn EventStore,
) -> Result<Lineage, LineageFault> {
    for _ in 1..TRIES {
        match try_to_name(config, clock, on_loss, store).await {
            Err(LineageFault::Lineage(LineageError::Append(AppendError::Conflict { .. }))) => {}
            result => return result,
        }
    }
    try_to_name(config, clock, on_loss, store).await
}

async fn try_to_name(
    config: &Config,
    clock: &dyn Clock,
    on_loss: OnLoss,
    store: &dyn EventStore,
) -> Result<Lineage, LineageFault> {
    let mut lineage = lineage::read(store).await?;
    let missing = look(config, store, &lineage).await?;
    refuse(&missing, on_loss)?;
    let mut events: Vec<LogEvent> = Vec::new();
    if lineage.log_id.is_none() {
        let log_id = LogId::unique();
        events.push(
            LogNamed {
                log_id,
                format: FORMAT,
            }
            .into(),
        );
    }
    if !missing.told.is_empty() {
        let projections = config.data.projections();
        events.push(accepted(store, missing, &projections));
        // Made from what is gone, and made again from what is there.
        forget_read_models(&projections);
        if let Err(error) = crate::backup::forget_cut_off(&config.data.folder) {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "what a restore left could not be removed"
            );
        }
    }
    lineage::record(store, clock, &mut lineage, events).await?;
    Ok(lineage)
}

/// What the read models and the key table have seen and the log does not hold.
async fn look(config: &Config, store: &dyn EventStore, lineage: &Lineage) -> Result<Missing, LineageFault> {
    let (folder, projections) = (config.data.folder.clone(), config.data.projections());
    let local_keys = config.keys.url.is_none();
    let marks = tokio::task::spawn_blocking(move || {
        let models = ReadModels::seen(&projections);
        let keys = if local_keys {
            SqliteKeyTable::last_seen(&folder)
        } else {
            Ok(None)
        };
        (models, keys)
    });
    let (models, keys) = marks.await.map_err(|source| ReadError {
        action: "reading how far the log was seen",
        source: Box::new(source),
    })?;
    let keys = keys.map_err(KeysError::from)?;
    let mut missing = Missing::default();
    if let Some(expected) = config.data.log_id
        && lineage.standing(expected, Position::START) == Standing::Foreign
    {
        let what = match lineage.log_id {
            Some(log_id) => format!("this is the log {log_id}"),
            None => "this one is new".to_owned(),
        };
        missing.tell(format!(
            "data.log_id names the log {expected}, and {what}: is the right volume in place?"
        ));
        missing.of.push(expected);
    }
    if crate::backup::is_cut_off(&config.data.folder) {
        missing.tell(format!(
            "a restore into this folder was cut off while files were put in place, and neither what lay there (in {0}/before-restore-…) \
             nor what was restored (in {0}/restoring) is all there; run the same `restore` again with --replace",
            config.data.folder.display()
        ));
    }
    for (who, mark) in [
        ("the read models (projections.db)", models),
        ("the keys (keys.db)", keys),
    ] {
        hold_against(who, mark, store, lineage, &mut missing).await?;
    }
    if local_keys && !config.data.keys().exists() && keys::are_needed(store, lineage).await? {
        missing.tell(format!(
            "the key table {} does not exist, and names, addresses and texts in the log were sealed with it",
            config.data.keys().display()
        ));
    }
    Ok(missing)
}

async fn hold_against(
    who: &str,
    mark: Option<Mark>,
    store: &dyn EventStore,
    lineage: &Lineage,
    missing: &mut Missing,
) -> Result<(), ReadError> {
    let Some(mark) = mark else { return Ok(()) };
    let Some(loss) = verify(store, lineage, mark).await? else {
        return Ok(());
    };
    missing.tell(format!("{who} {loss}"));
    if matches!(loss, Loss::Foreign { .. } | Loss::Shorter { .. }) {
        missing.of.extend(mark.log_id);
    }
    Ok(())
}

async fn open_keys(
    config: &Config,
    clock: &dyn Clock,
    on_loss: OnLoss,
    store: &dyn EventStore,
    lineage: &mut Lineage,
) -> Result<KeyStore, LineageFault> {
    let seen = SqliteKeyTable::last_seen(&config.data.folder).map_err(KeysError::from)?;
    let keys = KeyStore::open(&config.keys, &config.data.folder).await?;
    let key_table = KeyTableId::of(&keys.lookup_secret());
    let mut missing = Missing::default();
    if lineage.key_table.is_some_and(|bound| bound != key_table) {
        missing.tell(
            "the key table is not the one that the log was written with, so nobody would be recognised"
                .to_owned(),
        );
    } else if let KeyStore::Local(table) = &keys
        && let Some(fault) = keys::are_missing(store, table, lineage, seen).await?
    {
        missing.tell(fault);
    }
    refuse(&missing, on_loss)?;
    let mut events: Vec<LogEvent> = Vec::new();
    if lineage.key_table != Some(key_table) {
        events.push(KeyTableBound { key_table }.into());
    }
    if !missing.told.is_empty() {
        events.push(accepted(store, missing, &config.data.projections()));
    }
    match lineage::record(store, clock, lineage, events).await {
        // Another node bound the same keys.
        Err(AppendError::Conflict { .. }) => *lineage = lineage::read(store).await?,
        result => result?,
    }
    Ok(keys)
}

fn refuse(missing: &Missing, on_loss: OnLoss) -> Result<(), LineageFault> {
    match on_loss {
        OnLoss::Accept => {
            for what in &missing.told {
                tracing::warn!(target: "alert", what, "a loss is accepted");
            }
            Ok(())
        }
        OnLoss::Refuse if missing.told.is_empty() => Ok(()),
        OnLoss::Refuse => Err(LineageFault::Incomplete {
            missing: missing.told.clone(),
        }),
    }
}

fn accepted(store: &dyn EventStore, missing: Missing, projections: &Path) -> LogEvent {
    let kept = *store.head().borrow();
    let (gone, may_come_twice) = ReadModels::beyond(projections, kept).unwrap_or_default();
    for Gone { what, count, last_at } in &gone {
        tracing::warn!(target: "alert", what, count, %last_at, "gone with the lost part of the log");
    }
    LossAccepted {
        log_id: LogId::unique(),
        kept,
        missing: missing.told,
        given_up: missing.of,
        by: "serve --accept-loss".to_owned(),
        gone,
        may_come_twice,
    }
    .into()
}

fn forget_read_models(path: &Path) {
    for suffix in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        if let Err(error) = std::fs::remove_file(&name)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(path = %Path::new(&name).display(), %error, "a file of the read models could not be removed");
        }
    }
}

#[cfg(test)]
mod tests;
