//! How much waits and since when: for gauges that are asked again and again. Counts are kept as things come and go
//! (in the outbox, and in `depths`), ages are read from the first entry of an index, so an answer costs the same however much waits.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use events::organization::Class;
use events::{NotificationId, OrganizationId, Position, TenantId};
use rusqlite::Connection;

use crate::database::{
    Sql, Statements as _, at_ms, checkpoint, count, sql_position, stored, stored_opt, time,
};
use crate::notifications::class_of;
use crate::outbox::{Group, PROFILE_RANK};
use crate::webhooks::{self, Webhook};

/// Things of one class that wait to be sent to one tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The tenant.
    pub tenant_id: TenantId,
    /// The class; `None` for questions who somebody is.
    pub class: Option<Class>,
    /// How many.
    pub count: u64,
    /// When the oldest came to be; `None` where none waits.
    pub oldest: Option<DateTime<Utc>>,
    /// Since when the first of them should have been done; later than now where all of them are put off on purpose.
    /// `None` where none waits, or the tenant is switched off.
    pub owed_since: Option<DateTime<Utc>>,
}

/// Everything that waits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Backlog {
    /// The position at which this is true.
    pub position: Position,
    /// Things to send, by tenant and class; also groups in which nothing waits any more.
    pub outbox: Vec<Waiting>,
    /// Answers that Chronus has not taken, by organization.
    pub responses: Vec<(OrganizationId, u64)>,
    /// Since when the oldest of them waits; what waits for a webhook that is switched off is not among it.
    pub oldest_response: Option<DateTime<Utc>>,
    /// Webhooks that are switched off.
    pub webhooks_off: Vec<Webhook>,
    /// Notifications whose recipient was not found yet, by organization.
    pub unresolved: Vec<(OrganizationId, u64)>,
    /// When the oldest of them was accepted.
    pub oldest_unresolved: Option<DateTime<Utc>>,
    /// Since when the oldest waits whose recipient was found and whose card is not queued yet.
    pub oldest_resolved: Option<DateTime<Utc>>,
    /// When the first is due of those whose recipient was found and whose card is meant for a time; it may lie ahead.
    pub first_scheduled: Option<DateTime<Utc>>,
}

impl Backlog {
    /// Since when the first thing is overdue, as of `now`: a card, an update, a question, an answer that should have left
    /// by then. What is put off on purpose (quiet hours, a pause, a digest, a tenant that is off) is not late, and what
    /// waits for a person to appear is not ours to do.
    pub fn overdue_since(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let sent = self.outbox.iter().filter_map(|waiting| waiting.owed_since);
        let owed = sent.chain(self.oldest_response).chain(self.oldest_resolved);
        let owed = owed.chain(self.first_scheduled);
        owed.filter(|since| *since <= now).min()
    }

    /// When the oldest thing came to be that is not settled: a card, a question, an answer, whether it is due or put off
    /// on purpose. What waits for a person to appear, or is meant for a time, is not among it.
    pub fn oldest_unsettled(&self) -> Option<DateTime<Utc>> {
        let sent = self.outbox.iter().filter_map(|waiting| waiting.oldest);
        sent.chain(self.oldest_response).chain(self.oldest_resolved).min()
    }
}

/// When a notification came to be and was queued, for measuring how long it took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// Whether it comes from a domain event, and not from the chat itself.
    pub from_chronus: bool,
    /// Its class.
    pub class: Class,
    /// When its domain event was accepted, or the time came that it was meant for; for a card of the chat, when it was queued.
    pub created: DateTime<Utc>,
    /// When it was queued.
    pub queued: Option<DateTime<Utc>>,
}

/// The notification that waits longest for its recipient to appear.
pub(crate) const OLDEST_UNRESOLVED: &str =
    "SELECT created_ms FROM notifications INDEXED BY notifications_waiting_by_age
     WHERE state = 'unresolved' ORDER BY created_position LIMIT 1";

/// The notification that waits longest to be queued.
pub(crate) const OLDEST_RESOLVED: &str =
    "SELECT state_ms FROM notifications INDEXED BY notifications_resolved
     WHERE state = 'resolved' ORDER BY created_position LIMIT 1";

/// The notification that is queued first of those that are meant for a time.
pub(crate) const FIRST_SCHEDULED: &str =
    "SELECT send_ms FROM notifications INDEXED BY notifications_scheduled
     WHERE state = 'deferred' AND queued_position IS NULL ORDER BY send_ms LIMIT 1";

/// The answer that waits longest to be handed over, for each organization whose webhook is on.
pub(crate) const OLDEST_RESPONSES: &str = "SELECT
         (SELECT waiting_ms FROM responses INDEXED BY responses_waiting
          WHERE organization = depths.owner AND state = 'pending' ORDER BY waiting_ms LIMIT 1) AS first
     FROM depths
     WHERE kind = 'responses' AND waiting > 0
       AND NOT EXISTS (SELECT 1 FROM webhooks WHERE organization = owner AND off_ms IS NOT NULL)";

