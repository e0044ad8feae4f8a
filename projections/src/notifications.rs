//! Notifications: one row per card for one person, from the domain event (or the chat) to its end, with a history
//! of everything that touched it. The state is computed from events alone, and it keeps apart the three things
//! that a delivery can be: delivered, refused, unknown.

use chrono::{DateTime, Utc};
use events::organization::{CardKind, Class};
use events::{
    ActivityId, EventId, MemberId, NotificationId, OrganizationId, Position, SubjectRef, TenantId, UserKey,
};
use rusqlite::{Connection, Row};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::database::{
    Sql, Statements as _, count, position, stored, stored_opt, time, time_opt, uuid, uuid_opt,
};

pub(crate) mod accepted;
pub(crate) mod card;
pub(crate) mod delivery;
pub(crate) mod held;
pub(crate) mod pages;
mod queue;
pub(crate) mod unreached;
mod unroutable;
pub(crate) mod waiting;

pub use pages::{CardFilter, CardPage};
#[cfg(test)]
pub(crate) use unroutable::UNROUTABLE;
pub(crate) use unroutable::unroutable;

/// Why a notification has no card of its own: the card about its subject that the person has, or will get, shows it.
const SAME_SUBJECT: &str = "same_subject";

/// How a notification stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotificationState {
    /// Nobody was found yet; the reason tells why.
    Unresolved,
    /// A Teams user was found; the user's stream does not have it yet.
    Resolved,
    /// Waits to be sent.
    Queued,
    /// An attempt began and no outcome is known.
    Attempted,
    /// An attempt certainly created nothing; the next one has a time.
    Retry,
    /// The connector took it.
    Delivered,
    /// The person certainly saw it.
    Seen,
    /// The person answered on it.
    Answered,
    /// The connector refused it; reason and code tell why.
    Refused,
    /// Nobody knows whether it arrived, and it is left at that.
    UnknownHeld,
    /// Nobody knows whether it arrived; it is posted again at its time.
    UnknownRetry,
    /// Not sent, by decision; the reason tells which.
    Suppressed,
    /// Not sent, since its subject ended before.
    Withdrawn,
    /// Not sent, since its time ran out before.
    Expired,
    /// Nobody was found before its time ran out; the reason tells why.
    Unroutable,
    /// Waits for a time before which the person wants nothing, or for its digest.
    Deferred,
    /// Shown by another card, not sent by itself.
    Merged,
}

impl NotificationState {
    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unresolved => "unresolved",
            Self::Resolved => "resolved",
            Self::Queued => "queued",
            Self::Attempted => "attempted",
            Self::Retry => "retry",
            Self::Delivered => "delivered",
            Self::Seen => "seen",
            Self::Answered => "answered",
            Self::Refused => "refused",
            Self::UnknownHeld => "unknown_held",
            Self::UnknownRetry => "unknown_retry",
            Self::Suppressed => "suppressed",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
            Self::Unroutable => "unroutable",
            Self::Deferred => "deferred",
            Self::Merged => "merged",
        }
    }

    /// Whether the service has nothing more to do to send it.
    pub fn is_settled(self) -> bool {
        match self {
            Self::Unresolved
            | Self::Resolved
            | Self::Queued
            | Self::Attempted
            | Self::Retry
            | Self::Deferred
            | Self::UnknownRetry => false,
            Self::Delivered
            | Self::Seen
            | Self::Answered
            | Self::Refused
            | Self::UnknownHeld
            | Self::Suppressed
            | Self::Withdrawn
            | Self::Expired
            | Self::Merged
            | Self::Unroutable => true,
        }
    }
}

