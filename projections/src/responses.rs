//! Answers to Chronus: each answer that a person gave, news of cards on their way, and what became of handing them over.
//! The pull feed lists them all by position; the webhook's work list holds those not taken yet.
//!
//! That a card does not arrive is told at once, so that Chronus can write a mail instead: `unreached` where it still may,
//! `undeliverable` where it certainly will not. One of which `unreached` was told and that arrives after all is told as
//! `delivered`. Not told is what needs no mail: a card withdrawn since its subject ended, and the second of two cards
//! about one event. One event of the log is one answer at most.

use chrono::{DateTime, Utc};
use events::outbound::{ResponseDelivered, ResponseFailed, ResponseRequeued};
use events::{EventId, NotificationId, OrganizationId, Position, UserKey};
use rusqlite::{Connection, Row};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::database::{
    Sql, Statements as _, count, name_of, position, sql_limit, sql_position, stored, stored_opt, time,
    time_opt, uuid,
};
use crate::fold::Fold;
use crate::notifications::card::note;

mod telling;

pub(crate) use telling::{fold_user, undeliverable, unreached};

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

/// What Chronus is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseKind {
    /// What a person answered.
    Answer,
    /// A card will certainly not arrive.
    Undeliverable,
    /// A card does not arrive as things stand; perhaps later.
    Unreached,
    /// A card arrived: after it was told that it would not, or since the organization wants to hear of each.
    Delivered,
    /// A card was certainly seen.
    Seen,
}

/// An answer that a person gave, or news of a card on its way.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// Where it stands in the log.
    pub position: Position,
    /// What it tells.
    pub kind: ResponseKind,
    /// Until when a card that does not arrive as things stand still may.
    pub until: Option<DateTime<Utc>>,
    /// The organization to tell.
    pub organization_id: OrganizationId,
    /// The card on which it was given.
    pub notification_id: NotificationId,
    /// The thread that it belongs to.
    pub correlation_id: uuid::Uuid,
    /// Who gave it, or would have got the card; `None` where nobody was found.
    pub user: Option<UserKey>,
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
    /// The answer's own id.
    pub id: EventId,
    /// Tries before it was last asked for again.
    pub tries_before: u64,
    /// The replay that asked for it last.
    pub replay: Option<uuid::Uuid>,
}

/// Which settled answers are asked for; what is absent does not restrict.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResponseFilter {
    /// Not only those given up, but also those that were taken or left to the feed.
    pub taken_too: bool,
    /// Given up for this reason.
    pub reason: Option<String>,
    /// Of this kind.
    pub kind: Option<ResponseKind>,
    /// Given at this moment or later.
    pub since: Option<DateTime<Utc>>,
    /// Given before this moment.
    pub until: Option<DateTime<Utc>>,
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
             settled_ms = ?7, told = max(told, ?6 = ?8)
         WHERE position = ?1 AND state <> 'delivered'",
        (
            sql_position(event.response),
            state,
            event.attempt,
            event.retry_at.map(|at| at.timestamp_millis()),
            event.status,
            &event.reason,
            settled,
            // An organization without a webhook reads its answers from the feed: nothing is lost, nobody to be told.
            ResponseFailed::NO_WEBHOOK,
        ),
    )?;
    let detail = json!({
        "attempt": event.attempt, "status": event.status, "reason": event.reason, "retry_at": event.retry_at,
    });
    note_on_card(f, event.response, "response_failed", &detail)
}

/// Handed over again from now on, with all its tries before it.
pub(crate) fn requeued(f: &Fold<'_>, event: &ResponseRequeued) -> Sql<()> {
    let changed = f.db.run(
        "UPDATE responses SET state = 'pending', due_ms = ?2, waiting_ms = ?2, settled_ms = NULL,
             tries_before = attempts, replay = ?3
         WHERE position = ?1 AND state <> 'pending'",
        (sql_position(event.response), f.ms, event.replay_id.into_bytes()),
    )?;
    if changed == 0 {
        return Ok(());
    }
    let detail = json!({ "replay_id": event.replay_id, "by": event.by });
    note_on_card(f, event.response, "response_requeued", &detail)
}

