//! Which steps a run has finished, kept in a file so that a second run need not play them again. Losing it costs
//! time and changes nothing.

use std::collections::HashSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use chrono::TimeDelta;

use super::scenario::{Deed, Scenario};
use super::times;

/// The note of finished steps.
#[derive(Debug)]
pub struct Progress {
    path: PathBuf,
    finished: HashSet<String>,
}

impl Progress {
    /// Reads the note in `folder`, if there is one.
    pub fn open(folder: &Path) -> Self {
        let path = folder.join("finished-steps.txt");
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        // A line that a kill cut off has no end and does not count.
        let finished = text
            .split_inclusive('\n')
            .filter_map(|line| line.strip_suffix('\n'))
            .map(str::to_owned)
            .collect();
        Self { path, finished }
    }

    /// Whether a step was finished before.
    pub fn has(&self, step: &str) -> bool {
        self.finished.contains(step)
    }

    /// How long the finished waits of a play were, all together.
    pub fn waited(&self, scenario: &Scenario) -> TimeDelta {
        let waits = scenario.steps().filter(|step| self.has(&step.name));
        let spans = waits.filter_map(|step| match &step.what {
            Deed::Wait { span } => times::span_of(span),
            _ => None,
        });
        spans.sum()
    }

    /// Notes a step.
    pub fn note(&mut self, step: &str) -> std::io::Result<()> {
        self.finished.insert(step.to_owned());
        let mut file = std::fs::File::options()
            .create(true)
            .append(true)
            .open(&self.path)?;
        file.write_all(format!("{step}\n").as_bytes())
    }
}
