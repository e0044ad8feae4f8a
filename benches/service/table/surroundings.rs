//! The stand-in's process, and what people and Chronus say to the program that is measured.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use chronus_teams::sandbox::keys::SigningKey;
use events::{Clock as _, SystemClock};
use serde_json::{Value, json};

use super::standin::DIGITS;
use crate::Outcome;
use crate::http::{Connection, post, request};
use crate::stage::APP_ID;

pub(crate) const TENANT: &str = "0f1e2d3c-4b5a-4697-8877-665544332211";
pub(crate) const SECRET: &str = "not-a-secret";
pub(crate) const API_KEY: &str = "ctk_bench_0123456789abcdefghijklmnopqrstuvwxyz0123";
const ISSUER: &str = "https://api.botframework.com";
/// How long anything may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(600);
/// After so long without a card no more are expected.
const QUIET: Duration = Duration::from_secs(3);
/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(5);

/// A process that ends with whoever holds it.
#[derive(Debug)]
pub(crate) struct Process(pub(crate) Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// The stand-in, and the key that its tokens are signed with.
#[derive(Debug)]
pub(crate) struct Surroundings {
    pub(crate) address: SocketAddr,
    /// What the Bot Connector shows.
    pub(crate) token: String,
    _process: Process,
}

impl Surroundings {
    pub(crate) fn start() -> Outcome<Self> {
        let key = SigningKey::generate()?;
        let now = SystemClock.now().timestamp();
        let login = key.sign(&json!({
            "aud": ISSUER, "iss": "https://login.bench.example/", "appid": APP_ID, "iat": now, "nbf": now,
            "exp": now + 3_600,
        }))?;
        let mut process = Command::new(std::env::current_exe()?)
            .arg("stand-in")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let told = json!({
            "tenant": TENANT, "issuer": ISSUER, "keys": { "keys": [key.jwk(&["msteams"])] }, "token": login,
        });
        let mut input = process.stdin.take().ok_or("the stand-in has no input")?;
        writeln!(input, "{told}")?;
        let output = process.stdout.take().ok_or("the stand-in has no output")?;
        let process = Process(process);
        let mut port = String::new();
        BufReader::new(output).read_line(&mut port)?;
        let address = SocketAddr::from(([127, 0, 0, 1], port.trim().parse()?));
        let token = key.sign(&json!({
            "iss": ISSUER, "aud": APP_ID, "nbf": now - 60, "exp": now + 36_000,
            "serviceurl": service_url(address),
        }))?;
        Ok(Self {
            address,
            token,
            _process: process,
        })
    }

    /// Cards that came so far.
    pub(crate) async fn cards(&self) -> Outcome<u64> {
        let mut connection = Connection::open(self.address).await?;
        self.cards_by(&mut connection).await
    }

    async fn cards_by(&self, connection: &mut Connection) -> Outcome<u64> {
        let answer = connection.ask(&request("GET", "/seen", "", "", "", b"")).await?;
        let seen: Value = serde_json::from_slice(&answer.body)?;
        Ok(seen["cards"].as_u64().ok_or("the stand-in does not count")?)
    }

    /// Waits until so many cards came.
    pub(crate) async fn until(&self, cards: u64) -> Outcome<()> {
        let (mut connection, begun) = (Connection::open(self.address).await?, Instant::now());
        loop {
            let seen = self.cards_by(&mut connection).await?;
            if seen >= cards {
                return Ok(());
            }
            if begun.elapsed() > PATIENCE {
                return Err(format!("{seen} cards came, not {cards}").into());
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Waits until so many cards came, or none came for three seconds; answers how many came.
    pub(crate) async fn until_or_quiet(&self, cards: u64) -> Outcome<u64> {
        let mut connection = Connection::open(self.address).await?;
        let (mut before, mut since) = (self.cards_by(&mut connection).await?, Instant::now());
        while before < cards && since.elapsed() < QUIET {
            tokio::time::sleep(LOOK).await;
            let seen = self.cards_by(&mut connection).await?;
            if seen > before {
                (before, since) = (seen, Instant::now());
            }
        }
        Ok(before)
    }

    /// Waits until no card came for two seconds.
    pub(crate) async fn settled(&self) -> Outcome<u64> {
        let mut before = self.cards().await?;
        loop {
            tokio::time::sleep(Duration::from_secs(2)).await;
            let now = self.cards().await?;
            if now == before {
                return Ok(now);
            }
            before = now;
        }
    }

    /// When each card after the first so many came, in microseconds since 1970, and for whom.
    pub(crate) async fn came(&self, from: u64) -> Outcome<Vec<(u64, u64)>> {
        let mut connection = Connection::open(self.address).await?;
        let path = format!("/came?from={from}");
        let answer = connection.ask(&request("GET", &path, "", "", "", b"")).await?;
        let text = String::from_utf8(answer.body)?;
        text.lines()
            .map(|line| {
                let (at, whom) = line.split_once(' ').ok_or("a line of the stand-in is cut")?;
                Ok((at.parse()?, whom.parse()?))
            })
            .collect()
    }

    pub(crate) fn service_url(&self) -> String {
        service_url(self.address)
    }

    /// What the peers find in their environment.
    pub(crate) fn environment(&self, port: u16) -> HashMap<&'static str, String> {
        let base = format!("http://{}", self.address);
        HashMap::from([
            ("BENCH_APP_ID", APP_ID.to_owned()),
            ("BENCH_APP_SECRET", SECRET.to_owned()),
            ("BENCH_TENANT_ID", TENANT.to_owned()),
            (
                "BENCH_METADATA_URL",
                format!("{base}/v1/.well-known/openidconfiguration"),
            ),
            ("BENCH_IDP_URL", base),
            ("BENCH_SERVICE_URL", self.service_url()),
            ("BENCH_TARGET_PORT", port.to_string()),
            ("NODE_ENV", "production".to_owned()),
        ])
    }

    /// Somebody adds the app.
    pub(crate) fn install(&self, person: u64) -> Vec<u8> {
        let body = self.activity(
            person,
            &json!({ "type": "installationUpdate", "action": "add", "id": format!("f:install-{}", unique()) }),
        );
        post("/api/messages", &self.token, "application/json", &body)
    }

    /// Somebody types.
    pub(crate) fn message(&self, person: u64, text: &str) -> Vec<u8> {
        let what = json!({
            "type": "message", "id": unique(), "text": text, "textFormat": "plain",
            "localTimezone": "Europe/Lisbon",
            "attachments": [{ "contentType": "text/html", "content": format!("<p>{text}</p>") }],
            "entities": [{
                "type": "clientInfo", "locale": "en-US", "country": "US", "platform": "Web", "timezone": "Europe/Lisbon",
            }],
        });
        post(
            "/api/messages",
            &self.token,
            "application/json",
            &self.activity(person, &what),
        )
    }

    fn activity(&self, person: u64, what: &Value) -> String {
        let n = format!("{person:0>DIGITS$}");
        let mut activity = json!({
            "channelId": "msteams", "serviceUrl": self.service_url(), "locale": "en-US",
            "timestamp": SystemClock.now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
            "from": {
                "id": format!("29:bench-user-{n}"), "name": "Priya Nair",
                "aadObjectId": format!("00000000-0000-4000-8000-{n}"),
            },
            "recipient": { "id": format!("28:{APP_ID}"), "name": "Bench" },
            "conversation": {
                "conversationType": "personal", "tenantId": TENANT, "id": format!("a:bench-conversation-{n}"),
            },
            "channelData": { "tenant": { "id": TENANT } },
        });
        if let (Some(all), Some(more)) = (activity.as_object_mut(), what.as_object()) {
            all.extend(more.clone());
        }
        activity.to_string()
    }
}

fn service_url(address: SocketAddr) -> String {
    format!("http://{address}/amer/{TENANT}/")
}

/// An id that was not used before.
pub(crate) fn unique() -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!(
        "{}{:0>7}",
        super::standin::now(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    )
}

/// Events of Chronus', one for each person, as one request.
pub(crate) fn hand_over(people: impl Iterator<Item = u64>) -> Vec<u8> {
    let events: Vec<Value> = people.map(event).collect();
    let (content_type, body) = match events.as_slice() {
        [one] => ("application/cloudevents+json", one.to_string()),
        many => (
            "application/cloudevents-batch+json",
            Value::from(many).to_string(),
        ),
    };
    post("/v1/events", API_KEY, content_type, &body)
}

fn event(person: u64) -> Value {
    let id = unique();
    json!({
        "specversion": "1.0", "id": id, "source": "/bench", "type": "com.chronus.mentoring_request.sent",
        "subject": format!("mentoring_request/{id}"), "datacontenttype": "application/json",
        "data": {
            "recipients": [{
                "member_id": format!("m-{person}"), "email": format!("user{person:0>DIGITS$}@bench.example"),
            }],
            "actor": { "member_id": "m-x", "name": "Ben Okafor" },
            "message": "Would you have half an hour a month for me? ".repeat(6),
        },
    })
}
