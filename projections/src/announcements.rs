//! How an announcement fares: whom it reached, and, where it was withdrawn, what was dropped, what was replaced in the chat, what is
//! under way, and who had seen it before. One answer is one question to the rows, so its figures add up.

use chrono::{DateTime, Utc};
use events::organization::{CardKind, OrderKey, SubjectState};
use events::{AadObjectId, EventId, MemberId, NotificationId, OrganizationId, Position, SubjectRef, UserKey};
use rusqlite::{Connection, Row};

use crate::database::{
    Sql, Statements as _, count, micros, position, sql_limit, sql_position, stored, stored_opt, time,
    time_opt, uuid,
};
use crate::subject_changes::tells;

/// An announcement as Chronus handed it over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    /// What it is called.
    pub subject: SubjectRef,
    /// The newest domain event that announces it.
    pub event_id: EventId,
    /// Where that stands.
    pub position: Position,
    /// When that was handed over.
    pub handed_over_at: DateTime<Utc>,
    /// When it happened, as far as the order of events goes.
    pub happened_at: DateTime<Utc>,
    /// The time that it is or was meant for, where that was ahead then.
    pub send_at: Option<DateTime<Utc>>,
    /// The word that withdrew it, where that is the newest word.
    pub withdrawn: Option<Withdrawal>,
}

/// The word that withdrew an announcement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Withdrawal {
    /// Where it stands.
    pub position: Position,
    /// When it was handed over.
    pub handed_over_at: DateTime<Utc>,
}

/// How many of an announcement's cards stand how. Each card is in one of these, but for `seen`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// Cards that there are, one for each recipient.
    pub cards: u64,
    /// Wait for the time that it is meant for.
    pub scheduled: u64,
    /// Nobody was found for them yet.
    pub looking: u64,
    /// Wait for their turn, or until the person wants them, or are being sent.
    pub under_way: u64,
    /// In the chat as they were sent.
    pub in_chat: u64,
    /// A line of another card in the chat.
    pub in_lists: u64,
    /// Nobody knows whether they arrived, and it is left at that.
    pub unknown: u64,
    /// Not sent for a reason that has nothing to do with the announcement.
    pub not_sent: u64,
    /// Not sent, since it was withdrawn.
    pub dropped: u64,
    /// In the chat: they say that it was withdrawn.
    pub replaced: u64,
    /// In the chat as they were sent; they are replaced when the person can be reached again.
    pub replaced_later: u64,
    /// In the chat as they were sent, or removed from it by the person: Teams does not let them be replaced.
    pub not_replaced: u64,
    /// Who certainly saw it, before it was replaced where it was: by a press, a reaction, a read receipt, or anything they did on it.
    pub seen: u64,
}

/// The newest word of each kind on a subject.
const WORDS: &str = "SELECT event, position, accepted_ms, happened_us, send_ms, state FROM domain_events INDEXED BY domain_events_by_order
     WHERE organization = ?1 AND order_key = ?2 AND";

/// One announcement; `None` where the organization handed over none of this name.
pub(crate) fn find(
    db: &Connection,
    organization: &OrganizationId,
    subject: &SubjectRef,
) -> Sql<Option<Announcement>> {
    let key = OrderKey::subject(subject);
    let of = (
        organization.as_str(),
        key.as_str(),
        CardKind::Announcement.as_str(),
    );
    let newest = "ORDER BY happened_us DESC, position DESC LIMIT 1";
    let announced = db.first(
        &format!("{WORDS} card = ?3 AND state = 'open' {newest}"),
        of,
        |row| {
            Ok(Announcement {
                subject: subject.clone(),
                event_id: EventId(uuid(row, "event")?),
                position: position(row, "position")?,
                handed_over_at: time(row, "accepted_ms")?,
                happened_at: micros(row, "happened_us")?,
                send_at: time_opt(row, "send_ms")?,
                withdrawn: None,
            })
        },
    )?;
    let Some(mut announced) = announced else {
        return Ok(None);
    };
    let last = db.first(
        &format!("{WORDS} card = ?3 AND {} {newest}", tells()),
        of,
        |row| Ok((stored::<SubjectState>(row, "state")?, withdrawal(row)?)),
    )?;
    announced.withdrawn = last.and_then(|(state, word)| state.is_final().then_some(word));
    Ok(Some(announced))
}

fn withdrawal(row: &Row<'_>) -> Sql<Withdrawal> {
    Ok(Withdrawal {
        position: position(row, "position")?,
        handed_over_at: time(row, "accepted_ms")?,
    })
}

/// Subjects that were announced, the newest word first, before a place in the log.
pub(crate) const LISTED: &str = "SELECT subject, position FROM domain_events INDEXED BY domain_events_of_announcements
     WHERE organization = ?1 AND card = 'announcement' AND state = 'open' AND subject IS NOT NULL AND position < ?2
     ORDER BY position DESC LIMIT ?3";

/// A page of an organization's announcements, newest first, and the place before which the next one begins.
pub(crate) fn list(
    db: &Connection,
    organization: &OrganizationId,
    before: Option<Position>,
    limit: usize,
) -> Sql<(Vec<Announcement>, Option<Position>)> {
    let before = before.map_or(i64::MAX, sql_position);
    let named: Vec<(SubjectRef, Position)> =
        db.all(LISTED, (organization.as_str(), before, sql_limit(limit)), |row| {
            Ok((stored(row, "subject")?, position(row, "position")?))
        })?;
    let next = named.last().map(|(_, at)| *at).filter(|_| named.len() == limit);
    let mut found = Vec::with_capacity(named.len());
    for (subject, at) in named {
        // One that was announced again stands where it was announced last.
        let one = find(db, organization, &subject)?;
        found.extend(one.filter(|one| one.position == at));
    }
    Ok((found, next))
}

