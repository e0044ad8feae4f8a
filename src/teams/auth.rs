//! Whether an inbound activity really comes from Microsoft, for this bot, from a tenant that is served. Two steps:
//! [`Authenticator::authenticate`] checks the token against the raw header before the body is looked at, and
//! [`Authenticator::authorize`] holds the activity against the token. Nothing passes by default: a missing claim is
//! a refusal.
//!
//! Facts: the Bot Connector authentication pages; checks in the order of their section on connector-to-bot requests,
//! with the host allow-list and the tenant check added.

pub(crate) mod jwt;
mod rejection;
mod remembered;

use std::sync::Arc;

use chrono::Duration;
use events::{Clock, TenantId};
use jsonwebtoken::Algorithm;

use self::jwt::{Jwt, Lifetime};
use self::remembered::{Known, Remembered};
use super::activity::Activity;
use super::hosts::AllowedHosts;
use super::keys::{At, KeyCache, KeyError, KeyLifetimes, KeySource, SigningKey};
use super::served::ServedTenants;

pub use rejection::{AuthError, RejectReason, Rejected, TokenFacts};

/// The channel that this product speaks to; no other one of the Bot Framework is accepted.
pub const CHANNEL: &str = "msteams";

/// Who may sign tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedIssuer {
    /// The token's `iss`, compared exactly.
    pub issuer: String,
    /// Where the issuer's keys are announced.
    pub metadata_url: String,
    /// Whether the signing key must be endorsed for [`CHANNEL`]. Off only for an issuer whose keys carry no
    /// endorsements at all.
    pub require_endorsement: bool,
}

impl TrustedIssuer {
    /// Where its keys are, and which of them count.
    pub(crate) fn keys(&self) -> KeySource {
        KeySource {
            at: At::Metadata {
                url: self.metadata_url.clone(),
                issuer: None,
            },
            algorithms: vec![Algorithm::RS256],
            channel: self.require_endorsement.then_some(CHANNEL),
        }
    }

    /// The Bot Connector of the public cloud.
    pub fn public_cloud() -> Self {
        Self {
            issuer: "https://api.botframework.com".to_owned(),
            metadata_url: "https://login.botframework.com/v1/.well-known/openidconfiguration".to_owned(),
            require_endorsement: true,
        }
    }
}

/// What an activity must fit.
#[derive(Debug, Clone)]
pub struct AuthSettings {
    /// The bot's app id; the token's audience.
    pub app_id: String,
    /// Who may sign tokens.
    pub issuers: Vec<TrustedIssuer>,
    /// How far the clocks may differ.
    pub clock_skew: Duration,
    /// Tenants that are served.
    pub tenants: ServedTenants,
    /// Hosts that a service URL may name.
    pub hosts: AllowedHosts,
    /// How long keys live.
    pub keys: KeyLifetimes,
}

impl AuthSettings {
    /// Microsoft's public cloud, 5 minutes of clock skew.
    pub fn public_cloud(app_id: impl Into<String>, tenants: impl IntoIterator<Item = TenantId>) -> Self {
        Self {
            app_id: app_id.into(),
            issuers: vec![TrustedIssuer::public_cloud()],
            clock_skew: Duration::minutes(5),
            tenants: tenants.into_iter().collect(),
            hosts: AllowedHosts::public_cloud(),
            keys: KeyLifetimes::default(),
        }
    }

    /// The checks that need no token: channel, service URL and tenant. They are all that is left in the mode
    /// without authentication, which is for loopback only.
    ///
    /// # Errors
    /// [`RejectReason::ForeignTenant`] only where everything else fits.
    pub fn check_activity(&self, activity: &Activity) -> Result<TenantId, RejectReason> {
        self.served(self.tenant_of(activity)?)
    }

