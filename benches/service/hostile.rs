//! A hostile organization beside an honest one: how long the honest one's events take alone, and while the other sends,
//! back to back over several connections, whatever is dearest to refuse.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::figures::Latencies;
use crate::http::{Connection, post};
use crate::intake::mentoring_request;
use crate::stage::{API_KEY, HOSTILE_KEY, Stage};
use crate::{Outcome, Settings, say};

const STRUCTURED: &str = "application/cloudevents+json";
const BATCH: &str = "application/cloudevents-batch+json";
/// Connections of the hostile organization.
const CONNECTIONS: usize = 4;
/// Between two events of the honest one.
const PACE: Duration = Duration::from_millis(10);

pub(crate) async fn measure(folder: &Path, settings: &Settings) -> Outcome<()> {
    let stage = Stage::start(&folder.join("data"), 0).await?;
    let time = Duration::from_secs(settings.seconds);
    let mut number = 0;
    // The first ones make keys and open files.
    honest(&stage, Duration::from_secs(1), settings.people, &mut number).await?;
    say(
        "| what the other organization sends | its requests/s | honest median | p99 | p99 against alone |\n|---|---|---|---|---|",
    )?;
    let mut alone = honest(&stage, time, settings.people, &mut number).await?;
    say(&format!("| nothing | 0 | {alone} | 1.00 |"))?;
    for (name, request) in attacks() {
        let (stop, sent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let attackers: Vec<_> = (0..CONNECTIONS)
            .map(|_| {
                tokio::spawn(attack(
                    stage.address(),
                    Arc::clone(&request),
                    Arc::clone(&stop),
                    Arc::clone(&sent),
                ))
            })
            .collect();
        let beside = honest(&stage, time, settings.people, &mut number).await?;
        stop.store(true, Ordering::Relaxed);
        for attacker in attackers {
            attacker.await??;
        }
        let rate = sent.load(Ordering::Relaxed) as f64 / time.as_secs_f64();
        let ratio = beside.p99().as_secs_f64() / alone.p99().as_secs_f64();
        say(&format!("| {name} | {rate:.0} | {beside} | {ratio:.2} |"))?;
        // The machine is another one every minute.
        alone = honest(&stage, time, settings.people, &mut number).await?;
        say(&format!("| nothing | 0 | {alone} | 1.00 |"))?;
    }
    stage.stop().await
}

/// One event after the other at a pace far below what the service can take.
async fn honest(stage: &Stage, time: Duration, people: u64, number: &mut u64) -> Outcome<Latencies> {
    let mut connection = Connection::open(stage.address()).await?;
    let (begun, mut taken) = (Instant::now(), Vec::new());
    while begun.elapsed() < time {
        *number += 1;
        let body = mentoring_request(&format!("honest-{number}"), *number % people);
        let request = post("/v1/events", API_KEY, STRUCTURED, &body);
        let start = Instant::now();
        let answer = connection.ask(&request).await?;
        taken.push(start.elapsed());
        if answer.status != 202 {
            return Err(format!("the honest organization was answered with {}", answer.status).into());
        }
        tokio::time::sleep(PACE).await;
    }
    Ok(Latencies::new(taken, begun.elapsed()))
}

async fn attack(
    address: std::net::SocketAddr,
    request: Arc<Vec<u8>>,
    stop: Arc<AtomicBool>,
    sent: Arc<AtomicU64>,
) -> Outcome<()> {
    let mut connection = Connection::open(address).await?;
    while !stop.load(Ordering::Relaxed) {
        let Ok(answer) = connection.ask(&request).await else {
            // Who is refused before the body is read is hung up on.
            connection = Connection::open(address).await?;
            continue;
        };
        if answer.status < 400 {
            return Err(format!("an attack was answered with {}", answer.status).into());
        }
        sent.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

fn attacks() -> Vec<(&'static str, Arc<Vec<u8>>)> {
    let survey = |questions: &str| {
        format!(
            r#"{{"specversion":"1.0","id":"x","source":"/x","type":"com.chronus.survey.requested","subject":"survey/1",
"data":{{"recipients":"all","title":"T","questions":[{questions}]}}}}"#
        )
    };
    let many = |part: &str, count: usize| vec![part; count].join(",");
    let empty = survey(&many("{}", 300_000));
    let small = survey(&many(r#"{"":0}"#, 30_000));
    let faults = format!("[{}]", many(&survey(&many("{}", 50)), 500));
    let halves = format!("[{}]", many(r#"{"id":"x","data":{"title":"\ud83d"}}"#, 500));
    let brackets = "[".repeat(1_000_000);
    let attack = |media: &str, body: &str| Arc::new(post("/v1/events", HOSTILE_KEY, media, body));
    vec![
        ("300,000 `{}` as questions", attack(STRUCTURED, &empty)),
        ("30,000 small objects as questions", attack(STRUCTURED, &small)),
        ("500 surveys with 50 faults each", attack(BATCH, &faults)),
        ("500 events that cannot be read", attack(BATCH, &halves)),
        ("1,000,000 brackets", attack(BATCH, &brackets)),
        (
            "a wrong key",
            Arc::new(post("/v1/events", "ctk_bolt_wrong", STRUCTURED, "{}")),
        ),
    ]
}
