//! Microsoft's public keys, cached. One [`KeyCache`] per metadata URL: key sets of different issuers are never merged.
//!
//! A verification with a warm cache does no I/O. A set is refreshed in the background when it is half its life old,
//! and in the foreground when it is past its life or a token names a key that it does not hold; only one refresh
//! runs at a time, and tokens with made-up key ids cannot cause more than one in a while. When a refresh fails, the
//! old set stays in service. Without any set nothing is verified: the caller gets [`KeyError::Unavailable`].

mod fetch;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Duration, Utc};
use events::Clock;
use jsonwebtoken::DecodingKey;

pub use fetch::FetchKeysError;

/// How long keys live and how often they may be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyLifetimes {
    /// After this a set is refreshed before it is used. Microsoft asks for at least once per 24 hours.
    pub life: Duration,
    /// Shortest time between two refreshes that unknown key ids cause.
    pub floor: Duration,
    /// Shortest time between a failed refresh and the next try.
    pub floor_after_failure: Duration,
}

impl Default for KeyLifetimes {
    fn default() -> Self {
        Self {
            life: Duration::hours(24),
            floor: Duration::minutes(5),
            floor_after_failure: Duration::seconds(15),
        }
    }
}

/// One public key.
#[derive(Clone)]
pub struct SigningKey {
    decoding: DecodingKey,
    endorsements: Vec<String>,
}

impl SigningKey {
    /// The key for RS256.
    pub fn decoding(&self) -> &DecodingKey {
        &self.decoding
    }

    /// Whether the key may speak for a channel.
    pub fn endorses(&self, channel_id: &str) -> bool {
        self.endorsements.iter().any(|endorsed| endorsed == channel_id)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("endorsements", &self.endorsements)
            .finish_non_exhaustive()
    }
}

type KeySet = HashMap<String, Arc<SigningKey>>;

/// Why no key can be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The issuer has no such key, as of a recent answer.
    #[error("the issuer has no key with this id")]
    Unknown,
    /// The issuer's keys could not be had, so nothing can be said.
    #[error("the issuer's keys cannot be fetched now; check that the metadata URL is reachable")]
    Unavailable,
}

/// The cached keys of one issuer. Cheap to clone.
#[derive(Debug, Clone)]
pub struct KeyCache(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    http: reqwest::Client,
    metadata_url: String,
    lifetimes: KeyLifetimes,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    /// Held while a refresh runs.
    refreshing: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default, Clone)]
struct State {
    keys: Option<Arc<KeySet>>,
    fetched_at: Option<DateTime<Utc>>,
    last_try: Option<Try>,
}

#[derive(Debug, Clone, Copy)]
struct Try {
    at: DateTime<Utc>,
    failed: bool,
}

impl KeyCache {
    /// An empty cache for the keys behind `metadata_url`; nothing is fetched yet.
    pub fn new(
        http: reqwest::Client,
        metadata_url: String,
        lifetimes: KeyLifetimes,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self(Arc::new(Inner {
            http,
            metadata_url,
            lifetimes,
            clock,
            state: Mutex::default(),
            refreshing: tokio::sync::Mutex::default(),
        }))
    }

    /// The key `kid`.
    pub async fn key(&self, kid: &str) -> Result<Arc<SigningKey>, KeyError> {
        let state = self.0.state();
        let known = state.key(kid);
        match (known, self.0.age(&state)) {
            (Some(key), Age::Young) => Ok(key),
            (Some(key), Age::Ageing) => {
                if self.0.may_try(&state) {
                    // Detached on purpose: this token does not wait for it.
                    drop(self.spawn_refresh());
                }
                Ok(key)
            }
            (Some(key), Age::Past) if !self.0.may_try(&state) => Ok(key),
            (None, _) if !self.0.may_try(&state) => Err(state.without_key()),
            (Some(_) | None, _) => {
                self.refresh().await;
                let state = self.0.state();
                state.key(kid).ok_or_else(|| state.without_key())
            }
        }
    }

    /// Fetches the keys if there are none yet, so that the first activity need not wait. `true` when there are keys.
    pub async fn warm_up(&self) -> bool {
        if self.0.state().keys.is_none() {
            self.refresh().await;
        }
        self.is_ready()
    }

    /// Whether there are keys.
    pub fn is_ready(&self) -> bool {
        self.0.state().keys.is_some()
    }

    /// Waits for a refresh that runs on its own, so that a caller that goes away does not stop it for the others.
    async fn refresh(&self) {
        if self.spawn_refresh().await.is_err() {
            tracing::error!(keys.metadata_url = %self.0.metadata_url, "fetching signing keys was stopped");
        }
    }

    fn spawn_refresh(&self) -> tokio::task::JoinHandle<()> {
        let inner = Arc::clone(&self.0);
        tokio::spawn(async move { inner.refresh().await })
    }
}

enum Age {
    Young,
    Ageing,
    Past,
}

impl Inner {
    fn state(&self) -> State {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn age(&self, state: &State) -> Age {
        let life = self.lifetimes.life;
        match state.fetched_at.map(|fetched_at| self.clock.now() - fetched_at) {
            Some(age) if age < life / 2 => Age::Young,
            Some(age) if age < life => Age::Ageing,
            Some(_) | None => Age::Past,
        }
    }

    fn may_try(&self, state: &State) -> bool {
        state.last_try.is_none_or(|last| {
            let floor = if last.failed {
                self.lifetimes.floor_after_failure
            } else {
                self.lifetimes.floor
            };
            self.clock.now() - last.at >= floor
        })
    }

    /// Whoever waited here for another's refresh finds it done and leaves.
    async fn refresh(&self) {
        let _running = self.refreshing.lock().await;
        if !self.may_try(&self.state()) {
            return;
        }
        let fetched = fetch::fetch(&self.http, &self.metadata_url).await;
        let now = self.clock.now();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.last_try = Some(Try {
            at: now,
            failed: fetched.is_err(),
        });
        match fetched {
            Ok(keys) => {
                tracing::debug!(keys.count = keys.len(), keys.metadata_url = %self.metadata_url, "fetched signing keys");
                state.keys = Some(Arc::new(keys));
                state.fetched_at = Some(now);
            }
            Err(error) => tracing::warn!(
                keys.metadata_url = %self.metadata_url,
                keys.stale = state.keys.is_some(),
                error = &error as &dyn std::error::Error,
                "fetching signing keys failed",
            ),
        }
    }
}

impl State {
    fn key(&self, kid: &str) -> Option<Arc<SigningKey>> {
        self.keys.as_ref()?.get(kid).map(Arc::clone)
    }

    /// A key id that is not in the set is only known to be wrong when the set is known to be current.
    fn without_key(&self) -> KeyError {
        match (&self.keys, self.last_try) {
            (Some(_), Some(Try { failed: false, .. })) => KeyError::Unknown,
            _ => KeyError::Unavailable,
        }
    }
}

#[cfg(test)]
mod tests;
