//! Which card a message is, and what follows from the person having seen it.

use chrono::{DateTime, TimeDelta, Utc};
use events::ActivityId;
use events::user::{NotificationSeen, SeenEvidence};

use super::happened::CLOCKS_DIFFER;
use super::sending;
use super::turn::{Turn, give_way};
use crate::user::command::What;
use crate::user::state::{Notification, Phase, UserState};

/// A message that a try made is made within this time.
const LONGEST_TRY: TimeDelta = TimeDelta::seconds(65);

/// Cards marked as seen by one read receipt, at most; older ones were marked by earlier receipts.
const READ_AT_ONCE: usize = 100;

/// The person certainly saw a card; where nobody knew whether it arrived, it did.
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
        give_way(&mut turn.decision, turn.state, card, cause);
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
pub(super) fn unnoticed<'a>(state: &'a UserState, message: &ActivityId) -> Option<&'a Notification> {
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
pub(super) fn read_up_to<'a>(
    state: &'a UserState,
    last_read: &str,
) -> impl Iterator<Item = &'a Notification> {
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