    /// Whose activity it is, where channel and service URL fit.
    fn tenant_of(&self, activity: &Activity) -> Result<TenantId, RejectReason> {
        if activity.channel_id.as_deref() != Some(CHANNEL) {
            return Err(RejectReason::Channel);
        }
        let service_url = activity
            .service_url
            .as_deref()
            .ok_or(RejectReason::NoServiceUrl)?;
        self.hosts.check(service_url).map_err(RejectReason::Host)?;
        activity.tenant().map_err(RejectReason::Attribution)
    }

    fn served(&self, tenant: TenantId) -> Result<TenantId, RejectReason> {
        if self.tenants.contains(&tenant) {
            Ok(tenant)
        } else {
            Err(RejectReason::ForeignTenant)
        }
    }
}

/// A token whose signature, issuer, audience and time were checked. It says nothing yet about any activity.
#[derive(Debug, Clone)]
pub struct VerifiedToken {
    facts: TokenFacts,
    service_url: Option<String>,
    key: Arc<SigningKey>,
    require_endorsement: bool,
}

/// Checks tokens. Holds the key caches and what it verified; make one and share it.
#[derive(Debug)]
pub struct Authenticator {
    settings: AuthSettings,
    issuers: Vec<(TrustedIssuer, KeyCache)>,
    remembered: Remembered,
    clock: Arc<dyn Clock>,
}

impl Authenticator {
    /// Nothing is fetched yet; see [`Authenticator::warm_up`].
    pub fn new(settings: AuthSettings, http: &reqwest::Client, clock: Arc<dyn Clock>) -> Self {
        let issuers = settings
            .issuers
            .iter()
            .map(|issuer| {
                let keys = KeyCache::new(http.clone(), issuer.keys(), settings.keys, Arc::clone(&clock));
                (issuer.clone(), keys)
            })
            .collect();
        Self {
            settings,
            issuers,
            remembered: Remembered::default(),
            clock,
        }
    }

    /// What activities must fit.
    pub fn settings(&self) -> &AuthSettings {
        &self.settings
    }

    /// Fetches the keys of every issuer that has none yet. `true` when all have keys.
    pub async fn warm_up(&self) -> bool {
        let warmed = self.issuers.iter().map(|(_, keys)| keys.warm_up());
        futures_util::future::join_all(warmed)
            .await
            .into_iter()
            .all(|ready| ready)
    }

    /// Whether every issuer has keys.
    pub fn is_ready(&self) -> bool {
        self.issuers.iter().all(|(_, keys)| keys.is_ready())
    }

    /// Fetches keys that are not fresh any more, and those that are missing.
    pub async fn keep_fresh(&self) {
        let refreshed = self.issuers.iter().map(|(_, keys)| keys.keep_fresh());
        futures_util::future::join_all(refreshed).await;
    }

    /// Checks the value of the `Authorization` header: `Bearer <token>`, the word in any case, RS256, a trusted issuer, a key of
    /// that issuer, its signature, the time and the audience.
    pub async fn authenticate(&self, authorization: Option<&str>) -> Result<VerifiedToken, AuthError> {
        let bare = |reason| Rejected::new(reason, TokenFacts::default());
        let text = jwt::bearer(authorization).map_err(bare)?;
        if let Some(known) = self.known(text) {
            return Ok(known);
        }
        let token = Jwt::read(text).map_err(bare)?;
        let known = self.verified(&token).await?;
        let verified = known.token.clone();
        self.remembered.keep(text, known);
        Ok(verified)
    }

    /// The token as it was verified before, where its key is fresh and the same and its time has not run out.
    fn known(&self, token: &str) -> Option<VerifiedToken> {
        let key_of = |known: &Known| {
            let (_, keys) = self.issuers.get(known.issuer)?;
            keys.known_key(&known.key_id)?.ok()
        };
        self.remembered
            .find(token, self.clock.now(), self.settings.clock_skew, key_of)
    }

