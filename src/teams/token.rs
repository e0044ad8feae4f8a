//! The service's own token: OAuth 2.0 client credentials at Microsoft's login. One request at a time, however many
//! callers wait. It is renewed in the background five minutes before its end, so that no card waits for a slow login
//! while the old token is still good; the old one serves to its end while renewing fails. Failures say whether an
//! operator must act. Neither the secret nor a token ever reaches a log.
//!
//! Facts: Microsoft identity platform, client-credentials flow and error codes; Bot Connector authentication, step 1.

mod exchange;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use chrono::{DateTime, Duration, Utc};
use events::Clock;
use metrics::counter;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::credential::Credential;
use super::hosts::is_loopback;
use crate::metrics::TOKENS;

/// How long before its end a token is renewed, or at half its life where that is later; the value that the Bot
/// Framework's SDKs use.
const EARLY: Duration = Duration::minutes(5);
/// Shortest time between a failed request and the next one, where the login names none.
const PAUSE_AFTER_FAILURE: Duration = Duration::seconds(1);
/// The same after a failure that only an operator can cure.
const PAUSE_AFTER_MISCONFIGURATION: Duration = Duration::seconds(30);
/// Shortest time between two renewals because of a refused token: a connector that refuses every token must not
/// make the service ask for a new one with every card.
const FORCED_FLOOR: Duration = Duration::seconds(10);

/// How long the login's answer lets its token be used.
pub(super) fn granted_for(status: u16, body: &[u8]) -> Result<Duration, TokenError> {
    exchange::answered(status, body, None).map(|granted| granted.lifetime)
}

/// Who the service is and where it gets its token.
#[derive(Debug, Clone)]
pub struct TokenSettings {
    endpoint: Url,
    client_id: String,
    credential: Credential,
    scope: String,
}

/// An authority that the secret must not be sent to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the login authority `{authority}` must be an https URL such as https://login.microsoftonline.com/<tenant id>"
)]
pub struct InvalidAuthority {
    /// The authority as given.
    pub authority: String,
}

impl TokenSettings {
    /// The scope of the Bot Connector in the public cloud.
    pub const PUBLIC_CLOUD_SCOPE: &str = "https://api.botframework.com/.default";

    /// `authority` is `https://login.microsoftonline.com/<home tenant>` for a single-tenant bot, and the same with
    /// `botframework.com` for an old multi-tenant one. Plain http is taken only on this machine, for the sandbox.
    pub fn new(
        authority: &str,
        client_id: impl Into<String>,
        credential: impl Into<Credential>,
        scope: impl Into<String>,
    ) -> Result<Self, InvalidAuthority> {
        let invalid = || InvalidAuthority {
            authority: authority.to_owned(),
        };
        let endpoint = format!("{}/oauth2/v2.0/token", authority.trim().trim_end_matches('/'));
        let endpoint = Url::parse(&endpoint).map_err(|_| invalid())?;
        let safe = endpoint.scheme() == "https" || (endpoint.scheme() == "http" && is_loopback(&endpoint));
        if !safe || endpoint.query().is_some() || endpoint.fragment().is_some() {
            return Err(invalid());
        }
        Ok(Self {
            endpoint,
            client_id: client_id.into(),
            credential: credential.into(),
            scope: scope.into(),
        })
    }
}

/// A token for the Bot Connector.
#[derive(Clone)]
pub struct AccessToken {
    secret: SecretString,
    renew_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    /// Counts the tokens of this process, so that a refused one can be told from its successor.
    number: u64,
}

impl AccessToken {
    /// The token itself, for the `Authorization` header and nothing else.
    pub fn expose(&self) -> &str {
        self.secret.expose_secret()
    }

    /// Whether this is the same token as `other`.
    pub fn is_same(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken")
            .field("number", &self.number)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// Why there is no token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Asking again will not help: an operator must act.
    #[error("Microsoft's login refused the service ({code}): {advice}")]
    Configuration {
        /// `AADSTS…`, the OAuth error, or the HTTP status.
        code: String,
        /// What to do.
        advice: &'static str,
    },
    /// Asking again later may help.
    #[error("no token from Microsoft's login ({reason}); trying again later")]
    Retryable {
        /// A short reason: `timeout`, `connect`, `status_503`, `AADSTS90033`, …
        reason: String,
        /// `Retry-After`, where given.
        retry_after: Option<std::time::Duration>,
    },
}

impl TokenError {
    /// Whether an operator must act.
    pub fn is_configuration(&self) -> bool {
        matches!(self, Self::Configuration { .. })
    }

    /// A short reason for logs and facts.
    pub fn reason(&self) -> &str {
        match self {
            Self::Configuration { code, .. } => code,
            Self::Retryable { reason, .. } => reason,
        }
    }

    fn pause(&self) -> Duration {
        match self {
            Self::Configuration { .. } => PAUSE_AFTER_MISCONFIGURATION,
            Self::Retryable { retry_after, .. } => retry_after
                .and_then(|wait| Duration::from_std(wait).ok())
                .map_or(PAUSE_AFTER_FAILURE, |wait| {
                    wait.clamp(PAUSE_AFTER_FAILURE, Duration::minutes(5))
                }),
        }
    }
}

/// Gets and keeps the token. Cheap to clone.
#[derive(Debug, Clone)]
pub struct TokenClient(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    http: reqwest::Client,
    settings: RwLock<Arc<TokenSettings>>,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    /// Held while a request runs.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default, Clone)]
struct State {
    current: Option<AccessToken>,
    /// The newest failure and until when it stands.
    failure: Option<(TokenError, DateTime<Utc>)>,
    forced_at: Option<DateTime<Utc>>,
    issued: u64,
}

/// What a caller needs.
#[derive(Debug, Clone, Copy)]
enum Need {
    /// Any token that is still good.
    Any,
    /// One that is not the token of this number.
    Not(u64),
    /// A successor to the token that serves now.
    Fresh,
}

impl TokenClient {
    /// Nothing is asked yet.
    pub fn new(settings: TokenSettings, http: reqwest::Client, clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Inner {
            http,
            settings: RwLock::new(Arc::new(settings)),
            clock,
            state: Mutex::default(),
            asking: tokio::sync::Mutex::default(),
        }))
    }

