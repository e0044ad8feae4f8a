//! Answers to Chronus: each answer that a person gave, and what became of handing it over. The pull feed lists
//! them all by position; the webhook's work list holds those not taken yet.

use chrono::{DateTime, Utc};
use events::outbound::{ResponseDelivered, ResponseFailed};
use events::{NotificationId, OrganizationId, Position, UserEvent, UserKey};
use rusqlite::{Connection, Row};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::database::{
    Sql, Statements as _, at_ms, count, position, sql_position, stored, time, time_opt, uuid,
};
use crate::fold::Fold;
use crate::notifications::card::note;
use crate::notifications::sql_limit;

/// What became of handing an answer to Chronus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseState {
    /// To be handed over.
    Pending,
    /// Chronus took it.
    Delivered,
    /// Given up; the pull feed has it all the same.
    Failed,
}

/// An answer that a person gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// Where it stands in the log.
    pub position: Position,
    /// The organization to tell.
    pub organization_id: OrganizationId,
    /// The card on which it was given.
    pub notification_id: NotificationId,
    /// Who gave it.
    pub user: UserKey,
    /// What became of handing it over.
    pub state: ResponseState,
    /// Tries so far.
    pub attempts: u64,
    /// When the next try is due.
    pub due_at: Option<DateTime<Utc>>,
    /// The HTTP status that Chronus gave last.
    pub status: Option<u16>,
    /// What went wrong last.
    pub reason: Option<String>,
    /// When it was given.
    pub answered_at: DateTime<Utc>,
    /// When it was taken or given up.
    pub settled_at: Option<DateTime<Utc>>,
}

pub(crate) fn fold_answer(f: &Fold<'_>, user: &UserKey, event: &UserEvent) -> Sql<()> {
    if let UserEvent::MessageHandOverFailed(event) = event {
        let sql = "UPDATE responses SET told = 1 WHERE written = ?1";
        return f.db.run(sql, [event.reply_id.into_bytes()]).map(drop);
    }
    let Some(on) = event.answered_on() else {
        return Ok(());
    };
    f.db.run(
        "INSERT INTO responses (position, organization, notification, user, state, attempts, due_ms, answered_ms,
             correlation, written)
         VALUES (?1, ?2, ?3, ?4, 'pending', 0, ?5, ?5, ?6, ?7)",
        (
            f.position,
            on.organization_id.as_str(),
            on.notification_id.0.into_bytes(),
            user.to_string(),
            f.ms,
            f.correlation.into_bytes(),
            event.written_id().map(uuid::Uuid::into_bytes),
        ),
    )
    .map(drop)
}

/// Something a person wrote that was given up, and they were not told yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// The person.
    pub user: UserKey,
    /// The `reply_id` or `message_id`.
    pub reply_id: uuid::Uuid,
    /// The thread of the answer.
    pub correlation_id: uuid::Uuid,
}

/// What people wrote and Chronus never took, whose writers were not told, oldest first.
pub(crate) const LOST: &str = "SELECT user, written, correlation FROM responses INDEXED BY responses_lost
     WHERE state = 'failed' AND written IS NOT NULL AND told = 0 ORDER BY position LIMIT ?1";

pub(crate) fn lost(db: &Connection, limit: usize) -> Sql<Vec<Lost>> {
    db.all(LOST, [sql_limit(limit)], |row| {
        Ok(Lost {
            user: stored(row, "user")?,
            reply_id: uuid(row, "written")?,
            correlation_id: uuid(row, "correlation")?,
        })
    })
}

pub(crate) fn delivered(f: &Fold<'_>, event: &ResponseDelivered) -> Sql<()> {
    f.db.run(
        "UPDATE responses SET state = 'delivered', attempts = max(attempts, ?2), due_ms = NULL, status = ?3,
             reason = NULL, settled_ms = ?4
         WHERE position = ?1",
        (sql_position(event.response), event.attempt, event.status, f.ms),
    )?;
    let detail = json!({ "attempt": event.attempt, "status": event.status });
    note_on_card(f, event.response, "response_delivered", &detail)
}

pub(crate) fn failed(f: &Fold<'_>, event: &ResponseFailed) -> Sql<()> {
    let state = if event.retry_at.is_some() {
        "pending"
    } else {
        "failed"
    };
    let settled = event.retry_at.is_none().then_some(f.ms);
    f.db.run(
        "UPDATE responses SET state = ?2, attempts = max(attempts, ?3), due_ms = ?4, status = ?5, reason = ?6,
             settled_ms = ?7
         WHERE position = ?1 AND state <> 'delivered'",
        (
            sql_position(event.response),
            state,
            event.attempt,
            event.retry_at.map(|at| at.timestamp_millis()),
            event.status,
            &event.reason,
            settled,
        ),
    )?;
    let detail = json!({
        "attempt": event.attempt, "status": event.status, "reason": event.reason, "retry_at": event.retry_at,
    });
    note_on_card(f, event.response, "response_failed", &detail)
}

fn note_on_card(f: &Fold<'_>, response: Position, what: &str, detail: &serde_json::Value) -> Sql<()> {
    let notification = f.db.first(
        "SELECT notification FROM responses WHERE position = ?1",
        [sql_position(response)],
        |row| Ok(NotificationId(uuid(row, "notification")?)),
    )?;
    notification.map_or(Ok(()), |id| note(f, id, what, detail))
}

/// Answers of an organization that stand after `after`, oldest first.
pub(crate) const AFTER: &str =
    "SELECT * FROM responses WHERE organization = ?1 AND position > ?2 ORDER BY position LIMIT ?3";

pub(crate) fn after(
    db: &Connection,
    organization: &OrganizationId,
    after: Position,
    limit: usize,
) -> Sql<Vec<Response>> {
    db.all(
        AFTER,
        (organization.as_str(), sql_position(after), sql_limit(limit)),
        read,
    )
}

/// Answers to be handed over by `now`, the longest waiting first.
pub(crate) const DUE: &str = "SELECT * FROM responses INDEXED BY responses_due
     WHERE state = 'pending' AND due_ms <= ?1 ORDER BY due_ms, position LIMIT ?2";

pub(crate) fn due(db: &Connection, now: DateTime<Utc>, limit: usize) -> Sql<Vec<Response>> {
    let mut due = db.all(DUE, (now.timestamp_millis(), sql_limit(limit)), read)?;
    due.sort_by_key(|response| response.position);
    Ok(due)
}

/// When the next answer is due.
pub(crate) fn next_due(db: &Connection) -> Sql<Option<DateTime<Utc>>> {
    let ms: Option<Option<i64>> = db.first(
        "SELECT due_ms FROM responses INDEXED BY responses_due WHERE state = 'pending' ORDER BY due_ms LIMIT 1",
        [],
        |row| row.get(0),
    )?;
    Ok(ms.flatten().map(at_ms))
}

fn read(row: &Row<'_>) -> Sql<Response> {
    Ok(Response {
        position: position(row, "position")?,
        organization_id: stored(row, "organization")?,
        notification_id: NotificationId(uuid(row, "notification")?),
        user: stored(row, "user")?,
        state: stored(row, "state")?,
        attempts: count(row, "attempts")?,
        due_at: time_opt(row, "due_ms")?,
        status: row.get("status")?,
        reason: row.get("reason")?,
        answered_at: time(row, "answered_ms")?,
        settled_at: time_opt(row, "settled_ms")?,
    })
}
