//! The service on a cluster: cards a second, the first card of a burst, a card alone, people who add the app, and what all
//! that appends. The stand-in plays the server in a process of its own, with the times that a real one took; no figure
//! here is KurrentDB's. The program of an earlier release is measured in turns with this one where
//! `CHRONUS_TEAMS_BEFORE` names it.

use std::ffi::OsStr;
use std::path::Path;
use std::time::{Duration, Instant};

use kurrent_standin::harness::{Cluster, Spawner};
use kurrent_standin::latency::Latency;
use kurrent_standin::log::Tallies;
use serde_json::Value;
use tokio::task::JoinSet;

use crate::figures::{Latencies, ms};
use crate::http::{Connection, post};
use crate::town::{Town, email, key};
use crate::{Outcome, Settings, say};

/// Names the program of an earlier release.
const BEFORE: &str = "CHRONUS_TEAMS_BEFORE";
/// People of each organization.
const PEOPLE: u64 = 4;
/// Cards for each of them, within what Teams lets a chat have in a second.
const CARDS: u64 = 5;
/// Organizations whose events are handed over at once.
const AT_ONCE: u64 = 16;
/// Cards one after the other.
const ALONE: u64 = 100;
/// Rest after each of these.
const REST: Duration = Duration::from_millis(60);
/// How long a part may take.
const PATIENCE: Duration = Duration::from_secs(300);
/// How long nothing is done, to see what idleness appends.
const IDLE: Duration = Duration::from_secs(30);

/// Each program in turns, `rounds` times.
pub(crate) async fn measure(folder: &Path, settings: &Settings) -> Outcome<()> {
    let before = std::env::var_os(BEFORE);
    let now = OsStr::new(env!("CARGO_BIN_EXE_chronus-teams"));
    say(
        "| program | people added a second | a card alone: median, p99 | first card of the burst | taken within | cards a \
         second | appends a card | bytes of snapshots a card | appends and bytes of leases, an hour |\n|---|---|---|---|---|---|---|---|---|",
    )?;
    for _ in 0..settings.rounds {
        if let Some(before) = &before {
            once(folder, settings, "before", before).await?;
        }
        once(folder, settings, "now", now).await?;
    }
    Ok(())
}

async fn once(folder: &Path, settings: &Settings, name: &str, program: &OsStr) -> Outcome<()> {
    let cluster = Cluster::single(Spawner::program()).await?;
    cluster.slow_down(Latency::RECORDED).await?;
    let tenants = settings.organizations;
    let mut people = vec![PEOPLE; usize::try_from(tenants)?];
    // Somebody whose greeting shows that the work was shared out.
    people.push(1);
    let mut town = Town::on(&folder.join("town"), people, Some(&cluster.url())).await?;
    town.launch_program(program)?;
    town.client(tenants, 0)?.install().await?;
    town.until(PATIENCE, |town| town.calls() >= 2).await?;
    let added = town.everybody_adds().await?;
    let alone = alone(&town, tenants).await?;

    let idle = cluster.tallies().await?;
    tokio::time::sleep(IDLE).await;
    let begun_tallies = cluster.tallies().await?;
    let leases = part_of(&begun_tallies, &idle, |kind| kind == "lease");

    let (sent, cards) = (town.calls(), tenants * PEOPLE * CARDS);
    let begun = Instant::now();
    let hands = tokio::spawn(hand_over(town.address(), tenants));
    let first = town.until(PATIENCE, |town| town.calls() > sent).await?;
    hands.await??;
    let taken = begun.elapsed();
    town.until(PATIENCE, |town| town.calls() >= sent + cards).await?;
    let took = begun.elapsed();
    // Outcomes are recorded after the cards are in the chats.
    tokio::time::sleep(REST * 10).await;
    let tallies = cluster.tallies().await?;
    let all = part_of(&tallies, &begun_tallies, |kind| kind != "lease");
    let snapshots = part_of(&tallies, &begun_tallies, |kind| kind == "snapshot");
    let hours = 3_600.0 / IDLE.as_secs_f64();
    say(&format!(
        "| {name} | {:.0} | {alone} | {} | {} | {:.0} | {:.2} | {:.0} | {:.0}, {:.0} kB |",
        added.rate(),
        ms(first),
        ms(taken),
        cards as f64 / took.as_secs_f64(),
        all.0 as f64 / cards as f64,
        snapshots.1 as f64 / cards as f64,
        leases.0 as f64 * hours,
        leases.1 as f64 * hours / 1_000.0,
    ))?;
    if std::env::var_os("CHRONUS_TEAMS_TALLIES").is_some() {
        say(&format!("{tallies:?} after {begun_tallies:?}"))?;
    }
    town.pull_down().await
}

