//! The event that is being folded. Nothing here reads a clock, draws a random number or knows where a batch ends.

use chrono::{DateTime, Duration, Utc};
use events::EventId;
use events::organization::DomainEventAccepted;
use rusqlite::Connection;
use uuid::Uuid;

use crate::database::Sql;
use crate::later::Later;
use crate::notifications::held::Cards;
use crate::outbox::Changes;

/// The event being folded, and where its rows go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fold<'a> {
    /// An open transaction.
    pub(crate) db: &'a Connection,
    /// Where the event stands.
    pub(crate) position: i64,
    /// When it happened, in milliseconds.
    pub(crate) ms: i64,
    /// The thread it belongs to.
    pub(crate) correlation: Uuid,
    /// Its id.
    pub(crate) event: EventId,
    /// How long a card lives that was accepted without an expiry.
    pub(crate) default_ttl: Duration,
    /// When it was recorded.
    pub(crate) time: DateTime<Utc>,
    /// What the lanes have to do more or less by the batch.
    pub(crate) changes: &'a Changes,
    /// The cards that the batch touches.
    pub(crate) cards: &'a Cards,
    /// What is written when the batch is folded.
    pub(crate) later: &'a Later,
}

impl Fold<'_> {
    /// The rows, cards among them, as they are by now: for whatever asks or changes cards by statements of its own.
    pub(crate) fn rows(&self) -> Sql<&Connection> {
        self.cards.write(self.db)?;
        Ok(self.db)
    }

    /// When the domain event being folded happened, in microseconds.
    pub(crate) fn happened_us(&self, event: &DomainEventAccepted) -> i64 {
        event.happened_at(self.time).timestamp_micros()
    }
}
