//! Any other domain event.

use super::super::link::HttpsLink;
use super::Content;
use super::field::{label, link, text};

/// What a plain card says beneath its headline.
pub(crate) struct Plain {
    /// Its text.
    pub(crate) body: Option<String>,
    /// Where its button leads.
    pub(crate) link: Option<HttpsLink>,
    /// What its button says.
    pub(crate) label: Option<String>,
}

impl Plain {
    /// Reads it.
    pub(crate) fn read(content: &Content) -> Self {
        let data = &content.data;
        Self {
            body: text(data, "body")
                .or_else(|| text(data, "text"))
                .or_else(|| text(data, "message")),
            link: content.web().or_else(|| link(&data["links"], "profile")),
            label: label(data, "url_label"),
        }
    }
}
