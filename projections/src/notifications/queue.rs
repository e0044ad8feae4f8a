//! What a user's stream tells of a notification before it leaves: queued, put off, or not sent by itself.

use events::user::{MergeReason, NotificationQueued, NotificationRequeued, Queue, Source, SuppressedReason};
use events::{NotificationId, OrganizationId, SubjectRef, UserKey};
use serde_json::json;

use super::NotificationState as State;
use super::card::{Card, Why, change, change_since, note};
use super::rank;
use crate::database::{Sql, name_of, sql_position};
use crate::fold::Fold;
use crate::{parts, subject_changes};

pub(super) fn fold(f: &Fold<'_>, user: &UserKey, event: &Queue) -> Sql<()> {
    match event {
        Queue::Queued(e) => queued(f, user, e),
        Queue::Requeued(e) => {
            change(f, e.notification_id, |card| requeued(f, card, e))?;
            let detail = json!({ "replay_id": e.replay_id, "by": e.by, "expires_at": e.expires_at });
            note(f, e.notification_id, "requeued", &detail)
        }
        Queue::Suppressed(e) => {
            let why = Why::because(e.reason.as_str());
            ends(f, e.notification_id, State::Suppressed, why)?;
            note(f, e.notification_id, "suppressed", &json!({ "reason": e.reason }))
        }
        Queue::Withdrawn(e) => {
            let why = Why::because(name_of(&e.state));
            ends(f, e.notification_id, State::Withdrawn, why)?;
            note(f, e.notification_id, "withdrawn", &json!({ "reason": e.state }))
        }
        Queue::Expired(e) => {
            ends(f, e.notification_id, State::Expired, Why::PLAIN)?;
            note(f, e.notification_id, "expired", &json!({}))
        }
        Queue::Deferred(e) => {
            let due_ms = Some(e.until.timestamp_millis());
            change(f, e.notification_id, |card| {
                let why = Why {
                    due_ms,
                    ..Why::because(e.reason.as_str())
                };
                card.enter(f, State::Deferred, why);
                card.owed_ms = due_ms;
            })?;
            let detail = json!({ "reason": e.reason, "until": e.until });
            note(f, e.notification_id, "deferred", &detail)
        }
        Queue::Merged(e) => {
            ends(
                f,
                e.notification_id,
                State::Merged,
                Why::because(e.reason.as_str()),
            )?;
            let detail = json!({ "reason": e.reason, "into": e.into });
            note(f, e.notification_id, "merged", &detail)
        }
        Queue::Shown(e) => {
            change(f, e.notification_id, |card| {
                // A digest's item is merged already, with that reason.
                if card.state != State::Merged {
                    card.enter(f, State::Merged, Why::because(MergeReason::CatchUp.as_str()));
                }
            })?;
            note(f, e.notification_id, "shown", &json!({ "by": e.by }))
        }
    }
}

/// A card that is not sent by itself.
fn ends(f: &Fold<'_>, id: NotificationId, state: State, why: Why) -> Sql<()> {
    change(f, id, |card| card.enter(f, state, why))
}

fn requeued(f: &Fold<'_>, card: &mut Card, event: &NotificationRequeued) {
    card.stopped = None;
    card.enter(f, State::Queued, Why::PLAIN);
    if card.state == State::Queued {
        card.expires_ms = event.expires_at.timestamp_millis();
        (card.queued_position, card.queued_ms) = (Some(f.position), Some(f.ms));
        card.owed_ms = Some(f.ms);
    }
}

/// The user's stream is the authority: whatever the row said before, the card is this user's now.
fn queued(f: &Fold<'_>, user: &UserKey, event: &NotificationQueued) -> Sql<()> {
    let (id, user_key) = (event.notification_id, user.to_string());
    let (kind, subject) = (
        event.card.as_str(),
        event.subject.as_ref().map(SubjectRef::as_str),
    );
    let as_accepted = f.cards.with(f.db, id, |held| {
        let card = &held.card;
        let of_person = card.user.as_deref() == Some(user_key.as_str()) && card.rank == rank(event.class);
        of_person && held.kind == kind && held.subject.as_deref() == subject
    })?;
    if as_accepted.is_none() {
        insert(f, event)?;
    }
    // Mostly it is as it was accepted, and then nothing is written here.
    let mut before = None;
    if as_accepted != Some(true) {
        before = Card::load(f, id)?;
        f.rows()?
            .prepare_cached(
                "UPDATE notifications SET tenant = ?2, user = ?3, card = ?4, subject = ?5, class = ?6
                 WHERE id = ?1 AND (tenant IS NOT ?2 OR user IS NOT ?3 OR card <> ?4 OR subject IS NOT ?5 OR class <> ?6)",
            )?
            .execute(rusqlite::params![
                id.0.into_bytes(),
                user.tenant_id.as_str(),
                user_key,
                kind,
                subject,
                rank(event.class),
            ])?;
    }
    let off = match &event.source {
        Source::DomainEvent { event_id, .. } => parts::off_of(f.db, *event_id)?,
        Source::Chat => None,
    };
    change_since(f, id, before, |card| {
        card.stopped = off.map(SuppressedReason::of_part);
        card.expires_ms = event.expires_at.timestamp_millis();
        (card.queued_position, card.queued_ms) = (Some(f.position), Some(f.ms));
        card.enter(f, State::Queued, Why::PLAIN);
        card.owed_ms = Some(f.ms);
    })?;
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
