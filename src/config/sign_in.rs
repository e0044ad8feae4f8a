//! `[organizations.sign_in]`: people who call the API with a token of their organization's own issuer instead of a key.

use std::collections::HashSet;

use chrono::TimeDelta;
use serde::Deserialize;
use url::Url;

use super::api_keys::Role;
use super::check::{self, Problems};

/// Where an issuer that does not say otherwise announces its keys, below its own address.
const DISCOVERY: &str = ".well-known/openid-configuration";

/// How a token is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
pub enum TokenAlgorithm {
    /// RSA with SHA-256.
    #[serde(rename = "RS256")]
    Rs256,
    /// ECDSA on P-256 with SHA-256.
    #[serde(rename = "ES256")]
    Es256,
}

impl TokenAlgorithm {
    /// As the JWT library calls it.
    pub(crate) fn of_library(self) -> jsonwebtoken::Algorithm {
        match self {
            Self::Rs256 => jsonwebtoken::Algorithm::RS256,
            Self::Es256 => jsonwebtoken::Algorithm::ES256,
        }
    }
}

/// What a value of the claim allows.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// The value, compared exactly: the name of an app role, or a group's object id.
    pub value: String,
    /// What whoever has it may do.
    pub roles: Vec<Role>,
}

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The token's `iss`, compared exactly.
    pub issuer: String,
    /// The token's `aud`.
    pub audience: String,
    /// The OpenID document that names the issuer's keys; found below the issuer where neither this nor `keys_url` is given.
    #[serde(default, deserialize_with = "optional_url")]
    pub metadata_url: Option<Url>,
    /// The keys themselves, where there is no such document.
    #[serde(default, deserialize_with = "optional_url")]
    pub keys_url: Option<Url>,
    /// How a token may be signed.
    #[serde(default = "algorithms")]
    pub algorithms: Vec<TokenAlgorithm>,
    /// How far the issuer's clock and this one may differ, in seconds.
    #[serde(default = "skew")]
    pub clock_skew_seconds: u32,
    /// The claim that says what somebody may do: a text, or a list of them.
    #[serde(default = "claim")]
    pub claim: String,
    /// The claim that says who it is, as the audit keeps it. `oid`, or `sub` where a token has none, where nothing is said.
    #[serde(default)]
    pub person_claim: Option<String>,
    /// What the values of the claim allow.
    #[serde(default)]
    pub grants: Vec<Grant>,
}

fn optional_url<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Url>, D::Error> {
    check::url(from).map(Some)
}

fn algorithms() -> Vec<TokenAlgorithm> {
    vec![TokenAlgorithm::Rs256]
}

fn skew() -> u32 {
    60
}

fn claim() -> String {
    "roles".to_owned()
}

impl SignIn {
    /// How far clocks may differ.
    pub(crate) fn clock_skew(&self) -> TimeDelta {
        TimeDelta::seconds(i64::from(self.clock_skew_seconds))
    }

    /// Where the keys are found: the OpenID document, where they have no address of their own.
    pub(crate) fn discovery(&self) -> Option<Url> {
        match (&self.metadata_url, &self.keys_url) {
            (Some(url), _) => Some(url.clone()),
            (None, Some(_)) => None,
            (None, None) => Url::parse(&format!("{}/{DISCOVERY}", self.issuer.trim_end_matches('/'))).ok(),
        }
    }

    /// What somebody with these values of the claim may do.
    pub(crate) fn roles_of<'v>(&self, values: impl Iterator<Item = &'v str>) -> Vec<Role> {
        let values: HashSet<&str> = values.collect();
        let granted = self.grants.iter();
        let granted = granted.filter(|grant| values.contains(grant.value.as_str()));
        let mut roles: Vec<Role> = granted.flat_map(|grant| grant.roles.iter().copied()).collect();
        roles.sort_unstable();
        roles.dedup();
        roles
    }

    pub(super) fn check(&self, key: &str, problems: &mut Problems<'_>) {
        match Url::parse(&self.issuer) {
            Ok(url) => problems.check_url(&format!("{key}.issuer"), &url),
            Err(_) => problems.add(
                &format!("{key}.issuer"),
                "an issuer is a URL; write the iss of its tokens, such as https://login.microsoftonline.com/<tenant id>/v2.0",
            ),
        }
        for (name, url) in [("metadata_url", &self.metadata_url), ("keys_url", &self.keys_url)] {
            if let Some(url) = url {
                problems.check_url(&format!("{key}.{name}"), url);
            }
        }
        if self.metadata_url.is_some() && self.keys_url.is_some() {
            problems.add(
                &format!("{key}.keys_url"),
                "the keys are found by metadata_url or stand at keys_url; keep one of them",
            );
        }
        if self.algorithms.is_empty() {
            problems.add(
                &format!("{key}.algorithms"),
                "no token could be taken; write \"RS256\", \"ES256\" or both, or leave it out",
            );
        }
        for (name, text) in [
            ("audience", Some(&self.audience)),
            ("claim", Some(&self.claim)),
            ("person_claim", self.person_claim.as_ref()),
        ] {
            if text.is_some_and(|text| text.trim().is_empty()) {
                problems.add(
                    &format!("{key}.{name}"),
                    "this is empty; write what tokens have there",
                );
            }
        }
        if self.grants.is_empty() {
            problems.add(
                &format!("{key}.grants"),
                "nobody could do anything; write such as [{ value = \"Chronus.Admin\", roles = [\"admin\"] }]",
            );
        }
        for (number, grant) in self.grants.iter().enumerate() {
            if grant.value.trim().is_empty() || grant.roles.is_empty() {
                problems.add(
                    &format!("{key}.grants[{number}]"),
                    "name a value of the claim and at least one of ingest, read, analyst, audit, admin",
                );
            }
        }
    }
}
