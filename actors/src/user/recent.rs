//! When a chat got something from us lately, by the log. Teams' windows go on over a restart of ours, and what a
//! lane keeps in memory does not.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// How far back is remembered: the longest of Teams' windows.
const LONGEST: TimeDelta = TimeDelta::hours(1);
/// Most that is remembered; Teams takes less within the longest window.
const MOST: usize = 2_000;

/// Times in milliseconds, oldest first; none older than the longest window before the newest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Recent(VecDeque<i64>);

impl Recent {
    /// Something leaves for the chat.
    pub(crate) fn began(&mut self, at: DateTime<Utc>) {
        let ms = at.timestamp_millis();
        let old = |first: &i64| *first <= ms - LONGEST.num_milliseconds();
        while self.0.len() >= MOST || self.0.front().is_some_and(old) {
            self.0.pop_front();
        }
        self.0.push_back(ms);
    }

    /// The outcome of what left last is known: Teams counted it until then.
    pub(crate) fn ended(&mut self, at: DateTime<Utc>) {
        if let Some(last) = self.0.back_mut() {
            *last = at.timestamp_millis();
        }
    }

    /// What left after `since`.
    pub fn after(&self, since: DateTime<Utc>) -> Vec<DateTime<Utc>> {
        let since = since.timestamp_millis();
        let after = self.0.iter().filter(|ms| **ms > since);
        after
            .filter_map(|ms| DateTime::from_timestamp_millis(*ms))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    #[test]
    fn what_is_older_than_the_longest_window_is_forgotten() {
        let mut recent = Recent::default();
        for second in [0, 10, 3_600, 3_605] {
            recent.began(at(second));
        }
        assert_eq!(recent.after(at(-1)), [at(10), at(3_600), at(3_605)]);
        assert_eq!(recent.after(at(3_600)), [at(3_605)]);
    }

    #[test]
    fn an_hour_after_something_left_it_is_forgotten_and_no_sooner() {
        let (mut recent, noon) = (Recent::default(), at(1_772_452_800));
        for second in [0, 1, 3_600] {
            recent.began(noon + TimeDelta::seconds(second));
        }
        assert_eq!(
            recent.after(at(-1)),
            [noon + TimeDelta::seconds(1), noon + TimeDelta::seconds(3_600)]
        );
    }

    #[test]
    fn of_more_than_teams_takes_the_newest_are_remembered() {
        let mut recent = Recent::default();
        for _ in 0..=MOST {
            recent.began(at(0));
        }
        assert_eq!(recent.after(at(-1)).len(), MOST);
    }

    #[test]
    fn a_try_counts_until_its_outcome_is_known() {
        let mut recent = Recent::default();
        recent.began(at(0));
        recent.ended(at(9));
        assert_eq!(recent.after(at(-1)), [at(9)]);
    }
}
