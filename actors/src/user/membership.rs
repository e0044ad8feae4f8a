//! Whether a card is still meant for the person: it was queued for the member that they were then, and members come to
//! be other people. What was queued before the link ended does not leave after it.

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
