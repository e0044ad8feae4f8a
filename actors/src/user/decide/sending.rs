//! What the delivery lanes' commands lead to. Whether a card may go out is decided here, at send time.

use chrono::{DateTime, Utc};
use events::NotificationId;
use events::organization::{CardKind, Class, Family};
use events::user::{
    AppUninstalled, CardUpdateQueued, DeferReason, DeliveryAttempted, DeliveryOutcomeUnknown,
    DeliveryRetryScheduled, NotificationDeferred, NotificationDelivered, NotificationExpired,
    NotificationQueued, NotificationRefused, NotificationShown, NotificationSuppressed, PutOffReason,
    Reachability, ReachabilityChanged, Source, SuppressedReason, UninstallEvidence, UnknownPolicy,
};
use uuid::Uuid;

use super::cause::{cause, record};
use super::gate::{self, Verdict};
use super::profile::{self, Evidence};
use super::turn::give_way;
use super::{Decision, digest};
use crate::card::ListView;
use crate::delivery::plan::{Settlement, Try};
use crate::delivery::put_off::put_off;
use crate::ports::SendResult;
use crate::settings::Rules;
use crate::user::membership::{self, Membership};
use crate::user::state::delivery::tells_missed;
use crate::user::state::{Notification, Phase, UserState};
use crate::user::{revisions, standing};

pub(super) fn begin(state: &UserState, id: NotificationId, now: DateTime<Utc>, rules: &Rules) -> Decision {
    let Some(card) = state.notification(id).filter(|card| is_due(card, now)) else {
        return Decision::nothing();
    };
    let mut decision = Decision::new(format!("send/{}", card.next_try()));
    let expired = card.expires_at <= now;
    let barred = barred(state, card, now, rules);
    if matches!(card.phase, Phase::Unknown(_)) && (expired || barred.is_some()) {
        not_repeated(&mut decision, card);
    } else if expired {
        return expire(card);
    } else if let Some(reason) = barred {
        record(
            &mut decision,
            card,
            NotificationSuppressed {
                notification_id: id,
                reason,
            },
        );
    } else {
        match check(state, card, now, rules) {
            Verdict::AskFirst => return Decision::nothing(),
            Verdict::Send => {
                digest::pause_is_over(&mut decision, state, card, now);
                leave_out(&mut decision, state, card, now);
                attempt(&mut decision, card);
            }
            // Where nobody can tell at present whose it is, that alone would be shown, and would count as the card.
            Verdict::Suppress(_) | Verdict::Withdraw(_) | Verdict::Defer(_, DeferReason::Conflict)
                if matches!(card.phase, Phase::Unknown(_)) =>
            {
                not_repeated(&mut decision, card);
            }
            // Whether it arrived is not known, and it is about to be posted again: that is not for the morning.
            Verdict::Defer(..) | Verdict::Digest(_) | Verdict::Bundle(_)
                if matches!(card.phase, Phase::Unknown(_)) =>
            {
                attempt(&mut decision, card);
            }
            verdict @ (Verdict::Suppress(_)
            | Verdict::Withdraw(_)
            | Verdict::Defer(..)
            | Verdict::Digest(_)
            | Verdict::Bundle(_)) => return digest::held_back(state, card, verdict, now),
        }
    }
    decision
}

/// The same for a card that was queued this moment. What waits besides has an order, which the lane's list keeps.
pub(super) fn begin_at_once(
    state: &UserState,
    id: NotificationId,
    now: DateTime<Utc>,
    rules: &Rules,
) -> Decision {
    let waits = |other: &Notification| other.id != id && is_due(other, now);
    if state.notifications.iter().any(waits) {
        return Decision::nothing();
    }
    begin(state, id, now, rules)
}

fn is_due(card: &Notification, now: DateTime<Utc>) -> bool {
    match card.phase {
        Phase::Queued => true,
        Phase::Retry(at) | Phase::Unknown(Some(at)) | Phase::Deferred(at) => at <= now,
        Phase::Attempted
        | Phase::Delivered
        | Phase::Refused
        | Phase::Unknown(None)
        | Phase::Suppressed
        | Phase::Withdrawn
        | Phase::Expired
        | Phase::Merged(_) => false,
    }
}

/// Whether a card that is due waits for nothing but the directory's word of who the person is.
pub(crate) fn asks_first(state: &UserState, id: NotificationId, now: DateTime<Utc>, rules: &Rules) -> bool {
    let card = state.notification(id).filter(|card| is_due(card, now));
    card.is_some_and(|card| {
        card.expires_at > now
            && barred(state, card, now, rules).is_none()
            && check(state, card, now, rules) == Verdict::AskFirst
    })
}

