//! `[[organizations]]`: the Chronus customers served, each with its one tenant, where its answers go and who may
//! call the API for it.

use std::collections::{HashMap, HashSet};
use std::num::NonZeroU32;

use actors::onboarding::OPERATORS;
use events::tenant::Receipt;
use events::user::ClientDefaultsChanged;
use events::{OrganizationId, TenantId};
use serde::Deserialize;

use super::Authentication;
use super::api_keys::{ApiKey, KeyHash, OperatorKey};
use super::check::Problems;
use super::placeholders::{Login, fault_of_tenant_id};
use super::sign_in::SignIn;
use super::webhook::WebhookSetting;
use crate::cards::link::{LinkHost, LinkHosts};
use crate::teams::shared_hosts::is_shared_domain;

/// One Chronus customer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organization {
    /// Its id; it stands in the log, so it never changes.
    pub id: OrganizationId,
    /// What people read; the id where absent.
    #[serde(default)]
    pub name: Option<String>,
    /// Its Microsoft 365 tenant.
    pub tenant_id: TenantId,
    /// Its share of what all organizations send together, against the others'.
    #[serde(default = "weight")]
    pub weight: NonZeroU32,
    /// The hosts that its cards may link to and show pictures from: exact names, or `*.` and a domain. Any host where
    /// absent.
    #[serde(default)]
    pub link_hosts: Option<Vec<String>>,
    /// The zone of its people of whom nothing better is known, by any name that a zone has.
    #[serde(default)]
    pub timezone: Option<String>,
    /// The language tag of its people of whom nothing better is known.
    #[serde(default)]
    pub locale: Option<String>,
    /// How cards in German address its people.
    #[serde(default)]
    pub german: German,
    /// Where its answers go; without it they are read from `GET /v1/responses`.
    #[serde(default)]
    pub webhook: Option<WebhookSetting>,
    /// What it is told of every card, beside the answers and what is not delivered.
    #[serde(default)]
    pub receipts: Vec<Receipt>,
    /// Who may call the API for it.
    #[serde(default)]
    pub api_keys: Vec<ApiKey>,
    /// People who may call it with a token of their own issuer.
    #[serde(default)]
    pub sign_in: Option<SignIn>,
}

/// How German addresses somebody.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum German {
    /// Formally.
    #[default]
    Sie,
    /// As colleagues do who are on first-name terms.
    Du,
}

fn weight() -> NonZeroU32 {
    NonZeroU32::MIN
}

impl Organization {
    /// What people read.
    pub fn display_name(&self) -> &str {
        self.name.as_deref().unwrap_or(self.id.as_str())
    }

    /// What serving needs: a tenant and keys that are no placeholders, and a webhook's secrets, read, that can sign.
    pub(super) fn demand(
        &mut self,
        index: usize,
        authentication: Authentication,
        login: Login,
        problems: &mut Problems<'_>,
    ) {
        let fault = fault_of_tenant_id(self.tenant_id.as_str(), login);
        if let Some(fault) = fault.filter(|_| authentication == Authentication::Required) {
            problems.add(&format!("organizations[{index}].tenant_id"), fault);
        }
        for (number, key) in self.api_keys.iter().enumerate() {
            if key.sha256.is_placeholder() {
                problems.add(
                    &format!("organizations[{index}].api_keys[{number}].sha256"),
                    format!(
                        "this is the example's placeholder; `chronus-teams keys new --organization {} --role ingest \
                         --role read` makes a key and prints its hash",
                        self.id
                    ),
                );
            }
        }
        if let Some(webhook) = &mut self.webhook {
            webhook.read_secrets(&format!("organizations[{index}].webhook"), index, problems);
        }
    }

    /// The hosts that its cards may lead to; `None` where any may.
    pub fn links(&self) -> Option<LinkHosts> {
        let hosts = self.link_hosts.as_ref()?;
        Some(LinkHosts::new(
            hosts.iter().filter_map(|host| LinkHost::parse(host)),
        ))
    }

