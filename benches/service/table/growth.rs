//! Rows 8, 4 and 9: what grows with the log. One log grows in stages, and the same things are measured at each; then it is
//! read as a whole.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use events::store::sqlite::{SqliteOptions, SqliteStore};
use events::{EventStore as _, Position, UserKey};
use projections::{Options, Projector};
use serde_json::Value;

use super::cards::Measured;
use super::figure::{Figure, median};
use super::program::{BATCH, Program};
use super::standin::{DIGITS, now};
use super::surroundings::{API_KEY, Surroundings, TENANT, hand_over};
use crate::figures::Latencies;
use crate::http::{Connection, each, request};
use crate::machine::memory;
use crate::{Outcome, Settings};

/// Events that a person leaves: eight of the install, five of one card.
const OF_A_PERSON: u64 = 13;
/// Things measured one after the other at each stage.
const SAMPLES: u64 = 300;
/// Commands of the measurement of appends, and their connections.
const APPENDS: u64 = 600;
const CONNECTIONS: u64 = 16;
/// Rounds at each stage, of which the middle one counts.
const ROUNDS: usize = 3;
/// Starts at each stage, likewise.
const STARTS: usize = 5;
/// Events read at a time.
const PAGE: usize = 4_096;

/// What was measured at one stage, in milliseconds, and appends a second.
#[derive(Debug, Clone)]
pub(crate) struct Stage {
    pub(crate) events: u64,
    pub(crate) people: u64,
    /// Name, unit, value, and whether more is better.
    pub(crate) values: Vec<(&'static str, &'static str, f64, bool)>,
}

pub(crate) async fn measure(folder: &Path, settings: &Settings) -> Outcome<(Measured, Measured, Vec<Stage>)> {
    let surroundings = Surroundings::start()?;
    let mut program = Program::new(&folder.join("ours"), &surroundings)?;
    program.launch().await?;
    let (mut people, mut stages) = (0, Vec::new());
    for goal in stage_sizes(settings.events) {
        program.move_in(&surroundings, people, goal).await?;
        let before = surroundings.cards().await?;
        program.hand_over(people, goal).await?;
        surroundings.until(before + goal - people).await?;
        people = goal;
        stages.push(stage(&mut program, &surroundings, people).await?);
    }
    program.stop().await?;
    let rebuilt = rebuild(&program.data(), &folder.join("again.db")).await?;
    Ok((growth(&stages), rebuilt, stages))
}

/// People of each stage, so that the last one leaves about so many events.
fn stage_sizes(events: u64) -> Vec<u64> {
    let last = events / OF_A_PERSON;
    [10_000, 100_000, 1_000_000, 10_000_000]
        .map(|events: u64| events / OF_A_PERSON)
        .into_iter()
        .filter(|people| *people < last)
        .chain([last])
        .collect()
}

fn growth(stages: &[Stage]) -> Measured {
    let mut figures = Vec::new();
    if let (Some(first), Some(last)) = (stages.first(), stages.last()) {
        for ((what, unit, small, more), (_, _, large, _)) in first.values.iter().zip(&last.values) {
            figures.push(Figure::new(
                format!("{what}, {} events", first.events),
                *small,
                unit,
            ));
            figures.push(Figure::new(
                format!("{what}, {} events", last.events),
                *large,
                unit,
            ));
            let slower = if *more { small / large } else { large / small };
            figures.push(Figure::new(format!("{what}: how much dearer"), slower, "").at_most(1.25));
        }
    }
    let sizes = stages
        .iter()
        .map(|stage| format!("{} events of {} people", stage.events, stage.people));
    (
        figures,
        format!(
            "{}; median of {ROUNDS} rounds at each",
            sizes.collect::<Vec<_>>().join(", ")
        ),
    )
}

async fn stage(program: &mut Program, surroundings: &Surroundings, people: u64) -> Outcome<Stage> {
    surroundings.settled().await?;
    let events = program.folded().await?;
    let (mut appends, mut lookups, mut cards) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS as u64 {
        appends.push(append(program, surroundings, people, round).await?);
        surroundings.settled().await?;
        program.folded().await?;
        lookups.push(look_up(program, people, round).await?);
        cards.push(card(program, surroundings, people, round).await?);
    }
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        program.stop().await?;
        starts.push(program.launch().await?.as_secs_f64() * 1_000.0);
    }
    program.stop().await?;
    let load = load(&program.data(), people).await?;
    program.launch().await?;
    Ok(Stage {
        events,
        people,
        values: vec![
            ("commands a second, 16 connections", "/s", median(appends), true),
            ("looking up a notification", "ms", median(lookups), false),
            ("a card alone", "ms", median(cards), false),
            ("loading a person", "ms", load, false),
            ("start until ready", "ms", median(starts), false),
        ],
    })
}