/// The gate's verdict, and for what it lets through whether enough is known of who the person is. A card that may
/// have arrived already is posted again to the same chat, so that asks for nothing new.
fn check(state: &UserState, card: &Notification, now: DateTime<Utc>, rules: &Rules) -> Verdict {
    let verdict = gate::check(state, card, now, rules);
    if verdict != Verdict::Send || matches!(card.phase, Phase::Unknown(_)) {
        return verdict;
    }
    match profile::evidence(state, card, now, rules) {
        Evidence::Enough => Verdict::Send,
        Evidence::AskFirst => Verdict::AskFirst,
        Evidence::Wait(until) => Verdict::Defer(until, DeferReason::Profile),
    }
}

pub(super) fn expire(card: &Notification) -> Decision {
    let mut decision = Decision::new(format!("send/{}", card.next_try()));
    let notification_id = card.id;
    record(&mut decision, card, NotificationExpired { notification_id });
    decision
}

/// What a list of missed cards does not show, since nobody can tell at present whether it is the person's: it stays missed, and
/// Chronus hears why.
fn leave_out(decision: &mut Decision, state: &UserState, list: &Notification, now: DateTime<Utc>) {
    if list.card == CardKind::Digest {
        return leave_out_beyond(decision, state, list, now);
    }
    if !tells_missed(list.card) {
        return;
    }
    let missed = state.missed.of.iter().filter_map(|id| state.notification(*id));
    let doubted = missed.filter(|card| membership::of(state, card) == Membership::InDoubt);
    for card in doubted.filter(|card| card.phase == Phase::Suppressed) {
        let event = NotificationSuppressed {
            notification_id: card.id,
            reason: SuppressedReason::Conflict,
        };
        record(decision, card, event);
    }
}

/// What a summary has no room for is missed from now on, and Chronus hears of it.
fn leave_out_beyond(decision: &mut Decision, state: &UserState, digest: &Notification, now: DateTime<Utc>) {
    let of = digest.of.iter().filter_map(|id| state.notification(*id));
    let of: Vec<&Notification> = of.collect();
    let told = standing::still_told(state, of.into_iter(), now);
    for card in told.into_iter().skip(ListView::MOST) {
        let event = NotificationSuppressed {
            notification_id: card.id,
            reason: SuppressedReason::NoRoom,
        };
        record(decision, card, event);
    }
}

fn attempt(decision: &mut Decision, card: &Notification) {
    let event = DeliveryAttempted {
        notification_id: card.id,
        attempt: card.attempts + 1,
    };
    record(decision, card, event);
}

/// Perhaps it arrived: saying "not sent" would be a guess, so it stays unknown and is not repeated.
pub(super) fn not_repeated(decision: &mut Decision, card: &Notification) {
    let event = DeliveryOutcomeUnknown {
        notification_id: card.id,
        attempt: card.attempts,
        reason: "not_repeated".to_owned(),
        retry_at: None,
    };
    record(decision, card, event);
}

/// Why nothing may be sent to this person now.
fn barred(
    state: &UserState,
    card: &Notification,
    now: DateTime<Utc>,
    rules: &Rules,
) -> Option<SuppressedReason> {
    if state.erased {
        return Some(SuppressedReason::Erased);
    }
    match state.reachability {
        Reachability::Blocked => return Some(SuppressedReason::Blocked),
        Reachability::DisabledByAdmin => {
            if !card.probes && !probe_is_due(state, now, rules) {
                return Some(SuppressedReason::DisabledByAdmin);
            }
        }
        Reachability::Uninstalled => return Some(SuppressedReason::Uninstalled),
        Reachability::Reachable => {}
    }
    if !state.installed || state.conversation.is_none() {
        return Some(SuppressedReason::Uninstalled);
    }
    let greets = card.card.family() == Family::Greeting;
    // What was missed comes from Chronus, whatever queued the card that lists it.
    let asked_for = greets || (card.class == Class::Reply && card.card != CardKind::CatchUp);
    (!state.connected && !asked_for).then_some(SuppressedReason::Disconnected)
}

/// Whether what the connector said of an administrator's switch is so old that the next card finds out whether it is
/// still so. A card that waits to find out does it for all.
fn probe_is_due(state: &UserState, now: DateTime<Utc>, rules: &Rules) -> bool {
    let waits = |card: &Notification| card.probes && matches!(card.phase, Phase::Retry(_) | Phase::Attempted);
    let old = state
        .disabled_at
        .is_some_and(|at| at + rules.plan.first_probe() <= now);
    old && !state.notifications.iter().any(waits)
}

