//! Follows the log and folds it.
//!
//! What a batch left to be done is told at once, from memory. Its rows are committed a moment later, with those of the batches
//! after it (`open`): pages that they all touch are written once, and no card waits for that. Whoever
//! asks the rows has them committed at once.
//!
//! Crash story: rows and checkpoint are one transaction. Killed before its commit, nothing of it is there and it is
//! folded again; killed after, the checkpoint tells. The position of the rows is announced after the commit. Where a
//! commit fails, what is to be done is read from the rows again. A power cut may take back whole transactions
//! (`synchronous=NORMAL`), which are folded again.
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
use events::{EventStore, Position, Recorded, TenantId};
use rusqlite::Connection;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::aside::{self, Aside, Errand, Threads};
use crate::database;
use crate::folding::FoldError;
use crate::following::{Health, Options};
use crate::healing::Healing;
use crate::read_models::ReadModels;
use crate::tenants;
use crate::work::{Loader, Memory, Shared, WorkList, mark_what_is_touched};

mod batch;
mod error;
mod file;
mod open;

use batch::{Telling, fold_batch};
pub use error::ProjectorError;
use error::chain;
pub use file::disown;
use file::{prepare, remove};
use open::Open;

/// Waits between tries when the log or the disk fails; the last one repeats.
const RETRY: [Duration; 4] = [
    Duration::from_millis(100),
    Duration::from_millis(500),
    Duration::from_secs(2),
    Duration::from_secs(10),
];

/// How long nothing came before what the rows were last changed in is moved into their file.
const IDLE: Duration = Duration::from_secs(1);

/// Folds the log into the file; there is one per file.
#[derive(Debug)]
pub struct Projector {
    options: Options,
    /// `None` after the folding thread broke off.
    connection: Option<Connection>,
    path: PathBuf,
    /// How far the rows are committed.
    folded: watch::Sender<Position>,
    /// How far it is known what is to be done.
    known: watch::Sender<Position>,
    /// What is folded and not committed.
    open: Option<Open>,
    /// What the lanes have to do is still to be read.
    loader: Option<Loader>,
    health: watch::Sender<Health>,
    healing: Arc<Healing>,
    /// Where the log ended when the rows began to be made again; nothing is answered before that is folded.
    whole_at: Option<Position>,
    /// Whether rows were changed since the WAL was last emptied.
    unsaved: bool,
    /// Tenants that are switched off.
    off: watch::Sender<Arc<HashSet<TenantId>>>,
    /// What is to be done.
    work: Arc<Shared>,
    models: ReadModels,
    list: WorkList,
    aside: Arc<dyn Aside>,
}

impl Projector {
    /// Opens the file, making it where it is missing and emptying it where it cannot be trusted: damaged, of
    /// another release, or made under other options. Blocks on the disk.
    pub fn open(path: impl Into<PathBuf>, options: Options) -> Result<Self, ProjectorError> {
        Self::open_aside(path, options, Arc::new(Threads))
    }

