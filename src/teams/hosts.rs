//! The hosts that may receive the service's token. A service URL comes from outside, so a URL that is not on this
//! list is never called: otherwise anybody who gets an activity through could have the token sent to themselves.
//!
//! Three kinds of entry: `smba.trafficmanager.net` (exactly this host), `*.botframework.com` (any host below it)
//! and `http://127.0.0.1:4010` (exactly this origin of this machine, for the sandbox). The first two mean https on port
//! 443. What strangers share ([`super::shared_hosts`]) stands in no list.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::{Host, Url};

use super::shared_hosts::{is_shared_domain, is_shared_host};

/// Hosts of the Bot Connector in Microsoft's public and government clouds. `trafficmanager.net` as a whole is
/// shared by everybody, so only the one name is trusted there.
/// Source: the list of the Microsoft 365 Agents SDK (`OutboundHostValidator`) and the proactive-message pages.
const PUBLIC_CLOUD: [&str; 4] = [
    "smba.trafficmanager.net",
    "*.botframework.com",
    "*.teams.microsoft.com",
    "*.teams.microsoft.us",
];

/// Everything but the unreserved characters of RFC 3986, so that an id is always one path segment.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// The allow-list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedHosts(Vec<Entry>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Entry {
    Exact(String),
    Below(String),
    /// Always this machine's: the token would travel in the clear.
    Origin {
        host: String,
        port: u16,
    },
}

/// An entry that cannot stand in the list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{entry:?} {why}")]
pub struct InvalidHost {
    /// The entry as given.
    pub entry: String,
    /// What is wrong with it, and what to write.
    pub why: &'static str,
}

const NO_ENTRY: &str = "is not a host; write a name such as smba.trafficmanager.net or *.botframework.com";
const SHARED: &str = "is shared: anybody can get a name or a place there, and the token with it; name the exact hosts that are meant";
const IN_THE_CLEAR: &str = "would send the token in the clear to another machine; http:// is for a stand-in on this machine alone, such as http://127.0.0.1:4010";
const MORE_THAN_AN_ORIGIN: &str = "is more than an origin; write http://127.0.0.1:port";

/// Why a service URL may not be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RefusedUrl {
    /// Not a URL, or one with a query or a fragment.
    #[error("the service URL cannot be read")]
    Unreadable,
    /// It carries a user name or password.
    #[error("the service URL carries credentials")]
    Credentials,
    /// Not https on port 443.
    #[error("the service URL is not https on port 443")]
    Insecure,
    /// The host is not on the list.
    #[error("the service URL's host is not on the allow-list")]
    UnknownHost,
}

impl AllowedHosts {
    /// The Bot Connector of Microsoft's public and government clouds.
    pub fn public_cloud() -> Self {
        Self(
            PUBLIC_CLOUD
                .iter()
                .filter_map(|entry| Entry::parse(entry).ok())
                .collect(),
        )
    }

    /// Reads a list of entries.
    pub fn parse<T: AsRef<str>>(entries: impl IntoIterator<Item = T>) -> Result<Self, InvalidHost> {
        entries
            .into_iter()
            .map(|entry| {
                let entry = entry.as_ref().trim();
                Entry::parse(entry).map_err(|why| InvalidHost {
                    entry: entry.to_owned(),
                    why,
                })
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether nothing outside this machine can be called.
    pub fn loopback_only(&self) -> bool {
        self.0.iter().all(|entry| matches!(entry, Entry::Origin { .. }))
    }

    /// Checks a service URL; what comes back is safe to call.
    pub fn check(&self, service_url: &str) -> Result<ServiceUrl, RefusedUrl> {
        let url = Url::parse(service_url.trim()).map_err(|_| RefusedUrl::Unreadable)?;
        let host = url.host_str().ok_or(RefusedUrl::Unreadable)?;
        if url.query().is_some() || url.fragment().is_some() {
            return Err(RefusedUrl::Unreadable);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(RefusedUrl::Credentials);
        }
        let secure = url.scheme() == "https" && url.port_or_known_default() == Some(443);
        let allowed = self.0.iter().any(|entry| match entry {
            Entry::Exact(name) => secure && host == name,
            Entry::Below(domain) => {
                secure
                    && host
                        .strip_suffix(domain.as_str())
                        .is_some_and(|h| h.ends_with('.'))
            }
            Entry::Origin { host: name, port } => {
                url.scheme() == "http" && host == name && url.port_or_known_default() == Some(*port)
            }
        });
        match (allowed, secure) {
            (true, _) => Ok(ServiceUrl(url.as_str().trim_end_matches('/').to_owned())),
            (false, false) => Err(RefusedUrl::Insecure),
            (false, true) => Err(RefusedUrl::UnknownHost),
        }
    }
}

impl Entry {
    fn parse(text: &str) -> Result<Self, &'static str> {
        if text.contains("://") {
            return Self::origin(&Url::parse(text).map_err(|_| NO_ENTRY)?);
        }
        let (name, below) = text
            .strip_prefix("*.")
            .map_or((text, false), |domain| (domain, true));
        let host = match Host::parse(name).map_err(|_| NO_ENTRY)? {
            Host::Domain(domain)
                if domain.contains('.') && !domain.ends_with('.') && !domain.contains('*') =>
            {
                domain
            }
            Host::Domain(domain) if below && !domain.is_empty() && !domain.contains('*') => {
                return Err(SHARED);
            }
            Host::Domain(_) | Host::Ipv4(_) | Host::Ipv6(_) => return Err(NO_ENTRY),
        };
        Self::named(host, below)
    }

    fn named(host: String, below: bool) -> Result<Self, &'static str> {
        match below {
            true if is_shared_domain(&host) => Err(SHARED),
            false if is_shared_host(&host) => Err(SHARED),
            true => Ok(Self::Below(host)),
            false => Ok(Self::Exact(host)),
        }
    }

    fn origin(url: &Url) -> Result<Self, &'static str> {
        let bare = url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none()
            && !url.host_str().is_some_and(|host| host.contains('*'));
        let host = url.host_str().filter(|_| bare).ok_or(MORE_THAN_AN_ORIGIN)?;
        match url.scheme() {
            "http" if is_loopback(url) => Ok(Self::Origin {
                host: host.to_owned(),
                port: url.port_or_known_default().ok_or(NO_ENTRY)?,
            }),
            "http" => Err(IN_THE_CLEAR),
            "https" if url.port_or_known_default() == Some(443) => Self::named(host.to_owned(), false),
            _ => Err(NO_ENTRY),
        }
    }
}