pub(super) fn finish(
    state: &UserState,
    id: NotificationId,
    attempt: u32,
    revision: u32,
    result: &SendResult,
    now: DateTime<Utc>,
    rules: &Rules,
) -> Decision {
    let Some(card) = state.notification(id).filter(|card| card.attempts == attempt) else {
        return Decision::nothing();
    };
    // A press can outrun the connector's own answer; the answer then still brings the message's id.
    let pressed_first = card.phase == Phase::Delivered && card.activity_id.is_none();
    // A node that lost the person to another one meanwhile still knows better than "unknown".
    let late = matches!(card.phase, Phase::Unknown(_)) && matches!(result, SendResult::Accepted { .. });
    if card.phase != Phase::Attempted && !pressed_first && !late {
        return Decision::nothing();
    }
    let this = a_try(card, now);
    let settlement = rules.plan.settle(this, result);
    if pressed_first && settlement != Settlement::Delivered {
        return Decision::nothing();
    }
    // "It is unknown" and "it arrived after all" are two facts about one attempt.
    let key = if late { "arrived" } else { "sent" };
    let mut decision = Decision::new(format!("{key}/{id}/{attempt}"));
    match (settlement, &state.conversation) {
        (Settlement::Delivered, Some(conversation)) => {
            let SendResult::Accepted { activity_id } = result else {
                return Decision::nothing();
            };
            record(
                &mut decision,
                card,
                NotificationDelivered {
                    notification_id: id,
                    attempt,
                    activity_id: activity_id.clone(),
                    conversation_id: conversation.conversation_id.clone(),
                    revision,
                },
            );
            shown_by(&mut decision, state, card, cause(card));
            give_way(&mut decision, state, card, cause(card));
            back_again(&mut decision, state, card, now, rules);
        }
        (Settlement::Delivered, None) => {}
        (settlement, _) => settle_failure(&mut decision, (state, card), this, settlement),
    }
    decision
}

/// A card that shows others is in the chat: they are, too.
pub(super) fn shown_by(decision: &mut Decision, state: &UserState, card: &Notification, causation_id: Uuid) {
    let lists = tells_missed(card.card) || card.card == CardKind::Digest;
    let most = if lists { ListView::MOST } else { usize::MAX };
    let shown = card.of.iter().take(most).filter_map(|id| state.notification(*id));
    let shown = shown.filter(|other| other.is_from_chronus() && other.delivered_at.is_none());
    let shown = shown.filter(|other| match other.phase {
        Phase::Suppressed | Phase::Refused => lists,
        // What a digest had no room for is told by whatever lists it next.
        Phase::Merged(into) => into == card.id || lists,
        Phase::Queued
        | Phase::Retry(_)
        | Phase::Attempted
        | Phase::Delivered
        | Phase::Unknown(_)
        | Phase::Withdrawn
        | Phase::Expired
        | Phase::Deferred(_) => false,
    });
    for other in shown {
        let event = NotificationShown {
            notification_id: other.id,
            by: card.id,
        };
        decision.record(other.correlation_id, causation_id, event);
    }
}

/// A card arrived although an administrator was said to have disabled the app: the person can be reached, and gets what
/// was held back meanwhile.
fn back_again(
    decision: &mut Decision,
    state: &UserState,
    card: &Notification,
    now: DateTime<Utc>,
    rules: &Rules,
) {
    if state.reachability != Reachability::DisabledByAdmin {
        return;
    }
    let event = ReachabilityChanged {
        state: Reachability::Reachable,
        evidence: "delivered".to_owned(),
    };
    record(decision, card, event);
    for left in revisions::left_while_away(state) {
        let event = CardUpdateQueued {
            notification_id: left.id,
            revision: left.wanted + 1,
        };
        record(decision, left, event);
    }
    if let Some(event) = catch_up(state, now, rules, card) {
        record(decision, card, event);
    }
}

/// The card that lists what was missed and is still so, where anything is.
fn catch_up(
    state: &UserState,
    now: DateTime<Utc>,
    rules: &Rules,
    after: &Notification,
) -> Option<NotificationQueued> {
    let wanted = state.connected && state.paused_until.is_none_or(|until| until <= now);
    let missed = state.missed.of.iter().filter_map(|id| state.notification(*id));
    let missed: Vec<&Notification> = missed.collect();
    if !wanted || standing::still_told(state, missed.into_iter(), now).is_empty() {
        return None;
    }
    Some(NotificationQueued {
        notification_id: NotificationId::derive(["catch_up", after.next_try().as_str()]),
        source: Source::Chat,
        card: CardKind::CatchUp,
        subject: None,
        class: Class::Reply,
        expires_at: now + rules.time_to_live,
        unknown_policy: UnknownPolicy::Retry,
        state: None,
        facts: None,
        prompt: None,
        awaited: false,
        happened_at: None,
        most_a_day: None,
        member_id: None,
    })
}

