//! The edge as the configuration describes it: who may speak to the bot, and how the bot speaks.

use std::sync::Arc;

use actors::ports::Connector;
use events::Clock;

use super::access::BotAccess;
use super::auth::{AuthSettings, Authenticator, TrustedIssuer};
use super::connector::{BotConnector, ConnectorSettings, Credentials, UnauthenticatedBeyondLoopback};
use super::hosts::{AllowedHosts, InvalidHost};
use super::token::{InvalidAuthority, TokenClient, TokenSettings};
use crate::config::{Authentication, Config};

/// Why the edge cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum EdgeError {
    /// `teams.allowed_hosts`.
    #[error(transparent)]
    Hosts(#[from] InvalidHost),
    /// `teams.login_url`.
    #[error(transparent)]
    Authority(#[from] InvalidAuthority),
    /// Without tokens something beyond this machine could be called.
    #[error(transparent)]
    Loopback(#[from] UnauthenticatedBeyondLoopback),
    /// The configuration was not checked for serving.
    #[error("{key} is missing; the configuration must be checked for serving first")]
    Missing {
        /// The key.
        key: &'static str,
    },
}

/// Both directions.
#[derive(Debug)]
pub struct Edge {
    /// Who may speak to the bot.
    pub access: BotAccess,
    /// How the bot speaks.
    pub connector: Arc<dyn Connector>,
    /// Where its tokens come from; nothing where it needs none.
    pub token: Option<TokenClient>,
}

impl Edge {
    /// The edge of a configuration that is ready to serve.
    pub fn new(
        config: &Config,
        authentication: Authentication,
        http: &reqwest::Client,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, EdgeError> {
        let hosts = AllowedHosts::parse(&config.teams.allowed_hosts)?;
        let settings = auth_settings(config, hosts.clone());
        let (access, credentials) = match authentication {
            Authentication::InsecureLoopback => (BotAccess::Loopback(settings), Credentials::None),
            Authentication::Required => {
                let authenticator = Authenticator::new(settings, http, Arc::clone(clock));
                let token = TokenClient::new(token_settings(config)?, http.clone(), Arc::clone(clock));
                (BotAccess::Token(authenticator), Credentials::Token(token))
            }
        };
        let token = match &credentials {
            Credentials::Token(token) => Some(token.clone()),
            Credentials::None => None,
        };
        let connector = BotConnector::new(
            http.clone(),
            credentials,
            ConnectorSettings {
                hosts,
                service_url: config.teams.service_url.to_string(),
                gcc_service_url: config.teams.gcc_service_url.to_string(),
            },
            Arc::clone(clock),
        )?;
        Ok(Self {
            access,
            connector: Arc::new(connector),
            token,
        })
    }
}

fn auth_settings(config: &Config, hosts: AllowedHosts) -> AuthSettings {
    let teams = &config.teams;
    let tenants = config
        .organizations
        .iter()
        .map(|organization| organization.tenant_id.clone());
    let issuers = teams.issuers.iter().map(|issuer| TrustedIssuer {
        issuer: issuer.issuer.clone(),
        metadata_url: issuer.metadata_url.to_string(),
        require_endorsement: teams.require_endorsements,
    });
    let app_id = teams.app_id.clone().unwrap_or_default();
    AuthSettings {
        issuers: issuers.collect(),
        hosts,
        ..AuthSettings::public_cloud(app_id, tenants)
    }
}

/// Who the bot is at Microsoft's login.
pub(crate) fn token_settings(config: &Config) -> Result<TokenSettings, EdgeError> {
    let teams = &config.teams;
    let missing = |key| EdgeError::Missing { key };
    let app_id = teams.app_id.clone().ok_or(missing("teams.app_id"))?;
    let credential = teams.credential().ok_or(missing("teams.client_secret"))?;
    let tenant = teams.token_tenant().ok_or(missing("teams.home_tenant"))?;
    let authority = format!("{}/{tenant}", teams.login_url.as_str().trim_end_matches('/'));
    Ok(TokenSettings::new(
        &authority,
        app_id,
        credential,
        teams.scope.clone(),
    )?)
}
