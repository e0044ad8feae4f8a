//! What an activity from Teams leads to: one decision, hence one append.

use chrono::{DateTime, TimeDelta, Utc};
use events::organization::{CardKind, Class};
use events::user::{
    AppUninstalled, InstallEvidence, NotificationSeen, Prompt, Queue, Reachability, SeenEvidence,
};
use events::{ActivityId, UserEvent};

use super::presence::{self, CLOCKS_DIFFER};
use super::turn::Turn;
use super::{Decision, asked, press, sending, switched_off};
use crate::action::Act;
use crate::settings::Rules;
use crate::user::command::{Inbound, What};
use crate::user::state::delivery::tells_missed;
use crate::user::state::{Notification, Phase, UserState};

/// A message that a try made is made within this time.
const LONGEST_TRY: TimeDelta = TimeDelta::seconds(65);

/// Cards marked as seen by one read receipt, at most; older ones were marked by earlier receipts.
const READ_AT_ONCE: usize = 100;

pub(super) fn receive(state: &UserState, inbound: &Inbound, now: DateTime<Utc>, rules: &Rules) -> Decision {
    if state.handled.contains(inbound.activity_key) || state.erased {
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
        What::Typed(typed) => asked::obey(&mut turn, typed, None),
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
    let id = turn.inbound.reply_id();
    let expires_at = turn.now + turn.rules.time_to_live;
    turn.queue(id, card, Class::Direct, expires_at, Prompt::default());
}

pub(super) fn seen(turn: &mut Turn<'_>, card: &Notification, evidence: SeenEvidence) {
    let settles = matches!(card.phase, Phase::Attempted | Phase::Unknown(_));
    if (card.seen && !settles) || !card.phase.may_be_shown() {
        return;
    }
    let activity_id = match &turn.inbound.what {
        What::Pressed { on, .. } => on.clone(),
        What::Reacted(id) | What::ReadUpTo(id) if card.activity_id.is_none() => Some(id.clone()),
        What::Installed(_)
        | What::Upgraded
        | What::Uninstalled(_)
        | What::Typed(_)
        | What::Reacted(_)
        | What::ReadUpTo(_)
        | What::Contact => card.activity_id.clone(),
    };
    let event = NotificationSeen {
        notification_id: card.id,
        evidence,
        activity_id,
    };
    turn.record_on(card, event);
    if settles {
        let cause = turn.inbound.activity_key;
        sending::shown_by(&mut turn.decision, turn.state, card, cause);
    }
}

/// The card in this message, whether or not its id was told when it was sent.
pub(super) fn in_message<'a>(state: &'a UserState, message: &ActivityId) -> Option<&'a Notification> {
    shown_by(state, message).or_else(|| unnoticed(state, message))
}

/// The card that stands in this message.
fn shown_by<'a>(state: &'a UserState, message: &ActivityId) -> Option<&'a Notification> {
    let mut newest_first = state.notifications.iter().rev();
    newest_first.find(|card| card.activity_id.as_ref() == Some(message))
}

/// The card that must stand in a message of ours whose id we never got: its last try may have created it, and the
/// message was made while that was under way. Where more than one comes into question, none is named.
fn unnoticed<'a>(state: &'a UserState, message: &ActivityId) -> Option<&'a Notification> {
    let made = DateTime::from_timestamp_millis(message.as_str().parse().ok()?)?;
    let fits = |card: &&Notification| {
        let tried = card
            .tried_at
            .filter(|_| matches!(card.phase, Phase::Attempted | Phase::Unknown(_)));
        let within = |tried: DateTime<Utc>| (tried - CLOCKS_DIFFER..tried + LONGEST_TRY).contains(&made);
        card.activity_id.is_none() && tried.is_some_and(within)
    };
    let mut fitting = state.notifications.iter().filter(fits);
    let card = fitting.next().filter(|_| shown_by(state, message).is_none());
    card.filter(|_| fitting.next().is_none())
}

/// Message ids are decimal epoch milliseconds and compare as numbers (teams-protocol, section 4.7).
fn read_up_to<'a>(state: &'a UserState, last_read: &str) -> impl Iterator<Item = &'a Notification> {
    let last_read: Option<u64> = last_read.parse().ok();
    state
        .notifications
        .iter()
        .rev()
        .filter(move |n| {
            let id = n
                .activity_id
                .as_ref()
                .and_then(|id| id.as_str().parse::<u64>().ok());
            !n.seen && id.is_some_and(|id| last_read.is_some_and(|last| id <= last))
        })
        .take(READ_AT_ONCE)
}
