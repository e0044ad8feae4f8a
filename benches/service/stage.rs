//! Where it is measured: the service and the sandbox in this process, over real HTTP on loopback, with data on the
//! disk that holds the build. The sandbox has no limits; the service keeps Teams' limits as in production.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use actix_web::{App, HttpResponse, HttpServer, web};
use chronus_teams::config::{Authentication, Config, KeyHash};
use chronus_teams::sandbox::keys::SigningKey;
use chronus_teams::sandbox::limits::Limits;
use chronus_teams::sandbox::people::PersonSpec;
use chronus_teams::sandbox::{Sandbox, SandboxOptions, login};
use chronus_teams::service::Service;
use events::{Clock as _, SystemClock, UserKey};
use secrecy::SecretString;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::Outcome;

/// The organization that is served.
pub(crate) const ORGANIZATION: &str = "acme";
/// Its tenant.
pub(crate) const TENANT: &str = "00000000-0000-4000-8000-000000000001";
/// Its API key.
pub(crate) const API_KEY: &str = "ctk_acme_for-measurements-on-this-machine-only";
/// The API key of another organization.
pub(crate) const HOSTILE_KEY: &str = "ctk_bolt_for-measurements-on-this-machine-only";
/// The bot's app id.
pub(crate) const APP_ID: &str = "6f1d2c3b-4a5e-4f60-8b71-92a3b4c5d6e7";
/// The issuer of the tokens that the load generator carries.
pub(crate) const ISSUER: &str = "https://issuer.load.example";
/// Where the limits are not what is measured.
const NO_LIMITS: &str = "address_limit = { count = 1000000, seconds = 1 }
ingest_limit = { count = 1000000, seconds = 1 }
read_limit = { count = 1000000, seconds = 1 }";
const APP_SECRET: &str = "a-secret-of-the-measurements";
const WEBHOOK_SECRET: &str = "whsec_dGhlLW1lYXN1cmVtZW50cy1zaWduLXdpdGgtdGhpcw==";

/// Sandbox, service and an issuer of tokens, running.
#[derive(Debug)]
pub(crate) struct Stage {
    /// Microsoft's and Chronus' side.
    pub(crate) sandbox: Sandbox,
    /// What is measured.
    pub(crate) service: Service,
    /// Where its data is.
    pub(crate) folder: PathBuf,
    /// Where the issuer's keys are announced.
    pub(crate) metadata: String,
    issuer: actix_web::dev::ServerHandle,
    key: SigningKey,
}

impl Stage {
    /// Starts everything with an empty log in `folder`, or with the one that is there, and `people` in the tenant. Requests are
    /// not limited.
    pub(crate) async fn start(folder: &Path, people: u64) -> Outcome<Self> {
        Self::start_with(folder, people, NO_LIMITS).await
    }

    /// The same with the limits that are shipped, and with proxies on this machine that tell for whom they ask.
    pub(crate) async fn start_as_shipped(folder: &Path) -> Outcome<Self> {
        Self::start_with(folder, 0, "trusted_proxies = [\"127.0.0.1\"]").await
    }

    async fn start_with(folder: &Path, people: u64, http: &str) -> Outcome<Self> {
        let key = SigningKey::generate()?;
        let (issuer, metadata) = announce(&key)?;
        let secrets = HashMap::from([(ORGANIZATION.to_owned(), SecretString::from(WEBHOOK_SECRET))]);
        let sandbox = Sandbox::start(SandboxOptions {
            people: (0..people).map(person).collect(),
            limits: Limits::off(),
            webhook_secrets: secrets,
            ..SandboxOptions::new(APP_ID, SecretString::from(APP_SECRET))
        })
        .await?;
        let text = configuration(folder, &sandbox, &metadata, http);
        let config = Config::from_text(&text, "the measurements' configuration", [])?;
        let config = config.ready_to_serve(Authentication::Required)?;
        let service = Service::start(&config, Authentication::Required, Arc::new(SystemClock)).await?;
        sandbox.set_bot_endpoint(format!("http://{}/api/messages", service.address()).parse()?);
        Ok(Self {
            sandbox,
            service,
            folder: folder.to_owned(),
            metadata,
            issuer,
            key,
        })
    }

