//! The Bot Connector's REST calls. Every call checks the service URL against the allow-list before a token is even
//! looked up, follows no redirect, has a time limit, and says precisely what became of it: taken, refused, certainly
//! not sent, or unknown. Deciding what to do next is not done here; nothing is repeated but one call after a 401.
//!
//! Crash story: nothing is kept here. A process that dies during a call leaves a stored attempt without outcome,
//! which its successor treats as unknown.
//!
//! Facts: Bot Connector REST reference (conversations) and the Teams pages on proactive messages and status codes.

pub(super) mod answer;
mod exchange;

use std::sync::Arc;

use actors::ports::{Connector, Further, MemberProfile, Message, OpenResult, ProfileResult, SendResult};
use events::user::{ConversationRef, Recovery};
use events::{ActivityId, Clock, UserKey};
use futures_util::future::BoxFuture;
use reqwest::Method;
use serde_json::json;

use super::activity::{ChatRules, can_be_own};
use super::hosts::AllowedHosts;
use super::token::TokenClient;
use exchange::{Answer, Failure};

/// How the service proves who it is.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// A token of Microsoft's login.
    Token(TokenClient),
    /// No proof: for the local Teams client on this machine alone.
    None,
}

/// Where calls may go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectorSettings {
    /// Hosts that may be called.
    pub hosts: AllowedHosts,
    /// Where a chat is asked for whose own address does not hold any more.
    pub service_url: String,
    /// The same for tenants of the government community cloud (GCC).
    pub gcc_service_url: String,
}

impl ConnectorSettings {
    /// Microsoft's public and government clouds.
    pub fn public_cloud() -> Self {
        Self {
            hosts: AllowedHosts::public_cloud(),
            service_url: "https://smba.trafficmanager.net/teams".to_owned(),
            gcc_service_url: "https://smba.infra.gcc.teams.microsoft.com/teams".to_owned(),
        }
    }
}

/// Calls without a token would leave this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "without credentials only hosts of this machine may be on the allow-list, such as http://localhost:56150"
)]
pub struct UnauthenticatedBeyondLoopback;

/// The Bot Connector over HTTP.
#[derive(Debug)]
pub struct BotConnector {
    http: reqwest::Client,
    credentials: Credentials,
    settings: ConnectorSettings,
    clock: Arc<dyn Clock>,
}

