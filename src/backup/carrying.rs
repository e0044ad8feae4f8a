//! What a restore carries over into the log that it makes: erasures that were done, or asked for, after the backup. They are known from
//! what lies in the data folder, from what earlier restores put aside there, from the part of the backup that is left out, and
//! from a list that an operator hands over.

use std::path::{Path, PathBuf};

use events::outbound::ErasureOrdered;
use events::sealing::sqlite::{destroy_all, repeat_destructions};
use events::store::sqlite::SqliteStore;
use events::{Clock, EventId, OrganizationId};

use super::BackupError;
use super::chunk::Line;
use super::erasures::{Erasures, Held, KnownErasure, held_in};
use crate::audit;

/// How the folders begin into which a restore puts what lay there.
pub(super) const ASIDE: &str = "before-restore-";

/// Logs and keys that a restore replaces, or replaced before.
#[derive(Debug)]
pub(super) struct Before {
    held: Vec<(PathBuf, Held)>,
    /// Logs that cannot be read, so that nobody knows what was erased there.
    pub(super) unread: Vec<PathBuf>,
}

impl Before {
    /// Reads what lies in a data folder, and in the folders within it that hold what lay there once.
    pub(super) async fn look(folder: &Path) -> Self {
        let mut before = Self {
            held: Vec::new(),
            unread: Vec::new(),
        };
        for folder in std::iter::once(folder.to_owned()).chain(put_aside_in(folder)) {
            let log = folder.join("events.db");
            if !log.exists() {
                continue;
            }
            match held_in(&folder).await {
                Ok(held) => before.held.push((folder, held)),
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, log = %log.display(), "which members were erased is not known from a log that lay there");
                    before.unread.push(log);
                }
            }
        }
        before
    }

    /// The erasures of the log that begins with this event, whatever folder it lies in.
    fn erasures_of(&self, begins: Option<EventId>) -> impl Iterator<Item = KnownErasure> {
        let same = self.held.iter().filter(move |(_, held)| held.begins == begins);
        same.flat_map(|(_, held)| held.erasures.all())
    }

    /// Destroys in the table at `keys` what is destroyed in the tables beside logs that begin with this event, and in that which lies
    /// in `folder`. Keys that cannot be read tell of no destruction; they are put aside with the rest.
    pub(super) fn destroy_again(&self, folder: &Path, begins: Option<EventId>, keys: &Path) -> usize {
        let same = self.held.iter().filter(|(_, held)| held.begins == begins);
        let mut folders: Vec<&Path> = same.map(|(folder, _)| &**folder).collect();
        if !folders.contains(&folder) {
            folders.push(folder);
        }
        let tables = folders.iter().map(|folder| folder.join("keys.db"));
        tables
            .filter(|table| table.exists())
            .map(|table| {
                repeat_destructions(&table, keys).unwrap_or_else(|error| {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, keys = %table.display(), "the keys that lay there cannot be read");
                    0
                })
            })
            .sum()
    }
}

/// The folders that earlier restores put aside.
pub fn put_aside_in(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut found: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(ASIDE))
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    found.sort_unstable();
    found
}

/// The erasures of a backup: those of the part that is restored, and those of all of it.
#[derive(Debug, Default)]
pub(super) struct OfBackup {
    pub(super) begins: Option<EventId>,
    restored: Erasures,
    all: Erasures,
}

impl OfBackup {
    /// Folds lines, of which the first so many are restored.
    pub(super) fn see(&mut self, lines: &[Line], restored: usize) {
        self.begins = self.begins.or_else(|| lines.first().map(|line| line.id));
        for (index, line) in lines.iter().enumerate() {
            let concerns = line.concerns_erasures();
            if let Some(event) = concerns.then(|| line.recorded()).flatten() {
                self.all.see(&event);
                if index < restored {
                    self.restored.see(&event);
                }
            }
        }
    }

    /// What is to be done again: whatever is not done in the part that is restored.
    pub(super) fn missing(
        mut self,
        before: &Before,
        handed_over: &[KnownErasure],
    ) -> Vec<(OrganizationId, ErasureOrdered)> {
        self.all.learn(before.erasures_of(self.begins));
        self.all.learn(handed_over.iter().cloned());
        let missing = self.all.missing_in(&self.restored).into_iter();
        missing.map(KnownErasure::again).collect()
    }
}

/// Writes the orders into the log that is made.
pub(super) async fn record(
    store: &SqliteStore,
    clock: &dyn Clock,
    orders: &[(OrganizationId, ErasureOrdered)],
) -> Result<(), BackupError> {
    for (organization, order) in orders {
        audit::record(store, clock, Some(organization), order.clone()).await?;
    }
    Ok(())
}

/// Destroys the keys of whoever they name.
pub(super) fn destroy(
    keys: &Path,
    orders: &[(OrganizationId, ErasureOrdered)],
) -> Result<usize, BackupError> {
    let persons: Vec<_> = orders
        .iter()
        .flat_map(|(_, order)| order.persons.clone())
        .collect();
    Ok(destroy_all(keys, &persons)?)
}
