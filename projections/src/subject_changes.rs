//! Subjects that ended, and which holders of cards about them are still to be told.
//!
//! Two ways lead here: a subject ends while people hold cards about it, and a card is queued after its subject
//! had ended. Once a user's stream says that it was told, it is never listed for the same domain event again.

use events::organization::SubjectState;
use events::user::SubjectChanged;
use events::{EventId, OrganizationId, Position, SubjectRef, UserEvent, UserKey};
use rusqlite::Connection;
use uuid::Uuid;

use crate::database::{Sql, Statements as _, name_of, position, stored, uuid};
use crate::fold::Fold;
use crate::notifications::{sql_limit, waiting};

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
    /// The event that made it to be told.
    pub position: Position,
}

/// A domain event said that a subject ended.
pub(crate) fn entered(
    f: &Fold<'_>,
    organization: &str,
    subject: &SubjectRef,
    state: SubjectState,
) -> Sql<()> {
    let (event, correlation) = (f.event.0.into_bytes(), f.correlation.into_bytes());
    f.db.run(
        "INSERT OR REPLACE INTO subjects (organization, subject, state, domain_event, correlation, position)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        (
            organization,
            subject.as_str(),
            name_of(&state),
            event,
            correlation,
            f.position,
        ),
    )?;
    f.db.run(
        "INSERT OR IGNORE INTO subject_changes (domain_event, user, subject, state, correlation, position, told)
         SELECT DISTINCT ?1, user, subject, ?2, ?3, ?4, 0 FROM notifications INDEXED BY notifications_by_subject
         WHERE organization = ?5 AND subject = ?6 AND user IS NOT NULL AND state <> 'unroutable'",
        (event, name_of(&state), correlation, f.position, organization, subject.as_str()),
    )?;
    waiting::withdraw(f, organization, subject, state)
}

/// A card about a subject was queued; if the subject had ended by another domain event, its user is to be told.
pub(crate) fn queued_late(
    f: &Fold<'_>,
    organization: &OrganizationId,
    subject: &SubjectRef,
    user: &UserKey,
    domain_event: EventId,
) -> Sql<()> {
    f.db.run(
        "INSERT OR IGNORE INTO subject_changes (domain_event, user, subject, state, correlation, position, told)
         SELECT domain_event, ?3, subject, state, correlation, ?4, 0 FROM subjects
         WHERE organization = ?1 AND subject = ?2 AND domain_event <> ?5",
        (organization.as_str(), subject.as_str(), user.to_string(), f.position, domain_event.0.into_bytes()),
    )
    .map(drop)
}

pub(crate) fn fold(f: &Fold<'_>, user: &UserKey, event: &UserEvent) -> Sql<()> {
    let UserEvent::SubjectChanged(SubjectChanged {
        subject,
        state,
        domain_event,
    }) = event
    else {
        return Ok(());
    };
    f.db.run(
        "INSERT INTO subject_changes (domain_event, user, subject, state, correlation, position, told)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1) ON CONFLICT DO UPDATE SET told = 1",
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

/// Who is still to be told, oldest first; people of some tenants left out.
pub(crate) const TO_TELL: &str = "SELECT * FROM subject_changes INDEXED BY subject_changes_to_tell
     WHERE told = 0 AND (?2 = '[]'
         OR substr(user, 1, instr(user, '/') - 1) NOT IN (SELECT value FROM json_each(?2)))
     ORDER BY position, domain_event, user LIMIT ?1";

pub(crate) fn to_tell(db: &Connection, but: &str, limit: usize) -> Sql<Vec<SubjectChange>> {
    db.all(TO_TELL, (sql_limit(limit), but), |row| {
        Ok(SubjectChange {
            user: stored(row, "user")?,
            subject: stored(row, "subject")?,
            state: stored(row, "state")?,
            domain_event: EventId(uuid(row, "domain_event")?),
            correlation_id: uuid(row, "correlation")?,
            position: position(row, "position")?,
        })
    })
}
