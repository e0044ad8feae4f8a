//! What the tenant's directory told of who the person is, when it is asked, and what may be sent meanwhile.

use chrono::{DateTime, TimeDelta, Utc};
use events::organization::{CardKind, Class};
use events::user::{
    Identity, MemberUnlinked, ProfileCause, ProfileConfirmed, ProfileRequested, ProfileResolved,
    ProfileUnavailable, UnlinkReason,
};
use events::{EventId, NotificationId, UserEvent};

use super::Decision;
use super::turn::Turn;
use super::unlinked::not_sent;
use crate::settings::Rules;
use crate::user::command::LookUpFailure;
use crate::user::profile::is_final;
use crate::user::state::delivery::tells_missed;
use crate::user::state::{Notification, UserState};

/// How long a card from person to person waits for a profile that cannot be read. After that it goes by what is
/// known: that is old, and nothing contradicts it.
const PATIENCE: TimeDelta = TimeDelta::minutes(10);
/// Somebody who keeps showing up with an incomplete profile is not looked up more often than this for it.
const AGAIN: TimeDelta = TimeDelta::minutes(1);

pub(super) fn found(state: &UserState, profile: &ProfileResolved, now: DateTime<Utc>) -> Decision {
    if state.erased {
        return Decision::nothing();
    }
    if state.profile.known.as_ref() == Some(profile) {
        return told(now, ProfileConfirmed {});
    }
    let mut decision = told(now, profile.clone());
    let contradicted = state
        .link
        .as_ref()
        .filter(|link| state.profile.is_contradicted(link.matched_by, profile));
    if let (Some(link), Some(first)) = (contradicted, decision.facts.first()) {
        // Nothing private leaves on the strength of what is known to be old: the evidence decides anew who they are. What was
        // meant for the address alone is for whoever has it.
        let (thread, cause) = (first.correlation_id, first.causation_id);
        let reason = if link.member_id.is_some() {
            UnlinkReason::Conflict
        } else {
            UnlinkReason::AddressChanged
        };
        let event = MemberUnlinked {
            organization_id: link.organization_id.clone(),
            member_id: link.member_id.clone(),
            reason: Some(reason),
        };
        decision.record(thread, cause, event);
        if reason != UnlinkReason::Conflict {
            not_sent(&mut decision, state, |card| card.member.is_none());
        }
    }
    decision
}

pub(super) fn failed(
    state: &UserState,
    failure: &LookUpFailure,
    now: DateTime<Utc>,
    rules: &Rules,
) -> Decision {
    if state.erased {
        return Decision::nothing();
    }
    let tries = state.profile.failed.as_ref().map_or(0, |failed| failed.tries);
    let step = usize::try_from(tries).unwrap_or(usize::MAX);
    let delays = &rules.profile_delays;
    let delay = if is_final(failure.status) {
        rules.profile_max_age
    } else if failure.is_outage {
        // It says nothing of the person, so however long it lasts the next try is not far.
        let longest = delays.iter().max().copied().unwrap_or(AGAIN);
        delays.get(step).copied().unwrap_or(longest)
    } else {
        delays.get(step).copied().unwrap_or(rules.profile_max_age)
    };
    let unavailable = ProfileUnavailable {
        status: failure.status,
        code: failure.code.clone(),
        retry_at: Some(now + delay.max(failure.retry_after.unwrap_or_default())),
    };
    told(now, unavailable)
}

fn told(now: DateTime<Utc>, event: impl Into<UserEvent>) -> Decision {
    let key = format!("profile/{}", now.timestamp_millis());
    let thread = EventId::derive(["profile", key.as_str()]).0;
    let mut decision = Decision::new(key);
    decision.record(thread, thread, event);
    decision
}

