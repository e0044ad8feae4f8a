//! Teams' pace on a machine that is too busy: tenants that are sent to at their full pace, while threads that do nothing else
//! keep the processors from service and stand-in. What counts is how many calls the stand-in, which counts strictly, met
//! beyond its limits.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::http::{Connection, post};
use crate::town::{Town, email, key};
use crate::{Outcome, Settings, machine, say};

const TENANTS: u64 = 12;
/// People of each tenant.
const PEOPLE: u64 = 60;
/// Cards for each of them: 36,000 in all.
const CARDS: u64 = 50;
/// After that long it is told how far it came.
const PATIENCE: Duration = Duration::from_secs(480);
/// How often that is told on the way.
const NEWS: Duration = Duration::from_secs(20);

pub(crate) async fn measure(folder: &Path, settings: &Settings) -> Outcome<()> {
    let mut town = Town::build(&folder.join("town"), vec![PEOPLE; usize::try_from(TENANTS)?]).await?;
    town.launch()?;
    town.move_in().await?;
    let cards = TENANTS * PEOPLE * CARDS;
    let (before, begun) = (town.sandbox.counts(), Instant::now());
    let mut connection = Connection::open(town.address()).await?;
    for organization in 0..TENANTS {
        for first in (0..PEOPLE * CARDS).step_by(500) {
            let events: Vec<String> = (first..(first + 500).min(PEOPLE * CARDS))
                .map(|card| event(organization, card))
                .collect();
            let body = format!("[{}]", events.join(","));
            let key = key(organization);
            let request = post("/v1/events", &key, "application/cloudevents-batch+json", &body);
            let answer = connection.ask(&request).await?;
            if answer.status != 202 {
                return Err(format!("events were answered with {}", answer.status).into());
            }
        }
    }
    // Not before: what is handed over in large batches is checked behind everything else, and would be for minutes.
    let over = Arc::new(AtomicBool::new(false));
    for _ in 0..settings.load {
        let over = Arc::clone(&over);
        std::thread::spawn(move || while !over.load(Ordering::Relaxed) {});
    }
    let handed_over = begun.elapsed();
    let sent = |town: &Town| town.sandbox.counts().sends - before.sends;
    while sent(&town) < cards && begun.elapsed() < PATIENCE {
        let goal = (begun.elapsed() + NEWS).min(PATIENCE);
        while sent(&town) < cards && begun.elapsed() < goal {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        say(&format!(
            "after {:.0} s: {} cards sent, load {}, calls refused with 429: {}",
            begun.elapsed().as_secs_f64(),
            sent(&town),
            machine::load(),
            town.sandbox.counts().throttled,
        ))?;
    }
    let (took, counts) = (begun.elapsed(), town.sandbox.counts());
    over.store(true, Ordering::Relaxed);
    say(&format!(
        "{} of {cards} cards to {TENANTS} tenants beside {} busy threads: handed over in {:.0} s, sent in {:.0} s, {:.1} a \
         second and tenant; calls refused with 429: {}, cards that met another: {}",
        sent(&town),
        settings.load,
        handed_over.as_secs_f64(),
        took.as_secs_f64(),
        sent(&town) as f64 / TENANTS as f64 / took.as_secs_f64(),
        counts.throttled,
        counts.collided,
    ))?;
    town.pull_down().await
}

fn event(organization: u64, card: u64) -> String {
    format!(
        r#"{{"specversion":"1.0","id":"c-{card}","source":"/load","type":"com.chronus.announcement.published",
"subject":"announcement/{card}","data":{{"recipients":[{{"email":"{}"}}],"title":"News {card}",
"body":"The spring programme opens on Monday."}}}}"#,
        email(organization, card % PEOPLE)
    )
}
