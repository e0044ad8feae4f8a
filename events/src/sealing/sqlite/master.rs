//! The key under which the keys of a table lie wrapped, so that the table's file alone opens nothing. Each wrapped key names its
//! master key, so keys under an old one and a new one lie beside each other while they are wrapped anew.

use std::fmt;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::super::random_bytes;

/// Bytes of a key.
const PLAIN: usize = 32;
/// Bytes of a master key's id, which stands first.
const ID: usize = 16;
/// Bytes of a nonce, which stands next.
const NONCE: usize = 24;
/// Bytes of a wrapped key: id, nonce, the key and its tag.
pub(super) const WRAPPED: usize = ID + NONCE + PLAIN + 16;

/// A master key. Its `Debug` shows its id alone.
#[derive(Clone)]
pub struct MasterKey {
    id: Uuid,
    secret: Zeroizing<[u8; PLAIN]>,
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterKey({})", self.id)
    }
}

impl MasterKey {
    /// The master key with these bytes.
    ///
    /// # Panics
    /// Never: HMAC takes keys of any length.
    pub fn new(secret: Zeroizing<[u8; PLAIN]>) -> Self {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret.as_slice())
            .expect("HMAC takes keys of any length");
        mac.update(b"chronus-teams master key");
        let hash: [u8; PLAIN] = mac.finalize().into_bytes().into();
        let mut id = [0; ID];
        id.copy_from_slice(&hash[..ID]);
        Self {
            id: Uuid::from_bytes(id),
            secret,
        }
    }

    /// Tells it from others, and nothing of it.
    pub fn id(&self) -> Uuid {
        self.id
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.secret.as_slice().try_into().expect("a key has 32 bytes"))
    }

    fn wrap(&self, place: &str, plain: &[u8; PLAIN]) -> Vec<u8> {
        let nonce = random_bytes::<NONCE>();
        let payload = Payload {
            msg: plain,
            aad: place.as_bytes(),
        };
        let sealed = self
            .cipher()
            .encrypt(&XNonce::from(nonce), payload)
            .expect("XChaCha20-Poly1305 fails only beyond 256 GiB of plain text");
        [self.id.as_bytes().as_slice(), &nonce, &sealed].concat()
    }

    fn unwrap(&self, place: &str, nonce: [u8; NONCE], sealed: &[u8]) -> Option<Zeroizing<[u8; PLAIN]>> {
        let payload = Payload {
            msg: sealed,
            aad: place.as_bytes(),
        };
        let plain = self.cipher().decrypt(&XNonce::from(nonce), payload).ok()?;
        let plain = Zeroizing::new(plain);
        Some(Zeroizing::new(plain.as_slice().try_into().ok()?))
    }
}

/// Why a key stays closed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Closed {
    /// It lies under a master key that is not there.
    #[error(
        "it is wrapped under the master key {0}, which is none of those that are configured (keys.master_key_file and its like, \
         keys.previous_master_key_files)"
    )]
    Master(Uuid),
    /// Its bytes changed.
    #[error("a key's bytes changed, or it stands in another key's place")]
    Damaged,
}

/// The master keys that are at hand; none where keys lie open.
#[derive(Debug, Clone, Default)]
pub struct Masters {
    /// Under which keys are wrapped.
    pub current: Option<MasterKey>,
    /// Under which they may lie still.
    pub previous: Vec<MasterKey>,
}

impl Masters {
    /// Wraps a key for its place.
    pub(super) fn close(&self, place: &str, plain: &[u8; PLAIN]) -> Zeroizing<Vec<u8>> {
        let wrapped = self.current.as_ref().map(|master| master.wrap(place, plain));
        Zeroizing::new(wrapped.unwrap_or_else(|| plain.to_vec()))
    }

    /// Opens a key of a place, wrapped or not.
    pub(super) fn open(&self, place: &str, kept: &[u8]) -> Result<Zeroizing<[u8; PLAIN]>, Closed> {
        if let Ok(plain) = <[u8; PLAIN]>::try_from(kept) {
            return Ok(Zeroizing::new(plain));
        }
        let id = master_of(kept).ok_or(Closed::Damaged)?;
        let nonce = kept.get(ID..).and_then(<[u8]>::first_chunk::<NONCE>);
        let sealed = kept.get(ID + NONCE..);
        let (Some(nonce), Some(sealed)) = (nonce, sealed) else {
            return Err(Closed::Damaged);
        };
        let mut known = self.current.iter().chain(&self.previous);
        let master = known.find(|master| master.id == id).ok_or(Closed::Master(id))?;
        master.unwrap(place, *nonce, sealed).ok_or(Closed::Damaged)
    }

    /// Whether a key lies as it is to lie now.
    pub(super) fn is_current(&self, kept: &[u8]) -> bool {
        master_of(kept) == self.current.as_ref().map(MasterKey::id)
    }
}

/// Under which master key a key lies; `None` where it lies open.
pub(super) fn master_of(kept: &[u8]) -> Option<Uuid> {
    let id = kept.first_chunk::<ID>().filter(|_| kept.len() == WRAPPED)?;
    Some(Uuid::from_bytes(*id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn master(byte: u8) -> MasterKey {
        MasterKey::new(Zeroizing::new([byte; PLAIN]))
    }

    fn under(current: Option<u8>, previous: &[u8]) -> Masters {
        Masters {
            current: current.map(master),
            previous: previous.iter().map(|byte| master(*byte)).collect(),
        }
    }

    #[test]
    fn a_key_opens_with_its_master_in_its_place_alone() {
        let plain = [7; PLAIN];
        let kept = under(Some(1), &[]).close("keys/ada/1", &plain);
        assert_eq!(kept.len(), WRAPPED);
        assert_eq!(*under(Some(2), &[1]).open("keys/ada/1", &kept).unwrap(), plain);
        assert_eq!(
            under(Some(2), &[]).open("keys/ada/1", &kept),
            Err(Closed::Master(master(1).id()))
        );
        assert_eq!(
            under(Some(1), &[]).open("keys/ben/1", &kept),
            Err(Closed::Damaged)
        );
        let mut changed = kept.clone();
        changed[60] ^= 1;
        assert_eq!(
            under(Some(1), &[]).open("keys/ada/1", &changed),
            Err(Closed::Damaged)
        );
        assert_eq!(
            under(Some(1), &[]).open("keys/ada/1", &kept[..50]),
            Err(Closed::Damaged)
        );
    }

    #[test]
    fn an_open_key_opens_always_and_is_current_where_there_is_no_master() {
        let (plain, none, some) = ([7; PLAIN], under(None, &[]), under(Some(1), &[]));
        assert_eq!(*some.open("keys/ada/1", &plain).unwrap(), plain);
        assert!(none.is_current(&plain) && !some.is_current(&plain));
        let wrapped = some.close("keys/ada/1", &plain);
        assert!(some.is_current(&wrapped) && !none.is_current(&wrapped));
    }
}
