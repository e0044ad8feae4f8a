//! The outbox: what the delivery lanes have to do, one row per thing.
//!
//! A person's things lie in slots: the profile look-up, and for each class the updates, the sends, and the sends
//! that wait for a time. Those wait each for itself: a card for the morning holds back nothing. Within any other
//! slot order is kept, so only its first row, the `head`, may be taken: a card that waits for its next try holds
//! back the later cards of its class to that person, and nothing else. Heads stand in two partial indexes (can be
//! done now, waits for a time), so that finding work costs the same with ten rows and with a million. Within a rank
//! what expires first is done first. Each tenant's row tells where its work changed last, so that whoever follows
//! looks only at the tenants concerned.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use events::{NotificationId, Position, TenantId, UserKey};
use rusqlite::{Connection, Row};
use uuid::Uuid;

use crate::database::{
    Sql, Statements as _, at_ms, checkpoint, position, sql_limit, sql_position, stored, uuid,
};
use crate::fold::Fold;
use crate::tenants;

/// What a delivery lane is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Task {
    /// Ask who the person is.
    Profile,
    /// Put the newest revision of this notification's card.
    Update(NotificationId),
    /// Post this notification's card.
    Send(NotificationId),
}

/// A thing that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueTask {
    /// For whom.
    pub user: UserKey,
    /// What.
    pub what: Task,
    /// Where the event that asked for it stands.
    pub position: Position,
    /// An attempt began and no outcome is known.
    pub attempted: bool,
    rank: i64,
    expires_ms: i64,
}

/// Rank of profile look-ups: before every card.
const PROFILE_RANK: i64 = 0;

/// Where a thing lies among a person's things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key<'a> {
    user: &'a str,
    slot: i64,
    rank: i64,
    position: i64,
    notification: [u8; 16],
}

impl<'a> Key<'a> {
    pub(crate) fn profile(user: &'a str, position: i64) -> Self {
        Self {
            user,
            slot: 0,
            rank: PROFILE_RANK,
            position,
            notification: [0; 16],
        }
    }

    pub(crate) fn update(user: &'a str, rank: i64, position: i64, notification: NotificationId) -> Self {
        Self {
            user,
            slot: 1,
            rank,
            position,
            notification: notification.0.into_bytes(),
        }
    }

    pub(crate) fn later_update(
        user: &'a str,
        rank: i64,
        position: i64,
        notification: NotificationId,
    ) -> Self {
        Self {
            slot: LATER_UPDATE,
            ..Self::send(user, rank, position, notification)
        }
    }

    pub(crate) fn deferred(user: &'a str, rank: i64, position: i64, notification: NotificationId) -> Self {
        Self {
            slot: DEFERRED,
            ..Self::send(user, rank, position, notification)
        }
    }

    pub(crate) fn send(user: &'a str, rank: i64, position: i64, notification: NotificationId) -> Self {
        Self {
            user,
            slot: 2,
            rank,
            position,
            notification: notification.0.into_bytes(),
        }
    }
}

/// The slot of cards that wait each for itself.
const DEFERRED: i64 = 3;
/// The slot of updates that wait for another try, each for itself.
const LATER_UPDATE: i64 = 4;

/// Whether the things of a slot wait each for itself, so that every one is a head.
fn waits_alone(slot: i64) -> bool {
    matches!(slot, DEFERRED | LATER_UPDATE)
}

/// When a thing is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Due {
    /// Until when it is worth doing.
    pub(crate) expires_ms: i64,
    /// The time; of a thing that is not delayed, since when it waits.
    pub(crate) at_ms: i64,
    /// It waits for that time.
    pub(crate) delayed: bool,
    /// An attempt began and no outcome is known.
    pub(crate) attempted: bool,
    /// Since when it should have been done.
    pub(crate) owed_ms: i64,
}