/// Whether a URL's host is this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// A service URL that passed [`AllowedHosts::check`], without a slash at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceUrl(String);

impl ServiceUrl {
    /// The URL below this one with the given path segments, each encoded so that it stays one segment. `None` for
    /// a segment that no encoding saves (`.`, `..`, nothing).
    pub fn join(&self, segments: &[&str]) -> Option<Url> {
        let mut text = self.0.clone();
        for segment in segments {
            if matches!(*segment, "" | "." | "..") {
                return None;
            }
            text.push('/');
            text.extend(utf8_percent_encode(segment, SEGMENT));
        }
        Url::parse(&text).ok()
    }
}

impl fmt::Display for ServiceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bot_connector_of_every_cloud_is_allowed() {
        let hosts = AllowedHosts::public_cloud();
        for url in [
            "https://smba.trafficmanager.net/amer/0f1e2d3c-4b5a-4697-8877-665544332211/",
            "https://smba.trafficmanager.net/teams",
            "https://SMBA.trafficmanager.net:443/emea/",
            "https://smba.infra.gcc.teams.microsoft.com/teams",
            "https://smba.infra.gov.teams.microsoft.us/teams",
            "https://webchat.botframework.com/",
        ] {
            assert!(hosts.check(url).is_ok(), "{url}");
        }
        assert!(!hosts.loopback_only());
    }

    #[test]
    fn a_host_that_only_looks_right_is_refused() {
        let hosts = AllowedHosts::public_cloud();
        for (url, reason) in [
            ("https://evil.trafficmanager.net/", RefusedUrl::UnknownHost),
            (
                "https://smba.trafficmanager.net.evil.example/",
                RefusedUrl::UnknownHost,
            ),
            ("https://evilbotframework.com/", RefusedUrl::UnknownHost),
            ("https://botframework.com.evil.example/", RefusedUrl::UnknownHost),
            (
                "https://smba.trafficmanager.net@evil.example/",
                RefusedUrl::Credentials,
            ),
            (
                "https://user:pw@smba.trafficmanager.net/",
                RefusedUrl::Credentials,
            ),
            (
                "https://evil.example\\@smba.trafficmanager.net/",
                RefusedUrl::UnknownHost,
            ),
            ("http://smba.trafficmanager.net/", RefusedUrl::Insecure),
            ("https://smba.trafficmanager.net:8443/", RefusedUrl::Insecure),
            ("https://smba.trafficmanager.net./", RefusedUrl::UnknownHost),
            ("https://smba.trafficmanager.net/?next=x", RefusedUrl::Unreadable),
            ("https://127.0.0.1/", RefusedUrl::UnknownHost),
            ("file:///etc/passwd", RefusedUrl::Unreadable),
            ("", RefusedUrl::Unreadable),
        ] {
            assert_eq!(hosts.check(url), Err(reason), "{url}");
        }
    }

    #[test]
    fn an_origin_allows_only_itself() {
        let hosts = AllowedHosts::parse(["http://127.0.0.1:4010"]).unwrap();
        assert!(hosts.loopback_only());
        assert!(hosts.check("http://127.0.0.1:4010/_connector").is_ok());
        for url in [
            "http://127.0.0.1:4011/",
            "https://127.0.0.1:4010/",
            "http://localhost:4010/",
        ] {
            assert!(hosts.check(url).is_err(), "{url}");
        }
        for elsewhere in ["http://sandbox:4010", "http://10.0.0.7:80", "http://acme.example"] {
            let refused = AllowedHosts::parse([elsewhere]).unwrap_err();
            assert_eq!(refused.why, IN_THE_CLEAR, "{elsewhere}");
        }
    }

    #[test]
    fn entries_that_would_open_too_much_are_refused() {
        for entry in [
            "",
            "*",
            "*.",
            "com",
            "*.com",
            "http://*:1",
            "10.0.0.1",
            "https://a.example/path",
            "ftp://a.b",
            "*.github.io",
            "*.blob.core.windows.net",
            "*.core.windows.net",
            "*.trafficmanager.net",
            "*.AzureWebsites.net",
            "github.io",
            "https://script.google.com",
        ] {
            assert!(AllowedHosts::parse([entry]).is_err(), "{entry:?}");
        }
    }

    #[test]
    fn an_id_stays_one_path_segment() {
        let base = AllowedHosts::public_cloud()
            .check("https://smba.trafficmanager.net/amer/")
            .unwrap();
        let url = base
            .join(&["v3", "conversations", "a:1/../x;y=z@q?#%", "activities"])
            .unwrap();
        assert_eq!(
            url.as_str(),
            "https://smba.trafficmanager.net/amer/v3/conversations/a%3A1%2F..%2Fx%3By%3Dz%40q%3F%23%25/activities"
        );
        assert!(base.join(&["v3", ".."]).is_none());
    }
}
