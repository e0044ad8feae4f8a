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
        // Written out it is longer than as it was given: odd characters take three times as much.
        (url.as_str().len() <= MAX_URL_BYTES).then_some(Self { url, host })
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

/// One host, or every host below a domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkHost {
    /// In its ASCII form.
    name: String,
    below: bool,
}

impl LinkHost {
    /// Reads `acme.example` or `*.acme.example`; a domain must have two labels at least. `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, below) = match text.trim().strip_prefix("*.") {
            Some(name) => (name, true),
            None => (text.trim(), false),
        };
        let Host::Domain(ascii) = Host::parse(name).ok()? else {
            return None;
        };
        let labels = ascii.split('.').filter(|label| !label.is_empty()).count();
        (labels > usize::from(below) && !ascii.contains('*')).then_some(Self { name: ascii, below })
    }

    fn allows(&self, host: &str) -> bool {
        if self.below {
            let parent = host.strip_suffix(&self.name);
            parent.is_some_and(|parent| parent.len() > 1 && parent.ends_with('.'))
        } else {
            host == self.name
        }
    }
}

/// The hosts that an organization's cards may link to and show pictures from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinkHosts(Vec<LinkHost>);

impl LinkHosts {
    /// These hosts and no other.
    pub fn new(hosts: impl IntoIterator<Item = LinkHost>) -> Self {
        Self(hosts.into_iter().collect())
    }

    /// Whether a card may lead there.
    pub fn allow(&self, link: &HttpsLink) -> bool {
        let host = link.url.host_str().unwrap_or_default();
        self.0.iter().any(|known| known.allows(host))
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
    fn an_address_is_as_long_as_it_is_written_out() {
        let path = "<".repeat(700);
        assert_eq!(HttpsLink::parse(&format!("https://acme.example/{path}")), None);
        assert!(HttpsLink::parse(&format!("https://acme.example/{}", &path[..600])).is_some());
    }

    #[test]
    fn only_hosts_that_are_named_are_allowed() {
        let hosts =
            LinkHosts::new(["acme.example", "*.chronus.example"].map(|host| LinkHost::parse(host).unwrap()));
        for (address, allowed) in [
            ("https://acme.example/x", true),
            ("https://ACME.example:8443/x", true),
            ("https://www.acme.example/x", false),
            ("https://evilacme.example/x", false),
            ("https://acme.example.evil.example/x", false),
            ("https://acme.chronus.example/x", true),
            ("https://chronus.example/x", false),
            ("https://evilchronus.example/x", false),
        ] {
            assert_eq!(
                hosts.allow(&HttpsLink::parse(address).unwrap()),
                allowed,
                "{address}"
            );
        }
        for bad in [
            "",
            "*",
            "*.",
            "*.example",
            "10.0.0.1",
            "a b",
            "https://acme.example",
            "*.*.example",
        ] {
            assert_eq!(LinkHost::parse(bad), None, "{bad:?}");
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
