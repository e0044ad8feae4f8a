//! The card that lists what was not sent while the tenant was switched off: it waits from then on.

use chrono::{DateTime, TimeDelta, Utc};
use events::NotificationId;
use events::organization::{CardKind, Class};
use events::user::{NotificationQueued, NotificationSuppressed, Source, SuppressedReason, UnknownPolicy};

use super::turn::Turn;
use crate::user::state::UserState;

/// How long the card for afterwards is kept; it lists only what still holds by then.
pub(super) const LIFE: TimeDelta = TimeDelta::days(366);

/// Whether a card waits, beside this one, that will list what was not sent.
pub(super) fn waits(state: &UserState, beside: NotificationId) -> bool {
    let mut cards = state.notifications.iter();
    cards.any(|card| {
        matches!(card.card, CardKind::CatchUp | CardKind::WelcomeBack)
            && card.phase.is_unsent()
            && card.class != Class::Reply
            && card.id != beside
    })
}

/// The card that lists what was not sent, to wait until the tenant is on.
pub(super) fn queued(notification_id: NotificationId, now: DateTime<Utc>) -> NotificationQueued {
    NotificationQueued {
        notification_id,
        source: Source::Chat,
        card: CardKind::CatchUp,
        subject: None,
        class: Class::Direct,
        expires_at: now + LIFE,
        unknown_policy: UnknownPolicy::Retry,
        state: None,
        facts: None,
        prompt: None,
        awaited: false,
        happened_at: None,
        member_id: None,
    }
}

/// A greeting that lists what was missed was queued: the card that waited to list it is not needed any more, but for one
/// that waits for a pause to end, in which a greeting lists nothing.
pub(super) fn lists_instead(turn: &mut Turn<'_>) {
    let state = turn.state;
    let paused = state.paused_until.is_some_and(|until| until > turn.now);
    if paused || !state.connected {
        return;
    }
    let waiting = state.notifications.iter();
    let waiting = waiting.filter(|card| card.card == CardKind::CatchUp && card.phase.is_unsent());
    for card in waiting {
        let event = NotificationSuppressed {
            notification_id: card.id,
            reason: SuppressedReason::Superseded,
        };
        turn.record_on(card, event);
    }
}
