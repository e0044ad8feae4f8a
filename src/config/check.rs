//! Collects what is wrong, and the checks that several groups share.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde::{Deserialize, Deserializer, de};
use url::{Host, Url};

use super::origins::Origins;
use super::{ConfigError, Problem};

/// The longest secret that a file may hold; more is surely the wrong file.
const MAX_SECRET_BYTES: u64 = 64 * 1_024;

/// Everything found so far.
#[derive(Debug)]
pub(super) struct Problems<'o> {
    origins: &'o Origins,
    found: Vec<Problem>,
}

impl<'o> Problems<'o> {
    pub(super) fn new(origins: &'o Origins) -> Self {
        Self {
            origins,
            found: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, key: &str, what: impl Into<String>) {
        self.found.push(Problem {
            key: key.to_owned(),
            origin: self.origins.of(key),
            what: what.into(),
        });
    }

    /// Says first, where anything was found, what explains all of it.
    pub(super) fn begin_with(&mut self, what: impl Into<String>) {
        if !self.found.is_empty() {
            let (key, origin) = (String::new(), String::new());
            self.found.insert(
                0,
                Problem {
                    key,
                    origin,
                    what: what.into(),
                },
            );
        }
    }

    pub(super) fn extend(&mut self, more: Vec<Problem>) {
        self.found.extend(more);
    }

    pub(super) fn into_error(self) -> ConfigError {
        ConfigError { problems: self.found }
    }

    pub(super) fn into_result<T>(self, value: T) -> Result<T, ConfigError> {
        if self.found.is_empty() {
            Ok(value)
        } else {
            Err(self.into_error())
        }
    }

    /// A URL that leaves this machine must be encrypted.
    pub(super) fn check_url(&mut self, key: &str, url: &Url) {
        let loopback = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        if url.scheme() != "https" && !(loopback && url.scheme() == "http") {
            self.add(
                key,
                "this URL is neither https nor on this machine; write https://…",
            );
        }
        if !url.username().is_empty() || url.password().is_some() {
            self.add(
                key,
                "a URL here may not carry a user name or password; take them out",
            );
        }
    }

    /// A secret comes from one place only.
    pub(super) fn check_one_secret(&mut self, key: &str, both: bool) {
        if both {
            self.add(
                key,
                format!("both {key} and {key}_file are given; keep one of them"),
            );
        }
    }

    /// Reads a secret's file; a mark of the byte order and the last line's end do not count.
    pub(super) fn read_secret(&mut self, key: &str, file: &Path) -> Option<SecretString> {
        let read = std::fs::metadata(file).and_then(|about| {
            if about.len() > MAX_SECRET_BYTES {
                return Err(std::io::Error::other("it is longer than a secret can be"));
            }
            std::fs::read_to_string(file)
        });
        match read {
            Ok(text) if secret_of(&text).trim().is_empty() => {
                self.add(
                    key,
                    format!("{} is empty; write the secret into it", file.display()),
                );
                None
            }
            Ok(text) => Some(SecretString::from(secret_of(&text))),
            Err(error) => {
                let fix = if error.kind() == ErrorKind::NotFound {
                    "write the secret into it, or name the file that holds it"
                } else if error.kind() == ErrorKind::PermissionDenied {
                    "let the user that runs this program read it"
                } else {
                    "name the file that holds the secret alone"
                };
                self.add(key, format!("{} cannot be read ({error}); {fix}", file.display()));
                None
            }
        }
    }
}

/// The secret in a file's text, as editors of every system write it.
fn secret_of(text: &str) -> &str {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.trim_end_matches(['\r', '\n'])
}

/// Reads a URL.
pub(super) fn url<'de, D: Deserializer<'de>>(from: D) -> Result<Url, D::Error> {
    let text = String::deserialize(from)?;
    Url::parse(&text).map_err(|error| {
        de::Error::custom(format!(
            "{text:?} is not a URL ({error}); write it with its scheme, such as https://chronus.example/hook"
        ))
    })
}

/// Reads a secret.
pub(super) fn secret<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SecretString>, D::Error> {
    Option::<String>::deserialize(from).map(|text| text.map(SecretString::from))
}

/// Reads a file name.
pub(super) fn file<'de, D: Deserializer<'de>>(from: D) -> Result<Option<PathBuf>, D::Error> {
    match Option::<String>::deserialize(from)? {
        Some(name) if name.trim().is_empty() => Err(de::Error::custom("the file's name is empty")),
        name => Ok(name.map(PathBuf::from)),
    }
}
