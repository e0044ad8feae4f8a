//! Keys: those that Microsoft signs with, and the service that holds ours.

use events::sealing::sqlite::KeysCopy;

use super::finding::{Check, Finding};
use super::places::shown;
use crate::config::{Config, Issuer, Organization};
use crate::http_client::failure;
use crate::sign_in;
use crate::teams::auth::TrustedIssuer;
use crate::teams::keys::{self, FetchKeysError, KeySource};

/// Fetches the keys of an issuer of Teams', as the service does at its start.
pub(super) async fn signing(issuer: &Issuer, endorsed: bool, http: &reqwest::Client) -> Vec<Finding> {
    let trusted = TrustedIssuer {
        issuer: issuer.issuer.clone(),
        metadata_url: issuer.metadata_url.to_string(),
        require_endorsement: endorsed,
    };
    let (about, fixes) = (
        shown(&issuer.metadata_url),
        Fixes {
            unreached: "let this machine reach that host: without its keys nothing from Teams can be checked",
            wrong: "correct teams.issuers[].metadata_url; leave teams.issuers out for Microsoft's public cloud",
            none: "correct teams.issuers[].metadata_url; a stand-in's keys may need teams.require_endorsements = false",
        },
    );
    vec![fetched(&trusted.keys(), about, "that may sign for Teams", &fixes, http).await]
}

/// Fetches the keys of an organization's own issuer.
pub(super) async fn of_people(organization: &Organization, http: &reqwest::Client) -> Vec<Finding> {
    let Some(source) = organization.sign_in.as_ref().and_then(sign_in::source) else {
        return Vec::new();
    };
    let fixes = Fixes {
        unreached: "let this machine reach that host: without its keys no person can call the API with a token",
        wrong: "correct organizations[].sign_in: issuer is the iss of its tokens and of its OpenID document, metadata_url or keys_url \
                where that or its keys are",
        none: "name the algorithms of the issuer's keys in organizations[].sign_in.algorithms",
    };
    let about = organization.id.to_string();
    vec![fetched(&source, about, "that may sign people's tokens", &fixes, http).await]
}

/// What to do where there are no keys.
struct Fixes {
    unreached: &'static str,
    wrong: &'static str,
    none: &'static str,
}

async fn fetched(
    source: &KeySource,
    about: String,
    what_for: &str,
    fixes: &Fixes,
    http: &reqwest::Client,
) -> Finding {
    match keys::count(http, source).await {
        Ok(count) => Finding::good(Check::SigningKeys, about, format!("{count} keys {what_for}")),
        Err(error) => {
            let fix = match &error {
                FetchKeysError::Request { .. } | FetchKeysError::Body { .. } => fixes.unreached,
                FetchKeysError::Status { .. }
                | FetchKeysError::Json { .. }
                | FetchKeysError::Issuer { .. } => fixes.wrong,
                FetchKeysError::InsecureUrl { .. } => "write a URL that begins with https",
                FetchKeysError::NoKeys { .. } => fixes.none,
            };
            Finding::wrong(Check::SigningKeys, about, error.to_string(), fix)
        }
    }
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

/// How the keys of people lie in the data folder.
pub(super) async fn table(config: &Config) -> Vec<Finding> {
    let config = config.clone();
    // A command may be asked for the master key.
    let looked = tokio::task::spawn_blocking(move || wrapped(config)).await;
    looked.unwrap_or_default()
}

fn wrapped(config: Config) -> Vec<Finding> {
    let table = config.data.keys();
    if config.keys.url.is_some() || !table.exists() {
        return Vec::new();
    }
    let about = table.display().to_string();
    let Ok(config) = config.ready_to_open() else {
        // What cannot be read is told of the configuration.
        return Vec::new();
    };
    let masters = config.keys.masters;
    let (has_master, previous) = (masters.current.is_some(), masters.previous.len());
    let counted = KeysCopy::open(&table).map(|copy| copy.under(masters).wrapping());
    let Ok(Ok(lie)) = counted else { return Vec::new() };
    let fix = "start `serve`, which wraps them while it runs";
    vec![match (has_master, lie) {
        (_, lie) if lie.other > 0 && previous == 0 => Finding::wrong(
            Check::KeyTable,
            about,
            format!("{} keys lie under another master key", lie.other),
            "name that one in keys.previous_master_key_files until all of them lie under the new one",
        ),
        (true, lie) if lie.open + lie.other > 0 => Finding::warning(
            Check::KeyTable,
            about,
            format!(
                "{} keys do not lie under the master key yet",
                lie.open + lie.other
            ),
            fix,
        ),
        (true, lie) if previous > 0 => Finding::good(
            Check::KeyTable,
            about,
            format!(
                "all {} keys lie under the master key; keys.previous_master_key_files may go",
                lie.current
            ),
        ),
        (true, lie) => Finding::good(
            Check::KeyTable,
            about,
            format!("all {} keys lie under the master key", lie.current),
        ),
        (false, _) => Finding::good(
            Check::KeyTable,
            about,
            "keys lie open in it; keys.master_key_file wraps them",
        ),
    }]
}
