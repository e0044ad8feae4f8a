//! Authorities made for one test, and servers that show what they signed.

use std::sync::Arc;

use chrono::{DateTime, Datelike as _, Utc};
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// Somebody who signs.
pub(super) struct Authority {
    certificate: rcgen::Certificate,
    key: KeyPair,
}

impl Authority {
    pub(super) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut about = CertificateParams::new(Vec::new()).unwrap();
        about.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = about.self_signed(&key).unwrap();
        Self { certificate, key }
    }

    pub(super) fn pem(&self) -> String {
        self.certificate.pem()
    }

    /// A certificate for a name, to the day of its end.
    pub(super) fn shown(&self, name: &str, until: DateTime<Utc>) -> Shown {
        let day = |at: DateTime<Utc>| {
            date_time_ymd(
                at.year(),
                u8::try_from(at.month()).unwrap(),
                u8::try_from(at.day()).unwrap(),
            )
        };
        let key = KeyPair::generate().unwrap();
        let mut about = CertificateParams::new(vec![name.to_owned()]).unwrap();
        about.not_before = date_time_ymd(2020, 1, 1);
        about.not_after = day(until);
        let certificate = about.signed_by(&key, &self.certificate, &self.key).unwrap();
        Shown {
            certificate: certificate.der().clone(),
            key: PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        }
    }
}

/// A certificate with its key.
pub(super) struct Shown {
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

impl Shown {
    /// Shows it to whoever comes, and says nothing further; answers the port.
    pub(super) async fn serve(self) -> u16 {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![self.certificate], self.key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move { drop(acceptor.accept(stream).await) });
            }
        });
        port
    }
}
