//! What a command leads to, typed or by a button. Whatever was asked, an answer is queued.

use chrono::TimeDelta;
use events::organization::{AnswerForm, CardKind, Role};
use events::user::{
    Command, CommandReceived, Connected, Disconnected, NotificationSuppressed, ProfileCause, Prompt,
    SuppressedReason,
};
use events::{NotificationId, Sealed, SubjectRef};

use super::happened::CLOCKS_DIFFER;
use super::on::On;
use super::turn::Turn;
use super::{answer, lists, profile, settings};
use crate::action::{Act, Meant, Typed};
use crate::user::state::Notification;
use crate::user::{membership, standing};

/// How long the question whether to disconnect may be answered by typing the command again.
const CONFIRM_LIFE: TimeDelta = TimeDelta::minutes(10);

/// What a button of ours names beside the command.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct From<'a> {
    /// The conversation that is to be written to.
    pub(super) conversation: Option<&'a SubjectRef>,
    /// The list that goes on.
    pub(super) list: Option<NotificationId>,
}

/// Does what a command asks for.
pub(super) fn obey(turn: &mut Turn<'_>, typed: &Typed<Sealed>, from: From<'_>) {
    if is_for_a_thread(turn, typed) {
        let at = turn.told_at();
        turn.record(CommandReceived {
            command: Command::Unknown,
            at,
        });
        return ask_where(turn);
    }
    let at = turn.told_at();
    turn.record(CommandReceived {
        command: typed.command,
        at,
    });
    // Who removed the app before this came, and was never met, cannot be looked up.
    let is_located = turn.state.conversation.is_some();
    if is_located && matches!(typed.command, Command::Help | Command::Status | Command::Connect) {
        profile::request(turn, Some(ProfileCause::Command));
    }
    let (state, now) = (turn.state, turn.now);
    match typed.command {
        Command::Help => turn.reply(CardKind::Help, Prompt::default()),
        Command::Status => turn.reply(CardKind::Status, Prompt::default()),
        Command::Privacy => turn.reply(CardKind::Privacy, Prompt::default()),
        Command::Notifications => turn.reply(CardKind::Settings, Prompt::default()),
        Command::Pending => lists::whole(turn, CardKind::Pending),
        Command::Meetings => lists::whole(turn, CardKind::Meetings),
        Command::Events => lists::whole(turn, CardKind::Events),
        Command::Connections => lists::whole(turn, CardKind::Connections),
        Command::Message => {
            let query = typed.argument.clone();
            let named = from
                .conversation
                .and_then(|subject| standing::written_on(state, subject, now));
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
        Command::More => lists::more(turn, from.list),
        Command::Unknown => not_understood(turn, typed),
    }
}

/// Sends the card of a thing anew, of a list's line the one that it stands for; where that is gone, what waits.
pub(super) fn show(turn: &mut Turn<'_>, subject: Option<&SubjectRef>, line: Option<NotificationId>) {
    let state = turn.state;
    let line = line.and_then(|line| state.notification(line));
    if let Some(card) = line.filter(|card| card.is_from_chronus() && membership::is_theirs(state, card)) {
        return turn.reply_about(card);
    }
    let theirs = subject.filter(|subject| membership::has(state, subject));
    if let Some(card) = theirs.and_then(|subject| standing::card_about(state, subject)) {
        return turn.reply_about(card);
    }
    lists::whole(turn, CardKind::Pending);
}

/// The answer lists what was missed.
fn connect(turn: &mut Turn<'_>) {
    if turn.is_overtaken(turn.state.wished_at.connection) {
        return turn.reply_overtaken();
    }
    if !turn.state.connected {
        let at = turn.told_at();
        turn.record(Connected { at });
    }
    turn.reply(CardKind::Connected, Prompt::default());
}

/// Asks back; the same command again right after means it.
fn disconnect(turn: &mut Turn<'_>) {
    let state = turn.state;
    if turn.is_overtaken(state.wished_at.connection) {
        return turn.reply_overtaken();
    }
    let asked = state
        .notifications
        .iter()
        .rev()
        .find(|card| !card.is_from_chronus());
    let asked = asked.is_some_and(|card| {
        // Said before the question was asked, it is no answer to it.
        card.card == CardKind::ConfirmDisconnect
            && turn.now - card.queued_at < CONFIRM_LIFE
            && turn.happened_at() >= card.queued_at - CLOCKS_DIFFER
    });
    if state.connected && !asked {
        return turn.reply(CardKind::ConfirmDisconnect, Prompt::default());
    }
    if state.connected {
        let at = turn.told_at();
        turn.record(Disconnected { at });
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

/// `accept 2`: the number is that of the list which the person saw last, else of what waits now. A line that they did not
/// see yet is shown and not answered.
fn answer_item(turn: &mut Turn<'_>, typed: &Typed<Sealed>) {
    let list = lists::numbered(turn, typed.number);
    let place = match typed.number {
        Some(number) => usize::try_from(number)
            .ok()
            .and_then(|number| number.checked_sub(1)),
        None => (list.of.len() == 1).then_some(0),
    };
    let item = place
        .and_then(|place| list.of.get(place))
        .and_then(|id| turn.state.notification(*id));
    if let Some(card) = item
        && place.is_some_and(|place| list.was_seen(place))
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
            from: place
                .filter(|place| *place < list.of.len())
                .map_or(0, lists::page_of),
            of: list.of,
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
        // Nobody has read what stands on no card but as a line.
        AnswerForm::Acknowledgement if accepts && card.phase.may_be_shown() => Act::Acknowledge,
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
