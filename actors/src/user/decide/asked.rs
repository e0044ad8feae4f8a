//! What a command leads to, typed or by a button. Whatever was asked, an answer is queued.

use chrono::TimeDelta;
use events::organization::{AnswerForm, CardKind, Role};
use events::user::{
    Command, CommandReceived, Connected, Disconnected, NotificationSuppressed, ProfileCause, Prompt,
    SuppressedReason,
};
use events::{NotificationId, Sealed, SubjectRef};

use super::on::On;
use super::turn::Turn;
use super::{answer, profile, settings};
use crate::action::{Act, Meant, Typed};
use crate::card::ListView;
use crate::user::state::Notification;
use crate::user::{membership, standing};

/// How long the question whether to disconnect may be answered by typing the command again.
const CONFIRM_LIFE: TimeDelta = TimeDelta::minutes(10);
/// How long the numbers of a list that was shown can be typed.
const NUMBERS_LIFE: TimeDelta = TimeDelta::days(1);

/// Does what a command asks for. `subject` is the conversation that a button of ours names.
pub(super) fn obey(turn: &mut Turn<'_>, typed: &Typed<Sealed>, subject: Option<&SubjectRef>) {
    if is_for_a_thread(turn, typed) {
        turn.record(CommandReceived {
            command: Command::Unknown,
        });
        return ask_where(turn);
    }
    turn.record(CommandReceived {
        command: typed.command,
    });
    if matches!(typed.command, Command::Help | Command::Status | Command::Connect) {
        profile::request(turn, Some(ProfileCause::Command));
    }
    let (state, now) = (turn.state, turn.now);
    let list = |cards: Vec<&Notification>| Prompt {
        of: cards.iter().take(ListView::MOST).map(|card| card.id).collect(),
        ..Prompt::default()
    };
    match typed.command {
        Command::Help => turn.reply(CardKind::Help, Prompt::default()),
        Command::Status => turn.reply(CardKind::Status, Prompt::default()),
        Command::Privacy => turn.reply(CardKind::Privacy, Prompt::default()),
        Command::Notifications => turn.reply(CardKind::Settings, Prompt::default()),
        Command::Pending => turn.reply(CardKind::Pending, list(standing::pending(state, now))),
        Command::Meetings => turn.reply(CardKind::Meetings, list(standing::meetings(state, now))),
        Command::Events => turn.reply(CardKind::Events, list(standing::events(state, now))),
        Command::Connections => turn.reply(CardKind::Connections, list(standing::connections(state))),
        Command::Message => {
            let query = typed.argument.clone();
            let named = subject.and_then(|subject| standing::written_on(state, subject, now));
            turn.reply(
                CardKind::Compose,
                Prompt {
                    query,
                    of: named.map(|card| card.id).into_iter().collect(),
                    ..Prompt::default()
                },
            );
        }
        Command::Connect => connect(turn),
        Command::Disconnect => disconnect(turn),
        Command::Pause => settings::pause(turn, typed.pause),
        Command::Resume => settings::resume(turn),
        Command::Quiet => settings::quiet(turn, typed.quiet),
        Command::Accept | Command::Decline => answer_item(turn, typed),
        Command::Unknown => not_understood(turn, typed),
    }
}

/// Sends the card of a thing anew; where that is gone, what waits.
pub(super) fn show(turn: &mut Turn<'_>, subject: Option<&SubjectRef>) {
    let (state, now) = (turn.state, turn.now);
    let theirs = subject.filter(|subject| membership::has(state, subject));
    if let Some(card) = theirs.and_then(|subject| standing::card_about(state, subject)) {
        return turn.reply_about(card);
    }
    let pending = standing::pending(state, now);
    turn.reply(
        CardKind::Pending,
        Prompt {
            of: pending.iter().take(ListView::MOST).map(|card| card.id).collect(),
            ..Prompt::default()
        },
    );
}

/// The answer lists what was missed.
fn connect(turn: &mut Turn<'_>) {
    if !turn.state.connected {
        turn.record(Connected {});
    }
    turn.reply(CardKind::Connected, Prompt::default());
}