impl BotConnector {
    /// Uses `http`, which should be one of [`crate::http_client::build`], for all calls.
    pub fn new(
        http: reqwest::Client,
        credentials: Credentials,
        settings: ConnectorSettings,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, UnauthenticatedBeyondLoopback> {
        if matches!(credentials, Credentials::None) && !settings.hosts.loopback_only() {
            return Err(UnauthenticatedBeyondLoopback);
        }
        Ok(Self {
            http,
            credentials,
            settings,
            clock,
        })
    }

    async fn open(
        &self,
        user: &UserKey,
        last: &ConversationRef,
        by: Recovery,
        further: &dyn Further,
    ) -> OpenResult {
        let service_url = match by {
            Recovery::Global => &self.settings.service_url,
            Recovery::Gcc => &self.settings.gcc_service_url,
        };
        let body = json!({
            "isGroup": false,
            "bot": { "id": last.bot_id },
            "members": [{ "id": user.aad_object_id.as_str() }],
            "tenantId": user.tenant_id.as_str(),
            "channelData": { "tenant": { "id": user.tenant_id.as_str() } },
        });
        let path = ["v3", "conversations"];
        let asked = self.call(Method::POST, service_url, &path, Some(&body), further);
        match asked.await {
            Ok(answer) => self.opened(answer, service_url, user, last),
            Err(Failure::NotSent {
                reason,
                configuration,
            }) => OpenResult::Failed {
                // The address that is not allowed is the configured one, and not the chat's.
                reason: if reason == SendResult::URL_REFUSED {
                    "configured_service_url_refused".to_owned()
                } else {
                    reason
                },
                configuration,
            },
            Err(Failure::NoAnswer { reason }) => OpenResult::Failed {
                reason,
                configuration: false,
            },
        }
    }

    /// What the answer names is an address for private cards only where it can be the person's own chat with the bot.
    fn opened(&self, answer: Answer, asked: &str, user: &UserKey, last: &ConversationRef) -> OpenResult {
        let rules = ChatRules {
            app_id: last.bot_id.strip_prefix("28:").unwrap_or(&last.bot_id),
            local_client: matches!(self.credentials, Credentials::None),
        };
        let person = user.aad_object_id.as_str();
        match answer.taken() {
            Ok(body) => match answer::conversation_id(&body) {
                Some(id) if !can_be_own(id.as_str(), person, rules) => OpenResult::Failed {
                    reason: "not_the_persons_chat".to_owned(),
                    configuration: false,
                },
                Some(conversation_id) => OpenResult::Opened {
                    conversation_id,
                    service_url: answer::text(&body, "serviceUrl")
                        .filter(|url| self.settings.hosts.check(url).is_ok())
                        .unwrap_or_else(|| asked.to_owned()),
                },
                None => OpenResult::Failed {
                    reason: "answer_without_id".to_owned(),
                    configuration: false,
                },
            },
            Err(rejection) => OpenResult::Rejected(rejection),
        }
    }

    async fn deliver(
        &self,
        method: Method,
        to: &ConversationRef,
        path: &[&str],
        message: &Message,
        further: &dyn Further,
    ) -> SendResult {
        let asked = self.call(method, &to.service_url, path, Some(&message.0), further);
        match asked.await {
            Ok(answer) => match answer.taken() {
                Ok(body) => SendResult::Accepted {
                    activity_id: answer::activity_id(&body),
                },
                Err(rejection) => SendResult::Rejected(rejection),
            },
            Err(Failure::NotSent {
                reason,
                configuration,
            }) => SendResult::NotSent {
                reason,
                configuration,
            },
            Err(Failure::NoAnswer { reason }) => SendResult::NoAnswer { reason },
        }
    }

    async fn ask_profile(
        &self,
        user: &UserKey,
        of: &ConversationRef,
        further: &dyn Further,
    ) -> ProfileResult {
        let mut answer = self.member_at(&of.service_url, user, of, further).await;
        // The tenant lives in the government cloud: its people are looked up where its cards go.
        if answer.as_ref().is_ok_and(Answer::names_another_cloud) {
            answer = match further.further().await {
                Ok(()) => {
                    let elsewhere = &self.settings.gcc_service_url;
                    self.member_at(elsewhere, user, of, further).await
                }
                Err(reason) => Err(Failure::put_off(reason)),
            };
        }
        match answer.map(Answer::taken) {
            Ok(Ok(body)) => profile(user, &body),
            Ok(Err(rejection)) => ProfileResult::Rejected(rejection),
            Err(failure) => ProfileResult::Failed {
                reason: failure.into_reason(),
            },
        }
    }

    /// By the id towards this bot, or by the object id where that is not known there.
    async fn member_at(
        &self,
        service_url: &str,
        user: &UserKey,
        of: &ConversationRef,
        further: &dyn Further,
    ) -> Result<Answer, Failure> {
        match self.member(service_url, of, &of.teams_user_id, further).await {
            Ok(answer) if answer.status == 404 => {
                further.further().await.map_err(Failure::put_off)?;
                let object_id = user.aad_object_id.as_str();
                self.member(service_url, of, object_id, further).await
            }
            other => other,
        }
    }

    async fn member(
        &self,
        service_url: &str,
        of: &ConversationRef,
        member_id: &str,
        further: &dyn Further,
    ) -> Result<Answer, Failure> {
        let path = [
            "v3",
            "conversations",
            of.conversation_id.as_str(),
            "members",
            member_id,
        ];
        self.call(Method::GET, service_url, &path, None, further).await
    }
}

/// A member who is not the person asked for would put somebody else's address on the person.
fn profile(user: &UserKey, body: &[u8]) -> ProfileResult {
    let failed = |reason: &str| ProfileResult::Unusable {
        reason: reason.to_owned(),
    };
    match answer::member(body) {
        Some(member) if member.is_not(user) => failed("another_person"),
        Some(member) => ProfileResult::Found(MemberProfile {
            role: member.role(),
            name: member.name,
            email: member.email,
            upn: member.upn,
        }),
        None => failed("unreadable_answer"),
    }
}

impl Connector for BotConnector {
    fn send<'a>(
        &'a self,
        _user: &'a UserKey,
        to: &'a ConversationRef,
        message: &'a Message,
        further: &'a dyn Further,
    ) -> BoxFuture<'a, SendResult> {
        Box::pin(async move {
            let path = ["v3", "conversations", to.conversation_id.as_str(), "activities"];
            self.deliver(Method::POST, to, &path, message, further).await
        })
    }

    fn update<'a>(
        &'a self,
        _user: &'a UserKey,
        to: &'a ConversationRef,
        activity_id: &'a ActivityId,
        message: &'a Message,
        further: &'a dyn Further,
    ) -> BoxFuture<'a, SendResult> {
        Box::pin(async move {
            let conversation = to.conversation_id.as_str();
            let path = [
                "v3",
                "conversations",
                conversation,
                "activities",
                activity_id.as_str(),
            ];
            self.deliver(Method::PUT, to, &path, message, further).await
        })
    }

    fn open_chat<'a>(
        &'a self,
        user: &'a UserKey,
        last: &'a ConversationRef,
        by: Recovery,
        further: &'a dyn Further,
    ) -> BoxFuture<'a, OpenResult> {
        Box::pin(self.open(user, last, by, further))
    }

    fn profile<'a>(
        &'a self,
        user: &'a UserKey,
        of: &'a ConversationRef,
        further: &'a dyn Further,
    ) -> BoxFuture<'a, ProfileResult> {
        Box::pin(self.ask_profile(user, of, further))
    }
}

#[cfg(test)]
mod tests;