/// Appends and bytes between two looks, of these kinds of streams.
fn part_of(after: &Tallies, before: &Tallies, wanted: impl Fn(&str) -> bool) -> (u64, u64) {
    let of = after.iter().filter(|(kind, _)| wanted(kind));
    of.fold((0, 0), |(appends, bytes), (kind, tally)| {
        let known = before.get(kind).copied().unwrap_or_default();
        (
            appends + tally.appends - known.appends,
            bytes + tally.bytes - known.bytes,
        )
    })
}

/// One card after the other, each until it is in the chat.
async fn alone(town: &Town, tenants: u64) -> Outcome<Latencies> {
    let mut connection = Connection::open(town.address()).await?;
    let mut taken = Vec::new();
    let begun = Instant::now();
    for number in 0..ALONE {
        let (organization, person) = (number % tenants, number / tenants % PEOPLE);
        let body = event(&format!("alone-{number}"), organization, person);
        let request = post(
            "/v1/events",
            &key(organization),
            "application/cloudevents+json",
            &body,
        );
        let handed_over = Instant::now();
        let answer = connection.ask(&request).await?;
        let answer: Value = serde_json::from_slice(&answer.body)?;
        if answer["results"][0]["status"] != "accepted" {
            return Err(format!("the intake answered {answer}").into());
        }
        let client = town.client(organization, person)?;
        // An announcement has no button, and so nothing that names it but its title.
        let title = format!("News alone-{number}");
        client
            .wait_for(PATIENCE, |chat| chat.showing(&title).is_some())
            .await?;
        taken.push(handed_over.elapsed());
        tokio::time::sleep(REST).await;
    }
    Ok(Latencies::new(taken, begun.elapsed()))
}

/// Each organization's events in one request, several organizations at once.
async fn hand_over(address: std::net::SocketAddr, tenants: u64) -> Outcome<()> {
    let mut hands = JoinSet::new();
    for first in 0..AT_ONCE.min(tenants) {
        hands.spawn(async move {
            let mut connection = Connection::open(address).await?;
            for organization in (first..tenants).step_by(usize::try_from(AT_ONCE)?) {
                let events: Vec<String> = (0..PEOPLE * CARDS)
                    .map(|card| event(&format!("burst-{card}"), organization, card % PEOPLE))
                    .collect();
                let body = format!("[{}]", events.join(","));
                let request = post(
                    "/v1/events",
                    &key(organization),
                    "application/cloudevents-batch+json",
                    &body,
                );
                let answer = connection.ask(&request).await?;
                if answer.status != 202 {
                    return Err(format!("events were answered with {}", answer.status).into());
                }
            }
            Outcome::Ok(())
        });
    }
    while let Some(hand) = hands.join_next().await {
        hand??;
    }
    Ok(())
}

/// An announcement to one person.
fn event(id: &str, organization: u64, person: u64) -> String {
    format!(
        r#"{{"specversion":"1.0","id":"{id}","source":"/load","type":"com.chronus.announcement.published",
"subject":"announcement/{id}","data":{{"recipients":[{{"email":"{}"}}],"title":"News {id}",
"body":"The spring programme opens on Monday."}}}}"#,
        email(organization, person)
    )
}
