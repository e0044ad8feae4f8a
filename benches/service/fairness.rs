//! One tenant with a hundred thousand waiting broadcasts beside fifty with a card from person to person now and then:
//! how long the latter take, from the POST of the domain event until the card is in the chat, with and without the
//! burst. Everything over HTTP, against Teams' limits.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::task::JoinSet;

use crate::figures::{Latencies, ms};
use crate::http::{Connection, post};
use crate::town::{Town, email, key};
use crate::{Outcome, Settings, say};

/// Tenants with a card now and then.
const QUIET: u64 = 50;
/// Between two of their cards, whoever's.
const PAUSE: Duration = Duration::from_millis(50);
/// Events in a request of the burst.
const BATCH: u64 = 250;
/// How long a card may take.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) async fn measure(folder: &Path, settings: &Settings) -> Outcome<()> {
    lines(folder, settings).await.map(drop)
}

/// Without the burst, while it is sorted, and while it is sent.
pub(crate) async fn lines(folder: &Path, settings: &Settings) -> Outcome<[Latencies; 3]> {
    let mut people = vec![settings.crowd];
    people.extend(std::iter::repeat_n(1, usize::try_from(QUIET)?));
    let mut town = Town::build(&folder.join("town"), people).await?;
    town.launch()?;
    town.move_in().await?;
    let mut table = Table::begin()?;
    let without = table.line(&town, "no burst").await?;
    let begun = Instant::now();
    let burst = async {
        burst(&town, settings.burst, settings.crowd).await?;
        Outcome::Ok(begun.elapsed())
    };
    let beside = "a burst is being taken and sorted, from its first second on";
    let (took, first) = tokio::try_join!(burst, table.line(&town, beside))?;
    let (count, took) = (settings.burst, took.as_secs_f64());
    let taken = town.calls();
    let later = table.line(&town, "the burst goes on being sent").await?;
    let sent = town.calls() - taken;
    say(&format!(
        "\nthe burst: {count} events answered 202 within {took:.1} s, at {BATCH} a request; {sent} calls of all \
         tenants during the last line; calls refused with 429: {}",
        town.sandbox.counts().throttled
    ))?;
    town.pull_down().await?;
    Ok([without, first, later])
}

/// Chronus hands over an announcement for each of the crowd, again and again.
async fn burst(town: &Town, count: u64, crowd: u64) -> Outcome<()> {
    let mut connection = Connection::open(town.address()).await?;
    for first in (0..count).step_by(usize::try_from(BATCH)?) {
        let mut body = String::from("[");
        for number in first..count.min(first + BATCH) {
            let separator = if number == first { "" } else { "," };
            write!(
                body,
                r#"{separator}{{"specversion":"1.0","id":"a-{number}","source":"/load",
"type":"com.chronus.announcement.published","subject":"announcement/{number}","data":{{
"recipients":[{{"email":"{}"}}],"title":"News {number}","body":"The spring programme opens on Monday."}}}}"#,
                email(0, number % crowd)
            )?;
        }
        body.push(']');
        let request = post("/v1/events", &key(0), "application/cloudevents-batch+json", &body);
        let answer = connection.ask(&request).await?;
        if answer.status != 202 {
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            return Err(format!("the burst was answered with {}: {text}", answer.status).into());
        }
    }
    Ok(())
}

/// The lines of the table.
struct Table {
    lines: u64,
}

impl Table {
    fn begin() -> Outcome<Self> {
        say("\n| beside | cards | median | p99 | slowest |\n|---|---|---|---|---|")?;
        Ok(Self { lines: 0 })
    }

    /// Each of the quiet tenants gets a mentoring request now and then.
    async fn line(&mut self, town: &Town, beside: &str) -> Outcome<Latencies> {
        self.lines += 1;
        let mut connection = Connection::open(town.address()).await?;
        let mut cards = JoinSet::new();
        let begun = Instant::now();
        for number in 0..QUIET * 10 {
            let organization = 1 + number % QUIET;
            let id = format!("{}-{number}", self.lines);
            let body = request(&id, &email(organization, 0));
            let request = post(
                "/v1/events",
                &key(organization),
                "application/cloudevents+json",
                &body,
            );
            let handed_over = Instant::now();
            let answer = connection.ask(&request).await?;
            let answer: Value = serde_json::from_slice(&answer.body)?;
            let notification = answer["results"][0]["notifications"][0]["notification_id"]
                .as_str()
                .ok_or_else(|| format!("the intake answered {answer}"))?
                .to_owned();
            let client = town.client(organization, 0)?;
            cards.spawn(async move {
                let came = client.wait_for(PATIENCE, |chat| chat.card_of(&notification).is_some());
                came.await.map(|_| handed_over.elapsed())
            });
            tokio::time::sleep(PAUSE).await;
        }
        let mut taken = Vec::new();
        while let Some(card) = cards.join_next().await {
            taken.push(card??);
        }
        let slowest = taken.iter().max().copied().unwrap_or_default();
        let taken = Latencies::new(taken, begun.elapsed());
        say(&format!(
            "| {beside} | {} | {taken} | {} |",
            taken.len(),
            ms(slowest)
        ))?;
        Ok(taken)
    }
}

fn request(id: &str, email: &str) -> String {
    format!(
        r#"{{"specversion":"1.0","id":"r-{id}","source":"/load","type":"com.chronus.mentoring_request.sent",
"subject":"mentoring_request/{id}","data":{{"recipients":[{{"email":"{email}"}}],
"actor":{{"member_id":"m-1","name":"Priya Nair"}},"message":"Would you mentor me?"}}}}"#
    )
}
