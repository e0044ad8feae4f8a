//! What a user's stream tells of a notification: queued, attempted, its outcome, seen, answered, updated.

use events::organization::SubjectState;
use events::user::{NotificationQueued, Source};
use events::{NotificationId, OrganizationId, SubjectRef, UserEvent, UserKey};
use serde_json::{Value, json};

use super::NotificationState as State;
use super::card::{Card, note};
use super::rank;
use crate::database::{Sql, Statements as _, name_of, sql_position};
use crate::fold::Fold;
use crate::subject_changes;

pub(crate) fn fold(f: &Fold<'_>, user: &UserKey, event: &UserEvent) -> Sql<()> {
    if let UserEvent::NotificationQueued(event) = event {
        return queued(f, user, event);
    }
    touched(event).map_or(Ok(()), |id| change(f, id, event))
}

/// The notification that an event tells of.
fn touched(event: &UserEvent) -> Option<NotificationId> {
    match event {
        UserEvent::NotificationQueued(event) => Some(event.notification_id),
        UserEvent::NotificationSuppressed(event) => Some(event.notification_id),
        UserEvent::NotificationWithdrawn(event) => Some(event.notification_id),
        UserEvent::NotificationExpired(event) => Some(event.notification_id),
        UserEvent::DeliveryAttempted(event) => Some(event.notification_id),
        UserEvent::DeliveryRetryScheduled(event) => Some(event.notification_id),
        UserEvent::NotificationDelivered(event) => Some(event.notification_id),
        UserEvent::NotificationRefused(event) => Some(event.notification_id),
        UserEvent::DeliveryOutcomeUnknown(event) => Some(event.notification_id),
        UserEvent::NotificationSeen(event) => Some(event.notification_id),
        UserEvent::CardUpdateQueued(event) => Some(event.notification_id),
        UserEvent::CardUpdated(event) => Some(event.notification_id),
        UserEvent::CardUpdateAbandoned(event) => Some(event.notification_id),
        UserEvent::RequestAccepted(event) => Some(event.notification_id),
        UserEvent::RequestDeclined(event) => Some(event.notification_id),
        UserEvent::ActionIgnored(event) => event.notification_id,
        UserEvent::AppInstalled(_)
        | UserEvent::AppUninstalled(_)
        | UserEvent::ReferenceRefreshed(_)
        | UserEvent::ClientObserved(_)
        | UserEvent::ProfileRequested(_)
        | UserEvent::ProfileResolved(_)
        | UserEvent::ProfileUnavailable(_)
        | UserEvent::MemberLinked(_)
        | UserEvent::MemberUnlinked(_)
        | UserEvent::Connected(_)
        | UserEvent::Disconnected(_)
        | UserEvent::CommandReceived(_)
        | UserEvent::SubjectChanged(_)
        | UserEvent::ReachabilityChanged(_)
        | UserEvent::UserErased(_) => None,
    }
}

/// The user's stream is the authority: whatever the row said before, the card is this user's now.
fn queued(f: &Fold<'_>, user: &UserKey, event: &NotificationQueued) -> Sql<()> {
    let before = Card::load(f, event.notification_id)?;
    if before.is_none() {
        insert(f, event)?;
    }
    f.db.prepare_cached(
        "UPDATE notifications SET tenant = ?2, user = ?3, card = ?4, subject = ?5, class = ?6, expires_ms = ?7,
             queued_position = ?8, queued_ms = ?9
         WHERE id = ?1",
    )?
    .execute(rusqlite::params![
        event.notification_id.0.into_bytes(),
        user.tenant_id.as_str(),
        user.to_string(),
        event.card.as_str(),
        event.subject.as_ref().map(SubjectRef::as_str),
        rank(event.class),
        event.expires_at.timestamp_millis(),
        f.position,
        f.ms,
    ])?;
    if let Some(mut card) = Card::load(f, event.notification_id)? {
        card.enter(f, State::Queued);
        card.store(f, before.as_ref())?;
    }
    note(
        f,
        event.notification_id,
        "queued",
        &json!({ "user": user, "card": event.card }),
    )?;
    if let (
        Source::DomainEvent {
            organization_id,
            event_id,
            ..
        },
        Some(subject),
    ) = (&event.source, &event.subject)
    {
        subject_changes::queued_late(f, organization_id, subject, user, *event_id)?;
    }
    Ok(())
}

/// A card that no accepted domain event announced: one of the chat itself.
fn insert(f: &Fold<'_>, event: &NotificationQueued) -> Sql<()> {
    let (organization, domain_event, domain_position) = match &event.source {
        Source::DomainEvent {
            organization_id,
            event_id,
            position,
        } => (
            Some(OrganizationId::as_str(organization_id)),
            Some(event_id.0.into_bytes()),
            Some(sql_position(*position)),
        ),
        Source::Chat => (None, None, None),
    };
    f.db.prepare_cached(
        "INSERT INTO notifications (id, organization, domain_event, domain_position, correlation, card, class,
             state, state_position, state_ms, created_position, created_ms, expires_ms, expiry_asked)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'queued', ?8, ?9, ?8, ?9, ?10, 1)",
    )?
    .execute(rusqlite::params![
        event.notification_id.0.into_bytes(),
        organization,
        domain_event,
        domain_position,
        f.correlation.into_bytes(),
        event.card.as_str(),
        rank(event.class),
        f.position,
        f.ms,
        event.expires_at.timestamp_millis(),
    ])
    .map(drop)
}

