//! Maps of a fold's state. Of a fold that goes on from a checkpoint they hold what is needed now, and the rest lies in the
//! checkpoint's file; of one that reads the log from its beginning they hold everything.

use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::state_file::StateFile;

/// A map of which a part may lie in a checkpoint.
#[derive(Debug)]
pub(super) struct Kept<K, V> {
    /// Its name in the file.
    name: &'static str,
    /// `None` where the key is known to have nothing.
    entries: HashMap<K, Option<V>>,
    file: Option<StateFile>,
}

impl<K, V> Kept<K, V> {
    pub(super) fn new(name: &'static str) -> Self {
        Self {
            name,
            entries: HashMap::new(),
            file: None,
        }
    }
}

impl<K: Eq + Hash + Clone + Debug + Serialize, V: Serialize + DeserializeOwned> Kept<K, V> {
    /// From now on what is not here is looked for in the file.
    pub(super) fn go_on_from(&mut self, file: &StateFile) {
        self.file = Some(file.clone());
    }

    /// Brings an entry here, so that the other functions find it.
    pub(super) fn need(&mut self, key: &K) {
        if let Some(file) = &self.file
            && !self.entries.contains_key(key)
        {
            let value = file.read(self.name, key);
            self.entries.insert(key.clone(), value);
        }
    }

    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.entries.get(key)?.as_ref()
    }

    pub(super) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.entries.get_mut(key)?.as_mut()
    }

    pub(super) fn contains_key(&self, key: &K) -> bool {
        self.get(key).is_some()
    }

    /// Answers what was there before.
    pub(super) fn insert(&mut self, key: K, value: V) -> Option<V> {
        self.entries.insert(key, Some(value)).flatten()
    }

    pub(super) fn remove(&mut self, key: &K) -> Option<V> {
        if self.file.is_none() {
            return self.entries.remove(key).flatten();
        }
        self.entries.get_mut(key)?.take()
    }

    pub(super) fn get_or_insert_with(&mut self, key: K, value: impl FnOnce() -> V) -> &mut V {
        self.entries.entry(key).or_default().get_or_insert_with(value)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        let entries = self.entries.iter();
        entries.filter_map(|(key, value)| Some((key, value.as_ref()?)))
    }

    /// Writes what is here into the file and lets go of it.
    pub(super) fn settle(&mut self) {
        let Some(file) = &self.file else { return };
        for (key, value) in self.entries.drain() {
            file.write(self.name, &key, value.as_ref());
        }
    }
}