/// Adds a thing or changes when it is due.
pub(crate) fn put(f: &Fold<'_>, tenant: &str, key: &Key<'_>, due: Due) -> Sql<()> {
    f.db.run(
        "INSERT INTO outbox (user, slot, rank, position, notification, tenant, expires_ms, due_ms, delayed, attempted,
             head, owed_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
         ON CONFLICT DO UPDATE SET expires_ms = ?7, due_ms = ?8, delayed = ?9, attempted = ?10, owed_ms = ?12",
        (
            key.user,
            key.slot,
            key.rank,
            key.position,
            key.notification,
            tenant,
            due.expires_ms,
            due.at_ms,
            due.delayed,
            due.attempted,
            waits_alone(key.slot),
            due.owed_ms,
        ),
    )?;
    changed(f, tenant)?;
    mark_head(f, key)
}

/// When a person's look-up is due.
pub(crate) fn look_up_due(db: &Connection, user: &str, asked: i64) -> Sql<Option<i64>> {
    let key = Key::profile(user, asked);
    db.first(
        "SELECT due_ms FROM outbox WHERE user = ?1 AND slot = ?2 AND rank = ?3 AND position = ?4 AND notification = ?5",
        (key.user, key.slot, key.rank, key.position, key.notification),
        |row| row.get(0),
    )
}

/// The tenant's work changed.
pub(crate) fn changed(f: &Fold<'_>, tenant: &str) -> Sql<()> {
    f.db.run(
        "UPDATE tenants SET changed = ?2 WHERE tenant = ?1",
        (tenant, f.position),
    )
    .map(drop)
}

/// Takes a thing out, where it is in.
pub(crate) fn remove(f: &Fold<'_>, tenant: &str, key: &Key<'_>) -> Sql<()> {
    let removed = f.db.run(
        "DELETE FROM outbox WHERE user = ?1 AND slot = ?2 AND rank = ?3 AND position = ?4 AND notification = ?5",
        (key.user, key.slot, key.rank, key.position, key.notification),
    )?;
    if removed == 0 {
        return Ok(());
    }
    changed(f, tenant)?;
    mark_head(f, key)
}

/// Makes the first row of the key's slot its head. One row was added or removed since this held, so a wrong head
/// can only be the second row.
fn mark_head(f: &Fold<'_>, key: &Key<'_>) -> Sql<()> {
    if waits_alone(key.slot) {
        return Ok(());
    }
    let first_two: Vec<(i64, [u8; 16], bool)> = f.db.all(
        "SELECT position, notification, head FROM outbox WHERE user = ?1 AND slot = ?2 AND rank = ?3
         ORDER BY position, notification LIMIT 2",
        (key.user, key.slot, key.rank),
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    for (index, (position, notification, head)) in first_two.into_iter().enumerate() {
        let should = index == 0;
        if head != should {
            f.db.run(
                "UPDATE outbox SET head = ?6
                 WHERE user = ?1 AND slot = ?2 AND rank = ?3 AND position = ?4 AND notification = ?5",
                (key.user, key.slot, key.rank, position, notification, should),
            )?;
        }
    }
    Ok(())
}

/// Heads that can be done now, in the order in which they are to be done.
pub(crate) const DUE_NOW: &str = "SELECT user, slot, rank, position, notification, attempted, expires_ms
     FROM outbox INDEXED BY outbox_now
     WHERE tenant = ?1 AND head = 1 AND delayed = 0 ORDER BY rank, expires_ms, position";

/// Heads of a rank whose time has come, the longest waiting first.
pub(crate) const DUE_LATER: &str = "SELECT user, slot, rank, position, notification, attempted, expires_ms
     FROM outbox INDEXED BY outbox_later
     WHERE tenant = ?1 AND rank = ?2 AND head = 1 AND delayed = 1 AND due_ms <= ?3 ORDER BY due_ms";

/// Ranks that there are.
const RANKS: std::ops::RangeInclusive<i64> = PROFILE_RANK..=3;

/// How much of what waited for a time is looked at, for each thing that is asked for: among these what expires
/// first goes first.
const LATER_LOOK: usize = 4;

/// Tenants that are on and whose work changed after a position: since when their first thing waits, and for each rank
/// when the first of those that wait for a time is due. One question for each, so that each is answered by index.
pub(crate) fn tenants_sql() -> String {
    let comes: Vec<String> = RANKS
        .map(|rank| {
            format!(
                "(SELECT due_ms FROM outbox INDEXED BY outbox_later
                  WHERE outbox.tenant = tenants.tenant AND rank = {rank} AND head = 1 AND delayed = 1
                  ORDER BY due_ms LIMIT 1)"
            )
        })
        .collect();
    format!(
        "SELECT tenant,
                (SELECT due_ms FROM outbox INDEXED BY outbox_now
                 WHERE outbox.tenant = tenants.tenant AND head = 1 AND delayed = 0
                 ORDER BY rank, expires_ms, position LIMIT 1), {}
         FROM tenants INDEXED BY tenants_by_change WHERE changed > ?1 AND enabled = 1",
        comes.join(", ")
    )
}

