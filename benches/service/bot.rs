//! The bot endpoint: `help` from many people, each request with its token verified and answered after the durable
//! append. Beside it run the read models' follower and the lanes, which answer with cards at Teams' pace.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chronus_teams::http_client::{self, HttpLimits};
use chronus_teams::teams::auth::{AuthSettings, Authenticator, TrustedIssuer};
use events::{SystemClock, TenantId};
use serde_json::json;

use crate::figures::{Latencies, ms};
use crate::http::{hammer, post};
use crate::stage::{APP_ID, ISSUER, Stage, TENANT};
use crate::{Outcome, Settings, machine, say, stage};

/// Connections at once.
const CONNECTIONS: [u64; 3] = [1, 16, 64];
/// Different tokens: the Bot Connector uses each of its own for about an hour.
const TOKENS: u64 = 8;
/// Verifications measured alone.
const VERIFICATIONS: u32 = 3_000;

pub(crate) async fn measure(folder: &Path, settings: &Settings) -> Outcome<()> {
    let stage = Stage::start(&folder.join("data"), settings.people).await?;
    let tokens: Arc<[String]> = (0..TOKENS)
        .map(|number| stage.token(number))
        .collect::<Outcome<_>>()?;
    let verification = verification(&stage, &tokens[0]).await?;
    let people = people(&stage, settings.people)?;
    let time = Duration::from_secs(settings.seconds);
    // Everybody is new at first; after this each request is one of a person who is known.
    let round = Arc::new(std::sync::atomic::AtomicU64::new(1));
    warm_up(&stage, &people, &tokens).await?;

    say("| connections | requests/s | median | p99 | processor time a request | of it verification |")?;
    say("|---|---|---|---|---|---|")?;
    for connections in CONNECTIONS {
        let round = round.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let before = machine::processor_time()?;
        let (people, tokens) = (Arc::clone(&people), Arc::clone(&tokens));
        let request = move |number: u64| help(&people, &tokens, round, number);
        let answered = hammer(stage.address(), connections, time, 200, request).await?;
        let used = machine::processor_time()?.saturating_sub(before);
        say(&line(connections, &answered, used, verification))?;
    }
    say(&format!(
        "\nverifying a token alone: {} of one core",
        ms(verification)
    ))?;
    stage.stop().await
}

fn line(connections: u64, answered: &Latencies, used: Duration, verification: Duration) -> String {
    let each = used / u32::try_from(answered.len().max(1)).unwrap_or(u32::MAX);
    format!(
        "| {connections} | {:.0} | {answered} | {} | {:.0}% |",
        answered.rate(),
        ms(each),
        verification.as_secs_f64() / each.as_secs_f64() * 100.0
    )
}

/// What one request of each kind is made of, with the number left open.
fn people(stage: &Stage, count: u64) -> Outcome<Arc<[String]>> {
    let bodies = (0..count).map(|number| {
        let key = stage::user(number)?;
        let client = stage.sandbox.client(&key).ok_or("nobody lives there")?;
        let person = client.person();
        let body = json!({
            "type": "message", "id": "ACTIVITY", "timestamp": "2026-01-01T00:00:00.0000000Z",
            "channelId": "msteams", "serviceUrl": stage.sandbox.service_url(TENANT),
            "from": {
                "id": person.user_id, "name": "Person", "aadObjectId": key.aad_object_id.as_str(),
            },
            "recipient": { "id": format!("28:{APP_ID}"), "name": "Chronus" },
            "conversation": {
                "conversationType": "personal", "tenantId": TENANT, "id": person.conversation_id,
            },
            "channelData": { "tenant": { "id": TENANT } },
            "entities": [{
                "type": "clientInfo", "locale": "en-US", "country": "US", "platform": "Web",
                "timezone": "Europe/Lisbon",
            }],
            "locale": "en-US", "localTimezone": "Europe/Lisbon", "text": "help", "textFormat": "plain",
            "attachments": [{ "contentType": "text/html", "content": "<p>help</p>" }],
        });
        Ok(body.to_string())
    });
    bodies.collect()
}

/// The request with a number: people take turns, and each activity has an id of its own.
fn help(people: &[String], tokens: &[String], round: u64, number: u64) -> Vec<u8> {
    let at = |list: &[String]| usize::try_from(number).unwrap_or(0) % list.len();
    let id = format!("17{round}{number:0>10}");
    let body = people[at(people)].replace("ACTIVITY", &id);
    post("/api/messages", &tokens[at(tokens)], "application/json", &body)
}

/// One `help` of each person.
async fn warm_up(stage: &Stage, people: &Arc<[String]>, tokens: &Arc<[String]>) -> Outcome<()> {
    let mut connection = crate::http::Connection::open(stage.address()).await?;
    for number in 0..people.len() as u64 {
        let answer = connection.ask(&help(people, tokens, 0, number)).await?;
        if answer.status != 200 {
            return Err(format!("the first activity was answered with {}", answer.status).into());
        }
    }
    Ok(())
}

/// How long checking one token takes, with everything that the endpoint checks before it reads the body.
async fn verification(stage: &Stage, token: &str) -> Outcome<Duration> {
    let settings = AuthSettings {
        issuers: vec![TrustedIssuer {
            issuer: ISSUER.to_owned(),
            metadata_url: stage.metadata.clone(),
            require_endorsement: true,
        }],
        ..AuthSettings::public_cloud(APP_ID, [TenantId::parse(TENANT)?])
    };
    let http = http_client::build(HttpLimits::default())?;
    let authenticator = Authenticator::new(settings, &http, Arc::new(SystemClock));
    let header = format!("Bearer {token}");
    authenticator.authenticate(Some(&header)).await?;
    let begun = Instant::now();
    for _ in 0..VERIFICATIONS {
        authenticator.authenticate(Some(&header)).await?;
    }
    Ok(begun.elapsed() / VERIFICATIONS)
}
