//! Dead letters: cards that ended without certainly arriving, for a reason that an operator may have put right by
//! now. They are notifications in certain states, found by an index of their own; nothing is kept twice.
//!
//! A card is dead when it was refused for good (`permanent`) or because of the set-up (`configuration`), when its
//! outcome is unknown and left at that, when its time ran out after it had been tried, or when it ran out before anybody
//! was found for it. A replay is an event in the person's stream, or in the organization's where nobody was found; the
//! card then leaves the list by the fold of that event.

use chrono::{DateTime, Utc};
use events::{NotificationId, OrganizationId, Position};
use rusqlite::Connection;

use crate::database::{Sql, Statements as _, sql_limit, sql_position};
use crate::notifications::{self, Notification, NotificationState};

/// Which dead letters are asked for; what is absent does not restrict.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeadLetterFilter {
    /// In this state: `refused`, `unknown_held`, `expired` or `unroutable`.
    pub state: Option<NotificationState>,
    /// With this code of the connector's, or ours.
    pub code: Option<String>,
    /// Of domain events of this type.
    pub event_type: Option<String>,
    /// Dead since this moment or later.
    pub since: Option<DateTime<Utc>>,
}

/// What makes a notification a dead letter; the same words as the index.
const DEAD: &str =
    "((state = 'refused' AND reason IN ('permanent', 'configuration')) OR state = 'unknown_held'
       OR (state = 'expired' AND attempts > 0) OR state = 'unroutable')";

/// The question, for an organization.
pub(crate) fn sql() -> String {
    format!(
        "SELECT * FROM notifications INDEXED BY notifications_dead
         WHERE {DEAD} AND organization = ?1 AND state_position > ?2
           AND (?3 IS NULL OR state = ?3) AND (?4 IS NULL OR code = ?4) AND (?5 IS NULL OR event_type = ?5)
           AND (?6 IS NULL OR state_ms >= ?6)
         ORDER BY state_position LIMIT ?7"
    )
}

/// Dead letters of an organization in the order of their death, after the position of the event that ended the last
/// one.
pub(crate) fn list(
    db: &Connection,
    organization: &OrganizationId,
    filter: &DeadLetterFilter,
    after: Position,
    limit: usize,
) -> Sql<Vec<Notification>> {
    db.all(
        &sql(),
        (
            organization.as_str(),
            sql_position(after),
            filter.state.map(NotificationState::as_str),
            filter.code.as_deref(),
            filter.event_type.as_deref(),
            filter.since.map(|at| at.timestamp_millis()),
            sql_limit(limit),
        ),
        notifications::read,
    )
}

/// Those of `ids` that are an organization's notifications, whatever their state.
pub(crate) fn of_organization(
    db: &Connection,
    organization: &OrganizationId,
    ids: &[NotificationId],
) -> Sql<Vec<Notification>> {
    let mut found = Vec::new();
    for id in ids {
        let notification = notifications::find(db, *id)?;
        found.extend(notification.filter(|n| n.organization_id.as_ref() == Some(organization)));
    }
    Ok(found)
}
