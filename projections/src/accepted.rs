//! Which domain events were accepted, by event id: the intake's memory of duplicates.

use std::collections::HashMap;

use events::{EventId, Position};
use rusqlite::Connection;

use crate::database::{Sql, Statements as _, position};
use crate::fold::Fold;

pub(crate) fn fold(f: &Fold<'_>) -> Sql<()> {
    f.db.run(
        "INSERT OR IGNORE INTO accepted (event, position) VALUES (?1, ?2)",
        (f.event.0.into_bytes(), f.position),
    )
    .map(drop)
}

/// Those of `events` that were accepted, with their positions.
pub(crate) fn find(db: &Connection, events: &[EventId]) -> Sql<HashMap<EventId, Position>> {
    let mut found = HashMap::new();
    for event in events {
        let stands = db.first(
            "SELECT position FROM accepted WHERE event = ?1",
            [event.0.into_bytes()],
            |row| position(row, "position"),
        )?;
        if let Some(stands) = stands {
            found.insert(*event, stands);
        }
    }
    Ok(found)
}
