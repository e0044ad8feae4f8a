//! A key table that lives as long as the process: for tests and for trying things out.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use futures_util::future::{BoxFuture, FutureExt as _};
use zeroize::Zeroizing;

use super::{KeyTable, KeyTableError, PersonId, PersonKey, random_bytes};

/// See the module.
#[derive(Debug)]
pub struct MemoryKeyTable {
    lookup_secret: Zeroizing<[u8; 32]>,
    /// Per person every key ever made, `None` once destroyed; the index plus one is the generation.
    keys: Mutex<HashMap<PersonId, Vec<Option<PersonKey>>>>,
}

impl Default for MemoryKeyTable {
    fn default() -> Self {
        Self {
            lookup_secret: Zeroizing::new(random_bytes()),
            keys: Mutex::default(),
        }
    }
}

impl MemoryKeyTable {
    fn with<T>(&self, act: impl FnOnce(&mut HashMap<PersonId, Vec<Option<PersonKey>>>) -> T) -> T {
        act(&mut self.keys.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl KeyTable for MemoryKeyTable {
    fn current_or_create(
        &self,
        persons: Vec<PersonId>,
    ) -> BoxFuture<'_, Result<Vec<PersonKey>, KeyTableError>> {
        let found = self.with(|keys| {
            persons
                .into_iter()
                .map(|person| {
                    let generations = keys.entry(person).or_default();
                    if let Some(Some(key)) = generations.last() {
                        return key.clone();
                    }
                    let generation = u32::try_from(generations.len()).unwrap_or(u32::MAX - 1) + 1;
                    let key = PersonKey {
                        generation,
                        secret: Zeroizing::new(random_bytes()),
                    };
                    generations.push(Some(key.clone()));
                    key
                })
                .collect()
        });
        async move { Ok(found) }.boxed()
    }

    fn find(
        &self,
        person: PersonId,
        generation: u32,
    ) -> BoxFuture<'_, Result<Option<PersonKey>, KeyTableError>> {
        let index = generation.saturating_sub(1) as usize;
        let found = self.with(|keys| {
            keys.get(&person)
                .and_then(|all| all.get(index).cloned().flatten())
        });
        async move { Ok(found) }.boxed()
    }

    fn destroy(&self, person: PersonId) -> BoxFuture<'_, Result<usize, KeyTableError>> {
        let destroyed = self.with(|keys| {
            keys.get_mut(&person)
                .map_or(0, |all| all.iter_mut().filter_map(Option::take).count())
        });
        async move { Ok(destroyed) }.boxed()
    }

    fn lookup_secret(&self) -> Zeroizing<[u8; 32]> {
        self.lookup_secret.clone()
    }
}
