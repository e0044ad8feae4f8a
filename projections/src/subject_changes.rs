//! Subjects that ended, and which holders of cards about them are still to be told.
//!
//! Two ways lead here: a subject ends while people hold cards about it, and a card is queued after its subject
//! had ended. Once a user's stream says that it was told, it is never listed for the same domain event again.

use chrono::{DateTime, Utc};
use events::organization::{CardKind, DomainEventAccepted, Recipients, SubjectFacts, SubjectState};
use events::user::SubjectChanged;
use events::{EventId, OrganizationId, Position, SubjectRef, UserEvent, UserKey};
use rusqlite::Connection;
use uuid::Uuid;

use crate::database::{
    Sql, Statements as _, json_of, json_opt, name_of, position, stored, stored_opt, time_opt, uuid,
};
use crate::fold::Fold;
use crate::notifications::{sql_limit, waiting};
use crate::shares::{shared_out, tenants_sql};

/// A subject that entered a state, for one person who holds a card about it.
#[derive(Debug, Clone, PartialEq)]
pub struct SubjectChange {
    /// The person.
    pub user: UserKey,
    /// The Chronus thing.
    pub subject: SubjectRef,
    /// The state it entered.
    pub state: SubjectState,
    /// The domain event that told it.
    pub domain_event: EventId,
    /// The thread that the domain event started.
    pub correlation_id: Uuid,
    /// Whether the domain event is for this person: it lists them, or lists nobody.
    pub addressed: bool,
    /// The event that made it to be told.
    pub position: Position,
    /// The organization; like all that follows absent where the domain event itself is not in the log.
    pub organization_id: Option<OrganizationId>,
    /// Where the domain event stands.
    pub domain_position: Option<Position>,
    /// The card that somebody gets by the domain event who holds none.
    pub card: Option<CardKind>,
    /// What rules go by.
    pub facts: Option<SubjectFacts>,
    /// When Chronus handed the domain event over.
    pub accepted_at: Option<DateTime<Utc>>,
    /// Asked for by Chronus.
    pub expires_at: Option<DateTime<Utc>>,
}

/// Keeps what of a domain event is needed later.
pub(crate) fn keep(
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
             correlation, card, state, final, revises, facts)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
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
    ])
    .map(drop)
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
/// nobody; else [`addressed`] names those whom it is for.
pub(crate) fn entered(
    f: &Fold<'_>,
    organization: &str,
    event: &DomainEventAccepted,
    subject: &SubjectRef,
    state: SubjectState,
) -> Sql<()> {
    let for_all = match &event.recipients {
        Recipients::All => true,
        Recipients::Listed(listed) => listed.is_empty(),
    };
    f.db.run(
        "INSERT OR IGNORE INTO subject_changes (domain_event, user, subject, state, correlation, position, addressed, told)
         SELECT DISTINCT ?1, user, subject, ?2, ?3, ?4, ?7, 0 FROM notifications INDEXED BY notifications_by_subject
         WHERE organization = ?5 AND subject = ?6 AND user IS NOT NULL AND state <> 'unroutable'",
        (
            f.event.0.into_bytes(),
            name_of(&state),
            f.correlation.into_bytes(),
            f.position,
            organization,
            subject.as_str(),
            for_all,
        ),
    )?;
    if state.is_final() {
        waiting::withdraw(f, organization, subject, state)?;
    }
    Ok(())
}

/// The domain event being folded lists this person, who holds a card about its subject.
pub(crate) fn addressed(f: &Fold<'_>, user: &str) -> Sql<()> {
    f.db.run(
        "UPDATE subject_changes SET addressed = 1 WHERE domain_event = ?1 AND user = ?2",
        (f.event.0.into_bytes(), user),
    )
    .map(drop)
}

/// A card about a subject was queued; of what changed the subject after its domain event, and of what ended it at any
/// time, its user is to be told. None of it was for them in particular: the card that comes says what is so.
pub(crate) fn queued_late(
    f: &Fold<'_>,
    organization: &OrganizationId,
    subject: &SubjectRef,
    user: &UserKey,
    domain_event: EventId,
) -> Sql<()> {
    f.db.run(
        "INSERT OR IGNORE INTO subject_changes (domain_event, user, subject, state, correlation, position, addressed, told)
         SELECT event, ?3, subject, state, correlation, ?4, 0, 0 FROM domain_events INDEXED BY domain_events_by_subject
         WHERE organization = ?1 AND subject = ?2 AND revises = 1 AND event <> ?5
           AND (final = 1 OR position > (SELECT own.position FROM domain_events AS own WHERE own.event = ?5))
         ORDER BY position",
        (organization.as_str(), subject.as_str(), user.to_string(), f.position, domain_event.0.into_bytes()),
    )
    .map(drop)
}

pub(crate) fn fold(f: &Fold<'_>, user: &UserKey, event: &UserEvent) -> Sql<()> {
    let UserEvent::SubjectChanged(SubjectChanged {
        subject,
        state,
        domain_event,
        ..
    }) = event
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

/// Tenants with people who are still to be told.
pub(crate) fn to_tell_tenants_sql() -> String {
    tenants_sql("subject_changes", "subject_changes_to_tell_of", "told = 0")
}

/// Whom of a tenant's people are still to be told, oldest first.
pub(crate) const TO_TELL: &str = "SELECT changes.user, changes.subject, changes.state, changes.domain_event,
         changes.correlation, changes.position, changes.addressed, events.organization, events.position AS domain_position, events.card,
         events.facts, events.accepted_ms, events.expires_ms
     FROM subject_changes AS changes INDEXED BY subject_changes_to_tell_of
     LEFT JOIN domain_events AS events ON events.event = changes.domain_event
     WHERE changes.told = 0 AND changes.tenant = ?1
     ORDER BY changes.position, events.position, changes.domain_event, changes.user LIMIT ?2";

/// Who is still to be told, shared out among tenants; people of some left out.
pub(crate) fn to_tell(db: &Connection, but: &str, limit: usize) -> Sql<Vec<SubjectChange>> {
    shared_out(db, &to_tell_tenants_sql(), but, limit, |tenant, share| {
        to_tell_of(db, tenant, share)
    })
}

fn to_tell_of(db: &Connection, tenant: &str, limit: usize) -> Sql<Vec<SubjectChange>> {
    db.all(TO_TELL, (tenant, sql_limit(limit)), |row| {
        let domain_position: Option<i64> = row.get("domain_position")?;
        Ok(SubjectChange {
            user: stored(row, "user")?,
            subject: stored(row, "subject")?,
            state: stored(row, "state")?,
            domain_event: EventId(uuid(row, "domain_event")?),
            correlation_id: uuid(row, "correlation")?,
            addressed: row.get("addressed")?,
            position: position(row, "position")?,
            organization_id: stored_opt(row, "organization")?,
            domain_position: domain_position
                .map(|_| position(row, "domain_position"))
                .transpose()?,
            card: stored_opt(row, "card")?,
            facts: json_opt(row, "facts")?,
            accepted_at: time_opt(row, "accepted_ms")?,
            expires_at: time_opt(row, "expires_ms")?,
        })
    })
}
