//! Which event store is used: the embedded one in the data folder, or a KurrentDB cluster. Everything else works on
//! the trait and does not know.

use std::path::PathBuf;
use std::sync::Arc;

use events::EventStore;
#[cfg(feature = "kurrentdb")]
use events::store::kurrent::{Address, KurrentOptions, KurrentStore};
use events::store::sqlite::{OpenError, SqliteOptions, SqliteStore};
use secrecy::ExposeSecret as _;

use crate::config::{Data, EMBEDDED, NO_KURRENTDB};

/// Why the store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The embedded one.
    #[error(transparent)]
    Embedded(#[from] OpenError),
    /// The cluster.
    #[cfg(feature = "kurrentdb")]
    #[error(transparent)]
    Cluster(#[from] events::store::kurrent::OpenError),
    /// The connection string.
    #[cfg(feature = "kurrentdb")]
    #[error("data.store cannot be used")]
    Address(#[from] events::store::kurrent::AddressError),
    /// The file that holds the connection string.
    #[error("data.store_file {path} cannot be read")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// This program was built without it.
    #[error("{NO_KURRENTDB}")]
    NotBuilt,
}

/// An opened store.
#[derive(Debug, Clone)]
pub struct Store {
    /// What everything above works on.
    pub log: Arc<dyn EventStore>,
    /// The same store where it is the embedded one.
    pub embedded: Option<Arc<SqliteStore>>,
}

/// Opens the store for a service: the embedded one is made where it is missing, and locked; a cluster is waited for.
pub async fn open(data: &Data) -> Result<Store, StoreError> {
    match connection(data)? {
        Some(text) => cluster(&text, &data.stream_prefix).await,
        None => Ok(embedded(SqliteStore::open(
            &data.folder,
            &SqliteOptions::default(),
        )?)),
    }
}

/// Opens the store for reading, also beside a running service.
pub async fn open_read_only(data: &Data) -> Result<Store, StoreError> {
    match connection(data)? {
        Some(text) => cluster(&text, &data.stream_prefix).await,
        None => Ok(embedded(SqliteStore::open_read_only(&data.folder)?)),
    }
}

fn embedded(store: SqliteStore) -> Store {
    let embedded = Arc::new(store);
    Store {
        log: Arc::clone(&embedded) as _,
        embedded: Some(embedded),
    }
}

/// The cluster's connection string; `None` for the embedded store.
fn connection(data: &Data) -> Result<Option<String>, StoreError> {
    let text = match (&data.store, &data.store_file) {
        (Some(text), _) => text.expose_secret().to_owned(),
        (None, Some(path)) => std::fs::read_to_string(path).map_err(|source| StoreError::File {
            path: path.clone(),
            source,
        })?,
        (None, None) => return Ok(None),
    };
    let text = text.trim();
    Ok((text != EMBEDDED).then(|| text.to_owned()))
}

#[cfg(feature = "kurrentdb")]
async fn cluster(text: &str, prefix: &str) -> Result<Store, StoreError> {
    let options = KurrentOptions {
        prefix: prefix.to_owned(),
        ..KurrentOptions::default()
    };
    let store = KurrentStore::open(Address::parse(text)?, options).await?;
    Ok(Store {
        log: Arc::new(store),
        embedded: None,
    })
}

#[cfg(not(feature = "kurrentdb"))]
#[expect(clippy::unused_async, reason = "with the feature a cluster is asked")]
async fn cluster(_text: &str, _prefix: &str) -> Result<Store, StoreError> {
    Err(StoreError::NotBuilt)
}
