//! Connection strings: `kurrentdb://user:password@host:2113,other:2113?tls=true`, in the form that KurrentDB's own
//! clients read. What would change the promises of the store is refused, and so is what has no meaning.
//!
//! This is the one parser: the official client gets a text made from what was read here, for one node and without
//! credentials. No error repeats anything of the text, since any part of a mistyped one may be a password.

use std::fmt;
use std::net::Ipv6Addr;
use std::path::PathBuf;
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

mod options;

/// The port of a node that none is named for.
pub(super) const PORT: u16 = 2113;

/// Why a connection string cannot be used. Holds nothing of the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the connection string {what}")]
pub struct AddressError {
    what: String,
}

fn wrong<T>(what: impl Into<String>) -> Result<T, AddressError> {
    Err(AddressError { what: what.into() })
}

/// One node.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Node {
    /// A name or an address; one of IPv6 without brackets.
    pub host: String,
    /// The port of gRPC and HTTP.
    pub port: u16,
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// Where a cluster is and how to speak to it.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    /// Where to ask first.
    pub(super) seeds: Vec<Node>,
    /// Whether gossip tells the nodes; otherwise the one seed is all there is.
    pub(super) cluster: bool,
    pub(super) credentials: Option<(String, String)>,
    pub(super) tls: bool,
    /// Whether a node must show a certificate of a known authority.
    pub(super) verified: bool,
    pub(super) ca_file: Option<PathBuf>,
    pub(super) identity: Option<(PathBuf, PathBuf)>,
    pub(super) gossip_timeout: Duration,
    pub(super) keep_alive: Option<Duration>,
    pub(super) keep_alive_timeout: Duration,
    pub(super) deadline: Option<Duration>,
    pub(super) connection_name: Option<String>,
    /// Scheme and nodes, for people.
    shown: String,
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

/// Without credentials and options.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl Address {
    /// Whether `text` begins as a connection string does.
    pub fn is_one(text: &str) -> bool {
        text.split_once("://").is_some_and(|(scheme, _)| {
            matches!(
                scheme.strip_suffix("+discover").unwrap_or(scheme),
                "kurrentdb" | "kurrent" | "kdb" | "esdb"
            )
        })
    }

    /// Reads a connection string.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        if !Self::is_one(text) {
            return wrong("does not begin with kurrentdb:// or kurrentdb+discover://");
        }
        if text.contains(char::is_whitespace) {
            return wrong("has a blank in it; write %20 where one is meant");
        }
        let (scheme, rest) = text.split_once("://").unwrap_or_default();
        let (credentials, hosts, query) = parts(rest)?;
        let credentials = credentials.map(read_credentials).transpose()?;
        let seeds = hosts.split(',').map(read_node).collect::<Result<Vec<_>, _>>()?;
        let names: Vec<String> = seeds.iter().map(Node::to_string).collect();
        let mut address = Self {
            cluster: scheme.ends_with("+discover") || seeds.len() > 1,
            seeds,
            credentials,
            tls: true,
            verified: true,
            ca_file: None,
            identity: None,
            gossip_timeout: Duration::from_secs(3),
            keep_alive: Some(Duration::from_secs(10)),
            keep_alive_timeout: Duration::from_secs(10),
            deadline: None,
            connection_name: None,
            shown: format!("{scheme}://{}", names.join(",")),
        };
        address.read_options(query)?;
        Ok(address)
    }

    /// Whether nodes are known to be who they say they are: a certificate is checked, or the network is trusted by
    /// name (`tls=false`).
    pub fn is_verified(&self) -> bool {
        !self.tls || self.verified
    }

    /// Whether connections are encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.tls
    }

    /// The user of the connection string, by name alone.
    pub fn user(&self) -> Option<&str> {
        self.credentials.as_ref().map(|(user, _)| user.as_str())
    }

    /// Whether a node stands in the connection string, and was not only named by others.
    pub(super) fn names(&self, node: &Node) -> bool {
        self.seeds.contains(node)
    }

    /// How the official client is to speak to one node. Without credentials, which go with each call.
    pub(super) fn for_official(&self, node: &Node) -> String {
        let file = |name: &str, path: &PathBuf| {
            let path = path.to_string_lossy();
            format!("{name}={}", utf8_percent_encode(&path, NON_ALPHANUMERIC))
        };
        let mut options = vec![
            format!("tls={}", self.tls),
            format!("tlsVerifyCert={}", self.verified),
        ];
        options.extend(
            self.ca_file
                .as_ref()
                .filter(|_| self.tls)
                .map(|path| file("tlsCAFile", path)),
        );
        if let Some((certificate, key)) = &self.identity {
            options.extend([file("userCertFile", certificate), file("userKeyFile", key)]);
        }
        format!("kurrentdb://{node}?{}", options.join("&"))
    }
}

