//! What a user's stream tells of a notification: queued, attempted, its outcome, seen, answered, updated.

use events::organization::SubjectState;
use events::user::{MergeReason, NotificationQueued, NotificationSeen, Source};
use events::{ActivityId, NotificationId, OrganizationId, SubjectRef, UserEvent, UserKey};
use serde_json::{Value, json};

use super::NotificationState as State;
use super::card::{Card, Why, note};
use super::rank;
use crate::database::{Sql, name_of, sql_position};
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
        UserEvent::NotificationRequeued(event) => Some(event.notification_id),
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
        UserEvent::CardUpdateRetryScheduled(event) => Some(event.notification_id),
        UserEvent::CardUpdateAbandoned(event) => Some(event.notification_id),
        UserEvent::NotificationDeferred(event) => Some(event.notification_id),
        UserEvent::NotificationMerged(event) => Some(event.notification_id),
        UserEvent::NotificationShown(event) => Some(event.notification_id),
        UserEvent::RequestAccepted(_)
        | UserEvent::RequestDeclined(_)
        | UserEvent::MeetingAccepted(_)
        | UserEvent::MeetingDeclined(_)
        | UserEvent::MeetingProposed(_)
        | UserEvent::MeetingHeld(_)
        | UserEvent::EventRsvpGiven(_)
        | UserEvent::SurveyAnswered(_)
        | UserEvent::AnnouncementAcknowledged(_)
        | UserEvent::MatchRequested(_)
        | UserEvent::MatchDismissed(_)
        | UserEvent::MessageReplied(_)
        | UserEvent::MessageSent(_)
        | UserEvent::TaskCompleted(_) => event.answered_on().map(|on| on.notification_id),
        UserEvent::SurveyStepSaved(event) => Some(event.on.notification_id),
        UserEvent::ActionIgnored(event) => event.notification_id,
        UserEvent::AppInstalled(_)
        | UserEvent::AppUninstalled(_)
        | UserEvent::ReferenceRefreshed(_)
        | UserEvent::ClientObserved(_)
        | UserEvent::ActivityObserved(_)
        | UserEvent::ClientDefaultsChanged(_)
        | UserEvent::ProfileRequested(_)
        | UserEvent::ProfileResolved(_)
        | UserEvent::ProfileConfirmed(_)
        | UserEvent::ProfileUnavailable(_)
        | UserEvent::MemberLinked(_)
        | UserEvent::MemberUnlinked(_)
        | UserEvent::Connected(_)
        | UserEvent::Disconnected(_)
        | UserEvent::CommandReceived(_)
        | UserEvent::SubjectChanged(_)
        | UserEvent::SurveyStepShown(_)
        | UserEvent::MessageHandOverFailed(_)
        | UserEvent::Paused(_)
        | UserEvent::Resumed(_)
        | UserEvent::PreferencesChanged(_)
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
        card.enter(f, State::Queued, Why::PLAIN);
        card.owed_ms = Some(f.ms);
        card.store(f, before.as_ref())?;
    }
    note(
        f,
        event.notification_id,
        "queued",
        &json!({ "user": user, "card": event.card }),
    )?;
    if let (Source::DomainEvent { event_id, .. }, Some(_)) = (&event.source, &event.subject) {
        subject_changes::queued_late(f, user, event.notification_id, *event_id)?;
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
        UserEvent::NotificationRequeued(event) => {
            card.enter(f, State::Queued, Why::PLAIN);
            if card.state == State::Queued {
                card.expires_ms = event.expires_at.timestamp_millis();
                (card.queued_position, card.queued_ms) = (Some(f.position), Some(f.ms));
                card.owed_ms = Some(f.ms);
            }
        }
        UserEvent::NotificationSuppressed(event) => {
            card.enter(f, State::Suppressed, Why::because(event.reason.as_str()));
        }
        UserEvent::NotificationWithdrawn(event) => {
            card.enter(f, State::Withdrawn, Why::because(name_of(&event.state)));
        }
        UserEvent::NotificationExpired(_) => card.enter(f, State::Expired, Why::PLAIN),
        UserEvent::NotificationSeen(event) => seen(f, card, event),
        UserEvent::NotificationDeferred(event) => {
            let why = Why {
                due_ms: Some(event.until.timestamp_millis()),
                ..Why::because(event.reason.as_str())
            };
            card.enter(f, State::Deferred, why);
            card.owed_ms = Some(event.until.timestamp_millis());
        }
        UserEvent::NotificationMerged(event) => {
            card.enter(f, State::Merged, Why::because(event.reason.as_str()));
        }
        // A digest's item is merged already, with that reason.
        UserEvent::NotificationShown(_) if card.state != State::Merged => {
            card.enter(f, State::Merged, Why::because(MergeReason::CatchUp.as_str()));
        }
        UserEvent::NotificationShown(_) => {}
        UserEvent::CardUpdateQueued(event) => {
            if card.wanted <= card.shown || card.update_position.is_none() {
                card.update_position = Some(f.position);
                card.update_ms = Some(f.ms);
            }
            card.wanted = card.wanted.max(event.revision);
            // What is newer is tried at once.
            card.update_due_ms = None;
        }
        UserEvent::CardUpdated(event) => {
            card.shown = card.shown.max(event.revision);
            card.update_due_ms = None;
        }
        UserEvent::CardUpdateRetryScheduled(event) => {
            card.update_due_ms = Some(event.retry_at.timestamp_millis());
        }
        UserEvent::CardUpdateAbandoned(event) if event.is_for_good() => {
            card.abandoned = card.abandoned.max(event.revision);
        }
        // It waits for the person to be back, when it is asked for again.
        UserEvent::CardUpdateAbandoned(_) => (card.update_position, card.update_due_ms) = (None, None),
        _ => match event.answer_word() {
            Some(word) => answered(f, card, word),
            None => attempt(f, card, event),
        },
    }
}

