//! What the router has to do: recipients found whose card is to be queued, and recipients never found.

use chrono::{DateTime, Utc};
use events::organization::{CardKind, Class, SubjectFacts, SubjectState};
use events::outbound::UnroutableReason;
use events::user::MatchedBy;
use events::{EventId, MemberId, NotificationId, OrganizationId, Position, SubjectRef, UserKey};
use rusqlite::{Connection, Row};
use uuid::Uuid;

use super::class_of;
use crate::database::{
    Sql, Statements as _, json_opt, micros, position, sql_limit, stored, stored_opt, time, uuid, uuid_opt,
};
use crate::shares::{shared_out, tenants_sql};
use crate::subject_changes::{self, SubjectChange};

/// A recipient resolved to a Teams user, not queued yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    /// The card to queue.
    pub notification_id: NotificationId,
    /// The person found.
    pub user: UserKey,
    /// The organization.
    pub organization_id: OrganizationId,
    /// The domain event.
    pub domain_event: EventId,
    /// Where it stands.
    pub domain_position: Position,
    /// The thread that it started.
    pub correlation_id: Uuid,
    /// Its type.
    pub event_type: String,
    /// Which card.
    pub card: CardKind,
    /// The Chronus thing.
    pub subject: Option<SubjectRef>,
    /// Which cards overtake which.
    pub class: Class,
    /// Asked for by Chronus.
    pub expires_at: Option<DateTime<Utc>>,
    /// When Chronus handed the domain event over.
    pub accepted_at: DateTime<Utc>,
    /// The recipient's member id, where Chronus gave one.
    pub member_id: Option<MemberId>,
    /// By which address the person was found; `None` where it was by an earlier link.
    pub matched_by: Option<MatchedBy>,
    /// The state that the domain event tells of the subject.
    pub state: Option<SubjectState>,
    /// What rules go by of the domain event's content.
    pub facts: Option<SubjectFacts>,
    /// When the domain event happened.
    pub happened_at: Option<DateTime<Utc>>,
    /// The person's language, where Chronus gave it.
    pub locale: Option<String>,
    /// The person's zone, where Chronus gave it.
    pub timezone: Option<String>,
    /// Whether the person's tenant was switched off since the domain event came, and is on again.
    pub was_held: bool,
    /// What else there is about its subject, oldest first, so that the card says what is so from the first.
    pub changes: Vec<SubjectChange>,
}

/// A recipient whose notification ran out before anybody was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Unroutable {
    /// The organization.
    pub organization_id: OrganizationId,
    /// The card.
    pub notification_id: NotificationId,
    /// The domain event.
    pub domain_event: EventId,
    /// The thread that it started.
    pub correlation_id: Uuid,
    /// Why nobody was found.
    pub reason: UnroutableReason,
    /// The replay by which an operator reopened it last.
    pub reopened: Option<Uuid>,
}

/// Tenants with recipients that are resolved and not queued.
pub(crate) fn resolved_tenants_sql() -> String {
    tenants_sql("notifications", "notifications_resolved_of", "state = 'resolved'")
}

/// A tenant's recipients resolved and not queued: by class, and within a class the oldest first.
pub(crate) const RESOLVED: &str =
    "SELECT notifications.*, events.state AS subject_state, events.facts, events.happened_us,
         given.locale AS given_locale, given.timezone AS given_timezone,
         ifnull((SELECT enabled = 1 AND enabled_ms > notifications.created_ms FROM tenants WHERE tenants.tenant = ?1), 0)
             AS was_held
     FROM notifications INDEXED BY notifications_resolved_of
     LEFT JOIN domain_events AS events ON events.event = notifications.domain_event
     LEFT JOIN client_defaults AS given
       ON given.organization = notifications.organization AND given.member = notifications.member
     WHERE notifications.state = 'resolved' AND notifications.tenant = ?1
     ORDER BY class, created_position, row LIMIT ?2";

/// Recipients resolved and not queued, shared out among tenants; those of some left out.
pub(crate) fn resolved(db: &Connection, but: &str, limit: usize) -> Sql<Vec<Route>> {
    shared_out(db, &resolved_tenants_sql(), but, limit, |tenant, share| {
        resolved_of(db, tenant, share)
    })
}

fn resolved_of(db: &Connection, tenant: &str, limit: usize) -> Sql<Vec<Route>> {
    let mut routes = db.all(RESOLVED, (tenant, sql_limit(limit)), |row| {
        let happened_us: Option<i64> = row.get("happened_us")?;
        let asked: bool = row.get("expiry_asked")?;
        Ok(Route {
            notification_id: NotificationId(uuid(row, "id")?),
            user: stored(row, "user")?,
            organization_id: stored(row, "organization")?,
            domain_event: EventId(uuid(row, "domain_event")?),
            domain_position: position(row, "domain_position")?,
            correlation_id: uuid(row, "correlation")?,
            event_type: row.get("event_type")?,
            card: stored(row, "card")?,
            subject: stored_opt(row, "subject")?,
            class: class_of(row.get("class")?),
            expires_at: if asked {
                Some(time(row, "expires_ms")?)
            } else {
                None
            },
            accepted_at: time(row, "created_ms")?,
            member_id: stored_opt(row, "member")?,
            matched_by: stored_opt(row, "matched_by")?,
            state: stored_opt(row, "subject_state")?,
            facts: json_opt(row, "facts")?,
            happened_at: happened_us.map(|_| micros(row, "happened_us")).transpose()?,
            locale: row.get("given_locale")?,
            timezone: row.get("given_timezone")?,
            was_held: row.get("was_held")?,
            changes: Vec::new(),
        })
    })?;
    for route in routes.iter_mut().filter(|route| route.subject.is_some()) {
        route.changes = subject_changes::beside(db, &route.user, route.notification_id, route.domain_event)?;
    }
    Ok(routes)
}

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
