//! Since when somebody waits of whom the rows are to be asked: the router looks after every batch, and mostly there is nobody.

use chrono::{DateTime, Utc};
use rusqlite::Connection;

use crate::database::Sql;

/// See the module.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Listed {
    /// When the first recipient runs out who was not found.
    runs_out_ms: Option<i64>,
    /// Since when the first recipient is not found of whom Chronus was not told.
    unreached_ms: Option<i64>,
    /// Whether a recipient of a part that is switched off is to be noted.
    switched_off: bool,
    /// Whether a card is stopped of which its person's stream does not say so yet.
    stopped: bool,
}

/// One question for each list, each answered by the first entry of an index.
pub(crate) const LISTED: &str = "SELECT
    (SELECT expires_ms FROM notifications INDEXED BY notifications_waiting_by_expiry
     WHERE state = 'unresolved' ORDER BY expires_ms LIMIT 1),
    (SELECT unreached_due_ms FROM notifications INDEXED BY notifications_unreached
     WHERE unreached_due_ms IS NOT NULL ORDER BY unreached_due_ms LIMIT 1),
    EXISTS (SELECT 1 FROM notifications INDEXED BY notifications_switched_off
     WHERE state = 'unresolved' AND reason IN ('programme_off', 'erg_off')),
    EXISTS (SELECT 1 FROM notifications INDEXED BY notifications_stopped
     WHERE stopped IS NOT NULL AND state IN ('queued', 'retry', 'deferred', 'merged', 'suppressed')
       AND (state <> 'suppressed' OR reason <> stopped) AND user IS NOT NULL)";

impl Listed {
    pub(crate) fn read(db: &Connection) -> Sql<Self> {
        db.prepare_cached(LISTED)?.query_row([], |row| {
            Ok(Self {
                runs_out_ms: row.get(0)?,
                unreached_ms: row.get(1)?,
                switched_off: row.get(2)?,
                stopped: row.get(3)?,
            })
        })
    }

    /// Whether a recipient ran out by `now` who was not found, or one of a part that is switched off is to be noted.
    pub(crate) fn runs_out(&self, now: DateTime<Utc>) -> bool {
        self.switched_off || self.runs_out_ms.is_some_and(|at| at <= now.timestamp_millis())
    }

    /// Whether a card is stopped of which its person's stream does not say so yet.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// Whether a recipient is not found since `since` or longer of whom Chronus was not told.
    pub(crate) fn is_unreached(&self, since: DateTime<Utc>) -> bool {
        self.unreached_ms.is_some_and(|at| at <= since.timestamp_millis())
    }
}