/// What waits for a further try of its own is tried now: the receiver is there again.
pub(crate) fn due_at_once(f: &Fold<'_>, organization: &OrganizationId) -> Sql<()> {
    f.db.run(
        "UPDATE responses INDEXED BY responses_due_of SET due_ms = ?2
         WHERE organization = ?1 AND state = 'pending' AND due_ms > ?2",
        (organization.as_str(), f.ms),
    )
    .map(drop)
}

fn note_on_card(f: &Fold<'_>, response: Position, what: &'static str, detail: &serde_json::Value) -> Sql<()> {
    let notification = f.db.first(
        "SELECT notification FROM responses WHERE position = ?1",
        [sql_position(response)],
        |row| Ok(NotificationId(uuid(row, "notification")?)),
    )?;
    notification.map_or(Ok(()), |id| note(f, id, what, detail))
}

/// The answer at a position of the log.
pub(crate) fn at(db: &Connection, position: Position) -> Sql<Option<Response>> {
    db.first(
        "SELECT * FROM responses WHERE position = ?1",
        [sql_position(position)],
        read,
    )
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

/// Answers of an organization that Chronus never took and that are not handed over any more, in the order of the feed.
pub(crate) const GIVEN_UP: &str = "SELECT * FROM responses INDEXED BY responses_given_up
     WHERE state = 'failed' AND reason <> 'no_webhook' AND organization = ?1 AND position > ?2
       AND (?3 IS NULL OR reason = ?3) AND (?4 IS NULL OR kind = ?4)
       AND (?5 IS NULL OR answered_ms >= ?5) AND (?6 IS NULL OR answered_ms < ?6)
     ORDER BY position LIMIT ?7";

/// The same with those that were taken, and those that were left to the feed.
pub(crate) const SETTLED: &str = "SELECT * FROM responses INDEXED BY responses_by_organization
     WHERE state <> 'pending' AND organization = ?1 AND position > ?2
       AND (?3 IS NULL OR reason = ?3) AND (?4 IS NULL OR kind = ?4)
       AND (?5 IS NULL OR answered_ms >= ?5) AND (?6 IS NULL OR answered_ms < ?6)
     ORDER BY position LIMIT ?7";

pub(crate) fn settled(
    db: &Connection,
    organization: &OrganizationId,
    filter: &ResponseFilter,
    after: Position,
    limit: usize,
) -> Sql<Vec<Response>> {
    let sql = if filter.taken_too { SETTLED } else { GIVEN_UP };
    db.all(
        sql,
        (
            organization.as_str(),
            sql_position(after),
            filter.reason.as_deref(),
            filter.kind.as_ref().map(name_of),
            filter.since.map(|at| at.timestamp_millis()),
            filter.until.map(|at| at.timestamp_millis()),
            sql_limit(limit),
        ),
        read,
    )
}

/// The organization's answers of these ids; those that it does not have are left out.
pub(crate) fn of_organization(
    db: &Connection,
    organization: &OrganizationId,
    ids: &[EventId],
) -> Sql<Vec<Response>> {
    let mut found = Vec::new();
    for id in ids {
        found.extend(db.first(
            "SELECT * FROM responses WHERE event = ?1 AND organization = ?2",
            (id.0.into_bytes(), organization.as_str()),
            read,
        )?);
    }
    Ok(found)
}

fn read(row: &Row<'_>) -> Sql<Response> {
    Ok(Response {
        position: position(row, "position")?,
        kind: stored(row, "kind")?,
        until: time_opt(row, "until_ms")?,
        organization_id: stored(row, "organization")?,
        notification_id: NotificationId(uuid(row, "notification")?),
        correlation_id: uuid(row, "correlation")?,
        user: stored_opt(row, "user")?,
        state: stored(row, "state")?,
        attempts: count(row, "attempts")?,
        due_at: time_opt(row, "due_ms")?,
        status: row.get("status")?,
        reason: row.get("reason")?,
        answered_at: time(row, "answered_ms")?,
        settled_at: time_opt(row, "settled_ms")?,
        id: EventId(uuid(row, "event")?),
        tries_before: count(row, "tries_before")?,
        replay: row
            .get::<_, Option<[u8; 16]>>("replay")?
            .map(uuid::Uuid::from_bytes),
    })
}
