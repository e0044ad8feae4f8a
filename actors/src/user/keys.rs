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
