//! Keys: those that Microsoft signs with, and the service that holds ours.

use super::finding::{Check, Finding};
use super::places::shown;
use crate::config::{Config, Issuer};
use crate::http_client::failure;
use crate::teams::keys::{self, FetchKeysError};

/// Fetches an issuer's keys, as the service does at its start.
pub(super) async fn signing(issuer: &Issuer, endorsed: bool, http: &reqwest::Client) -> Vec<Finding> {
    let about = shown(&issuer.metadata_url);
    let channel = endorsed.then_some(crate::teams::auth::CHANNEL);
    vec![
        match keys::count(http, issuer.metadata_url.as_str(), channel).await {
            Ok(count) => Finding::good(
                Check::SigningKeys,
                about,
                format!("{count} keys that may sign for Teams"),
            ),
            Err(error) => {
                let fix = match &error {
                    FetchKeysError::Request { .. } | FetchKeysError::Body { .. } => {
                        "let this machine reach that host: without its keys nothing from Teams can be checked"
                    }
                    FetchKeysError::Status { .. } | FetchKeysError::Json { .. } => {
                        "correct teams.issuers[].metadata_url; leave teams.issuers out for Microsoft's public cloud"
                    }
                    FetchKeysError::InsecureUrl { .. } => "write a URL that begins with https",
                    FetchKeysError::NoKeys { .. } => {
                        "correct teams.issuers[].metadata_url; a stand-in's keys may need teams.require_endorsements = false"
                    }
                };
                Finding::wrong(Check::SigningKeys, about, error.to_string(), fix)
            }
        },
    ]
}

/// Asks the key service whether it is there, where the configuration names one.
pub(super) async fn service(config: &Config, http: &reqwest::Client) -> Vec<Finding> {
    let Some(url) = &config.keys.url else {
        return Vec::new();
    };
    let about = shown(url);
    if config.keys.authority_file.is_some() {
        let why = "its authority is its own; `serve` tells at its start whether it answers";
        return vec![Finding::skipped(Check::KeyService, about, why)];
    }
    let Ok(health) = url.join("/healthz") else {
        return Vec::new();
    };
    vec![match http.get(health).send().await {
        Ok(answer) if answer.status().is_success() => Finding::good(Check::KeyService, about, "it answers"),
        Ok(answer) => Finding::wrong(
            Check::KeyService,
            about,
            format!("it answers {}", answer.status().as_u16()),
            "correct keys.url: it names something else than a key service",
        ),
        Err(error) => Finding::wrong(
            Check::KeyService,
            about,
            format!("it does not answer ({})", failure(&error)),
            "start it (chronus-teams key-service), or let this machine reach it",
        ),
    }]
}
