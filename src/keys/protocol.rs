//! What nodes and key service say to each other: JSON over HTTP, each request with the shared token.
//!
//! Keys that a node keeps in memory are under a lease: a node may use them for [`LEASE`] after it sent a `watch` that
//! was answered, and each answer names what was destroyed. The next `watch` says up to where the node has forgotten.
//! So the service knows, for every node, that it forgot a key or may not use any.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use events::sealing::{PersonId, PersonKey};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroizing;

/// For how long a node may use remembered keys after it sent a watch that was answered.
pub(super) const LEASE: Duration = Duration::from_secs(5);
/// How much earlier than the service the node itself believes that its lease ended.
pub(super) const MARGIN: Duration = Duration::from_secs(1);
/// For how long a watch waits for something to tell.
pub(super) const WATCH: Duration = Duration::from_secs(1);

/// A path of the service.
pub(super) mod path {
    pub(in super::super) const LOOKUP_SECRET: &str = "/keys/v1/lookup-secret";
    pub(in super::super) const CURRENT: &str = "/keys/v1/current";
    pub(in super::super) const FIND: &str = "/keys/v1/find";
    pub(in super::super) const DESTROY: &str = "/keys/v1/destroy";
    pub(in super::super) const WATCH: &str = "/keys/v1/watch";
}

/// 32 secret bytes, base64 on the wire. Shows nothing when printed.
#[derive(Clone)]
pub(super) struct Secret(pub(super) Zeroizing<[u8; 32]>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

impl Serialize for Secret {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Zeroizing::new(STANDARD.encode(self.0.as_slice())).serialize(to)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let wrong = || serde::de::Error::custom("a secret is not 32 bytes in base64");
        let text = Zeroizing::new(String::deserialize(from)?);
        let bytes = Zeroizing::new(STANDARD.decode(text.as_bytes()).map_err(|_| wrong())?);
        let secret: [u8; 32] = bytes.as_slice().try_into().map_err(|_| wrong())?;
        Ok(Self(Zeroizing::new(secret)))
    }
}

/// A key as it travels.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Key {
    pub(super) generation: u32,
    pub(super) secret: Secret,
}

impl From<PersonKey> for Key {
    fn from(key: PersonKey) -> Self {
        Self {
            generation: key.generation,
            secret: Secret(key.secret),
        }
    }
}

impl From<Key> for PersonKey {
    fn from(key: Key) -> Self {
        Self {
            generation: key.generation,
            secret: key.secret.0,
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct LookupSecret {
    pub(super) secret: Secret,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Current {
    pub(super) persons: Vec<PersonId>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct CurrentKeys {
    pub(super) keys: Vec<Key>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Find {
    pub(super) person: PersonId,
    pub(super) generation: u32,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Found {
    pub(super) key: Option<Key>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Destroy {
    pub(super) person: PersonId,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Destroyed {
    pub(super) keys: usize,
}

/// A node asks what was destroyed.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Watch {
    /// The node; another one after each start.
    pub(super) node: Uuid,
    /// The service's start that `after` counts in; `None` at first.
    pub(super) start: Option<Uuid>,
    /// Everything up to here was forgotten.
    pub(super) after: u64,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Watched {
    /// The service's start; another one means that everything is to be forgotten.
    pub(super) start: Uuid,
    /// What was destroyed goes up to here.
    pub(super) upto: u64,
    /// Whose keys; `None` when too many to tell, so that everything is to be forgotten.
    pub(super) destroyed: Option<Vec<PersonId>>,
}