/// Asks back; the same command again right after means it.
fn disconnect(turn: &mut Turn<'_>) {
    let state = turn.state;
    let asked = state
        .notifications
        .iter()
        .rev()
        .find(|card| !card.is_from_chronus());
    let asked = asked.is_some_and(|card| {
        card.card == CardKind::ConfirmDisconnect && turn.now - card.queued_at < CONFIRM_LIFE
    });
    if state.connected && !asked {
        return turn.reply(CardKind::ConfirmDisconnect, Prompt::default());
    }
    if state.connected {
        turn.record(Disconnected {});
    }
    turn.reply(CardKind::Disconnected, Prompt::default());
}

/// Asks where a text belongs. Of several such questions only the newest is to be answered.
fn ask_where(turn: &mut Turn<'_>) {
    turn.reply(CardKind::WhichThread, Prompt::default());
    match standing::open_question(turn.state) {
        Some(older) if older.phase.is_unsent() => turn.record_on(
            older,
            NotificationSuppressed {
                notification_id: older.id,
                reason: SuppressedReason::Superseded,
            },
        ),
        Some(older) => turn.update(older),
        None => {}
    }
}

/// Whether the text is offered to the open threads that it could belong to: somebody may have meant to answer a message,
/// whatever word of a command stands in it.
fn is_for_a_thread(turn: &Turn<'_>, typed: &Typed<Sealed>) -> bool {
    typed.meant == Meant::Words && !standing::threads(turn.state, turn.now).is_empty()
}

/// Text that is no command: the nearest commands. The text itself is gone by now.
fn not_understood(turn: &mut Turn<'_>, typed: &Typed<Sealed>) {
    let near = typed.near.clone();
    turn.reply(
        CardKind::NotUnderstood,
        Prompt {
            near,
            ..Prompt::default()
        },
    );
}

/// `accept 2`: the number is that of the list which the person saw last, else of what waits now.
fn answer_item(turn: &mut Turn<'_>, typed: &Typed<Sealed>) {
    let (state, now) = (turn.state, turn.now);
    let shown = state
        .notifications
        .iter()
        .rev()
        .find(|card| card.card == CardKind::Pending && now - card.queued_at < NUMBERS_LIFE);
    let of: Vec<NotificationId> = match shown {
        Some(list) if typed.number.is_some() => list.of.clone(),
        _ => {
            let pending = standing::pending(state, now);
            pending.iter().take(ListView::MOST).map(|card| card.id).collect()
        }
    };
    let place = match typed.number {
        Some(number) => usize::try_from(number)
            .ok()
            .and_then(|number| number.checked_sub(1)),
        None => (of.len() == 1).then_some(0),
    };
    let item = place
        .and_then(|place| of.get(place))
        .and_then(|id| state.notification(*id));
    if let Some(card) = item
        && let Some(act) = meant(card, typed.command)
    {
        answer::give(turn, &On::by_command(card), &act);
    }
    let item = typed
        .number
        .or_else(|| place.and_then(|place| u32::try_from(place + 1).ok()));
    turn.reply(
        CardKind::Pending,
        Prompt {
            of,
            item,
            ..Prompt::default()
        },
    );
}

/// What accepting or declining means for a card; nothing where it takes more than that to answer it.
fn meant(card: &Notification, command: Command) -> Option<Act<Sealed>> {
    use events::user::Rsvp;
    let accepts = command == Command::Accept;
    if card.card.role() != Role::Main {
        return None;
    }
    Some(match card.card.answer() {
        AnswerForm::Request if accepts => Act::AcceptRequest,
        AnswerForm::Request => Act::DeclineRequest {
            reason: None,
            note: None,
        },
        AnswerForm::Meeting if accepts => Act::AcceptMeeting { slot: None },
        AnswerForm::Meeting => Act::DeclineMeeting { note: None },
        AnswerForm::Rsvp if accepts => Act::Rsvp(Rsvp::Going),
        AnswerForm::Rsvp => Act::Rsvp(Rsvp::NotGoing),
        AnswerForm::Acknowledgement if accepts => Act::Acknowledge,
        AnswerForm::Acknowledgement
        | AnswerForm::Held
        | AnswerForm::Survey
        | AnswerForm::Match
        | AnswerForm::Reply
        | AnswerForm::Words
        | AnswerForm::Done
        | AnswerForm::Nothing => return None,
    })
}
