//! A set of ids that only grows, kept small: what had its effect once must be known for ever.
//!
//! Ids are UUIDs derived by hashing, so 64 bits tell them apart well enough: with 100,000 ids of
//! one person the odds that a new one is taken for an old one are one in 10^12.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<u64>", into = "Vec<u64>")]
pub struct Keys(HashSet<u64>);

fn short(id: Uuid) -> u64 {
    let (high, low) = id.as_u64_pair();
    high ^ low
}

impl Keys {
    /// Adds an id.
    pub fn insert(&mut self, id: Uuid) {
        self.0.insert(short(id));
    }

    /// Whether the id was added.
    pub fn contains(&self, id: Uuid) -> bool {
        self.0.contains(&short(id))
    }
}

impl From<Vec<u64>> for Keys {
    fn from(ids: Vec<u64>) -> Self {
        Self(ids.into_iter().collect())
    }
}

impl From<Keys> for Vec<u64> {
    fn from(keys: Keys) -> Self {
        let mut ids: Self = keys.0.into_iter().collect();
        ids.sort_unstable();
        ids
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_share_bits_are_told_apart_and_stored_in_order() {
        let ids = [(3, 0), (1, 0), (1, 1)].map(|(high, low)| Uuid::from_u64_pair(high, low));
        let mut keys = Keys::default();
        keys.insert(ids[0]);
        keys.insert(ids[1]);
        assert!(keys.contains(ids[1]));
        assert!(!keys.contains(ids[2]));
        assert_eq!(Vec::from(keys), [1, 3]);
    }

    #[test]
    fn equal_sets_are_stored_as_equal_bytes() {
        let of = |ids: &mut dyn Iterator<Item = u128>| {
            let mut keys = Keys::default();
            ids.for_each(|id| keys.insert(Uuid::from_u128(id)));
            Vec::from(keys)
        };
        let stored = of(&mut (0..64));
        assert_eq!(stored, (0..64).collect::<Vec<u64>>());
        assert_eq!(stored, of(&mut (0..64).rev()));
    }
}
