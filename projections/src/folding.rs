//! From one event to the statements that follow from it. Nothing here reads a clock, draws a random number or
//! knows where a batch ends: the same log gives the same rows, however it is cut.

use chrono::Duration;
use events::Event;
use events::organization::{DomainEventAccepted, DomainKind, MemberChange, Recipient, SubjectState};
use events::user::{Identity, ProfileResolved};
use events::{
    DecodeError, LogEvent, OrganizationEvent, OrganizationId, OutboundEvent, Position, Recorded, TenantEvent,
    TenantId, UserEvent, UserKey,
};
use rusqlite::Connection;

use crate::database::{self, sql_position};
use crate::fold::Fold;
use crate::later::Later;
use crate::notifications::held::Cards;
use crate::outbox::Changes;
use crate::reconsidering::{self, again};
use crate::{
    accepted, client_defaults, email_mapping, erased, erasure, former_lookups, links, members, notifications,
    parts, people, responses, subject_changes, tenants, webhooks,
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

/// Folds one event.
pub(crate) fn fold(
    db: &Connection,
    changes: &Changes,
    cards: &Cards,
    later: &Later,
    default_ttl: Duration,
    recorded: &Recorded,
) -> Result<(), FoldError> {
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
        changes,
        cards,
        later,
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
            fold_tenant(&f, &tenant, &event)?;
        }
        Event::Outbound(OutboundEvent::ErasureCertified(event)) => erasure::certified(&f, &event)?,
        Event::Outbound(OutboundEvent::ErasureOrdered(event)) => {
            let organization = recorded.stream.organization_id().ok_or_else(nameless)?;
            erasure::ordered(&f, &organization, &event)?;
        }
        // About machines, or read in its own stream: no row is made from it.
        Event::Lease(_)
        | Event::Outbound(
            OutboundEvent::PersonalValuesOpened(_)
            | OutboundEvent::ActRecorded(_)
            | OutboundEvent::CallersRefused(_)
            | OutboundEvent::ApiKeyMade(_)
            | OutboundEvent::ApiKeyRevoked(_)
            | OutboundEvent::ApiKeyUsed(_)
            | OutboundEvent::OrganizationRegistered(_)
            | OutboundEvent::LinkCodeMade(_)
            | OutboundEvent::LinkCodeTried(_)
            | OutboundEvent::TenantLinked(_)
            | OutboundEvent::TenantUnlinked(_)
            | OutboundEvent::OrganizationSettingsChanged(_)
            | OutboundEvent::RequestBegun(_)
            | OutboundEvent::RequestAnswered(_),
        ) => {}
        Event::Outbound(event) => {
            let organization = recorded.stream.organization_id().ok_or_else(nameless)?;
            fold_outbound(&f, &organization, &event)?;
        }
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
    let came = f.changes.is_first_of(user) && {
        tenants::seen(f, &user.tenant_id)?;
        people::seen(f, user)?
    };
    again(f, people::fold(f, user, event, came)?)?;
    if let UserEvent::Identity(Identity::ProfileResolved(profile)) = event {
        learn_former(f, &user.tenant_id, profile)?;
    }
    again(f, email_mapping::fold(f, user, event)?)?;
    notifications::delivery::fold(f, user, event)?;
    subject_changes::fold(f, user, event)?;
    responses::fold_user(f, user, event)
}

/// Addresses that the first releases looked up otherwise.
fn learn_former(f: &Fold<'_>, tenant: &TenantId, profile: &ProfileResolved) -> rusqlite::Result<()> {
    for (former, lookup) in [
        (&profile.email_former_lookup, &profile.email_lookup),
        (&profile.upn_former_lookup, &profile.upn_lookup),
    ] {
        again(
            f,
            former_lookups::learn(f, tenant.as_str(), former.as_ref(), lookup.as_ref())?,
        )?;
    }
    Ok(())
}