    /// The same, with another place for work that waits for the disk.
    pub fn open_aside(
        path: impl Into<PathBuf>,
        options: Options,
        aside: Arc<dyn Aside>,
    ) -> Result<Self, ProjectorError> {
        let path = path.into();
        let failed = |source| ProjectorError::Open {
            path: path.clone(),
            source,
        };
        let opened = || {
            let connection = prepare(&path, &options)?;
            let work = Arc::new(Shared::default());
            work.replace(Memory::begin(&connection)?);
            let loader = Loader::new(&path, &work)?;
            let loader = if loader.is_soon_done()? {
                None
            } else {
                Some(loader)
            };
            Ok((connection, work, loader))
        };
        let (connection, work, loader) = match opened() {
            Err(error) if database::is_damage(&error) => {
                tracing::warn!(path = %path.display(), "the read models' file is damaged and is built again");
                remove(&path);
                opened().map_err(failed)?
            }
            result => result.map_err(failed)?,
        };
        let (at, _) = database::checkpoint(&connection).map_err(failed)?;
        let (folded, _) = watch::channel(at);
        let (known, _) = watch::channel(at);
        let (health, _) = watch::channel(Health::Following);
        let healing = Arc::new(Healing::default());
        let (off, _) = watch::channel(Arc::new(tenants::off(&connection).map_err(failed)?));
        let models = ReadModels::new(
            path.clone(),
            folded.subscribe(),
            known.subscribe(),
            health.subscribe(),
            Arc::clone(&healing),
            Arc::clone(&work),
            Arc::clone(&aside),
        );
        let list = WorkList::new(
            Arc::clone(&work),
            Arc::clone(&healing),
            known.subscribe(),
            off.subscribe(),
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
            known,
            open: None,
            loader,
            health,
            off,
            work,
            models,
            list,
            aside,
        })
    }

    /// Answers questions from the rows; cheap to clone.
    pub fn read_models(&self) -> ReadModels {
        self.models.clone()
    }

    /// Tells what is to be done; cheap to clone.
    pub fn work_list(&self) -> WorkList {
        self.list.clone()
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
        self.load().await?;
        self.trust_checkpoint(store).await?;
        while self.position() < until {
            let mut events = store.read_log(self.position(), self.options.batch).await?;
            events.retain(|event| event.position <= until);
            if events.is_empty() {
                break;
            }
            self.fold(events).await?;
            self.commit().await?;
        }
        Ok(self.position())
    }

    /// The position up to which rows are committed.
    pub fn position(&self) -> Position {
        *self.folded.borrow()
    }

    /// Reads what the lanes have to do.
    async fn load(&mut self) -> Result<(), ProjectorError> {
        let Some(loader) = self.loader.take() else {
            return Ok(());
        };
        let loaded = aside::done(&*self.aside, Errand::File, move || loader.run(|| false)).await;
        let loaded = loaded.ok_or(ProjectorError::Broken)?;
        Ok(loaded.map_err(FoldError::from)?)
    }

    /// The same while the log is followed.
    fn load_beside(&mut self, cancel: &CancellationToken) {
        let Some(loader) = self.loader.take() else { return };
        let (healing, cancel) = (Arc::clone(&self.healing), cancel.clone());
        let known = self.known.clone();
        tokio::task::spawn_blocking(move || {
            while let Err(error) = loader.run(|| cancel.is_cancelled()) {
                healing.report(&error);
                tracing::warn!(
                    error = chain(&error),
                    "what waits to be sent cannot be read now; trying again"
                );
                std::thread::sleep(IDLE);
                if cancel.is_cancelled() {
                    return;
                }
            }
            // Whoever waits for news looks again.
            known.send_modify(|_| {});
        });
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
        // An earlier try may have ended when the log could not be read.
        self.commit().await?;
        self.trust_checkpoint(store).await?;
        self.load_beside(cancel);
        let mut log = Follow::new(store, self.position(), self.options.batch);
        loop {
            // Only the waiting is cancelled, never a batch that is being folded.
            let healing = Arc::clone(&self.healing);
            let mut next = std::pin::pin!(log.next());
            let next = loop {
                let open = self.open;
                let quiet = open.map_or_else(|| Instant::now() + IDLE, |open| open.until());
                tokio::select! {
                    biased;
                    () = cancel.cancelled() => {
                        self.commit().await?;
                        return self.save().await;
                    }
                    () = healing.damage() => return Err(ProjectorError::Damaged),
                    () = healing.rows_wanted(), if open.is_some() => self.commit().await?,
                    next = &mut next => break next,
                    () = tokio::time::sleep_until(quiet), if open.is_some() || self.unsaved => match open {
                        Some(_) => self.commit().await?,
                        None => self.save().await?,
                    },
                }
            };
            let Ok(Some(events)) = next else {
                self.commit().await?;
                return next.map(drop).map_err(ProjectorError::from);
            };
            self.fold(events).await?;
            if self.open.is_some_and(|open| open.is_due()) {
                self.commit().await?;
            }
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
        self.forget();
        self.whole_at = Some(*store.head().borrow());
        let connection = self.connection.take();
        let (path, options) = (self.path.clone(), self.options.clone());
        let made = aside::done(&*self.aside, Errand::File, move || {
            drop(connection);
            remove(&path);
            prepare(&path, &options)
        });
        let made = made.await.ok_or(ProjectorError::Broken)?;
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
        self.blocking(Errand::File, move |connection| {
            database::reset(connection, ttl)?;
            Ok(mark_what_is_touched(connection)?)
        })
        .await?;
        self.forget();
        Ok(())
    }

    /// The rows are none any more.
    fn forget(&mut self) {
        self.open = None;
        self.work.replace(Memory::default());
        self.known.send_replace(Position::START);
        self.folded.send_replace(Position::START);
    }

    /// Folds a batch, up to an event that cannot be folded where there is one, and tells what is to be done. What stands before
    /// such an event is committed.
    async fn fold(&mut self, events: Vec<Recorded>) -> Result<(), ProjectorError> {
        let (options, count) = (self.options.clone(), events.len());
        let telling = Telling {
            work: Arc::clone(&self.work),
            known: self.known.clone(),
            off: self.off.clone(),
        };
        let folded = self
            .blocking(Errand::Fold, move |connection| {
                fold_batch(connection, &telling, &options, &events)
            })
            .await;
        let (to, outcome) = match folded {
            Ok(folded) => folded,
            Err(error) => return Err(self.roll_back(error).await),
        };
        self.unsaved = true;
        if let Some(to) = to {
            self.open = Some(Open::after(self.open, to, count));
        }
        if let Err(error) = outcome {
            self.commit().await?;
            return Err(error.into());
        }
        Ok(())
    }

    /// Commits the rows that are folded, if there are any.
    async fn commit(&mut self) -> Result<(), ProjectorError> {
        let Some(open) = self.open else { return Ok(()) };
        let committed = self
            .blocking(Errand::Commit, |connection| {
                Ok(connection.execute_batch("COMMIT")?)
            })
            .await;
        if let Err(error) = committed {
            return Err(self.roll_back(error).await);
        }
        self.open = None;
        self.folded.send_replace(open.to);
        self.whole_again();
        Ok(())
    }

    /// Rows could not be written: what is to be done is what those say that stand. Hands the error on.
    async fn roll_back(&mut self, error: ProjectorError) -> ProjectorError {
        self.open = None;
        let read = self.blocking(Errand::File, |connection| {
            if !connection.is_autocommit() {
                connection.execute_batch("ROLLBACK")?;
            }
            Ok((Memory::load(connection)?, database::checkpoint(connection)?.0))
        });
        match read.await {
            Ok((memory, at)) => {
                self.work.replace(memory);
                self.known.send_replace(at);
            }
            Err(again) => {
                // Nobody waits for rows that do not come.
                self.known.send_replace(self.position());
                tracing::warn!(error = chain(&again), "the rows cannot be read again");
            }
        }
        error
    }

    /// Empties the WAL into the file, so that a quiet service keeps no large one.
    async fn save(&mut self) -> Result<(), ProjectorError> {
        self.unsaved = false;
        let emptied = self.blocking(Errand::File, |connection| Ok(file::empty_wal(connection)?));
        match emptied.await {
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
        errand: Errand,
        work: impl FnOnce(&mut Connection) -> Result<T, FoldError> + Send + 'static,
    ) -> Result<T, ProjectorError> {
        let mut connection = self.connection.take().ok_or(ProjectorError::Broken)?;
        let done = aside::done(&*self.aside, errand, move || {
            let result = work(&mut connection);
            (connection, result)
        });
        let (connection, result) = done.await.ok_or(ProjectorError::Broken)?;
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
