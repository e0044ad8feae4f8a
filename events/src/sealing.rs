//! Personal fields under a key per person.
//!
//! A name, an address or a message text never stands in the log as such: it is a [`Sealed`] value, encrypted with
//! XChaCha20-Poly1305 under the key of the person it is about. Keys live in a [`KeyTable`] apart from the log.
//! Destroying a person's key makes every sealed value of theirs unreadable wherever it was copied, while the rest
//! of each event still folds, so counts survive.
//!
//! A value is bound to its person and, where the writer says so, to its place: an event's type and field. Moved to another
//! person's event it does not open; moved to another field it says where it belongs, which `check` looks at.
//!
//! To find a person by address without keeping the address, events carry a [`Lookup`]: a keyed hash of the
//! normalised address. It cannot be turned back without the table's secret and a guess.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use chacha20poly1305::aead::KeyInit;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::address;

pub mod found;
pub mod memory;
mod person;
#[cfg(feature = "sqlite")]
pub mod sqlite;
mod table;
mod value;

pub use person::{Lookup, PersonId};
pub use table::{KeyTable, KeyTableError, KeyTableId, PersonKey};
pub(crate) use value::random_bytes;
pub use value::{Sealed, VaultError, open_sealed};
use value::{open_with, seal_with};

/// Keys kept in memory; more are read again from the table.
const CACHED_KEYS: NonZeroUsize = NonZeroUsize::new(20_000).expect("20,000 is not zero");

/// Seals and opens personal values. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Vault(Arc<Inner>);

struct Inner {
    table: Arc<dyn KeyTable>,
    lookup_secret: Zeroizing<[u8; 32]>,
    /// Whether keys are kept here; not where the table keeps them, and forgets them, itself.
    caches: bool,
    keys: Mutex<KeyCache>,
}

struct KeyCache {
    current: lru::LruCache<PersonId, PersonKey>,
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault")
            .field("table", &self.table)
            .finish_non_exhaustive()
    }
}

impl Vault {
    /// A vault over `table`, which nobody else uses: keys that were used are kept in memory.
    pub fn new(table: Arc<dyn KeyTable>) -> Self {
        Self::over(table, true)
    }

    /// A vault over a table that others use too: it asks each time, since a key may have been destroyed elsewhere.
    pub fn shared(table: Arc<dyn KeyTable>) -> Self {
        Self::over(table, false)
    }

    fn over(table: Arc<dyn KeyTable>, caches: bool) -> Self {
        let lookup_secret = table.lookup_secret();
        let keys = Mutex::new(KeyCache {
            current: lru::LruCache::new(CACHED_KEYS),
        });
        Self(Arc::new(Inner {
            table,
            lookup_secret,
            caches,
            keys,
        }))
    }

    /// The lookup of an email address or UPN: equal for all texts with the same [`address::normal_form`].
    pub fn lookup(&self, address: &str) -> Lookup {
        self.hash(&address::normal_form(address))
    }

    /// The lookup that the first releases gave an address, where it was another and theirs alone.
    pub fn former_lookup(&self, address: &str) -> Option<Lookup> {
        address::former_form(address).map(|former| self.hash(&former))
    }

    /// # Panics
    /// Never: HMAC takes keys of any length.
    fn hash(&self, normal: &str) -> Lookup {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(self.0.lookup_secret.as_slice())
            .expect("HMAC takes keys of any length");
        mac.update(normal.as_bytes());
        let hash = mac.finalize().into_bytes();
        let text = hash
            .iter()
            .take(16)
            .fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        Lookup(text.into())
    }

    /// A keyed hash that tells equal texts of one kind from others, and says nothing of the text itself.
    ///
    /// # Panics
    /// Never: HMAC takes keys of any length.
    pub fn keyed_hash(&self, kind: &str, text: &str) -> String {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(self.0.lookup_secret.as_slice())
            .expect("HMAC takes keys of any length");
        mac.update(kind.as_bytes());
        mac.update(&[0]);
        mac.update(text.as_bytes());
        let hash = mac.finalize().into_bytes();
        let first = hash.iter().take(16);
        first.fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
    }

    /// Seals one value for its place; see [`Vault::seal_placed`].
    ///
    /// # Panics
    /// Never: one value in gives one value out.
    pub async fn seal_at(
        &self,
        person: &PersonId,
        place: &'static str,
        plain: &str,
    ) -> Result<Sealed, VaultError> {
        let sealed = self
            .seal_placed(vec![(person.clone(), place, plain.to_owned())])
            .await?;
        Ok(sealed
            .into_iter()
            .next()
            .expect("one value in gives one value out"))
    }

    /// Seals one value; see [`Vault::seal_all`].
    ///
    /// # Panics
    /// Never: one value in gives one value out.
    pub async fn seal(&self, person: &PersonId, plain: &str) -> Result<Sealed, VaultError> {
        let sealed = self.seal_all(vec![(person.clone(), plain.to_owned())]).await?;
        Ok(sealed
            .into_iter()
            .next()
            .expect("one value in gives one value out"))
    }

