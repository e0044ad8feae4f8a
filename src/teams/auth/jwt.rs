//! The signed token of one request. Read first, believed last: until [`Jwt::check_signature`] has passed, nothing
//! here is more than a claim. The time is an argument, which is why the checks are made here and not by the JWT
//! library, which reads the system's clock.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use jsonwebtoken::{Algorithm, crypto};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::rejection::{RejectReason, TokenFacts, fact};
use crate::teams::keys::SigningKey;

/// Longest token looked at, in bytes; real ones have about 1.5 KB.
const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// The token in an `Authorization` header.
pub(crate) fn bearer(authorization: Option<&str>) -> Result<&str, RejectReason> {
    let header = authorization.ok_or(RejectReason::NoHeader)?;
    header
        .split_once(' ')
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token)
        .filter(|token| !token.is_empty() && !token.contains(char::is_whitespace))
        .ok_or(RejectReason::NotBearer)
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<Value>,
}

/// Every claim is read as any JSON: one of a wrong kind is as good as a missing one.
#[derive(Deserialize)]
struct Claims {
    #[serde(default)]
    iss: Value,
    #[serde(default)]
    aud: Value,
    #[serde(default)]
    exp: Value,
    #[serde(default)]
    nbf: Value,
    #[serde(default)]
    serviceurl: Value,
    #[serde(flatten)]
    others: Map<String, Value>,
}

/// When a token holds, in seconds since 1970.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lifetime {
    begins: Option<f64>,
    expires: f64,
}

impl Lifetime {
    /// Whether `now` lies within, with clocks that differ by `skew` at most.
    pub(crate) fn check(self, now: DateTime<Utc>, skew: Duration) -> Result<(), RejectReason> {
        if seconds(now - skew) >= self.expires {
            return Err(RejectReason::Expired);
        }
        if self.begins.is_some_and(|begins| begins > seconds(now + skew)) {
            return Err(RejectReason::NotYetValid);
        }
        Ok(())
    }
}

pub(crate) struct Jwt<'a> {
    signed: &'a str,
    signature: &'a str,
    header: Header,
    claims: Claims,
}

impl<'a> Jwt<'a> {
    pub(crate) fn read(token: &'a str) -> Result<Self, RejectReason> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(RejectReason::Malformed);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(RejectReason::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(RejectReason::Malformed)?;
        Ok(Self {
            signed,
            signature,
            header: part(header)?,
            claims: part(claims)?,
        })
    }

    pub(crate) fn facts(&self) -> TokenFacts {
        let audience = self.audiences().collect::<Vec<_>>().join(" ");
        TokenFacts {
            issuer: self.issuer().map(fact),
            audience: (!audience.is_empty()).then(|| fact(&audience)),
            key_id: self.key_id().map(fact),
            service_url: self.service_url().map(fact),
        }
    }

    pub(crate) fn issuer(&self) -> Option<&str> {
        self.claims.iss.as_str()
    }

    pub(crate) fn key_id(&self) -> Option<&str> {
        self.header.kid.as_deref()
    }

    pub(crate) fn service_url(&self) -> Option<&str> {
        self.claims.serviceurl.as_str()
    }

    /// A claim that has no meaning here.
    pub(crate) fn claim(&self, name: &str) -> Option<&Value> {
        self.claims.others.get(name)
    }

    /// One of those that are allowed and nothing else. An extension that the signer calls critical is one that we do not know.
    pub(crate) fn check_algorithm(&self, allowed: &[Algorithm]) -> Result<(), RejectReason> {
        let known = [("RS256", Algorithm::RS256), ("ES256", Algorithm::ES256)];
        let given = known.iter().find(|(name, _)| *name == self.header.alg);
        let is_allowed = given.is_some_and(|(_, algorithm)| allowed.contains(algorithm));
        if is_allowed && self.header.crit.is_none() {
            Ok(())
        } else {
            Err(RejectReason::Algorithm)
        }
    }

    /// Whether the key signed this, by the algorithm that the key is for, whatever the token says.
    pub(crate) fn check_signature(&self, key: &SigningKey) -> Result<(), RejectReason> {
        let (signed, algorithm) = (self.signed.as_bytes(), key.algorithm());
        match crypto::verify(self.signature, signed, key.decoding(), algorithm) {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(RejectReason::Signature),
        }
    }

    /// When the token holds; one that does not say when it ends holds never.
    pub(crate) fn lifetime(&self) -> Result<Lifetime, RejectReason> {
        let expires = self.claims.exp.as_f64().ok_or(RejectReason::NoExpiry)?;
        let begins = match &self.claims.nbf {
            Value::Null => None,
            begins @ (Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_)) => Some(begins.as_f64().ok_or(RejectReason::NotYetValid)?),
        };
        Ok(Lifetime { begins, expires })
    }

    pub(crate) fn check_audience(&self, app_id: &str) -> Result<(), RejectReason> {
        if self.audiences().any(|audience| audience == app_id) {
            Ok(())
        } else {
            Err(RejectReason::Audience)
        }
    }

    fn audiences(&self) -> impl Iterator<Item = &str> {
        let one = self.claims.aud.as_str();
        let many = self
            .claims
            .aud
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str);
        one.into_iter().chain(many)
    }
}

fn part<T: serde::de::DeserializeOwned>(encoded: &str) -> Result<T, RejectReason> {
    let json = URL_SAFE_NO_PAD
        .decode(encoded)
        .map_err(|_| RejectReason::Malformed)?;
    serde_json::from_slice(&json).map_err(|_| RejectReason::Malformed)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "seconds since 1970 fit a double exactly"
)]
fn seconds(time: DateTime<Utc>) -> f64 {
    time.timestamp() as f64
}
