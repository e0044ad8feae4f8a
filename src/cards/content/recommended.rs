//! A suggested mentor.

use super::super::link::HttpsLink;
use super::Content;
use super::field::{line, lines, link};
use super::person::Person;

/// What is told of a suggested person.
pub(crate) struct Recommended {
    /// The suggested person.
    pub(crate) mentor: Person,
    /// Why.
    pub(crate) reasons: Vec<String>,
    /// Which of the reader's goals it serves.
    pub(crate) goals: Vec<String>,
    /// What that person would be.
    pub(crate) role: Option<String>,
    /// The person's profile in Chronus.
    pub(crate) profile: Option<HttpsLink>,
}

impl Recommended {
    /// Reads it.
    pub(crate) fn read(content: &Content) -> Self {
        let data = &content.data;
        Self {
            mentor: Person::only(data, "mentor"),
            reasons: lines(data, "reasons"),
            goals: lines(data, "goals"),
            role: line(data, "role"),
            profile: link(&data["links"], "profile"),
        }
    }
}
