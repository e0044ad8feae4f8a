//! What is asked of a report's changes.

use std::borrow::Cow;

use chrono_tz::Tz;
use events::Position;

use super::buckets::Span;
use super::ledger::Filter;

/// By what figures are grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum By {
    /// Calendar days, weeks or months.
    Span(Span),
    /// Hours of the day on the zone's clock.
    Hour,
    /// Days of the week.
    Weekday,
    /// Which card.
    Kind,
    /// The programme.
    Program,
    /// From person to person, or to many.
    Class,
    /// The organization.
    Organization,
}

impl By {
    /// Every one, with its name.
    pub const ALL: [(&'static str, Self); 9] = [
        ("day", Self::Span(Span::Day)),
        ("week", Self::Span(Span::Week)),
        ("month", Self::Span(Span::Month)),
        ("hour", Self::Hour),
        ("weekday", Self::Weekday),
        ("kind", Self::Kind),
        ("program", Self::Program),
        ("class", Self::Class),
        ("organization", Self::Organization),
    ];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(_, by)| *by == self)
            .map_or("", |(name, _)| name)
    }
}

/// What is asked of a ledger.
#[derive(Debug, Clone)]
pub struct Question {
    /// By what figures are grouped; `None` for one group.
    pub by: Option<By>,
    /// Whose days and hours.
    pub zone: Tz,
    /// The last position that counts.
    pub upto: Position,
    /// Which period counts, and whether the report narrows.
    pub filter: Filter,
    /// Shows groups of few people too.
    pub small_groups: bool,
}

/// A line's labels.
pub type Labels = Vec<Cow<'static, str>>;

/// Why a report cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TallyError {
    /// More groups than anybody reads.
    #[error(
        "the period has more than {MOST_GROUPS} groups of that length; narrow it with --from and --to, or take longer ones"
    )]
    TooManyGroups,
}

/// Groups of one table, at most.
pub const MOST_GROUPS: usize = 5_000;
