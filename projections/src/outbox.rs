//! The outbox: what the delivery lanes have to do, one entry per thing. It lives in memory and follows from the rows of
//! cards and people: folding tells what comes and goes (`put`, `remove`), and a start reads it from the rows.
//!
//! A person's things lie in slots: the profile look-up, and for each class the updates, the sends, and the sends
//! that wait for a time. Those wait each for itself: a card for the morning holds back nothing. Within any other
//! slot order is kept, so only its first thing, the head, may be taken: a card that waits for its next try holds
//! back the later cards of its class to that person, and nothing else. Heads stand in two sorted sets (can be
//! done now, waits for a time), so that finding work costs the same with ten things and with a million. Within a rank
//! what expires first is done first. Each tenant knows where its work changed last, so that whoever follows
//! looks only at the tenants concerned.
//!
//! | module | holds |
//! |---|---|
//! | `changes` | what a batch changed, until it is committed |
//! | `tenant` | one tenant's things in their orders |
//! | `all` | all tenants, and what is asked of them |
//! | `loading` | the same from the rows |

use events::NotificationId;

use crate::fold::Fold;

mod all;
mod changes;
mod loading;
mod people;
mod tenant;
#[cfg(test)]
mod tests;

pub use events::work::{DueWork, HeldCard, TenantDue, TenantsDue, Work};

pub(crate) use all::Outbox;
pub(crate) use changes::{Change, Changes};
pub(crate) use loading::read as read_parts;
#[cfg(test)]
pub(crate) use loading::{TO_LOOK_UP, TO_SEND, TO_UPDATE};

pub(crate) use tenant::Group;

/// Rank of profile look-ups: before every card.
pub(crate) const PROFILE_RANK: u8 = 0;
/// Ranks that there are: profile look-ups, replies, direct cards, broadcasts.
pub(crate) const RANKS: usize = 4;

/// Which of a person's rows of things one lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Slot {
    /// The look-up.
    Profile,
    /// Cards in the chat that show something old.
    Update,
    /// Cards to be sent, one after the other.
    Send,
    /// Cards that wait each for itself.
    Deferred,
    /// Updates that wait for another try, each for itself.
    LaterUpdate,
}

impl Slot {
    /// Whether its things wait each for itself, so that every one is a head.
    pub(crate) fn waits_alone(self) -> bool {
        match self {
            Self::Deferred | Self::LaterUpdate => true,
            Self::Profile | Self::Update | Self::Send => false,
        }
    }

    /// Whether its things are cards to be posted.
    pub(crate) fn sends(self) -> bool {
        match self {
            Self::Send | Self::Deferred => true,
            Self::Profile | Self::Update | Self::LaterUpdate => false,
        }
    }
}

/// Where a thing lies among a person's things. One event makes one thing, so `position` tells those of a slot apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key<'a> {
    /// The tenant and the person in it, as `<tenant>/<person>`.
    pub(crate) user: &'a str,
    pub(crate) slot: Slot,
    pub(crate) rank: u8,
    pub(crate) position: i64,
    /// The card; nil for a look-up.
    pub(crate) notification: NotificationId,
}

impl<'a> Key<'a> {
    pub(crate) fn profile(user: &'a str, position: i64) -> Self {
        Self {
            user,
            slot: Slot::Profile,
            rank: PROFILE_RANK,
            position,
            notification: NotificationId(uuid::Uuid::nil()),
        }
    }

    pub(crate) fn of_card(
        user: &'a str,
        slot: Slot,
        rank: i64,
        position: i64,
        notification: NotificationId,
    ) -> Self {
        Self {
            user,
            slot,
            rank: u8::try_from(rank).unwrap_or(u8::MAX),
            position,
            notification,
        }
    }
}

/// When a thing is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Due {
    /// Until when it is worth doing.
    pub(crate) expires_ms: i64,
    /// The time; of a thing that is not delayed, since when it waits.
    pub(crate) at_ms: i64,
    /// It waits for that time.
    pub(crate) delayed: bool,
    /// An attempt began and no outcome is known.
    pub(crate) attempted: bool,
    /// Since when it should have been done.
    pub(crate) owed_ms: i64,
    /// It is a card of Chronus', and not one of the chat itself.
    pub(crate) of_chronus: bool,
}

impl Due {
    /// A look-up's. Nothing can be matched before it, so it comes first.
    pub(crate) fn of_look_up(due_ms: i64, delayed: bool) -> Self {
        Self {
            expires_ms: 0,
            at_ms: due_ms,
            delayed,
            attempted: false,
            owed_ms: due_ms,
            of_chronus: false,
        }
    }
}

/// Adds a thing or changes when it is due.
pub(crate) fn put(f: &Fold<'_>, key: &Key<'_>, due: Due) {
    f.changes.put(f.position, key, due);
}

/// Takes a thing out, where it is in.
pub(crate) fn remove(f: &Fold<'_>, key: &Key<'_>) {
    f.changes.remove(f.position, key);
}

/// A tenant was switched on or off.
pub(crate) fn switched(f: &Fold<'_>, tenant: &str, enabled: bool) {
    f.changes.switched(f.position, tenant, enabled);
}
