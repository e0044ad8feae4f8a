//! What each report counts, in words that two people read alike. Whoever changes what is counted raises the version.

/// How a section's figures are made of its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// How many rows there are; of the rows of the line with these labels where they are given.
    Count(Option<&'static [&'static str]>),
    /// How many rows there are at the end of each bucket, whenever they came to be.
    Standing,
    /// How many values there are, their median and their 90th percentile; in milliseconds.
    Duration,
    /// The same of whole numbers.
    Number,
}

/// A part of a report: one table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Section {
    /// Its name in files.
    pub name: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// What its labels are called.
    pub labels: &'static [&'static str],
    /// How its figures are made.
    pub measure: Measure,
    /// Lines that are there also where nothing counts in them, in order; others follow by name.
    pub lines: &'static [&'static [&'static str]],
    /// How many of its first labels name a group of people, which is hidden where it is small.
    pub group_labels: usize,
    /// Whether rows cease to count there, too.
    pub moves: bool,
}

/// A report: what it counts, how, and since when so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Definition {
    /// Its name on the command line.
    pub name: &'static str,
    /// Raised whenever what is counted changes.
    pub version: u32,
    /// What it is about, in a line.
    pub about: &'static str,
    /// What counts, of what, by which time, and what becomes of erased people.
    pub text: &'static str,
    /// Its tables.
    pub sections: &'static [Section],
    /// Whether groups of few people are hidden also in the report of a whole organization.
    pub guarded: bool,
    /// Whether its rows are of cards, so that a programme, a card or a type picks some of them.
    pub of_cards: bool,
}

/// How many people a group has at least, where it is shown by itself.
pub const FEWEST: usize = 5;

impl Definition {
    /// Its section with this name.
    pub fn section(&self, name: &str) -> Option<&'static Section> {
        self.sections.iter().find(|section| section.name == name)
    }

    /// `name@version`.
    pub fn id(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }
}
