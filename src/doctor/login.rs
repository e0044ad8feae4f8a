//! Microsoft's login and the Bot Connector, asked as the service asks them.

use std::sync::Arc;

use events::Clock;

use super::finding::{Check, Finding};
use super::places::shown;
use crate::config::Config;
use crate::http_client::failure;
use crate::teams::edge::token_settings;
use crate::teams::token::{TokenClient, TokenError};

/// Asks for a token, which is thrown away.
pub(super) async fn look(
    config: &Config,
    http: &reqwest::Client,
    clock: Arc<dyn Clock>,
    is_usable: bool,
) -> Vec<Finding> {
    let about = shown(&config.teams.login_url);
    let settings = match token_settings(config) {
        Ok(settings) if is_usable => settings,
        Ok(_) | Err(_) => {
            let why = "the configuration has to be put right first";
            return vec![Finding::skipped(Check::Login, about, why)];
        }
    };
    let token = TokenClient::new(settings, http.clone(), clock).token().await;
    vec![match token {
        Ok(_) => Finding::good(Check::Login, about, "it gives the bot a token"),
        Err(TokenError::Configuration { code, advice }) => Finding::wrong(
            Check::Login,
            about,
            format!("it refuses the bot ({code})"),
            advice,
        ),
        Err(TokenError::Retryable { reason, .. }) => Finding::wrong(
            Check::Login,
            about,
            format!("it gives no token now ({reason})"),
            "let this machine reach it; where it answers, wait and ask again",
        ),
    }]
}

/// Asks for anything, without a token: that it answers is what counts.
pub(super) async fn connector(config: &Config, http: &reqwest::Client) -> Vec<Finding> {
    let url = &config.teams.service_url;
    let about = shown(url);
    vec![match http.get(url.clone()).send().await {
        Ok(answer) if answer.status().is_server_error() => Finding::warning(
            Check::Connector,
            about,
            format!("it answers {}", answer.status().as_u16()),
            "wait; cards do too, and go out by themselves afterwards",
        ),
        Ok(answer) => Finding::good(
            Check::Connector,
            about,
            format!("it answers ({})", answer.status().as_u16()),
        ),
        Err(error) => Finding::wrong(
            Check::Connector,
            about,
            format!("it does not answer ({})", failure(&error)),
            "let this machine reach it: look at firewalls and proxies on the way",
        ),
    }]
}
