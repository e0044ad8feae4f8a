//! Changes of subjects, and which holders of cards about them are still to be told.
//!
//! Two ways lead here: a subject changes while people hold cards about it, and a card is queued after its subject
//! had changed. Once a user's stream says that it was told, it is never listed for the same domain event again.
//!
//! Which of two domain events is the newer one is decided by when they happened, and then by their place in the log
//! ([`events::organization::OrderKey`]). One that comes late is told to those who would have been told in time.

use events::organization::{
    CardKind, DomainEventAccepted, OrderKey, Recipients, SubjectFacts, SubjectState, plain,
};
use events::user::{Chat, SubjectChanged};
use events::{EventId, NotificationId, SubjectRef, UserEvent, UserKey};
use rusqlite::Connection;

use crate::database::{Sql, Statements as _, json_of, json_opt, name_of, stored};
use crate::fold::Fold;

/// Stores what of a domain event is needed later.
pub(crate) fn store_domain_event(
    f: &Fold<'_>,
    organization: &str,
    event: &DomainEventAccepted,
    card: CardKind,
    state: SubjectState,
    revises: bool,
) -> Sql<()> {
    let facts = event.facts.as_ref().filter(|facts| !facts.is_empty());
    f.db.prepare_cached(
        "INSERT OR IGNORE INTO domain_events (event, organization, subject, position, accepted_ms, expires_ms,
             correlation, card, state, final, revises, facts, order_key, happened_us, organizers, send_ms,
             programme, erg)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
    )?
    .execute(rusqlite::params![
        f.event.0.into_bytes(),
        organization,
        event.subject.as_ref().map(SubjectRef::as_str),
        f.position,
        f.ms,
        event.expires_at.map(|at| at.timestamp_millis()),
        f.correlation.into_bytes(),
        card.as_str(),
        name_of(&state),
        state.is_final(),
        revises,
        facts.map(json_of),
        event.order_keys().first().map(OrderKey::as_str),
        f.happened_us(event),
        !event.organizers.is_empty(),
        event.held_until(f.time).map(|at| at.timestamp_millis()),
        event.program.as_deref().map(plain),
        event.erg,
    ])
    .map(drop)
}

/// Whether a newer domain event about the same thing was folded before this one.
pub(crate) fn is_late(f: &Fold<'_>, organization: &str, event: &DomainEventAccepted) -> Sql<bool> {
    let keys = event.order_keys();
    let Some(key) = keys.first() else { return Ok(false) };
    let newest: Option<i64> = f.db.first(
        "SELECT happened_us FROM newest_times WHERE organization = ?1 AND order_key = ?2",
        (organization, key.as_str()),
        |row| row.get(0),
    )?;
    Ok(newest.is_some_and(|newest| newest > f.happened_us(event)))
}

/// Whether a row of `domain_events` tells how its thing stands, in SQL: that it changed or ended, or that it is asked for,
/// perhaps again.
pub(crate) fn tells() -> String {
    let opening: Vec<String> = CardKind::ALL
        .iter()
        .filter(|card| card.opens())
        .map(|card| format!("'{}'", card.as_str()))
        .collect();
    let opening = opening.join(", ");
    format!("(revises = 1 AND state <> 'open' OR state = 'open' AND card IN ({opening}))")
}

/// How the thing ended that this domain event tells of, where a newer one ended it and none newer still asks for it again.
pub(crate) fn ended_after(
    f: &Fold<'_>,
    organization: &str,
    event: &DomainEventAccepted,
) -> Sql<Option<SubjectState>> {
    let Some((state, of)) = newest_change(f, organization, event)? else {
        return Ok(None);
    };
    let newer = of > (f.happened_us(event), f.position);
    let ends = state.is_final() || state == SubjectState::Deleted;
    Ok(Some(state).filter(|_| newer && ends))
}

/// The newest word on the thing that this domain event tells of, and when it happened and where it stands.
fn newest_change(
    f: &Fold<'_>,
    organization: &str,
    event: &DomainEventAccepted,
) -> Sql<Option<(SubjectState, (i64, i64))>> {
    let keys = event.order_keys();
    let Some(key) = keys.first() else { return Ok(None) };
    f.db.first(
        &format!(
            "SELECT state, happened_us, position FROM domain_events INDEXED BY domain_events_by_order
             WHERE organization = ?1 AND order_key = ?2 AND {}
             ORDER BY happened_us DESC, position DESC LIMIT 1",
            tells()
        ),
        (organization, key.as_str()),
        |row| {
            Ok((
                stored(row, "state")?,
                (row.get("happened_us")?, row.get("position")?),
            ))
        },
    )
}

/// The same for a domain event that was folded, whatever ended its thing since.
pub(crate) fn ended_since(db: &Connection, event: EventId) -> Sql<Option<SubjectState>> {
    let newest = db.first(
        &format!(
            "WITH told AS (SELECT organization AS of, order_key AS key, happened_us AS us, position AS place
                           FROM domain_events WHERE event = ?1)
             SELECT state FROM told JOIN domain_events INDEXED BY domain_events_by_order
               ON organization = of AND order_key = key AND (happened_us, position) > (us, place)
             WHERE {} ORDER BY happened_us DESC, position DESC LIMIT 1",
            tells()
        ),
        [event.0.into_bytes()],
        |row| stored::<SubjectState>(row, "state"),
    )?;
    Ok(newest.filter(|state| state.is_final() || *state == SubjectState::Deleted))
}

