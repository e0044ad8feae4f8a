//! The keys as a node sees them that shares a key service with others.
//!
//! Keys that were used are remembered, a bounded number, for as long as the service is heard from; what it says
//! was destroyed is forgotten at once. While it cannot be reached, remembered keys serve for the rest of a lease
//! of seconds, and then nothing personal is sealed or opened here until it is back.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use events::EventId;
use events::sealing::{KeyTable, KeyTableError, PersonId, PersonKey};
use futures_util::future::{BoxFuture, FutureExt as _};
use lru::LruCache;
use reqwest::{Client, Method, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};
use url::Url;
use zeroize::Zeroizing;

use super::protocol::{
    Current, CurrentKeys, Destroy, Destroyed, Find, Found, LEASE, LookupSecret, MARGIN, Watch, Watched, path,
};
use crate::http_client::{self, BuildClientError, HttpLimits};

/// Keys kept in memory.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(20_000).expect("20,000 is not zero");
/// Longest answer that is read, in bytes.
const LONGEST: usize = 4 << 20;
/// Persons asked for in one request.
const AT_ONCE: usize = super::service::MOST;
/// A destruction is answered when every node has forgotten, which takes a lease at most.
const PATIENCE: Duration = Duration::from_secs(15);
/// Pause after the service could not be reached.
const PAUSE: Duration = Duration::from_millis(250);

/// Why the key service cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The HTTP client.
    #[error(transparent)]
    Client(#[from] BuildClientError),
    /// The service.
    #[error("the key service at {url} cannot be used; check keys.url, keys.token and that it runs")]
    Unusable {
        /// Where it was looked for.
        url: Url,
        /// Why.
        #[source]
        source: AskError,
    },
}

/// Why a question to the key service was not answered.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// No answer came.
    #[error("the key service gave no answer ({0})")]
    NoAnswer(&'static str),
    /// It answered with an error.
    #[error("the key service answered {0}")]
    Refused(StatusCode),
    /// Its answer cannot be read.
    #[error("the key service's answer cannot be read")]
    Unreadable,
}

/// See the module.
#[derive(Debug)]
pub struct RemoteKeyTable {
    service: Arc<Remote>,
    lookup_secret: Zeroizing<[u8; 32]>,
    watching: CancellationToken,
    /// Ends the watching when the table is dropped.
    _ended: DropGuard,
}

#[derive(Debug)]
struct Remote {
    url: Url,
    token: SecretString,
    http: Client,
    memory: Mutex<Memory>,
}

/// What is remembered, and until when it may be used.
struct Memory {
    keys: LruCache<PersonId, PersonKey>,
    until: Option<Instant>,
    /// Grows with everything that is forgotten: an answer that was asked for before is not remembered after.
    forgotten: u64,
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Memory")
            .field("keys", &self.keys.len())
            .finish_non_exhaustive()
    }
}

impl RemoteKeyTable {
    /// Asks the service at `url` and begins to watch it. Fails when it does not answer. Where the certificate of an
    /// `authority` is given (PEM), that one alone is trusted.
    pub async fn connect(
        url: Url,
        token: SecretString,
        authority: Option<&[u8]>,
    ) -> Result<Self, ConnectError> {
        let limits = HttpLimits {
            connect: Duration::from_secs(2),
            total: PATIENCE,
        };
        let http = match authority {
            Some(authority) => http_client::build_trusting(limits, authority)?,
            None => http_client::build(limits)?,
        };
        let service = Arc::new(Remote {
            url: url.clone(),
            token,
            http,
            memory: Mutex::new(Memory {
                keys: LruCache::new(REMEMBERED),
                until: None,
                forgotten: 0,
            }),
        });
        let told: LookupSecret = service
            .ask(Method::GET, path::LOOKUP_SECRET, &())
            .await
            .map_err(|source| ConnectError::Unusable { url, source })?;
        let watching = CancellationToken::new();
        tokio::spawn(Arc::clone(&service).watch(watching.clone()));
        Ok(Self {
            service,
            lookup_secret: told.secret.0,
            _ended: watching.clone().drop_guard(),
            watching,
        })
    }

    /// Hears nothing more, and remembers what it knows.
    #[cfg(test)]
    pub(super) fn deafen(&self) {
        self.watching.cancel();
    }

    /// Ends the watching and forgets every key.
    pub fn close(&self) {
        self.watching.cancel();
        self.service.with(Memory::forget_all);
    }
}

impl Memory {
    fn forget_all(&mut self) {
        self.keys.clear();
        self.forgotten += 1;
    }

    fn forget(&mut self, person: &PersonId) {
        self.keys.pop(person);
        self.forgotten += 1;
    }

    /// A remembered key, if remembered ones may be used now.
    fn recall(&mut self, person: &PersonId) -> Option<PersonKey> {
        if self.until.is_none_or(|until| Instant::now() >= until) {
            self.keys.clear();
            return None;
        }
        self.keys.get(person).cloned()
    }

    /// Remembers a key that was asked for when so much had been forgotten.
    fn remember(&mut self, forgotten: u64, person: PersonId, key: PersonKey) {
        let newer = self
            .keys
            .peek(&person)
            .is_some_and(|known| known.generation > key.generation);
        if forgotten == self.forgotten && !newer {
            self.keys.put(person, key);
        }
    }
}

