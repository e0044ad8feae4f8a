//! How long the whole way takes, one thing at a time on an idle service: from a domain event's POST until its card
//! stands in the person's chat, and from a press until Chronus has the answer.

use std::path::Path;
use std::time::{Duration, Instant};

use chronus_teams::sandbox::client::{Action, Client, Press};
use serde_json::Value;

use crate::figures::Latencies;
use crate::http::{Connection, post};
use crate::intake::mentoring_request;
use crate::stage::{API_KEY, ORGANIZATION, Stage};
use crate::{Outcome, Settings, say, stage};

/// People who take turns, so that no chat meets Teams' limit for one chat.
const PEOPLE: u64 = 20;
/// Rest after each card and press: without it the service would wait for Teams' limit of 50 calls a second.
const REST: Duration = Duration::from_millis(100);
/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) async fn measure(folder: &Path, settings: &Settings) -> Outcome<()> {
    let stage = Stage::start(&folder.join("data"), PEOPLE).await?;
    let mut clients = Vec::new();
    for number in 0..PEOPLE {
        let client = stage
            .sandbox
            .client(&stage::user(number)?)
            .ok_or("nobody lives there")?;
        client.install().await?;
        clients.push(client);
    }
    let mut connection = Connection::open(stage.address()).await?;
    let (mut cards, mut presses) = (Vec::new(), Vec::new());
    let begun = Instant::now();
    // The first round finds people whose names are still being looked up; it is not counted.
    for (number, client) in (0..settings.samples + PEOPLE).zip(clients.iter().cycle()) {
        let (card, press) = once(&stage, &mut connection, client, number).await?;
        if number >= PEOPLE {
            cards.push(card);
            presses.push(press);
        }
        tokio::time::sleep(REST).await;
    }
    let elapsed = begun.elapsed();
    say("| from | to | median | p99 |\n|---|---|---|---|")?;
    let cards = Latencies::new(cards, elapsed);
    say(&format!(
        "| POST of a domain event | card in the person's chat | {cards} |"
    ))?;
    let presses = Latencies::new(presses, elapsed);
    say(&format!("| press on Accept | answer at Chronus | {presses} |"))?;
    stage.stop().await
}

/// One card and one press on it.
pub(crate) async fn once(
    stage: &Stage,
    connection: &mut Connection,
    client: &Client,
    number: u64,
) -> Outcome<(Duration, Duration)> {
    let body = mentoring_request(&number.to_string(), number % PEOPLE);
    let request = post("/v1/events", API_KEY, "application/cloudevents+json", &body);
    let begun = Instant::now();
    let answer = connection.ask(&request).await?;
    let answer: Value = serde_json::from_slice(&answer.body)?;
    let notification = answer["results"][0]["notifications"][0]["notification_id"]
        .as_str()
        .ok_or_else(|| format!("the intake answered {answer}"))?
        .to_owned();
    client
        .wait_for(PATIENCE, |chat| chat.card_of(&notification).is_some())
        .await?;
    let card = begun.elapsed();

    let answers = stage.sandbox.inbox(ORGANIZATION).received.len();
    let press = Press {
        button: "request.accept".to_owned(),
        notification: Some(notification),
        ..Press::default()
    };
    let begun = Instant::now();
    let outcome = client.act(Action::Press(press), None).await?;
    if !outcome.taken() {
        return Err(format!("the press was answered with {:?}", outcome.status).into());
    }
    stage
        .sandbox
        .wait_until(PATIENCE, |sandbox| {
            sandbox.inbox(ORGANIZATION).received.len() > answers
        })
        .await?;
    Ok((card, begun.elapsed()))
}
