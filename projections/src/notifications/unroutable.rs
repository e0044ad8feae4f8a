//! Recipients who get nothing: never found, or of a part that is switched off.

use chrono::{DateTime, Utc};
use events::organization::PartKind;
use events::outbound::UnroutableReason;
use events::work::Unroutable;
use events::{EventId, NotificationId};
use rusqlite::{Connection, Row};

use crate::database::{Sql, Statements as _, sql_limit, stored, uuid, uuid_opt};

/// Recipients never found, whose time ran out; those of some organizations left out.
pub(crate) const UNROUTABLE: &str = "SELECT * FROM notifications INDEXED BY notifications_waiting_by_expiry
     WHERE state = 'unresolved' AND expires_ms <= ?1
         AND (?3 = '[]' OR organization NOT IN (SELECT value FROM json_each(?3)))
     ORDER BY expires_ms, row LIMIT ?2";

/// Recipients of cards whose part is switched off.
pub(crate) const SWITCHED_OFF: &str = "SELECT * FROM notifications INDEXED BY notifications_switched_off
     WHERE state = 'unresolved' AND reason IN ('programme_off', 'erg_off')
         AND (?2 = '[]' OR organization NOT IN (SELECT value FROM json_each(?2)))
     ORDER BY row LIMIT ?1";

pub(crate) fn unroutable(
    db: &Connection,
    but: &str,
    now: DateTime<Utc>,
    limit: usize,
) -> Sql<Vec<Unroutable>> {
    let parameters = (now.timestamp_millis(), sql_limit(limit), but);
    let mut found = db.all(SWITCHED_OFF, (sql_limit(limit), but), read_unroutable)?;
    let lost = db.all(UNROUTABLE, parameters, read_unroutable)?;
    let of_parts = [PartKind::Programme, PartKind::Erg].map(UnroutableReason::of_part);
    found.extend(lost.into_iter().filter(|lost| !of_parts.contains(&lost.reason)));
    found.truncate(limit);
    Ok(found)
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
