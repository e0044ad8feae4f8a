//! The card that lists what was not sent while the tenant was switched off: it waits from then on.

use chrono::{DateTime, TimeDelta, Utc};
use events::NotificationId;
use events::organization::{CardKind, Class};
use events::user::{NotificationQueued, Source, UnknownPolicy};

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
        most_a_day: None,
        member_id: None,
    }
}