    /// Where the service listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.service.address()
    }

    /// A token as the Bot Connector would send it, valid for a day; `number` makes each a different one.
    pub(crate) fn token(&self, number: u64) -> Outcome<String> {
        let now = SystemClock.now().timestamp();
        Ok(self.key.sign(&json!({
            "iss": ISSUER, "aud": APP_ID, "nbf": now - 60, "exp": now + 86_400, "jti": number,
            "serviceurl": self.sandbox.service_url(TENANT),
        }))?)
    }

    /// Stops everything and removes the data.
    pub(crate) async fn stop(self) -> Outcome<()> {
        self.service.stop().await?;
        self.sandbox.stop().await;
        self.issuer.stop(false).await;
        std::fs::remove_dir_all(&self.folder)?;
        Ok(())
    }
}

/// The user with a number.
pub(crate) fn user(number: u64) -> Outcome<UserKey> {
    Ok(UserKey::parse(format!("{TENANT}/{}", object_id(number)))?)
}

/// The mail address of the user with a number.
pub(crate) fn email(number: u64) -> String {
    format!("person{number}@acme.example")
}

fn object_id(number: u64) -> Uuid {
    Uuid::from_u128((1 << 96) | u128::from(number))
}

fn person(number: u64) -> PersonSpec {
    PersonSpec {
        tenant_id: TENANT.to_owned(),
        aad_object_id: object_id(number).to_string(),
        name: Some(format!("Person {number}")),
        email: Some(email(number)),
        upn: Some(email(number)),
        guest: false,
        locale: "en-US".to_owned(),
        timezone: "Europe/Lisbon".to_owned(),
        platform: "Web".to_owned(),
    }
}

/// Announces a key as an issuer of its own, so that tokens can be made beforehand.
fn announce(key: &SigningKey) -> Outcome<(actix_web::dev::ServerHandle, String)> {
    let keys = json!({ "keys": [key.jwk(&["msteams"])] });
    let server = HttpServer::new(move || {
        let keys = keys.clone();
        App::new().route("/metadata", web::get().to(metadata)).route(
            "/keys",
            web::get().to(move || std::future::ready(answer(keys.clone()))),
        )
    })
    .workers(1)
    .disable_signals()
    .bind(("127.0.0.1", 0))?;
    let address = server.addrs().first().copied().ok_or("no address")?;
    let running = server.run();
    let handle = running.handle();
    tokio::spawn(running);
    Ok((handle, format!("http://{address}/metadata")))
}

async fn metadata(request: actix_web::HttpRequest) -> HttpResponse {
    let keys = format!("http://{}/keys", request.connection_info().host());
    answer(json!({
        "issuer": ISSUER, "jwks_uri": keys, "id_token_signing_alg_values_supported": ["RS256"],
    }))
}

fn answer(body: Value) -> HttpResponse {
    HttpResponse::Ok().json(body)
}

fn configuration(folder: &Path, sandbox: &Sandbox, metadata: &str, http: &str) -> String {
    let folder = Value::from(folder.display().to_string());
    format!(
        r#"
[data]
folder = {folder}

[http]
listen = "127.0.0.1:0"
admin_listen = "127.0.0.1:0"
{http}

[teams]
app_id = "{APP_ID}"
client_secret = "{APP_SECRET}"
login_url = "{sandbox}"
service_url = "{sandbox}/connector/teams"
gcc_service_url = "{sandbox}/connector/teams"
issuers = [
  {{ issuer = "{ISSUER}", metadata_url = "{metadata}" }},
  {{ issuer = "{issuer}", metadata_url = "{sandbox_metadata}" }},
]
allowed_hosts = ["{sandbox}"]

[delivery]
quiet_hours = "off"

[[organizations]]
id = "{ORGANIZATION}"
tenant_id = "{TENANT}"
webhook = {{ url = "{webhook}", secret = "{WEBHOOK_SECRET}" }}
api_keys = [{{ name = "load", sha256 = "{key}", roles = ["ingest", "read"] }}]

[[organizations]]
id = "bolt"
tenant_id = "00000000-0000-4000-8000-000000000002"
api_keys = [{{ name = "load", sha256 = "{hostile}", roles = ["ingest", "read"] }}]
"#,
        sandbox = sandbox.url(),
        issuer = login::ISSUER,
        sandbox_metadata = sandbox.openid_metadata_url(),
        webhook = sandbox.webhook_url(ORGANIZATION),
        key = KeyHash::of(API_KEY),
        hostile = KeyHash::of(HOSTILE_KEY),
    )
}
