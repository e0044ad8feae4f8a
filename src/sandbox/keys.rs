//! The keys with which the sandbox signs as Microsoft would: real RS256, real JWKS. It refuses to say anything about
//! its private halves: they leave this file only as PKCS#8 for the journal.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{
    KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaPublicKeyComponents,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// Why a key could not be made or used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The generator failed.
    #[error("an RSA key could not be generated")]
    Generate,
    /// The stored form is not a key.
    #[error("the journal holds a key that cannot be read; delete the journal to start with new keys")]
    Read,
    /// Signing failed.
    #[error("a token could not be signed")]
    Sign,
}

/// One RS256 key.
pub struct SigningKey {
    kid: String,
    pair: KeyPair,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

impl SigningKey {
    /// Makes a new key of 2048 bits.
    pub fn generate() -> Result<Self, KeyError> {
        Self::from_pair(KeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyError::Generate)?)
    }

    /// Reads what [`SigningKey::to_pkcs8`] wrote.
    pub fn from_pkcs8(stored: &str) -> Result<Self, KeyError> {
        let der = URL_SAFE_NO_PAD.decode(stored).map_err(|_| KeyError::Read)?;
        Self::from_pair(KeyPair::from_pkcs8(&der).map_err(|_| KeyError::Read)?)
    }

    fn from_pair(pair: KeyPair) -> Result<Self, KeyError> {
        let (modulus, exponent) = public_numbers(pair.public_key().as_ref()).ok_or(KeyError::Read)?;
        let kid = URL_SAFE_NO_PAD.encode(&Sha256::digest(&modulus)[..20]);
        Ok(Self {
            kid,
            pair,
            modulus,
            exponent,
        })
    }

    /// The private key as PKCS#8 in base64url, for the journal.
    pub fn to_pkcs8(&self) -> Result<String, KeyError> {
        let der = self.pair.as_der().map_err(|_| KeyError::Generate)?;
        Ok(URL_SAFE_NO_PAD.encode(der.as_ref()))
    }

    /// The key's id, derived from its modulus.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public half as a JSON Web Key; `endorsements` names the channels it may speak for.
    pub fn jwk(&self, endorsements: &[&str]) -> Value {
        json!({
            "kty": "RSA", "use": "sig", "kid": self.kid, "x5t": self.kid,
            "n": URL_SAFE_NO_PAD.encode(&self.modulus), "e": URL_SAFE_NO_PAD.encode(&self.exponent),
            "endorsements": endorsements,
        })
    }

    /// Signs `claims` as a JSON Web Token.
    pub fn sign(&self, claims: &Value) -> Result<String, KeyError> {
        let header = json!({ "typ": "JWT", "alg": "RS256", "kid": self.kid, "x5t": self.kid });
        let mut token = unsigned(&header, claims);
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), token.as_bytes(), &mut signature)
            .map_err(|_| KeyError::Sign)?;
        token.push('.');
        token.push_str(&URL_SAFE_NO_PAD.encode(signature));
        Ok(token)
    }

    /// The claims of a token that this key signed, expired or not.
    fn verify(&self, token: &str) -> Option<Value> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (_, claims) = signed.split_once('.')?;
        RsaPublicKeyComponents {
            n: &self.modulus,
            e: &self.exponent,
        }
        .verify(
            &RSA_PKCS1_2048_8192_SHA256,
            signed.as_bytes(),
            &URL_SAFE_NO_PAD.decode(signature).ok()?,
        )
        .ok()?;
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
    }
}

/// Header and claims of a token, joined, without a signature.
pub fn unsigned(header: &Value, claims: &Value) -> String {
    format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header.to_string()),
        URL_SAFE_NO_PAD.encode(claims.to_string())
    )
}

/// The keys in use: the first signs, the others are published beside it, so that a rotation announces its key first.
#[derive(Debug)]
pub struct Keys {
    ring: RwLock<Vec<Arc<SigningKey>>>,
    unendorsed: Arc<SigningKey>,
}

impl Keys {
    /// How many keys are published besides the one without endorsements.
    pub const PUBLISHED: usize = 2;

