//! What is known of each mutant, one line of JSON each, so that a run that was stopped goes on where it was.

use std::collections::HashMap;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::play::Fate;

/// One line.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Line {
    pub mutant: String,
    pub fate: Fate,
}

/// The journal; the newest line of a mutant counts.
pub struct Journal {
    file: File,
    fates: HashMap<String, Fate>,
}

impl Journal {
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let before = std::fs::read_to_string(path).unwrap_or_default();
        let lines = before
            .lines()
            .filter_map(|line| serde_json::from_str::<Line>(line).ok());
        Ok(Self {
            fates: lines.map(|line| (line.mutant, line.fate)).collect(),
            file: File::options().create(true).append(true).open(path)?,
        })
    }

    pub fn fate(&self, mutant: &str) -> Option<&Fate> {
        self.fates.get(mutant)
    }

    pub fn note(&mut self, mutant: &str, fate: Fate) -> anyhow::Result<()> {
        let line = Line {
            mutant: mutant.to_owned(),
            fate,
        };
        writeln!(self.file, "{}", serde_json::to_string(&line)?)?;
        self.fates.insert(line.mutant, line.fate);
        Ok(())
    }
}
