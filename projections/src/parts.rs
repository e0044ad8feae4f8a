//! Programmes and ERGs for which an organization switched Teams off: nothing more is sent of them. What comes meanwhile goes to
//! nobody and says so; what waits is stopped. What stands in a chat stays there, and stays true.
//!
//! A card that waits in somebody's queue is `stopped`: lanes do not see it any more, and the router has its person's stream say
//! that it is not sent. Switched on again, what was stopped stays so.

use chrono::{DateTime, Utc};
use events::organization::{DomainEventAccepted, Part, PartKind};
use events::outbound::UnroutableReason;
use events::tenant::{PartSwitchedOff, PartSwitchedOn};
use events::user::SuppressedReason;
use events::work::StoppedCard;
use events::{EventId, NotificationId, OrganizationId, Sealed};
use rusqlite::Connection;

use crate::database::{Sql, Statements as _, json, json_of, sql_limit, stored, time, uuid};
use crate::fold::Fold;
use crate::notifications::card;

/// A part that is switched off.
#[derive(Debug, Clone, PartialEq)]
pub struct PartOff {
    /// Which.
    pub part: Part,
    /// What people call it.
    pub name: Sealed,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Who said so.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// An organization's parts that are switched off, by kind and key.
pub(crate) fn list(db: &Connection, organization: &OrganizationId) -> Sql<Vec<PartOff>> {
    db.all(
        "SELECT * FROM parts_off WHERE organization = ?1 ORDER BY kind, key",
        [organization.as_str()],
        |row| {
            Ok(PartOff {
                part: Part {
                    kind: stored(row, "kind")?,
                    key: row.get("key")?,
                },
                name: json(row, "name")?,
                since: time(row, "since_ms")?,
                by: row.get("by")?,
                reason: row.get("reason")?,
            })
        },
    )
}

/// The kind of a part that this event belongs to and that is switched off.
pub(crate) fn off(db: &Connection, organization: &str, event: &DomainEventAccepted) -> Sql<Option<PartKind>> {
    for part in event.parts() {
        let sql = "SELECT 1 FROM parts_off WHERE organization = ?1 AND kind = ?2 AND key = ?3";
        let key = (organization, part.kind.as_str(), part.key.as_str());
        if db.first(sql, key, |_| Ok(()))?.is_some() {
            return Ok(Some(part.kind));
        }
    }
    Ok(None)
}

/// The same for a domain event that was folded.
pub(crate) fn off_of(db: &Connection, event: EventId) -> Sql<Option<PartKind>> {
    if db
        .first("SELECT 1 FROM parts_off LIMIT 1", [], |_| Ok(()))?
        .is_none()
    {
        return Ok(None);
    }
    db.first(
        "SELECT off.kind FROM domain_events AS events JOIN parts_off AS off ON off.organization = events.organization
           AND ((off.kind = 'programme' AND off.key = events.programme) OR (off.kind = 'erg' AND off.key = events.erg))
         WHERE events.event = ?1 LIMIT 1",
        [event.0.into_bytes()],
        |row| stored(row, "kind"),
    )
}

/// Recipients of a part who are not in anybody's queue, in SQL.
const NOT_QUEUED: [&str; 3] = [
    "INDEXED BY notifications_waiting_by_lookup ON cards.organization = ?1 AND cards.state = 'unresolved'",
    "INDEXED BY notifications_resolved ON cards.state = 'resolved' AND cards.organization = ?1",
    "INDEXED BY notifications_scheduled ON cards.state = 'deferred' AND cards.queued_position IS NULL
       AND cards.organization = ?1",
];

/// Cards of a part that wait in a queue or are to be listed by another card, in SQL.
const QUEUED: [&str; 2] = [
    "INDEXED BY notifications_to_send
     ON cards.state IN ('queued', 'attempted', 'retry', 'deferred', 'unknown_retry') AND cards.organization = ?1",
    "INDEXED BY notifications_to_be_listed ON cards.organization = ?1
       AND ((cards.state = 'merged' AND cards.arrived = 0 AND cards.reason <> 'same_subject')
            OR (cards.state = 'suppressed' AND cards.reason IN ('disconnected', 'uninstalled', 'blocked',
                'disabled_by_admin', 'paused', 'tenant_off', 'conflict', 'no_room')))",
];

/// Teams is switched off for a part: what waits of it is stopped.
pub(crate) fn switch_off(f: &Fold<'_>, event: &PartSwitchedOff) -> Sql<()> {
    let (organization, part) = (event.organization_id.as_str(), &event.part);
    f.db.run(
        "INSERT OR REPLACE INTO parts_off (organization, kind, key, name, since_ms, by, reason)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        (
            organization,
            part.kind.as_str(),
            &part.key,
            json_of(&event.name),
            f.ms,
            &event.by,
            &event.reason,
        ),
    )?;
    for id in concerned(f, organization, part, &NOT_QUEUED)? {
        f.rows()?.run(
            "UPDATE notifications SET state = 'unresolved', reason = ?2, user = NULL, tenant = NULL, due_ms = NULL,
                 state_position = ?3, state_ms = ?4
             WHERE id = ?1",
            (
                id.0.into_bytes(),
                UnroutableReason::of_part(part.kind).as_str(),
                f.position,
                f.ms,
            ),
        )?;
    }
    for id in concerned(f, organization, part, &QUEUED)? {
        card::change(f, id, |card| {
            card.stopped = Some(SuppressedReason::of_part(part.kind));
        })?;
    }
    Ok(())
}

fn concerned(f: &Fold<'_>, organization: &str, part: &Part, among: &[&str]) -> Sql<Vec<NotificationId>> {
    let column = match part.kind {
        PartKind::Programme => "programme",
        PartKind::Erg => "erg",
    };
    let mut found = Vec::new();
    for cards in among {
        let sql = format!(
            "SELECT cards.id AS id FROM (SELECT 1) JOIN notifications AS cards {cards}
             JOIN domain_events AS events ON events.event = cards.domain_event
             WHERE events.{column} = ?2"
        );
        found.extend(f.rows()?.all(&sql, (organization, &part.key), |row| {
            uuid(row, "id").map(NotificationId)
        })?);
    }
    Ok(found)
}

pub(crate) fn switch_on(f: &Fold<'_>, event: &PartSwitchedOn) -> Sql<()> {
    let (organization, part) = (event.organization_id.as_str(), &event.part);
    f.db.run(
        "DELETE FROM parts_off WHERE organization = ?1 AND kind = ?2 AND key = ?3",
        (organization, part.kind.as_str(), &part.key),
    )
    .map(drop)
}

/// Cards that are stopped and of which their person's stream does not say so yet.
pub(crate) const STOPPED: &str =
    "SELECT id, user, stopped FROM notifications INDEXED BY notifications_stopped
     WHERE stopped IS NOT NULL AND state IN ('queued', 'retry', 'deferred', 'merged', 'suppressed')
       AND (state <> 'suppressed' OR reason <> stopped) AND user IS NOT NULL
     LIMIT ?1";

pub(crate) fn stopped(db: &Connection, limit: usize) -> Sql<Vec<StoppedCard>> {
    db.all(STOPPED, [sql_limit(limit)], |row| {
        Ok(StoppedCard {
            user: stored(row, "user")?,
            notification_id: NotificationId(uuid(row, "id")?),
            reason: stored(row, "stopped")?,
        })
    })
}