    /// Uses `stored` keys, oldest first, and makes what is missing.
    pub fn new(stored: Vec<SigningKey>) -> Result<Self, KeyError> {
        let mut ring: Vec<Arc<SigningKey>> = stored.into_iter().map(Arc::new).collect();
        let excess = ring.len().saturating_sub(Self::PUBLISHED);
        ring.drain(..excess);
        while ring.len() < Self::PUBLISHED {
            ring.push(Arc::new(SigningKey::generate()?));
        }
        Ok(Self {
            ring: RwLock::new(ring),
            unendorsed: Arc::new(SigningKey::generate()?),
        })
    }

    /// The published keys, the signing one first.
    pub fn ring(&self) -> Vec<Arc<SigningKey>> {
        self.ring.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The key that signs now.
    pub fn signing(&self) -> Arc<SigningKey> {
        let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
        ring.first().map_or_else(|| Arc::clone(&self.unendorsed), Arc::clone)
    }

    /// A key that is published without the right to speak for Teams.
    pub fn unendorsed(&self) -> Arc<SigningKey> {
        Arc::clone(&self.unendorsed)
    }

    /// Puts `new` last: the oldest key is published and used no more, the next one signs from now on.
    pub fn rotate(&self, new: Arc<SigningKey>) {
        let mut ring = self.ring.write().unwrap_or_else(PoisonError::into_inner);
        ring.push(new);
        let excess = ring.len().saturating_sub(Self::PUBLISHED);
        ring.drain(..excess);
    }

    /// The JSON Web Key Set.
    pub fn jwks(&self) -> Value {
        let mut keys: Vec<Value> = self.ring().iter().map(|key| key.jwk(&["msteams"])).collect();
        keys.push(self.unendorsed.jwk(&[]));
        json!({ "keys": keys })
    }

    /// The claims of a token that one of the published keys signed.
    pub fn verify(&self, token: &str) -> Option<Value> {
        self.ring().iter().find_map(|key| key.verify(token))
    }
}

/// Modulus and exponent out of a PKCS#1 `RSAPublicKey`: a sequence of two integers (RFC 8017, appendix A.1.1).
fn public_numbers(der: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let (sequence, _) = der_value(der, 0x30)?;
    let (modulus, rest) = der_value(sequence, 0x02)?;
    let (exponent, _) = der_value(rest, 0x02)?;
    let unpadded = |bytes: &[u8]| bytes.iter().copied().skip_while(|b| *b == 0).collect::<Vec<u8>>();
    Some((unpadded(modulus), unpadded(exponent)))
}

/// The content of the value at the head of `der`, which must have `tag`, and what follows it.
fn der_value(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&found, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        (bytes.iter().fold(0, |n, b| n << 8 | usize::from(*b)), rest)
    };
    (found == tag).then_some(())?;
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_key_is_the_same_key() {
        let key = SigningKey::generate().unwrap();
        let again = SigningKey::from_pkcs8(&key.to_pkcs8().unwrap()).unwrap();
        assert_eq!(key.kid(), again.kid());
        let token = key.sign(&json!({ "a": 1 })).unwrap();
        assert_eq!(again.verify(&token), Some(json!({ "a": 1 })));
    }

    #[test]
    fn rotation_signs_with_the_announced_key_and_drops_the_oldest() {
        let keys = Keys::new(Vec::new()).unwrap();
        let announced = keys.ring()[1].kid().to_owned();
        let old = keys.signing().sign(&json!({})).unwrap();
        keys.rotate(Arc::new(SigningKey::generate().unwrap()));
        assert_eq!(keys.signing().kid(), announced);
        assert_eq!(keys.verify(&old), None);
    }

    #[test]
    fn tokens_verify_with_a_foreign_library_against_the_published_set() {
        let keys = Keys::new(Vec::new()).unwrap();
        let token = keys.signing().sign(&json!({ "aud": "x", "exp": 4_000_000_000_i64 })).unwrap();
        let jwks: jsonwebtoken::jwk::JwkSet = serde_json::from_value(keys.jwks()).unwrap();
        let kid = jsonwebtoken::decode_header(&token).unwrap().kid.unwrap();
        let key = jsonwebtoken::DecodingKey::from_jwk(jwks.find(&kid).unwrap()).unwrap();
        let mut rules = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
        rules.set_audience(&["x"]);
        jsonwebtoken::decode::<Value>(&token, &key, &rules).unwrap();
    }
}