/// Credentials, hosts and options. A sign that ends the hosts may not stand in a name or password as it is.
fn parts(rest: &str) -> Result<(Option<&str>, &str, &str), AddressError> {
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, options) = rest.split_at(end);
    let (credentials, hosts) = match authority.rsplit_once('@') {
        Some((credentials, hosts)) => (Some(credentials), hosts),
        // The hosts end before the `@` that belongs to them, unless it is an option's.
        None if options.contains('@') && !authority.split(',').all(|host| read_node(host).is_ok()) => {
            return wrong(MISREAD);
        }
        None => (None, authority),
    };
    // A password that ends the hosts by a `#` can be told from nothing else.
    let options = match options.strip_prefix('/').unwrap_or(options) {
        "" => "",
        options => match options.strip_prefix('?') {
            Some(options) if !options.contains('#') => options,
            _ if options.contains('@') => return wrong(MISREAD),
            _ => {
                return wrong(
                    "has something else than options behind the hosts; write ?tls=false, for example",
                );
            }
        },
    };
    Ok((credentials, hosts, options))
}

const MISREAD: &str = "has a sign in its name or password that means something else there; write it with %: %23 for #, %2F for /, \
                       %3A for :, %3F for ?, %40 for @";

fn read_credentials(text: &str) -> Result<(String, String), AddressError> {
    let Some((user, password)) = text.split_once(':') else {
        return wrong("names a user without a password; write user:password@host");
    };
    if user.is_empty() || password.is_empty() {
        return wrong("has an empty name or password; write user:password@host");
    }
    let decode = |text| match percent_decode_str(text).decode_utf8() {
        Ok(text) => Ok(text.into_owned()),
        Err(_) => wrong("has a name or password that is no UTF-8"),
    };
    Ok((decode(user)?, decode(password)?))
}

fn read_node(text: &str) -> Result<Node, AddressError> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => bracketed(rest)?,
        None => named(text)?,
    };
    if host.is_empty() {
        return wrong("names no host");
    }
    let Ok(port) = port.map_or(Ok(PORT), str::parse) else {
        return wrong("has no port number behind a host");
    };
    if port == 0 {
        return wrong("names port 0, at which nothing listens");
    }
    Ok(Node {
        host: host.to_owned(),
        port,
    })
}

/// An address of IPv6 in brackets, of which the first is read, and its port.
fn bracketed(rest: &str) -> Result<(&str, Option<&str>), AddressError> {
    let Some((host, behind)) = rest.split_once(']') else {
        return wrong("has an address without its closing bracket");
    };
    let port = behind.strip_prefix(':');
    if host.parse::<Ipv6Addr>().is_err() || (port.is_none() && !behind.is_empty()) {
        return wrong("has brackets around something else than an address of IPv6");
    }
    Ok((host, port))
}