/// Whether a domain event asks for answers without names.
pub(crate) fn asks_anonymously(db: &Connection, event: EventId) -> Sql<bool> {
    let facts = db.first(
        "SELECT facts FROM domain_events WHERE event = ?1",
        [event.0.into_bytes()],
        |row| json_opt::<SubjectFacts>(row, "facts"),
    )?;
    Ok(facts.flatten().is_some_and(|facts| facts.anonymous))
}

/// A domain event said that a subject changed. It is for everybody who holds a card about the subject, where it lists
/// nobody; else [`addressed`] names those whom it is for. One that comes late is for those who hold a card that is
/// older than it; whoever came later was told of what is newer. That a subject ended is for all. Whose card waits for its time
/// holds none.
/// Answers whether it ended by this: then cards about it that found nobody yet are not sent any more.
pub(crate) fn record_change(
    f: &Fold<'_>,
    organization: &str,
    event: &DomainEventAccepted,
    subject: &SubjectRef,
    state: SubjectState,
) -> Sql<bool> {
    let for_all = match &event.recipients {
        Recipients::All => true,
        Recipients::Listed(listed) => listed.is_empty(),
    };
    let to_everybody = matches!(event.recipients, Recipients::All) || state.is_final();
    let only_older = !to_everybody && is_late(f, organization, event)?;
    f.rows()?.run(
        "INSERT OR IGNORE INTO subject_changes (domain_event, user, subject, state, correlation, position, addressed, told)
         SELECT DISTINCT ?1, user, subject, ?2, ?3, ?4, ?7, 0 FROM notifications INDEXED BY notifications_by_subject
         WHERE organization = ?5 AND subject = ?6 AND user IS NOT NULL AND state <> 'unroutable'
           AND NOT (state = 'deferred' AND queued_position IS NULL)
           AND (NOT ?8 OR EXISTS (SELECT 1 FROM domain_events AS own WHERE own.event = notifications.domain_event
                                    AND (own.happened_us, own.position) < (?9, ?4)))",
        (
            f.event.0.into_bytes(),
            name_of(&state),
            f.correlation.into_bytes(),
            f.position,
            organization,
            subject.as_str(),
            for_all,
            only_older,
            f.happened_us(event),
        ),
    )?;
    let newest = newest_change(f, organization, event)?;
    Ok(state.is_final() && newest.is_some_and(|(_, (_, position))| position == f.position))
}

/// The domain event being folded lists this person: where it changes a card of theirs, it is for them.
pub(crate) fn addressed(f: &Fold<'_>, user: &str) -> Sql<()> {
    f.db.run(
        "UPDATE subject_changes SET addressed = 1 WHERE domain_event = ?1 AND user = ?2",
        (f.event.0.into_bytes(), user),
    )
    .map(drop)
}

/// The domain event being folded came late and lists this person, who has a card about its subject already.
pub(crate) fn told_late(f: &Fold<'_>, user: &str, subject: &SubjectRef, state: SubjectState) -> Sql<()> {
    f.db.run(
        "INSERT INTO subject_changes (domain_event, user, subject, state, correlation, position, addressed, told)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, 0) ON CONFLICT DO UPDATE SET addressed = 1",
        (
            f.event.0.into_bytes(),
            user,
            subject.as_str(),
            name_of(&state),
            f.correlation.into_bytes(),
            f.position,
        ),
    )
    .map(drop)
}

/// What is told together with a card: what changed its subject after its domain event, what ended it at any time, and what
/// the person would have got a card by if this one had not been there.
const BESIDE: &str = "FROM domain_events AS own JOIN notifications AS card ON card.id = ?1
     JOIN domain_events AS events INDEXED BY domain_events_by_order
       ON events.organization = own.organization AND events.order_key = own.order_key
     WHERE own.event = ?2 AND events.event <> ?2
       AND ((events.revises = 1
             AND (events.final = 1 OR (events.happened_us, events.position) > (own.happened_us, own.position)))
            OR events.event IN (SELECT covered.domain_event FROM notifications AS covered INDEXED BY notifications_covered
                                WHERE covered.organization = card.organization AND covered.subject = card.subject
                                  AND covered.state = 'merged' AND covered.reason = 'same_subject'
                                  AND (covered.member = card.member OR covered.lookup = card.lookup)))";

/// A card about a subject was queued; of what there is beside it, its user is to be told. None of it was for them in
/// particular: the card that comes says what is so.
pub(crate) fn queued_late(
    f: &Fold<'_>,
    user: &UserKey,
    notification: NotificationId,
    domain_event: EventId,
) -> Sql<()> {
    f.cards.write_covered(f.db)?;
    f.db.run(
        &format!(
            "INSERT OR IGNORE INTO subject_changes (domain_event, user, subject, state, correlation, position, addressed, told)
             SELECT events.event, ?3, events.subject, events.state, events.correlation, ?4, 0, 0 {BESIDE}
             ORDER BY events.happened_us, events.position"
        ),
        (
            notification.0.into_bytes(),
            domain_event.0.into_bytes(),
            user.to_string(),
            f.position,
        ),
    )
    .map(drop)
}

pub(crate) fn fold(f: &Fold<'_>, user: &UserKey, event: &UserEvent) -> Sql<()> {
    let UserEvent::Chat(Chat::SubjectChanged(SubjectChanged {
        subject,
        state,
        domain_event,
        ..
    })) = event
    else {
        return Ok(());
    };
    f.db.run(
        "INSERT INTO subject_changes (domain_event, user, subject, state, correlation, position, addressed, told)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, 1) ON CONFLICT DO UPDATE SET told = 1",
        (
            domain_event.0.into_bytes(),
            user.to_string(),
            subject.as_str(),
            name_of(state),
            f.correlation.into_bytes(),
            f.position,
        ),
    )
    .map(drop)
}
