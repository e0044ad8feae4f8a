//! `[teams]`: the bot's identity at Microsoft, and whom it trusts. The defaults are Microsoft's public cloud
//! (teams-protocol, sections 1.1, 2.1 and 3.1); the other clouds differ only in these values.

use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use super::Authentication;
use crate::teams::credential::{Certificate, CertificateError, Credential};
use crate::teams::hosts::AllowedHosts;

use super::check::{self, Problems};
use super::placeholders::{Login, fault_of_app_id, fault_of_client_secret, fault_of_home_tenant};

/// The tenant at which a multi-tenant bot asks for its token.
const MULTI_TENANT_AUTHORITY: &str = "botframework.com";

/// How the bot's app is registered in Entra.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppType {
    /// For the tenant that registered it; tokens come from that tenant.
    SingleTenant,
    /// For any tenant; tokens come from the Bot Framework's own tenant.
    #[default]
    MultiTenant,
}

/// Somebody whose tokens are accepted on the bot endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issuer {
    /// The token's `iss`.
    pub issuer: String,
    /// The OpenID document that names the issuer's keys.
    #[serde(deserialize_with = "check::url")]
    pub metadata_url: Url,
}

/// See the module.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Teams {
    /// The bot's application (client) id: the audience of every token.
    pub app_id: Option<String>,
    /// How the app is registered.
    pub app_type: AppType,
    /// The tenant that registered a single-tenant app.
    pub home_tenant: Option<String>,
    /// The app's client secret (its value, not its id).
    #[serde(deserialize_with = "check::secret")]
    pub client_secret: Option<SecretString>,
    /// A file that holds the client secret.
    #[serde(deserialize_with = "check::file")]
    pub client_secret_file: Option<PathBuf>,
    /// A file that holds the app's certificate in PEM, in place of a secret.
    #[serde(deserialize_with = "check::file")]
    pub certificate_file: Option<PathBuf>,
    /// A file that holds the certificate's private key in PEM; the certificate's file where absent.
    #[serde(deserialize_with = "check::file")]
    pub certificate_key_file: Option<PathBuf>,
    /// A file that others keep a token in, of an issuer whom the app trusts, in place of a secret.
    #[serde(deserialize_with = "check::file")]
    pub federated_token_file: Option<PathBuf>,
    /// The certificate, once it was read.
    #[serde(skip)]
    pub certificate: Option<Certificate>,
    /// Microsoft's login, without a tenant.
    #[serde(deserialize_with = "check::url")]
    pub login_url: Url,
    /// What the bot's own token is for.
    pub scope: String,
    /// Whose tokens are accepted.
    pub issuers: Vec<Issuer>,
    /// Whether a token's key must be endorsed for Teams.
    pub require_endorsements: bool,
    /// Where a chat is asked for whose own address does not hold any more.
    #[serde(deserialize_with = "check::url")]
    pub service_url: Url,
    /// The same, when Teams says that the tenant lives in the government community cloud (GCC).
    #[serde(deserialize_with = "check::url")]
    pub gcc_service_url: Url,
    /// How old what the tenant's directory told of a person may get, in seconds, before it is read again.
    pub profile_max_age_seconds: u32,
    /// Where cards may be sent: exact hosts, `*.` domains with everything below them, or a whole `http://host:port`
    /// for a stand-in on this machine.
    pub allowed_hosts: Vec<String>,
}

impl Default for Teams {
    fn default() -> Self {
        let url = |text| Url::parse(text).expect("the defaults are URLs, as a test shows");
        Self {
            app_id: None,
            app_type: AppType::default(),
            home_tenant: None,
            client_secret: None,
            client_secret_file: None,
            certificate_file: None,
            certificate_key_file: None,
            federated_token_file: None,
            certificate: None,
            login_url: url("https://login.microsoftonline.com"),
            scope: "https://api.botframework.com/.default".to_owned(),
            issuers: vec![Issuer {
                issuer: "https://api.botframework.com".to_owned(),
                metadata_url: url("https://login.botframework.com/v1/.well-known/openidconfiguration"),
            }],
            require_endorsements: true,
            service_url: url("https://smba.trafficmanager.net/teams"),
            gcc_service_url: url("https://smba.infra.gcc.teams.microsoft.com/teams"),
            profile_max_age_seconds: 86_400,
            // trafficmanager.net is a shared namespace, so only the one name of Microsoft's is exact.
            allowed_hosts: [
                "smba.trafficmanager.net",
                "*.botframework.com",
                "*.teams.microsoft.com",
                "*.teams.microsoft.us",
            ]
            .map(str::to_owned)
            .to_vec(),
        }
    }
}

impl Teams {
    /// The tenant at which the bot asks for its token; `None` for a single-tenant app whose home is not given.
    pub fn token_tenant(&self) -> Option<&str> {
        match self.app_type {
            AppType::MultiTenant => Some(MULTI_TENANT_AUTHORITY),
            AppType::SingleTenant => self.home_tenant.as_deref(),
        }
    }

    /// How the bot proves who it is, once files were read.
    pub fn credential(&self) -> Option<Credential> {
        let secret = self.client_secret.clone().map(Credential::Secret);
        let certificate = || self.certificate.clone().map(Credential::Certificate);
        let federated = || self.federated_token_file.clone().map(Credential::Federated);
        secret.or_else(certificate).or_else(federated)
    }

