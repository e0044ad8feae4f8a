//! How an invitation fares, as this service counted it.

use chrono::{DateTime, Utc};
use events::work::InvitationFigures;

use super::Content;
use super::field::{line, moment, name_of};

/// What its organizers are told.
pub(crate) struct Figures {
    /// What the event is called.
    pub(crate) title: Option<String>,
    /// The group that holds it.
    pub(crate) group: Option<String>,
    /// The figures.
    pub(crate) counted: InvitationFigures,
    /// As of when.
    pub(crate) counted_at: Option<DateTime<Utc>>,
}

impl Figures {
    /// Reads it.
    pub(crate) fn read(content: &Content) -> Self {
        let data = &content.data;
        Self {
            title: line(data, "title"),
            group: name_of(data, "erg"),
            counted: serde_json::from_value(data["figures"].clone()).unwrap_or_default(),
            counted_at: moment(data, "counted_at"),
        }
    }
}
