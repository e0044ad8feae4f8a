//! `[console]`: the pages for support, administrators and analysts.

use std::time::Duration;

use serde::Deserialize;

use super::Http;

/// `[console]`: the pages for support, administrators and analysts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Console {
    /// Whether there are any.
    pub enabled: bool,
    /// Whether browsers send the session's cookie over https alone; by what `[http]` says where absent.
    pub secure_cookie: Option<bool>,
    /// How long a session lasts, in minutes.
    pub session_minutes: u64,
}

impl Default for Console {
    fn default() -> Self {
        Self {
            enabled: true,
            secure_cookie: None,
            session_minutes: 480,
        }
    }
}

impl Console {
    /// Whether the cookie is for https alone. Where nothing is said: wherever a proxy, a public address or another
    /// machine's reach says that browsers come by https.
    pub fn is_cookie_secure(&self, http: &Http) -> bool {
        let by_proxy = http.public_url.is_some() || !http.trusted_proxies.is_empty();
        self.secure_cookie
            .unwrap_or(by_proxy || !http.listen.ip().is_loopback())
    }

    /// How long a session lasts.
    pub fn session(&self) -> Duration {
        Duration::from_secs(self.session_minutes.saturating_mul(60))
    }
}
