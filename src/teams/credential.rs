//! How the bot proves at Microsoft's login that it is its app: by a client secret, by a certificate whose key signs an assertion, or by
//! a token of somebody whom the app trusts (workload identity federation), which lies in a file that others keep fresh.
//!
//! Facts: Microsoft identity platform, certificate credentials (PS256, the certificate's SHA-256 as `x5t#S256`, the token endpoint
//! as audience, a life of minutes) and the client-credentials flow with a certificate and with a federated credential.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use rustls::SignatureScheme;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SigningKey};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;
use zeroize::Zeroizing;

/// What an assertion is called in the request.
pub const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// How long an assertion holds: Microsoft asks for five to ten minutes at most.
const LIFE: Duration = Duration::minutes(5);
/// How far this machine's clock may run ahead of Microsoft's.
const AHEAD: Duration = Duration::minutes(1);
/// The longest token that a file may hold, in bytes.
const LONGEST_TOKEN: u64 = 64 * 1_024;

/// See the module.
#[derive(Debug, Clone)]
pub enum Credential {
    /// A client secret.
    Secret(SecretString),
    /// A certificate.
    Certificate(Certificate),
    /// The file of a token of whom the app trusts. It is read anew for each request.
    Federated(PathBuf),
}

impl From<SecretString> for Credential {
    fn from(secret: SecretString) -> Self {
        Self::Secret(secret)
    }
}

/// A certificate and its private key.
#[derive(Clone)]
pub struct Certificate {
    /// SHA-256 of the certificate's DER, in base64url.
    thumbprint: String,
    key: Arc<dyn SigningKey>,
    seed: Zeroizing<[u8; 32]>,
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("thumbprint", &self.thumbprint)
            .finish_non_exhaustive()
    }
}

/// Why a certificate cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// No certificate is found.
    #[error("it holds no certificate in PEM (BEGIN CERTIFICATE)")]
    NoCertificate,
    /// No key is found.
    #[error("it holds no private key in PEM without a password (BEGIN PRIVATE KEY)")]
    NoKey,
    /// The key is another's.
    #[error("the private key is not the certificate's")]
    Mismatch,
    /// The key cannot sign so.
    #[error("the private key is no RSA key of 2,048 bits or more, which is what Microsoft takes")]
    NotRsa,
}

/// Why nothing can be proven now.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// The token's file cannot be read.
    #[error("the federated token's file {path} cannot be read")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The assertion could not be signed.
    #[error("the assertion could not be signed")]
    Sign,
}

impl Certificate {
    /// Reads a certificate, and its key, from PEM; both may stand in one text.
    pub fn read(certificate: &[u8], key: &[u8]) -> Result<Self, CertificateError> {
        let certificate =
            CertificateDer::from_pem_slice(certificate).map_err(|_| CertificateError::NoCertificate)?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| CertificateError::NoKey)?;
        let thumbprint = URL_SAFE_NO_PAD.encode(Sha256::digest(&certificate));
        let seed = Zeroizing::new(Sha256::digest(key.secret_der()).into());
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let certified = CertifiedKey::from_der(vec![certificate], key, &provider);
        let certified = certified.map_err(|error| {
            let is_anothers = matches!(error, rustls::Error::InconsistentKeys(_));
            if is_anothers {
                CertificateError::Mismatch
            } else {
                CertificateError::NotRsa
            }
        })?;
        let read = Self {
            thumbprint,
            key: certified.key,
            seed,
        };
        // What cannot sign so is told at once.
        read.sign(b"").ok_or(CertificateError::NotRsa)?;
        Ok(read)
    }

    fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let signer = self.key.choose_scheme(&[SignatureScheme::RSA_PSS_SHA256])?;
        signer.sign(message).ok()
    }

    fn assertion(&self, client_id: &str, endpoint: &str, now: DateTime<Utc>, id: Uuid) -> Option<String> {
        let header = json!({ "alg": "PS256", "typ": "JWT", "x5t#S256": self.thumbprint });
        let claims = json!({
            "aud": endpoint, "iss": client_id, "sub": client_id, "jti": id,
            "iat": now.timestamp(), "nbf": (now - AHEAD).timestamp(), "exp": (now + LIFE).timestamp(),
        });
        let text = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", text(header), text(claims));
        let signature = self.sign(signed.as_bytes())?;
        Some(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

impl Credential {
    /// The fields of a token request that prove who asks.
    pub(super) async fn proof(
        &self,
        client_id: &str,
        endpoint: &str,
        now: DateTime<Utc>,
        id: Uuid,
    ) -> Result<Vec<(&'static str, Zeroizing<String>)>, ProofError> {
        let asserted = |assertion: Zeroizing<String>| {
            let kind = Zeroizing::new(ASSERTION_TYPE.to_owned());
            vec![("client_assertion_type", kind), ("client_assertion", assertion)]
        };
        match self {
            Self::Secret(secret) => {
                let secret = Zeroizing::new(secret.expose_secret().to_owned());
                Ok(vec![("client_secret", secret)])
            }
            Self::Certificate(certificate) => {
                let assertion = certificate.assertion(client_id, endpoint, now, id);
                assertion
                    .map(|text| asserted(Zeroizing::new(text)))
                    .ok_or(ProofError::Sign)
            }
            Self::Federated(path) => token_in(path.clone()).await.map(asserted),
        }
    }

    /// Whether it is the same credential as another.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Secret(one), Self::Secret(other)) => one.expose_secret() == other.expose_secret(),
            (Self::Certificate(one), Self::Certificate(other)) => {
                one.thumbprint == other.thumbprint && one.seed == other.seed
            }
            (Self::Federated(one), Self::Federated(other)) => one == other,
            (Self::Secret(_) | Self::Certificate(_) | Self::Federated(_), _) => false,
        }
    }

    /// Bytes that nobody can guess and that every node has which has the credential; none of a token that changes by the hour.
    pub fn seed(&self) -> Option<Zeroizing<Vec<u8>>> {
        match self {
            Self::Secret(secret) => Some(Zeroizing::new(secret.expose_secret().as_bytes().to_vec())),
            Self::Certificate(certificate) => Some(Zeroizing::new(certificate.seed.to_vec())),
            Self::Federated(_) => None,
        }
    }
}

