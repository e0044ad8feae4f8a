//! Who the person is in Chronus: the link follows the evidence, which the read models weigh. Cards that were queued for
//! the member that the person was, and not sent yet or missed, end with the link.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use events::user::{
    DeferReason, MemberLinked, MemberUnlinked, NotificationDeferred, NotificationSuppressed,
    SuppressedReason, UnlinkReason,
};
use events::{MemberId, SubjectRef};

use super::turn::update_about;
use super::{Decision, cause};
use crate::ports::LinkRoute;
use crate::user::membership::{self, Membership};
use crate::user::state::{Link, Notification, Phase, UserState};
use crate::user::subject::Subject;

pub(super) fn follow(state: &UserState, route: &LinkRoute, now: DateTime<Utc>) -> Decision {
    let linked = state
        .link
        .as_ref()
        .filter(|link| link.organization_id == route.organization_id);
    let mut decision = Decision::new(format!("link/{}", route.cause));
    let (thread, cause) = (route.correlation_id, route.cause.0);
    let Some((member, matched_by)) = &route.to else {
        if let Some(link) = linked {
            decision.record(thread, cause, unlinked(link, route.why));
            if route.why != Some(UnlinkReason::Conflict) {
                not_sent(&mut decision, state, None);
            }
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
        not_sent(&mut decision, state, Some(member));
    }
    let event = MemberLinked {
        organization_id: route.organization_id.clone(),
        member_id: Some(member.clone()),
        matched_by: *matched_by,
    };
    decision.record(thread, cause, event);
    if let Some(former) = state
        .former
        .as_ref()
        .filter(|former| former.member_id.as_ref() == Some(member))
    {
        let missed = |(_, subject): &(&SubjectRef, &Subject)| subject.changed_since(former.since);
        let missed: BTreeSet<&SubjectRef> = state
            .subjects
            .iter()
            .filter(missed)
            .map(|(name, _)| name)
            .collect();
        for subject in missed {
            update_about(&mut decision, state, subject, cause);
        }
    }
    if linked.is_none() {
        doubt_is_over(&mut decision, state, member, now);
    }
    decision
}

fn unlinked(link: &Link, reason: Option<UnlinkReason>) -> MemberUnlinked {
    MemberUnlinked {
        organization_id: link.organization_id.clone(),
        member_id: link.member_id.clone(),
        reason,
    }
}

/// Cards of Chronus' that wait, or were missed while the person was away, but for those of the member that the person is
/// now, are somebody else's: Chronus hears that they reach nobody.
fn not_sent(decision: &mut Decision, state: &UserState, but: Option<&MemberId>) {
    let waiting = state.notifications.iter().filter(|card| waits(card));
    let missed = state.missed.of.iter().filter_map(|id| state.notification(*id));
    let missed = missed.filter(|card| card.is_from_chronus() && card.phase == Phase::Suppressed);
    for card in waiting
        .chain(missed)
        .filter(|card| but.is_none() || card.member.as_ref() != but)
    {
        let event = NotificationSuppressed {
            notification_id: card.id,
            reason: SuppressedReason::Unlinked,
        };
        decision.record(card.correlation_id, cause::cause(card), event);
    }
}

/// The doubt whether the person is a member is over: cards that waited for that go out if the person is, and are
/// somebody else's if not.
fn doubt_is_over(decision: &mut Decision, state: &UserState, member: &MemberId, now: DateTime<Utc>) {
    let doubted = |card: &&Notification| waits(card) && membership::of(state, card) == Membership::InDoubt;
    let is_again = state
        .former
        .as_ref()
        .is_some_and(|former| former.member_id.as_ref() == Some(member));
    for card in state.notifications.iter().filter(doubted) {
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

/// Whether a card of Chronus' was not sent yet.
fn waits(card: &Notification) -> bool {
    card.is_from_chronus() && card.phase.is_unsent()
}
