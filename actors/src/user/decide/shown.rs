//! What the chat shows of a subject that changed, or ended.

use events::SubjectRef;
use events::organization::{CardKind, SubjectFacts, SubjectState};
use uuid::Uuid;

use super::Decision;
use super::turn::{update, update_about};
use crate::user::state::{Notification, UserState};
use crate::user::subject::Subject;

/// A subject changed, or ended: whatever shows it in the chat does so as it is now, and takes no more of what has ended.
pub(super) fn show_end(
    decision: &mut Decision,
    state: &UserState,
    (name, after): (&SubjectRef, &Subject),
    cause: Uuid,
) {
    update_about(decision, state, name, cause);
    if !after.state.is_final() {
        return;
    }
    close_forms(decision, state, name, cause);
    if after.kind == CardKind::Connection {
        redraw_what_led_to(decision, state, Some(&after.facts), cause);
    }
}

/// Forms in the chat that are looked at when a conversation ends, newest first.
const FORMS: usize = 5;

/// A conversation ended: forms to write to somebody in it take nothing any more.
fn close_forms(decision: &mut Decision, state: &UserState, subject: &SubjectRef, causation_id: Uuid) {
    let writes = |card: &Notification| {
        matches!(card.card, CardKind::Connection | CardKind::Message) && card.is_from_chronus()
    };
    if !state.notifications.about(subject).any(writes) {
        return;
    }
    let forms = state.notifications.iter().rev();
    let forms = forms.filter(|card| matches!(card.card, CardKind::Compose | CardKind::WhichThread));
    for form in forms.take(FORMS) {
        update(decision, causation_id, form);
    }
}

/// A connection began or ended: the card of the request that led to it can say hello from now on, or no more.
pub(super) fn redraw_what_led_to(
    decision: &mut Decision,
    state: &UserState,
    connection: Option<&SubjectFacts>,
    causation_id: Uuid,
) {
    let Some(other) = connection.and_then(|facts| facts.counterpart.clone()) else {
        return;
    };
    let led_to_it = |card: &&Notification| {
        matches!(card.card, CardKind::MentoringRequest | CardKind::RequestOutcome)
            && card.facts.counterpart.as_ref() == Some(&other)
            && state
                .subject_of(card)
                .is_some_and(|subject| subject.state == SubjectState::Accepted)
    };
    for card in state.notifications.iter().filter(led_to_it) {
        update(decision, causation_id, card);
    }
}
