//! What a limiter remembers of its keys, bounded: whoever has many addresses must not fill the memory. Where no room is
//! left, keys that are not known share the buckets of a crowd, and those that are known keep theirs.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

use governor::nanos::Nanos;
use governor::state::StateStore;
use governor::state::keyed::ShrinkableKeyedStateStore;

/// Keys that are remembered at most.
pub(super) const MOST_KEYS: usize = 65_536;
/// Buckets that the others share.
const CROWD: usize = 1_024;

/// See the module.
#[derive(Debug)]
pub(super) struct Bounded<K> {
    known: Mutex<HashMap<K, Nanos>>,
    crowd: Mutex<Vec<Option<Nanos>>>,
    /// Which of these a key falls into, nobody outside can tell.
    hasher: RandomState,
}

impl<K> Default for Bounded<K> {
    fn default() -> Self {
        Self {
            known: Mutex::default(),
            crowd: Mutex::new(vec![None; CROWD]),
            hasher: RandomState::new(),
        }
    }
}

impl<K> Bounded<K> {
    fn known(&self) -> MutexGuard<'_, HashMap<K, Nanos>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Hash + Eq + Clone> StateStore for Bounded<K> {
    type Key = K;

    fn measure_and_replace<T, F, E>(&self, key: &K, measure: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let mut known = self.known();
        if let Some(state) = known.get_mut(key) {
            let (outcome, next) = measure(Some(*state))?;
            *state = next;
            return Ok(outcome);
        }
        if known.len() < MOST_KEYS {
            let (outcome, next) = measure(None)?;
            known.insert(key.clone(), next);
            return Ok(outcome);
        }
        drop(known);
        let mut crowd = self.crowd.lock().unwrap_or_else(PoisonError::into_inner);
        let place = usize::try_from(self.hasher.hash_one(key) % CROWD as u64).unwrap_or(0);
        let (outcome, next) = measure(crowd[place])?;
        crowd[place] = Some(next);
        Ok(outcome)
    }
}

impl<K: Hash + Eq + Clone> ShrinkableKeyedStateStore<K> for Bounded<K> {
    fn retain_recent(&self, drop_below: Nanos) {
        self.known().retain(|_, state| *state > drop_below);
    }

    fn shrink_to_fit(&self) {
        self.known().shrink_to_fit();
    }

    fn len(&self) -> usize {
        self.known().len()
    }

    fn is_empty(&self) -> bool {
        self.known().is_empty()
    }
}