async fn token_in(path: PathBuf) -> Result<Zeroizing<String>, ProofError> {
    let file = path.clone();
    let read = tokio::task::spawn_blocking(move || {
        if std::fs::metadata(&file)?.len() > LONGEST_TOKEN {
            return Err(std::io::Error::other("it is longer than a token can be"));
        }
        let text = Zeroizing::new(std::fs::read_to_string(&file)?);
        let token = text.trim();
        if token.is_empty() {
            return Err(std::io::Error::other("it is empty"));
        }
        Ok(Zeroizing::new(token.to_owned()))
    });
    let read = read
        .await
        .unwrap_or_else(|_| Err(std::io::Error::other("the read broke off")));
    read.map_err(|source| ProofError::Unreadable { path, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made() -> (rcgen::Certificate, rcgen::KeyPair) {
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
        let parameters = rcgen::CertificateParams::new(vec!["bot".to_owned()]).unwrap();
        (parameters.self_signed(&key).unwrap(), key)
    }

    #[test]
    fn a_key_that_is_not_the_certificates_or_no_rsa_key_is_told_at_once() {
        let ((one, key), (other, _)) = (made(), made());
        let pem = key.serialize_pem();
        let read = |certificate: &str, key: &str| {
            Certificate::read(certificate.as_bytes(), key.as_bytes())
                .map(drop)
                .err()
        };
        assert_eq!(read(&one.pem(), &pem), None);
        assert_eq!(
            read(&format!("{pem}{}", one.pem()), &format!("{pem}{}", one.pem())),
            None
        );
        assert_eq!(read(&other.pem(), &pem), Some(CertificateError::Mismatch));
        assert_eq!(read(&pem, &pem), Some(CertificateError::NoCertificate));
        assert_eq!(read(&one.pem(), &one.pem()), Some(CertificateError::NoKey));
        let curve = rcgen::KeyPair::generate().unwrap();
        let parameters = rcgen::CertificateParams::new(vec!["bot".to_owned()]).unwrap();
        let of_curve = parameters.self_signed(&curve).unwrap();
        assert_eq!(
            read(&of_curve.pem(), &curve.serialize_pem()),
            Some(CertificateError::NotRsa)
        );
    }

    #[tokio::test]
    async fn a_federated_token_is_read_anew_each_time() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        let credential = Credential::Federated(file.clone());
        let asked = || credential.proof("app", "https://login", DateTime::UNIX_EPOCH, Uuid::nil());
        assert!(matches!(asked().await, Err(ProofError::Unreadable { .. })));
        for token in ["one", "two"] {
            std::fs::write(&file, format!("{token}\n")).unwrap();
            let proof = asked().await.unwrap();
            assert_eq!(proof[0].1.as_str(), ASSERTION_TYPE);
            assert_eq!((proof[1].0, proof[1].1.as_str()), ("client_assertion", token));
        }
    }
}
