//! A stand-in for Microsoft over real HTTP: the login with real RS256 keys, the Bot Connector with Teams' limits and
//! refusals, and people at Teams clients. The demo, the tests and the benchmarks point the service's ordinary
//! configuration at it, so the service has no path that only a test takes.
//!
//! With a journal it remembers across `kill -9` what Teams would remember; deeds that the bot had not taken are told
//! again at the next start. Its control routes answer this machine only.

pub mod activity;
pub mod assertions;
pub mod bot;
pub mod card;
pub mod chat;
pub mod chronus;
mod chronus_routes;
pub mod client;
pub mod connection;
pub mod connector;
pub mod content;
pub mod control;
pub mod deed;
pub mod faults;
pub mod journal;
pub mod keys;
pub mod limits;
pub mod login;
pub mod login_refusal;
mod login_routes;
pub mod page;
pub mod people;
pub mod refusal;
mod start;
pub mod stats;
pub mod world;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use events::{Clock, SystemClock, UserKey};
use secrecy::SecretString;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use url::Url;

use bot::{BotAnswer, NoAnswer, Telling, TokenKind};
use chronus::Inbox;
use client::{Client, TimedOut};
use control::Summary;
use faults::Fault;
use journal::JournalError;
use keys::KeyError;
use limits::Limits;
use people::PersonSpec;
use world::{AddError, Counts, RotateError, World};

/// How to start a sandbox.
#[derive(Debug, Clone)]
pub struct SandboxOptions {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The address by which the service reaches it, without a trailing slash; `listen` with `http://` where absent.
    pub public_url: Option<String>,
    /// The bot's Entra app id.
    pub app_id: String,
    /// The bot's client secret.
    pub app_secret: SecretString,
    /// The bot's name in chats.
    pub bot_name: String,
    /// The app's id and version as its manifest has them.
    pub manifest: (String, String),
    /// Where the bot takes activities; can be told later.
    pub bot_endpoint: Option<Url>,
    /// The part of the service URL that names a slice of the world.
    pub region: String,
    /// People to start with. People of a journal stay.
    pub people: Vec<PersonSpec>,
    /// Tenants known to the login besides those of the people: the bot's home tenant.
    pub tenants: Vec<String>,
    /// Rate limits.
    pub limits: Limits,
    /// Failures on order.
    pub faults: Vec<Fault>,
    /// How the bot is told of what people do.
    pub telling: Telling,
    /// How long an access token holds.
    pub token_lifetime: Duration,
    /// Signing secrets (`whsec_…`) of the organizations whose webhook the sandbox receives.
    pub webhook_secrets: HashMap<String, SecretString>,
    /// The folder of the journal; nothing is kept where absent.
    pub journal: Option<PathBuf>,
    /// HTTP worker threads.
    pub workers: usize,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl SandboxOptions {
    /// A sandbox on a free loopback port for the app `app_id`, with Teams' limits and nobody in it.
    pub fn new(app_id: impl Into<String>, app_secret: SecretString) -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            public_url: None,
            app_id: app_id.into(),
            app_secret,
            bot_name: "Chronus".to_owned(),
            manifest: (
                "c0ffee00-1234-4abc-8def-0123456789ab".to_owned(),
                "1.0.0".to_owned(),
            ),
            bot_endpoint: None,
            region: "amer".to_owned(),
            people: Vec::new(),
            tenants: Vec::new(),
            limits: Limits::default(),
            faults: Vec::new(),
            telling: Telling::default(),
            token_lifetime: Duration::from_secs(3_599),
            webhook_secrets: HashMap::new(),
            journal: None,
            workers: 2,
            clock: Arc::new(SystemClock),
        }
    }
}

