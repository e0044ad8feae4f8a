//! Counts for reports: the delivery funnel by organization, type, card, state and reason. Every report says at which
//! position it was computed; the same log gives the same numbers.

use chrono::{DateTime, Utc};
use events::organization::CardKind;
use events::{OrganizationId, Position};
use rusqlite::Connection;

use crate::database::{Sql, Statements as _, checkpoint, count, stored, stored_opt, time_opt};
use crate::notifications::NotificationState;

/// What a report is about; every field narrows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReportFilter {
    /// Only this organization's notifications.
    pub organization_id: Option<OrganizationId>,
    /// Only notifications of domain events with this type.
    pub event_type: Option<String>,
    /// Only these cards.
    pub card: Option<CardKind>,
    /// Only notifications that came to be at this time or later.
    pub from: Option<DateTime<Utc>>,
    /// Only notifications that came to be before this time.
    pub until: Option<DateTime<Utc>>,
}

/// One line of the report.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportLine {
    /// The organization; `None` for cards of the chat itself.
    pub organization_id: Option<OrganizationId>,
    /// The domain events' type.
    pub event_type: Option<String>,
    /// Which card.
    pub card: CardKind,
    /// How the notifications stand.
    pub state: NotificationState,
    /// Why, where the state has reasons.
    pub reason: Option<String>,
    /// The connector's code, or ours, where there is one.
    pub code: Option<String>,
    /// How many there are.
    pub count: u64,
    /// To how many of them a Teams user was found.
    pub resolved: u64,
    /// How many of them came into a user's stream.
    pub queued: u64,
    /// For how many of them at least one try was made.
    pub attempted: u64,
    /// Tries that were made for them.
    pub attempts: u64,
    /// When the oldest of them came to be.
    pub oldest: Option<DateTime<Utc>>,
}

/// The delivery report.
#[derive(Debug, Clone, PartialEq)]
pub struct DeliveryReport {
    /// The position at which it was computed.
    pub position: Position,
    /// Counts, in a fixed order.
    pub lines: Vec<ReportLine>,
}

impl DeliveryReport {
    /// How many notifications stand in one of `states`.
    pub fn total(&self, states: &[NotificationState]) -> u64 {
        self.lines
            .iter()
            .filter(|line| states.contains(&line.state))
            .map(|line| line.count)
            .sum()
    }
}

/// Counts notifications.
pub(crate) fn delivery(db: &Connection, filter: &ReportFilter) -> Sql<DeliveryReport> {
    let lines = db.all(
        "SELECT organization, event_type, card, state, reason, code, count(*) AS count, count(user) AS resolved,
             count(queued_position) AS queued, sum(attempts > 0) AS attempted, sum(attempts) AS attempts,
             min(created_ms) AS oldest
         FROM notifications
         WHERE (?1 IS NULL OR organization = ?1) AND (?2 IS NULL OR event_type = ?2) AND (?3 IS NULL OR card = ?3)
           AND (?4 IS NULL OR created_ms >= ?4) AND (?5 IS NULL OR created_ms < ?5)
         GROUP BY organization, event_type, card, state, reason, code
         ORDER BY organization, event_type, card, state, reason, code",
        (
            filter.organization_id.as_ref().map(OrganizationId::as_str),
            filter.event_type.as_deref(),
            filter.card.map(CardKind::as_str),
            filter.from.map(|at| at.timestamp_millis()),
            filter.until.map(|at| at.timestamp_millis()),
        ),
        |row| {
            Ok(ReportLine {
                organization_id: stored_opt(row, "organization")?,
                event_type: row.get("event_type")?,
                card: stored(row, "card")?,
                state: stored(row, "state")?,
                reason: row.get("reason")?,
                code: row.get("code")?,
                count: count(row, "count")?,
                resolved: count(row, "resolved")?,
                queued: count(row, "queued")?,
                attempted: count(row, "attempted")?,
                attempts: count(row, "attempts")?,
                oldest: time_opt(row, "oldest")?,
            })
        },
    )?;
    Ok(DeliveryReport {
        position: checkpoint(db)?.0,
        lines,
    })
}
