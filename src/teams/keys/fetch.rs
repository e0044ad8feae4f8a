//! Metadata URL → `jwks_uri` → keys. Only RSA signing keys of at least 2048 bits are taken; the rest is passed over.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;
use serde::Deserialize;
use url::Url;

use super::{KeySet, SigningKey};
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
    /// There was no usable key.
    #[error("{url} holds no usable RSA key that is endorsed for the channel")]
    NoKeys {
        /// What was asked.
        url: String,
    },
}

#[derive(Deserialize)]
struct Metadata {
    jwks_uri: String,
}

#[derive(Deserialize)]
struct Jwks {
    keys: Keys,
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
    n: String,
    e: String,
    #[serde(rename = "use")]
    purpose: Option<String>,
    alg: Option<String>,
    #[serde(default)]
    endorsements: Vec<String>,
}

/// Fetches the keys; those that are not endorsed for `channel`, where one is asked for, are named and not kept.
pub(super) async fn fetch(
    http: &reqwest::Client,
    metadata_url: &str,
    channel: Option<&str>,
) -> Result<KeySet, FetchKeysError> {
    let metadata: Metadata = get(http, metadata_url, MAX_METADATA_BYTES).await?;
    let keys_url = metadata.jwks_uri;
    let answer: Jwks = get(http, &keys_url, MAX_KEYS_BYTES).await?;
    let mut set = KeySet::default();
    for (kid, key) in answer.keys.0 {
        if channel.is_none_or(|channel| key.endorses(channel)) {
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
    let modulus = URL_SAFE_NO_PAD.decode(jwk.n.trim_end_matches('=')).ok()?;
    let exponent = URL_SAFE_NO_PAD.decode(jwk.e.trim_end_matches('=')).ok()?;
    let signs =
        jwk.purpose.is_none_or(|purpose| purpose == "sig") && jwk.alg.is_none_or(|alg| alg == "RS256");
    let strong = modulus.iter().skip_while(|byte| **byte == 0).count() >= MIN_MODULUS_BYTES;
    if jwk.kty != "RSA" || !signs || !strong || jwk.kid.len() > MAX_KEY_ID_BYTES {
        return None;
    }
    let key = SigningKey {
        decoding: DecodingKey::from_rsa_raw_components(&modulus, &exponent),
        endorsements: jwk.endorsements,
    };
    Some((jwk.kid, key))
}