    /// A token that is good for now.
    pub async fn token(&self) -> Result<AccessToken, TokenError> {
        self.get(Need::Any).await
    }

    /// A token other than `refused`, which the connector did not take. However many callers were refused the same
    /// token, one request is made. The very same token comes back when the last forced renewal is only moments ago:
    /// then a new one would not help either.
    pub async fn force_refresh(&self, refused: &AccessToken) -> Result<AccessToken, TokenError> {
        self.get(Need::Not(refused.number)).await
    }

    /// Why the newest request got no token; nothing where one was given since, or none was asked for.
    pub fn failure(&self) -> Option<TokenError> {
        self.0.state().failure.as_ref().map(|(error, _)| error.clone())
    }

    /// Asks with this credential from now on; answers whether it is another one. The token that serves goes on to its end, and a failure
    /// of the one before it keeps nobody waiting.
    pub fn take_credential(&self, credential: &Credential) -> bool {
        let mut settings = self.0.settings.write().unwrap_or_else(PoisonError::into_inner);
        if settings.credential.is_same(credential) {
            return false;
        }
        *settings = Arc::new(TokenSettings {
            credential: credential.clone(),
            ..TokenSettings::clone(&settings)
        });
        drop(settings);
        self.0.state().failure = None;
        true
    }

    async fn get(&self, need: Need) -> Result<AccessToken, TokenError> {
        if let Some(answer) = self.0.at_hand(need) {
            if answer.as_ref().is_ok_and(|token| self.0.should_renew(token)) {
                // Detached on purpose: this caller does not wait for it.
                drop(self.spawn_ask(Need::Fresh));
            }
            return answer;
        }
        self.spawn_ask(need).await.unwrap_or_else(|_| {
            Err(TokenError::Retryable {
                reason: "stopped".to_owned(),
                retry_after: None,
            })
        })
    }

    /// On its own, so that a caller that goes away does not stop it for the others.
    fn spawn_ask(&self, need: Need) -> tokio::task::JoinHandle<Result<AccessToken, TokenError>> {
        let inner = Arc::clone(&self.0);
        tokio::spawn(async move { inner.ask(need).await })
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a successor is due, nobody is asking for it and the login is not to be left alone.
    fn should_renew(&self, token: &AccessToken) -> bool {
        let now = self.clock.now();
        now >= token.renew_at && self.state().pausing(now).is_none() && self.asking.try_lock().is_ok()
    }

    /// What can be answered without asking the login.
    fn at_hand(&self, need: Need) -> Option<Result<AccessToken, TokenError>> {
        let now = self.clock.now();
        let state = self.state();
        let fits = |token: &&AccessToken| match need {
            Need::Any => true,
            Need::Fresh => now < token.renew_at,
            Need::Not(refused) => token.number != refused || state.forced_lately(now),
        };
        match state.usable(now).filter(fits) {
            Some(token) => Some(Ok(token.clone())),
            None => state.pausing(now).map(|error| Err(error.clone())),
        }
    }

    /// Whoever waited here for another's request takes its result.
    async fn ask(&self, need: Need) -> Result<AccessToken, TokenError> {
        let _asking = self.asking.lock().await;
        if let Some(answer) = self.at_hand(need) {
            return answer;
        }
        let settings = Arc::clone(&self.settings.read().unwrap_or_else(PoisonError::into_inner));
        let granted = exchange::ask(&self.http, &settings, self.clock.now()).await;
        let now = self.clock.now();
        let mut state = self.state();
        if matches!(need, Need::Not(_)) {
            state.forced_at = Some(now);
        }
        match granted {
            Ok(granted) => {
                counter!(TOKENS, "result" => "granted").increment(1);
                Ok(state.keep(granted, now))
            }
            Err(error) => {
                let result = if error.is_configuration() {
                    "refused"
                } else {
                    "failed"
                };
                counter!(TOKENS, "result" => result).increment(1);
                tracing::warn!(error = %error, token.configuration = error.is_configuration(), "asking for a token failed");
                state.failure = Some((error.clone(), now + error.pause()));
                Err(error)
            }
        }
    }
}

impl State {
    fn usable(&self, now: DateTime<Utc>) -> Option<&AccessToken> {
        self.current.as_ref().filter(|token| now < token.expires_at)
    }

    /// The newest failure, while it stands.
    fn pausing(&self, now: DateTime<Utc>) -> Option<&TokenError> {
        let (error, until) = self.failure.as_ref()?;
        (now < *until).then_some(error)
    }

    fn forced_lately(&self, now: DateTime<Utc>) -> bool {
        self.forced_at.is_some_and(|at| now - at < FORCED_FLOOR)
    }

    fn keep(&mut self, granted: exchange::Granted, now: DateTime<Utc>) -> AccessToken {
        let life = granted.lifetime;
        self.issued += 1;
        self.failure = None;
        let token = AccessToken {
            secret: granted.secret,
            renew_at: now + (life - EARLY).max(life / 2),
            expires_at: now + life,
            number: self.issued,
        };
        self.current = Some(token.clone());
        token
    }
}

#[cfg(test)]
mod tests;
