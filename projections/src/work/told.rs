//! What a domain event tells of a subject, whomever it is told to.

use chrono::{DateTime, Utc};
use events::organization::{CardKind, SubjectFacts, SubjectState};
use events::user::Source;
use events::work::SubjectRoute;
use events::{EventId, OrganizationId, SubjectRef, UserKey};
use rusqlite::Row;
use uuid::Uuid;

use crate::database::{Sql, json_opt, micros, position, stored, stored_opt, time_opt, uuid};

/// See the module.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Told {
    pub(super) domain_event: EventId,
    subject: SubjectRef,
    state: SubjectState,
    card: Option<CardKind>,
    source: Option<Source>,
    facts: Option<SubjectFacts>,
    accepted_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
    correlation_id: Uuid,
    happened_at: Option<DateTime<Utc>>,
}

impl Told {
    /// Reads a row of `domain_events`, of which all but the event may be missing where it is not in the log.
    pub(super) fn read(row: &Row<'_>) -> Sql<Self> {
        let domain_event = EventId(uuid(row, "event")?);
        let place: Option<i64> = row.get("position")?;
        let happened_us: Option<i64> = row.get("happened_us")?;
        let place = place.map(|_| position(row, "position")).transpose()?;
        let organization: Option<OrganizationId> = stored_opt(row, "organization")?;
        let source = organization
            .zip(place)
            .map(|(organization_id, position)| Source::DomainEvent {
                organization_id,
                event_id: domain_event,
                position,
            });
        Ok(Self {
            domain_event,
            subject: stored(row, "subject")?,
            state: stored(row, "state")?,
            card: stored_opt(row, "card")?,
            source,
            facts: json_opt(row, "facts")?,
            accepted_at: time_opt(row, "accepted_ms")?.unwrap_or_default(),
            expires_at: time_opt(row, "expires_ms")?,
            correlation_id: uuid(row, "correlation")?,
            happened_at: happened_us.map(|_| micros(row, "happened_us")).transpose()?,
        })
    }

    /// As it is told to somebody; `addressed` where it is for them in particular.
    pub(super) fn to(&self, user: UserKey, addressed: bool) -> SubjectRoute {
        let told = self.clone();
        SubjectRoute {
            user,
            subject: told.subject,
            state: told.state,
            card: told.card,
            domain_event: told.domain_event,
            source: told.source,
            facts: told.facts,
            addressed,
            accepted_at: told.accepted_at,
            expires_at: told.expires_at,
            correlation_id: told.correlation_id,
            happened_at: told.happened_at,
        }
    }
}
