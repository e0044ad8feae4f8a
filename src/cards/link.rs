//! Links that a card may open: `https` to a named host, without user or password, and always shown with the host.

use url::{Host, Url};

/// Longest address accepted, in bytes.
const MAX_URL_BYTES: usize = 2_000;

/// An address that is safe to put behind a button.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpsLink {
    url: Url,
    host: String,
}

impl HttpsLink {
    /// Checks an address. `None` for anything but `https://<name>/…`: other schemes, user names that disguise the
    /// host, bare IP addresses, control characters, more than 2,000 bytes.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() > MAX_URL_BYTES || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return None;
        }
        let url = Url::parse(text).ok()?;
        let plain = url.scheme() == "https" && url.username().is_empty() && url.password().is_none();
        let host = match url.host() {
            Some(Host::Domain(name)) if plain => name.trim_start_matches("www.").to_owned(),
            _ => return None,
        };
        Some(Self { url, host })
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        self.url.as_str()
    }

    /// The host, as it is to be shown; international names in their ASCII form, which cannot imitate another.
    pub fn host(&self) -> &str {
        &self.host
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_to_a_named_host_is_taken() {
        assert_eq!(
            HttpsLink::parse("https://www.acme.example/x?y=1").unwrap().host(),
            "acme.example"
        );
        for bad in [
            "http://acme.example",
            "javascript:alert(1)",
            "https://acme.example@evil.example",
            "https://10.0.0.1/x",
            "https://[::1]/",
            "https://",
            "//acme.example",
            "https://acme.example/a b",
            "msteams://x",
            "",
        ] {
            assert_eq!(HttpsLink::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_host_in_lookalike_letters_is_shown_in_ascii() {
        assert_eq!(
            HttpsLink::parse("https://аcme.example/").unwrap().host(),
            "xn--cme-5cd.example"
        );
    }
}
