//! What a batch of events changes. It is taken in when the whole batch was folded, just before its rows are committed: what
//! is to be done may be ahead of the rows and is never behind them. A batch that could not be folded changes nothing, and one
//! that is folded again puts and takes out the same.

use std::cell::RefCell;
use std::collections::HashSet;

use events::{NotificationId, UserKey};

use super::{Due, Key, Slot};

/// One change, and the event that made it.
#[derive(Debug)]
pub(crate) struct Change {
    pub(super) position: i64,
    pub(super) what: What,
}

#[derive(Debug)]
pub(super) enum What {
    Put(Place, Due),
    Remove(Place),
    Switched { tenant: Box<str>, enabled: bool },
}

/// A [`Key`] that owns its names.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) user: Box<str>,
    pub(super) slot: Slot,
    pub(super) rank: u8,
    pub(super) position: i64,
    pub(super) notification: NotificationId,
}

/// Things as rows tell them.
#[derive(Debug)]
pub(crate) struct Part {
    pub(super) things: Vec<(Place, Due)>,
    /// Whether there are no more.
    pub(crate) is_last: bool,
}

/// What tells a thing from all others: person, slot, rank, and the event that made it.
pub(super) type At = (Box<str>, Slot, u8, i64);

impl Place {
    pub(super) fn at(&self) -> At {
        (self.user.clone(), self.slot, self.rank, self.position)
    }

    pub(super) fn of(key: &Key<'_>) -> Self {
        Self {
            user: key.user.into(),
            slot: key.slot,
            rank: key.rank,
            position: key.position,
            notification: key.notification,
        }
    }
}

/// What a batch changes, in order, and whose events it held so far.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    list: RefCell<Vec<Change>>,
    people: RefCell<HashSet<UserKey>>,
}

impl Changes {
    pub(super) fn put(&self, position: i64, key: &Key<'_>, due: Due) {
        self.add(position, What::Put(Place::of(key), due));
    }

    pub(super) fn remove(&self, position: i64, key: &Key<'_>) {
        self.add(position, What::Remove(Place::of(key)));
    }

    pub(super) fn switched(&self, position: i64, tenant: &str, enabled: bool) {
        let tenant = tenant.into();
        self.add(position, What::Switched { tenant, enabled });
    }

    fn add(&self, position: i64, what: What) {
        self.list.borrow_mut().push(Change { position, what });
    }

    /// Whether this is a person's first event in the batch; of the others it is known that there are rows of them.
    pub(crate) fn is_first_of(&self, user: &UserKey) -> bool {
        let mut people = self.people.borrow_mut();
        !people.contains(user) && people.insert(user.clone())
    }

    pub(crate) fn into_list(self) -> Vec<Change> {
        self.list.into_inner()
    }
}