/// Who sees a card has it: its first revision at least is in the chat, whatever is known of the attempt.
fn seen(f: &Fold<'_>, card: &mut Card, event: &NotificationSeen) {
    learn_activity(card, event.activity_id.as_ref());
    card.shown = card.shown.max(1);
    if card.state != State::Seen {
        card.enter(f, State::Seen, Why::PLAIN);
    }
}

/// The connector's own word for the message comes last and counts; it may come without one.
fn learn_activity(card: &mut Card, activity: Option<&ActivityId>) {
    if let Some(activity) = activity {
        card.activity = Some(activity.as_str().to_owned());
    }
}

fn answered(f: &Fold<'_>, card: &mut Card, answer: &'static str) {
    card.enter(f, State::Answered, Why::PLAIN);
    card.answer = Some(answer.to_owned());
}

/// What became of an attempt to post the card.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "`touched` lists every event; those left are no attempts"
)]
fn attempt(f: &Fold<'_>, card: &mut Card, event: &UserEvent) {
    match event {
        UserEvent::DeliveryAttempted(event) => {
            card.attempts = card.attempts.max(event.attempt);
            card.enter(f, State::Attempted, Why::PLAIN);
        }
        UserEvent::DeliveryRetryScheduled(event) => {
            let why = Why {
                status: event.status,
                due_ms: Some(event.retry_at.timestamp_millis()),
                ..Why::because(&event.reason)
            };
            card.enter(f, State::Retry, why);
        }
        UserEvent::NotificationDelivered(event) => {
            learn_activity(card, event.activity_id.as_ref());
            card.shown = card.shown.max(event.revision);
            card.wanted = card.wanted.max(event.revision);
            card.enter(f, State::Delivered, Why::PLAIN);
        }
        UserEvent::NotificationRefused(event) => {
            let why = Why {
                code: Some(event.code.clone()),
                status: event.status,
                ..Why::because(event.class.as_str())
            };
            card.enter(f, State::Refused, why);
        }
        UserEvent::DeliveryOutcomeUnknown(event) => {
            let due_ms = event.retry_at.map(|at| at.timestamp_millis());
            let state = if due_ms.is_some() {
                State::UnknownRetry
            } else {
                State::UnknownHeld
            };
            card.enter(
                f,
                state,
                Why {
                    due_ms,
                    ..Why::because(&event.reason)
                },
            );
        }
        _ => {}
    }
}

/// The history's words for an event.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "`touched` lists every event; those left touch no card"
)]
fn described(event: &UserEvent) -> Option<(&'static str, Value)> {
    Some(match event {
        UserEvent::NotificationRequeued(event) => (
            "requeued",
            json!({ "replay_id": event.replay_id, "by": event.by, "expires_at": event.expires_at }),
        ),
        UserEvent::NotificationSuppressed(event) => ("suppressed", json!({ "reason": event.reason })),
        UserEvent::NotificationWithdrawn(event) => {
            let state: SubjectState = event.state;
            ("withdrawn", json!({ "reason": state }))
        }
        UserEvent::NotificationExpired(_) => ("expired", json!({})),
        UserEvent::DeliveryAttempted(event) => ("attempted", json!({ "attempt": event.attempt })),
        UserEvent::DeliveryRetryScheduled(event) => (
            "retry_scheduled",
            json!({ "attempt": event.attempt, "reason": event.reason, "status": event.status, "retry_at": event.retry_at,
                    "recover": event.recover }),
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
        UserEvent::CardUpdateRetryScheduled(event) => (
            "update_retry_scheduled",
            json!({ "revision": event.revision, "tries": event.tries, "reason": event.reason, "status": event.status,
                    "retry_at": event.retry_at, "recover": event.recover }),
        ),
        UserEvent::CardUpdateAbandoned(event) => (
            "update_abandoned",
            json!({ "revision": event.revision, "code": event.code }),
        ),
        UserEvent::NotificationDeferred(event) => (
            "deferred",
            json!({ "reason": event.reason, "until": event.until }),
        ),
        UserEvent::NotificationMerged(event) => {
            ("merged", json!({ "reason": event.reason, "into": event.into }))
        }
        UserEvent::NotificationShown(event) => ("shown", json!({ "by": event.by })),
        UserEvent::RequestAccepted(event) => ("request_accepted", json!({ "platform": event.platform })),
        UserEvent::RequestDeclined(event) => (
            "request_declined",
            json!({ "platform": event.platform, "reason": event.reason }),
        ),
        UserEvent::ActionIgnored(event) => ("press_ignored", json!({ "reason": event.reason })),
        UserEvent::SurveyStepSaved(event) => ("survey_step_saved", json!({ "question": event.question })),
        _ => {
            let (word, on) = (event.answer_word()?, event.on()?);
            ("answered", json!({ "answer": word, "platform": on.platform }))
        }
    })
}