impl Remote {
    fn with<T>(&self, act: impl FnOnce(&mut Memory) -> T) -> T {
        act(&mut self.memory.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, AskError> {
        let mut url = self.url.clone();
        url.set_path(&format!("{}{path}", self.url.path().trim_end_matches('/')));
        let request = self
            .http
            .request(method.clone(), url)
            .bearer_auth(self.token.expose_secret().trim());
        let request = if method == Method::GET {
            request
        } else {
            request.json(body)
        };
        let response = request
            .send()
            .await
            .map_err(|error| AskError::NoAnswer(http_client::failure(&error)))?;
        if !response.status().is_success() {
            return Err(AskError::Refused(response.status()));
        }
        let body = http_client::read_limited(response, LONGEST)
            .await
            .map_err(|_| AskError::NoAnswer("reset"))?;
        serde_json::from_slice(&Zeroizing::new(body)).map_err(|_| AskError::Unreadable)
    }

    /// Forgets what was destroyed, for ever.
    async fn watch(self: Arc<Self>, cancel: CancellationToken) {
        let mut next = Watch {
            node: EventId::unique().0,
            start: None,
            after: 0,
        };
        while !cancel.is_cancelled() {
            let sent = Instant::now();
            let asking = self.ask::<Watched>(Method::POST, path::WATCH, &next);
            let Some(answer) = cancel.run_until_cancelled(asking).await else {
                return;
            };
            match answer {
                Ok(told) => {
                    self.with(|memory| memory.hear(&next, &told, sent));
                    (next.start, next.after) = (Some(told.start), told.upto);
                }
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "the key service is not heard"
                    );
                    cancel.run_until_cancelled(tokio::time::sleep(PAUSE)).await;
                }
            }
        }
    }
}

impl Memory {
    fn hear(&mut self, asked: &Watch, told: &Watched, sent: Instant) {
        match &told.destroyed {
            Some(destroyed) if asked.start == Some(told.start) => {
                for person in destroyed {
                    self.forget(person);
                }
            }
            _ => self.forget_all(),
        }
        self.until = self.until.max(Some(sent + LEASE.saturating_sub(MARGIN)));
    }
}

fn failed(action: &'static str) -> impl FnOnce(AskError) -> KeyTableError {
    move |error| KeyTableError {
        action,
        source: Box::new(error),
    }
}

impl KeyTable for RemoteKeyTable {
    fn current_or_create(
        &self,
        persons: Vec<PersonId>,
    ) -> BoxFuture<'_, Result<Vec<PersonKey>, KeyTableError>> {
        async move {
            let (mut known, forgotten) = self.service.with(|memory| {
                let known: Vec<Option<PersonKey>> =
                    persons.iter().map(|person| memory.recall(person)).collect();
                (known, memory.forgotten)
            });
            let missing: Vec<usize> = (0..persons.len()).filter(|at| known[*at].is_none()).collect();
            for part in missing.chunks(AT_ONCE) {
                let asked = Current {
                    persons: part.iter().map(|at| persons[*at].clone()).collect(),
                };
                let told: CurrentKeys = self
                    .service
                    .ask(Method::POST, path::CURRENT, &asked)
                    .await
                    .map_err(failed("make keys"))?;
                if told.keys.len() != part.len() {
                    return Err(failed("make keys")(AskError::Unreadable));
                }
                self.service.with(|memory| {
                    for (at, key) in part.iter().zip(told.keys) {
                        let key = PersonKey::from(key);
                        memory.remember(forgotten, persons[*at].clone(), key.clone());
                        known[*at] = Some(key);
                    }
                });
            }
            Ok(known.into_iter().flatten().collect())
        }
        .boxed()
    }

    fn find(
        &self,
        person: PersonId,
        generation: u32,
    ) -> BoxFuture<'_, Result<Option<PersonKey>, KeyTableError>> {
        async move {
            let (known, forgotten) = self
                .service
                .with(|memory| (memory.recall(&person), memory.forgotten));
            if let Some(key) = known.filter(|key| key.generation == generation) {
                return Ok(Some(key));
            }
            let asked = Find {
                person: person.clone(),
                generation,
            };
            let found: Found = self
                .service
                .ask(Method::POST, path::FIND, &asked)
                .await
                .map_err(failed("find a key"))?;
            let key = found.key.map(PersonKey::from);
            if let Some(key) = &key {
                self.service
                    .with(|memory| memory.remember(forgotten, person, key.clone()));
            }
            Ok(key)
        }
        .boxed()
    }

    fn destroy(&self, person: PersonId) -> BoxFuture<'_, Result<usize, KeyTableError>> {
        async move {
            self.service.with(|memory| memory.forget(&person));
            let told: Result<Destroyed, AskError> = self
                .service
                .ask(Method::POST, path::DESTROY, &Destroy { person })
                .await;
            told.map(|destroyed| destroyed.keys)
                .map_err(failed("destroy keys"))
        }
        .boxed()
    }

    fn lookup_secret(&self) -> Zeroizing<[u8; 32]> {
        self.lookup_secret.clone()
    }
}