/// A name or an address, and its port.
fn named(text: &str) -> Result<(&str, Option<&str>), AddressError> {
    let (host, port) = match text.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (text, None),
    };
    if port.is_some_and(|port| port.contains(':')) {
        return wrong("has an address of IPv6 without brackets around it");
    }
    let plain = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '.' | '-' | '_');
    if !host.chars().all(plain) {
        return wrong(
            "has a host with a sign that no host has; write host:port, several with commas between",
        );
    }
    Ok((host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_credentials_and_options_are_read_and_the_password_is_never_shown() {
        let address =
            Address::parse("kurrentdb://ad%40min:s3cr%3At@a,b:2114,[::1]:2115?tls=false&gossipTimeout=500")
                .unwrap();
        let seeds: Vec<String> = address.seeds.iter().map(Node::to_string).collect();
        assert_eq!(seeds, ["a:2113", "b:2114", "[::1]:2115"]);
        assert_eq!(
            address.credentials,
            Some(("ad@min".to_owned(), "s3cr:t".to_owned()))
        );
        assert!(address.cluster && !address.tls);
        assert_eq!(address.gossip_timeout, Duration::from_millis(500));
        assert!(!format!("{address:?}{address}").contains("s3cr"));
    }

    #[test]
    fn one_host_is_a_node_and_with_discover_a_cluster() {
        assert!(!Address::parse("esdb://localhost?tls=false").unwrap().cluster);
        assert!(Address::parse("kurrentdb+discover://localhost").unwrap().cluster);
    }

    #[test]
    fn an_unchecked_certificate_is_told_apart_from_no_tls() {
        let verified = |text| Address::parse(text).unwrap().is_verified();
        assert!(verified("esdb://a") && verified("esdb://a?tls=false"));
        assert!(!verified("esdb://a?tlsVerifyCert=false"));
        assert!(verified("esdb://a?tlsVerifyCert=false&tls=false"));
    }

    #[test]
    fn what_would_break_the_promises_is_refused_with_a_reason() {
        for (text, reason) in [
            ("http://a", "kurrentdb://"),
            ("kurrentdb://", "no host"),
            ("kurrentdb://a:x", "no port number"),
            ("kurrentdb://a?nodePreference=follower", "leader"),
            ("kurrentdb://u@a", "without a password"),
            ("kurrentdb://a?tls=perhaps", "true or false"),
            ("kurrentdb://a?userKeyFile=k", "both"),
            ("kurrentdb://a:0", "port 0"),
            ("kurrentdb://a b", "blank"),
            ("kurrentdb://::1", "brackets"),
            ("kurrentdb://[a]", "IPv6"),
            ("kurrentdb://a/b", "behind the hosts"),
        ] {
            let error = Address::parse(text).unwrap_err().to_string();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }

    /// Whatever is mistyped, nothing of it is repeated.
    #[test]
    fn an_error_holds_nothing_of_the_text() {
        for text in [
            "kurrentdb://admin:s3#cret@host",
            "kurrentdb://admin:s3/cret@host:2113",
            "kurrentdb://admin:s3?cret@host",
            "kurrentdb://admin:12?cret=s3@host",
            "kurrentdb://admin:s3@cret@ho st",
            "kurrentdb://admin:s3cret@host:port",
            "kurrentdb://s3cret@host",
            "kurrentdb://admin:s3cret@host?s3cret=s3cret",
            "kurrentdb://admin:s3cret@host?tls=s3cret",
            "kurrentdb://admin:s3cret@host?s3cret",
            "kurrentdb://admin:s3cret@[host",
            "kurrentdb://admin:%ff@host",
        ] {
            let error = Address::parse(text).unwrap_err().to_string();
            assert!(
                !error.contains("s3") && !error.contains("cret") && !error.contains("admin"),
                "{text}: {error}"
            );
        }
    }

    #[test]
    fn signs_of_a_url_in_a_password_are_read_or_the_way_to_write_them_is_told() {
        let password = |text| Address::parse(text).unwrap().credentials.unwrap().1;
        assert_eq!(password("kurrentdb://admin:a@b@host?tls=false"), "a@b");
        assert_eq!(password("kurrentdb://admin:a%23b@host?tls=false"), "a#b");
        for text in [
            "kurrentdb://admin:a#b@host",
            "kurrentdb://admin:a/b@host",
            "kurrentdb://admin:a?b@host",
        ] {
            let error = Address::parse(text).unwrap_err().to_string();
            assert!(error.contains("%23"), "{text}: {error}");
        }
    }

    #[test]
    fn people_are_shown_scheme_and_nodes_alone() {
        let address =
            Address::parse("esdb+discover://u:p@[::1]:7,b?tls=False&userCertFile=/c&userKeyFile=/k").unwrap();
        assert_eq!(address.to_string(), "esdb+discover://[::1]:7,b:2113");
        assert!(!address.is_encrypted());
    }

    #[test]
    fn the_official_client_reads_what_is_made_for_it() {
        for (text, node) in [
            ("kurrentdb+discover://u:p%23@[::1]?tls=False", "[::1]:2113"),
            ("kurrentdb://a?tlsCAFile=/with%20blank%26and/ca.pem", "a:2113"),
        ] {
            let address = Address::parse(text).unwrap();
            let made = address.for_official(&address.seeds[0]);
            let read: kurrentdb::ClientSettings = made.parse().unwrap();
            let host = &read.hosts()[0];
            assert_eq!(format!("{}:{}", host.host, host.port), node);
            assert_eq!(read.is_secure_mode_enabled(), address.tls);
            assert_eq!(
                read.tls_ca_file().map(std::path::PathBuf::from),
                address.ca_file.clone()
            );
        }
    }
}
