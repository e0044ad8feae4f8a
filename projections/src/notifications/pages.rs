//! Notifications page by page, newest first, for people who look through them. Each page reads a bounded number of rows, however
//! many there are and however few of them fit.

use chrono::{DateTime, Utc};
use events::organization::CardKind;
use events::{MemberId, OrganizationId, SubjectRef, UserKey};
use rusqlite::{Connection, Row};
use serde_json::Value;

use super::{Notification, NotificationState, read};
use crate::database::{Sql, Statements as _, sql_limit};

/// Rows that one page looks at where no index leads to those that fit.
const MOST_LOOKED_AT: i64 = 50_000;

/// Which notifications of an organization; what is absent does not restrict.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CardFilter {
    /// For this person.
    pub user: Option<UserKey>,
    /// About this subject; an index leads to these.
    pub subject: Option<SubjectRef>,
    /// In one of these states; any where empty.
    pub states: Vec<NotificationState>,
    /// This card.
    pub card: Option<CardKind>,
    /// For the member that Chronus named.
    pub member: Option<MemberId>,
    /// That came to be at this moment or later.
    pub since: Option<DateTime<Utc>>,
    /// That came to be before this moment.
    pub until: Option<DateTime<Utc>>,
}

/// A page.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CardPage {
    /// What fits, newest first.
    pub cards: Vec<Notification>,
    /// Where the next page begins; `None` where nothing older is left. A page may be short and have a next one all the
    /// same: so many rows were looked at.
    pub next: Option<u64>,
}

/// Notifications of an organization that came before the row `before`. Cards of the chat itself have no organization and
/// are among a person's alone.
pub(crate) fn page(
    db: &Connection,
    organization: &OrganizationId,
    filter: &CardFilter,
    before: Option<u64>,
    limit: usize,
) -> Sql<CardPage> {
    let newest = db.first("SELECT max(row) FROM notifications", [], |row| {
        row.get::<_, Option<i64>>(0)
    })?;
    // A place beyond the newest row is the beginning: between the two there is nothing to walk through.
    let last = newest.flatten().unwrap_or(0).saturating_add(1);
    let end = before.map_or(last, |before| {
        i64::try_from(before).map_or(last, |row| row.min(last))
    });
    let indexed = filter.user.is_some() || filter.subject.is_some();
    let begin = if indexed {
        0
    } else {
        end.saturating_sub(MOST_LOOKED_AT)
    };
    let states: Vec<Value> = filter.states.iter().map(|state| state.as_str().into()).collect();
    let states = (!states.is_empty()).then(|| Value::Array(states).to_string());
    let found: Vec<(i64, Notification)> = db.all(
        &sql(filter),
        (
            organization.as_str(),
            filter.user.as_ref().map(UserKey::to_string),
            filter.subject.as_ref().map(SubjectRef::as_str),
            states,
            filter.card.map(CardKind::as_str),
            begin,
            end,
            sql_limit(limit),
            filter.member.as_ref().map(MemberId::as_str),
            filter.since.map(|time| time.timestamp_millis()),
            filter.until.map(|time| time.timestamp_millis()),
        ),
        row,
    )?;
    let next = if found.len() == limit {
        found.last().map(|(row, _)| *row)
    } else {
        Some(begin)
    };
    Ok(CardPage {
        cards: found.into_iter().map(|(_, card)| card).collect(),
        next: next
            .filter(|row| *row > 1)
            .and_then(|row| u64::try_from(row).ok()),
    })
}

fn sql(filter: &CardFilter) -> String {
    let (by, whose, order) = match (&filter.user, &filter.subject) {
        (Some(_), _) => (
            "INDEXED BY notifications_by_user",
            "user = ?2 AND (organization = ?1 OR organization IS NULL) AND (?3 IS NULL OR subject = ?3)",
            "created_position DESC, row DESC",
        ),
        (None, Some(_)) => (
            "INDEXED BY notifications_by_subject",
            "organization = ?1 AND subject = ?3 AND ?2 IS NULL",
            "row DESC",
        ),
        (None, None) => (
            "NOT INDEXED",
            "organization = ?1 AND ?2 IS NULL AND ?3 IS NULL",
            "row DESC",
        ),
    };
    format!(
        "SELECT * FROM notifications {by} WHERE {whose} AND row >= ?6 AND row < ?7
           AND (?4 IS NULL OR state IN (SELECT value FROM json_each(?4))) AND (?5 IS NULL OR card = ?5)
           AND (?9 IS NULL OR member = ?9) AND (?10 IS NULL OR created_ms >= ?10) AND (?11 IS NULL OR created_ms < ?11)
         ORDER BY {order} LIMIT ?8"
    )
}

fn row(row: &Row<'_>) -> Sql<(i64, Notification)> {
    Ok((row.get("row")?, read(row)?))
}
