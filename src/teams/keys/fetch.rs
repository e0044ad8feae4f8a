//! Metadata URL → `jwks_uri` → keys. Only signing keys are taken, of RSA with at least 2048 bits or of P-256; the rest is passed over.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use url::Url;

use super::{At, KeySet, KeySource, SigningKey};
use crate::http_client::{ReadBodyError, read_limited};
use crate::teams::hosts::is_loopback;

/// The metadata document has about 1 KB.
const MAX_METADATA_BYTES: usize = 64 * 1024;
/// A key takes 4 to 40 KB with its certificate chain, and documents of 1 MB were reported; the bound is far above.
const MAX_KEYS_BYTES: usize = 16 * 1024 * 1024;
/// Longest key id kept, in bytes.
const MAX_KEY_ID_BYTES: usize = 512;
/// 2048 bits.
const MIN_MODULUS_BYTES: usize = 256;
/// A coordinate on P-256.
const COORDINATE_BYTES: usize = 32;

/// Why the keys could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchKeysError {
    /// The request failed.
    #[error("no answer from {url}")]
    Request {
        /// What was asked.
        url: String,
        /// Why.
        #[source]
        source: reqwest::Error,
    },
    /// The answer was an error or a redirect.
    #[error("{url} answered {status}")]
    Status {
        /// What was asked.
        url: String,
        /// HTTP status.
        status: u16,
    },
    /// The body could not be read.
    #[error("no complete answer from {url}")]
    Body {
        /// What was asked.
        url: String,
        /// Why.
        #[source]
        source: ReadBodyError,
    },
    /// The body is not what it should be.
    #[error("{url} did not answer with the expected JSON")]
    Json {
        /// What was asked.
        url: String,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// Keys that came over plain http could be anybody's.
    #[error("{url} is not an https URL; plain http is for the sandbox on this machine")]
    InsecureUrl {
        /// The URL.
        url: String,
    },
    /// The document is another issuer's.
    #[error("{url} is not of the issuer that is configured")]
    Issuer {
        /// What was asked.
        url: String,
    },
    /// There was no usable key.
    #[error("{url} holds no key that could be used here")]
    NoKeys {
        /// What was asked.
        url: String,
    },
}

#[derive(Deserialize)]
struct Metadata {
    issuer: Option<String>,
    jwks_uri: String,
}

#[derive(Deserialize)]
struct Jwks {
    keys: Keys,
}

/// The keys of a published document that could be used, with their ids.
pub(in crate::teams) fn read(document: &[u8]) -> serde_json::Result<Vec<(String, SigningKey)>> {
    serde_json::from_slice::<Jwks>(document).map(|answer| answer.keys.0)
}

/// Keys that could be used, taken one by one: what is passed over is not kept while the rest is read.
struct Keys(Vec<(String, SigningKey)>);

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List;

        impl<'de> serde::de::Visitor<'de> for List {
            type Value = Keys;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a list of keys")
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut list: A) -> Result<Keys, A::Error> {
                let mut keys = Vec::new();
                while let Some(jwk) = list.next_element::<serde_json::Value>()? {
                    keys.extend(usable(jwk));
                }
                Ok(Keys(keys))
            }
        }

        deserializer.deserialize_seq(List)
    }
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: String,
    n: Option<String>,
    e: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    alg: Option<String>,
    #[serde(default)]
    endorsements: Vec<String>,
}

/// Where the keys are.
async fn address(http: &reqwest::Client, at: &At) -> Result<String, FetchKeysError> {
    match at {
        At::Keys(url) => Ok(url.clone()),
        At::Metadata { url, issuer } => {
            let metadata: Metadata = get(http, url, MAX_METADATA_BYTES).await?;
            if issuer.is_some() && metadata.issuer != *issuer {
                return Err(FetchKeysError::Issuer { url: url.clone() });
            }
            Ok(metadata.jwks_uri)
        }
    }
}

/// Fetches the keys; those that are not endorsed for the channel, where one is asked for, are named and not kept.
pub(super) async fn fetch(http: &reqwest::Client, source: &KeySource) -> Result<KeySet, FetchKeysError> {
    let keys_url = address(http, &source.at).await?;
    let answer: Jwks = get(http, &keys_url, MAX_KEYS_BYTES).await?;
    let mut set = KeySet::default();
    let usable = answer.keys.0.into_iter();
    for (kid, key) in usable.filter(|(_, key)| source.algorithms.contains(&key.algorithm)) {
        if source.channel.is_none_or(|channel| key.endorses(channel)) {
            set.keys.insert(kid, Arc::new(key));
        } else {
            set.unendorsed.insert(kid);
        }
    }
    if set.keys.is_empty() {
        return Err(FetchKeysError::NoKeys { url: keys_url });
    }
    Ok(set)
}

/// Keys come over https; plain http only from this machine, for the sandbox.
fn is_trustworthy(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url)))
}

async fn get<T: serde::de::DeserializeOwned>(
    http: &reqwest::Client,
    url: &str,
    limit: usize,
) -> Result<T, FetchKeysError> {
    let named = || url.to_owned();
    if !is_trustworthy(url) {
        return Err(FetchKeysError::InsecureUrl { url: named() });
    }
    let response = http
        .get(url)
        .header(reqwest::header::ACCEPT, "application/json")
        .send()
        .await
        .map_err(|source| FetchKeysError::Request {
            url: named(),
            source: source.without_url(),
        })?;
    let status = response.status();
    if !status.is_success() {
        return Err(FetchKeysError::Status {
            url: named(),
            status: status.as_u16(),
        });
    }
    let body = read_limited(response, limit)
        .await
        .map_err(|source| FetchKeysError::Body { url: named(), source })?;
    serde_json::from_slice(&body).map_err(|source| FetchKeysError::Json { url: named(), source })
}

fn usable(jwk: serde_json::Value) -> Option<(String, SigningKey)> {
    let jwk: Jwk = serde_json::from_value(jwk).ok()?;
    let signs = jwk.purpose.as_deref().is_none_or(|purpose| purpose == "sig");
    let (name, algorithm, decoding) = match jwk.kty.as_str() {
        "RSA" => ("RS256", Algorithm::RS256, rsa(&jwk)?),
        "EC" if jwk.crv.as_deref() == Some("P-256") => ("ES256", Algorithm::ES256, p256(&jwk)?),
        _ => return None,
    };
    let is_for_it = jwk.alg.as_deref().is_none_or(|alg| alg == name);
    if !signs || !is_for_it || jwk.kid.len() > MAX_KEY_ID_BYTES {
        return None;
    }
    let key = SigningKey {
        decoding,
        algorithm,
        endorsements: jwk.endorsements,
    };
    Some((jwk.kid, key))
}

fn rsa(jwk: &Jwk) -> Option<DecodingKey> {
    let modulus = number(jwk.n.as_deref())?;
    let exponent = number(jwk.e.as_deref())?;
    let strong = modulus.iter().skip_while(|byte| **byte == 0).count() >= MIN_MODULUS_BYTES;
    strong.then(|| DecodingKey::from_rsa_raw_components(&modulus, &exponent))
}

fn p256(jwk: &Jwk) -> Option<DecodingKey> {
    let (x, y) = (number(jwk.x.as_deref())?, number(jwk.y.as_deref())?);
    if (x.len(), y.len()) != (COORDINATE_BYTES, COORDINATE_BYTES) {
        return None;
    }
    DecodingKey::from_ec_components(&URL_SAFE_NO_PAD.encode(x), &URL_SAFE_NO_PAD.encode(y)).ok()
}

fn number(encoded: Option<&str>) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(encoded?.trim_end_matches('=')).ok()
}
