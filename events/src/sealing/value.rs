//! A personal value, encrypted: how it is sealed and opened with a key at hand.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use serde::{Deserialize, Serialize};

use super::person::PersonId;
use super::table::{KeyTableError, PersonKey};

/// Bytes of an XChaCha20 nonce, which stands before each ciphertext.
const NONCE_BYTES: usize = 24;

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

pub(super) fn seal_with(person: PersonId, place: Option<&str>, key: &PersonKey, plain: &str) -> Sealed {
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

pub(super) fn open_with(key: &PersonKey, sealed: &Sealed) -> Result<String, VaultError> {
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
