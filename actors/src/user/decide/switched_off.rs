//! What is done for a person whose tenant is switched off: nothing leaves, but for one sentence to whoever types. A card
//! of Chronus' is not sent, which Chronus hears at once; the one that will list it waits from then on, so nothing need
//! remember to send it when the tenant is on again.

use chrono::{DateTime, TimeDelta, Utc};
use events::organization::{CardKind, Class};
use events::user::{
    Command, CommandReceived, DeferReason, NotificationDeferred, NotificationSuppressed, Prompt, Queue,
    SuppressedReason,
};
use events::{NotificationId, UserEvent};

use super::cause::cause;
use super::gate::{self, Verdict};
use super::turn::Turn;
use super::{Decision, afterwards, digest, sending};
use crate::settings::Rules;
use crate::user::state::delivery::tells_missed;
use crate::user::state::{Notification, Phase, UserState};

/// Whoever goes on typing is told again after this time.
const TOLD_FOR: TimeDelta = TimeDelta::hours(1);
/// How long the card for afterwards waits for others that are found with the first.
const GATHERED_FOR: TimeDelta = TimeDelta::seconds(3);

/// Somebody typed: no command is obeyed, and a sentence says why, unless it stands right above.
pub(super) fn typed(turn: &mut Turn<'_>, command: Command) {
    let at = turn.told_at();
    turn.record(CommandReceived { command, at });
    let mut replies = turn.state.notifications.iter().rev();
    let last = replies.find(|card| card.class == Class::Reply && !card.is_from_chronus());
    let told =
        last.is_some_and(|card| card.card == CardKind::SwitchedOff && turn.now - card.queued_at < TOLD_FOR);
    if !told {
        turn.reply(CardKind::SwitchedOff, Prompt::default());
    }
}

/// A lane has the card's turn while the tenant is off: the sentence may go out, other answers are void.
pub(super) fn begin(state: &UserState, id: NotificationId, now: DateTime<Utc>, rules: &Rules) -> Decision {
    match state.notification(id) {
        Some(card) if card.card == CardKind::SwitchedOff => sending::begin(state, id, now, rules),
        Some(card) if card.is_from_chronus() => not_sent(state, id, now, rules),
        Some(card) if card.class == Class::Reply && card.phase.is_unsent() => {
            let mut decision = suppressed(card);
            if tells_missed(card.card) && !state.missed.of.is_empty() {
                catch_up(&mut decision, state, card, now);
            }
            decision
        }
        Some(_) | None => Decision::nothing(),
    }
}

/// The tenant is on: the sentence that it is off is not true any more.
pub(super) fn begin_on(state: &UserState, id: NotificationId, now: DateTime<Utc>, rules: &Rules) -> Decision {
    match state.notification(id) {
        Some(card) if card.card == CardKind::SwitchedOff && card.phase.is_unsent() => {
            digest::held_back(state, card, Verdict::Suppress(SuppressedReason::Superseded), now)
        }
        Some(_) | None => sending::begin(state, id, now, rules),
    }
}

/// A card of Chronus' waits in a tenant that is off: it is not sent.
pub(super) fn not_sent(state: &UserState, id: NotificationId, now: DateTime<Utc>, rules: &Rules) -> Decision {
    let Some(card) = state.notification(id) else {
        return Decision::nothing();
    };
    if matches!(card.phase, Phase::Unknown(Some(_))) {
        let mut decision = Decision::new(format!("off/{}", card.next_try()));
        sending::not_repeated(&mut decision, card);
        return decision;
    }
    if !card.phase.is_unsent() {
        return Decision::nothing();
    }
    if card.expires_at <= now {
        return sending::expire(card);
    }
    match gate::check(state, card, now, rules) {
        // Nobody would have got it with the tenant on either.
        verdict @ Verdict::Suppress(reason) if !reason.is_away() => {
            return digest::held_back(state, card, verdict, now);
        }
        verdict @ Verdict::Withdraw(_) => return digest::held_back(state, card, verdict, now),
        Verdict::Suppress(_)
        | Verdict::Send
        | Verdict::AskFirst
        | Verdict::Defer(..)
        | Verdict::Digest(_)
        | Verdict::Bundle(_) => {}
    }
    let mut decision = suppressed(card);
    catch_up(&mut decision, state, card, now);
    decision
}

/// The tenant is on again, and the card's person was found only now: the one card for afterwards lists it with the others
/// that are found at the same time, so it waits a moment for them.
pub(super) fn was_held(state: &UserState, id: NotificationId, now: DateTime<Utc>, rules: &Rules) -> Decision {
    let mut decision = not_sent(state, id, now, rules);
    let queued = decision.facts.iter().find_map(|fact| match &fact.event {
        UserEvent::Queue(Queue::Queued(queued)) => Some((fact.clone(), queued.notification_id)),
        UserEvent::Queue(_)
        | UserEvent::Presence(_)
        | UserEvent::Identity(_)
        | UserEvent::Settings(_)
        | UserEvent::Chat(_)
        | UserEvent::Answer(_)
        | UserEvent::Delivery(_)
        | UserEvent::Update(_) => None,
    });
    if let Some((fact, notification_id)) = queued {
        let event = NotificationDeferred {
            notification_id,
            until: now + GATHERED_FOR,
            reason: DeferReason::Scheduled,
        };
        decision.record(fact.correlation_id, fact.causation_id, event);
    }
    decision
}

fn suppressed(card: &Notification) -> Decision {
    let mut decision = Decision::new(format!("off/{}", card.next_try()));
    let event = NotificationSuppressed {
        notification_id: card.id,
        reason: SuppressedReason::TenantOff,
    };
    decision.record(card.correlation_id, cause(card), event);
    decision
}

/// The card for afterwards, where none waits that will list this one.
fn catch_up(decision: &mut Decision, state: &UserState, card: &Notification, now: DateTime<Utc>) {
    if afterwards::waits(state, card.id) {
        return;
    }
    let id = NotificationId::derive(["off", card.next_try().as_str()]);
    decision.record(card.correlation_id, cause(card), afterwards::queued(id, now));
}