fn change(f: &Fold<'_>, id: NotificationId, event: &UserEvent) -> Sql<()> {
    if let Some(mut card) = Card::load(f, id)? {
        let before = card.clone();
        apply(f, &mut card, event);
        if card != before {
            card.store(f, Some(&before))?;
        }
    }
    match described(event) {
        Some((what, detail)) => note(f, id, what, &detail),
        None => Ok(()),
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "`touched` lists every event; those left touch no card"
)]
fn apply(f: &Fold<'_>, card: &mut Card, event: &UserEvent) {
    match event {
        UserEvent::NotificationSuppressed(event) => ended(f, card, State::Suppressed, event.reason.as_str()),
        UserEvent::NotificationWithdrawn(event) => ended(f, card, State::Withdrawn, &name_of(&event.state)),
        UserEvent::NotificationExpired(_) => {
            card.enter(f, State::Expired);
        }
        UserEvent::DeliveryAttempted(event) => {
            card.attempts = card.attempts.max(event.attempt);
            card.enter(f, State::Attempted);
        }
        UserEvent::DeliveryRetryScheduled(event) => {
            if card.enter(f, State::Retry) {
                card.reason = Some(event.reason.clone());
                card.status = event.status;
                card.due_ms = Some(event.retry_at.timestamp_millis());
            }
        }
        UserEvent::NotificationDelivered(event) => {
            card.activity = event.activity_id.as_ref().map(|id| id.as_str().to_owned());
            card.shown = card.shown.max(event.revision);
            card.wanted = card.wanted.max(event.revision);
            card.enter(f, State::Delivered);
        }
        UserEvent::NotificationRefused(event) => {
            if card.enter(f, State::Refused) {
                card.reason = Some(event.class.as_str().to_owned());
                card.code = Some(event.code.clone());
                card.status = event.status;
            }
        }
        UserEvent::DeliveryOutcomeUnknown(event) => {
            let state = if event.retry_at.is_some() {
                State::UnknownRetry
            } else {
                State::UnknownHeld
            };
            if card.enter(f, state) {
                card.reason = Some(event.reason.clone());
                card.due_ms = event.retry_at.map(|at| at.timestamp_millis());
            }
        }
        UserEvent::NotificationSeen(_) if card.state != State::Seen => {
            card.enter(f, State::Seen);
        }
        UserEvent::RequestAccepted(_) => answered(f, card, "accepted"),
        UserEvent::RequestDeclined(_) => answered(f, card, "declined"),
        UserEvent::CardUpdateQueued(event) => {
            if card.wanted <= card.shown.max(card.abandoned) || card.update_position.is_none() {
                card.update_position = Some(f.position);
                card.update_ms = Some(f.ms);
            }
            card.wanted = card.wanted.max(event.revision);
        }
        UserEvent::CardUpdated(event) => card.shown = card.shown.max(event.revision),
        UserEvent::CardUpdateAbandoned(event) => card.abandoned = card.abandoned.max(event.revision),
        _ => {}
    }
}

fn ended(f: &Fold<'_>, card: &mut Card, state: State, reason: &str) {
    if card.enter(f, state) {
        card.reason = Some(reason.to_owned());
    }
}

fn answered(f: &Fold<'_>, card: &mut Card, answer: &'static str) {
    if card.enter(f, State::Answered) {
        card.answer = Some(answer);
    }
}

/// The history's words for an event.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "`touched` lists every event; those left touch no card"
)]
fn described(event: &UserEvent) -> Option<(&'static str, Value)> {
    Some(match event {
        UserEvent::NotificationSuppressed(event) => ("suppressed", json!({ "reason": event.reason })),
        UserEvent::NotificationWithdrawn(event) => {
            let state: SubjectState = event.state;
            ("withdrawn", json!({ "reason": state }))
        }
        UserEvent::NotificationExpired(_) => ("expired", json!({})),
        UserEvent::DeliveryAttempted(event) => ("attempted", json!({ "attempt": event.attempt })),
        UserEvent::DeliveryRetryScheduled(event) => (
            "retry_scheduled",
            json!({ "attempt": event.attempt, "reason": event.reason, "status": event.status, "retry_at": event.retry_at }),
        ),
        UserEvent::NotificationDelivered(event) => (
            "delivered",
            json!({ "attempt": event.attempt, "activity_id": event.activity_id, "revision": event.revision }),
        ),
        UserEvent::NotificationRefused(event) => (
            "refused",
            json!({ "attempt": event.attempt, "class": event.class, "status": event.status, "code": event.code }),
        ),
        UserEvent::DeliveryOutcomeUnknown(event) => (
            "outcome_unknown",
            json!({ "attempt": event.attempt, "reason": event.reason, "retry_at": event.retry_at }),
        ),
        UserEvent::NotificationSeen(event) => ("seen", json!({ "evidence": event.evidence })),
        UserEvent::CardUpdateQueued(event) => ("update_queued", json!({ "revision": event.revision })),
        UserEvent::CardUpdated(event) => ("updated", json!({ "revision": event.revision })),
        UserEvent::CardUpdateAbandoned(event) => (
            "update_abandoned",
            json!({ "revision": event.revision, "code": event.code }),
        ),
        UserEvent::RequestAccepted(event) => ("request_accepted", json!({ "platform": event.platform })),
        UserEvent::RequestDeclined(event) => (
            "request_declined",
            json!({ "platform": event.platform, "reason": event.reason }),
        ),
        UserEvent::ActionIgnored(event) => ("press_ignored", json!({ "reason": event.reason })),
        _ => return None,
    })
}