fn fold_tenant(f: &Fold<'_>, tenant: &TenantId, event: &TenantEvent) -> rusqlite::Result<()> {
    tenants::seen(f, tenant)?;
    match event {
        TenantEvent::OrganizationLinked(event) => {
            // Everybody who waits in the organization that gained the tenant or lost it is looked at again.
            if let Some(before) = tenants::link(f, tenant, &event.organization_id)? {
                notifications::waiting::reconsider_organization(f, &before)?;
            }
            let organization = event.organization_id.as_str();
            reconsidering::reconsider_organization(f, organization)?;
            notifications::waiting::reconsider_organization(f, organization)
        }
        TenantEvent::OrganizationUnlinked(event) => {
            let organization = event.organization_id.as_str();
            tenants::unlink(f, tenant, organization)?;
            reconsidering::reconsider_organization(f, organization)?;
            notifications::waiting::reconsider_organization(f, organization)
        }
        TenantEvent::IntegrationEnabled(_) => switch(f, tenant, true),
        TenantEvent::IntegrationDisabled(_) => switch(f, tenant, false),
        TenantEvent::MemberLinkDecided(event) => again(f, [links::decide(f, tenant, event)?]),
        TenantEvent::MemberErased(event) => again(f, members::erase(f, event)?),
        TenantEvent::ReceiptsChosen(event) => tenants::choose_receipts(f, tenant, event),
        TenantEvent::PartSwitchedOff(event) => parts::switch_off(f, event),
        TenantEvent::PartSwitchedOn(event) => parts::switch_on(f, event),
    }
}

/// Recipients of a card may be members who were not known, or not so.
fn learn_members(f: &Fold<'_>, organization: &str, recipients: &[Recipient]) -> rusqlite::Result<()> {
    for recipient in recipients {
        again(f, members::learn(f, organization, recipient)?)?;
    }
    Ok(())
}

fn fold_domain_event(
    f: &Fold<'_>,
    organization: &OrganizationId,
    event: &DomainEventAccepted,
) -> rusqlite::Result<()> {
    erased::see_late(f, organization, event)?;
    let organization = organization.as_str();
    accepted::fold(f, organization, event)?;
    client_defaults::fold(f, organization, event)?;
    people::profile::compare(f, organization, event.recipients.listed())?;
    let listed = event.recipients.listed();
    for recipient in listed {
        again(f, former_lookups::of_recipient(f, organization, recipient)?)?;
    }
    match event.kind() {
        DomainKind::Member(MemberChange::Removed) => {
            let mut gone = listed.iter();
            gone.try_for_each(|one| again(f, members::remove(f, organization, event, one)?))
        }
        DomainKind::Member(MemberChange::Upserted) => {
            let mut there = listed.iter();
            there.try_for_each(|one| again(f, members::upsert(f, organization, event, one)?))
        }
        DomainKind::Member(MemberChange::EraseRequested) => {
            let mut gone = listed.iter();
            gone.try_for_each(|one| erasure::requested_by_chronus(f, organization, event, one))
        }
        DomainKind::Notify(card) => {
            learn_members(f, organization, listed)?;
            subject_changes::store_domain_event(f, organization, event, card, SubjectState::Open, false)?;
            notifications::accepted::create(f, organization, event, card, None)
        }
        DomainKind::Revise { card, state } => {
            learn_members(f, organization, listed)?;
            // That something was not delivered concerns its sender alone, and not those who hold a card about it.
            let revised = event.subject.as_ref().filter(|_| state != SubjectState::Failed);
            subject_changes::store_domain_event(f, organization, event, card, state, revised.is_some())?;
            if let Some(subject) = revised
                && subject_changes::record_change(f, organization, event, subject, state)?
            {
                notifications::waiting::withdraw(f, organization, subject, state)?;
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
        OutboundEvent::PersonalValuesOpened(_)
        | OutboundEvent::ActRecorded(_)
        | OutboundEvent::CallersRefused(_)
        | OutboundEvent::ErasureOrdered(_)
        | OutboundEvent::ErasureCertified(_)
        | OutboundEvent::ApiKeyMade(_)
        | OutboundEvent::ApiKeyRevoked(_)
        | OutboundEvent::ApiKeyUsed(_)
        | OutboundEvent::OrganizationRegistered(_)
        | OutboundEvent::LinkCodeMade(_)
        | OutboundEvent::LinkCodeTried(_)
        | OutboundEvent::TenantLinked(_)
        | OutboundEvent::TenantUnlinked(_)
        | OutboundEvent::OrganizationSettingsChanged(_)
        | OutboundEvent::RequestBegun(_)
        | OutboundEvent::RequestAnswered(_) => Ok(()),
        OutboundEvent::WebhookDisabled(event) => webhooks::disabled(f, organization, event),
        OutboundEvent::WebhookEnabled(_) => {
            webhooks::enabled(f, organization)?;
            responses::due_at_once(f, organization)
        }
    }
}

/// Why nobody is found for a card is another reason while nobody can be looked up.
fn switch(f: &Fold<'_>, tenant: &TenantId, on: bool) -> rusqlite::Result<()> {
    tenants::set_enabled(f, tenant, on)?;
    match tenants::organization_of(f.db, tenant.as_str())? {
        Some(organization) => notifications::waiting::reconsider_organization(f, &organization),
        None => Ok(()),
    }
}
