//! Which events of the log are told to Chronus: answers, and what becomes of cards on their way.

use events::tenant::Receipt;
use events::user::{Answer, Chat, DeferReason, Delivery, DeliveryRetryScheduled, Queue, SuppressedReason};
use events::{EventId, NotificationId, UserEvent, UserKey};

use super::ResponseKind;
use crate::database::{Sql, Statements as _, name_of};
use crate::fold::Fold;
use crate::notifications::unreached::{self, Told};
use crate::{subject_changes, tenants};

pub(crate) fn fold_user(f: &Fold<'_>, user: &UserKey, event: &UserEvent) -> Sql<()> {
    match event {
        UserEvent::Answer(event) => answered(f, user, event),
        UserEvent::Chat(Chat::MessageHandOverFailed(event)) => {
            let sql = "UPDATE responses SET told = 1 WHERE written = ?1";
            f.db.run(sql, [event.reply_id.into_bytes()]).map(drop)
        }
        UserEvent::Queue(event) => fold_queue(f, event),
        UserEvent::Delivery(event) => fold_delivery(f, event),
        UserEvent::Chat(_)
        | UserEvent::Presence(_)
        | UserEvent::Identity(_)
        | UserEvent::Settings(_)
        | UserEvent::Update(_) => Ok(()),
    }
}

fn answered(f: &Fold<'_>, user: &UserKey, event: &Answer) -> Sql<()> {
    let on = event.answered_on();
    let tell = Tell::of(
        ResponseKind::Answer,
        on.organization_id.as_str(),
        on.notification_id,
    );
    insert(
        f,
        &Tell {
            written: event.written_id(),
            user: Some(&user.to_string()),
            ..tell
        },
    )
}

/// A card of Chronus' that is not sent, or is shown by another one.
fn fold_queue(f: &Fold<'_>, event: &Queue) -> Sql<()> {
    match event {
        Queue::Shown(event) => arrived(f, event.notification_id),
        Queue::Expired(event) => undeliverable(f, event.notification_id),
        Queue::Suppressed(event) if event.reason.is_void() => Ok(()),
        Queue::Suppressed(event) if event.reason.is_away() => {
            not_reached(f, event.notification_id, event.reason.as_str())
        }
        Queue::Suppressed(event) => undeliverable(f, event.notification_id),
        Queue::Deferred(event) if matches!(event.reason, DeferReason::Throttled | DeferReason::Conflict) => {
            waits_long(f, event.notification_id, event.reason.as_str())
        }
        Queue::Queued(_)
        | Queue::Requeued(_)
        | Queue::Deferred(_)
        | Queue::Withdrawn(_)
        | Queue::Merged(_) => Ok(()),
    }
}

/// What became of a card of Chronus' on its way.
fn fold_delivery(f: &Fold<'_>, event: &Delivery) -> Sql<()> {
    match event {
        Delivery::Delivered(event) => arrived(f, event.notification_id),
        Delivery::Seen(event) => seen(f, event.notification_id),
        Delivery::RetryScheduled(event) => put_off(f, event),
        Delivery::Refused(event) => match event.shows {
            Some(shows) => not_reached(f, event.notification_id, shows.as_str()),
            None => undeliverable(f, event.notification_id),
        },
        Delivery::Attempted(_) | Delivery::OutcomeUnknown(_) => Ok(()),
    }
}

