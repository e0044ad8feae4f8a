//! Rows 3, 10, 11 and 12: intake beside the store's own rate, the store beside a bare file, compiling, and what is written.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta};
use events::store::sqlite::{SqliteOptions, SqliteStore};
use events::{
    AadObjectId, EventId, EventStore as _, Expected, Metadata, NewEvent, Position, StreamId, StreamWrite,
    TenantId, UserKey,
};
use uuid::Uuid;

use super::cards::Measured;
use super::figure::Figure;
use super::program::{BATCH, Program};
use super::surroundings::{Surroundings, TENANT, hand_over};
use crate::http::{Connection, each};
use crate::latency::once;
use crate::stage::{self, Stage};
use crate::{Outcome, Settings, machine};

/// Callers at the same time.
const CALLERS: u64 = 16;
/// Requests of a hundred events.
const REQUESTS: u64 = 600;

/// Row 3: events for people without the app, so that nothing is sent beside.
pub(crate) async fn intake(folder: &Path, settings: &Settings) -> Outcome<Measured> {
    let surroundings = Surroundings::start()?;
    let mut program = Program::new(&folder.join("ours"), &surroundings)?;
    program.launch().await?;
    let people = settings.people;
    each(program.address, CALLERS, 202, people.div_ceil(BATCH), |number| {
        request(number, people)
    })
    .await?;
    program.folded().await?;
    let used = program.processor_time()?;
    let taken = each(program.address, CALLERS, 202, REQUESTS, |number| {
        request(number, people)
    })
    .await?;
    let used = program.processor_time()?.saturating_sub(used);
    program.stop().await?;
    let payload = mean_payload(&program.data()).await?;
    let (rate, bare) = (
        taken.rate() * BATCH as f64,
        store(&folder.join("store"), payload).await?,
    );
    let figures = vec![
        Figure::new("events taken", rate, "/s"),
        Figure::new(
            "processor time an event",
            used.as_secs_f64() * 1_000.0 / (REQUESTS * BATCH) as f64,
            "ms",
        ),
        Figure::new("the store alone, the same batches", bare, "/s"),
        Figure::ratio("intake against the store", rate, bare).at_least(0.5),
    ];
    Ok((
        figures,
        format!("{REQUESTS} requests of {BATCH} events, {CALLERS} at a time; events of {payload} bytes"),
    ))
}

fn request(number: u64, people: u64) -> Vec<u8> {
    hand_over((number * BATCH..(number + 1) * BATCH).map(|number| number % people))
}

async fn mean_payload(data: &Path) -> Outcome<usize> {
    let store = SqliteStore::open(data, &SqliteOptions::default())?;
    let events = store.read_log(Position(100), 1_000).await?;
    store.close().await;
    let bytes: usize = events.iter().map(|event| event.payload.len()).sum();
    Ok(bytes / events.len().max(1))
}

/// As many events in batches as large, appended by as many callers and nothing else.
async fn store(folder: &Path, payload: usize) -> Outcome<f64> {
    std::fs::create_dir_all(folder)?;
    let store = SqliteStore::open(folder, &SqliteOptions::default())?;
    let next = std::cell::Cell::new(0);
    let begun = Instant::now();
    let hands = (0..CALLERS).map(|_| async {
        while next.get() < REQUESTS {
            let number = next.replace(next.get() + 1);
            store.append(vec![batch(number, payload)?]).await?;
        }
        Outcome::Ok(())
    });
    futures_util::future::try_join_all(hands).await?;
    let rate = (REQUESTS * BATCH) as f64 / begun.elapsed().as_secs_f64();
    store.close().await;
    Ok(rate)
}

