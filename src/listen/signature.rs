//! Signatures of Standard Webhooks, with a reason for each refusal: whoever builds a receiver meets them all.

use actix_web::http::header::HeaderMap;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret as _, SecretString};
use standardwebhooks::{HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP, Webhook};
use subtle::ConstantTimeEq as _;

/// How far a signature's time may be from now, in seconds; Standard Webhooks' own figure.
const TOLERANCE: i64 = 300;

/// What the headers of a genuine delivery say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) id: String,
    pub(super) timestamp: i64,
    pub(super) signature: String,
}

/// Why a delivery is not genuine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A header is missing or cannot be read.
    #[error("the header {0} is missing; is this an answer of the service?")]
    Missing(&'static str),
    /// It was signed too long ago, or will be.
    #[error("it was signed {seconds} s from now, and 300 are allowed; look at both clocks")]
    Time {
        /// How far from now.
        seconds: i64,
    },
    /// No signature fits.
    #[error(
        "no signature fits; compare the secret with organizations[].webhook.secret, and verify the bytes as they came"
    )]
    Signature,
}

/// The head of a delivery that was signed with the secret, within the tolerance.
pub(super) fn verify(
    secret: &SecretString,
    headers: &HeaderMap,
    body: &[u8],
    now: DateTime<Utc>,
) -> Result<Head, Fault> {
    let text = |name: &'static str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.ok_or(Fault::Missing(name))
    };
    let id = text(HEADER_WEBHOOK_ID)?;
    let timestamp = text(HEADER_WEBHOOK_TIMESTAMP)?;
    let timestamp: i64 = timestamp
        .parse()
        .map_err(|_| Fault::Missing(HEADER_WEBHOOK_TIMESTAMP))?;
    let signatures = text(HEADER_WEBHOOK_SIGNATURE)?;
    let seconds = now.timestamp().saturating_sub(timestamp).saturating_abs();
    if seconds > TOLERANCE {
        return Err(Fault::Time { seconds });
    }
    let signed = Webhook::new(secret.expose_secret()).and_then(|webhook| webhook.sign(id, timestamp, body));
    let expected = signed.map_err(|_| Fault::Signature)?;
    let fits = signatures
        .split(' ')
        .any(|given| bool::from(given.as_bytes().ct_eq(expected.as_bytes())));
    if !fits {
        return Err(Fault::Signature);
    }
    Ok(Head {
        id: id.to_owned(),
        timestamp,
        signature: signatures.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    const SECRET: &str = "whsec_dGhlLXRlc3RzLXNpZ24tdGhlaXItYW5zd2Vycy13aXRoLXRoaXM=";

    fn headers(id: &str, timestamp: i64, signature: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let timestamp = timestamp.to_string();
        for (name, value) in [
            (HEADER_WEBHOOK_ID, id),
            (HEADER_WEBHOOK_TIMESTAMP, timestamp.as_str()),
            (HEADER_WEBHOOK_SIGNATURE, signature),
        ] {
            let name = HeaderName::try_from(name).unwrap();
            headers.insert(name, HeaderValue::try_from(value).unwrap());
        }
        headers
    }

    #[test]
    fn what_was_signed_is_genuine_and_each_other_thing_is_refused_with_its_reason() {
        let secret = SecretString::from(SECRET);
        let now = DateTime::from_timestamp(1_767_225_600, 0).unwrap();
        let sign = |at: i64, body: &[u8]| Webhook::new(SECRET).unwrap().sign("m-1", at, body).unwrap();
        let ask = |at: i64, signature: &str, body: &[u8]| {
            verify(&secret, &headers("m-1", at, signature), body, now).map(|head| head.id)
        };
        let at = now.timestamp();
        let good = sign(at, b"{}");
        assert_eq!(ask(at, &good, b"{}"), Ok("m-1".to_owned()));
        let both = format!("v1,c29tZXRoaW5n {good}");
        assert_eq!(
            ask(at, &both, b"{}"),
            Ok("m-1".to_owned()),
            "while a secret is replaced there are two"
        );
        assert_eq!(ask(at, &good, b"{ }"), Err(Fault::Signature), "other bytes");
        assert_eq!(ask(at - 1, &good, b"{}"), Err(Fault::Signature), "another time");
        assert_eq!(
            ask(at - 301, &sign(at - 301, b"{}"), b"{}"),
            Err(Fault::Time { seconds: 301 })
        );
        assert_eq!(
            ask(at + 301, &sign(at + 301, b"{}"), b"{}"),
            Err(Fault::Time { seconds: 301 })
        );
        let nothing = verify(&secret, &HeaderMap::new(), b"{}", now).unwrap_err();
        assert_eq!(nothing, Fault::Missing(HEADER_WEBHOOK_ID));
    }
}
