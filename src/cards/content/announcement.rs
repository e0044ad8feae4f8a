//! An announcement of a programme or a group.

use super::super::link::HttpsLink;
use super::Content;
use super::field::{flag, image, label, line, text};
use super::person::Person;

/// What is announced.
pub(crate) struct Announcement {
    /// Its text.
    pub(crate) body: Option<String>,
    /// A picture and what it shows.
    pub(crate) image: Option<(HttpsLink, Option<String>)>,
    /// What its one button says.
    pub(crate) label: Option<String>,
    /// To whom: `all mentors in Spring Mentoring`.
    pub(crate) audience: Option<String>,
    /// Who wrote it.
    pub(crate) author: Person,
    /// Whether reading is to be confirmed.
    pub(crate) acknowledge: bool,
}

impl Announcement {
    /// Reads it. Where it names no author, the actor of `published` is; whoever takes it back is not.
    pub(crate) fn read(content: &Content, published: &Content) -> Self {
        let data = &content.data;
        Self {
            body: text(data, "body")
                .or_else(|| text(data, "text"))
                .or_else(|| text(data, "message")),
            image: image(data, "image"),
            label: label(data, "url_label"),
            audience: line(data, "audience"),
            author: Person::read(data, "author", published),
            acknowledge: flag(data, "acknowledge").unwrap_or_default(),
        }
    }
}