/// Has the person looked up, at most once in a decision.
pub(super) fn request(turn: &mut Turn<'_>, because: Option<ProfileCause>) {
    let requested =
        |fact: &super::Fact| matches!(fact.event, UserEvent::Identity(Identity::ProfileRequested(_)));
    let stands = turn.state.profile.is_due(turn.now) && !is_put_off(turn.state, because.as_ref());
    if stands || turn.decision.facts.iter().any(requested) {
        return;
    }
    turn.record(ProfileRequested { because });
}

/// Whether the look-up that stands may be made a minute later only, to spare the directory, and is to be made now: another
/// shows the person's address, and nothing private leaves before the answer; now the person is here and asks.
fn is_put_off(state: &UserState, because: Option<&ProfileCause>) -> bool {
    let asked = state.profile.asked.as_ref().and_then(|asked| asked.because);
    asked == Some(ProfileCause::AddressShared) && because == Some(&ProfileCause::Command)
}

/// Has the person looked up who shows up and of whom nothing is known, too little, or nothing new for too long.
pub(super) fn request_if_old(turn: &mut Turn<'_>) {
    let profile = &turn.state.profile;
    let wanted = profile.is_incomplete() || profile.is_old(turn.now, turn.rules.profile_max_age);
    let just_tried = profile.tried_at().is_some_and(|at| turn.now - at < AGAIN);
    if wanted && !just_tried {
        request(turn, Some(ProfileCause::Activity));
    }
}

/// The word of the read models or the router that the person is to be looked up.
pub(super) fn request_for(state: &UserState, because: ProfileCause, cause: EventId) -> Decision {
    if state.erased || state.conversation.is_none() {
        return Decision::nothing();
    }
    let mut decision = Decision::new(format!("look_up/{cause}"));
    let because = Some(because);
    decision.record(cause.0, cause.0, ProfileRequested { because });
    decision
}

/// What is known of who a card's person is, when the card is about to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Evidence {
    /// Young enough, or as good as can be had: the card may go.
    Enough,
    /// The directory is to be asked first.
    AskFirst,
    /// The directory did not answer; not before then.
    Wait(DateTime<Utc>),
}

/// What is needed of the person's profile before this card may go. Only cards from person to person need it.
pub(super) fn evidence(
    state: &UserState,
    card: &Notification,
    now: DateTime<Utc>,
    rules: &Rules,
) -> Evidence {
    let profile = &state.profile;
    if !is_private(state, card) || profile.known.is_none() {
        return Evidence::Enough;
    }
    let because = profile.asked.as_ref().and_then(|asked| asked.because);
    let is_contested = because == Some(ProfileCause::AddressShared);
    let is_unconfirmed = because == Some(ProfileCause::Linked);
    if !is_contested && !is_unconfirmed && !profile.is_old(now, rules.profile_max_age) {
        return Evidence::Enough;
    }
    let Some(failed) = &profile.failed else {
        return Evidence::AskFirst;
    };
    // That the directory does not tell, or knows the person no more, is an answer; the connector has the last word.
    if failed.is_final && !is_contested {
        return Evidence::Enough;
    }
    let retry_at = failed.retry_at.unwrap_or(failed.at);
    let given_up_at = failed.since + PATIENCE;
    if is_contested {
        wait_until(retry_at, now)
    } else if now >= given_up_at {
        Evidence::Enough
    } else {
        wait_until(retry_at.min(given_up_at), now)
    }
}

/// Whether the card comes from a person for this one, or lists what does: a digest, or what was missed, for the first time.
fn is_private(state: &UserState, card: &Notification) -> bool {
    let direct = |card: &Notification| card.class == Class::Direct && card.is_from_chronus();
    let lists = |of: &[NotificationId]| {
        let mut items = of.iter().filter_map(|id| state.notification(*id));
        items.any(direct)
    };
    direct(card)
        || (card.card == CardKind::Digest && lists(&card.of))
        || (tells_missed(card.card) && lists(&state.missed.of))
}

fn wait_until(at: DateTime<Utc>, now: DateTime<Utc>) -> Evidence {
    if at <= now {
        Evidence::AskFirst
    } else {
        Evidence::Wait(at)
    }
}
