//! Connection strings: `kurrentdb://user:password@host:2113,other:2113?tls=true`, in the form that KurrentDB's own
//! clients read. What would change the promises of the store is refused; what has no meaning here is told.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use percent_encoding::percent_decode_str;

/// The port of a node that none is named for.
pub(super) const PORT: u16 = 2113;

/// Why a connection string cannot be used. Never holds the password.
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
    /// The text without the credentials, for the official client and for people.
    shown: String,
    text: String,
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

/// Without the credentials.
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
        let (scheme, rest) = text.split_once("://").unwrap_or_default();
        let (authority, query) = match rest.find(['/', '?']) {
            Some(end) => (&rest[..end], rest[end..].trim_start_matches('/')),
            None => (rest, ""),
        };
        let query = query.strip_prefix('?').unwrap_or(query);
        let (credentials, hosts) = match authority.rsplit_once('@') {
            Some((user, hosts)) => (Some(read_credentials(user)?), hosts),
            None => (None, authority),
        };
        let seeds = hosts.split(',').map(read_node).collect::<Result<Vec<_>, _>>()?;
        let shown = match query {
            "" => format!("{scheme}://{hosts}"),
            query => format!("{scheme}://{hosts}?{query}"),
        };
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
            shown,
            text: text.to_owned(),
        };
        address.read_options(query)?;
        Ok(address)
    }

    /// Whether nodes are known to be who they say they are: a certificate is checked, or the network is trusted by
    /// name (`tls=false`).
    pub fn is_verified(&self) -> bool {
        !self.tls || self.verified
    }

    /// The whole text, with the credentials: for the official client alone.
    pub(super) fn with_credentials(&self) -> &str {
        &self.text
    }

    fn read_options(&mut self, query: &str) -> Result<(), AddressError> {
        let (mut certificate, mut key) = (None, None);
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let Some((name, value)) = pair.split_once('=') else {
                return wrong(format!("has the option {pair:?} without a value"));
            };
            let value = percent_decode_str(value).decode_utf8_lossy();
            match name.to_ascii_lowercase().as_str() {
                "tls" => self.tls = flag(name, &value)?,
                "tlsverifycert" => self.verified = flag(name, &value)?,
                "tlscafile" => self.ca_file = Some(value.as_ref().into()),
                "usercertfile" => certificate = Some(value.as_ref().into()),
                "userkeyfile" => key = Some(value.as_ref().into()),
                "gossiptimeout" => self.gossip_timeout = millis(name, &value)?.unwrap_or(self.gossip_timeout),
                "keepaliveinterval" => self.keep_alive = millis(name, &value)?,
                "keepalivetimeout" => {
                    self.keep_alive_timeout = millis(name, &value)?.unwrap_or(self.keep_alive_timeout);
                }
                "defaultdeadline" => self.deadline = millis(name, &value)?,
                "connectionname" => self.connection_name = Some(value.into_owned()),
                "nodepreference" => {
                    if !value.eq_ignore_ascii_case("leader") {
                        return wrong(
                            "prefers another node than the leader; only there a read sees every append",
                        );
                    }
                }
                // The store goes on looking as long as its patience lasts.
                "maxdiscoverattempts" | "discoveryinterval" | "throwonappendfailure" => {}
                _ => tracing::warn!(option = name, "an option of the connection string is not known"),
            }
        }
        self.identity = match (certificate, key) {
            (Some(certificate), Some(key)) => Some((certificate, key)),
            (None, None) => None,
            _ => return wrong("names one of userCertFile and userKeyFile; both are needed"),
        };
        Ok(())
    }
}

fn read_credentials(text: &str) -> Result<(String, String), AddressError> {
    let Some((user, password)) = text.split_once(':') else {
        return wrong("names a user without a password; write user:password@host");
    };
    let decode = |text| percent_decode_str(text).decode_utf8_lossy().into_owned();
    Ok((decode(user), decode(password)))
}

fn read_node(text: &str) -> Result<Node, AddressError> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((host, port)) => (host, port.strip_prefix(':')),
            None => return wrong("has an address without its closing bracket"),
        },
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    let Ok(port) = port.map_or(Ok(PORT), str::parse) else {
        return wrong(format!("has no port number behind the host {host:?}"));
    };
    if host.is_empty() {
        return wrong("names no host");
    }
    Ok(Node {
        host: host.to_owned(),
        port,
    })
}

fn flag(name: &str, value: &str) -> Result<bool, AddressError> {
    match value.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => wrong(format!("sets {name} to {value:?}; write true or false")),
    }
}

/// Milliseconds; -1 is none.
fn millis(name: &str, value: &str) -> Result<Option<Duration>, AddressError> {
    match value.parse::<i64>() {
        Ok(-1) => Ok(None),
        Ok(millis) if millis > 0 => Ok(Some(Duration::from_millis(millis.unsigned_abs()))),
        _ => wrong(format!(
            "sets {name} to {value:?}; write milliseconds, or -1 for none"
        )),
    }
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
        ] {
            let error = Address::parse(text).unwrap_err().to_string();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}