/// Somebody, far from the one before.
fn somebody(number: u64, people: u64) -> u64 {
    number * 7_919 % people
}

async fn append(program: &Program, surroundings: &Surroundings, people: u64, round: u64) -> Outcome<f64> {
    let taken = each(program.address, CONNECTIONS, 200, APPENDS, |number| {
        surroundings.message(somebody(round * APPENDS + number, people), "help")
    });
    Ok(taken.await?.rate())
}

async fn look_up(program: &Program, people: u64, round: u64) -> Outcome<f64> {
    let mut connection = Connection::open(program.address).await?;
    let (mut ids, mut taken) = (Vec::new(), Vec::new());
    let whom = (0..BATCH).map(|number| somebody(round * BATCH + number, people));
    let answer = connection.ask(&hand_over(whom)).await?;
    let answer: Value = serde_json::from_slice(&answer.body)?;
    for result in answer["results"]
        .as_array()
        .ok_or("the intake tells no results")?
    {
        ids.extend(
            result["notifications"][0]["notification_id"]
                .as_str()
                .map(str::to_owned),
        );
    }
    program.folded().await?;
    for number in 0..SAMPLES {
        let id = &ids[usize::try_from(number)? % ids.len().max(1)];
        let request = request("GET", &format!("/v1/notifications/{id}"), API_KEY, "", "", b"");
        let begun = Instant::now();
        let answer = connection.ask(&request).await?;
        taken.push(begun.elapsed());
        if answer.status != 200 {
            return Err(format!("a notification was answered with {}", answer.status).into());
        }
    }
    Ok(median_ms(taken))
}

async fn card(program: &Program, surroundings: &Surroundings, people: u64, round: u64) -> Outcome<f64> {
    surroundings.settled().await?;
    let mut connection = Connection::open(program.address).await?;
    let mut taken = Vec::new();
    for number in 0..SAMPLES / 3 {
        let before = surroundings.cards().await?;
        let whom = somebody(round * SAMPLES + number, people);
        let begun = now();
        connection.ask(&hand_over(std::iter::once(whom))).await?;
        surroundings.until(before + 1).await?;
        let came = surroundings.came(before).await?;
        taken.extend(came.first().map(|(at, _)| Duration::from_micros(at - begun)));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(median_ms(taken))
}

fn median_ms(taken: Vec<Duration>) -> f64 {
    Latencies::new(taken, Duration::from_secs(1))
        .median()
        .as_secs_f64()
        * 1_000.0
}

/// Reading a person's stream and folding it, the program being off.
async fn load(data: &Path, people: u64) -> Outcome<f64> {
    let store = SqliteStore::open(data, &SqliteOptions::default())?;
    let mut taken = Vec::new();
    for number in 0..SAMPLES * 4 {
        let id = somebody(number, people);
        let user = UserKey::parse(format!("{TENANT}/00000000-0000-4000-8000-{id:0>DIGITS$}"))?;
        let begun = Instant::now();
        let loaded = actors::user::load(&store, &user).await?;
        taken.push(begun.elapsed());
        if loaded.version.0 == 0 {
            return Err("a person is not there".into());
        }
    }
    store.close().await;
    Ok(median_ms(taken))
}

/// Row 4: the read models and what is to be done, built again from the whole log, beside reading the same file.
async fn rebuild(data: &Path, path: &Path) -> Outcome<Measured> {
    let store = Arc::new(SqliteStore::open(data, &SqliteOptions::default())?);
    let begun = Instant::now();
    let (mut after, mut events) = (Position::START, 0_u64);
    loop {
        let page = store.read_log(after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.position;
        events += page.len() as u64;
    }
    let scanned = events as f64 / begun.elapsed().as_secs_f64();
    let before = memory()?;
    let path = path.to_owned();
    let mut projector =
        tokio::task::spawn_blocking(move || Projector::open(path, Options::default())).await??;
    let begun = Instant::now();
    projector.catch_up(&*store).await?;
    let rebuilt = events as f64 / begun.elapsed().as_secs_f64();
    let grown = (memory()?.own - before.own) >> 20;
    drop(projector);
    store.close().await;
    let figures = vec![
        Figure::new("built again", rebuilt, "events/s"),
        Figure::new("the same file scanned", scanned, "events/s"),
        Figure::ratio("built again against scanned", rebuilt, scanned).at_least(0.4),
        Figure::new("ten million events would take", 1e7 / rebuilt, "s").at_most(90.0),
        Figure::new("memory taken meanwhile", grown as f64, "MiB"),
    ];
    Ok((
        figures,
        format!("{events} events; ten million are reckoned from the rate, not run"),
    ))
}