/// A card for one person.
#[derive(Debug, Clone, PartialEq)]
pub struct Notification {
    /// Its id.
    pub id: NotificationId,
    /// The organization; `None` for cards of the chat itself.
    pub organization_id: Option<OrganizationId>,
    /// The person's tenant, once found.
    pub tenant_id: Option<TenantId>,
    /// The person, once found.
    pub user: Option<UserKey>,
    /// The recipient's member id, where Chronus gave one.
    pub member_id: Option<MemberId>,
    /// The domain event; `None` for cards of the chat itself.
    pub domain_event: Option<EventId>,
    /// Where the domain event stands.
    pub domain_position: Option<Position>,
    /// The thread it belongs to.
    pub correlation_id: Uuid,
    /// The domain event's type.
    pub event_type: Option<String>,
    /// Which card.
    pub card: CardKind,
    /// The Chronus thing.
    pub subject: Option<SubjectRef>,
    /// How it stands.
    pub state: NotificationState,
    /// Why, where the state has reasons.
    pub reason: Option<String>,
    /// The connector's code, or ours.
    pub code: Option<String>,
    /// The connector's HTTP status.
    pub status: Option<u16>,
    /// The event that brought it into its state.
    pub state_position: Position,
    /// When that event happened.
    pub state_since: DateTime<Utc>,
    /// When it was settled first.
    pub settled_at: Option<DateTime<Utc>>,
    /// When it came to be.
    pub created_at: DateTime<Utc>,
    /// When it is no longer worth sending.
    pub expires_at: DateTime<Utc>,
    /// When the next try is due.
    pub due_at: Option<DateTime<Utc>>,
    /// Tries so far.
    pub attempts: u64,
    /// The message in the chat.
    pub activity_id: Option<ActivityId>,
    /// The revision that the card in the chat shows; 0 before it is there.
    pub revision_shown: u64,
    /// The revision that it is to show.
    pub revision_wanted: u64,
    /// What the person answered last: `accepted`, `declined`, `rsvp`, `replied`, …
    pub answer: Option<String>,
    /// The replay by which an operator reopened it last, after nobody had been found for it.
    pub reopened: Option<Uuid>,
}

/// Something that touched a notification.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryEntry {
    /// Where the event stands.
    pub position: Position,
    /// When it happened.
    pub time: DateTime<Utc>,
    /// What it was: `accepted`, `queued`, `attempted`, `delivered`, …
    pub what: String,
    /// Particulars, without personal content.
    pub detail: Value,
}

/// A class's place in the order of sending; profile look-ups have 0.
pub(crate) fn rank(class: Class) -> i64 {
    match class {
        Class::Reply => 1,
        Class::Direct => 2,
        Class::Broadcast => 3,
    }
}

pub(crate) fn class_of(rank: i64) -> Class {
    match rank {
        1 => Class::Reply,
        2 => Class::Direct,
        _ => Class::Broadcast,
    }
}

/// One notification.
pub(crate) fn find(db: &Connection, id: NotificationId) -> Sql<Option<Notification>> {
    db.first(
        "SELECT * FROM notifications WHERE id = ?1",
        [id.0.into_bytes()],
        read,
    )
}

/// The notifications of a domain event, in the order of its recipients.
pub(crate) fn of_domain_event(db: &Connection, event: EventId) -> Sql<Vec<Notification>> {
    db.all(
        "SELECT * FROM notifications WHERE domain_event = ?1 ORDER BY row",
        [event.0.into_bytes()],
        read,
    )
}

/// Everything that touched a notification, oldest first.
pub(crate) fn history(db: &Connection, id: NotificationId) -> Sql<Vec<HistoryEntry>> {
    db.all(
        "SELECT * FROM history WHERE row = (SELECT row FROM notifications WHERE id = ?1) ORDER BY position, what",
        [id.0.into_bytes()],
        |row| {
            let detail: String = row.get("detail")?;
            Ok(HistoryEntry {
                position: position(row, "position")?,
                time: time(row, "time_ms")?,
                what: row.get("what")?,
                detail: serde_json::from_str(&detail).unwrap_or(Value::Null),
            })
        },
    )
}

pub(crate) fn read(row: &Row<'_>) -> Sql<Notification> {
    let domain_position: Option<i64> = row.get("domain_position")?;
    Ok(Notification {
        id: NotificationId(uuid(row, "id")?),
        organization_id: stored_opt(row, "organization")?,
        tenant_id: stored_opt(row, "tenant")?,
        user: stored_opt(row, "user")?,
        member_id: stored_opt(row, "member")?,
        domain_event: uuid_opt(row, "domain_event")?.map(EventId),
        domain_position: domain_position
            .map(|_| position(row, "domain_position"))
            .transpose()?,
        correlation_id: uuid(row, "correlation")?,
        event_type: row.get("event_type")?,
        card: stored(row, "card")?,
        subject: stored_opt(row, "subject")?,
        state: stored(row, "state")?,
        reason: row.get("reason")?,
        code: row.get("code")?,
        status: row.get("status")?,
        state_position: position(row, "state_position")?,
        state_since: time(row, "state_ms")?,
        settled_at: time_opt(row, "settled_ms")?,
        created_at: time(row, "created_ms")?,
        expires_at: time(row, "expires_ms")?,
        due_at: time_opt(row, "due_ms")?,
        attempts: count(row, "attempts")?,
        activity_id: stored_opt(row, "activity")?,
        revision_shown: count(row, "shown")?,
        revision_wanted: count(row, "wanted")?,
        answer: row.get("answer")?,
        reopened: uuid_opt(row, "reopened")?,
    })
}
