//! Who the person is in Chronus: the link follows the evidence, which the read models weigh. Cards that were queued for
//! the member that the person was, and not sent yet or missed, end with the link.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use events::user::{
    DeferReason, MemberLinked, MemberUnlinked, NotificationDeferred, NotificationSuppressed,
    SuppressedReason, UnlinkReason,
};
use events::{EventId, MemberId, Metadata, NotificationId, SubjectRef};
use uuid::Uuid;

use super::shown::show_end;
use super::turn::update;
use super::unlinked::{missed, not_sent, waits};
use super::{Decision, afterwards, cause};
use crate::ports::LinkRoute;
use crate::user::membership::{self, Membership};
use crate::user::standing;
use crate::user::state::delivery::tells_missed;
use crate::user::state::{Former, Link, Notification, Phase, UserState};
use crate::user::subject::Subject;

pub(super) fn follow(state: &UserState, route: &LinkRoute, now: DateTime<Utc>) -> Decision {
    let linked = state
        .link
        .as_ref()
        .filter(|link| link.organization_id == route.organization_id);
    let mut decision = Decision::new(format!("link/{}", route.cause));
    let (thread, cause) = (route.correlation_id, route.cause.0);
    let Some((member, matched_by)) = &route.to else {
        let is_conflict = route.why == Some(UnlinkReason::Conflict);
        if let Some(link) = linked {
            decision.record(thread, cause, unlinked(link, route.why));
            if !is_conflict {
                not_sent(&mut decision, state, |_| true);
            }
        } else if let Some(former) = in_doubt(state).filter(|_| !is_conflict) {
            // The doubt is over: the person is not that member.
            let event = MemberUnlinked {
                organization_id: route.organization_id.clone(),
                member_id: former.member_id.clone(),
                reason: route.why,
            };
            decision.record(thread, cause, event);
            not_sent(&mut decision, state, |card| {
                membership::of(state, card) == Membership::InDoubt
            });
        }
        return decision;
    };
    let is_there = linked.is_some_and(|link| link.member_id.as_ref() == Some(member));
    if state.erased || is_there {
        return Decision::nothing();
    }
    if let Some(link) = linked.filter(|link| link.member_id.is_some()) {
        let why = route.why.or(Some(UnlinkReason::OtherMember));
        decision.record(thread, cause, unlinked(link, why));
        not_sent(&mut decision, state, |card| card.member.as_ref() != Some(member));
    }
    let event = MemberLinked {
        organization_id: route.organization_id.clone(),
        member_id: Some(member.clone()),
        matched_by: *matched_by,
    };
    decision.record(thread, cause, event);
    catches_up(&mut decision, state, member, (thread, route.cause), now);
    decision
}

/// What follows once a link to `member` is recorded, whatever recorded it, the evidence or a card that was sent on it: the person sees
/// what changed for that member while they were not known to be it, and what was held back because of that goes on.
pub(super) fn catches_up(
    decision: &mut Decision,
    state: &UserState,
    member: &MemberId,
    (thread, cause): (Uuid, EventId),
    now: DateTime<Utc>,
) {
    if let Some(former) = state
        .former
        .as_ref()
        .filter(|former| former.member_id.as_ref() == Some(member))
    {
        let since = former.last_known.unwrap_or(former.since);
        let missed = |(_, subject): &(&SubjectRef, &Subject)| subject.changed_since(since);
        let missed: BTreeMap<&SubjectRef, &Subject> = state.subjects.iter().filter(missed).collect();
        for (name, subject) in missed {
            show_end(decision, state, (name, subject), cause.0);
        }
        // What was drawn meanwhile, or is being drawn, says whose it is not, also where nothing of its subject changed since.
        let hidden = |card: &&Notification| {
            let shows_a_thing = card.is_from_chronus() || card.subject.is_some();
            let is_drawn_since = card.redrawn_at.is_some_and(|redrawn| redrawn >= since);
            shows_a_thing && (card.shown < card.wanted || is_drawn_since)
        };
        for card in state.notifications.iter().filter(hidden) {
            update(decision, cause.0, card);
        }
    }
    // Of somebody who is linked nothing is in doubt.
    doubt_is_over(decision, state, member, now);
    list_missed(decision, state, (thread, cause), now);
}

/// The member of whom nobody can tell whether the person still is.
fn in_doubt(state: &UserState) -> Option<&Former> {
    state
        .former
        .as_ref()
        .filter(|former| former.in_doubt && state.link.is_none())
}

/// What was missed and not listed, since nobody could tell whose it is, is listed now that it is known, by the card that waits to
/// do so or by one of its own.
fn list_missed(
    decision: &mut Decision,
    state: &UserState,
    (thread, cause): (Uuid, EventId),
    now: DateTime<Utc>,
) {
    let missed = state.missed.of.iter().filter_map(|id| state.notification(*id));
    let held_back = missed.filter(|card| membership::of(state, card) == Membership::InDoubt);
    let held_back: Vec<NotificationId> = held_back.map(|card| card.id).collect();
    if held_back.is_empty() || !state.installed || !state.connected {
        return;
    }
    let mut after = state.clone();
    for fact in &decision.facts {
        let meta = Metadata {
            time: now,
            correlation_id: fact.correlation_id,
            causation_id: fact.causation_id,
        };
        after.apply(&fact.event, &meta);
    }
    let mut cards = held_back.iter().filter_map(|id| after.notification(*id));
    let holds = cards.any(|card| standing::still_so(&after, card, now));
    let is_listed = |card: &Notification| tells_missed(card.card) && card.phase.is_unsent();
    if holds && !state.notifications.iter().any(is_listed) {
        let id = NotificationId::derive(["settled", cause.to_string().as_str()]);
        decision.record(thread, cause.0, afterwards::queued(id, now));
    }
}

fn unlinked(link: &Link, reason: Option<UnlinkReason>) -> MemberUnlinked {
    MemberUnlinked {
        organization_id: link.organization_id.clone(),
        member_id: link.member_id.clone(),
        reason,
    }
}

/// The doubt whether the person is a member is over: cards that waited for that go out if the person is, and are
/// somebody else's if not.
fn doubt_is_over(decision: &mut Decision, state: &UserState, member: &MemberId, now: DateTime<Utc>) {
    let doubted = |card: &&Notification| membership::of(state, card) == Membership::InDoubt;
    let waiting = state.notifications.iter().filter(|card| waits(card));
    let is_again = state
        .former
        .as_ref()
        .is_some_and(|former| former.member_id.as_ref() == Some(member));
    for card in waiting.chain(missed(state)).filter(doubted) {
        let (thread, cause) = (card.correlation_id, cause::cause(card));
        if !is_again && card.member.as_ref() != Some(member) {
            let event = NotificationSuppressed {
                notification_id: card.id,
                reason: SuppressedReason::Unlinked,
            };
            decision.record(thread, cause, event);
        } else if let Phase::Deferred(until) = card.phase
            && until > now
            && is_again
            // What waits for another reason waits on: for the morning, or since Teams asked for it.
            && card.deferred_for == Some(DeferReason::Conflict)
        {
            let event = NotificationDeferred {
                notification_id: card.id,
                until: now,
                reason: DeferReason::Conflict,
            };
            decision.record(thread, cause, event);
        }
    }
}
