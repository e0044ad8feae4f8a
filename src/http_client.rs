//! The one way to build an HTTP client, so that none exists without time limits. A client made here follows no
//! redirect, uses no proxy from the environment and keeps its connections for a while. [`read_limited`] keeps a
//! peer's answer from filling the memory.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Certificate, Client, ClientBuilder, Response, redirect};

/// What the service calls itself towards other servers.
pub const USER_AGENT: &str = concat!("chronus-teams/", env!("CARGO_PKG_VERSION"));

/// Idle connections are dropped well before the two minutes after which many servers close them: a request that
/// meets a closing connection ends as "unknown".
const POOL_IDLE: Duration = Duration::from_secs(45);

/// Time limits of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HttpLimits {
    /// Name look-up, connection and TLS together.
    pub connect: Duration,
    /// The whole exchange, the answer's body included. Never shorter than `connect`, so that a slow connection is
    /// always recognised as one.
    pub total: Duration,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            total: Duration::from_secs(12),
        }
    }
}

/// The TLS set-up of this machine is unusable.
#[derive(Debug, thiserror::Error)]
#[error("build an HTTP client; check the machine's certificate store, or the authority's certificate")]
pub struct BuildClientError(#[source] reqwest::Error);

/// A client with a connection pool of its own.
pub fn build(limits: HttpLimits) -> Result<Client, BuildClientError> {
    builder(limits).build().map_err(BuildClientError)
}

/// The same for servers whose certificates come from these authorities alone (PEM).
pub fn build_trusting(limits: HttpLimits, authorities: &[u8]) -> Result<Client, BuildClientError> {
    let authorities = Certificate::from_pem_bundle(authorities).map_err(BuildClientError)?;
    let client = builder(limits).tls_certs_only(authorities).build();
    client.map_err(BuildClientError)
}

fn builder(limits: HttpLimits) -> ClientBuilder {
    Client::builder()
        .user_agent(USER_AGENT)
        .connect_timeout(limits.connect)
        .timeout(limits.total.max(limits.connect))
        .pool_idle_timeout(POOL_IDLE)
        .tcp_keepalive(Duration::from_secs(30))
        .tcp_nodelay(true)
        .redirect(redirect::Policy::none())
        .no_proxy()
}

/// Why a body could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadBodyError {
    /// It is longer than allowed.
    #[error("the answer is longer than {limit} bytes")]
    TooLong {
        /// The limit.
        limit: usize,
    },
    /// The connection broke or the time ran out.
    #[error("the answer broke off")]
    Broken(#[source] reqwest::Error),
}

/// Reads a body of at most `limit` bytes. A longer one is given up as soon as that is known.
pub async fn read_limited(mut response: Response, limit: usize) -> Result<Vec<u8>, ReadBodyError> {
    if response
        .content_length()
        .is_some_and(|length| length > limit as u64)
    {
        return Err(ReadBodyError::TooLong { limit });
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(ReadBodyError::Broken)? {
        if body.len() + chunk.len() > limit {
            return Err(ReadBodyError::TooLong { limit });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// A failed exchange in one word, for logs and facts: `connect`, `timeout`, `reset`, `request`.
pub fn failure(error: &reqwest::Error) -> &'static str {
    if error.is_connect() {
        "connect"
    } else if error.is_timeout() {
        "timeout"
    } else if error.is_builder() {
        "request"
    } else {
        "reset"
    }
}

/// `Retry-After`, in seconds or as an HTTP date. A date that is past means now.
pub fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = DateTime::parse_from_rfc2822(text).ok()?;
    Some((date.with_timezone(&Utc) - now).to_std().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_in_both_forms() {
        let now = "2026-11-02T09:14:30Z".parse().unwrap();
        let read = |value: &'static str| {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, value.parse().unwrap())]);
            retry_after(&headers, now)
        };
        assert_eq!(read("7"), Some(Duration::from_secs(7)));
        assert_eq!(
            read("Mon, 02 Nov 2026 09:15:00 GMT"),
            Some(Duration::from_secs(30))
        );
        assert_eq!(read("Mon, 02 Nov 2026 09:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(read("soon"), None);
        assert_eq!(read("-1"), None);
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }
}