/// Tenants that are off and whose work changed after a position: when the first answer to somebody who types is due.
/// Nothing else leaves.
pub(crate) const TENANTS_OFF: &str = "SELECT tenant,
         (SELECT due_ms FROM outbox INDEXED BY outbox_now
          WHERE outbox.tenant = tenants.tenant AND rank = 1 AND slot = 2 AND head = 1 AND delayed = 0
          ORDER BY expires_ms, position LIMIT 1),
         (SELECT due_ms FROM outbox INDEXED BY outbox_later
          WHERE outbox.tenant = tenants.tenant AND rank = 1 AND slot = 2 AND head = 1 AND delayed = 1
          ORDER BY due_ms LIMIT 1)
     FROM tenants INDEXED BY tenants_by_change WHERE changed > ?1 AND enabled = 0";

/// The answers that may leave while a tenant is off.
pub(crate) const DUE_NOW_OFF: &str = "SELECT user, slot, rank, position, notification, attempted, expires_ms
     FROM outbox INDEXED BY outbox_now
     WHERE tenant = ?1 AND rank = 1 AND slot = 2 AND head = 1 AND delayed = 0 ORDER BY expires_ms, position";
pub(crate) const DUE_LATER_OFF: &str = "SELECT user, slot, rank, position, notification, attempted, expires_ms
     FROM outbox INDEXED BY outbox_later
     WHERE tenant = ?1 AND rank = 1 AND slot = 2 AND head = 1 AND delayed = 1 AND due_ms <= ?2 ORDER BY due_ms";

/// Tenants and when the first of their work is due, with the position as of which that is so.
pub(crate) type TenantsDue = (Vec<(TenantId, DateTime<Utc>)>, Position);

/// Tenants with unsettled work, and when the first of it is due: all, or those whose work changed after a position.
/// Tells the position as of which that is so.
pub(crate) fn tenants(db: &Connection, changed_after: Option<Position>) -> Sql<TenantsDue> {
    let after = changed_after.map_or(-1, sql_position);
    let read = |row: &Row<'_>| {
        let tenant: TenantId = stored(row, "tenant")?;
        let mut first: Option<i64> = None;
        for column in 1..row.as_ref().column_count() {
            let due: Option<i64> = row.get(column)?;
            first = first.into_iter().chain(due).min();
        }
        Ok((tenant, first.map(at_ms)))
    };
    let mut all = db.all(&tenants_sql(), [after], read)?;
    all.extend(db.all(TENANTS_OFF, [after], read)?);
    let mut due: Vec<_> = all
        .into_iter()
        .filter_map(|(tenant, due)| Some((tenant, due?)))
        .collect();
    due.sort_by(|one, other| (one.1, &one.0).cmp(&(other.1, &other.0)));
    Ok((due, checkpoint(db)?.0))
}

