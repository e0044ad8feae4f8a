//! Whether a card is still meant for the person: it was queued for the member that they were then, and members come to
//! be other people. What was queued before the link ended does not leave after it, and what had left by then is neither
//! kept current, nor listed, nor answered by whoever is no longer that member.

use events::SubjectRef;

use super::state::{Notification, UserState};

/// For whom a card is, as things stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Membership {
    /// For this person.
    Theirs,
    /// Perhaps for somebody else: the evidence disagrees since it was queued.
    InDoubt,
    /// For whoever is that member now, who is not this person.
    SomebodyElses,
}

/// For whom `card` is. Cards of the chat itself are always the person's.
pub fn of(state: &UserState, card: &Notification) -> Membership {
    let Some(former) = &state.former else {
        return Membership::Theirs;
    };
    let linked = state.link.as_ref().and_then(|link| link.member_id.as_ref());
    let is_present_members = card.member.is_some() && card.member.as_ref() == linked;
    if !card.is_from_chronus() || is_present_members {
        return Membership::Theirs;
    }
    let is_since = card.queued_at > former.since;
    if former.in_doubt && state.link.is_none() {
        // What is queued for that member meanwhile waits for the same answer.
        if is_since && card.member != former.member_id {
            Membership::Theirs
        } else {
            Membership::InDoubt
        }
    } else if is_since {
        Membership::Theirs
    } else {
        Membership::SomebodyElses
    }
}

/// Whether the person may still see what `card` is about, and answer it. A card of the chat that shows a Chronus thing is as
/// that thing is.
pub fn is_theirs(state: &UserState, card: &Notification) -> bool {
    of_thing(state, card) == Membership::Theirs
}

/// For whom the thing is that `card` shows.
pub fn of_thing(state: &UserState, card: &Notification) -> Membership {
    match &card.subject {
        Some(subject) if !card.is_from_chronus() => of_subject(state, subject),
        Some(_) | None => of(state, card),
    }
}

/// Whether a Chronus thing is the person's, by the newest card that Chronus sent them about it.
pub fn has(state: &UserState, subject: &SubjectRef) -> bool {
    of_subject(state, subject) == Membership::Theirs
}

/// For whom a Chronus thing is, by the newest card that Chronus sent them about it.
pub fn of_subject(state: &UserState, subject: &SubjectRef) -> Membership {
    let mut newest_first = state.notifications.about(subject).rev();
    let newest = newest_first.find(|card| card.is_from_chronus());
    newest.map_or(Membership::Theirs, |card| of(state, card))
}
