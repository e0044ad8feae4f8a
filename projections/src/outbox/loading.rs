//! The outbox from the rows of cards and people that it follows from: read at a start, and by whoever reads the rows of
//! another process.

use rusqlite::Connection;

use super::changes::{Place, What};
use super::memory::Outbox;
use super::{Due, Key};
use crate::database::{Sql, Statements as _, checkpoint, sql_position};
use crate::listed::Listed;
use crate::notifications::card::Card;
use crate::tenants;

/// Cards that wait to be sent.
pub(crate) const TO_SEND: &str = "INDEXED BY notifications_to_send
     WHERE state IN ('queued', 'attempted', 'retry', 'deferred', 'unknown_retry') ORDER BY row";

/// Cards in the chat that show something old.
pub(crate) const TO_UPDATE: &str = "INDEXED BY notifications_to_update
     WHERE wanted > shown AND shown > 0 AND abandoned = 0 ORDER BY row";

/// People who are to be looked up.
pub(crate) const TO_LOOK_UP: &str = "SELECT user, profile_position, profile_due_ms, profile_delayed
     FROM people INDEXED BY people_to_look_up WHERE profile_position IS NOT NULL ORDER BY user";

/// What a card asks of the lanes.
type ToDo = fn(&Card) -> Option<(Key<'_>, Due)>;

impl Outbox {
    /// Reads it.
    pub(crate) fn load(db: &Connection) -> Sql<Self> {
        let mut outbox = Self {
            position: checkpoint(db)?.0,
            listed: Listed::read(db)?,
            ..Self::default()
        };
        // Everybody who asks what changed since an earlier place is told of all.
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
        let lists: [(&str, ToDo); 2] = [(TO_SEND, Card::send), (TO_UPDATE, Card::update)];
        for (listed, of) in lists {
            let mut statement = db.prepare(&Card::select(listed))?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let card = Card::read(row)?;
                if let Some((key, due)) = of(&card) {
                    outbox.change(&What::Put(Place::of(&key), due), changed);
                }
            }
        }
        let look_ups: Vec<(String, i64, i64, bool)> = db.all(TO_LOOK_UP, [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?;
        for (user, asked, due_ms, delayed) in look_ups {
            let due = Due::of_look_up(due_ms, delayed);
            let key = Key::profile(&user, asked);
            outbox.change(&What::Put(Place::of(&key), due), changed);
        }
        Ok(outbox)
    }
}
