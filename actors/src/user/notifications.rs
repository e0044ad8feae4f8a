//! A person's notifications, found by id. What is settled and no rule needs any more is forgotten after a while, so
//! that a state stays small however long somebody is with us; its id is known for ever.
//!
//! Kept for certain are the newest [`KEEP`], whatever is under way, and whatever is about a subject that is still
//! open. Of the rest, and in any case beyond [`MOST`], the oldest settled ones go. A press on a forgotten card is
//! answered as one on a card that is gone.

use std::collections::HashMap;

use events::{NotificationId, SubjectRef};
use serde::{Deserialize, Serialize};

use super::keys::Keys;
use super::notification::Notification;

/// Notifications that are kept whatever they are about.
pub const KEEP: usize = 200;
/// Notifications kept at most, but for those under way.
pub const MOST: usize = 1_000;
/// How far beyond its limit the list may grow before it is looked through: so that this is seldom.
const SLACK: usize = 50;

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Notifications {
    list: Vec<Notification>,
    places: HashMap<NotificationId, usize>,
    forgotten: Keys,
    /// The length at which the list is looked through next.
    full_at: usize,
}

#[derive(Clone, Serialize, Deserialize)]
struct Stored {
    list: Vec<Notification>,
    forgotten: Keys,
    full_at: usize,
}

impl From<Stored> for Notifications {
    fn from(stored: Stored) -> Self {
        let mut read = Self {
            list: stored.list,
            places: HashMap::new(),
            forgotten: stored.forgotten,
            full_at: stored.full_at,
        };
        read.index();
        read
    }
}

impl From<Notifications> for Stored {
    fn from(kept: Notifications) -> Self {
        Self {
            list: kept.list,
            forgotten: kept.forgotten,
            full_at: kept.full_at,
        }
    }
}

impl Notifications {
    /// The notification with this id, as long as it is kept.
    pub fn get(&self, id: NotificationId) -> Option<&Notification> {
        self.places.get(&id).and_then(|place| self.list.get(*place))
    }

    /// The same, to be changed.
    pub fn get_mut(&mut self, id: NotificationId) -> Option<&mut Notification> {
        self.places.get(&id).and_then(|place| self.list.get_mut(*place))
    }

    /// Whether this id was ever queued.
    pub fn knows(&self, id: NotificationId) -> bool {
        self.places.contains_key(&id) || self.forgotten.contains(id.0)
    }

    /// Those kept, oldest first.
    pub fn iter(&self) -> std::slice::Iter<'_, Notification> {
        self.list.iter()
    }

    /// Changes each of them; ids stay.
    pub fn each(&mut self, change: impl FnMut(&mut Notification)) {
        self.list.iter_mut().for_each(change);
    }

    /// The newest.
    pub fn last(&self) -> Option<&Notification> {
        self.list.last()
    }

    /// How many are kept.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether none is kept.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Those about a subject, oldest first.
    pub fn about<'a>(&'a self, subject: &'a SubjectRef) -> impl DoubleEndedIterator<Item = &'a Notification> {
        self.iter().filter(move |n| n.subject.as_ref() == Some(subject))
    }

    /// Adds one. Answers whether the list should be looked through.
    pub fn push(&mut self, notification: Notification) -> bool {
        self.places.insert(notification.id, self.list.len());
        self.list.push(notification);
        self.list.len() >= self.full_at.max(KEEP + SLACK)
    }

    /// Forgets what is settled and old; `is_open` tells of a subject whether a rule may still need its cards.
    pub fn forget(&mut self, is_open: impl Fn(&SubjectRef) -> bool) {
        let newest = self.list.len().saturating_sub(KEEP);
        let beyond = self.list.len().saturating_sub(MOST);
        let mut place = 0;
        let forgotten = &mut self.forgotten;
        self.list.retain(|n| {
            let needed = n.subject.as_ref().is_some_and(&is_open);
            let keep = place >= newest || !n.phase.is_settled() || (needed && place >= beyond);
            place += 1;
            if !keep {
                forgotten.insert(n.id.0);
            }
            keep
        });
        self.full_at = self.list.len() + SLACK;
        self.index();
    }

    fn index(&mut self) {
        self.places = self
            .list
            .iter()
            .enumerate()
            .map(|(place, n)| (n.id, place))
            .collect();
    }
}

impl<'a> IntoIterator for &'a Notifications {
    type Item = &'a Notification;
    type IntoIter = std::slice::Iter<'a, Notification>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests;