/// Reads everything that waits, `groups` of it in the outbox.
pub(crate) fn read(db: &Connection, groups: Vec<(TenantId, Group)>) -> Sql<Backlog> {
    let by_organization = |kind: &str| {
        db.all(
            "SELECT owner, waiting FROM depths WHERE kind = ?1 ORDER BY owner",
            [kind],
            |row| Ok((stored(row, "owner")?, count(row, "waiting")?)),
        )
    };
    let oldest = |sql: &str| db.first(sql, [], |row| Ok(at_ms(row.get(0)?)));
    Ok(Backlog {
        position: checkpoint(db)?.0,
        outbox: outbox(db, groups)?,
        responses: by_organization("responses")?,
        oldest_response: oldest_response(db)?,
        webhooks_off: webhooks::off(db)?,
        unresolved: by_organization("unresolved")?,
        oldest_unresolved: oldest(OLDEST_UNRESOLVED)?,
        oldest_resolved: oldest(OLDEST_RESOLVED)?,
        first_scheduled: oldest(FIRST_SCHEDULED)?,
    })
}

fn oldest_response(db: &Connection) -> Sql<Option<DateTime<Utc>>> {
    let first: Vec<Option<i64>> = db.all(OLDEST_RESPONSES, [], |row| row.get(0))?;
    Ok(first.into_iter().flatten().min().map(at_ms))
}

fn outbox(db: &Connection, groups: Vec<(TenantId, Group)>) -> Sql<Vec<Waiting>> {
    let mut waiting = Vec::with_capacity(groups.len());
    for (tenant_id, group) in groups {
        waiting.push(Waiting {
            class: (group.rank > PROFILE_RANK).then(|| class_of(group.rank.into())),
            count: group.count,
            oldest: oldest(db, &group)?,
            owed_since: owed_since(db, &tenant_id, &group)?,
            tenant_id,
        });
    }
    Ok(waiting)
}

/// Nothing is owed to a tenant that is off, nor for the time before it was switched on again.
fn owed_since(db: &Connection, tenant: &TenantId, group: &Group) -> Sql<Option<DateTime<Utc>>> {
    let Some(owed) = group.owed_ms else {
        return Ok(None);
    };
    let switch: Option<(bool, Option<i64>)> = db.first(
        "SELECT enabled, enabled_ms FROM tenants WHERE tenant = ?1",
        [tenant.as_str()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let (enabled, enabled_ms) = switch.unwrap_or((true, None));
    Ok(enabled.then(|| at_ms(enabled_ms.map_or(owed, |on| owed.max(on)))))
}

fn oldest(db: &Connection, group: &Group) -> Sql<Option<DateTime<Utc>>> {
    let Some((notification, due_ms)) = group.oldest else {
        return Ok(None);
    };
    // A question who somebody is belongs to no notification and waits since it was due.
    let created = db.first(
        "SELECT created_ms FROM notifications WHERE id = ?1",
        [notification.0.into_bytes()],
        |row| row.get(0),
    )?;
    Ok(Some(at_ms(created.unwrap_or(due_ms))))
}

/// When notifications came to be; those that are not known are left out.
pub(crate) fn times(db: &Connection, ids: &[NotificationId]) -> Sql<HashMap<NotificationId, Times>> {
    let mut found = HashMap::with_capacity(ids.len());
    for id in ids {
        let times = db.first(
            "SELECT organization, class, max(created_ms, coalesce(send_ms, 0)) AS created_ms, queued_ms FROM notifications WHERE id = ?1",
            [id.0.into_bytes()],
            |row| {
                let organization: Option<OrganizationId> = stored_opt(row, "organization")?;
                Ok(Times {
                    from_chronus: organization.is_some(),
                    class: class_of(row.get("class")?),
                    created: time(row, "created_ms")?,
                    queued: row.get::<_, Option<i64>>("queued_ms")?.map(at_ms),
                })
            },
        )?;
        found.extend(times.map(|times| (*id, times)));
    }
    Ok(found)
}

/// When answers were given, by their positions.
pub(crate) fn answered(db: &Connection, positions: &[Position]) -> Sql<HashMap<Position, DateTime<Utc>>> {
    let mut found = HashMap::with_capacity(positions.len());
    for position in positions {
        let answered = db.first(
            "SELECT answered_ms FROM responses WHERE position = ?1",
            [sql_position(*position)],
            |row| time(row, "answered_ms"),
        )?;
        found.extend(answered.map(|answered| (*position, answered)));
    }
    Ok(found)
}
