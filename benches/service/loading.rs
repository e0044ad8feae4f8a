//! Loading a person: reading a 20-event stream out of a log with many others, and folding it.

use std::path::Path;
use std::time::Instant;

use events::EventStore as _;
use events::store::sqlite::{SqliteOptions, SqliteStore};

use crate::figures::Latencies;
use crate::{Outcome, Settings, history, say, stage};

/// One person of so many has a stream of 20 events.
const LONG_EVERY: u64 = 20;
/// Loads for each of the settings' samples.
const LOADS: u64 = 20;

pub(crate) async fn measure(folder: &Path, settings: &Settings) -> Outcome<()> {
    let store = SqliteStore::open(folder, &SqliteOptions::default())?;
    let events = history::write(&store, 0, settings.users, Some(LONG_EVERY)).await?;
    say("| person's stream | in a log of | median | p99 |\n|---|---|---|---|")?;
    for (name, offset) in [("20 events", 0), ("6 events", 1)] {
        let mut taken = Vec::new();
        let begun = Instant::now();
        let groups = (settings.users / LONG_EVERY).max(1);
        for load in 0..settings.samples * LOADS {
            // A step that shares no factor with usual numbers of people: neighbours are far apart.
            let user = stage::user(load * 7_919 % groups * LONG_EVERY + offset)?;
            let start = Instant::now();
            let loaded = actors::user::load(&store, &user).await?;
            taken.push(start.elapsed());
            if loaded.version.0
                != if offset == 0 {
                    history::LONG
                } else {
                    history::KNOWN
                }
            {
                return Err(format!("{} events were loaded", loaded.version).into());
            }
        }
        let latencies = Latencies::new(taken, begun.elapsed());
        say(&format!(
            "| {name} | {} people, {events} events | {latencies} |",
            settings.users
        ))?;
    }
    let head = *store.head().borrow();
    store.close().await;
    std::fs::remove_dir_all(folder)?;
    if head.0 == events {
        Ok(())
    } else {
        Err("the log holds other events than were written".into())
    }
}
