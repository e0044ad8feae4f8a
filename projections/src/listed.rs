//! Which of the router's lists hold anything, as of the newest batch: it looks at each of them after every batch, and most
//! of them are empty most of the time.

use chrono::{DateTime, Utc};
use rusqlite::Connection;

use crate::database::Sql;

/// See the module.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a list of its own")]
pub(crate) struct Listed {
    /// Recipients that are resolved and not queued.
    pub(crate) resolved: bool,
    /// Changes of subjects that are to be told.
    pub(crate) subjects: bool,
    /// Links that do not follow the evidence.
    pub(crate) links: bool,
    /// People of whom the directory is to be asked.
    pub(crate) look_ups: bool,
    /// Messages that Chronus never took, whose writers were not told.
    pub(crate) lost: bool,
    /// When the first recipient runs out who was not found.
    runs_out_ms: Option<i64>,
    /// Since when the first recipient is not found of whom Chronus was not told.
    unreached_ms: Option<i64>,
}

/// One question for each list, each answered by the first entry of an index.
pub(crate) const LISTED: &str = "SELECT
    EXISTS (SELECT 1 FROM notifications INDEXED BY notifications_resolved_of WHERE state = 'resolved'),
    EXISTS (SELECT 1 FROM subject_changes INDEXED BY subject_changes_to_tell_of WHERE told = 0),
    EXISTS (SELECT 1 FROM link_changes),
    EXISTS (SELECT 1 FROM link_look_ups),
    EXISTS (SELECT 1 FROM responses INDEXED BY responses_lost
            WHERE state = 'failed' AND written IS NOT NULL AND told = 0),
    (SELECT expires_ms FROM notifications INDEXED BY notifications_waiting_by_expiry
     WHERE state = 'unresolved' ORDER BY expires_ms LIMIT 1),
    (SELECT unreached_due_ms FROM notifications INDEXED BY notifications_unreached
     WHERE unreached_due_ms IS NOT NULL ORDER BY unreached_due_ms LIMIT 1)";

impl Listed {
    pub(crate) fn read(db: &Connection) -> Sql<Self> {
        db.prepare_cached(LISTED)?.query_row([], |row| {
            Ok(Self {
                resolved: row.get(0)?,
                subjects: row.get(1)?,
                links: row.get(2)?,
                look_ups: row.get(3)?,
                lost: row.get(4)?,
                runs_out_ms: row.get(5)?,
                unreached_ms: row.get(6)?,
            })
        })
    }

    /// Whether a recipient ran out by `now` who was not found.
    pub(crate) fn runs_out(&self, now: DateTime<Utc>) -> bool {
        self.runs_out_ms.is_some_and(|at| at <= now.timestamp_millis())
    }

    /// Whether a recipient is not found since `since` or longer of whom Chronus was not told.
    pub(crate) fn is_unreached(&self, since: DateTime<Utc>) -> bool {
        self.unreached_ms.is_some_and(|at| at <= since.timestamp_millis())
    }
}
