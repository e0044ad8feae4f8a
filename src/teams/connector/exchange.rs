//! One call: allow-list, token, request, answer; after a 401 once more with a new token.

use std::time::Duration;

use actors::ports::{Further, Rejection, SendResult};
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::Value;
use url::Url;

use super::{BotConnector, Credentials, answer};
use crate::http_client::{self, read_limited};
use crate::teams::token::{AccessToken, TokenError};

/// Answers hold an id, an error or a member; all are far below this, but for a directory's name of any length, of which the
/// first characters are kept.
const MAX_ANSWER_BYTES: usize = 1024 * 1024;

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    retry_after: Option<Duration>,
    /// `None` where it was too long or broke off; the status stands all the same.
    body: Option<Vec<u8>>,
}

impl Answer {
    /// Whether the connector says that the tenant is served by another cloud's host.
    pub(super) fn names_another_cloud(&self) -> bool {
        let body = self.body.as_deref().unwrap_or_default();
        self.status == 403
            && answer::error_code(self.status, body)
                .is_some_and(|code| code.eq_ignore_ascii_case("InvalidBotApiHost"))
    }

    /// The body of a success, empty where it could not be read: the message is taken whatever the body says.
    pub(super) fn taken(self) -> Result<Vec<u8>, Rejection> {
        let body = self.body.unwrap_or_default();
        match self.status {
            200..=299 => Ok(body),
            status => Err(Rejection {
                status,
                code: answer::error_code(status, &body),
                retry_after: self.retry_after,
            }),
        }
    }
}

/// Why nothing came back.
#[derive(Debug)]
pub(super) enum Failure {
    /// Certainly nothing was sent.
    NotSent { reason: String, configuration: bool },
    /// Perhaps something was sent.
    NoAnswer { reason: String },
}

impl Failure {
    pub(super) fn into_reason(self) -> String {
        match self {
            Self::NotSent { reason, .. } | Self::NoAnswer { reason } => reason,
        }
    }

    /// What was to be asked next may not leave now.
    pub(super) fn put_off(reason: &'static str) -> Self {
        Self::NotSent {
            reason: reason.to_owned(),
            configuration: false,
        }
    }

    fn refused(reason: String) -> Self {
        Self::NotSent {
            reason,
            configuration: true,
        }
    }
}

impl From<TokenError> for Failure {
    fn from(error: TokenError) -> Self {
        Self::NotSent {
            reason: format!("{}_{}", SendResult::NO_TOKEN, error.reason()),
            configuration: error.is_configuration(),
        }
    }
}

impl From<reqwest::Error> for Failure {
    /// A request whose connection never stood, or that could not be built, left nothing behind.
    fn from(error: reqwest::Error) -> Self {
        let reason = http_client::failure(&error).to_owned();
        if error.is_connect() || error.is_builder() {
            Self::NotSent {
                reason,
                configuration: error.is_builder(),
            }
        } else {
            Self::NoAnswer { reason }
        }
    }
}

impl BotConnector {
    pub(super) async fn call(
        &self,
        method: Method,
        service_url: &str,
        path: &[&str],
        body: Option<&Value>,
        further: &dyn Further,
    ) -> Result<Answer, Failure> {
        let base = self.settings.hosts.check(service_url).map_err(|error| {
            tracing::error!(connector.service_url = service_url, error = %error, "the service URL is not called");
            Failure::refused(SendResult::URL_REFUSED.to_owned())
        })?;
        let url = base.join(path).ok_or_else(|| Failure::NotSent {
            reason: "unusable_id".to_owned(),
            configuration: false,
        })?;
        let token = match &self.credentials {
            Credentials::Token(client) => Some(client.token().await?),
            Credentials::None => None,
        };
        let response = self.request(&method, &url, body, token.as_ref()).send().await?;
        if response.status() != StatusCode::UNAUTHORIZED {
            return Ok(self.read(response).await);
        }
        let refusal = self.read(response).await;
        match self.token_instead_of(token.as_ref()).await {
            Some(token) => {
                further.further().await.map_err(Failure::put_off)?;
                let response = self.request(&method, &url, body, Some(&token)).send().await?;
                Ok(self.read(response).await)
            }
            None => Ok(refusal),
        }
    }

    /// A new token after a refused one, if there is one to be had: the call that was refused did nothing, so it may
    /// be made again.
    async fn token_instead_of(&self, refused: Option<&AccessToken>) -> Option<AccessToken> {
        let (Credentials::Token(client), Some(refused)) = (&self.credentials, refused) else {
            return None;
        };
        let token = client.force_refresh(refused).await.ok()?;
        (!token.is_same(refused)).then_some(token)
    }

    fn request(
        &self,
        method: &Method,
        url: &Url,
        body: Option<&Value>,
        token: Option<&AccessToken>,
    ) -> RequestBuilder {
        let mut request = self
            .http
            .request(method.clone(), url.clone())
            .header(ACCEPT, "application/json");
        if let Some(token) = token {
            request = request.bearer_auth(token.expose());
        }
        if let Some(body) = body {
            // Before `json`, which only fills in a missing type.
            request = request
                .header(CONTENT_TYPE, "application/json; charset=utf-8")
                .json(body);
        }
        request
    }

    async fn read(&self, response: Response) -> Answer {
        if !response.status().is_success() {
            tracing::debug!(
                connector.status = response.status().as_u16(),
                // The correlation vector that Microsoft's support asks for.
                connector.ms_cv = response
                    .headers()
                    .get("ms-cv")
                    .and_then(|value| value.to_str().ok()),
                "the Bot Connector refused a call",
            );
        }
        Answer {
            status: response.status().as_u16(),
            retry_after: http_client::retry_after(response.headers(), self.clock.now()),
            body: read_limited(response, MAX_ANSWER_BYTES).await.ok(),
        }
    }
}
