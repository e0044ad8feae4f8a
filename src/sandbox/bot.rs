//! The way from Teams to the bot: activities over HTTP, each with a token of the Bot Framework, and the tokens that
//! no bot must accept.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError, RwLock};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use events::Clock;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use super::keys::{KeyError, Keys, SigningKey, unsigned};
use super::login::ISSUER;
use super::stats::Stats;
use crate::http_client::{self, BuildClientError, HttpLimits};

/// How long a token is used before a new one is signed, in seconds; it is valid for an hour.
const TOKEN_REUSED: i64 = 300;
/// Longest answer read.
const MAX_ANSWER: usize = 1024 * 1024;
/// Tokens kept for use again.
const TOKENS_KEPT: usize = 256;

/// How Teams tells the bot of what people do, and how long it tries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telling {
    /// How long an answer may take; Teams waits about 15 s.
    pub answer_within: Duration,
    /// The first pause before the same activity is sent again; it doubles with each try.
    pub first_pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
    /// How often an activity is sent at most.
    pub tries: u32,
}

impl Default for Telling {
    fn default() -> Self {
        Self {
            answer_within: Duration::from_secs(15),
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(10),
            tries: 12,
        }
    }
}

impl Telling {
    /// The pause after this many tries.
    pub fn pause(&self, tries: u32) -> Duration {
        let doubled = self
            .first_pause
            .saturating_mul(1 << tries.saturating_sub(1).min(16));
        doubled.min(self.longest_pause)
    }
}

/// The token that an activity carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenKind {
    /// As Teams sends it.
    Genuine,
    /// No `Authorization` at all.
    Missing,
    /// Ran out ten minutes ago.
    Expired,
    /// Valid from an hour on.
    NotYetValid,
    /// For another bot.
    ForeignAudience,
    /// From another issuer.
    WrongIssuer,
    /// With `alg: none` and no signature.
    Unsigned,
    /// With a signature of other content.
    BadSignature,
    /// Signed by a published key that may not speak for Teams.
    UnendorsedKey,
    /// Signed by a key that is not published.
    UnknownKey,
    /// For another service URL than the activity's.
    MismatchingServiceUrl,
}

/// What the bot answered.
#[derive(Debug, Clone, PartialEq)]
pub struct BotAnswer {
    /// HTTP status.
    pub status: u16,
    /// The body, where it is JSON.
    pub body: Option<Value>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    /// The bot's address is not known yet.
    #[error("the bot's endpoint is not known; give it with --bot or set_bot_endpoint")]
    NoEndpoint,
    /// No token could be signed.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// No connection, or no answer in time.
    #[error("the bot did not answer")]
    Http(#[source] reqwest::Error),
    /// The answer's body did not come, or is too long.
    #[error(transparent)]
    Body(#[from] http_client::ReadBodyError),
}

/// What Teams needs to sign and count what it posts.
#[derive(Debug, Clone, Copy)]
pub struct Teams<'a> {
    /// The bot's Entra app id.
    pub app_id: &'a str,
    /// Signing keys.
    pub keys: &'a Keys,
    /// The time.
    pub clock: &'a dyn Clock,
    /// Counts.
    pub stats: &'a Stats,
}

/// The bot as Teams sees it.
#[derive(Debug)]
pub struct Bot {
    /// How it is told.
    pub telling: Telling,
    endpoint: RwLock<Option<Url>>,
    client: reqwest::Client,
    tokens: Mutex<HashMap<(String, String), (String, i64)>>,
}

impl Bot {
    /// A bot at `endpoint`, which may become known later.
    pub fn new(endpoint: Option<Url>, telling: Telling) -> Result<Self, BuildClientError> {
        let client = http_client::build(HttpLimits {
            connect: telling.answer_within.min(HttpLimits::default().connect),
            total: telling.answer_within,
        })?;
        Ok(Self {
            telling,
            endpoint: RwLock::new(endpoint),
            client,
            tokens: Mutex::default(),
        })
    }

