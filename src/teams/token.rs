//! The service's own token: OAuth 2.0 client credentials at Microsoft's login. One request at a time, however many
//! callers wait; renewed five minutes before its end, and the old one used to its end while renewing fails. Failures
//! say whether an operator must act. Neither the secret nor a token ever reaches a log.
//!
//! Facts: Microsoft identity platform, client-credentials flow and error codes; Bot Connector authentication, step 1.

mod exchange;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Duration, Utc};
use events::Clock;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::hosts::is_loopback;

/// How long before its end a token is renewed; the value that the Bot Framework's SDKs use.
const EARLY: Duration = Duration::minutes(5);
/// Shortest time between a failed request and the next one, where the login names none.
const PAUSE_AFTER_FAILURE: Duration = Duration::seconds(1);
/// The same after a failure that only an operator can cure.
const PAUSE_AFTER_MISCONFIGURATION: Duration = Duration::seconds(30);
/// Shortest time between two renewals because of a refused token: a connector that refuses every token must not
/// make the service ask for a new one with every card.
const FORCED_FLOOR: Duration = Duration::seconds(10);

/// Who the service is and where it gets its token.
#[derive(Debug, Clone)]
pub struct TokenSettings {
    endpoint: Url,
    client_id: String,
    client_secret: SecretString,
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
        client_secret: SecretString,
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
            client_secret,
            scope: scope.into(),
        })
    }
}

/// A token for the Bot Connector.
#[derive(Clone)]
pub struct AccessToken {
    secret: SecretString,
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
    settings: TokenSettings,
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
}

impl TokenClient {
    /// Nothing is asked yet.
    pub fn new(settings: TokenSettings, http: reqwest::Client, clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Inner {
            http,
            settings,
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

    async fn get(&self, need: Need) -> Result<AccessToken, TokenError> {
        if let Some(answer) = self.0.at_hand(need) {
            return answer;
        }
        // On its own, so that a caller that goes away does not stop it for the others.
        let inner = Arc::clone(&self.0);
        let asked = tokio::spawn(async move { inner.ask(need).await }).await;
        asked.unwrap_or_else(|_| {
            Err(TokenError::Retryable {
                reason: "stopped".to_owned(),
                retry_after: None,
            })
        })
    }
}

impl Inner {
    /// What can be answered without asking the login.
    fn at_hand(&self, need: Need) -> Option<Result<AccessToken, TokenError>> {
        let now = self.clock.now();
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let usable = state.current.as_ref().filter(|token| token.expires_at > now);
        let pausing = state.failure.as_ref().filter(|(_, until)| now < *until);
        match (usable, need) {
            (Some(token), Need::Any) if now < token.expires_at - EARLY || pausing.is_some() => {
                Some(Ok(token.clone()))
            }
            (Some(token), Need::Not(refused)) if token.number != refused => Some(Ok(token.clone())),
            (Some(token), Need::Not(_)) if state.forced_at.is_some_and(|at| now - at < FORCED_FLOOR) => {
                Some(Ok(token.clone()))
            }
            _ => pausing.map(|(error, _)| Err(error.clone())),
        }
    }

    /// Whoever waited here for another's request takes its result.
    async fn ask(&self, need: Need) -> Result<AccessToken, TokenError> {
        let _asking = self.asking.lock().await;
        if let Some(answer) = self.at_hand(need) {
            return answer;
        }
        let granted = exchange::ask(&self.http, &self.settings, self.clock.now()).await;
        let now = self.clock.now();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(need, Need::Not(_)) {
            state.forced_at = Some(now);
        }
        match granted {
            Ok(granted) => {
                state.issued += 1;
                state.failure = None;
                let token = AccessToken {
                    secret: granted.secret,
                    expires_at: now + granted.lifetime,
                    number: state.issued,
                };
                state.current = Some(token.clone());
                Ok(token)
            }
            Err(error) => {
                tracing::warn!(error = %error, token.configuration = error.is_configuration(), "asking for a token failed");
                state.failure = Some((error.clone(), now + error.pause()));
                let current = state.current.clone().filter(|token| token.expires_at > now);
                match need {
                    Need::Any => current.ok_or(error),
                    Need::Not(_) => Err(error),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
