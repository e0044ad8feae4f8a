//! `[privacy]`: what is forgotten by itself.

use chrono::TimeDelta;
use serde::Deserialize;

/// `[privacy]`: what is forgotten by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Privacy {
    /// For how many days members whom Chronus removed are remembered; nobody is forgotten by itself where it is 0.
    pub forget_removed_after_days: u32,
}

impl Privacy {
    /// For how long members are remembered whom Chronus removed; for ever where nothing is said.
    pub fn remembers(&self) -> Option<TimeDelta> {
        let days = self.forget_removed_after_days;
        (days > 0).then(|| TimeDelta::days(i64::from(days)))
    }
}
