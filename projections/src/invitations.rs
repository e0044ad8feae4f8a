//! Invitations to events whose organizers hear how they fare, and the figures.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use events::organization::{CardKind, OrderKey, SubjectFacts, SubjectState};
use events::work::{Invitation, InvitationFigures};
use events::{EventId, OrganizationId, Position, SubjectRef};
use rusqlite::Connection;

use crate::database::{Sql, Statements as _, count, json_opt, position, stored, time, uuid};
use crate::subject_changes::tells;

/// Domain events of one organization that are looked at: the newest. One that invites to more at a time hears of these.
const EACH: i64 = 200;

/// Domain events since a moment that name organizers, in the order of what they tell.
pub(crate) const INVITED: &str = "SELECT organization, subject, event, position, accepted_ms FROM (
         SELECT organization, subject, event, position, accepted_ms, happened_us,
             row_number() OVER (PARTITION BY organization ORDER BY accepted_ms DESC, position DESC) AS place
         FROM domain_events INDEXED BY domain_events_with_organizers
         WHERE organizers = 1 AND accepted_ms > ?1 AND subject IS NOT NULL)
     WHERE place <= ?2 ORDER BY happened_us, position";

/// Invitations that were handed over since `since`, to events that did not end.
pub(crate) fn open(db: &Connection, since: DateTime<Utc>) -> Sql<Vec<Invitation>> {
    let named: Vec<Invitation> = db.all(INVITED, (since.timestamp_millis(), EACH), |row| {
        Ok(Invitation {
            organization_id: stored(row, "organization")?,
            subject: stored(row, "subject")?,
            event_id: EventId(uuid(row, "event")?),
            position: position(row, "position")?,
            invited_at: time(row, "accepted_ms")?,
            starts_at: None,
            told: None,
        })
    })?;
    let mut newest = HashMap::new();
    for invitation in named {
        let about = (invitation.organization_id.clone(), invitation.subject.clone());
        newest.insert(about, invitation);
    }
    let mut open = Vec::new();
    for mut invitation in newest.into_values() {
        let organization = &invitation.organization_id;
        let Some((state, facts)) = standing(db, organization, &invitation.subject)? else {
            continue;
        };
        if state.is_final() {
            continue;
        }
        invitation.starts_at = facts.and_then(|facts| facts.starts_at);
        invitation.told = match Invitation::figures_subject(&invitation.subject) {
            Some(figures) => told(db, organization, &figures)?,
            None => continue,
        };
        open.push(invitation);
    }
    open.sort_by_key(|invitation| invitation.position);
    Ok(open)
}

/// How an event stands, by the newest word on it.
fn standing(
    db: &Connection,
    organization: &OrganizationId,
    event: &SubjectRef,
) -> Sql<Option<(SubjectState, Option<SubjectFacts>)>> {
    db.first(
        &format!(
            "SELECT state, facts FROM domain_events INDEXED BY domain_events_by_order
             WHERE organization = ?1 AND order_key = ?2 AND {}
             ORDER BY happened_us DESC, position DESC LIMIT 1",
            tells()
        ),
        (organization.as_str(), OrderKey::subject(event).as_str()),
        |row| Ok((stored(row, "state")?, json_opt::<SubjectFacts>(row, "facts")?)),
    )
}

/// The newest figures.
fn told(
    db: &Connection,
    organization: &OrganizationId,
    figures: &SubjectRef,
) -> Sql<Option<(Position, DateTime<Utc>)>> {
    db.first(
        "SELECT position, accepted_ms FROM domain_events INDEXED BY domain_events_by_order
         WHERE organization = ?1 AND order_key = ?2 ORDER BY happened_us DESC, position DESC LIMIT 1",
        (organization.as_str(), OrderKey::subject(figures).as_str()),
        |row| Ok((position(row, "position")?, time(row, "accepted_ms")?)),
    )
}

/// How far an invitation came with each person, from 1: not reached, waiting, told, seen, answered. Who got several cards
/// about the event counts by the one that came farthest. Cards that another one covers are that other one.
const REACHED: &str = "SELECT reached, count(*) AS people FROM (
         SELECT max(CASE state WHEN 'answered' THEN 5 WHEN 'seen' THEN 4 WHEN 'delivered' THEN 3 WHEN 'merged' THEN 3
                    WHEN 'unresolved' THEN 1 WHEN 'suppressed' THEN 1 WHEN 'refused' THEN 1 WHEN 'expired' THEN 1
                    WHEN 'unroutable' THEN 1 ELSE 2 END) AS reached
         FROM notifications INDEXED BY notifications_by_subject
         WHERE organization = ?1 AND subject = ?2 AND card = ?3 AND state <> 'withdrawn'
           AND NOT (state = 'merged' AND reason = 'same_subject')
         GROUP BY coalesce(user, member, lookup, id))
     GROUP BY reached";

/// Members whom an event for all left out, since nothing leads to them.
const LEFT_OUT: &str = "SELECT count(DISTINCT member) AS people FROM left_out
     WHERE domain_event IN (SELECT event FROM domain_events INDEXED BY domain_events_by_order
                            WHERE organization = ?1 AND order_key = ?3)
       AND member NOT IN (SELECT member FROM notifications INDEXED BY notifications_by_subject
                          WHERE organization = ?1 AND subject = ?2 AND member IS NOT NULL)";

/// How many people the invitation to an event reached.
pub(crate) fn figures(
    db: &Connection,
    organization: &OrganizationId,
    event: &SubjectRef,
) -> Sql<InvitationFigures> {
    let about = (organization.as_str(), event.as_str(), CardKind::ErgEvent.as_str());
    let reached: Vec<(i64, u64)> = db.all(REACHED, about, |row| {
        Ok((row.get("reached")?, count(row, "people")?))
    })?;
    let left_out = db.first(
        LEFT_OUT,
        (
            organization.as_str(),
            event.as_str(),
            OrderKey::subject(event).as_str(),
        ),
        |row| count(row, "people"),
    )?;
    let left_out = left_out.unwrap_or(0);
    let from = |least: i64| {
        reached
            .iter()
            .filter(|(far, _)| *far >= least)
            .map(|(_, people)| people)
            .sum::<u64>()
    };
    Ok(InvitationFigures {
        invited: from(1) + left_out,
        told: from(3),
        seen: from(4),
        answered: from(5),
        waiting: from(2) - from(3),
        unreachable: from(1) - from(2) + left_out,
    })
}
