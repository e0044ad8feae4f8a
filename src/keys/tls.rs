//! TLS of the key service: its own certificate, and the authority that its nodes trust for it.

use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file that cannot be used.
    #[error("{what} in {path} cannot be read; it takes PEM")]
    File {
        /// What it should hold.
        what: &'static str,
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: rustls::pki_types::pem::Error,
    },
    /// Certificate and key do not fit, or are of a kind that is not known.
    #[error("keys.tls_certificate_file and keys.tls_key_file do not make a certificate that can be shown")]
    Unusable(#[from] rustls::Error),
}

/// What the service shows: the chain in `certificate`, its own certificate first, with the private key in `key`.
pub fn server(certificate: &Path, key: &Path) -> Result<ServerConfig, TlsError> {
    let failed = |what: &'static str, path: &Path| {
        let path = path.display().to_string();
        move |source| TlsError::File { what, path, source }
    };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(failed("a chain of certificates", certificate))?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(failed("a private key", key))?;
    let provider = Arc::new(aws_lc_rs::default_provider());
    Ok(ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?)
}
