//! Assertions in place of a client secret, checked as Entra does: those that a certificate of the app signed, and tokens of an issuer
//! that the app trusts, for which the sandbox's own people's issuer stands.

use std::collections::{HashMap, HashSet};
use std::sync::{PoisonError, RwLock};

use aws_lc_rs::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaParameters, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde_json::Value;

use super::keys::Keys;
use super::login_refusal::LoginRefusal;
use crate::teams::credential::ASSERTION_TYPE;

/// The audience of a token that stands for an app by federation.
pub const FEDERATION_AUDIENCE: &str = "api://AzureADTokenExchange";

/// Whom the app's registration trusts.
#[derive(Debug, Default)]
pub struct Assertions {
    /// Public keys (DER) by their certificates' thumbprints.
    certificates: RwLock<HashMap<String, Vec<u8>>>,
    /// Subjects of federated tokens.
    subjects: RwLock<HashSet<String>>,
}

/// An assertion, and what it must fit.
#[derive(Debug)]
pub struct AssertionAsked<'a> {
    /// What it says that it is.
    pub kind: Option<&'a str>,
    /// The token.
    pub assertion: &'a str,
    /// The app that asks.
    pub client_id: &'a str,
    /// The endpoint that is asked.
    pub endpoint: &'a str,
    /// The time.
    pub now: DateTime<Utc>,
}

impl Assertions {
    /// Adds a certificate to the app: its SHA-256 in base64url, and its public key as DER.
    pub fn trust_certificate(&self, thumbprint: impl Into<String>, public_key: Vec<u8>) {
        let mut known = self.certificates.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(thumbprint.into(), public_key);
    }

    /// Adds a federated credential to the app.
    pub fn trust_subject(&self, subject: impl Into<String>) {
        let mut known = self.subjects.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(subject.into());
    }

    /// Checks an assertion.
    pub fn check(&self, asked: &AssertionAsked<'_>, keys: &Keys) -> Result<(), LoginRefusal> {
        let wrong = |code, text| Err(LoginRefusal::new(401, "invalid_client", code, text));
        if asked.kind != Some(ASSERTION_TYPE) {
            let text = "The request body must contain a supported 'client_assertion_type'.";
            return Err(LoginRefusal::new(400, "invalid_request", 900_144, text));
        }
        let parts: Vec<&str> = asked.assertion.split('.').collect();
        let (header, claims) = match parts.as_slice() {
            [header, claims, _] => (read(header), read(claims)),
            _ => (Value::Null, Value::Null),
        };
        let is_in_time = |claims: &Value| {
            let now = asked.now.timestamp();
            claims["exp"].as_i64().is_some_and(|end| now < end)
                && claims["nbf"].as_i64().is_none_or(|begin| begin <= now)
        };
        let Some(thumbprint) = header["x5t#S256"].as_str() else {
            return self.check_federated(asked, keys, is_in_time);
        };
        let known = self.certificates.read().unwrap_or_else(PoisonError::into_inner);
        let Some(key) = known.get(thumbprint) else {
            return wrong(
                700_027,
                "The certificate with this identifier is not registered on the app.",
            );
        };
        if !is_signed(asked.assertion, &header, key) {
            return wrong(700_027, "Client assertion failed signature validation.");
        }
        if claims["aud"] != asked.endpoint
            || claims["iss"] != asked.client_id
            || claims["sub"] != asked.client_id
        {
            return wrong(
                700_023,
                "Client assertion audience, issuer or subject does not match.",
            );
        }
        if !is_in_time(&claims) {
            return wrong(700_024, "Client assertion is not within its valid time range.");
        }
        Ok(())
    }

    fn check_federated(
        &self,
        asked: &AssertionAsked<'_>,
        keys: &Keys,
        is_in_time: impl Fn(&Value) -> bool,
    ) -> Result<(), LoginRefusal> {
        let wrong = |code, text| Err(LoginRefusal::new(401, "invalid_client", code, text));
        let Some(claims) = keys.verify(asked.assertion) else {
            return wrong(
                700_211,
                "No matching federated identity record found for the presented assertion issuer.",
            );
        };
        if claims["aud"] != FEDERATION_AUDIENCE {
            return wrong(
                700_212,
                "No matching federated identity record found for the presented assertion audience.",
            );
        }
        let known = self.subjects.read().unwrap_or_else(PoisonError::into_inner);
        if !claims["sub"]
            .as_str()
            .is_some_and(|subject| known.contains(subject))
        {
            return wrong(
                700_213,
                "No matching federated identity record found for the presented assertion subject.",
            );
        }
        if !is_in_time(&claims) {
            return wrong(700_024, "Client assertion is not within its valid time range.");
        }
        Ok(())
    }
}

fn read(part: &str) -> Value {
    let bytes = URL_SAFE_NO_PAD.decode(part).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

fn is_signed(assertion: &str, header: &Value, key: &[u8]) -> bool {
    let Some((signed, signature)) = assertion.rsplit_once('.') else {
        return false;
    };
    let algorithm: &'static RsaParameters = match header["alg"].as_str() {
        Some("PS256") => &RSA_PSS_2048_8192_SHA256,
        Some("RS256") => &RSA_PKCS1_2048_8192_SHA256,
        _ => return false,
    };
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
    UnparsedPublicKey::new(algorithm, key)
        .verify(signed.as_bytes(), &signature)
        .is_ok()
}