    /// Seals values, each for its person, with at most one durable write for all keys that must be made.
    pub async fn seal_all(&self, values: Vec<(PersonId, String)>) -> Result<Vec<Sealed>, VaultError> {
        let keys = self.current_keys(values.iter().map(|(person, _)| person)).await?;
        Ok(values
            .into_iter()
            .zip(keys)
            .map(|((person, plain), key)| seal_with(person, None, &key, &plain))
            .collect())
    }

    /// The same for values that are bound to their places: `<event type>.<field>`, lists left out, or [`WORDS`].
    pub async fn seal_placed(
        &self,
        values: Vec<(PersonId, &'static str, String)>,
    ) -> Result<Vec<Sealed>, VaultError> {
        let keys = self
            .current_keys(values.iter().map(|(person, ..)| person))
            .await?;
        Ok(values
            .into_iter()
            .zip(keys)
            .map(|((person, place, plain), key)| seal_with(person, Some(place), &key, &plain))
            .collect())
    }

    /// A fingerprint of a text under the person's key: equal texts of one person have equal ones. Without the key it
    /// tells nothing of the text, and after an erasure nobody can make it again.
    ///
    /// # Panics
    /// Never: HMAC takes keys of any length.
    pub async fn fingerprint(&self, person: &PersonId, plain: &str) -> Result<Uuid, VaultError> {
        let keys = self.current_keys(std::iter::once(person)).await?;
        let secret = keys.first().map_or(&[][..], |key| key.secret.as_slice());
        let mut mac =
            <Hmac<Sha256> as KeyInit>::new_from_slice(secret).expect("HMAC takes keys of any length");
        mac.update(b"fingerprint\n");
        mac.update(plain.as_bytes());
        let hash = mac.finalize().into_bytes();
        let first = hash
            .iter()
            .zip(0..16)
            .fold(0_u128, |all, (byte, _)| all << 8 | u128::from(*byte));
        Ok(Uuid::from_u128(first))
    }

    /// Opens a value; `None` says that its person was erased.
    pub async fn open(&self, sealed: &Sealed) -> Result<Option<String>, VaultError> {
        let cached = self.cache(|keys| keys.current.get(&sealed.person).cloned());
        let key = match cached.filter(|key| key.generation == sealed.generation) {
            Some(key) => Some(key),
            None => {
                self.0
                    .table
                    .find(sealed.person.clone(), sealed.generation)
                    .await?
            }
        };
        let Some(key) = key else { return Ok(None) };
        let plain = open_with(&key, sealed)?;
        self.cache(|keys| {
            let newer = keys
                .current
                .peek(&sealed.person)
                .is_some_and(|known| known.generation > key.generation);
            if !newer {
                keys.current.put(sealed.person.clone(), key);
            }
        });
        Ok(Some(plain))
    }

    /// Destroys every key of `person`; whatever was sealed for them stays closed for ever.
    pub async fn destroy(&self, person: &PersonId) -> Result<usize, VaultError> {
        let destroyed = self.0.table.destroy(person.clone()).await;
        // After the table: an `open` that ran meanwhile may have put the key back.
        self.cache(|keys| keys.current.pop(person));
        Ok(destroyed?)
    }

    async fn current_keys(
        &self,
        persons: impl Iterator<Item = &PersonId>,
    ) -> Result<Vec<PersonKey>, VaultError> {
        let persons: Vec<&PersonId> = persons.collect();
        let known: Vec<Option<PersonKey>> = self.cache(|keys| {
            persons
                .iter()
                .map(|person| keys.current.get(*person).cloned())
                .collect()
        });
        let missing: Vec<PersonId> = persons
            .iter()
            .zip(&known)
            .filter(|(_, key)| key.is_none())
            .map(|(person, _)| (*person).clone())
            .collect();
        let made = if missing.is_empty() {
            Vec::new()
        } else {
            self.0.table.current_or_create(missing.clone()).await?
        };
        self.cache(|keys| {
            for (person, key) in missing.iter().zip(&made) {
                keys.current.put(person.clone(), key.clone());
            }
        });
        let mut made = made.into_iter();
        Ok(known
            .into_iter()
            .filter_map(|key| key.or_else(|| made.next()))
            .collect())
    }

    fn cache<T>(&self, use_cache: impl FnOnce(&mut KeyCache) -> T) -> T {
        let mut keys = self.0.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let result = use_cache(&mut keys);
        if !self.0.caches {
            keys.current.clear();
        }
        result
    }
}

/// The place of what somebody wrote to the bot: which event it becomes is decided after it is sealed.
pub const WORDS: &str = "words";

#[cfg(test)]
mod tests;