    /// Checks a token that was not seen before.
    async fn verified(&self, token: &Jwt<'_>) -> Result<Known, AuthError> {
        let facts = token.facts();
        let reject = |reason| AuthError::from(Rejected::new(reason, facts.clone()));

        token.check_algorithm(&[Algorithm::RS256]).map_err(reject)?;
        let (number, (issuer, keys)) = self
            .issuers
            .iter()
            .enumerate()
            .find(|(_, (trusted, _))| token.issuer() == Some(&trusted.issuer))
            .ok_or_else(|| reject(RejectReason::Issuer))?;
        let key_id = token.key_id().ok_or_else(|| reject(RejectReason::UnknownKey))?;
        // What could not be right whoever signed it causes no question for its key.
        let fits = self.fits(token);
        let key = match (keys.known_key(key_id), &fits) {
            (Some(key), _) => key,
            (None, Err(reason)) => return Err(reject(reason.clone())),
            (None, Ok(_)) => keys.key(key_id).await,
        };
        let key = key.map_err(|error| match error {
            KeyError::Unknown => reject(RejectReason::UnknownKey),
            KeyError::NotEndorsed => reject(RejectReason::Endorsement),
            KeyError::Unavailable { retry_after } => AuthError::Unavailable { retry_after },
        })?;
        token.check_signature(&key).map_err(reject)?;
        Ok(Known {
            issuer: number,
            key_id: key_id.to_owned(),
            lifetime: fits.map_err(reject)?,
            token: VerifiedToken {
                service_url: token.service_url().map(str::to_owned),
                facts,
                key,
                require_endorsement: issuer.require_endorsement,
            },
        })
    }

    /// Whether a token, whoever signed it, is for this bot and for now; and when it holds.
    fn fits(&self, token: &Jwt<'_>) -> Result<Lifetime, RejectReason> {
        let lifetime = token.lifetime()?;
        lifetime.check(self.clock.now(), self.settings.clock_skew)?;
        token.check_audience(&self.settings.app_id)?;
        Ok(lifetime)
    }

    /// Holds an activity against the token that came with it: channel, endorsement, service URL, tenant.
    ///
    /// # Errors
    /// [`RejectReason::ForeignTenant`] only where everything else fits: it is Microsoft's activity for this bot, from a tenant that
    /// nobody has.
    pub fn authorize(&self, token: &VerifiedToken, activity: &Activity) -> Result<TenantId, Rejected> {
        self.settings
            .tenant_of(activity)
            .and_then(|tenant| token.vouches_for(activity).map(|()| tenant))
            .and_then(|tenant| self.settings.served(tenant))
            .map_err(|reason| Rejected::new(reason, token.facts.clone()))
    }
}

impl VerifiedToken {
    /// What the token says about itself, for logs.
    pub fn facts(&self) -> &TokenFacts {
        &self.facts
    }

    fn vouches_for(&self, activity: &Activity) -> Result<(), RejectReason> {
        let channel = activity.channel_id.as_deref().unwrap_or_default();
        if self.require_endorsement && !self.key.endorses(channel) {
            return Err(RejectReason::Endorsement);
        }
        let claimed = self
            .service_url
            .as_deref()
            .ok_or(RejectReason::NoServiceUrlClaim)?;
        let given = activity
            .service_url
            .as_deref()
            .ok_or(RejectReason::NoServiceUrl)?;
        if same_url(claimed, given) {
            Ok(())
        } else {
            Err(RejectReason::ServiceUrlMismatch)
        }
    }
}

/// Whether two service URLs are the same but for a slash at the end and the case of scheme and host.
fn same_url(one: &str, other: &str) -> bool {
    let (one_origin, one_path) = parts(one);
    let (other_origin, other_path) = parts(other);
    one_origin.eq_ignore_ascii_case(other_origin) && one_path == other_path
}

/// A URL's scheme and host, and the rest without a slash at its end.
fn parts(url: &str) -> (&str, &str) {
    let url = url.strip_suffix('/').unwrap_or(url);
    let host = url.find("://").map_or(0, |scheme| scheme + 3);
    let end = url
        .get(host..)
        .and_then(|rest| rest.find('/'))
        .map_or(url.len(), |path| host + path);
    url.split_at(end)
}

#[cfg(test)]
mod tests;
