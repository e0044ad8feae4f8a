//! The outbox: what the delivery lanes have to do, one row per thing.
//!
//! A person's things lie in slots: the profile look-up, and for each class the updates, the sends, and the sends
//! that wait for a time. Those wait each for itself: a card for the morning holds back nothing. Within any other
//! slot order is kept, so only its first row, the `head`, may be taken: a card that waits for its next try holds
//! back the later cards of its class to that person, and nothing else. Heads stand in two partial indexes (can be
//! done now, waits for a time), so that finding work costs the same with ten rows and with a million.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use events::{NotificationId, Position, TenantId, UserKey};
use rusqlite::{Connection, Row};
use uuid::Uuid;

use crate::database::{Sql, Statements as _, position, stored, time, uuid};
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

/// The slot whose things wait each for itself.
const DEFERRED: i64 = 3;

/// When a thing is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Due {
    /// The time; of a thing that is not delayed, since when it waits.
    pub(crate) at_ms: i64,
    /// It waits for that time.
    pub(crate) delayed: bool,
    /// An attempt began and no outcome is known.
    pub(crate) attempted: bool,
}

/// Adds a thing or changes when it is due.
pub(crate) fn put(f: &Fold<'_>, tenant: &str, key: &Key<'_>, due: Due) -> Sql<()> {
    f.db.run(
        "INSERT INTO outbox (user, slot, rank, position, notification, tenant, due_ms, delayed, attempted, head)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
         ON CONFLICT DO UPDATE SET due_ms = ?7, delayed = ?8, attempted = ?9",
        (
            key.user,
            key.slot,
            key.rank,
            key.position,
            key.notification,
            tenant,
            due.at_ms,
            due.delayed,
            due.attempted,
            key.slot == DEFERRED,
        ),
    )?;
    mark_head(f, key)
}

/// Takes a thing out, where it is in.
pub(crate) fn remove(f: &Fold<'_>, key: &Key<'_>) -> Sql<()> {
    let removed = f.db.run(
        "DELETE FROM outbox WHERE user = ?1 AND slot = ?2 AND rank = ?3 AND position = ?4 AND notification = ?5",
        (key.user, key.slot, key.rank, key.position, key.notification),
    )?;
    if removed == 0 { Ok(()) } else { mark_head(f, key) }
}

/// Makes the first row of the key's slot its head. One row was added or removed since this held, so a wrong head
/// can only be the second row.
fn mark_head(f: &Fold<'_>, key: &Key<'_>) -> Sql<()> {
    if key.slot == DEFERRED {
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
pub(crate) const DUE_NOW: &str = "SELECT user, slot, rank, position, notification, attempted
     FROM outbox INDEXED BY outbox_now
     WHERE tenant = ?1 AND head = 1 AND delayed = 0 ORDER BY rank, position";

/// Heads whose time has come, the longest waiting first.
pub(crate) const DUE_LATER: &str = "SELECT user, slot, rank, position, notification, attempted
     FROM outbox INDEXED BY outbox_later
     WHERE tenant = ?1 AND head = 1 AND delayed = 1 AND due_ms <= ?2 ORDER BY due_ms";

/// Tenants that are on, with the time since which, or at which, their first thing is due.
pub(crate) const TENANTS: &str =
    "SELECT tenant, min(ifnull(waits, comes), ifnull(comes, waits)) AS due_ms FROM (
       SELECT tenant,
              (SELECT due_ms FROM outbox INDEXED BY outbox_now
               WHERE outbox.tenant = tenants.tenant AND head = 1 AND delayed = 0
               ORDER BY rank, position LIMIT 1) AS waits,
              (SELECT due_ms FROM outbox INDEXED BY outbox_later
               WHERE outbox.tenant = tenants.tenant AND head = 1 AND delayed = 1
               ORDER BY due_ms LIMIT 1) AS comes
       FROM tenants WHERE enabled = 1)
     WHERE waits IS NOT NULL OR comes IS NOT NULL ORDER BY due_ms, tenant";

/// Tenants with unsettled work, and when the first of it is due.
pub(crate) fn tenants(db: &Connection) -> Sql<Vec<(TenantId, DateTime<Utc>)>> {
    db.all(TENANTS, [], |row| {
        Ok((stored(row, "tenant")?, time(row, "due_ms")?))
    })
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
        return Ok(Vec::new());
    }
    let mut tasks = take(db, DUE_NOW, (tenant.as_str(),), busy, limit)?;
    tasks.extend(take(
        db,
        DUE_LATER,
        (tenant.as_str(), now.timestamp_millis()),
        busy,
        limit,
    )?);
    tasks.sort_by_key(|task| (task.rank, task.position));
    let mut taken = HashSet::new();
    tasks.retain(|task| taken.insert(task.user.clone()));
    tasks.truncate(limit);
    Ok(tasks)
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
            1 => Task::Update(NotificationId(notification)),
            _ => Task::Send(NotificationId(notification)),
        },
        position: position(row, "position")?,
        attempted: row.get("attempted")?,
        rank: row.get("rank")?,
    })
}
