//! What an activity from Teams leads to: one decision, hence one append.

use chrono::{DateTime, Utc};
use events::UserEvent;
use events::organization::{CardKind, Class};
use events::user::{
    AppUninstalled, InstallEvidence, NotificationSuppressed, Prompt, Queue, Reachability, SeenEvidence,
    SuppressedReason,
};

use super::asked::{self, From};
use super::seen::{in_message, read_up_to, seen, unnoticed};
use super::turn::Turn;
use super::{Decision, afterwards, presence, press, switched_off};
use crate::action::Act;
use crate::settings::Rules;
use crate::user::command::{ActivityChat, Inbound, What};
use crate::user::state::delivery::tells_missed;
use crate::user::state::{Notification, UserState};

/// What somebody who was erased does to come back: they add the app, in their own chat. A late word or receipt brings nobody back.
pub(super) fn comes_back(state: &UserState, inbound: &Inbound, now: DateTime<Utc>) -> Option<Inbound> {
    let adds = matches!(inbound.what, What::Installed(_)) && !presence::is_late(state, inbound, now);
    let chat = presence::own_chat(state, inbound).filter(|_| adds)?;
    Some(Inbound {
        chat: ActivityChat::Own(chat.clone()),
        ..inbound.clone()
    })
}

pub(super) fn receive(state: &UserState, inbound: &Inbound, now: DateTime<Utc>, rules: &Rules) -> Decision {
    if state.handled.contains(inbound.activity_key) {
        return Decision::nothing();
    }
    let mut turn = Turn {
        state,
        inbound,
        now,
        rules,
        decision: Decision::new(inbound.activity_key.to_string()),
    };
    let own_chat = presence::own_chat(state, inbound);
    let late = presence::is_late(state, inbound, now);
    if let What::Uninstalled(evidence) = inbound.what {
        // Of somebody unknown only the time is kept: an install from before it that comes later is old news.
        if own_chat.is_some() && !late {
            if state.installed {
                turn.record(AppUninstalled { evidence });
                presence::reach(&mut turn, Reachability::Uninstalled, "uninstalled");
            }
            presence::note_time(&mut turn);
        }
        return turn.decision;
    }
    if let Some(chat) = own_chat {
        presence::observe(&mut turn, chat);
    }
    let is_there = own_chat.is_some() && (state.installed || !late);
    match &inbound.what {
        What::Installed(_) | What::Upgraded => {
            if is_there {
                greet(&mut turn);
            }
        }
        What::Typed(typed) if inbound.tenant_off => switched_off::typed(&mut turn, typed.command),
        What::Typed(typed) => asked::obey(&mut turn, typed, From::default()),
        What::Pressed { press, on } => {
            if let Act::Run(typed) = &press.act
                && inbound.tenant_off
            {
                switched_off::typed(&mut turn, typed.command);
            } else {
                press::pressed(&mut turn, press, on.as_ref());
            }
        }
        What::Reacted(activity_id) => {
            if let Some(card) = in_message(state, activity_id) {
                seen(&mut turn, card, SeenEvidence::Reaction);
            }
        }
        What::ReadUpTo(activity_id) => {
            if let Some(card) = unnoticed(state, activity_id) {
                seen(&mut turn, card, SeenEvidence::ReadReceipt);
            }
            for card in read_up_to(state, activity_id.as_str()) {
                seen(&mut turn, card, SeenEvidence::ReadReceipt);
            }
        }
        What::Contact | What::Uninstalled(_) => {}
    }
    if own_chat.is_some() && !late {
        welcome_back(&mut turn);
    }
    turn.decision
}

/// Who could not be reached and shows up gets what they missed, unless a greeting or a command brings it.
fn welcome_back(turn: &mut Turn<'_>) {
    let was_away = turn.state.welcomed && turn.state.reachability != Reachability::Reachable;
    let told = turn.decision.facts.iter().any(|fact| {
        matches!(&fact.event, UserEvent::Queue(Queue::Queued(card))
            if tells_missed(card.card))
    });
    if was_away && !told && turn.state.connected {
        turn.catch_up();
    }
}

/// Welcome once, for ever; later installs are greeted as a return.
fn greet(turn: &mut Turn<'_>) {
    let returns = match turn.inbound.what {
        What::Installed(InstallEvidence::InstallationUpdate) => {
            !turn.state.installed || presence::installs_again(turn)
        }
        What::Upgraded => !turn.state.installed,
        What::Installed(_)
        | What::Uninstalled(_)
        | What::Typed(_)
        | What::Pressed { .. }
        | What::Reacted(_)
        | What::ReadUpTo(_)
        | What::Contact => false,
    };
    let card = if !turn.state.welcomed {
        CardKind::Welcome
    } else if returns {
        CardKind::WelcomeBack
    } else {
        return;
    };
    if turn.state.notifications.iter().any(greets_still) {
        return;
    }
    let id = turn.inbound.reply_id();
    // Nobody is greeted while the tenant is off, so the greeting is kept for as long as that may last.
    let life = if turn.inbound.tenant_off {
        afterwards::LIFE
    } else {
        turn.rules.time_to_live
    };
    turn.queue(id, card, Class::Direct, turn.now + life, Prompt::default());
    if card == CardKind::WelcomeBack {
        lists_instead(turn);
    }
}

/// A greeting that was not sent yet is the greeting of this install, too.
fn greets_still(card: &Notification) -> bool {
    matches!(card.card, CardKind::Welcome | CardKind::WelcomeBack) && card.phase.is_unsent()
}

/// A greeting that lists what was missed was queued: the card that waited to list it is not needed any more, but for one
/// that waits for a pause to end, in which a greeting lists nothing.
fn lists_instead(turn: &mut Turn<'_>) {
    let state = turn.state;
    let paused = state.paused_until.is_some_and(|until| until > turn.now);
    if paused || !state.connected {
        return;
    }
    let waiting = state.notifications.iter();
    let waiting = waiting.filter(|card| card.card == CardKind::CatchUp && card.phase.is_unsent());
    for card in waiting {
        let event = NotificationSuppressed {
            notification_id: card.id,
            reason: SuppressedReason::Superseded,
        };
        turn.record_on(card, event);
    }
}
