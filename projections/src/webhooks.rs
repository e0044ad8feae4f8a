//! How each organization's receiver of answers stands: since when it takes nothing, until when it asked to be left alone,
//! and whether its webhook was switched off.

use chrono::{DateTime, Utc};
use events::outbound::{ResponseFailed, WebhookDisabled, WebhookOffReason};
use events::{OrganizationId, Position};
use rusqlite::{Connection, Row};

use crate::database::{Sql, Statements as _, count, name_of, position, stored, time, time_opt};
use crate::fold::Fold;

/// An organization's receiver as of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// The organization.
    pub organization_id: OrganizationId,
    /// Since when it has taken nothing that was posted; `None` where it took the last one, or was never asked.
    pub failing_since: Option<DateTime<Utc>>,
    /// Tries in a row that it did not take.
    pub failures: u64,
    /// Until when it asked to be left alone.
    pub rests_until: Option<DateTime<Utc>>,
    /// That it is switched off.
    pub off: Option<WebhookOff>,
}

/// That nothing is posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookOff {
    /// Since when.
    pub since: DateTime<Utc>,
    /// Why.
    pub reason: WebhookOffReason,
    /// Who or what switched it off.
    pub by: String,
    /// Where that stands in the log.
    pub position: Position,
}

/// The receiver took an answer.
pub(crate) fn took(f: &Fold<'_>, organization: &OrganizationId) -> Sql<()> {
    f.db.run(
        "UPDATE webhooks SET failing_ms = NULL, failures = 0, rests_ms = NULL
         WHERE organization = ?1 AND (failures > 0 OR rests_ms IS NOT NULL)",
        [organization.as_str()],
    )
    .map(drop)
}

/// The receiver was asked and did not take an answer.
pub(crate) fn did_not_take(f: &Fold<'_>, organization: &OrganizationId, event: &ResponseFailed) -> Sql<()> {
    if !event.is_receivers() {
        return Ok(());
    }
    f.db.run(
        "INSERT INTO webhooks (organization, failing_ms, failures, rests_ms) VALUES (?1, ?2, 1, ?3)
         ON CONFLICT DO UPDATE SET failing_ms = coalesce(failing_ms, excluded.failing_ms), failures = failures + 1,
             rests_ms = excluded.rests_ms",
        (
            organization.as_str(),
            f.ms,
            event.rests_until.map(|until| until.timestamp_millis()),
        ),
    )
    .map(drop)
}

pub(crate) fn disabled(f: &Fold<'_>, organization: &OrganizationId, event: &WebhookDisabled) -> Sql<()> {
    f.db.run(
        "INSERT INTO webhooks (organization, failures, off_ms, off_position, off_reason, off_by)
         VALUES (?1, 0, ?2, ?3, ?4, ?5)
         ON CONFLICT DO UPDATE SET off_ms = excluded.off_ms, off_position = excluded.off_position,
             off_reason = excluded.off_reason, off_by = excluded.off_by
         WHERE off_ms IS NULL",
        (
            organization.as_str(),
            f.ms,
            f.position,
            name_of(&event.reason),
            event.by.as_str(),
        ),
    )
    .map(drop)
}

/// Whoever switches it on vouches for the receiver: what it did before no longer counts.
pub(crate) fn enabled(f: &Fold<'_>, organization: &OrganizationId) -> Sql<()> {
    f.db.run(
        "UPDATE webhooks SET failing_ms = NULL, failures = 0, rests_ms = NULL,
             off_ms = NULL, off_position = NULL, off_reason = NULL, off_by = NULL
         WHERE organization = ?1",
        [organization.as_str()],
    )
    .map(drop)
}

/// One organization's receiver; `None` where it was always well, or never asked.
pub(crate) fn find(db: &Connection, organization: &OrganizationId) -> Sql<Option<Webhook>> {
    db.first(
        "SELECT * FROM webhooks WHERE organization = ?1",
        [organization.as_str()],
        read,
    )
}

/// Those that are switched off, by organization.
pub(crate) fn off(db: &Connection) -> Sql<Vec<Webhook>> {
    db.all(
        "SELECT * FROM webhooks INDEXED BY webhooks_off WHERE off_ms IS NOT NULL ORDER BY organization",
        [],
        read,
    )
}

fn read(row: &Row<'_>) -> Sql<Webhook> {
    let is_off = row.get::<_, Option<i64>>("off_ms")?.is_some();
    let off = is_off
        .then(|| {
            Sql::Ok(WebhookOff {
                since: time(row, "off_ms")?,
                reason: stored(row, "off_reason")?,
                by: row.get("off_by")?,
                position: position(row, "off_position")?,
            })
        })
        .transpose()?;
    Ok(Webhook {
        organization_id: stored(row, "organization")?,
        failing_since: time_opt(row, "failing_ms")?,
        failures: count(row, "failures")?,
        rests_until: time_opt(row, "rests_ms")?,
        off,
    })
}
