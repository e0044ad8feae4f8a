//! The organization switched Teams off for a programme or an ERG: what waits of it is not sent, and what was missed of it is listed
//! by no card. What stands in the chat stays, and stays true.

use events::NotificationId;
use events::user::{NotificationSuppressed, SuppressedReason};

use super::Decision;
use super::cause::record;
use crate::user::state::{Notification, Phase, UserState};

pub(super) fn stop(state: &UserState, id: NotificationId, reason: SuppressedReason) -> Decision {
    let Some(card) = state.notification(id).filter(|card| may_come(state, card)) else {
        return Decision::nothing();
    };
    let mut decision = Decision::new(format!("stop/{}", card.next_try()));
    let event = NotificationSuppressed {
        notification_id: id,
        reason,
    };
    record(&mut decision, card, event);
    decision
}

/// Whether the person would be told of the card by itself or by a list.
fn may_come(state: &UserState, card: &Notification) -> bool {
    if !card.is_from_chronus() || card.switched_off {
        return false;
    }
    let waits_for_a_list = || matches!(card.phase, Phase::Merged(_)) && card.delivered_at.is_none();
    card.phase.is_unsent() || waits_for_a_list() || state.missed.of.contains(&card.id)
}