/// Tells Chronus, unless the card is one of the chat itself or arrived after all.
pub(crate) fn undeliverable(f: &Fold<'_>, notification: NotificationId) -> Sql<()> {
    let found: Option<(String, Option<String>)> = f.rows()?.first(
        "SELECT organization, user FROM notifications
         WHERE id = ?1 AND organization IS NOT NULL AND state_position = ?2
           AND state IN ('refused', 'expired', 'suppressed', 'unroutable')",
        (notification.0.into_bytes(), f.position),
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let Some((organization, user)) = found else {
        return Ok(());
    };
    unreached::tell(f, notification, unreached::UNDELIVERABLE)?;
    let tell = Tell::of(ResponseKind::Undeliverable, &organization, notification);
    insert(
        f,
        &Tell {
            user: user.as_deref(),
            ..tell
        },
    )
}

/// A card of Chronus' was not sent since its person is away: they get it told when they come back.
fn not_reached(f: &Fold<'_>, notification: NotificationId, reason: &str) -> Sql<()> {
    let until_ms: Option<i64> = f.rows()?.first(
        "SELECT expires_ms FROM notifications WHERE id = ?1 AND organization IS NOT NULL AND state_position = ?2",
        (notification.0.into_bytes(), f.position),
        |row| row.get(0),
    )?;
    let Some(until_ms) = until_ms else { return Ok(()) };
    let is_news = unreached::tell(f, notification, reason)?;
    // A card that waited for its reader while the tenant was off was told of for that then.
    if is_news || reason != SuppressedReason::TenantOff.as_str() {
        return unreached(f, notification, until_ms);
    }
    Ok(())
}

/// A card that is tried again only much later: Chronus hears each reason once.
fn put_off(f: &Fold<'_>, event: &DeliveryRetryScheduled) -> Sql<()> {
    match event.put_off {
        Some(reason) => waits_long(f, event.notification_id, reason.as_str()),
        None => Ok(()),
    }
}

fn waits_long(f: &Fold<'_>, notification: NotificationId, reason: &str) -> Sql<()> {
    let until_ms: Option<i64> = f.rows()?.first(
        "SELECT expires_ms FROM notifications WHERE id = ?1 AND organization IS NOT NULL AND state_position = ?2",
        (notification.0.into_bytes(), f.position),
        |row| row.get(0),
    )?;
    let Some(until_ms) = until_ms else { return Ok(()) };
    if unreached::tell(f, notification, reason)? {
        unreached(f, notification, until_ms)?;
    }
    Ok(())
}

/// Tells Chronus that a card does not arrive as things stand, and until when it may.
pub(crate) fn unreached(f: &Fold<'_>, notification: NotificationId, until_ms: i64) -> Sql<()> {
    let found: Option<(String, Option<String>)> = f.db.first(
        "SELECT organization, user FROM notifications WHERE id = ?1 AND organization IS NOT NULL",
        [notification.0.into_bytes()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let Some((organization, user)) = found else {
        return Ok(());
    };
    let tell = Tell::of(ResponseKind::Unreached, &organization, notification);
    insert(
        f,
        &Tell {
            user: user.as_deref(),
            until_ms: Some(until_ms),
            ..tell
        },
    )
}

/// A card is in the chat: told once, where Chronus heard that it would not be, or wants to hear of each.
fn arrived(f: &Fold<'_>, notification: NotificationId) -> Sql<()> {
    let Some(told) = unreached::arrives(f, notification, false)? else {
        return Ok(());
    };
    if told.arrived {
        return Ok(());
    }
    let wanted = told.unreached || receipts(f, &told)?.contains(&Receipt::Delivered);
    if wanted {
        receipt(f, ResponseKind::Delivered, notification, &told)?;
    }
    Ok(())
}

/// A card was certainly seen: told once. Who saw it has it, so nothing is told of its arrival beside that. Of cards whose
/// answers are anonymous, only the arrival is told.
fn seen(f: &Fold<'_>, notification: NotificationId) -> Sql<()> {
    let Some(told) = unreached::arrives(f, notification, true)? else {
        return Ok(());
    };
    if told.seen {
        return Ok(());
    }
    let receipts = receipts(f, &told)?;
    let event = told.domain_event.map(|id| EventId(uuid::Uuid::from_bytes(id)));
    let anonymous = match event {
        Some(event) => subject_changes::asks_anonymously(f.db, event)?,
        None => false,
    };
    if receipts.contains(&Receipt::Seen) && !anonymous {
        return receipt(f, ResponseKind::Seen, notification, &told);
    }
    if !told.arrived && (told.unreached || receipts.contains(&Receipt::Delivered)) {
        return receipt(f, ResponseKind::Delivered, notification, &told);
    }
    Ok(())
}

fn receipts(f: &Fold<'_>, told: &Told) -> Sql<Vec<Receipt>> {
    tenants::receipts_of(f.db, &told.organization)
}

fn receipt(f: &Fold<'_>, kind: ResponseKind, notification: NotificationId, told: &Told) -> Sql<()> {
    let tell = Tell::of(kind, &told.organization, notification);
    insert(
        f,
        &Tell {
            user: told.user.as_deref(),
            ..tell
        },
    )
}

/// Something to tell Chronus.
struct Tell<'a> {
    kind: ResponseKind,
    organization: &'a str,
    notification: NotificationId,
    user: Option<&'a str>,
    written: Option<uuid::Uuid>,
    until_ms: Option<i64>,
}

impl<'a> Tell<'a> {
    fn of(kind: ResponseKind, organization: &'a str, notification: NotificationId) -> Self {
        Self {
            kind,
            organization,
            notification,
            user: None,
            written: None,
            until_ms: None,
        }
    }
}

fn insert(f: &Fold<'_>, tell: &Tell<'_>) -> Sql<()> {
    f.db.run(
        "INSERT INTO responses (position, organization, notification, user, state, attempts, due_ms, answered_ms,
             correlation, written, kind, until_ms, event, waiting_ms)
         VALUES (?1, ?2, ?3, ?4, 'pending', 0, ?5, ?5, ?6, ?7, ?8, ?9, ?10, ?5)",
        (
            f.position,
            tell.organization,
            tell.notification.0.into_bytes(),
            tell.user,
            f.ms,
            f.correlation.into_bytes(),
            tell.written.map(uuid::Uuid::into_bytes),
            name_of(&tell.kind),
            tell.until_ms,
            f.event.0.into_bytes(),
        ),
    )
    .map(drop)
}
