//! Where a fold's state lies between two runs: keys and values of its maps, as JSON.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension as _};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The state in a checkpoint's file. A failure is kept, and everything after it does nothing: whoever asked looks for it
/// before anything is believed.
#[derive(Debug, Clone)]
pub(super) struct StateFile {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug)]
struct Inner {
    db: Connection,
    failure: Option<StateError>,
}

/// Why state cannot be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The file.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// What is in it.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

impl StateFile {
    pub(super) fn new(db: Connection) -> Self {
        let inner = Inner { db, failure: None };
        Self {
            inner: Arc::new(Mutex::new(inner)),
        }
    }

    /// Does something with the file, unless something failed before.
    pub(super) fn with<T>(&self, work: impl FnOnce(&Connection) -> Result<T, StateError>) -> Option<T> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.failure.is_some() {
            return None;
        }
        match work(&inner.db) {
            Ok(done) => Some(done),
            Err(error) => {
                inner.failure = Some(error);
                None
            }
        }
    }

    /// What failed first, if anything did.
    pub(super) fn check(&self) -> Result<(), StateError> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.failure.take().map_or(Ok(()), Err)
    }

    pub(super) fn read<V: DeserializeOwned>(&self, map: &str, key: &impl Serialize) -> Option<V> {
        let found = self.with(|db| {
            let key = serde_json::to_string(key)?;
            let mut statement = db.prepare_cached("SELECT value FROM state WHERE map = ?1 AND key = ?2")?;
            let text: Option<String> = statement.query_row((map, key), |row| row.get(0)).optional()?;
            Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
        });
        found.flatten()
    }

    pub(super) fn write(&self, map: &str, key: &impl Serialize, value: Option<&impl Serialize>) {
        self.with(|db| {
            let key = serde_json::to_string(key)?;
            if let Some(value) = value {
                let text = serde_json::to_string(value)?;
                let put = "INSERT INTO state (map, key, value) VALUES (?1, ?2, ?3)
                           ON CONFLICT (map, key) DO UPDATE SET value = excluded.value";
                db.prepare_cached(put)?.execute((map, key, text))?;
            } else {
                let gone = "DELETE FROM state WHERE map = ?1 AND key = ?2";
                db.prepare_cached(gone)?.execute((map, key))?;
            }
            Ok(())
        });
    }
}
