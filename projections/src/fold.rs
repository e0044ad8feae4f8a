//! From one event to the statements that follow from it. Nothing here reads a clock, draws a random number or
//! knows where a batch ends: the same log gives the same rows, however it is cut.

use chrono::{DateTime, Duration, Utc};
use events::Event;
use events::organization::{DomainEventAccepted, DomainKind, MemberChange, SubjectState};
use events::{
    DecodeError, EventId, LogEvent, OrganizationEvent, OrganizationId, OutboundEvent, Position, Recorded,
    TenantId, UserEvent, UserKey,
};
use rusqlite::Connection;
use uuid::Uuid;

use crate::database::{self, sql_position};
use crate::{
    accepted, client_defaults, email_mapping, former_lookups, members, notifications, people, responses,
    subject_changes, tenants, webhooks,
};

/// Why an event could not be folded.
#[derive(Debug, thiserror::Error)]
pub enum FoldError {
    /// The event could not be read.
    #[error("the event at position {position} cannot be read; repair it or list the position to be skipped")]
    Undecodable {
        /// Where it stands.
        position: Position,
        /// What is wrong with it.
        #[source]
        source: DecodeError,
    },
    /// The event stands in a stream whose name tells no owner.
    #[error(
        "the event at position {position} stands in stream {stream:?}, which names no owner; list the position to be skipped"
    )]
    Stream {
        /// Where it stands.
        position: Position,
        /// The stream.
        stream: String,
    },
    /// The file could not be written.
    #[error("the read models' file cannot be written")]
    Database(#[from] rusqlite::Error),
}

impl FoldError {
    /// Where the event stands that can never be folded; `None` when trying again may help.
    pub fn position(&self) -> Option<Position> {
        match self {
            Self::Undecodable { position, .. } | Self::Stream { position, .. } => Some(*position),
            Self::Database(_) => None,
        }
    }
}

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
}

impl Fold<'_> {
    /// When the domain event being folded happened, in microseconds.
    pub(crate) fn happened_us(&self, event: &DomainEventAccepted) -> i64 {
        event.happened_at(self.time).timestamp_micros()
    }
}

/// Folds one event.
pub(crate) fn fold(db: &Connection, default_ttl: Duration, recorded: &Recorded) -> Result<(), FoldError> {
    let at = recorded.position;
    let event = recorded
        .decode_any()
        .map_err(|source| FoldError::Undecodable { position: at, source })?;
    let f = Fold {
        db,
        position: sql_position(at),
        ms: recorded.metadata.time.timestamp_millis(),
        correlation: recorded.metadata.correlation_id,
        event: recorded.id,
        default_ttl,
        time: recorded.metadata.time,
    };
    let nameless = || FoldError::Stream {
        position: at,
        stream: recorded.stream.to_string(),
    };
    match event {
        Event::User(event) => {
            let user = recorded.stream.user_key().ok_or_else(nameless)?;
            fold_user(&f, &user, &event)?;
        }
        Event::Organization(OrganizationEvent::DomainEventAccepted(event)) => {
            let organization = recorded.stream.organization_id().ok_or_else(nameless)?;
            fold_domain_event(&f, &organization, &event)?;
        }
        Event::Tenant(event) => {
            let tenant: TenantId = recorded.stream.tenant_id().ok_or_else(nameless)?;
            tenants::fold(&f, &tenant, &event)?;
        }
        Event::Outbound(event) => {
            let organization = recorded.stream.organization_id().ok_or_else(nameless)?;
            fold_outbound(&f, &organization, &event)?;
        }
        // About machines; no row is made from it.
        Event::Lease(_) => {}
        Event::Log(event) => fold_log(&f, &event)?,
    }
    Ok(())
}

fn fold_log(f: &Fold<'_>, event: &LogEvent) -> rusqlite::Result<()> {
    match event {
        LogEvent::LogNamed(e) => database::set_log_id(f.db, e.log_id),
        LogEvent::LossAccepted(e) => database::set_log_id(f.db, e.log_id),
        LogEvent::LogRestored(e) => database::set_log_id(f.db, e.log_id),
        LogEvent::LogMoved(e) => database::set_log_id(f.db, e.log_id),
        LogEvent::KeyTableBound(_) => Ok(()),
    }
}

fn fold_user(f: &Fold<'_>, user: &UserKey, event: &UserEvent) -> rusqlite::Result<()> {
    tenants::seen(f, &user.tenant_id)?;
    people::fold(f, user, event)?;
    email_mapping::fold(f, user, event)?;
    notifications::delivery::fold(f, user, event)?;
    subject_changes::fold(f, user, event)?;
    responses::fold_user(f, user, event)
}

fn fold_domain_event(
    f: &Fold<'_>,
    organization: &OrganizationId,
    event: &DomainEventAccepted,
) -> rusqlite::Result<()> {
    let organization = organization.as_str();
    accepted::fold(f, organization, event)?;
    client_defaults::fold(f, organization, event)?;
    people::profile::compare(f, organization, event.recipients.listed())?;
    former_lookups::learn_all(f, organization, event.recipients.listed())?;
    match event.kind() {
        DomainKind::Member(MemberChange::Removed) => members::remove(f, organization, event),
        DomainKind::Member(MemberChange::Upserted) => members::upsert(f, organization, event),
        DomainKind::Notify(card) => {
            members::learn(f, organization, event.recipients.listed())?;
            subject_changes::store_domain_event(f, organization, event, card, SubjectState::Open, false)?;
            notifications::accepted::create(f, organization, event, card, None)
        }
        DomainKind::Revise { card, state } => {
            members::learn(f, organization, event.recipients.listed())?;
            // That something was not delivered concerns its sender alone, and not those who hold a card about it.
            let revised = event.subject.as_ref().filter(|_| state != SubjectState::Failed);
            subject_changes::store_domain_event(f, organization, event, card, state, revised.is_some())?;
            if let Some(subject) = revised {
                subject_changes::record_change(f, organization, event, subject, state)?;
            }
            let revised = revised.map(|subject| (subject, state));
            notifications::accepted::create(f, organization, event, card, revised)
        }
    }
}

fn fold_outbound(f: &Fold<'_>, organization: &OrganizationId, event: &OutboundEvent) -> rusqlite::Result<()> {
    match event {
        OutboundEvent::NotificationUnroutable(event) => {
            notifications::waiting::unroutable(f, event)?;
            responses::undeliverable(f, event.notification_id)
        }
        OutboundEvent::RecipientUnreached(event) => {
            if notifications::unreached::fold(f, event)? {
                responses::unreached(f, event.notification_id, event.until.timestamp_millis())?;
            }
            Ok(())
        }
        OutboundEvent::RecipientReopened(event) => notifications::waiting::reopen(f, event),
        OutboundEvent::ResponseDelivered(event) => {
            webhooks::took(f, organization)?;
            responses::delivered(f, event)
        }
        OutboundEvent::ResponseFailed(event) => {
            webhooks::did_not_take(f, organization, event)?;
            responses::failed(f, event)
        }
        OutboundEvent::ResponseRequeued(event) => responses::requeued(f, event),
        OutboundEvent::WebhookDisabled(event) => webhooks::disabled(f, organization, event),
        OutboundEvent::WebhookEnabled(_) => {
            webhooks::enabled(f, organization)?;
            responses::due_at_once(f, organization)
        }
    }
}
