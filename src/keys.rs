//! Where the keys are that open personal values: in the data folder, or with a key service that several nodes share.
//!
//! Keys never lie in the log, since the log forgets nothing. The key service is this program with the SQLite key table
//! behind it ([`service`]); nodes ask it over HTTP and keep what they got for as long as they hear from it ([`client`]).
//! A destroyed key is gone from the service's disk and from every node's memory before the destruction is answered.

use std::path::Path;
use std::sync::Arc;

use events::sealing::sqlite::{OpenError, SqliteKeyTable};
use events::sealing::{KeyTable, Vault};

use zeroize::Zeroizing;

use crate::config::Keys;

pub mod audit;
pub mod client;
mod protocol;
pub mod service;
pub mod tls;

use client::{ConnectError, RemoteKeyTable};

/// Why the keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The table in the data folder.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The key service.
    #[error(transparent)]
    Connect(#[from] ConnectError),
}

/// The keys of a running service.
#[derive(Debug, Clone)]
pub enum KeyStore {
    /// In the data folder.
    Local(Arc<SqliteKeyTable>),
    /// With a key service.
    Remote(Arc<RemoteKeyTable>),
}

impl KeyStore {
    /// Opens the configured one.
    pub async fn open(config: &Keys, folder: &Path) -> Result<Self, KeysError> {
        if let (Some(url), Some(token)) = (&config.url, &config.token) {
            let authority = config.authority.as_deref();
            let table = RemoteKeyTable::connect(url.clone(), token.clone(), authority).await?;
            return Ok(Self::Remote(Arc::new(table)));
        }
        Ok(Self::Local(Arc::new(SqliteKeyTable::open_under(
            folder,
            config.masters.clone(),
        )?)))
    }

    /// A vault over it.
    pub fn vault(&self) -> Vault {
        match self {
            Self::Local(table) => Vault::new(Arc::clone(table) as Arc<dyn KeyTable>),
            Self::Remote(table) => Vault::shared(Arc::clone(table) as Arc<dyn KeyTable>),
        }
    }

    /// The secret that keys every lookup; it tells one key table from another.
    pub fn lookup_secret(&self) -> Zeroizing<[u8; 32]> {
        match self {
            Self::Local(table) => table.lookup_secret(),
            Self::Remote(table) => table.lookup_secret(),
        }
    }

    /// Finishes what waits.
    pub async fn close(&self) {
        match self {
            Self::Local(table) => table.close().await,
            Self::Remote(table) => table.close(),
        }
    }
}

#[cfg(test)]
mod tests;
