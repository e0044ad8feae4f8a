//! A connection between two people.

use super::super::link::HttpsLink;
use super::super::time::Deadline;
use super::Content;
use super::field::{deadline, line, link, text};
use super::person::Person;

/// What is known of a connection.
pub(crate) struct Connection {
    /// The other person.
    pub(crate) partner: Person,
    /// What the reader is in it: `mentor`.
    pub(crate) role: Option<String>,
    /// When it began.
    pub(crate) starts_at: Option<Deadline>,
    /// When it ends.
    pub(crate) ends_at: Option<Deadline>,
    /// What the programme suggests to do next.
    pub(crate) next_step: Option<String>,
    /// Where to say how it was.
    pub(crate) feedback: Option<HttpsLink>,
}

impl Connection {
    /// Reads it.
    pub(crate) fn read(content: &Content) -> Self {
        let data = &content.data;
        Self {
            partner: Person::only(data, "partner"),
            role: line(data, "role"),
            starts_at: deadline(data, "starts_at"),
            ends_at: deadline(data, "ends_at"),
            next_step: text(data, "next_step"),
            feedback: link(data, "feedback_url"),
        }
    }
}