pub(super) fn interrupted(
    state: &UserState,
    id: NotificationId,
    now: DateTime<Utc>,
    rules: &Rules,
) -> Decision {
    let Some(card) = state
        .notification(id)
        .filter(|card| card.phase == Phase::Attempted)
    else {
        return Decision::nothing();
    };
    let mut decision = Decision::new(format!("sent/{id}/{}", card.attempts));
    let this = a_try(card, now);
    let settlement = rules.plan.interrupted(this);
    settle_failure(&mut decision, (state, card), this, settlement);
    decision
}

fn a_try(card: &Notification, now: DateTime<Utc>) -> Try {
    Try {
        notification_id: card.id,
        attempt: card.attempts - card.attempts_before,
        unknowns: card.unknowns,
        policy: card.unknown_policy,
        recovered: card.recovered || card.recovery.is_some(),
        recovery: card.recovery,
        probes: card.probe_count,
        expires_at: card.expires_at,
        now,
    }
}

fn settle_failure(
    decision: &mut Decision,
    (state, card): (&UserState, &Notification),
    this: Try,
    settlement: Settlement,
) {
    let (notification_id, attempt) = (card.id, card.attempts);
    match settlement {
        Settlement::Delivered => {}
        Settlement::Retry {
            at,
            reason,
            status,
            recover,
            shows,
        } => {
            let evidence = reason.clone();
            let probe = shows.is_some();
            let event = DeliveryRetryScheduled {
                notification_id,
                attempt,
                retry_at: at,
                reason,
                status,
                recover,
                probe,
                put_off: put_off(this, at, status, recover, probe),
            };
            if event.put_off == Some(PutOffReason::Throttled) {
                behind(decision, state, card, at, this.now);
            }
            record(decision, card, event);
            if let Some(shown) = shows {
                // Again where it was known: what is known is as old as its newest evidence.
                record(
                    decision,
                    card,
                    ReachabilityChanged {
                        state: shown,
                        evidence,
                    },
                );
            }
        }
        Settlement::Unknown { reason, retry_at } => {
            record(
                decision,
                card,
                DeliveryOutcomeUnknown {
                    notification_id,
                    attempt,
                    reason,
                    retry_at,
                },
            );
        }
        Settlement::Refused {
            class,
            status,
            code,
            shows,
        } => {
            let evidence = code.clone();
            record(
                decision,
                card,
                NotificationRefused {
                    notification_id,
                    attempt,
                    class,
                    status,
                    code,
                    shows,
                },
            );
            if let Some(shown) = shows.filter(|shown| *shown != state.reachability) {
                if shown == Reachability::Uninstalled && state.installed {
                    record(
                        decision,
                        card,
                        AppUninstalled {
                            evidence: UninstallEvidence::Refusal,
                        },
                    );
                }
                record(
                    decision,
                    card,
                    ReachabilityChanged {
                        state: shown,
                        evidence,
                    },
                );
            }
        }
    }
}

/// What waits behind a card for which Teams asked for a long wait is put off as long: Chronus hears of each.
fn behind(
    decision: &mut Decision,
    state: &UserState,
    first: &Notification,
    until: DateTime<Utc>,
    now: DateTime<Utc>,
) {
    let waits = |card: &&Notification| {
        card.id != first.id && card.is_from_chronus() && card.phase.is_unsent() && is_due(card, now)
    };
    for card in state.notifications.iter().filter(waits) {
        let event = NotificationDeferred {
            notification_id: card.id,
            until,
            reason: DeferReason::Throttled,
        };
        record(decision, card, event);
    }
}

pub(super) fn content_gone(state: &UserState, id: NotificationId, attempt: u32) -> Decision {
    let mut decision = Decision::new(format!("sent/{id}/{attempt}"));
    if let Some(card) = state
        .notification(id)
        .filter(|c| c.phase == Phase::Attempted && c.attempts == attempt)
    {
        let reason = SuppressedReason::ContentErased;
        record(
            &mut decision,
            card,
            NotificationSuppressed {
                notification_id: id,
                reason,
            },
        );
    }
    decision
}
