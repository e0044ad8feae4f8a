//! Follows the log and folds it.
//!
//! Crash story: a batch's rows and the checkpoint are one transaction. Killed before its commit, nothing of the
//! batch is there and it is folded again; killed after, the checkpoint tells. The folded position is announced
//! after the commit. A power cut may take back whole transactions (`synchronous=NORMAL`), which are folded again.
//!
//! An event that cannot be read stops the following for good: everything before it is committed, the health says
//! where it stands, and nothing goes on until the log is repaired or the position is listed in
//! [`Options::skip`]. A log or a disk that cannot be used now is tried again. A file that turns out to be damaged, while
//! it is folded into or while somebody reads it, is made again at once.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use events::store::{Follow, Outage};
use events::{EventStore, Position, ReadError, Recorded, StreamKind, TenantId};
use rusqlite::Connection;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::database::{self, Statements as _, sql_position};
use crate::folding::{FoldError, fold};
use crate::following::{Health, Options};
use crate::healing::Healing;
use crate::listed::Listed;
use crate::outbox::{Changes, Outbox, Shared};
use crate::read_models::ReadModels;
use crate::tenants;

mod file;

pub use file::disown;
use file::{prepare, remove};

/// Waits between tries when the log or the disk fails; the last one repeats.
const RETRY: [Duration; 4] = [
    Duration::from_millis(100),
    Duration::from_millis(500),
    Duration::from_secs(2),
    Duration::from_secs(10),
];

/// How long nothing came before what the rows were last changed in is moved into their file.
const IDLE: Duration = Duration::from_secs(1);

/// Why the read models do not follow the log.
#[derive(Debug, thiserror::Error)]
pub enum ProjectorError {
    /// The file could not be opened or laid out.
    #[error("the read models' file {path} cannot be opened; check the folder and its rights")]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: rusqlite::Error,
    },
    /// An event could not be folded.
    #[error(transparent)]
    Fold(#[from] FoldError),
    /// The log could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The thread that folds ended by a panic.
    #[error("folding the event log broke off")]
    Broken,
    /// Somebody read a damaged page.
    #[error("the read models' file is damaged")]
    Damaged,
}

impl ProjectorError {
    fn is_damage(&self) -> bool {
        match self {
            Self::Damaged => true,
            Self::Open { source, .. } | Self::Fold(FoldError::Database(source)) => {
                database::is_damage(source)
            }
            Self::Fold(FoldError::Undecodable { .. } | FoldError::Stream { .. })
            | Self::Read(_)
            | Self::Broken => false,
        }
    }
}

/// Folds the log into the file; there is one per file.
#[derive(Debug)]
pub struct Projector {
    options: Options,
    /// `None` after the folding thread broke off.
    connection: Option<Connection>,
    path: PathBuf,
    folded: watch::Sender<Position>,
    health: watch::Sender<Health>,
    healing: Arc<Healing>,
    /// Where the log ended when the rows began to be made again; nothing is answered before that is folded.
    whole_at: Option<Position>,
    /// Whether rows were changed since the WAL was last emptied.
    unsaved: bool,
    /// Tenants that are switched off.
    off: watch::Sender<Arc<HashSet<TenantId>>>,
    /// What the lanes have to do.
    outbox: Arc<Shared>,
    models: ReadModels,
}

