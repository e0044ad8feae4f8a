//! RSA keys, tokens and a key server for the tests of this edge.

use std::sync::{Arc, LazyLock};

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize, PublicKey};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use events::ManualClock;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::http_client::{self, HttpLimits};

/// Two keys: generating one takes a moment, so all tests of a process share them.
static KEYS: LazyLock<[TestKey; 2]> = LazyLock::new(|| [TestKey::generate(), TestKey::generate()]);

/// A key pair that signs and the JWK members of its public half.
pub(crate) struct TestKey {
    pub(crate) signing: EncodingKey,
    pub(crate) modulus: Vec<u8>,
    exponent: Vec<u8>,
}

impl TestKey {
    fn generate() -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let pem = format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            STANDARD.encode(der.as_ref())
        );
        let public: &PublicKey = pair.public_key();
        Self {
            // Only the PEM door of the JWT library takes PKCS#8.
            signing: EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap(),
            modulus: public.modulus().big_endian_without_leading_zero().to_vec(),
            exponent: public.exponent().big_endian_without_leading_zero().to_vec(),
        }
    }

    pub(crate) fn first() -> &'static Self {
        &KEYS[0]
    }

    pub(crate) fn second() -> &'static Self {
        &KEYS[1]
    }

    pub(crate) fn jwk(&self, kid: &str, endorsements: &[&str]) -> Value {
        json!({
            "kty": "RSA", "use": "sig", "kid": kid, "x5t": kid, "endorsements": endorsements,
            "n": URL_SAFE_NO_PAD.encode(&self.modulus), "e": URL_SAFE_NO_PAD.encode(&self.exponent),
        })
    }

    pub(crate) fn sign(&self, kid: &str, claims: &Value) -> String {
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(kid.to_owned());
        jsonwebtoken::encode(&header, claims, &self.signing).unwrap()
    }
}

/// A clock that stands still until it is moved.
pub(crate) fn clock() -> ManualClock {
    ManualClock::at("2026-11-02T09:14:30Z".parse::<DateTime<Utc>>().unwrap())
}

pub(crate) fn http() -> reqwest::Client {
    http_client::build(HttpLimits::default()).unwrap()
}

/// Serves metadata and the given keys; the returned URL is the metadata's.
pub(crate) async fn serve_keys(server: &MockServer, keys: &[Value]) -> String {
    let metadata_url = serve_metadata(server).await;
    Mock::given(method("GET"))
        .and(path("/keys"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({ "keys": keys })))
        .mount(server)
        .await;
    metadata_url
}

pub(crate) async fn serve_metadata(server: &MockServer) -> String {
    Mock::given(method("GET"))
        .and(path("/metadata"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({
            "issuer": "https://api.botframework.com", "jwks_uri": format!("{}/keys", server.uri()),
        })))
        .mount(server)
        .await;
    format!("{}/metadata", server.uri())
}

/// How often a path was asked for.
pub(crate) async fn asked(server: &MockServer, path: &str) -> usize {
    let requests = server.received_requests().await.unwrap_or_default();
    requests
        .iter()
        .filter(|request| request.url.path() == path)
        .count()
}

pub(crate) fn shared(clock: &ManualClock) -> Arc<ManualClock> {
    Arc::new(clock.clone())
}
