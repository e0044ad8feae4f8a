//! Which of the rows that router and responder go by were touched, see `marks.sql`; and everything marked, at a start.

use std::collections::HashSet;

use events::EventId;
use rusqlite::{Connection, Row};
use uuid::Uuid;

use super::routes::Concerned;
use crate::database::{Sql, Statements as _};

/// Has the connection that folds mark what it touches. Once after its tables are there, and after they were made anew.
pub(crate) fn install(db: &Connection) -> Sql<()> {
    db.execute_batch(include_str!("marks.sql"))
}

/// What is to be done, as a start finds it.
pub(crate) const TO_DO: [&str; 8] = [
    "INSERT OR IGNORE INTO marked_routes (row)
     SELECT row FROM notifications INDEXED BY notifications_resolved WHERE state = 'resolved'",
    "INSERT OR IGNORE INTO marked_routes (row)
     SELECT row FROM notifications INDEXED BY notifications_scheduled
     WHERE state = 'deferred' AND queued_position IS NULL",
    "INSERT OR IGNORE INTO marked_changes (domain_event, user)
     SELECT domain_event, user FROM subject_changes INDEXED BY subject_changes_to_tell WHERE told = 0",
    "INSERT OR IGNORE INTO marked_links (user, organization) SELECT user, organization FROM link_changes",
    "INSERT OR IGNORE INTO marked_look_ups (user) SELECT user FROM link_look_ups",
    "INSERT OR IGNORE INTO marked_answers (position)
     SELECT position FROM responses INDEXED BY responses_waiting WHERE state = 'pending'
     UNION SELECT position FROM responses INDEXED BY responses_lost
     WHERE state = 'failed' AND written IS NOT NULL AND told = 0",
    "INSERT OR IGNORE INTO marked_receivers (organization) SELECT organization FROM webhooks",
    "INSERT OR IGNORE INTO marked_tenants (tenant) SELECT tenant FROM tenants WHERE enabled_ms IS NOT NULL",
];

/// Marks all that is to be done.
pub(super) fn all(db: &Connection) -> Sql<()> {
    TO_DO.iter().try_for_each(|sql| db.execute(sql, []).map(drop))
}

/// What was touched.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// Rows of cards.
    pub(super) routes: HashSet<i64>,
    pub(super) members: Concerned,
    pub(super) lookups: Concerned,
    pub(super) things: Vec<(String, String)>,
    pub(super) changes: Vec<(EventId, String)>,
    pub(super) links: Vec<(String, String)>,
    pub(super) look_ups: Vec<String>,
    pub(super) answers: Vec<i64>,
    pub(super) receivers: Vec<String>,
    pub(super) tenants: Vec<String>,
}

impl Marks {
    /// Reads what was touched since it was last read, and forgets it.
    pub(super) fn take(db: &Connection) -> Sql<Self> {
        let mut marks = Self::default();
        marks
            .routes
            .extend(taken(db, "marked_routes", "row", |row| row.get::<_, i64>(0))?);
        for (organization, member, lookup) in
            taken(db, "marked_covers", "organization, member, lookup", |row| {
                Ok((
                    row.get::<_, String>(0)?,
                    row.get::<_, Option<String>>(1)?,
                    row.get::<_, Option<String>>(2)?,
                ))
            })?
        {
            marks
                .members
                .extend(member.map(|member| (organization.clone(), member)));
            marks.lookups.extend(lookup.map(|lookup| (organization, lookup)));
        }
        marks.things = taken(db, "marked_things", "organization, order_key", two)?;
        marks.changes = taken(db, "marked_changes", "domain_event, user", |row| {
            Ok((EventId(Uuid::from_bytes(row.get(0)?)), row.get(1)?))
        })?;
        marks.links = taken(db, "marked_links", "user, organization", two)?;
        marks.look_ups = taken(db, "marked_look_ups", "user", text)?;
        marks.answers = taken(db, "marked_answers", "position", |row| row.get(0))?;
        marks.receivers = taken(db, "marked_receivers", "organization", text)?;
        marks.tenants = taken(db, "marked_tenants", "tenant", text)?;
        Ok(marks)
    }
}

fn text(row: &Row<'_>) -> Sql<String> {
    row.get(0)
}

fn two(row: &Row<'_>) -> Sql<(String, String)> {
    Ok((row.get(0)?, row.get(1)?))
}

fn taken<T>(
    db: &Connection,
    table: &str,
    columns: &str,
    read: impl FnMut(&Row<'_>) -> Sql<T>,
) -> Sql<Vec<T>> {
    let marked = db.all(&format!("SELECT {columns} FROM {table}"), [], read)?;
    if !marked.is_empty() {
        db.run(&format!("DELETE FROM {table}"), [])?;
    }
    Ok(marked)
}
