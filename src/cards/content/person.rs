//! Someone a card names.

use std::fmt;

use serde_json::Value;

use super::super::link::HttpsLink;
use super::Content;
use super::field::{line, link};

/// Someone a card names.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Person {
    /// Display name.
    pub(crate) name: Option<String>,
    /// Job title.
    pub(crate) title: Option<String>,
    /// Where the person works.
    pub(crate) location: Option<String>,
    /// Where a picture of the person is.
    pub(crate) picture: Option<HttpsLink>,
}

impl Person {
    /// The person under `key`, and where that names nobody, the actor of `by`, whose name its envelope may hold.
    pub(crate) fn read(data: &Value, key: &str, by: &Content) -> Self {
        let named = Self::only(data, key);
        if named.name.is_some() {
            return named;
        }
        let actor = Self::only(&by.data, "actor");
        Self {
            name: actor
                .name
                .or_else(|| by.actor.as_deref().and_then(super::field::one_line)),
            title: named.title.or(actor.title),
            location: named.location.or(actor.location),
            picture: named.picture.or(actor.picture),
        }
    }

    /// The person under `key` and nobody else.
    pub(super) fn only(data: &Value, key: &str) -> Self {
        Self {
            name: super::field::name_of(data, key),
            title: line(&data[key], "title"),
            location: line(&data[key], "location"),
            picture: link(&data[key], "picture_url"),
        }
    }

    /// Job title and place.
    pub(crate) fn about(&self) -> Option<String> {
        let parts: Vec<&str> = [&self.title, &self.location]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect();
        (!parts.is_empty()).then(|| parts.join(" · "))
    }
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Person(..)")
    }
}