impl Projector {
    /// Opens the file, making it where it is missing and emptying it where it cannot be trusted: damaged, of
    /// another release, or made under other options. Blocks on the disk.
    pub fn open(path: impl Into<PathBuf>, options: Options) -> Result<Self, ProjectorError> {
        let path = path.into();
        let failed = |source| ProjectorError::Open {
            path: path.clone(),
            source,
        };
        let opened = || {
            let connection = prepare(&path, &options)?;
            let outbox = Outbox::load(&connection)?;
            Ok((connection, outbox))
        };
        let (connection, loaded) = match opened() {
            Err(error) if database::is_damage(&error) => {
                tracing::warn!(path = %path.display(), "the read models' file is damaged and is built again");
                remove(&path);
                opened().map_err(failed)?
            }
            result => result.map_err(failed)?,
        };
        let outbox = Arc::new(Shared::default());
        outbox.replace(loaded);
        let (at, _) = database::checkpoint(&connection).map_err(failed)?;
        let (folded, _) = watch::channel(at);
        let (health, _) = watch::channel(Health::Following);
        let healing = Arc::new(Healing::default());
        let (off, _) = watch::channel(Arc::new(tenants::off(&connection).map_err(failed)?));
        let models = ReadModels::new(
            path.clone(),
            folded.subscribe(),
            health.subscribe(),
            Arc::clone(&healing),
            off.subscribe(),
            Arc::clone(&outbox),
        );
        Ok(Self {
            options,
            connection: Some(connection),
            path,
            healing,
            whole_at: None,
            // A run that was killed left it full.
            unsaved: true,
            folded,
            health,
            off,
            outbox,
            models,
        })
    }

    /// Answers questions from the rows; cheap to clone.
    pub fn read_models(&self) -> ReadModels {
        self.models.clone()
    }

