//! What the rows tell of a part of the log that the log itself does not hold any more.

use events::lineage::{Gone, MOST_NAMED};
use events::{NotificationId, Position};
use rusqlite::Connection;

use crate::database::{Sql, Statements as _, time, uuid};

/// How often something became of a card beyond `position`, and the cards that arrived there.
pub(crate) fn find(db: &Connection, position: Position) -> Sql<(Vec<Gone>, Vec<NotificationId>)> {
    let position = i64::try_from(position.0).unwrap_or(i64::MAX);
    let gone = db.all(
        "SELECT what, count(*) AS times, max(time_ms) AS last_ms FROM history WHERE position > ?1 GROUP BY what ORDER BY what",
        [position],
        |row| {
            Ok(Gone {
                what: row.get("what")?,
                count: row.get::<_, i64>("times")?.try_into().unwrap_or(0),
                last_at: time(row, "last_ms")?,
            })
        },
    )?;
    let most = i64::try_from(MOST_NAMED).unwrap_or(i64::MAX);
    let arrived = db.all(
        "SELECT DISTINCT notification FROM history WHERE what = 'delivered' AND position > ?1 ORDER BY position LIMIT ?2",
        (position, most),
        |row| Ok(NotificationId(uuid(row, "notification")?)),
    )?;
    Ok((gone, arrived))
}
