//! What brings a card back: the chat's new address, and an operator's replay.

use chrono::{DateTime, Utc};
use events::NotificationId;
use events::user::{ConversationRef, NotificationRequeued, ProfileRequested, ReferenceRefreshed};
use uuid::Uuid;

use super::Decision;
use super::cause::cause;
use crate::settings::REPLAY_LIFE;
use crate::user::command::Requeue;
use crate::user::revisions::wants_update;
use crate::user::state::{Notification, Phase, UserState};

/// The chat was asked for anew before a try. The new address holds for everything that follows.
pub(super) fn opened(
    state: &UserState,
    id: NotificationId,
    attempt: u32,
    conversation: &ConversationRef,
) -> Decision {
    let Some(card) = state
        .notification(id)
        .filter(|card| card.phase == Phase::Attempted && card.attempts == attempt && card.recovery.is_some())
    else {
        return Decision::nothing();
    };
    reopened(state, card, format!("opened/{id}/{attempt}"), conversation)
}

/// The same before an update in place.
pub(super) fn opened_for_update(
    state: &UserState,
    id: NotificationId,
    revision: u32,
    conversation: &ConversationRef,
) -> Decision {
    let Some(card) = state
        .notification(id)
        .filter(|card| wants_update(card) && card.update_recovery.is_some())
    else {
        return Decision::nothing();
    };
    let key = format!("opened/{id}/{revision}/{}", card.update_tries);
    reopened(state, card, key, conversation)
}

/// Who could not be looked up in the chat that was known is looked up in this one.
fn reopened(state: &UserState, card: &Notification, key: String, conversation: &ConversationRef) -> Decision {
    let mut decision = Decision::new(key);
    let event = ReferenceRefreshed {
        conversation: conversation.clone(),
        recovered_for: Some(card.id),
    };
    decision.record(card.correlation_id, cause(card), event);
    let unread = state
        .profile
        .failed
        .as_ref()
        .is_some_and(|failed| failed.is_final);
    if unread && state.conversation.as_ref() != Some(conversation) {
        decision.record(
            card.correlation_id,
            cause(card),
            ProfileRequested { because: None },
        );
    }
    decision
}

/// An operator's replay. Whether the card may go out is decided when it is sent, as for any other.
pub(super) fn requeue(
    state: &UserState,
    id: NotificationId,
    replay_id: Uuid,
    by: &str,
    now: DateTime<Utc>,
) -> Decision {
    let Some(card) = state.notification(id) else {
        return Decision::nothing();
    };
    if verdict(state, id, replay_id) != Requeue::Done || card.replays.contains(&replay_id) {
        return Decision::nothing();
    }
    let mut decision = Decision::new(format!("requeue/{id}/{replay_id}"));
    let event = NotificationRequeued {
        notification_id: id,
        replay_id,
        expires_at: if card.expires_at > now {
            card.expires_at
        } else {
            now + REPLAY_LIFE
        },
        by: by.to_owned(),
    };
    decision.record(card.correlation_id, replay_id, event);
    decision
}

/// What a replay does, or did, to a card.
fn verdict(state: &UserState, id: NotificationId, replay_id: Uuid) -> Requeue {
    let Some(card) = state.notification(id) else {
        return Requeue::Missing;
    };
    if card.replays.contains(&replay_id) {
        Requeue::Done
    } else if !card.phase.is_dead() {
        Requeue::NotDead
    } else if state
        .subject_of(card)
        .is_some_and(|subject| subject.state.is_final())
    {
        Requeue::SubjectEnded
    } else {
        Requeue::Done
    }
}

/// What the operator is told, read off the state after the facts were applied.
pub(crate) fn requeued(state: &UserState, id: NotificationId, replay_id: Uuid) -> Requeue {
    verdict(state, id, replay_id)
}
