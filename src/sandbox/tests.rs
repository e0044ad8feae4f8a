//! The sandbox over real HTTP, as the service and a script meet it.

mod clients;
mod connector;
mod control;
mod limits;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use serde_json::{Value, json};

use super::bot::Telling;
use super::client::Client;
use super::limits::Limits;
use super::login::SCOPE;
use super::people::PersonSpec;
use super::*;

const APP: &str = "6f1d2c3b-4a5e-4f60-8b71-92a3b4c5d6e7";
const TENANT: &str = "0f1e2d3c-4b5a-4697-8877-665544332211";
const PRIYA: &str = "5b1c9a52-7c0e-4f0f-9d3c-2a7d0b6f8e11";
const SOON: Duration = Duration::from_secs(20);

fn person(aad: &str, name: &str) -> PersonSpec {
    serde_json::from_value(json!({
        "tenant_id": TENANT, "aad_object_id": aad, "name": name, "email": "priya.nair@fabrikam.com",
        "upn": "pnair@fabrikam.com",
    }))
    .unwrap()
}

fn options() -> SandboxOptions {
    let mut options = SandboxOptions::new(APP, "s3cret".into());
    options.people = vec![person(PRIYA, "Priya Nair")];
    options.limits = Limits::off();
    options.telling = Telling {
        answer_within: Duration::from_secs(5),
        first_pause: Duration::from_millis(1),
        longest_pause: Duration::from_millis(5),
        tries: 6,
    };
    options
}

/// An activity with the `Authorization` that it came with.
type Got = (Option<String>, Value);

/// A bot that keeps what it gets and answers from a list of statuses and bodies, 200 when that is empty.
#[derive(Debug, Clone, Default)]
struct Bot {
    got: Arc<Mutex<Vec<Got>>>,
    answers: Arc<Mutex<VecDeque<(u16, Value)>>>,
}

impl Bot {
    fn start() -> (Self, Url) {
        let bot = Self::default();
        let shared = web::Data::new(bot.clone());
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/api/messages", listener.local_addr().unwrap());
        let server = HttpServer::new(move || {
            App::new()
                .app_data(shared.clone())
                .route("/api/messages", web::post().to(take))
        })
        .workers(1)
        .disable_signals()
        .listen(listener)
        .unwrap()
        .run();
        tokio::spawn(server);
        (bot, Url::parse(&url).unwrap())
    }

    fn answer(&self, status: u16, body: Value) {
        self.answers.lock().unwrap().push_back((status, body));
    }

    fn activities(&self) -> Vec<Value> {
        self.got
            .lock()
            .unwrap()
            .iter()
            .map(|(_, activity)| activity.clone())
            .collect()
    }
}

async fn take(bot: web::Data<Bot>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    let header = request
        .headers()
        .get("authorization")
        .map(|v| v.to_str().unwrap().to_owned());
    let activity = serde_json::from_slice(&body).unwrap_or(Value::Null);
    bot.got.lock().unwrap().push((header, activity));
    let (status, body) = bot
        .answers
        .lock()
        .unwrap()
        .pop_front()
        .unwrap_or((200, Value::Null));
    let mut answer = HttpResponse::build(actix_web::http::StatusCode::from_u16(status).unwrap());
    if body.is_null() {
        answer.finish()
    } else {
        answer.json(body)
    }
}

/// A sandbox with one person, a bot, and a caller that holds a token.
struct Scene {
    sandbox: Sandbox,
    bot: Bot,
    http: reqwest::Client,
    token: String,
}

impl Scene {
    async fn new() -> Self {
        Self::with(options()).await
    }

    async fn with(mut options: SandboxOptions) -> Self {
        let (bot, url) = Bot::start();
        options.bot_endpoint = Some(url);
        let sandbox = Sandbox::start(options).await.unwrap();
        let http = crate::http_client::build(crate::http_client::HttpLimits::default()).unwrap();
        let token = token(&http, &sandbox).await;
        Self {
            sandbox,
            bot,
            http,
            token,
        }
    }

    async fn installed() -> Self {
        let scene = Self::new().await;
        scene.priya().install().await.unwrap();
        scene
    }

    fn priya(&self) -> Client {
        self.sandbox
            .client(&UserKey::parse(format!("{TENANT}/{PRIYA}")).unwrap())
            .unwrap()
    }

    fn url(&self, rest: &str) -> String {
        format!("{}v3/conversations{rest}", self.sandbox.service_url(TENANT))
    }

    /// Calls the connector; answers status, body and `Retry-After`.
    async fn call(&self, method: &str, rest: &str, body: &Value) -> (u16, Value, Option<String>) {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let response = self.try_call(method, &self.url(rest), body).await.unwrap();
        let status = response.status().as_u16();
        let retry = response
            .headers()
            .get("retry-after")
            .map(|v| v.to_str().unwrap().to_owned());
        let text = response.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::Null), retry)
    }

    async fn try_call(&self, method: &str, url: &str, body: String) -> reqwest::Result<reqwest::Response> {
        self.http
            .request(method.parse().unwrap(), url)
            .bearer_auth(&self.token)
            .header("content-type", "application/json; charset=utf-8")
            .body(body)
            .send()
            .await
    }

    fn activities(&self) -> String {
        format!(
            "/{}/activities",
            self.priya().person().conversation_id.replace(':', "%3A")
        )
    }

    async fn send(&self, body: &Value) -> (u16, Value, Option<String>) {
        self.call("POST", &self.activities(), body).await
    }

    async fn sent_id(&self, body: &Value) -> String {
        let (status, answer, _) = self.send(body).await;
        assert_eq!(status, 201, "{answer}");
        answer["id"].as_str().unwrap().to_owned()
    }
}

async fn token(http: &reqwest::Client, sandbox: &Sandbox) -> String {
    let answer: Value = http
        .post(format!("{}/{TENANT}/oauth2/v2.0/token", sandbox.authority()))
        .form(&[
            ("grant_type", "client_credentials"),
            ("client_id", APP),
            ("client_secret", "s3cret"),
            ("scope", SCOPE),
        ])
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    answer["access_token"].as_str().unwrap().to_owned()
}

fn text(text: &str) -> Value {
    json!({ "type": "message", "text": text })
}

fn card() -> Value {
    json!({ "type": "message", "summary": "New request", "attachments": [{
        "contentType": "application/vnd.microsoft.card.adaptive",
        "content": {
            "type": "AdaptiveCard", "version": "1.5",
            "body": [{ "type": "TextBlock", "text": "A request" }, { "type": "Input.Text", "id": "note" }],
            "actions": [{
                "type": "Action.Execute", "title": "Accept", "verb": "request.accept",
                "data": { "notification_id": "n-1" },
                "fallback": {
                    "type": "Action.Submit", "title": "Accept",
                    "data": { "notification_id": "n-1", "verb": "request.accept" },
                },
            }],
        },
    }] })
}

fn code(body: &Value) -> &str {
    body["error"]["code"].as_str().unwrap_or_default()
}
