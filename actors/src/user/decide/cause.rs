//! What causes that which becomes of a card on its way: a step of the card's own thread.

use events::{EventId, UserEvent};
use uuid::Uuid;

use super::Decision;
use crate::user::state::Notification;

/// The id of the thread's step that delivery events name as their cause.
pub(super) fn cause(card: &Notification) -> Uuid {
    EventId::derive(["delivery", card.id.to_string().as_str()]).0
}

/// Records what became of a card on its way.
pub(super) fn record(decision: &mut Decision, card: &Notification, event: impl Into<UserEvent>) {
    decision.record(card.correlation_id, cause(card), event);
}
