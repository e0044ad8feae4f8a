//! Whom Chronus was told cannot be reached as things stand, and for which reasons: so that each reason is told once, and
//! an arrival after all is told, too.

use chrono::{DateTime, Utc};
use events::NotificationId;
use events::outbound::{RecipientUnreached, UnroutableReason};
use events::work::Unreached;
use rusqlite::Connection;
use serde_json::json;

use super::card::note;
use super::unroutable::read_unroutable;
use crate::database::{Sql, Statements as _, sql_limit, stored, time};
use crate::fold::Fold;

/// Recipients for whom nobody is found since a time or longer, for a reason that Chronus was not told; those of some
/// organizations left out.
pub(crate) const UNREACHED: &str = "SELECT * FROM notifications INDEXED BY notifications_unreached
     WHERE unreached_due_ms IS NOT NULL AND unreached_due_ms <= ?1
         AND (?3 = '[]' OR organization NOT IN (SELECT value FROM json_each(?3)))
     ORDER BY unreached_due_ms LIMIT ?2";

pub(crate) fn unreached(
    db: &Connection,
    but: &str,
    since: DateTime<Utc>,
    limit: usize,
) -> Sql<Vec<Unreached>> {
    let parameters = (since.timestamp_millis(), sql_limit(limit), but);
    db.all(UNREACHED, parameters, |row| {
        Ok(Unreached {
            recipient: read_unroutable(row)?,
            until: time(row, "expires_ms")?,
        })
    })
}

/// Notes that Chronus is told. Answers whether there is something to tell: whoever was found meanwhile is not unreached.
pub(crate) fn fold(f: &Fold<'_>, event: &RecipientUnreached) -> Sql<bool> {
    let id = event.notification_id;
    let reason: Option<UnroutableReason> = f.rows()?.first(
        "SELECT reason FROM notifications WHERE id = ?1 AND state = 'unresolved'",
        [id.0.into_bytes()],
        |row| stored(row, "reason"),
    )?;
    let Some(reason) = reason else { return Ok(false) };
    tell(f, id, event.reason.as_str())?;
    if reason == event.reason {
        f.db.run(
            "UPDATE notifications SET unreached_due_ms = NULL WHERE id = ?1",
            [id.0.into_bytes()],
        )?;
    }
    note(
        f,
        id,
        "unreached",
        &json!({ "reason": event.reason, "until": event.until }),
    )?;
    Ok(true)
}

/// The reason that Chronus is told where a card's end is certain. An operator's replay may bring it all the same.
pub(crate) const UNDELIVERABLE: &str = "undeliverable";

/// Chronus is told of this reason. Answers whether it was not before.
pub(crate) fn tell(f: &Fold<'_>, id: NotificationId, reason: &str) -> Sql<bool> {
    f.rows()?
        .run(
        "UPDATE notifications SET unreached = CASE unreached WHEN '' THEN ',' ELSE unreached END || ?2 || ','
         WHERE id = ?1 AND instr(unreached, ',' || ?2 || ',') = 0",
        (id.0.into_bytes(), reason),
    )
    .map(|changed| changed > 0)
}

/// Whether Chronus was told that a card does not arrive as things stand.
pub(crate) struct Told {
    pub(crate) organization: String,
    pub(crate) user: Option<String>,
    pub(crate) domain_event: Option<[u8; 16]>,
    pub(crate) unreached: bool,
    /// Whether it arrived before.
    pub(crate) arrived: bool,
    /// Whether it was seen before.
    pub(crate) seen: bool,
}

/// A card of Chronus' arrived, or was seen: what was known before. `None` for a card of the chat itself.
pub(crate) fn arrives(f: &Fold<'_>, id: NotificationId, is_seen: bool) -> Sql<Option<Told>> {
    let told = f.cards.with(f.db, id, |held| {
        let told = Told {
            organization: held.organization.clone()?,
            user: held.card.user.clone(),
            domain_event: held.domain_event,
            unreached: held.unreached,
            arrived: held.arrived >= 1,
            seen: held.arrived >= 2,
        };
        let arrived = held.arrived.max(if is_seen { 2 } else { 1 });
        held.changed |= arrived != held.arrived;
        held.arrived = arrived;
        Some(told)
    })?;
    Ok(told.flatten())
}
