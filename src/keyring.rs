//! Keys of the API that are made, replaced and taken back while the service runs. They stand in a stream of the log that every
//! node follows, with their hashes alone; a key itself is shown once, to whoever makes it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use events::outbound::{ApiKeyMade, ApiKeyUsed};
use events::{
    AppendError, Clock, DecodeError, Direction, EventId, EventStore, Expected, Metadata, NewEvent,
    OrganizationId, OutboundEvent, ReadError, StreamId, StreamWrite, Version,
};
use secrecy::{ExposeSecret as _, SecretString};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::config::{ApiKeys, Caller, KeyHash, NoRandomness, Principal, Role, new_key};

pub mod state;

use state::{Ask, Held, KeyRefusal, Replace, decide_make, decide_replace, decide_revoke};

/// How often another node's changes are looked for, and ends of keys.
const TICK: Duration = Duration::from_secs(1);
/// How often it is recorded which keys were used.
const USED_EVERY: Duration = Duration::from_secs(3_600);
/// Events read at a time.
const BATCH: usize = 1_000;
/// How often a change is decided anew because another one came first.
const TRIES: usize = 16;

/// Why a key was not changed.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// It may not be.
    #[error(transparent)]
    Refused(#[from] KeyRefusal),
    /// The keys could not be read.
    #[error("the keys could not be read")]
    Read(#[from] ReadError),
    /// They hold something that this release does not know.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The change could not be recorded.
    #[error("the change of a key could not be recorded")]
    Append(#[from] AppendError),
    /// No key could be made.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

/// A key that was just made. Nobody can be shown it again.
#[derive(Debug)]
pub struct Made {
    /// What stands in the log of it.
    pub fact: ApiKeyMade,
    /// The key.
    pub key: SecretString,
}

/// A key as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// What is held of it; nothing but a name and roles where it is one of the configuration.
    pub held: Held,
    /// When it was used last, as far as this node knows; of other nodes to the hour.
    pub last_used_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Default)]
struct Folded {
    state: state::Keys,
    version: Version,
}

/// See the module.
#[derive(Debug)]
pub struct Keyring {
    store: Arc<dyn EventStore>,
    clock: Arc<dyn Clock>,
    keys: ApiKeys,
    folded: Mutex<Folded>,
}

impl Keyring {
    /// Over the keys that the service takes.
    pub fn new(store: Arc<dyn EventStore>, clock: Arc<dyn Clock>, keys: ApiKeys) -> Self {
        Self {
            store,
            clock,
            keys,
            folded: Mutex::default(),
        }
    }

    /// Follows the log until cancelled, and takes and ends keys as it says.
    pub async fn run(self: Arc<Self>, cancel: CancellationToken) {
        let mut told = tokio::time::Instant::now();
        loop {
            if let Err(error) = self.refresh().await {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "keys that were made at run time could not be looked at");
            }
            if told.elapsed() >= USED_EVERY {
                told = tokio::time::Instant::now();
                self.record_used().await;
            }
            if cancel
                .run_until_cancelled(tokio::time::sleep(TICK))
                .await
                .is_none()
            {
                return;
            }
        }
    }

    /// Reads what was recorded since, and takes what is to be taken now.
    pub async fn refresh(&self) -> Result<(), KeyError> {
        loop {
            let from = self.lock().version.plus(1);
            let events = self
                .store
                .read_stream(StreamId::api_keys(), from, Direction::Forwards, BATCH)
                .await?;
            let mut folded = self.lock();
            for event in &events {
                // Two readers may have read the same.
                if event.version > folded.version {
                    folded.state.apply(&event.decode()?, event.metadata.time);
                    folded.version = event.version;
                }
            }
            if events.len() < BATCH {
                break;
            }
        }
        let folded = self.lock();
        self.keys.take_made(folded.state.taken(self.clock.now()));
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Folded> {
        self.folded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a key.
    pub async fn make(&self, organization: &OrganizationId, ask: Ask, by: &str) -> Result<Made, KeyError> {
        let key = new_key(organization)?;
        let sha256 = KeyHash::of(key.expose_secret());
        let configured = self.keys.configured_of(organization);
        let fact = self
            .change(None, |state, now| {
                let fact = decide_make(state, organization, &configured, &ask, sha256, by, now)?;
                Ok((fact.clone(), vec![fact.into()]))
            })
            .await?;
        Ok(Made { fact, key })
    }

    /// Makes a key in the place of another, which is taken for a while longer.
    pub async fn replace(
        &self,
        organization: &OrganizationId,
        replace: Replace,
        by: &str,
    ) -> Result<Made, KeyError> {
        let key = new_key(organization)?;
        let sha256 = KeyHash::of(key.expose_secret());
        let fact = self
            .change(None, |state, now| {
                let (fact, revoked) = decide_replace(state, organization, &replace, sha256, by, now)?;
                Ok((fact.clone(), vec![fact.into(), revoked.into()]))
            })
            .await?;
        Ok(Made { fact, key })
    }

    /// Takes a key back at once; answers whether it was taken until now. That stands as the event `id`, where one is given.
    pub async fn revoke(
        &self,
        organization: &OrganizationId,
        key_id: Uuid,
        by: &str,
        id: Option<EventId>,
    ) -> Result<bool, KeyError> {
        self.change(id, |state, now| {
            let revoked = decide_revoke(state, organization, key_id, by, now)?;
            let events = revoked.into_iter().map(OutboundEvent::from).collect::<Vec<_>>();
            Ok((!events.is_empty(), events))
        })
        .await
    }

    /// Decides on what stands and records it; where another node was first, once more. What is recorded holds when this answers.
    /// The first event has the id `id`, where one is given.
    async fn change<T>(
        &self,
        id: Option<EventId>,
        decide: impl Fn(&state::Keys, DateTime<Utc>) -> Result<(T, Vec<OutboundEvent>), KeyRefusal>,
    ) -> Result<T, KeyError> {
        let mut tries = TRIES;
        loop {
            tries -= 1;
            self.refresh().await?;
            let now = self.clock.now();
            let (decided, version) = {
                let folded = self.lock();
                (decide(&folded.state, now)?, folded.version)
            };
            let (answer, events) = decided;
            if events.is_empty() {
                return Ok(answer);
            }
            match self.append(version, &events, id, now).await {
                Ok(()) => {
                    self.refresh().await?;
                    return Ok(answer);
                }
                Err(AppendError::Conflict { .. }) if tries > 0 => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn append(
        &self,
        version: Version,
        events: &[OutboundEvent],
        id: Option<EventId>,
        now: DateTime<Utc>,
    ) -> Result<(), AppendError> {
        let mut given = id;
        let events = events.iter().map(|event| {
            let id = given.take().unwrap_or_else(EventId::unique);
            let metadata = Metadata {
                time: now,
                correlation_id: id.0,
                causation_id: id.0,
            };
            NewEvent::encode(id, event, metadata)
        });
        let write = StreamWrite {
            stream: StreamId::api_keys(),
            expected: Expected::Exactly(version),
            events: events.collect(),
        };
        self.store.append(vec![write]).await.map(drop)
    }

    /// The keys of an organization: those of the configuration first, then those that were made, newest first.
    pub fn list(&self, organization: &OrganizationId) -> Vec<Listed> {
        let used = self.used_at();
        let folded = self.lock();
        let configured = self.keys.configured_of(organization).into_iter();
        let configured = configured.map(|key| Held::of_configuration(&key));
        let all = configured.chain(folded.state.of(organization));
        all.map(|held| {
            let known = (held.organization.clone(), held.name.clone());
            let recorded = folded.state.used_at(&known);
            Listed {
                last_used_at: used.get(&known).copied().max(recorded),
                held,
            }
        })
        .collect()
    }

    /// When keys were used last on this node.
    fn used_at(&self) -> HashMap<(OrganizationId, String), DateTime<Utc>> {
        let (now, moment) = (self.clock.now(), Instant::now());
        let used = self.keys.used().into_iter().map(|(key, at)| {
            let ago = TimeDelta::from_std(moment.saturating_duration_since(at)).unwrap_or_default();
            (key, (now - ago).trunc_subsecs(3))
        });
        used.collect()
    }

    /// Records which keys were used since it was recorded last.
    async fn record_used(&self) {
        for ((organization_id, name), at) in self.used_at() {
            let key = (organization_id.clone(), name.clone());
            let hour = TimeDelta::from_std(USED_EVERY).unwrap_or_default();
            let known = self.lock().state.used_at(&key);
            if known.is_some_and(|known| known + hour > at) {
                continue;
            }
            let used = ApiKeyUsed {
                organization_id,
                name,
                at,
            };
            let recorded = self
                .change(None, |_, _| Ok(((), vec![used.clone().into()])))
                .await;
            if let Err(error) = recorded {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(
                    error,
                    "that a key was used could not be recorded; it is tried in an hour"
                );
                return;
            }
        }
    }
}

/// The roles by their names, where all are known.
fn roles(names: &[String]) -> Vec<Role> {
    let known = |name: &String| Role::ALL.into_iter().find(|role| role.as_str() == name);
    names.iter().filter_map(known).collect()
}

/// Who somebody with this key is.
fn principal(fact: &ApiKeyMade) -> Principal {
    Principal {
        organization: fact.organization_id.clone(),
        name: fact.name.clone(),
        caller: Caller::Key,
        roles: roles(&fact.roles),
        key_id: Some(fact.key_id),
    }
}
