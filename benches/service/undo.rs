//! A mistaken announcement that is taken back when half of its people have it: how long until nobody has it any more, beside how
//! long Teams' pace allows at best. Everything over HTTP, against Teams' limits.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::http::{Connection, post, request};
use crate::town::{Town, email, key};
use crate::{Outcome, Settings, say};

/// Requests a second that a tenant's lane makes at most.
const PACE: f64 = 50.0;
/// Recipients of one event: as many as it may list.
const EACH: u64 = 10_000;
/// How long any step may take.
const PATIENCE: Duration = Duration::from_secs(1_200);
/// How often it is asked how far it came.
const PAUSE: Duration = Duration::from_secs(2);

pub(crate) async fn measure(folder: &Path, settings: &Settings) -> Outcome<()> {
    let people = settings.crowd;
    let mut town = Town::build(&folder.join("town"), vec![people]).await?;
    town.launch()?;
    town.move_in().await?;
    let before = town.sandbox.counts();
    announce(&town, people).await?;
    let half = before.sends + people / 2;
    town.until(PATIENCE, |town| town.sandbox.counts().sends >= half)
        .await?;
    let begun = Instant::now();
    withdraw(&town).await?;
    let mut dropped = None;
    let last = loop {
        let is = figures(&town).await?;
        let cards = |name: &str| is["cards"][name].as_u64().unwrap_or_default();
        let waits = people - cards("dropped") - cards("replaced");
        let in_chat = town.sandbox.counts().sends - before.sends;
        if dropped.is_none() && cards("dropped") + in_chat >= people {
            dropped = Some(begun.elapsed());
        }
        if waits == 0 {
            break is;
        }
        if begun.elapsed() > PATIENCE {
            return Err(format!("it was not taken back: {is}").into());
        }
        tokio::time::sleep(PAUSE).await;
    };
    let (took, replaced) = (begun.elapsed().as_secs_f64(), last["cards"]["replaced"].as_u64());
    let best = replaced.unwrap_or_default() as f64 / PACE;
    let counts = town.sandbox.counts();
    say(&format!(
        "{people} people, taken back when {} had it: nothing more left after {:.1} s; {} dropped, {} replaced after {took:.1} s, where \
         {PACE} requests a second allow {best:.1} s at best ({:+.1} s); calls refused with 429: {}",
        people / 2,
        dropped.unwrap_or_default().as_secs_f64(),
        last["cards"]["dropped"],
        last["cards"]["replaced"],
        took - best,
        counts.throttled - before.throttled,
    ))?;
    town.pull_down().await
}

async fn announce(town: &Town, people: u64) -> Outcome<()> {
    let mut connection = Connection::open(town.address()).await?;
    for first in (0..people).step_by(usize::try_from(EACH)?) {
        let listed = first..people.min(first + EACH);
        let recipients: Vec<Value> = listed
            .map(|person| json!({ "email": email(0, person) }))
            .collect();
        let event = json!({
            "specversion": "1.0", "id": format!("a-{first}"), "source": "/load", "subject": "announcement/1",
            "type": "com.chronus.announcement.published",
            "data": { "recipients": recipients, "title": "Not yet", "body": "This was meant for next week." },
        });
        let body = event.to_string();
        let request = post("/v1/events", &key(0), "application/cloudevents+json", &body);
        let answer = connection.ask(&request).await?;
        if answer.status != 202 {
            return Err(format!("the announcement was answered with {}", answer.status).into());
        }
    }
    Ok(())
}

async fn withdraw(town: &Town) -> Outcome<()> {
    let event = json!({
        "specversion": "1.0", "id": "w", "source": "/load", "subject": "announcement/1",
        "type": "com.chronus.announcement.withdrawn", "data": { "mistake": true },
    });
    let body = event.to_string();
    let request = post("/v1/events", &key(0), "application/cloudevents+json", &body);
    let answer = Connection::open(town.address()).await?.ask(&request).await?;
    if answer.status == 202 {
        return Ok(());
    }
    Err(format!("the withdrawal was answered with {}", answer.status).into())
}

async fn figures(town: &Town) -> Outcome<Value> {
    let request = request("GET", "/v1/announcements/1", &key(0), "", "application/json", b"");
    let answer = Connection::open(town.address()).await?.ask(&request).await?;
    Ok(serde_json::from_slice(&answer.body)?)
}
