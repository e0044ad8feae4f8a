//! Things by a key of their own, in the order in which they are given out.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

/// See the module. `O` is what the order goes by; of equal ones the key decides.
#[derive(Debug)]
pub(super) struct Ordered<K, O, V> {
    places: HashMap<K, O>,
    things: BTreeMap<(O, K), V>,
}

impl<K, O, V> Default for Ordered<K, O, V> {
    fn default() -> Self {
        Self {
            places: HashMap::new(),
            things: BTreeMap::new(),
        }
    }
}

impl<K: Clone + Eq + Hash + Ord, O: Clone + Ord, V> Ordered<K, O, V> {
    /// Puts a thing in, in its place where it is in already, or takes it out.
    pub(super) fn set(&mut self, key: K, thing: Option<(O, V)>) {
        if let Some(place) = self.places.remove(&key) {
            self.things.remove(&(place, key.clone()));
        }
        if let Some((place, thing)) = thing {
            self.places.insert(key.clone(), place.clone());
            self.things.insert((place, key), thing);
        } else if self.places.is_empty() {
            // What a burst took is given back.
            *self = Self::default();
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// What the first one's order goes by.
    pub(super) fn first(&self) -> Option<&O> {
        self.things.first_key_value().map(|((order, _), _)| order)
    }

    /// All, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&O, &K, &V)> {
        self.things
            .iter()
            .map(|((order, key), thing)| (order, key, thing))
    }
}
