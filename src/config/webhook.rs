//! `[organizations.webhook]`: where an organization takes its answers, and what they are signed with.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use url::Url;

use super::check::{self, Problems};

/// What a secret begins with, before its base64.
const PREFIX: &str = "whsec_";
/// How a secret is made.
const MAKE: &str = "`echo whsec_$(openssl rand -base64 32)` makes one";
/// Bytes of a secret (Standard Webhooks, "Signature scheme").
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// Where an organization takes its answers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookSetting {
    /// The URL to post to.
    #[serde(deserialize_with = "check::url")]
    pub url: Url,
    /// The signing secret of Standard Webhooks: `whsec_` and base64.
    #[serde(default, deserialize_with = "check::secret")]
    pub secret: Option<SecretString>,
    /// A file that holds the signing secret.
    #[serde(default, deserialize_with = "check::file")]
    pub secret_file: Option<PathBuf>,
    /// The secret before it: while it stands here, each answer is signed with both.
    #[serde(default, deserialize_with = "check::secret")]
    pub previous_secret: Option<SecretString>,
    /// A file that holds the secret before it.
    #[serde(default, deserialize_with = "check::file")]
    pub previous_secret_file: Option<PathBuf>,
    /// From when on the secret before it signs no longer.
    #[serde(default)]
    pub previous_secret_until: Option<DateTime<Utc>>,
}

impl WebhookSetting {
    pub(super) fn check(&self, key: &str, problems: &mut Problems<'_>) {
        problems.check_url(&format!("{key}.url"), &self.url);
        problems.check_one_secret(
            &format!("{key}.secret"),
            self.secret.is_some() && self.secret_file.is_some(),
        );
        problems.check_one_secret(
            &format!("{key}.previous_secret"),
            self.previous_secret.is_some() && self.previous_secret_file.is_some(),
        );
        let has_previous = self.previous_secret.is_some() || self.previous_secret_file.is_some();
        if self.previous_secret_until.is_some() && !has_previous {
            problems.add(
                &format!("{key}.previous_secret_until"),
                "there is no previous secret that could sign until then; write previous_secret or \
                 previous_secret_file, or take this out",
            );
        }
    }

    /// Reads the secrets' files and checks that the secrets can sign.
    pub(super) fn read_secrets(&mut self, key: &str, index: usize, problems: &mut Problems<'_>) {
        let from_file = self.secret.is_none() && self.secret_file.is_some();
        if let (None, Some(file)) = (&self.secret, &self.secret_file) {
            self.secret = problems.read_secret(&format!("{key}.secret_file"), file);
        }
        match &self.secret {
            // Why is told already.
            None if from_file => {}
            None => problems.add(
                &format!("{key}.secret"),
                format!(
                    "this is missing; set CHRONUS_TEAMS_ORGANIZATIONS__{index}__WEBHOOK__SECRET or {key}.secret_file; {MAKE}"
                ),
            ),
            Some(secret) => check_secret(&format!("{key}.secret"), secret, problems),
        }
        if let (None, Some(file)) = (&self.previous_secret, &self.previous_secret_file) {
            self.previous_secret = problems.read_secret(&format!("{key}.previous_secret_file"), file);
        }
        if let Some(secret) = &self.previous_secret {
            check_secret(&format!("{key}.previous_secret"), secret, problems);
        }
    }
}

fn check_secret(key: &str, secret: &SecretString, problems: &mut Problems<'_>) {
    let text = secret.expose_secret();
    let bytes = STANDARD.decode(text.strip_prefix(PREFIX).unwrap_or(text));
    let Ok(bytes) = bytes else {
        problems.add(
            key,
            format!("this cannot sign; write whsec_ and the base64 of 24 to 64 random bytes; {MAKE}"),
        );
        return;
    };
    if !SECRET_BYTES.contains(&bytes.len()) {
        problems.add(
            key,
            format!(
                "this is a secret of {} bytes, and whoever guesses it can sign in our name; write whsec_ and the base64 \
                 of 24 to 64 random bytes; {MAKE}",
                bytes.len()
            ),
        );
    }
}
