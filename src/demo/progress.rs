//! Which steps a run has finished and how far its clock began ahead, kept in a file so that a second run goes on
//! from there. Losing it costs time and changes nothing.

use std::collections::HashSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};

use super::scenario::{Deed, Scenario};
use super::times;

/// What the note of the clock begins with; behind it stand milliseconds.
const AHEAD: &str = "# the clock began ahead by ms ";

/// The note of finished steps.
#[derive(Debug)]
pub struct Progress {
    path: PathBuf,
    finished: HashSet<String>,
    ahead: TimeDelta,
}

impl Progress {
    /// Reads the note in `folder`, if there is one.
    pub fn open(folder: &Path) -> Self {
        let path = folder.join("finished-steps.txt");
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        // A line that a kill cut off has no end and does not count.
        let lines = || {
            text.split_inclusive('\n')
                .filter_map(|line| line.strip_suffix('\n'))
        };
        let ahead = lines()
            .find_map(|line| line.strip_prefix(AHEAD)?.parse().ok())
            .and_then(TimeDelta::try_milliseconds)
            .unwrap_or_default();
        let finished = lines()
            .filter(|line| !line.starts_with(AHEAD))
            .map(str::to_owned)
            .collect();
        Self {
            path,
            finished,
            ahead,
        }
    }

    /// Lets a play that has not begun yet begin at the next `hour` o'clock UTC, so that what waits for a time of day
    /// waits equally long in every run.
    pub fn begin_at(&mut self, hour: u32, now: DateTime<Utc>) -> std::io::Result<()> {
        if !self.finished.is_empty() || !self.ahead.is_zero() {
            return Ok(());
        }
        let time = NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default();
        let today = now.date_naive().and_time(time).and_utc();
        let begins = if today < now {
            today + TimeDelta::days(1)
        } else {
            today
        };
        self.ahead = begins - now;
        self.write(&format!("{AHEAD}{}", self.ahead.num_milliseconds()))
    }

    /// Whether a step was finished before.
    pub fn has(&self, step: &str) -> bool {
        self.finished.contains(step)
    }

    /// How far the play's clock is ahead: by where it began and by all finished waits.
    pub fn waited(&self, scenario: &Scenario) -> TimeDelta {
        let waits = scenario.steps().filter(|step| self.has(&step.name));
        let spans = waits.filter_map(|step| {
            let Deed::Wait { span } = &step.what else {
                return None;
            };
            times::span_of(span)
        });
        self.ahead + spans.sum()
    }

    /// Notes a step.
    pub fn note(&mut self, step: &str) -> std::io::Result<()> {
        self.finished.insert(step.to_owned());
        self.write(step)
    }

    fn write(&self, line: &str) -> std::io::Result<()> {
        let mut file = std::fs::File::options()
            .create(true)
            .append(true)
            .open(&self.path)?;
        file.write_all(format!("{line}\n").as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_play_begins_at_its_hour_and_a_later_run_goes_on_with_the_same_clock() {
        let folder = tempfile::tempdir().unwrap();
        let scenario = Scenario::sample().unwrap();
        let evening: DateTime<Utc> = "2026-11-29T22:26:00.5Z".parse().unwrap();
        let mut first = Progress::open(folder.path());
        first.begin_at(9, evening).unwrap();
        let ahead = first.waited(&scenario);
        assert_eq!(
            evening + ahead,
            "2026-11-30T09:00:00Z".parse::<DateTime<Utc>>().unwrap()
        );
        first.note("install").unwrap();

        let mut second = Progress::open(folder.path());
        second.begin_at(9, evening + TimeDelta::hours(3)).unwrap();
        assert!(second.has("install"));
        assert_eq!(second.waited(&scenario), ahead);
    }
}
