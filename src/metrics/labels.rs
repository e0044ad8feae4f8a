//! Label values whose number is bounded, whatever comes from outside.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// What stands for all values beyond the bound.
pub const OTHER: &str = "other";

/// Lets the first so many different values through and answers [`OTHER`] for the rest.
#[derive(Debug)]
pub struct Labels {
    limit: usize,
    seen: Mutex<HashSet<String>>,
}

impl Labels {
    /// Lets `limit` values through.
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            seen: Mutex::default(),
        }
    }

    /// The label for a value. The same value always gets the same label.
    pub fn of(&self, value: &str) -> String {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if !seen.contains(value) {
            if seen.len() >= self.limit {
                return OTHER.to_owned();
            }
            seen.insert(value.to_owned());
        }
        value.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_beyond_the_bound_share_a_label_and_the_first_ones_keep_theirs() {
        let labels = Labels::new(2);
        assert_eq!(
            ["a", "b", "c", "a"].map(|value| labels.of(value)),
            ["a", "b", OTHER, "a"]
        );
        assert_eq!(Labels::new(0).of("a"), OTHER);
    }
}
