//! How connections are encrypted, and making one.

use std::path::Path;

use hyper_util::rt::TokioIo;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tonic::codegen::http::Uri;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Error, Identity};

use super::address::Address;
use super::address_fault::AddressFault;
use super::tampering::Switch;
use super::unverified::Unverified;

/// What a connection string asks for.
#[derive(Debug)]
pub(super) enum Tls {
    /// The node shows a certificate of a known authority.
    Verified(Box<ClientTlsConfig>),
    /// It shows any.
    Unverified(Unverified),
}

impl Tls {
    /// `None` for plain connections. Blocks on the disk for a moment.
    pub(super) fn of(address: &Address) -> Result<Option<Self>, AddressFault> {
        Ok(match (address.tls, address.verified) {
            (false, _) => None,
            (true, true) => Some(Self::Verified(Box::new(verified(address)?))),
            (true, false) => Some(Self::Unverified(Unverified::new()?)),
        })
    }
}

fn verified(address: &Address) -> Result<ClientTlsConfig, AddressFault> {
    let mut tls = ClientTlsConfig::new();
    tls = match &address.ca_file {
        Some(file) => tls.ca_certificate(Certificate::from_pem(certificates("tlsCAFile", file)?)),
        None => tls.with_native_roots(),
    };
    if let Some((certificate, key)) = &address.identity {
        let certificate = certificates("userCertFile", certificate)?;
        let option = "userKeyFile";
        let key = read(option, key)?;
        PrivateKeyDer::from_pem_slice(&key).map_err(|_| AddressFault::Content {
            option,
            wanted: "private key",
        })?;
        tls = tls.identity(Identity::from_pem(certificate, key));
    }
    Ok(tls)
}

/// The content of a file that must hold certificates.
fn certificates(option: &'static str, path: &Path) -> Result<Vec<u8>, AddressFault> {
    let text = read(option, path)?;
    let mut found = CertificateDer::pem_slice_iter(&text);
    match found.next() {
        Some(Ok(_)) => Ok(text),
        Some(Err(_)) | None => Err(AddressFault::Content {
            option,
            wanted: "certificate",
        }),
    }
}

fn read(option: &'static str, path: &Path) -> Result<Vec<u8>, AddressFault> {
    std::fs::read(path).map_err(|source| AddressFault::File { option, source })
}

/// Connects, through a switch where there is one.
pub(super) async fn connected(
    endpoint: &Endpoint,
    switch: Option<Switch>,
    tls: Option<&Tls>,
) -> Result<Channel, Error> {
    let unverified = match tls {
        Some(Tls::Unverified(unverified)) => Some(unverified.clone()),
        Some(Tls::Verified(_)) | None => None,
    };
    match (switch, unverified) {
        (None, None) => endpoint.connect().await,
        (Some(switch), None) => {
            let connect = move |uri| {
                let switch = switch.clone();
                async move { switch.connect(uri).await.map(TokioIo::new) }
            };
            endpoint.connect_with_connector(tower::service_fn(connect)).await
        }
        (None, Some(tls)) => {
            let connect = move |uri| {
                let tls = tls.clone();
                async move { tls.connect(uri).await.map(TokioIo::new) }
            };
            endpoint.connect_with_connector(tower::service_fn(connect)).await
        }
        (Some(switch), Some(tls)) => {
            let connect = move |uri: Uri| {
                let (switch, tls) = (switch.clone(), tls.clone());
                async move {
                    let stream = switch.connect(uri.clone()).await?;
                    tls.over(stream, &uri).await.map(TokioIo::new)
                }
            };
            endpoint.connect_with_connector(tower::service_fn(connect)).await
        }
    }
}
