//! The newest failure of each kind, for the health page: what, how often, when last. Bounded, and without personal
//! content: a kind and a code, no text of anybody's.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};

/// Kinds kept; the one that is longest ago makes room.
const KEPT: usize = 40;

/// One kind of failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What it did to a card or an answer: `refused`, `unknown`, `retry`, `answer not taken`.
    pub class: &'static str,
    /// The connector's code, or ours.
    pub code: String,
    /// How often since the process started.
    pub count: u64,
    /// When last.
    pub last: DateTime<Utc>,
}

/// The failures since the process started. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Troubles(Arc<Mutex<HashMap<(&'static str, String), Trouble>>>);

impl Troubles {
    /// Notes one.
    pub fn note(&self, class: &'static str, code: &str, at: DateTime<Utc>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (class, code.to_owned());
        if !all.contains_key(&key) && all.len() >= KEPT {
            let oldest = all.values().min_by_key(|trouble| trouble.last);
            let oldest = oldest.map(|trouble| (trouble.class, trouble.code.clone()));
            if let Some(oldest) = oldest {
                all.remove(&oldest);
            }
        }
        let trouble = all.entry(key).or_insert_with(|| Trouble {
            class,
            code: code.to_owned(),
            count: 0,
            last: at,
        });
        trouble.count += 1;
        trouble.last = trouble.last.max(at);
    }

    /// All of them, the newest first.
    pub fn newest_first(&self) -> Vec<Trouble> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<Trouble> = all.values().cloned().collect();
        all.sort_by(|one, other| other.last.cmp(&one.last).then_with(|| one.code.cmp(&other.code)));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_counted_and_the_longest_ago_makes_room() {
        let troubles = Troubles::default();
        let at = |second| DateTime::from_timestamp(second, 0).unwrap();
        for second in 0..=i64::try_from(KEPT).unwrap() {
            troubles.note("refused", &format!("code-{second}"), at(second));
        }
        troubles.note("refused", "code-7", at(1_000));
        let all = troubles.newest_first();
        assert_eq!(all.len(), KEPT);
        assert_eq!((all[0].code.as_str(), all[0].count), ("code-7", 2));
        assert!(all.iter().all(|trouble| trouble.code != "code-0"));
    }
}