/// The first thing of each person that is due by `now`, people in `busy` left out.
pub(crate) fn due(
    db: &Connection,
    tenant: &TenantId,
    now: DateTime<Utc>,
    busy: &HashSet<UserKey>,
    limit: usize,
) -> Sql<Vec<DueTask>> {
    if !tenants::is_enabled(db, tenant.as_str())? {
        return due_while_off(db, tenant, now, busy, limit);
    }
    let mut tasks = take(db, DUE_NOW, (tenant.as_str(),), busy, limit)?;
    for rank in RANKS {
        let params = (tenant.as_str(), rank, now.timestamp_millis());
        tasks.extend(take(
            db,
            DUE_LATER,
            params,
            busy,
            limit.saturating_mul(LATER_LOOK),
        )?);
    }
    tasks.sort_by_key(|task| (task.rank, task.expires_ms, task.position));
    let mut taken = HashSet::new();
    tasks.retain(|task| taken.insert(task.user.clone()));
    tasks.truncate(limit);
    Ok(tasks)
}

fn due_while_off(
    db: &Connection,
    tenant: &TenantId,
    now: DateTime<Utc>,
    busy: &HashSet<UserKey>,
    limit: usize,
) -> Sql<Vec<DueTask>> {
    let mut tasks = take(db, DUE_NOW_OFF, (tenant.as_str(),), busy, limit)?;
    let later = (tenant.as_str(), now.timestamp_millis());
    tasks.extend(take(db, DUE_LATER_OFF, later, busy, limit)?);
    tasks.truncate(limit);
    Ok(tasks)
}

/// A card of Chronus' that waits in a tenant that is off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The person.
    pub user: UserKey,
    /// The card.
    pub notification_id: NotificationId,
}

/// Cards of Chronus' that wait in tenants that are off; those of some tenants left out. Each is not sent and leaves the
/// list by that, so it is short but for the moment of switching off.
pub(crate) const HELD: &str = "SELECT notifications.user, notifications.id
     FROM tenants INDEXED BY tenants_off
     JOIN notifications INDEXED BY notifications_unsent_of ON notifications.tenant = tenants.tenant
     WHERE tenants.enabled = 0 AND (?1 = '[]' OR tenants.tenant NOT IN (SELECT value FROM json_each(?1)))
       AND notifications.organization IS NOT NULL
       AND notifications.state IN ('queued', 'retry', 'deferred', 'unknown_retry')
     LIMIT ?2";

pub(crate) fn held(db: &Connection, but: &str, limit: usize) -> Sql<Vec<Held>> {
    db.all(HELD, (but, sql_limit(limit)), |row| {
        Ok(Held {
            user: stored(row, "user")?,
            notification_id: NotificationId(uuid(row, "id")?),
        })
    })
}

/// Reads heads until `limit` people are found.
fn take(
    db: &Connection,
    sql: &str,
    params: impl rusqlite::Params,
    busy: &HashSet<UserKey>,
    limit: usize,
) -> Sql<Vec<DueTask>> {
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut people = HashSet::new();
    let mut tasks = Vec::new();
    while people.len() < limit {
        let Some(row) = rows.next()? else { break };
        let task = read(row)?;
        if !busy.contains(&task.user) {
            people.insert(task.user.clone());
            tasks.push(task);
        }
    }
    Ok(tasks)
}

fn read(row: &Row<'_>) -> Sql<DueTask> {
    let notification: Uuid = uuid(row, "notification")?;
    Ok(DueTask {
        user: stored(row, "user")?,
        what: match row.get::<_, i64>("slot")? {
            0 => Task::Profile,
            1 | LATER_UPDATE => Task::Update(NotificationId(notification)),
            _ => Task::Send(NotificationId(notification)),
        },
        position: position(row, "position")?,
        attempted: row.get("attempted")?,
        rank: row.get("rank")?,
        expires_ms: row.get("expires_ms")?,
    })
}
