//! What a batch of events changes. It is told once the batch is committed, so that nothing is done of which the rows know
//! nothing; a batch that failed changes nothing.

use std::cell::RefCell;

use events::NotificationId;

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

impl Place {
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

/// The changes of a batch, in their order.
#[derive(Debug, Default)]
pub(crate) struct Changes(RefCell<Vec<Change>>);

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
        self.0.borrow_mut().push(Change { position, what });
    }

    pub(crate) fn into_list(self) -> Vec<Change> {
        self.0.into_inner()
    }
}
