//! Cards that a person does not get any more since they are not whom these were meant for.

use events::user::{NotificationSuppressed, SuppressedReason};

use super::{Decision, cause};
use crate::user::state::{Notification, Phase, UserState};

/// Cards of Chronus' that wait, or were missed while the person was away, are somebody else's where `which` says so: Chronus
/// hears that they reach nobody.
pub(super) fn not_sent(decision: &mut Decision, state: &UserState, which: impl Fn(&Notification) -> bool) {
    end(decision, state, which, SuppressedReason::Unlinked);
}

/// All of them end since the person is forgotten.
pub(super) fn forgotten(decision: &mut Decision, state: &UserState) {
    end(decision, state, |_| true, SuppressedReason::Erased);
}

fn end(
    decision: &mut Decision,
    state: &UserState,
    which: impl Fn(&Notification) -> bool,
    reason: SuppressedReason,
) {
    let waiting = state.notifications.iter().filter(|card| waits(card));
    for card in waiting.chain(missed(state)).filter(|card| which(card)) {
        let event = NotificationSuppressed {
            notification_id: card.id,
            reason,
        };
        decision.record(card.correlation_id, cause::cause(card), event);
    }
}

/// Cards of Chronus' that were not sent while the person was away, and of which nothing was told yet.
pub(super) fn missed(state: &UserState) -> impl Iterator<Item = &Notification> {
    let missed = state.missed.of.iter().filter_map(|id| state.notification(*id));
    missed.filter(|card| card.is_from_chronus() && card.phase == Phase::Suppressed)
}

/// Whether a card of Chronus' was not sent yet.
pub(super) fn waits(card: &Notification) -> bool {
    card.is_from_chronus() && card.phase.is_unsent()
}
