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

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use futures_util::future::BoxFuture;
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::address;
use crate::ids::{MemberId, OrganizationId, UserKey};

pub mod found;
pub mod memory;
#[cfg(feature = "sqlite")]
pub mod sqlite;

/// Bytes of an XChaCha20 nonce, which stands before each ciphertext.
const NONCE_BYTES: usize = 24;

/// Keys kept in memory; more are read again from the table.
const CACHED_KEYS: NonZeroUsize = NonZeroUsize::new(20_000).expect("20,000 is not zero");

/// Whose key seals a value.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonId(Box<str>);

impl PersonId {
    /// A Teams user.
    pub fn user(user: &UserKey) -> Self {
        Self(format!("user/{user}").into())
    }

    /// A person in Chronus.
    pub fn member(organization: &OrganizationId, member: &MemberId) -> Self {
        Self(format!("member/{organization}/{member}").into())
    }

    /// A person of whom Chronus gave nothing but an address.
    pub fn address(organization: &OrganizationId, lookup: &Lookup) -> Self {
        Self(format!("address/{organization}/{lookup}").into())
    }

    /// Content of an organization that no single person wrote.
    pub fn organization(organization: &OrganizationId) -> Self {
        Self(format!("organization/{organization}").into())
    }

    /// The stored form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads the stored form.
    pub fn from_stored(text: &str) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PersonId({})", self.0)
    }
}

impl fmt::Display for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A keyed hash of the [normal form](address::normal_form) of an email address or UPN.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Lookup(Box<str>);

impl Lookup {
    /// The hash as hexadecimal text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads the stored form.
    pub fn from_stored(text: &str) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Lookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Lookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lookup({})", self.0)
    }
}

/// A personal value, encrypted. Its `Debug` shows whose it is and nothing else.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// Whose key opens it.
    #[serde(rename = "sealed_for")]
    pub person: PersonId,
    /// Which of the person's keys: 1, and one more each time after an erasure.
    pub generation: u32,
    /// Nonce and ciphertext, base64; before it the place that the value is bound to, and a colon, where it is bound to one.
    #[serde(rename = "box")]
    pub ciphertext: Box<str>,
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed(for {})", self.person)
    }
}

/// Divides a place from the base64 text behind it, which holds no colon.
const PLACED: char = ':';

impl Sealed {
    /// The place that the value is bound to; values of earlier releases are bound to none.
    pub fn place(&self) -> Option<&str> {
        self.ciphertext.split_once(PLACED).map(|(place, _)| place)
    }
}

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

    /// The secret that keys every [`Lookup`]; made once with the table.
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

/// Why a value could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The key table failed.
    #[error(transparent)]
    Keys(#[from] KeyTableError),
    /// The value is damaged or was sealed under another key table.
    #[error("a value sealed for {person} does not open; is this the key table that belongs to the log?")]
    Damaged {
        /// Whose it is.
        person: PersonId,
    },
}

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

/// What a value is bound to besides its key.
fn bound_to(person: &PersonId, place: Option<&str>) -> Vec<u8> {
    let mut aad = person.as_str().as_bytes().to_vec();
    if let Some(place) = place {
        // No id holds it.
        aad.push(0x1f);
        aad.extend_from_slice(place.as_bytes());
    }
    aad
}

fn seal_with(person: PersonId, place: Option<&str>, key: &PersonKey, plain: &str) -> Sealed {
    let cipher = XChaCha20Poly1305::new(key.secret.as_slice().try_into().expect("a key has 32 bytes"));
    let nonce = random_bytes::<NONCE_BYTES>();
    let aad = bound_to(&person, place);
    let payload = Payload {
        msg: plain.as_bytes(),
        aad: &aad,
    };
    let sealed = cipher
        .encrypt(&XNonce::from(nonce), payload)
        .expect("XChaCha20-Poly1305 fails only beyond 256 GiB of plain text");
    let mut bytes = nonce.to_vec();
    bytes.extend_from_slice(&sealed);
    let text = STANDARD_NO_PAD.encode(bytes);
    Sealed {
        person,
        generation: key.generation,
        ciphertext: place
            .map_or(text.clone(), |place| format!("{place}{PLACED}{text}"))
            .into(),
    }
}

fn open_with(key: &PersonKey, sealed: &Sealed) -> Result<String, VaultError> {
    let damaged = || VaultError::Damaged {
        person: sealed.person.clone(),
    };
    let (place, text) = match sealed.ciphertext.split_once(PLACED) {
        Some((place, text)) => (Some(place), text),
        None => (None, &*sealed.ciphertext),
    };
    let bytes = STANDARD_NO_PAD.decode(text).map_err(|_| damaged())?;
    let (nonce, ciphertext) = bytes.split_first_chunk::<NONCE_BYTES>().ok_or_else(damaged)?;
    let cipher = XChaCha20Poly1305::new(key.secret.as_slice().try_into().expect("a key has 32 bytes"));
    let payload = Payload {
        msg: ciphertext,
        aad: &bound_to(&sealed.person, place),
    };
    let plain = cipher
        .decrypt(&XNonce::from(*nonce), payload)
        .map_err(|_| damaged())?;
    String::from_utf8(plain).map_err(|_| damaged())
}

/// Opens a value with a key at hand.
pub fn open_sealed(key: &PersonKey, sealed: &Sealed) -> Result<String, VaultError> {
    open_with(key, sealed)
}

/// Bytes from the operating system's generator, for keys and nonces.
pub(crate) fn random_bytes<const N: usize>() -> [u8; N] {
    use chacha20poly1305::aead::Generate as _;
    <[u8; N]>::generate()
}

#[cfg(test)]
mod tests;
