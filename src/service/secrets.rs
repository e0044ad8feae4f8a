//! Secrets that change while the service runs: keys of the configuration, signing secrets of webhooks, the client secret. What is under
//! way ends with the old ones; whatever begins afterwards has the new ones.

use super::workers;
use crate::chronus::webhook::Receivers;
use crate::config::{ApiKeys, Config};
use crate::teams::token::TokenClient;

/// Where they are held.
#[derive(Debug)]
pub(super) struct Secrets {
    pub(super) keys: ApiKeys,
    pub(super) receivers: Receivers,
    /// Nothing where no token is needed.
    pub(super) token: Option<TokenClient>,
}

/// What was other than before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TakenSecrets {
    /// Whether the configuration names other keys of the API.
    pub keys: bool,
    /// How many webhooks sign otherwise.
    pub webhooks: usize,
    /// Whether the bot's client secret, certificate or federated token's file is another one.
    pub client_secret: bool,
}

impl Secrets {
    pub(super) fn take(&self, config: &Config) -> TakenSecrets {
        let credential = config.teams.credential();
        TakenSecrets {
            keys: self.keys.take_configured(&config.api_keys()),
            webhooks: self.receivers.take(workers::receivers(config)),
            client_secret: match (&self.token, &credential) {
                (Some(token), Some(credential)) => token.take_credential(credential),
                (Some(_) | None, _) => false,
            },
        }
    }
}