    fn check(&self, index: usize, problems: &mut Problems<'_>) {
        let key = format!("organizations[{index}]");
        for (number, host) in self.link_hosts.iter().flatten().enumerate() {
            let below = host.trim().strip_prefix("*.").map(str::to_ascii_lowercase);
            if below.is_some_and(|domain| is_shared_domain(&domain)) {
                problems.add(
                    &format!("{key}.link_hosts[{number}]"),
                    format!(
                        "{host:?} is shared: anybody can get a name below it; name the hosts that are meant"
                    ),
                );
            }
            if LinkHost::parse(host).is_none() {
                problems.add(
                    &format!("{key}.link_hosts[{number}]"),
                    format!("{host:?} names no host; write a name such as acme.example, or *.acme.example for every name below it"),
                );
            }
        }
        if let Some(webhook) = &self.webhook {
            webhook.check(&format!("{key}.webhook"), problems);
        }
        if let Some(sign_in) = &self.sign_in {
            sign_in.check(&format!("{key}.sign_in"), problems);
        }
        if let Some(zone) = self
            .timezone
            .as_deref()
            .filter(|name| actors::zone::zone(name).is_none())
        {
            problems.add(
                &format!("{key}.timezone"),
                format!("{zone:?} is no time zone; write one such as Europe/Berlin"),
            );
        }
        let is_tag = |tag: &str| {
            let letter = |c: char| c.is_ascii_alphanumeric() || c == '-';
            (2..=35).contains(&tag.len()) && tag.chars().all(letter)
        };
        if let Some(tag) = self.locale.as_deref().filter(|tag| !is_tag(tag)) {
            problems.add(
                &format!("{key}.locale"),
                format!("{tag:?} is no language tag; write one such as de-DE"),
            );
        }
        let mut names = HashSet::new();
        for (number, api_key) in self.api_keys.iter().enumerate() {
            let key = format!("{key}.api_keys[{number}]");
            if !names.insert(api_key.name.as_str()) {
                problems.add(
                    &format!("{key}.name"),
                    format!(
                        "{:?} names two keys of {}; give each its own name",
                        api_key.name, self.id
                    ),
                );
            }
            if api_key.roles.is_empty() {
                problems.add(
                    &format!("{key}.roles"),
                    "a key without a role can do nothing; write at least one of ingest, read, analyst, admin",
                );
            }
        }
    }
}

impl Organization {
    fn client_defaults(&self) -> ClientDefaultsChanged {
        ClientDefaultsChanged {
            locale: self.locale.clone(),
            timezone: self.timezone.clone(),
            unknown_timezone: None,
        }
    }
}

impl super::Config {
    /// Language and zone of the people of each organization of whom nothing better is known.
    pub fn client_defaults(&self) -> HashMap<OrganizationId, ClientDefaultsChanged> {
        let defaults = self.organizations.iter();
        defaults.map(|of| (of.id.clone(), of.client_defaults())).collect()
    }
}

/// Names and keys of operators, each once.
fn check_operators<'k>(
    operators: &'k [OperatorKey],
    hashes: &mut HashSet<KeyHash>,
    problems: &mut Problems<'_>,
) {
    let mut names: HashSet<&'k str> = HashSet::new();
    for (index, key) in operators.iter().enumerate() {
        if !names.insert(&key.name) {
            problems.add(
                &format!("operators[{index}].name"),
                format!("{:?} names two keys; give each its own name", key.name),
            );
        }
        if key.sha256.is_placeholder() || !hashes.insert(key.sha256) {
            problems.add(
                &format!("operators[{index}].sha256"),
                "this key is the example's placeholder or stands in the configuration twice; make another with `chronus-teams keys new --organization operators --role operator`",
            );
        }
    }
}

/// Each organization by itself, and what must differ between them.
pub(super) fn check_all(
    organizations: &[Organization],
    operators: &[OperatorKey],
    problems: &mut Problems<'_>,
) {
    let (mut ids, mut tenants, mut hashes) = (HashSet::new(), HashSet::new(), HashSet::new());
    let mut issuers = HashSet::new();
    check_operators(operators, &mut hashes, problems);
    for (index, organization) in organizations.iter().enumerate() {
        organization.check(index, problems);
        if organization.id.as_str() == OPERATORS {
            problems.add(
                &format!("organizations[{index}].id"),
                "what operators do stands under this name; choose another",
            );
        }
        if !ids.insert(&organization.id) {
            problems.add(
                &format!("organizations[{index}].id"),
                format!(
                    "{} stands in the list twice; each organization has one section",
                    organization.id
                ),
            );
        }
        if !tenants.insert(&organization.tenant_id) {
            problems.add(
                &format!("organizations[{index}].tenant_id"),
                format!(
                    "tenant {} belongs to an organization above; one tenant serves one organization",
                    organization.tenant_id
                ),
            );
        }
        if let Some(sign_in) = &organization.sign_in
            && !issuers.insert((&sign_in.issuer, &sign_in.audience))
        {
            problems.add(
                &format!("organizations[{index}].sign_in.audience"),
                "an organization above has the same issuer and audience, and a token is for one of them; give each its own audience",
            );
        }
        for (number, key) in organization.api_keys.iter().enumerate() {
            if !hashes.insert(key.sha256) {
                problems.add(
                    &format!("organizations[{index}].api_keys[{number}].sha256"),
                    "this key stands in the configuration twice; make another with `chronus-teams keys new`",
                );
            }
        }
    }
}
