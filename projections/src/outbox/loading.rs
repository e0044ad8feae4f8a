//! The outbox from the rows of cards and people that it follows from: at a start, and for whoever reads the rows of another
//! process. A million cards take seconds, so a service that starts reads them beside everything else, as of the place at
//! which it began: what was folded meanwhile is known better ([`Outbox::add`]). Nothing is given out before all is there, since
//! what comes first is not known before.

use std::collections::HashSet;

use rusqlite::{Connection, Row};

use super::all::Outbox;
use super::changes::{Part, Place, What};
use super::{Due, Key};
use crate::database::{Sql, Statements as _, checkpoint, sql_position};
use crate::notifications::card::Card;
use crate::tenants;

/// Things that are added at a time; whoever asks waits for no more.
const PART: usize = 2_000;

/// Cards that wait to be sent.
pub(crate) const TO_SEND: &str = "INDEXED BY notifications_to_send
     WHERE state IN ('queued', 'attempted', 'retry', 'deferred', 'unknown_retry') ORDER BY row";

/// Cards in the chat that show something old.
pub(crate) const TO_UPDATE: &str = "INDEXED BY notifications_to_update
     WHERE wanted > shown AND shown > 0 AND abandoned = 0 ORDER BY row";

/// People who are to be looked up.
pub(crate) const TO_LOOK_UP: &str = "SELECT user, profile_position, profile_due_ms, profile_delayed
     FROM people INDEXED BY people_to_look_up WHERE profile_position IS NOT NULL ORDER BY user";

/// Reads as much of a card as says what it asks.
type ReadCard = fn(&Row<'_>) -> Sql<Card>;

/// What a card asks of the lanes.
type ToDo = fn(&Card) -> Option<(Key<'_>, Due)>;

impl Outbox {
    /// As of the rows, without the things in it.
    pub(crate) fn begin(db: &Connection) -> Sql<Self> {
        let mut outbox = Self {
            position: checkpoint(db)?.0,
            ..Self::default()
        };
        let changed = sql_position(outbox.position);
        for tenant in tenants::off(db)? {
            let tenant = tenant.as_str().into();
            outbox.change(
                &What::Switched {
                    tenant,
                    enabled: false,
                },
                changed,
            );
        }
        outbox.loading = Some(HashSet::new());
        Ok(outbox)
    }

    /// Reads it whole.
    pub(crate) fn load(db: &Connection) -> Sql<Self> {
        let mut outbox = Self::begin(db)?;
        read(db, |part| {
            outbox.add(part);
            true
        })?;
        outbox.loaded();
        Ok(outbox)
    }
}

/// Reads the things in it, part by part, as long as `take` wants more.
pub(crate) fn read(db: &Connection, mut take: impl FnMut(Part) -> bool) -> Sql<()> {
    let mut part = Vec::with_capacity(PART);
    let some = |things| Part {
        things,
        is_last: false,
    };
    let to_send = format!("SELECT {} FROM notifications {TO_SEND}", Card::WAITING);
    let lists: [(String, ReadCard, ToDo); 2] = [
        (to_send, Card::read_waiting, Card::send),
        (Card::select("", TO_UPDATE), Card::read, Card::update),
    ];
    for (sql, read, of) in lists {
        let mut statement = db.prepare(&sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let card = read(row)?;
            part.extend(of(&card).map(|(key, due)| (Place::of(&key), due)));
            if part.len() >= PART && !take(some(std::mem::take(&mut part))) {
                return Ok(());
            }
        }
    }
    let look_ups: Vec<(String, i64, i64, bool)> = db.all(TO_LOOK_UP, [], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
    })?;
    for (user, asked, due_ms, delayed) in look_ups {
        let key = Key::profile(&user, asked);
        part.push((Place::of(&key), Due::of_look_up(due_ms, delayed)));
    }
    take(Part {
        things: part,
        is_last: true,
    });
    Ok(())
}
