//! What a press leads to. Who presses is known from the activity; which card and which subject is looked up in this
//! person's own state, so a press can never reach anything else. A press that has no effect any more is harmless: its
//! answer is the card as it is now.

use events::organization::CardKind;
use events::user::{ErasureRequested, IgnoredReason, InputFault, SeenEvidence};
use events::{ActivityId, Sealed, SubjectRef};

use super::answer;
use super::asked::{self, From};
use super::on::On;
use super::seen::{in_message, seen};
use super::settings::{self, Saved};
use super::turn::{Refusal, Turn};
use crate::action::Act;
use crate::user::command::Press;
use crate::user::standing;
use crate::user::state::{Notification, UserState};

/// The card that was pressed: the one that the press names, and where it names none, the one in the message that it
/// came from.
pub(crate) fn pressed_card<'a>(
    state: &'a UserState,
    press: &Press,
    message: Option<&ActivityId>,
) -> Option<&'a Notification> {
    match (press.on, message) {
        (Some(id), _) => state.notification(id),
        (None, Some(message)) => in_message(state, message),
        (None, None) => None,
    }
}

pub(super) fn pressed(turn: &mut Turn<'_>, press: &Press, message: Option<&ActivityId>) {
    if let Act::Run(typed) = &press.act {
        let from = From {
            conversation: press.subject.as_ref(),
            list: press.on,
        };
        return asked::obey(turn, typed, from);
    }
    if press.act == Act::Show {
        return asked::show(turn, press.subject.as_ref(), press.line);
    }
    let state = turn.state;
    let Some(card) = pressed_card(state, press, message) else {
        let reason = if press.act == Act::Unknown {
            IgnoredReason::UnknownAction
        } else {
            IgnoredReason::UnknownCard
        };
        return turn.ignore(None, reason);
    };
    seen(turn, card, SeenEvidence::Pressed);
    match &press.act {
        Act::Refresh | Act::Show | Act::Run(_) => {}
        Act::Unknown => turn.ignore(Some(card), Refusal::NOT_AN_ACTION),
        Act::SaveSettings(form) if form.invalid => turn.ignore(Some(card), InputFault::NotOffered),
        Act::SaveSettings(form) => {
            let saved = settings::save(turn, form);
            on_settings(turn, card, saved);
        }
        Act::SetPause(time) => {
            let until = time.and_then(|time| settings::pause_until(turn, time));
            let Some(until) = until else {
                return turn.ignore(Some(card), InputFault::NotOffered);
            };
            let saved = settings::set_pause(turn, until);
            on_settings(turn, card, saved);
        }
        Act::EndPause => {
            let saved = settings::end_pause(turn);
            if saved == Saved::Changed {
                turn.catch_up();
            }
            on_settings(turn, card, saved);
        }
        Act::ConfirmDisconnect => {
            let saved = settings::disconnect(turn);
            on_settings(turn, card, saved);
        }
        Act::ConfirmErasure => forget(turn, card),
        act @ (Act::AcceptRequest
        | Act::DeclineRequest { .. }
        | Act::AcceptMeeting { .. }
        | Act::DeclineMeeting { .. }
        | Act::ProposeMeeting { .. }
        | Act::TellMeetingHeld { .. }
        | Act::Rsvp(_)
        | Act::AnswerSurvey { .. }
        | Act::BackInSurvey
        | Act::SkipInSurvey
        | Act::SubmitSurvey { .. }
        | Act::Acknowledge
        | Act::RequestMatch { .. }
        | Act::DismissMatch
        | Act::Reply { .. }
        | Act::Send { .. }
        | Act::CompleteTask) => match target(turn, card, press.subject.as_ref(), act) {
            Some(about) => {
                let on = On {
                    card: about,
                    pressed: Some(card),
                    revision: press.revision,
                    input: Some(&press.input),
                };
                answer::give(turn, &on, act);
            }
            None => turn.ignore(Some(card), Refusal::NOT_OF_THIS_CARD),
        },
    }
}

/// Whoever is asked on the card of `privacy` whether they mean it, and does, is forgotten; asked for once it is under way.
fn forget(turn: &mut Turn<'_>, card: &Notification) {
    if card.card != CardKind::Privacy {
        return turn.ignore(Some(card), Refusal::NOT_OF_THIS_CARD);
    }
    if turn.state.erasing {
        return turn.ignore(Some(card), IgnoredReason::AlreadyResolved);
    }
    turn.record(ErasureRequested {
        notification_id: card.id,
    });
    turn.update(card);
}

/// A setting was changed on a card, was so already, or came too late to change anything.
fn on_settings(turn: &mut Turn<'_>, card: &Notification, saved: Saved) {
    match saved {
        Saved::Changed => turn.update(card),
        Saved::Unchanged => turn.ignore(Some(card), IgnoredReason::AlreadyResolved),
        Saved::Overtaken => turn.ignore(Some(card), Refusal::OVERTAKEN),
    }
}

/// The card about the subject that is meant: the pressed one, or on a card of the chat the one that stands for the
/// subject that it names or shows.
fn target<'a>(
    turn: &Turn<'a>,
    pressed: &'a Notification,
    subject: Option<&'a SubjectRef>,
    act: &Act<Sealed>,
) -> Option<&'a Notification> {
    let state = turn.state;
    match subject {
        Some(subject) if pressed.subject.as_ref() != Some(subject) => {
            // Only a card that shows several things may name one.
            if pressed.is_from_chronus() || !state.subjects.contains_key(subject) {
                return None;
            }
            let follow_up = || {
                let mut about = state.notifications.about(subject).rev();
                about.find(|card| card.card == CardKind::MeetingFollowUp)
            };
            if matches!(act, Act::TellMeetingHeld { .. }) {
                return follow_up();
            }
            let written_on = matches!(act, Act::Reply { .. } | Act::Send { .. })
                .then(|| standing::written_on(state, subject, turn.now))
                .flatten();
            written_on.or_else(|| standing::card_about(state, subject))
        }
        _ if pressed.is_from_chronus() => Some(pressed).filter(|card| card.subject.is_some()),
        _ => standing::card_about(state, pressed.subject.as_ref()?),
    }
}
