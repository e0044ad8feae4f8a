//! `[traces]`: who is told of threads as OpenTelemetry traces.

use std::path::PathBuf;

#[cfg(feature = "otel")]
use reqwest::header::HeaderMap;
use reqwest::header::{HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};
use url::Url;

use super::check::{self, Problems};

/// `[traces]`: who is told of threads as OpenTelemetry traces.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Traces {
    /// The collector's address for OTLP over HTTP, such as `http://127.0.0.1:4318`; nobody is told without it.
    #[serde(deserialize_with = "address")]
    pub endpoint: Option<Url>,
    /// The header that the collector asks for.
    pub header_name: String,
    /// What stands in it.
    #[serde(deserialize_with = "check::secret")]
    pub header_value: Option<SecretString>,
    /// A file that holds it.
    #[serde(deserialize_with = "check::file")]
    pub header_value_file: Option<PathBuf>,
}

impl Default for Traces {
    fn default() -> Self {
        Self {
            endpoint: None,
            header_name: "authorization".to_owned(),
            header_value: None,
            header_value_file: None,
        }
    }
}

impl Traces {
    pub(super) fn check(&self, problems: &mut Problems<'_>) {
        if let Some(endpoint) = &self.endpoint {
            problems.check_url("traces.endpoint", endpoint);
            if cfg!(not(feature = "otel")) {
                problems.add(
                    "traces.endpoint",
                    "this program was built without traces; build it with the feature otel, or take this out",
                );
            }
        }
        problems.check_one_secret(
            "traces.header_value",
            self.header_value.is_some() && self.header_value_file.is_some(),
        );
        if HeaderName::try_from(&self.header_name).is_err() {
            problems.add(
                "traces.header_name",
                "this is no name of a header; write one such as authorization or api-key",
            );
        }
    }

    /// Reads the file with the header's value, where there is one.
    pub(super) fn demand(&mut self, problems: &mut Problems<'_>) {
        let mut key = "traces.header_value";
        if let (None, Some(file)) = (&self.header_value, &self.header_value_file) {
            key = "traces.header_value_file";
            self.header_value = problems.read_secret(key, file);
        }
        let value = self.header_value.as_ref().map(ExposeSecret::expose_secret);
        if value.is_some_and(|value| HeaderValue::try_from(value).is_err()) {
            problems.add(
                key,
                "this cannot stand in a header; write it as one line of visible characters",
            );
        }
    }
}

#[cfg(feature = "otel")]
impl Traces {
    /// What the collector wants to see in each request; marked, so that it is never printed.
    pub fn headers(&self) -> HeaderMap {
        let name = HeaderName::try_from(&self.header_name).ok();
        let value = self.header_value.as_ref().map(ExposeSecret::expose_secret);
        let value = value.and_then(|value| HeaderValue::try_from(value).ok());
        let header = name.zip(value).map(|(name, mut value)| {
            value.set_sensitive(true);
            (name, value)
        });
        header.into_iter().collect()
    }
}

fn address<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Url>, D::Error> {
    check::url(from).map(Some)
}
