//! One tenant's things, in the orders in which they are asked for.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Bound;

use events::{AadObjectId, NotificationId, Position, TenantId, UserKey};

use super::changes::Place;
use super::people::People;
use super::{Due, DueWork, HeldCard, PROFILE_RANK, RANKS, Slot, Work};

/// How much of what waited for a time is looked at, for each thing that is asked for: among these what expires
/// first goes first.
const LATER_LOOK: usize = 4;
/// The rank of answers to somebody who types, the only cards that leave while a tenant is off.
const REPLY_RANK: u8 = 1;

/// Where a thing lies: person, slot, rank, and the event that made it.
type At = (u32, Slot, u8, i64);
/// A head in an order: rank, what the order goes by, then the older one first.
type Entry = (u8, i64, i64, u32, Slot);
type Ordered = BTreeSet<Entry>;

fn entry(by: i64, at: At) -> Entry {
    (at.2, by, at.3, at.0, at.1)
}

fn place(entry: &Entry) -> At {
    (entry.3, entry.4, entry.0, entry.2)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Thing {
    notification: NotificationId,
    due: Due,
}

/// How much of one rank waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) rank: u8,
    pub(crate) count: u64,
    /// The head that came first, and when it is due.
    pub(crate) oldest: Option<(NotificationId, i64)>,
    /// Since when the first head is owed.
    pub(crate) owed_ms: Option<i64>,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Tenant {
    pub(super) enabled: bool,
    /// Where the event stands that last changed anything here.
    pub(super) changed: i64,
    people: People,
    things: BTreeMap<At, Thing>,
    /// Heads that can be done now, by when they expire.
    now: Ordered,
    /// Heads that wait for a time, by that time.
    later: Ordered,
    /// All heads, by since when they are owed.
    owed: Ordered,
    /// All heads, by age.
    age: BTreeSet<(u8, i64, u32, Slot)>,
    /// How many things there are of each rank; `None` where there never was one.
    counts: [Option<u64>; RANKS],
}

impl Default for Tenant {
    fn default() -> Self {
        Self {
            enabled: true,
            changed: 0,
            people: People::default(),
            things: BTreeMap::new(),
            now: Ordered::new(),
            later: Ordered::new(),
            owed: Ordered::new(),
            age: BTreeSet::new(),
            counts: [None; RANKS],
        }
    }
}

/// Those of a rank.
fn of_rank(ordered: &Ordered, rank: u8) -> impl Iterator<Item = &Entry> {
    let from = (rank, i64::MIN, i64::MIN, 0, Slot::Profile);
    ordered.range(from..).take_while(move |entry| entry.0 == rank)
}

impl Tenant {
    /// Adds a thing of `person`, or changes when it is due.
    pub(super) fn put(&mut self, person: &str, place: &Place, due: Due) {
        let thing = Thing {
            notification: place.notification,
            due,
        };
        let known = self.people.find(person);
        let at = |person| (person, place.slot, place.rank, place.position);
        if let Some(at) = known.map(at)
            && let Some(before) = self.things.get(&at).copied()
        {
            let head = self.is_head(at);
            if head {
                self.unlist(at, &before);
            }
            self.things.insert(at, thing);
            if head {
                self.list(at, &thing);
            }
            return;
        }
        let at = at(self.people.take(person));
        let head_before = self.head(at);
        self.things.insert(at, thing);
        self.count(place.rank, true);
        if place.slot.waits_alone() {
            return self.list(at, &thing);
        }
        if head_before.is_none_or(|head| at < head) {
            if let Some((head, before)) = head_before.and_then(|head| Some((head, *self.things.get(&head)?)))
            {
                self.unlist(head, &before);
            }
            self.list(at, &thing);
        }
    }

    /// Takes a thing out. Answers whether it was in.
    pub(super) fn remove(&mut self, person: &str, place: &Place) -> bool {
        let Some(number) = self.people.find(person) else {
            return false;
        };
        let at = (number, place.slot, place.rank, place.position);
        let head = self.is_head(at);
        let Some(thing) = self.things.remove(&at) else {
            return false;
        };
        self.count(place.rank, false);
        if head {
            self.unlist(at, &thing);
            if !place.slot.waits_alone()
                && let Some((next, thing)) = self
                    .head(at)
                    .and_then(|next| Some((next, *self.things.get(&next)?)))
            {
                self.list(next, &thing);
            }
        }
        self.people.give_back(number);
        true
    }

    /// The first thing of the slot that a place lies in.
    fn head(&self, (person, slot, rank, _): At) -> Option<At> {
        let from = Bound::Included((person, slot, rank, i64::MIN));
        let to = Bound::Included((person, slot, rank, i64::MAX));
        self.things.range((from, to)).next().map(|(at, _)| *at)
    }

    fn is_head(&self, at: At) -> bool {
        at.1.waits_alone() || self.head(at) == Some(at)
    }

    fn list(&mut self, at: At, thing: &Thing) {
        let (due, rank) = (thing.due, at.2);
        if due.delayed {
            self.later.insert(entry(due.at_ms, at));
        } else {
            self.now.insert(entry(due.expires_ms, at));
        }
        self.owed.insert(entry(due.owed_ms, at));
        self.age.insert((rank, at.3, at.0, at.1));
    }

    fn unlist(&mut self, at: At, thing: &Thing) {
        let (due, rank) = (thing.due, at.2);
        if due.delayed {
            self.later.remove(&entry(due.at_ms, at));
        } else {
            self.now.remove(&entry(due.expires_ms, at));
        }
        self.owed.remove(&entry(due.owed_ms, at));
        self.age.remove(&(rank, at.3, at.0, at.1));
    }

    fn count(&mut self, rank: u8, more: bool) {
        if let Some(count) = self.counts.get_mut(usize::from(rank)) {
            let before = count.unwrap_or(0);
            *count = Some(if more {
                before + 1
            } else {
                before.saturating_sub(1)
            });
        }
    }

    /// When the first thing is due, of those that may leave.
    pub(super) fn first_due(&self) -> Option<i64> {
        let due_ms = |at: &At| self.things.get(at).map(|thing| thing.due.at_ms);
        if !self.enabled {
            let leaves = |entry: &&Entry| entry.4 == Slot::Send;
            let now = of_rank(&self.now, REPLY_RANK).find(leaves);
            let later = of_rank(&self.later, REPLY_RANK).find(leaves);
            let now = now.and_then(|entry| due_ms(&place(entry)));
            return now.into_iter().chain(later.map(|entry| entry.1)).min();
        }
        let now = self.now.first().and_then(|entry| due_ms(&place(entry)));
        let later = ranks().filter_map(|rank| of_rank(&self.later, rank).next().map(|entry| entry.1));
        now.into_iter().chain(later).min()
    }

    /// The first thing of each person that is due by `now`, people in `busy` left out.
    pub(super) fn due(
        &self,
        tenant: &TenantId,
        now_ms: i64,
        busy: &HashSet<UserKey>,
        limit: usize,
    ) -> Vec<DueWork> {
        let busy: HashSet<u32> = busy
            .iter()
            .filter_map(|user| self.people.find(user.aad_object_id.as_str()))
            .collect();
        let leaves = |at: &At| self.enabled || (at.2 == REPLY_RANK && at.1 == Slot::Send);
        let take = |entries: &mut dyn Iterator<Item = &Entry>, limit: usize| {
            let mut people = HashSet::new();
            let mut taken = Vec::new();
            while people.len() < limit {
                let Some(at) = entries.next().map(place) else {
                    break;
                };
                if leaves(&at) && !busy.contains(&at.0) {
                    people.insert(at.0);
                    taken.push(at);
                }
            }
            taken
        };
        let mut found = if self.enabled {
            take(&mut self.now.iter(), limit)
        } else {
            take(&mut of_rank(&self.now, REPLY_RANK), limit)
        };
        for rank in ranks().filter(|rank| self.enabled || *rank == REPLY_RANK) {
            let mut waited = of_rank(&self.later, rank).take_while(|entry| entry.1 <= now_ms);
            found.extend(take(&mut waited, limit.saturating_mul(LATER_LOOK)));
        }
        found.sort_by_key(|at| (at.2, self.expires(at), at.3));
        let mut people = HashSet::new();
        found.retain(|at| people.insert(at.0));
        found.truncate(limit);
        found.iter().filter_map(|at| self.work(tenant, at)).collect()
    }

    fn expires(&self, at: &At) -> i64 {
        self.things.get(at).map_or(i64::MAX, |thing| thing.due.expires_ms)
    }

    fn work(&self, tenant: &TenantId, at: &At) -> Option<DueWork> {
        let thing = self.things.get(at)?;
        Some(DueWork {
            user: self.user(tenant, at.0)?,
            work: match at.1 {
                Slot::Profile => Work::Profile,
                Slot::Update | Slot::LaterUpdate => Work::Update(thing.notification),
                Slot::Send | Slot::Deferred => Work::Send(thing.notification),
            },
            position: Position(u64::try_from(at.3).unwrap_or(0)),
            attempted: thing.due.attempted,
        })
    }

    fn user(&self, tenant: &TenantId, person: u32) -> Option<UserKey> {
        let person = AadObjectId::parse(self.people.name(person)?).ok()?;
        Some(UserKey::new(tenant.clone(), person))
    }

    /// Cards of Chronus' that wait and were not begun, in no particular order.
    pub(super) fn held(&self, tenant: &TenantId, limit: usize) -> Vec<HeldCard> {
        let waiting = self
            .things
            .iter()
            .filter(|(at, thing)| at.1.sends() && thing.due.of_chronus && !thing.due.attempted);
        let card = |(at, thing): (&At, &Thing)| {
            Some(HeldCard {
                user: self.user(tenant, at.0)?,
                notification_id: thing.notification,
            })
        };
        waiting.filter_map(card).take(limit).collect()
    }

    /// How much waits, by rank; also ranks in which nothing waits any more.
    pub(super) fn groups(&self) -> Vec<Group> {
        let group = |rank: u8| {
            let count = (*self.counts.get(usize::from(rank))?)?;
            let oldest = self.age.range((rank, i64::MIN, 0, Slot::Profile)..).next();
            let oldest = oldest.filter(|entry| entry.0 == rank).and_then(|entry| {
                let thing = self.things.get(&(entry.2, entry.3, rank, entry.1))?;
                Some((thing.notification, thing.due.at_ms))
            });
            Some(Group {
                rank,
                count,
                oldest,
                owed_ms: of_rank(&self.owed, rank).next().map(|entry| entry.1),
            })
        };
        ranks().filter_map(group).collect()
    }

    #[cfg(test)]
    pub(super) fn all(&self) -> Vec<(String, Slot, u8, i64, NotificationId, Due, bool)> {
        let listed = |at: &At, thing: &Thing| {
            let (due, rank) = (thing.due, at.2);
            let listed = if due.delayed {
                self.later.contains(&entry(due.at_ms, *at))
            } else {
                self.now.contains(&entry(due.expires_ms, *at))
            };
            assert_eq!(listed, self.owed.contains(&entry(due.owed_ms, *at)));
            assert_eq!(listed, self.age.contains(&(rank, at.3, at.0, at.1)));
            listed
        };
        assert_eq!(self.now.len() + self.later.len(), self.age.len());
        assert_eq!(self.owed.len(), self.age.len());
        let told = |(at, thing): (&At, &Thing)| {
            let person = self.people.name(at.0).unwrap();
            (
                person,
                at.1,
                at.2,
                at.3,
                thing.notification,
                thing.due,
                listed(at, thing),
            )
        };
        let mut all: Vec<_> = self.things.iter().map(told).collect();
        all.sort_by(|one, other| (&one.0, one.1, one.2, one.3).cmp(&(&other.0, other.1, other.2, other.3)));
        all
    }
}

fn ranks() -> impl Iterator<Item = u8> {
    PROFILE_RANK..u8::try_from(RANKS).unwrap_or(u8::MAX)
}
