//! Microsoft's public keys, cached. One [`KeyCache`] per metadata URL: key sets of different issuers are never merged.
//!
//! A verification with a warm cache does no I/O. A set is refreshed in the background every hour, and in the foreground
//! when it is past its life. A token that names a key which the set does not hold has the keys fetched at once: a new key
//! may be a second old. Made-up key ids share a small budget of such fetches; while that is spent nothing is said of
//! unknown keys ([`KeyError::Unavailable`]), so a genuine one is never refused. One refresh runs at a time. When it fails,
//! the old set stays in service; without any set nothing is verified.

mod fetch;

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Duration, Utc};
use events::Clock;
use jsonwebtoken::{Algorithm, DecodingKey};

pub use fetch::FetchKeysError;
pub(super) use fetch::read;

/// How long keys live and how often they may be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyLifetimes {
    /// After this a set is refreshed before it is used. Microsoft asks for at least once per 24 hours.
    pub life: Duration,
    /// After this a set is refreshed in the background.
    pub fresh: Duration,
    /// Fetches that unknown key ids may cause within [`Self::budget_window`].
    pub budget: usize,
    /// See [`Self::budget`].
    pub budget_window: Duration,
    /// Shortest time between a failed refresh and the next try.
    pub floor_after_failure: Duration,
}

impl Default for KeyLifetimes {
    fn default() -> Self {
        Self {
            life: Duration::hours(24),
            fresh: Duration::hours(1),
            budget: 5,
            budget_window: Duration::minutes(5),
            floor_after_failure: Duration::seconds(15),
        }
    }
}

/// Where keys are found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum At {
    /// An OpenID document names their address.
    Metadata {
        /// The document.
        url: String,
        /// The issuer that it must be of, where that is to be looked at.
        issuer: Option<String>,
    },
    /// They are at this address.
    Keys(String),
}

impl At {
    /// The address that is asked first.
    pub fn url(&self) -> &str {
        match self {
            Self::Metadata { url, .. } | Self::Keys(url) => url,
        }
    }
}

/// An issuer's keys: where they are, and which of them count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySource {
    /// Where they are.
    pub at: At,
    /// What they may sign by.
    pub algorithms: Vec<Algorithm>,
    /// The channel that they must be endorsed for, where there is one.
    pub channel: Option<&'static str>,
}

/// How many keys an issuer announces at this moment that count: for whoever looks whether they can be had.
pub(crate) async fn count(http: &reqwest::Client, source: &KeySource) -> Result<usize, FetchKeysError> {
    Ok(fetch::fetch(http, source).await?.keys.len())
}

/// One public key.
#[derive(Clone)]
pub struct SigningKey {
    decoding: DecodingKey,
    algorithm: Algorithm,
    endorsements: Vec<String>,
}

impl SigningKey {
    /// The key, for its algorithm.
    pub fn decoding(&self) -> &DecodingKey {
        &self.decoding
    }

    /// What it signs by.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
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

/// What an issuer announces.
#[derive(Debug, Default)]
struct KeySet {
    keys: HashMap<String, Arc<SigningKey>>,
    /// Ids of good keys that may not speak for the channel asked for.
    unendorsed: HashSet<String>,
}

/// Why no key can be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The issuer has no such key, as of an answer that it gave after it was asked for this one.
    #[error("the issuer has no key with this id")]
    Unknown,
    /// The issuer has it, for other channels.
    #[error("the issuer's key with this id is not endorsed for the channel")]
    NotEndorsed,
    /// The issuer's keys could not be had, so nothing can be said.
    #[error("the issuer's keys cannot be fetched now; check that the metadata URL is reachable")]
    Unavailable {
        /// When asking again may help.
        retry_after: std::time::Duration,
    },
}

/// The cached keys of one issuer. Cheap to clone.
#[derive(Debug, Clone)]
pub struct KeyCache(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    http: reqwest::Client,
    source: KeySource,
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
    /// How many fetches began.
    began: u64,
    /// Which of them was the last that brought keys.
    brought: u64,
    /// When unknown key ids caused a fetch, oldest first.
    spent: VecDeque<DateTime<Utc>>,
}

/// Why the keys are fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    /// They are old, or there are none.
    Age,
    /// A token names an unknown one; fetches that began before are no answer.
    UnknownKey {
        /// How many had begun.
        began: u64,
    },
}

#[derive(Debug, Clone, Copy)]
struct Try {
    at: DateTime<Utc>,
    failed: bool,
}

impl KeyCache {
    /// An empty cache for the keys of `source`; nothing is fetched yet.
    pub fn new(
        http: reqwest::Client,
        source: KeySource,
        lifetimes: KeyLifetimes,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self(Arc::new(Inner {
            http,
            source,
            lifetimes,
            clock,
            state: Mutex::default(),
            refreshing: tokio::sync::Mutex::default(),
        }))
    }

    /// The key `kid`.
    pub async fn key(&self, kid: &str) -> Result<Arc<SigningKey>, KeyError> {
        let began = self.0.state().began;
        if let Some(found) = self.known(kid).await {
            return found;
        }
        self.refresh(Cause::UnknownKey { began }).await;
        let state = self.0.state();
        match state.find(kid) {
            Some(found) => found,
            None if state.brought > began => Err(KeyError::Unknown),
            None => Err(KeyError::Unavailable {
                retry_after: self.0.retry_after(&state),
            }),
        }
    }