    /// Follows `store` until `cancel`, the store's end, or an event that cannot be folded.
    pub async fn run(
        mut self,
        store: Arc<dyn EventStore>,
        cancel: CancellationToken,
    ) -> Result<(), ProjectorError> {
        let mut failures = 0;
        loop {
            match self.follow(store.as_ref(), &cancel, &mut failures).await {
                Ok(()) => return Ok(()),
                Err(error) if error.is_damage() => {
                    if let Err(error) = self.heal(store.as_ref(), error).await {
                        tracing::error!(
                            reason = chain(&error),
                            "the read models cannot be built again now"
                        );
                    } else if failures == 0 {
                        // Once at once; a disk that damages what was just written is given time.
                        failures = 1;
                        continue;
                    }
                }
                Err(error) => self.weigh(error)?,
            }
            let pause = RETRY.get(failures).or(RETRY.last()).copied().unwrap_or_default();
            failures += 1;
            tokio::select! {
                () = cancel.cancelled() => return Ok(()),
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Folds up to the log's present head and answers where that is.
    pub async fn catch_up(&mut self, store: &dyn EventStore) -> Result<Position, ProjectorError> {
        let head = *store.head().borrow();
        self.catch_up_to(store, head).await
    }

    /// Folds up to `until` and no further, and answers how far it came.
    pub async fn catch_up_to(
        &mut self,
        store: &dyn EventStore,
        until: Position,
    ) -> Result<Position, ProjectorError> {
        self.trust_checkpoint(store).await?;
        while self.position() < until {
            let mut events = store.read_log(self.position(), self.options.batch).await?;
            events.retain(|event| event.position <= until);
            if events.is_empty() {
                break;
            }
            self.fold(events).await?;
        }
        Ok(self.position())
    }

    /// The position folded so far.
    pub fn position(&self) -> Position {
        *self.folded.borrow()
    }

    async fn follow(
        &mut self,
        store: &dyn EventStore,
        cancel: &CancellationToken,
        failures: &mut usize,
    ) -> Result<(), ProjectorError> {
        if self.connection.is_none() && self.whole_at.is_some() {
            // An earlier try to make the file again failed.
            return Err(ProjectorError::Damaged);
        }
        self.trust_checkpoint(store).await?;
        let mut log = Follow::new(store, self.position(), self.options.batch);
        loop {
            // Only the waiting is cancelled, never a batch that is being folded.
            let healing = Arc::clone(&self.healing);
            let mut next = std::pin::pin!(log.next());
            let next = loop {
                tokio::select! {
                    () = cancel.cancelled() => return self.save().await,
                    () = healing.damage() => return Err(ProjectorError::Damaged),
                    next = &mut next => break next?,
                    () = tokio::time::sleep(IDLE), if self.unsaved => self.save().await?,
                }
            };
            let Some(events) = next else { return Ok(()) };
            self.fold(events).await?;
            self.whole_again();
            *failures = 0;
            self.health.send_if_modified(|health| {
                let changed = *health != Health::Following;
                *health = Health::Following;
                changed
            });
        }
    }

    /// Puts an empty file in the place of the damaged one, tells everybody, and begins again.
    async fn heal(&mut self, store: &dyn EventStore, error: ProjectorError) -> Result<(), ProjectorError> {
        let reason = chain(&error);
        tracing::error!(
            target: "alert", alert = "read_models_damaged", reason, path = %self.path.display(),
            "the read models' file is damaged and is built again from the log"
        );
        self.health.send_replace(Health::Retrying {
            reason: format!("the read models were damaged and are built again: {reason}"),
        });
        self.healing.begin();
        self.outbox.replace(Outbox::default());
        self.folded.send_replace(Position::START);
        self.whole_at = Some(*store.head().borrow());
        let connection = self.connection.take();
        let (path, options) = (self.path.clone(), self.options.clone());
        let made = tokio::task::spawn_blocking(move || {
            drop(connection);
            remove(&path);
            prepare(&path, &options)
        });
        let made = made.await.map_err(|_| ProjectorError::Broken)?;
        let path = self.path.clone();
        self.connection = Some(made.map_err(|source| ProjectorError::Open { path, source })?);
        self.whole_again();
        Ok(())
    }

    /// Lets questions be answered again, where the rows have reached what the log held.
    fn whole_again(&mut self) {
        if self.whole_at.is_some_and(|end| self.position() >= end) {
            self.whole_at = None;
            self.healing.end();
            tracing::warn!(target: "alert", "the read models are whole again");
        }
    }

    /// Tells the health of a failure; an event that can never be folded ends the following.
    fn weigh(&self, error: ProjectorError) -> Result<(), ProjectorError> {
        let reason = chain(&error);
        if let ProjectorError::Fold(
            FoldError::Undecodable { position, .. } | FoldError::Stream { position, .. },
        ) = &error
        {
            self.health.send_replace(Health::Stopped {
                position: *position,
                reason,
            });
            return Err(error);
        }
        if matches!(error, ProjectorError::Broken) {
            self.health.send_replace(Health::Stopped {
                position: self.position(),
                reason,
            });
            return Err(error);
        }
        if Outage::caused(&error) {
            tracing::debug!(reason, "the read models wait for the event store");
        } else {
            tracing::warn!(reason, "the read models do not follow the log now; trying again");
        }
        self.health.send_replace(Health::Retrying { reason });
        Ok(())
    }

    /// Begins again where the checkpoint does not belong to this log: the log was restored from an older backup,
    /// or another one was put in its place.
    async fn trust_checkpoint(&mut self, store: &dyn EventStore) -> Result<(), ProjectorError> {
        let connection = self.connection.as_ref().ok_or(ProjectorError::Broken)?;
        let (at, event) = database::checkpoint(connection).map_err(FoldError::from)?;
        if at == Position::START {
            return Ok(());
        }
        let there = store.event_at(at).await?;
        let same = there.is_some_and(|found| Some(found.id) == event);
        if !same {
            tracing::warn!(
                checkpoint = at.0,
                "the read models were made from another log and are built again"
            );
            self.reset().await?;
        }
        Ok(())
    }

    async fn reset(&mut self) -> Result<(), ProjectorError> {
        let ttl = self.options.default_ttl.num_milliseconds();
        self.blocking(move |connection| Ok(database::reset(connection, ttl)?))
            .await?;
        self.outbox.replace(Outbox::default());
        self.folded.send_replace(Position::START);
        Ok(())
    }

    /// Folds a batch; up to an event that cannot be folded where there is one.
    async fn fold(&mut self, events: Vec<Recorded>) -> Result<(), ProjectorError> {
        let options = self.options.clone();
        let switches = events
            .iter()
            .any(|event| event.stream.kind() == StreamKind::Tenant);
        let outbox = Arc::clone(&self.outbox);
        let (to, outcome, off) = self
            .blocking(move |connection| {
                let (to, outcome) = fold_batch(connection, &outbox, &options, &events)?;
                let off = if switches {
                    Some(tenants::off(connection)?)
                } else {
                    None
                };
                Ok((to, outcome, off))
            })
            .await?;
        self.unsaved = true;
        if let Some(off) = off {
            self.off.send_replace(Arc::new(off));
        }
        if let Some(to) = to {
            self.folded.send_replace(to);
        }
        Ok(outcome?)
    }

    /// Empties the WAL into the file, so that a quiet service keeps no large one.
    async fn save(&mut self) -> Result<(), ProjectorError> {
        self.unsaved = false;
        match self.blocking(|connection| Ok(file::empty_wal(connection)?)).await {
            // The rows are safe in the WAL, too: a disk that is full ends nothing here.
            Err(error @ ProjectorError::Fold(_)) if !error.is_damage() => {
                tracing::warn!(
                    error = chain(&error),
                    "what was folded cannot be moved into its file now"
                );
                Ok(())
            }
            result => result,
        }
    }

    async fn blocking<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Connection) -> Result<T, FoldError> + Send + 'static,
    ) -> Result<T, ProjectorError> {
        let mut connection = self.connection.take().ok_or(ProjectorError::Broken)?;
        let done = tokio::task::spawn_blocking(move || {
            let result = work(&mut connection);
            (connection, result)
        });
        let (connection, result) = done.await.map_err(|_| ProjectorError::Broken)?;
        self.connection = Some(connection);
        Ok(result?)
    }
}

/// Builds the file again from the start of the log and answers up to where.
pub async fn rebuild(
    path: impl Into<PathBuf>,
    options: Options,
    store: &dyn EventStore,
) -> Result<Position, ProjectorError> {
    let path = path.into();
    let mut projector = tokio::task::spawn_blocking(move || Projector::open(path, options))
        .await
        .map_err(|_| ProjectorError::Broken)??;
    projector.reset().await?;
    projector.catch_up(store).await
}

/// Folds events in one transaction. Answers how far it came, and what stopped it if something did. An event that
/// cannot be folded is refused before its first statement, so nothing of it is left behind.
fn fold_batch(
    connection: &mut Connection,
    outbox: &Shared,
    options: &Options,
    events: &[Recorded],
) -> Result<(Option<Position>, Result<(), FoldError>), FoldError> {
    let transaction = connection.transaction()?;
    let changes = Changes::default();
    let mut last = None;
    let mut outcome = Ok(());
    for event in events {
        if options.skip.contains(&event.position) {
            tracing::warn!(
                position = event.position.0,
                "an event is left out of the read models by decision"
            );
            transaction.run(
                "INSERT INTO skipped (position) VALUES (?1)",
                [sql_position(event.position)],
            )?;
        } else {
            match fold(&transaction, &changes, options.default_ttl, event) {
                Ok(()) => {}
                Err(FoldError::Database(error)) => return Err(error.into()),
                Err(error) => {
                    outcome = Err(error);
                    break;
                }
            }
        }
        last = Some(event);
    }
    if let Some(last) = last {
        database::set_checkpoint(&transaction, last.position, last.id)?;
        // Before the commit, so that what is to be done is never behind the rows. It follows from the log all the same: where
        // the commit fails, the batch is folded again and changes the same.
        let listed = Listed::read(&transaction)?;
        outbox.apply(changes.into_list(), listed, last.position);
    }
    transaction.commit()?;
    Ok((last.map(|event| event.position), outcome))
}

/// An error with its causes in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
