//! The signed token of one request. Read first, believed last: until [`Jwt::check_signature`] has passed, nothing
//! here is more than a claim. The time is an argument, which is why the checks are made here and not by the JWT
//! library, which reads the system's clock.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use jsonwebtoken::{Algorithm, crypto};
use serde::Deserialize;
use serde_json::Value;

use super::rejection::{RejectReason, TokenFacts, fact};
use crate::teams::keys::SigningKey;

/// Longest token looked at, in bytes; real ones have about 1.5 KB.
const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// The token in an `Authorization` header.
pub(super) fn bearer(authorization: Option<&str>) -> Result<&str, RejectReason> {
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
}

/// When a token holds, in seconds since 1970.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lifetime {
    begins: Option<f64>,
    expires: f64,
}

impl Lifetime {
    /// Whether `now` lies within, with clocks that differ by `skew` at most.
    pub(super) fn check(self, now: DateTime<Utc>, skew: Duration) -> Result<(), RejectReason> {
        if seconds(now - skew) >= self.expires {
            return Err(RejectReason::Expired);
        }
        if self.begins.is_some_and(|begins| begins > seconds(now + skew)) {
            return Err(RejectReason::NotYetValid);
        }
        Ok(())
    }
}

pub(super) struct Jwt<'a> {
    signed: &'a str,
    signature: &'a str,
    header: Header,
    claims: Claims,
}

impl<'a> Jwt<'a> {
    pub(super) fn read(token: &'a str) -> Result<Self, RejectReason> {
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

    pub(super) fn facts(&self) -> TokenFacts {
        let audience = self.audiences().collect::<Vec<_>>().join(" ");
        TokenFacts {
            issuer: self.issuer().map(fact),
            audience: (!audience.is_empty()).then(|| fact(&audience)),
            key_id: self.key_id().map(fact),
            service_url: self.service_url().map(fact),
        }
    }

    pub(super) fn issuer(&self) -> Option<&str> {
        self.claims.iss.as_str()
    }

    pub(super) fn key_id(&self) -> Option<&str> {
        self.header.kid.as_deref()
    }

    pub(super) fn service_url(&self) -> Option<&str> {
        self.claims.serviceurl.as_str()
    }

    /// RS256 and nothing else. An extension that the signer calls critical is one that we do not know.
    pub(super) fn check_algorithm(&self) -> Result<(), RejectReason> {
        if self.header.alg == "RS256" && self.header.crit.is_none() {
            Ok(())
        } else {
            Err(RejectReason::Algorithm)
        }
    }

    pub(super) fn check_signature(&self, key: &SigningKey) -> Result<(), RejectReason> {
        match crypto::verify(
            self.signature,
            self.signed.as_bytes(),
            key.decoding(),
            Algorithm::RS256,
        ) {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(RejectReason::Signature),
        }
    }

    /// When the token holds; one that does not say when it ends holds never.
    pub(super) fn lifetime(&self) -> Result<Lifetime, RejectReason> {
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

    pub(super) fn check_audience(&self, app_id: &str) -> Result<(), RejectReason> {
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