fn batch(number: u64, payload: usize) -> Outcome<StreamWrite> {
    let user = AadObjectId::parse(Uuid::from_u128(u128::from(number % 200)).to_string())?;
    let events = (0..BATCH).map(|event| {
        let id = Uuid::from_u128(u128::from(number * BATCH + event) + 1);
        NewEvent {
            id: EventId(id),
            event_type: "CommandReceived",
            schema_version: 1,
            payload: format!(r#"{{"text":"{}"}}"#, "x".repeat(payload.saturating_sub(11))),
            metadata: Metadata {
                time: DateTime::UNIX_EPOCH + TimeDelta::days(20_000),
                correlation_id: id,
                causation_id: id,
            },
        }
    });
    Ok(StreamWrite {
        stream: StreamId::user(&UserKey::new(TenantId::parse(TENANT)?, user)),
        expected: Expected::Any,
        events: events.collect(),
    })
}

/// Row 10: what `cargo bench -p events --bench store` left.
pub(crate) fn bare_file() -> Outcome<Measured> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench/store.json");
    let text = std::fs::read_to_string(&path).map_err(|error| {
        format!(
            "run `cargo bench -p events --bench store` first: {}: {error}",
            path.display()
        )
    })?;
    let said: serde_json::Value = serde_json::from_str(&text)?;
    let number = |name: &str| {
        said[name]
            .as_f64()
            .ok_or_else(|| format!("{} has no {name}", path.display()))
    };
    let figures = vec![
        Figure::new("128 writers against a bare file", number("many_share")?, "").at_least(0.5),
        Figure::new("one writer against a bare fdatasync", number("one_times")?, "").at_most(1.2),
        Figure::new("one writer, right after a start", number("one_times_new")?, "").at_most(1.2),
        Figure::new("128 writers", number("many_rate")?, "events/s"),
        Figure::new("one writer", number("one_rate")?, "events/s"),
    ];
    Ok((
        figures,
        said["conditions"].as_str().unwrap_or_default().to_owned(),
    ))
}

/// Row 11: compiling from nothing, for trying out and as it is shipped.
pub(crate) fn compiling(folder: &Path) -> Outcome<Measured> {
    let mut seconds = Vec::new();
    for profile in ["trial", "release"] {
        let target = folder.join(profile);
        let begun = Instant::now();
        let mut cargo = Command::new(env!("CARGO"));
        // What the measurements were compiled with says nothing of what others compile with.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("CARGO_PROFILE") {
                cargo.env_remove(name);
            }
        }
        let built = cargo
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args([
                "build",
                "--offline",
                "--profile",
                profile,
                "--bin",
                "chronus-teams",
            ])
            .env("CARGO_TARGET_DIR", &target)
            .stderr(Stdio::null())
            .status()?;
        if !built.success() {
            return Err(format!("the profile {profile} does not compile").into());
        }
        seconds.push(begun.elapsed().as_secs_f64());
        std::fs::remove_dir_all(&target)?;
    }
    let (trial, release) = (seconds[0], seconds[1]);
    let figures = vec![
        Figure::new("`make run`: profile for trying out", trial, "s"),
        Figure::new("as `make run` was before: the release profile", release, "s"),
        Figure::ratio("for trying out against the release", trial, release).at_most(0.5),
    ];
    Ok((figures, "from nothing, packages downloaded before".to_owned()))
}

/// People whose turn it is.
const QUIET_PEOPLE: u64 = 60;
/// Domain events a second, and for how long.
const PACE: u64 = 7;
const QUIET: Duration = Duration::from_secs(45);

/// Row 12: a card and a press on it, seven a second; what this process, service and stand-in, has had written.
pub(crate) async fn quiet(folder: &Path) -> Outcome<Measured> {
    let stage = Stage::start(&folder.join("data"), QUIET_PEOPLE).await?;
    let mut clients = Vec::new();
    for number in 0..QUIET_PEOPLE {
        let client = stage
            .sandbox
            .client(&stage::user(number)?)
            .ok_or("nobody lives there")?;
        client.install().await?;
        clients.push(client);
    }
    let mut connection = Connection::open(stage.address()).await?;
    for (number, client) in (0..QUIET_PEOPLE).zip(&clients) {
        once(&stage, &mut connection, client, number).await?;
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    let before = machine::written()?;
    let begun = tokio::time::Instant::now();
    let events = QUIET.as_secs() * PACE;
    for (number, client) in (0..events).zip(clients.iter().cycle()) {
        tokio::time::sleep_until(begun + Duration::from_secs(number) / u32::try_from(PACE)?).await;
        once(&stage, &mut connection, client, QUIET_PEOPLE + number).await?;
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    let written = machine::written()? - before;
    let wal = stage.folder.join("projections.db-wal");
    let wal = std::fs::metadata(wal).map_or(0, |file| file.len());
    stage.stop().await?;
    let figures = vec![
        Figure::new(
            "written a domain event",
            written as f64 / events as f64 / 1_024.0,
            "KiB",
        )
        .at_most(24.0),
        Figure::new("read models' WAL at rest", wal as f64 / f64::from(1 << 20), "MiB").at_most(8.0),
    ];
    let sizes = format!(
        "{events} requests to {QUIET_PEOPLE} people, {PACE} a second, each accepted in the chat and told to Chronus; \
         `write_bytes` of the process"
    );
    Ok((figures, sizes))
}
