//! What stands around every page: where one is, whose data it is, as of when, and the same for a terminal.

use chrono::{DateTime, Utc};

use super::words::moment;

/// A page of the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// How it goes.
    Now,
    /// People.
    People,
    /// Cards.
    Cards,
    /// Dead letters.
    DeadLetters,
    /// Whom the service reaches.
    Reach,
    /// Reports.
    Reports,
    /// The event log.
    Log,
    /// Settings.
    Settings,
}

impl Place {
    /// Every one, with its path below the organization's and its name.
    pub(super) const ALL: [(Self, &'static str, &'static str); 8] = [
        (Self::Now, "", "Now"),
        (Self::People, "/find", "People"),
        (Self::Cards, "/cards", "Cards"),
        (Self::DeadLetters, "/dead-letters", "Dead letters"),
        (Self::Reach, "/reach", "Reach"),
        (Self::Reports, "/reports", "Reports"),
        (Self::Log, "/log", "Event log"),
        (Self::Settings, "/settings", "Settings"),
    ];
}

/// A link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) href: String,
    pub(super) text: String,
    pub(super) here: bool,
}

/// As of when a page tells.
#[derive(Debug, Clone, Default)]
pub(super) struct AsOf {
    /// The position.
    pub(super) position: String,
    /// When that was looked at.
    pub(super) time: String,
    /// What was asked for, where that is not now.
    pub(super) past: Option<String>,
    /// Whether this page can be asked as of another moment.
    pub(super) can_ask: bool,
    /// What else stands in the page's address.
    pub(super) rest: Vec<(String, String)>,
}

impl AsOf {
    /// What is so now.
    pub(super) fn now(position: impl std::fmt::Display, now: DateTime<Utc>) -> Self {
        Self {
            position: position.to_string(),
            time: moment(now),
            ..Self::default()
        }
    }
}

/// Around a page.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    /// The page.
    pub(super) title: String,
    /// The organization's part of the paths.
    pub(super) base: String,
    /// The organization's name.
    pub(super) organization: String,
    /// The key's name.
    pub(super) who: String,
    /// What it may be used for.
    pub(super) roles: String,
    /// The session's token for forms.
    pub(super) form_token: String,
    /// The navigation.
    pub(super) places: Vec<Link>,
    /// What became of what was asked for last.
    pub(super) said: Option<String>,
    /// As of when it tells.
    pub(super) as_of: AsOf,
    /// What was looked for.
    pub(super) sought: String,
    /// The same from a terminal.
    pub(super) same: Vec<String>,
    /// The same as CSV.
    pub(super) csv: Option<String>,
    /// Names the style sheet and the script.
    pub(super) version: &'static str,
    /// Whether the page renews itself.
    pub(super) is_live: bool,
}
