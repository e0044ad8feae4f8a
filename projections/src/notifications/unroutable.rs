//! Recipients never found.

use chrono::{DateTime, Utc};
use events::work::Unroutable;
use events::{EventId, NotificationId};
use rusqlite::{Connection, Row};

use crate::database::{Sql, Statements as _, sql_limit, stored, uuid, uuid_opt};

/// Recipients never found, whose time ran out; those of some organizations left out.
pub(crate) const UNROUTABLE: &str = "SELECT * FROM notifications INDEXED BY notifications_waiting_by_expiry
     WHERE state = 'unresolved' AND expires_ms <= ?1
         AND (?3 = '[]' OR organization NOT IN (SELECT value FROM json_each(?3)))
     ORDER BY expires_ms, row LIMIT ?2";

pub(crate) fn unroutable(
    db: &Connection,
    but: &str,
    now: DateTime<Utc>,
    limit: usize,
) -> Sql<Vec<Unroutable>> {
    let parameters = (now.timestamp_millis(), sql_limit(limit), but);
    db.all(UNROUTABLE, parameters, read_unroutable)
}

pub(super) fn read_unroutable(row: &Row<'_>) -> Sql<Unroutable> {
    Ok(Unroutable {
        organization_id: stored(row, "organization")?,
        notification_id: NotificationId(uuid(row, "id")?),
        domain_event: EventId(uuid(row, "domain_event")?),
        correlation_id: uuid(row, "correlation")?,
        reason: stored(row, "reason")?,
        reopened: uuid_opt(row, "reopened")?,
    })
}
