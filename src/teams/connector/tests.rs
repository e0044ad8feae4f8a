//! Calls against a stand-in for login and connector.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actors::ports::{Rejection, Unpaced};
use events::user::MemberRole;
use events::{ConversationId, ManualClock};
use futures_util::future::join_all;
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use wiremock::matchers::{body_json, header, method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::*;
use crate::http_client::{self, HttpLimits};
use crate::teams::test_keys::{asked, clock, http, shared};
use crate::teams::token::TokenSettings;

mod people;
mod sending;
mod trouble;

const LOGIN: &str = "/login/oauth2/v2.0/token";
const SEND: &str = "/amer/v3/conversations/a%3A1%2Fx%3D/activities";
const MEMBER_BY_TEAMS_ID: &str = "/amer/v3/conversations/a%3A1%2Fx%3D/members/29%3A1uXb";
const MEMBER_BY_OBJECT_ID: &str =
    "/amer/v3/conversations/a%3A1%2Fx%3D/members/5b1c9a52-7c0e-4f0f-9d3c-2a7d0b6f8e11";

/// Gives leave for further requests or does not, and counts how often it was asked.
#[derive(Debug)]
struct Leave {
    may: bool,
    asked: AtomicUsize,
}

impl Leave {
    fn new(may: bool) -> Self {
        Self {
            may,
            asked: AtomicUsize::new(0),
        }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Further for Leave {
    fn further(&self) -> BoxFuture<'_, Result<(), &'static str>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let leave = if self.may {
            Ok(())
        } else {
            Err(SendResult::STOPPING)
        };
        Box::pin(std::future::ready(leave))
    }
}

struct Given {
    server: MockServer,
    clock: ManualClock,
    connector: BotConnector,
}

async fn given() -> Given {
    let given = given_with(HttpLimits::default()).await;
    given.login_grants("t1").await;
    given
}

/// Login and connector on one server; the allow-list holds that server alone.
async fn given_with(limits: HttpLimits) -> Given {
    let (server, clock) = (MockServer::start().await, clock());
    let connector = connector(&server.uri(), &[server.uri()], limits, &clock);
    Given {
        server,
        clock,
        connector,
    }
}

fn connector(login: &str, hosts: &[String], limits: HttpLimits, clock: &ManualClock) -> BotConnector {
    let http = http_client::build(limits).unwrap();
    let authority = format!("{login}/login");
    let settings = TokenSettings::new(&authority, "app-1", SecretString::from("s"), "scope").unwrap();
    let tokens = TokenClient::new(settings, http.clone(), shared(clock));
    BotConnector::new(
        http,
        Credentials::Token(tokens),
        ConnectorSettings {
            hosts: AllowedHosts::parse(hosts).unwrap(),
            service_url: format!("{login}/teams"),
            gcc_service_url: format!("{login}/gcc/teams"),
        },
        shared(clock),
    )
    .unwrap()
}

fn user() -> UserKey {
    UserKey::parse("0f1e2d3c-4b5a-4697-8877-665544332211/5b1c9a52-7c0e-4f0f-9d3c-2a7d0b6f8e11").unwrap()
}

fn chat(base: &str) -> ConversationRef {
    ConversationRef {
        conversation_id: ConversationId::parse("a:1/x=").unwrap(),
        service_url: format!("{base}/amer/"),
        teams_user_id: "29:1uXb".to_owned(),
        bot_id: "28:app-1".to_owned(),
    }
}

fn message() -> Message {
    Message(json!({ "type": "message", "summary": "s" }))
}

impl Given {
    async fn login_grants(&self, token: &str) {
        let grant = json!({ "expires_in": 3599, "access_token": token });
        Mock::given(path(LOGIN))
            .respond_with(ResponseTemplate::new(200).set_body_json(grant))
            .up_to_n_times(1)
            .mount(&self.server)
            .await;
    }

    async fn answers(&self, at: &str, answer: ResponseTemplate) {
        Mock::given(path(at))
            .respond_with(answer)
            .mount(&self.server)
            .await;
    }

    async fn send(&self) -> SendResult {
        self.connector
            .send(&user(), &chat(&self.server.uri()), &message(), &Unpaced)
            .await
    }

    async fn profile(&self) -> ProfileResult {
        self.connector
            .profile(&user(), &chat(&self.server.uri()), &Unpaced)
            .await
    }
}

fn accepted(id: &str) -> SendResult {
    SendResult::Accepted {
        activity_id: Some(ActivityId::parse(id).unwrap()),
    }
}

fn rejected(status: u16, code: Option<&str>) -> SendResult {
    SendResult::Rejected(Rejection {
        status,
        code: code.map(str::to_owned),
        retry_after: None,
    })
}
