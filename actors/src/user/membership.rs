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
    if !card.is_from_chronus() || card.queued_at > former.since || is_present_members {
        Membership::Theirs
    } else if former.in_doubt && state.link.is_none() {
        Membership::InDoubt
    } else {
        Membership::SomebodyElses
    }
}

/// Whether the person may still see what `card` is about, and answer it. A card of the chat that shows a Chronus thing is as
/// that thing is.
pub fn is_theirs(state: &UserState, card: &Notification) -> bool {
    if card.is_from_chronus() {
        of(state, card) == Membership::Theirs
    } else {
        card.subject.as_ref().is_none_or(|subject| has(state, subject))
    }
}

/// Whether a Chronus thing is the person's, by the newest card that Chronus sent them about it.
pub fn has(state: &UserState, subject: &SubjectRef) -> bool {
    let mut newest_first = state.notifications.about(subject).rev();
    let newest = newest_first.find(|card| card.is_from_chronus());
    newest.is_none_or(|card| of(state, card) == Membership::Theirs)
}
