//! Which cards in the chat show something older than they should.

use chrono::{DateTime, Utc};
use events::user::Reachability;

use super::state::{Notification, Phase, UserState};

/// Whether the chat shows an older revision than it should.
pub(crate) fn wants_update(card: &Notification) -> bool {
    card.phase == Phase::Delivered && card.wanted > card.shown && !card.frozen
}

/// Whether it does, and the next try need not wait.
pub(crate) fn update_is_due(card: &Notification, now: DateTime<Utc>) -> bool {
    wants_update(card) && card.update_retry_at.is_none_or(|at| at <= now)
}

/// Whether the person could not be reached so far, as far as is known.
fn is_away(state: &UserState) -> bool {
    !state.installed || state.reachability != Reachability::Reachable
}

/// Cards whose update was left while the person could not be reached: whoever comes back is to see them as they are
/// now. None for whoever was there.
pub(crate) fn left_while_away(state: &UserState) -> impl Iterator<Item = &Notification> {
    let away = is_away(state);
    state
        .notifications
        .iter()
        .filter(move |card| away && wants_update(card))
}
