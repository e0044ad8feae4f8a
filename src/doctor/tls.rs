//! Certificates: whether this machine trusts what a host shows, and until when it will.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use rustls_platform_verifier::Verifier;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::finding::{Check, Finding};
use super::places::Place;

/// A certificate of ours that ends sooner is told of.
const SOON: TimeDelta = TimeDelta::days(21);
/// How far ahead its end is looked for.
const HORIZON_DAYS: i64 = 3_650;

/// Shakes hands and looks at what was shown.
pub(super) async fn look(place: Place, now: DateTime<Utc>) -> Vec<Finding> {
    let about = place.about();
    let Some(host) = place
        .url
        .host_str()
        .map(|host| host.trim_matches(['[', ']']).to_owned())
    else {
        return Vec::new();
    };
    let stream = match TcpStream::connect((host.as_str(), place.port())).await {
        Ok(stream) => stream,
        Err(error) => {
            let fix = "let this machine reach that host and port: look at firewalls and proxies on the way";
            return vec![Finding::wrong(
                Check::Tls,
                about,
                format!("no connection ({error})"),
                fix,
            )];
        }
    };
    vec![match shake(&host, stream, now).await {
        Ok(seen) => judge(&place, about, seen, now),
        Err(error) => refused(&place, about, &error),
    }]
}

/// What a handshake showed.
struct Seen {
    version: Option<rustls::ProtocolVersion>,
    /// Until when this machine will trust it; nothing where that is beyond the horizon.
    until: Option<DateTime<Utc>>,
}

async fn shake(host: &str, stream: TcpStream, now: DateTime<Utc>) -> Result<Seen, Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let shown = Arc::new(Shown {
        verifier: Verifier::new(Arc::clone(&provider))?,
        chain: Mutex::default(),
    });
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(&shown) as _)
        .with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).map_err(|error| Error::General(error.to_string()))?;
    let connected = TlsConnector::from(Arc::new(config))
        .connect(name.clone(), stream)
        .await;
    let stream = connected.map_err(|error| {
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
        inner
            .cloned()
            .unwrap_or_else(|| Error::General(error.to_string()))
    })?;
    Ok(Seen {
        version: stream.get_ref().1.protocol_version(),
        until: shown.until(&name, now),
    })
}

/// Trusts what the machine trusts, and remembers what was shown.
#[derive(Debug)]
struct Shown {
    verifier: Verifier,
    chain: Mutex<Vec<CertificateDer<'static>>>,
}

impl Shown {
    /// The last day on which the chain will be trusted: the verifier itself is asked, for one day after another, in
    /// halves.
    fn until(&self, name: &ServerName<'_>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let chain = self.chain.lock().unwrap_or_else(PoisonError::into_inner);
        let (end, between) = chain.split_first()?;
        let holds = |days: i64| {
            let seconds = u64::try_from((now + TimeDelta::days(days)).timestamp()).unwrap_or_default();
            let at = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
            self.verifier
                .verify_server_cert(end, between, name, &[], at)
                .is_ok()
        };
        let days: Vec<i64> = (0..=HORIZON_DAYS).collect();
        let good = days.partition_point(|day| holds(*day));
        let last = i64::try_from(good).ok()?.checked_sub(1)?;
        (last < HORIZON_DAYS).then(|| now + TimeDelta::days(last))
    }
}

impl ServerCertVerifier for Shown {
    fn verify_server_cert(
        &self,
        end: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let chain = std::iter::once(end)
            .chain(between)
            .map(|certificate| certificate.clone().into_owned());
        *self.chain.lock().unwrap_or_else(PoisonError::into_inner) = chain.collect();
        self.verifier.verify_server_cert(end, between, name, ocsp, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}

fn judge(place: &Place, about: String, seen: Seen, now: DateTime<Utc>) -> Finding {
    let version = match seen.version {
        Some(rustls::ProtocolVersion::TLSv1_3) => "TLS 1.3",
        Some(rustls::ProtocolVersion::TLSv1_2) => "TLS 1.2",
        _ => "TLS",
    };
    let Some(until) = seen.until else {
        return Finding::good(
            Check::Tls,
            about,
            format!("{version}; its certificate holds for years"),
        );
    };
    let what = format!(
        "{version}; its certificate holds until {}",
        until.format("%Y-%m-%d")
    );
    if place.is_ours && until - now < SOON {
        let fix = "renew it; look why that did not happen by itself";
        return Finding::warning(Check::Tls, about, what, fix);
    }
    Finding::good(Check::Tls, about, what)
}

fn refused(place: &Place, about: String, error: &Error) -> Finding {
    let Error::InvalidCertificate(fault) = error else {
        let fix = format!(
            "let the host speak TLS 1.2 or 1.3 there, or correct {}",
            place.key
        );
        return Finding::wrong(Check::Tls, about, format!("no TLS comes about ({error})"), fix);
    };
    let (what, fix) = certificate(fault, &place.key);
    Finding::wrong(Check::Tls, about, what, fix)
}

/// What is wrong with a certificate, and what to do. The faults are another crate's, which may name further ones.
fn certificate(fault: &CertificateError, key: &str) -> (String, String) {
    use CertificateError as Fault;
    let told = |what: &str, fix: &str| (what.to_owned(), fix.to_owned());
    if matches!(fault, Fault::Expired | Fault::ExpiredContext { .. }) {
        told(
            "its certificate has ended",
            "renew it; where it is another's and fine elsewhere, look at this machine's clock",
        )
    } else if matches!(fault, Fault::NotValidYet | Fault::NotValidYetContext { .. }) {
        told(
            "its certificate does not hold yet",
            "look at this machine's clock",
        )
    } else if matches!(
        fault,
        Fault::NotValidForName | Fault::NotValidForNameContext { .. }
    ) {
        told(
            "its certificate is for other names",
            &format!("correct {key}, or give the host a certificate for its name"),
        )
    } else if matches!(fault, Fault::UnknownIssuer | Fault::BadSignature) {
        told(
            "its certificate is signed by nobody whom this machine trusts",
            "let the host send its whole chain; where a proxy of yours signs anew, trust its authority here \
             (update-ca-certificates, or SSL_CERT_FILE)",
        )
    } else {
        told(
            &format!("its certificate cannot be used ({fault})"),
            "give the host another certificate",
        )
    }
}
