//! Where the keys are kept, apart from the log.

use std::fmt;

use chacha20poly1305::aead::KeyInit;
use futures_util::future::BoxFuture;
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::person::PersonId;

/// One key of one person.
#[derive(Clone)]
pub struct PersonKey {
    /// Which of the person's keys.
    pub generation: u32,
    /// The key itself; wiped from memory when dropped.
    pub secret: Zeroizing<[u8; 32]>,
}

impl fmt::Debug for PersonKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PersonKey(generation {})", self.generation)
    }
}

/// The key table failed.
#[derive(Debug, thiserror::Error)]
#[error("the key table could not {action}")]
pub struct KeyTableError {
    /// What was attempted.
    pub action: &'static str,
    /// Why it failed.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// Keeps the keys, apart from the log.
pub trait KeyTable: fmt::Debug + Send + Sync + 'static {
    /// The newest key of each person, in the order asked; missing ones are made and are durable before this
    /// answers, since a value sealed under a lost key is lost.
    fn current_or_create(
        &self,
        persons: Vec<PersonId>,
    ) -> BoxFuture<'_, Result<Vec<PersonKey>, KeyTableError>>;

    /// One key, or `None` when it was destroyed or never made.
    fn find(
        &self,
        person: PersonId,
        generation: u32,
    ) -> BoxFuture<'_, Result<Option<PersonKey>, KeyTableError>>;

    /// Destroys every key of a person, for good; answers how many there were.
    fn destroy(&self, person: PersonId) -> BoxFuture<'_, Result<usize, KeyTableError>>;

    /// The secret that keys every [`Lookup`](super::Lookup); made once with the table.
    fn lookup_secret(&self) -> Zeroizing<[u8; 32]>;
}

/// Tells key tables apart: a hash of the secret that keys lookups, so that a table of any release has one. Says nothing
/// of the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyTableId(pub uuid::Uuid);

impl KeyTableId {
    /// The id of the table with this secret.
    ///
    /// # Panics
    /// Never: HMAC takes keys of any length.
    pub fn of(lookup_secret: &[u8; 32]) -> Self {
        let mut mac =
            <Hmac<Sha256> as KeyInit>::new_from_slice(lookup_secret).expect("HMAC takes keys of any length");
        mac.update(b"chronus-teams key table");
        let hash: [u8; 32] = mac.finalize().into_bytes().into();
        let mut id = [0; 16];
        id.copy_from_slice(&hash[..16]);
        Self(uuid::Uuid::from_bytes(id))
    }
}

impl fmt::Display for KeyTableId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