/// Why a sandbox cannot start.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The address is taken or not ours.
    #[error("the sandbox cannot listen on {address}; choose another address with --listen")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The journal is not usable.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// No keys.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A person has no usable id.
    #[error(transparent)]
    Person(#[from] AddError),
    /// The HTTP client could not be made.
    #[error(transparent)]
    Client(#[from] crate::http_client::BuildClientError),
    /// A thread of the start died.
    #[error("the sandbox's start was interrupted")]
    Interrupted,
}

/// A running sandbox.
#[derive(Debug)]
pub struct Sandbox {
    world: Arc<World>,
    address: SocketAddr,
    server: ServerHandle,
    served: JoinHandle<std::io::Result<()>>,
}

impl Sandbox {
    /// Starts a sandbox. Call it inside a tokio runtime; stop it with [`Sandbox::stop`].
    pub async fn start(options: SandboxOptions) -> Result<Self, SandboxError> {
        start::start(options).await
    }

    /// Where it is served, without a trailing slash.
    pub fn url(&self) -> &str {
        &self.world.url
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The Bot Framework's OpenID metadata.
    pub fn openid_metadata_url(&self) -> String {
        format!("{}/v1/.well-known/openidconfiguration", self.url())
    }

    /// The login's base, to which `/{tenant}/oauth2/v2.0/token` is appended.
    pub fn authority(&self) -> &str {
        self.url()
    }

    /// A person's token of the tenant's login, with `claims` beside its issuer.
    pub fn person_token(&self, tenant: &str, claims: &serde_json::Value) -> Result<String, KeyError> {
        self.world.login.person(self.url(), tenant, claims)
    }

    /// Whose assertions the login takes in place of the bot's secret.
    pub fn assertions(&self) -> &assertions::Assertions {
        self.world.login.assertions()
    }

    /// The service URL of a tenant's chats.
    pub fn service_url(&self, tenant: &str) -> String {
        self.world.service_url(tenant)
    }

    /// Tells where the bot takes activities.
    pub fn set_bot_endpoint(&self, endpoint: Url) {
        self.world.bot.set_endpoint(endpoint);
    }

    /// A person at a client.
    pub fn client(&self, key: &UserKey) -> Option<Client> {
        let person = self.world.people.get(key)?;
        Some(Client::new(Arc::clone(&self.world), person))
    }

    /// Everybody, ordered by identity.
    pub fn clients(&self) -> Vec<Client> {
        let everybody = self.world.people.all().into_iter();
        everybody
            .map(|person| Client::new(Arc::clone(&self.world), person))
            .collect()
    }

    /// Adds a person, or returns the one who is there.
    pub async fn add_person(&self, spec: PersonSpec) -> Result<Client, AddError> {
        let person = self.world.add_person(spec).await?;
        Ok(Client::new(Arc::clone(&self.world), person))
    }

    /// Orders a failure.
    pub fn order(&self, fault: Fault) {
        self.world.faults.push(fault);
    }

    /// Takes back all failures that did not happen yet.
    pub fn clear_faults(&self) {
        self.world.faults.clear();
    }

    /// Publishes a new signing key and retires the oldest.
    pub async fn rotate_keys(&self) -> Result<(), RotateError> {
        Arc::clone(&self.world).rotate_keys().await
    }

    /// Counts.
    pub fn stats(&self) -> Summary {
        Summary::of(&self.world)
    }

    /// The counts alone, without looking at anybody's chat.
    pub fn counts(&self) -> Counts {
        self.world.stats.read()
    }

    /// What an organization's webhook got.
    pub fn inbox(&self, organization: &str) -> Inbox {
        self.world.chronus.inbox(organization)
    }

    /// Where an organization's webhook is received.
    pub fn webhook_url(&self, organization: &str) -> String {
        format!("{}/sandbox/chronus/{organization}", self.url())
    }

    /// Posts a body to the bot as it is, once, with the token asked for.
    pub async fn post_activity(
        &self,
        body: impl Into<String>,
        token: TokenKind,
    ) -> Result<BotAnswer, NoAnswer> {
        self.world.bot.post(self.world.teams(), body.into(), token).await
    }

    /// Waits until `predicate` holds; it is asked again after every change of anything in the sandbox.
    pub async fn wait_until(
        &self,
        deadline: Duration,
        mut predicate: impl FnMut(&Self) -> bool,
    ) -> Result<(), TimedOut> {
        let mut changes: watch::Receiver<u64> = self.world.changes.subscribe();
        let until = tokio::time::Instant::now() + deadline;
        loop {
            changes.borrow_and_update();
            if predicate(self) {
                return Ok(());
            }
            match tokio::time::timeout_at(until, changes.changed()).await {
                Ok(Ok(())) => {}
                _ => return Err(TimedOut),
            }
        }
    }

    /// Stops serving, gives up telling the bot until the next start, and lets go of the journal.
    pub async fn stop(self) {
        self.world.stopping.cancel();
        self.server.stop(true).await;
        if let Ok(Err(error)) = self.served.await {
            tracing::warn!(%error, "the sandbox's server ended with an error");
        }
        self.world.journal.close().await;
    }
}

#[cfg(test)]
mod tests;
