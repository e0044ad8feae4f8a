//! Which domain events were accepted, by event id, and when the newest one about each thing happened: the intake's
//! memory of duplicates and of the order of events.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use events::organization::{DomainEventAccepted, OrderKey};
use events::{EventId, OrganizationId, Position};
use rusqlite::Connection;

use crate::database::{Sql, Statements as _, micros, position, time};
use crate::fold::Fold;
use crate::later;

/// A domain event in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    /// Where it stands.
    pub position: Position,
    /// When Chronus handed it over first.
    pub accepted_at: DateTime<Utc>,
    /// Whether the log held a newer one about the same thing before.
    pub superseded: bool,
}

pub(crate) fn fold(f: &Fold<'_>, organization: &str, event: &DomainEventAccepted) -> Sql<()> {
    f.later.accept(later::Accepted {
        event: f.event,
        position: f.position,
        ms: f.ms,
        superseded: event.superseded,
    });
    if !event.supersedes() {
        return Ok(());
    }
    let happened_us = f.happened_us(event);
    for key in event.order_keys() {
        f.db.run(
            "INSERT INTO newest_times (organization, order_key, happened_us) VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET happened_us = max(happened_us, excluded.happened_us)",
            (organization, key.as_str(), happened_us),
        )?;
    }
    Ok(())
}

/// Those of `events` that were accepted.
pub(crate) fn find(db: &Connection, events: &[EventId]) -> Sql<HashMap<EventId, Accepted>> {
    let mut found = HashMap::new();
    for event in events {
        let accepted = db.first(
            "SELECT position, accepted_ms, superseded FROM accepted WHERE event = ?1",
            [event.0.into_bytes()],
            |row| {
                Ok(Accepted {
                    position: position(row, "position")?,
                    accepted_at: time(row, "accepted_ms")?,
                    superseded: row.get("superseded")?,
                })
            },
        )?;
        if let Some(accepted) = accepted {
            found.insert(*event, accepted);
        }
    }
    Ok(found)
}

/// When the newest event with each of `keys` happened.
pub(crate) fn newest(
    db: &Connection,
    organization: &OrganizationId,
    keys: Vec<OrderKey>,
) -> Sql<HashMap<OrderKey, DateTime<Utc>>> {
    let mut found = HashMap::new();
    for key in keys {
        let newest = db.first(
            "SELECT happened_us FROM newest_times WHERE organization = ?1 AND order_key = ?2",
            (organization.as_str(), key.as_str()),
            |row| micros(row, "happened_us"),
        )?;
        if let Some(newest) = newest {
            found.insert(key, newest);
        }
    }
    Ok(found)
}
