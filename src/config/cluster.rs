//! What concerns several service nodes on one store: how they share the work, and where the keys are.

use std::path::{Path, PathBuf};
use std::time::Duration;

use actors::partition::leases::LeaseSettings;
use events::NodeId;
use events::sealing::sqlite::Masters;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use url::Url;

use super::check::{self, Problems};

/// Shortest token that is taken: 32 characters, as 24 random bytes have in base64.
const SHORTEST_TOKEN: usize = 32;

/// How long leases hold where nobody says otherwise. With it the signs of life of a node are under 5 MB a day.
const LEASE_SECONDS: u64 = 15;

/// `[cluster]`: how nodes on one KurrentDB cluster share the work. Means nothing on the embedded store.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cluster {
    /// What this node is called in `/readyz`, metrics and logs; each start adds something of its own.
    pub node: String,
    /// How long a silent node keeps its work before the others take it over, in seconds.
    pub lease_seconds: u64,
}

impl Default for Cluster {
    fn default() -> Self {
        Self {
            node: "node".to_owned(),
            lease_seconds: LEASE_SECONDS,
        }
    }
}

impl Cluster {
    pub(super) fn check(&self, problems: &mut Problems<'_>) {
        if let Err(error) = NodeId::parse(&self.node) {
            problems.add(
                "cluster.node",
                format!("{error}; write letters, digits, dashes and dots"),
            );
        }
    }

    /// How leases are kept.
    pub fn lease_settings(&self) -> LeaseSettings {
        LeaseSettings::of_span(Duration::from_secs(self.lease_seconds))
    }
}

/// `[keys]`: where the keys that open personal values are, if not in the data folder.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Keys {
    /// The key service; without it the keys lie in the data folder.
    #[serde(deserialize_with = "optional_url")]
    pub url: Option<Url>,
    /// What key service and nodes show each other.
    #[serde(deserialize_with = "check::secret")]
    pub token: Option<SecretString>,
    /// A file that holds it.
    #[serde(deserialize_with = "check::file")]
    pub token_file: Option<PathBuf>,
    /// Let keys travel over unencrypted HTTP, on a network that carries nothing else.
    pub plain_http: bool,
    /// Nodes: the certificates (PEM) of the authorities that alone are trusted for the key service.
    #[serde(deserialize_with = "check::file")]
    pub authority_file: Option<PathBuf>,
    /// What stands in that file, once it was read.
    #[serde(skip)]
    pub authority: Option<Vec<u8>>,
    /// Key service: its chain of certificates (PEM), its own first.
    #[serde(deserialize_with = "check::file")]
    pub tls_certificate_file: Option<PathBuf>,
    /// Key service: the private key (PEM).
    #[serde(deserialize_with = "check::file")]
    pub tls_key_file: Option<PathBuf>,
    /// The master key under which keys lie wrapped: 32 bytes, in hexadecimal digits or base64.
    #[serde(deserialize_with = "check::secret")]
    pub master_key: Option<SecretString>,
    /// A file that holds it.
    #[serde(deserialize_with = "check::file")]
    pub master_key_file: Option<PathBuf>,
    /// A program and its arguments that print it.
    pub master_key_command: Option<Vec<String>>,
    /// Files of the master keys before it, until every key lies under the new one.
    pub previous_master_key_files: Vec<PathBuf>,
    /// The master keys, once they were read.
    #[serde(skip)]
    pub masters: Masters,
}

impl Keys {
    pub(super) fn check(&self, problems: &mut Problems<'_>) {
        problems.check_one_secret("keys.token", self.token.is_some() && self.token_file.is_some());
        if let Some(url) = self
            .url
            .as_ref()
            .filter(|url| !(self.plain_http && url.scheme() == "http"))
        {
            problems.check_url("keys.url", url);
        }
        self.check_master(problems);
        if self.tls_certificate_file.is_some() != self.tls_key_file.is_some() {
            problems.add(
                "keys.tls_certificate_file",
                "a certificate needs its private key and the other way round; write keys.tls_key_file as well",
            );
        }
    }

    /// The files of the key service's certificate and private key.
    pub fn tls_files(&self) -> Option<(&Path, &Path)> {
        Some((
            self.tls_certificate_file.as_deref()?,
            self.tls_key_file.as_deref()?,
        ))
    }

    /// Reads the token where keys are elsewhere, or are given to others.
    pub(super) fn demand(&mut self, serving: bool, problems: &mut Problems<'_>) {
        if self.url.is_none() {
            self.masters = self.read_masters(problems);
            if !serving {
                return;
            }
        }
        if let Some(file) = self.authority_file.as_ref().filter(|_| !serving) {
            match std::fs::read(file) {
                Ok(pem) => self.authority = Some(pem),
                Err(error) => problems.add(
                    "keys.authority_file",
                    format!("{} cannot be read ({error})", file.display()),
                ),
            }
        }
        if let (None, Some(file)) = (&self.token, &self.token_file) {
            self.token = problems.read_secret("keys.token_file", file);
            if self.token.is_none() {
                return;
            }
        }
        let token = self
            .token
            .as_ref()
            .map(|token| token.expose_secret().trim().len());
        if token.is_none_or(|length| length < SHORTEST_TOKEN) {
            problems.add(
                "keys.token",
                format!(
                    "this is missing or shorter than {SHORTEST_TOKEN} characters; set CHRONUS_TEAMS_KEYS__TOKEN or \
                     keys.token_file, the same for the key service and every node"
                ),
            );
        }
    }
}

fn optional_url<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Url>, D::Error> {
    check::url(from).map(Some)
}