    /// What the set says of a key, without asking anybody; `None` where it would have to be asked for.
    pub fn known_key(&self, kid: &str) -> Option<Result<Arc<SigningKey>, KeyError>> {
        let state = self.0.state();
        let age = state.fetched_at.map(|at| self.0.clock.now() - at);
        state
            .find(kid)
            .filter(|_| age.is_some_and(|age| age < self.0.lifetimes.fresh))
    }

    /// What the set says of a key, with the set's age looked after.
    async fn known(&self, kid: &str) -> Option<Result<Arc<SigningKey>, KeyError>> {
        let state = self.0.state();
        let found = state.find(kid)?;
        let age = state.fetched_at.map(|at| self.0.clock.now() - at);
        if !self.0.may_try(&state) || age.is_some_and(|age| age < self.0.lifetimes.fresh) {
            return Some(found);
        }
        if age.is_some_and(|age| age < self.0.lifetimes.life) {
            // Detached on purpose: this token does not wait for it.
            drop(self.spawn_refresh(Cause::Age));
            return Some(found);
        }
        self.refresh(Cause::Age).await;
        self.0.state().find(kid)
    }

    /// Fetches the keys if there are none yet, so that the first activity need not wait. `true` when there are keys.
    pub async fn warm_up(&self) -> bool {
        if !self.is_ready() {
            self.refresh(Cause::Age).await;
        }
        self.is_ready()
    }

    /// Fetches the keys anew where they are not fresh any more.
    pub async fn keep_fresh(&self) {
        let state = self.0.state();
        let age = state.fetched_at.map(|at| self.0.clock.now() - at);
        if age.is_none_or(|age| age >= self.0.lifetimes.fresh) {
            self.refresh(Cause::Age).await;
        }
    }

    /// Whether there are keys.
    pub fn is_ready(&self) -> bool {
        self.0.state().keys.is_some()
    }

    /// Waits for a refresh that runs on its own, so that a caller that goes away does not stop it for the others.
    async fn refresh(&self, cause: Cause) {
        if self.spawn_refresh(cause).await.is_err() {
            tracing::error!(
                keys.url = self.0.source.at.url(),
                "fetching signing keys was stopped"
            );
        }
    }

    fn spawn_refresh(&self, cause: Cause) -> tokio::task::JoinHandle<()> {
        let inner = Arc::clone(&self.0);
        tokio::spawn(async move { inner.refresh(cause).await })
    }
}

impl Inner {
    fn state(&self) -> State {
        self.lock().clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the last failure is long enough ago.
    fn may_try(&self, state: &State) -> bool {
        let floor = self.lifetimes.floor_after_failure;
        state
            .last_try
            .is_none_or(|last| !last.failed || self.clock.now() - last.at >= floor)
    }

    /// When the next fetch may be made, seen from now.
    fn retry_after(&self, state: &State) -> std::time::Duration {
        let now = self.clock.now();
        let failed = state
            .last_try
            .filter(|last| last.failed)
            .map(|last| last.at + self.lifetimes.floor_after_failure);
        let spent = state
            .spent
            .front()
            .filter(|_| state.spent.len() >= self.lifetimes.budget)
            .map(|first| *first + self.lifetimes.budget_window);
        let until = failed.into_iter().chain(spent).max().unwrap_or(now);
        let wait = (until - now).to_std().unwrap_or_default();
        wait.max(std::time::Duration::from_secs(1))
    }

    /// Whether a fetch for this cause is to be made now; an unknown key pays for it.
    fn begins(&self, cause: Cause) -> bool {
        let now = self.clock.now();
        let mut state = self.lock();
        if !self.may_try(&state) {
            return false;
        }
        if let Cause::UnknownKey { began } = cause {
            if state.brought > began {
                return false;
            }
            let window = self.lifetimes.budget_window;
            while state.spent.front().is_some_and(|first| now - *first >= window) {
                state.spent.pop_front();
            }
            // Without any keys every token names an unknown one, and the floor after a failure is what bounds them.
            if state.keys.is_some() {
                if state.spent.len() >= self.lifetimes.budget {
                    return false;
                }
                state.spent.push_back(now);
            }
        } else if state.fetched_at.is_some_and(|at| now - at < self.lifetimes.fresh) {
            return false;
        }
        state.began += 1;
        true
    }

    /// Whoever waited here for another's refresh finds it done and leaves.
    async fn refresh(&self, cause: Cause) {
        let _running = self.refreshing.lock().await;
        if !self.begins(cause) {
            return;
        }
        let fetched = fetch::fetch(&self.http, &self.source).await;
        let now = self.clock.now();
        let mut state = self.lock();
        state.last_try = Some(Try {
            at: now,
            failed: fetched.is_err(),
        });
        match fetched {
            Ok(set) => {
                tracing::debug!(
                    keys.count = set.keys.len(),
                    keys.url = self.source.at.url(),
                    "fetched signing keys"
                );
                state.keys = Some(Arc::new(set));
                state.fetched_at = Some(now);
                state.brought = state.began;
            }
            Err(error) => tracing::warn!(
                keys.url = self.source.at.url(),
                keys.stale = state.keys.is_some(),
                error = &error as &dyn std::error::Error,
                "fetching signing keys failed",
            ),
        }
    }
}

impl State {
    fn find(&self, kid: &str) -> Option<Result<Arc<SigningKey>, KeyError>> {
        let set = self.keys.as_ref()?;
        match set.keys.get(kid) {
            Some(key) => Some(Ok(Arc::clone(key))),
            None => set.unendorsed.contains(kid).then_some(Err(KeyError::NotEndorsed)),
        }
    }
}

#[cfg(test)]
mod tests;