    /// Where the bot takes activities.
    pub fn endpoint(&self) -> Option<Url> {
        self.endpoint
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Tells where the bot takes activities.
    pub fn set_endpoint(&self, endpoint: Url) {
        *self.endpoint.write().unwrap_or_else(PoisonError::into_inner) = Some(endpoint);
    }

    /// Posts a body as it is, once.
    pub async fn post(
        &self,
        teams: Teams<'_>,
        body: String,
        token: TokenKind,
    ) -> Result<BotAnswer, NoAnswer> {
        let endpoint = self.endpoint().ok_or(NoAnswer::NoEndpoint)?;
        let service_url = service_url_of(&body);
        let mut request = self
            .client
            .post(endpoint)
            .header("content-type", "application/json; charset=utf-8")
            .body(body);
        if let Some(token) = self.token(&teams, token, &service_url)? {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        teams.stats.count(|stats| &stats.activities);
        let response = request.send().await.map_err(NoAnswer::Http)?;
        let status = response.status().as_u16();
        let bytes = http_client::read_limited(response, MAX_ANSWER).await?;
        Ok(BotAnswer {
            status,
            body: serde_json::from_slice(&bytes).ok(),
        })
    }

    fn token(
        &self,
        teams: &Teams<'_>,
        kind: TokenKind,
        service_url: &str,
    ) -> Result<Option<String>, KeyError> {
        let now = teams.clock.now();
        match kind {
            TokenKind::Missing => Ok(None),
            TokenKind::Genuine => self.genuine(teams, service_url, now).map(Some),
            TokenKind::Expired
            | TokenKind::NotYetValid
            | TokenKind::ForeignAudience
            | TokenKind::WrongIssuer
            | TokenKind::Unsigned
            | TokenKind::BadSignature
            | TokenKind::UnendorsedKey
            | TokenKind::UnknownKey
            | TokenKind::MismatchingServiceUrl => forged(teams, kind, service_url, now).map(Some),
        }
    }

    fn genuine(&self, teams: &Teams<'_>, service_url: &str, now: DateTime<Utc>) -> Result<String, KeyError> {
        let key = teams.keys.signing();
        let name = (key.kid().to_owned(), service_url.to_owned());
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((token, signed)) = tokens.get(&name)
            && (0..TOKEN_REUSED).contains(&(now.timestamp() - signed))
        {
            return Ok(token.clone());
        }
        let token = key.sign(&claims(teams, service_url, now))?;
        if tokens.len() >= TOKENS_KEPT {
            tokens.clear();
        }
        tokens.insert(name, (token.clone(), now.timestamp()));
        Ok(token)
    }
}

/// The service URL that a body names, also where it is only nearly JSON.
fn service_url_of(body: &str) -> String {
    const FIELD: &str = "\"serviceUrl\":\"";
    if let Ok(activity) = serde_json::from_str::<Value>(body) {
        let named = activity.get("serviceUrl").and_then(Value::as_str);
        return named.unwrap_or_default().to_owned();
    }
    let named = body.split_once(FIELD).and_then(|(_, rest)| rest.split_once('"'));
    named.map_or_else(String::new, |(url, _)| url.to_owned())
}

/// The claims of teams-protocol, section 1.1.
fn claims(teams: &Teams<'_>, service_url: &str, now: DateTime<Utc>) -> Value {
    json!({
        "serviceurl": service_url, "nbf": now.timestamp(), "exp": now.timestamp() + 3_600,
        "iss": ISSUER, "aud": teams.app_id,
    })
}

fn forged(
    teams: &Teams<'_>,
    kind: TokenKind,
    service_url: &str,
    now: DateTime<Utc>,
) -> Result<String, KeyError> {
    let mut claims = claims(teams, service_url, now);
    let mut key = teams.keys.signing();
    match kind {
        TokenKind::Expired => {
            claims["nbf"] = Value::from(now.timestamp() - 4_200);
            claims["exp"] = Value::from(now.timestamp() - 600);
        }
        TokenKind::NotYetValid => {
            claims["nbf"] = Value::from(now.timestamp() + 3_600);
            claims["exp"] = Value::from(now.timestamp() + 7_200);
        }
        TokenKind::ForeignAudience => claims["aud"] = Value::from("00000000-0000-0000-0000-0000000000ff"),
        TokenKind::WrongIssuer => claims["iss"] = Value::from("https://sts.windows.net/elsewhere/"),
        TokenKind::MismatchingServiceUrl => claims["serviceurl"] = Value::from("https://elsewhere.example/"),
        TokenKind::UnendorsedKey => key = teams.keys.unendorsed(),
        TokenKind::UnknownKey => key = std::sync::Arc::new(SigningKey::generate()?),
        TokenKind::Unsigned => {
            let header = json!({ "typ": "JWT", "alg": "none", "kid": key.kid() });
            return Ok(format!("{}.", unsigned(&header, &claims)));
        }
        TokenKind::BadSignature => {
            let other = key.sign(&json!({}))?;
            let signature = other.rsplit('.').next().unwrap_or_default();
            let header = json!({ "typ": "JWT", "alg": "RS256", "kid": key.kid() });
            return Ok(format!("{}.{signature}", unsigned(&header, &claims)));
        }
        TokenKind::Genuine | TokenKind::Missing => {}
    }
    key.sign(&claims)
}

/// A text in the alphabet of Teams' opaque ids.
pub fn opaque(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