    fn check_credentials(&self, problems: &mut Problems<'_>) {
        let secret = self.client_secret.is_some() || self.client_secret_file.is_some();
        let given = [
            secret,
            self.certificate_file.is_some(),
            self.federated_token_file.is_some(),
        ];
        if given.into_iter().filter(|given| *given).count() > 1 {
            problems.add(
                "teams.client_secret",
                "a client secret, teams.certificate_file and teams.federated_token_file are three ways to prove who the bot is; keep one",
            );
        }
        if self.certificate_key_file.is_some() && self.certificate_file.is_none() {
            problems.add(
                "teams.certificate_key_file",
                "a key without its certificate proves nothing; write teams.certificate_file as well",
            );
        }
    }

    /// Reads the certificate and its key; answers whether they can be used.
    fn read_certificate(&mut self, file: &Path, problems: &mut Problems<'_>) {
        let Some(certificate) = problems.read_secret("teams.certificate_file", file) else {
            return;
        };
        let (name, key) = match &self.certificate_key_file {
            None => ("teams.certificate_file", Some(certificate.clone())),
            Some(file) => {
                let name = "teams.certificate_key_file";
                (name, problems.read_secret(name, file))
            }
        };
        let Some(key) = key else { return };
        let read = Certificate::read(
            certificate.expose_secret().as_bytes(),
            key.expose_secret().as_bytes(),
        );
        match read {
            Ok(read) => self.certificate = Some(read),
            Err(error @ CertificateError::NoCertificate) => {
                problems.add("teams.certificate_file", error.to_string());
            }
            Err(
                error @ (CertificateError::NoKey | CertificateError::Mismatch | CertificateError::NotRsa),
            ) => {
                problems.add(name, error.to_string());
            }
        }
    }

    /// How old a profile may get before it is read again.
    pub fn profile_max_age(&self) -> TimeDelta {
        TimeDelta::seconds(i64::from(self.profile_max_age_seconds))
    }

    pub(super) fn check(&self, problems: &mut Problems<'_>) {
        problems.check_one_secret(
            "teams.client_secret",
            self.client_secret.is_some() && self.client_secret_file.is_some(),
        );
        self.check_credentials(problems);
        if self.app_id.as_deref().is_some_and(|id| id.trim().is_empty()) {
            problems.add(
                "teams.app_id",
                "the id is empty; write the bot's application (client) id",
            );
        }
        if self.app_type == AppType::SingleTenant && self.home_tenant.is_none() {
            problems.add(
                "teams.home_tenant",
                "a single_tenant app gets its tokens from its own tenant; write that tenant's id",
            );
        }
        problems.check_url("teams.login_url", &self.login_url);
        problems.check_url("teams.service_url", &self.service_url);
        problems.check_url("teams.gcc_service_url", &self.gcc_service_url);
        if self.issuers.is_empty() {
            problems.add(
                "teams.issuers",
                "with no issuer no activity could be accepted; leave the key out for Microsoft's public cloud",
            );
        }
        for (index, issuer) in self.issuers.iter().enumerate() {
            let key = format!("teams.issuers[{index}]");
            problems.check_url(&format!("{key}.metadata_url"), &issuer.metadata_url);
            if self
                .issuers
                .iter()
                .take(index)
                .any(|other| other.issuer == issuer.issuer)
            {
                problems.add(
                    &format!("{key}.issuer"),
                    "this issuer stands in the list twice; keep one",
                );
            }
        }
        for (index, host) in self.allowed_hosts.iter().enumerate() {
            if let Err(error) = AllowedHosts::parse([host]) {
                problems.add(&format!("teams.allowed_hosts[{index}]"), error.to_string());
            }
        }
    }

    /// Whose login it is: a plain http address is on this machine, and so none of Microsoft's.
    pub(super) fn login(&self) -> Login {
        if self.login_url.scheme() == "https" {
            Login::Microsoft
        } else {
            Login::StandIn
        }
    }

    /// What serving needs, secrets read.
    pub(super) fn demand(&mut self, authentication: Authentication, problems: &mut Problems<'_>) {
        let mut key = "teams.client_secret";
        let mut is_unread = false;
        if let (None, Some(file)) = (&self.client_secret, &self.client_secret_file) {
            key = "teams.client_secret_file";
            self.client_secret = problems.read_secret(key, file);
            is_unread = self.client_secret.is_none();
        }
        if let Some(file) = self.certificate_file.clone() {
            self.read_certificate(&file, problems);
        }
        if authentication == Authentication::InsecureLoopback {
            return;
        }
        self.demand_identity(problems);
        if self.certificate_file.is_some() || self.federated_token_file.is_some() {
            return;
        }
        let secret = self.client_secret.as_ref().map(ExposeSecret::expose_secret);
        match secret.filter(|secret| !secret.trim().is_empty()) {
            // Why is told already.
            None if is_unread => {}
            None => problems.add(
                key,
                "this is missing; set CHRONUS_TEAMS_TEAMS__CLIENT_SECRET or teams.client_secret_file",
            ),
            Some(secret) => {
                if let Some(fault) = fault_of_client_secret(secret, self.login()) {
                    problems.add(key, fault);
                }
            }
        }
    }

    fn demand_identity(&self, problems: &mut Problems<'_>) {
        let login = self.login();
        match &self.app_id {
            None => problems.add(
                "teams.app_id",
                "this is missing; write the bot's application (client) id",
            ),
            Some(id) => {
                if let Some(fault) = fault_of_app_id(id, login) {
                    problems.add("teams.app_id", fault);
                }
            }
        }
        let home = self.home_tenant.as_deref();
        let home = home.filter(|_| self.app_type == AppType::SingleTenant);
        if let Some(fault) = home.and_then(|home| fault_of_home_tenant(home, login)) {
            problems.add("teams.home_tenant", fault);
        }
    }
}