/// A card of the announcement as it stands, `?3` being where it was withdrawn: what it counts as, and whether it was seen before
/// it was replaced.
const STANDING: &str = "SELECT row, user, member, CASE
         WHEN state = 'deferred' AND queued_position IS NULL THEN 'scheduled'
         WHEN state = 'unresolved' THEN 'looking'
         WHEN state = 'withdrawn' THEN 'dropped'
         WHEN state = 'merged' AND arrived > 0 THEN 'in_lists'
         WHEN state = 'merged' THEN iif(?3 IS NULL, 'under_way', 'dropped')
         WHEN state = 'unknown_held' THEN 'unknown'
         WHEN state IN ('suppressed', 'refused', 'expired', 'unroutable') THEN 'not_sent'
         WHEN state NOT IN ('delivered', 'seen', 'answered') THEN 'under_way'
         WHEN ?3 IS NULL THEN 'in_chat'
         WHEN replaced IS NOT NULL AND wanted <= shown THEN 'replaced'
         WHEN abandoned > 0 THEN 'not_replaced'
         WHEN wanted > shown AND update_position IS NULL THEN 'replaced_later'
         ELSE 'under_way' END AS standing,
         arrived = 2 AND (replaced IS NULL OR EXISTS (
             SELECT 1 FROM history AS seen
             WHERE seen.row = cards.row AND seen.what = 'seen' AND seen.position < replaced)) AS seen, id
     FROM (SELECT *, iif(?3 IS NULL, NULL, (SELECT min(position) FROM history AS put
               WHERE put.row = notifications.row AND put.what = 'updated' AND put.position > ?3)) AS replaced
           FROM notifications INDEXED BY notifications_by_subject
           WHERE organization = ?1 AND subject = ?2 AND card = 'announcement'
             AND NOT (state = 'merged' AND reason = 'same_subject')) AS cards";

/// How an announcement's cards stand.
pub(crate) fn figures(db: &Connection, organization: &OrganizationId, of: &Announcement) -> Sql<Figures> {
    let counted: Vec<(String, u64, u64)> = db.all(
        &format!("SELECT standing, count(*) AS cards, sum(seen) AS seen FROM ({STANDING}) GROUP BY standing"),
        (organization.as_str(), of.subject.as_str(), withdrawn_at(of)),
        |row| Ok((row.get("standing")?, count(row, "cards")?, count(row, "seen")?)),
    )?;
    let of = |standing: &str| {
        let counted = counted.iter().find(|(name, ..)| name == standing);
        counted.map_or(0, |(_, cards, _)| *cards)
    };
    Ok(Figures {
        cards: counted.iter().map(|(_, cards, _)| cards).sum(),
        scheduled: of("scheduled"),
        looking: of("looking"),
        under_way: of("under_way"),
        in_chat: of("in_chat"),
        in_lists: of("in_lists"),
        unknown: of("unknown"),
        not_sent: of("not_sent"),
        dropped: of("dropped"),
        replaced: of("replaced"),
        replaced_later: of("replaced_later"),
        not_replaced: of("not_replaced"),
        seen: counted.iter().map(|(.., seen)| seen).sum(),
    })
}

fn withdrawn_at(of: &Announcement) -> Option<i64> {
    of.withdrawn.map(|word| sql_position(word.position))
}

/// Somebody who saw an announcement before it was replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seer {
    /// The card.
    pub notification_id: NotificationId,
    /// The person.
    pub person: Option<AadObjectId>,
    /// The member, where Chronus named one.
    pub member_id: Option<MemberId>,
    /// When they saw it first.
    pub seen_at: DateTime<Utc>,
}

/// Who saw it before it was replaced, in the order of the cards, after a row; and the row after which the next page begins.
pub(crate) fn seers(
    db: &Connection,
    organization: &OrganizationId,
    of: &Announcement,
    after: i64,
    limit: usize,
) -> Sql<(Vec<Seer>, Option<i64>)> {
    let rows: Vec<(i64, Seer)> = db.all(
        &format!(
            "SELECT row, user, member, id,
                 (SELECT min(time_ms) FROM history WHERE history.row = told.row AND what = 'seen') AS seen_ms
             FROM ({STANDING}) AS told WHERE seen AND row > ?4 ORDER BY row LIMIT ?5"
        ),
        (
            organization.as_str(),
            of.subject.as_str(),
            withdrawn_at(of),
            after,
            sql_limit(limit),
        ),
        |row| {
            let user: Option<UserKey> = stored_opt(row, "user")?;
            let seer = Seer {
                notification_id: NotificationId(uuid(row, "id")?),
                person: user.map(|user| user.aad_object_id),
                member_id: stored_opt(row, "member")?,
                seen_at: time(row, "seen_ms")?,
            };
            Ok((row.get("row")?, seer))
        },
    )?;
    let next = rows.last().map(|(row, _)| *row).filter(|_| rows.len() == limit);
    Ok((rows.into_iter().map(|(_, seer)| seer).collect(), next))
}
