//! Who may speak to the bot endpoint.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::activity::ChatRules;
use super::auth::{AuthSettings, Authenticator};
use super::served::ServedTenants;

/// How often it is looked whether the issuers' keys are fresh.
const KEYS_LOOK: Duration = Duration::from_secs(60);
/// The same while there are none; the cache itself bounds how often they are asked for.
const KEYS_LOOK_WITHOUT: Duration = Duration::from_secs(1);

/// Who may speak to the bot endpoint.
#[derive(Debug)]
pub enum BotAccess {
    /// Whoever carries a token of the Bot Connector.
    Token(Authenticator),
    /// Whoever is on this machine: for the local Teams client alone, and only when asked for by name.
    Loopback(AuthSettings),
}

impl BotAccess {
    /// Whether whoever speaks can be told from others: the issuers' keys are there, or none are needed.
    pub fn is_ready(&self) -> bool {
        match self {
            Self::Token(authenticator) => authenticator.is_ready(),
            Self::Loopback(_) => true,
        }
    }

    /// Keeps the issuers' keys fresh until cancelled.
    pub async fn keep_keys_fresh(&self, cancel: CancellationToken) {
        let Self::Token(authenticator) = self else {
            return cancel.cancelled().await;
        };
        loop {
            authenticator.keep_fresh().await;
            let pause = if authenticator.is_ready() {
                KEYS_LOOK
            } else {
                KEYS_LOOK_WITHOUT
            };
            tokio::select! {
                () = cancel.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// The tenants whose activities are taken.
    pub fn served(&self) -> ServedTenants {
        match self {
            Self::Token(authenticator) => authenticator.settings().tenants.clone(),
            Self::Loopback(settings) => settings.tenants.clone(),
        }
    }

    /// What personal chats look like to whoever may speak.
    pub fn chat_rules(&self) -> ChatRules<'_> {
        match self {
            Self::Token(authenticator) => ChatRules {
                app_id: &authenticator.settings().app_id,
                local_client: false,
            },
            Self::Loopback(settings) => ChatRules {
                app_id: &settings.app_id,
                local_client: true,
            },
        }
    }
}
