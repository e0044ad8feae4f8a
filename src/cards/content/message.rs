//! A message from a partner or a group.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::super::link::HttpsLink;
use super::Content;
use super::field::{line, link, list, name_of, one_line, text};

/// Most earlier messages quoted.
const MAX_CONTEXT: usize = 2;
/// Most attachments linked.
const MAX_ATTACHMENTS: usize = 3;

/// What a message says.
pub(crate) struct Message {
    /// Who wrote it.
    pub(crate) from: Option<String>,
    /// What they wrote.
    pub(crate) text: Option<String>,
    /// When.
    pub(crate) time: Option<DateTime<Utc>>,
    /// The connection it belongs to.
    pub(crate) connection: Option<String>,
    /// The group it went to.
    pub(crate) group: Option<String>,
    /// What came before: who and what.
    pub(crate) context: Vec<(Option<String>, String)>,
    /// Linked files: what and where.
    pub(crate) attachments: Vec<(Option<String>, HttpsLink)>,
    /// To whom it was written, for the sender of one that did not arrive.
    pub(crate) to: Option<String>,
}

impl Message {
    /// Reads it.
    pub(crate) fn read(content: &Content) -> Self {
        let data = &content.data;
        let from = name_of(data, "from").or_else(|| line(&data["actor"], "name"));
        let quoted = |said: &Value| text(said, "text").map(|text| (line(said, "name"), text));
        let linked = |file: &Value| link(file, "url").map(|link| (line(file, "title"), link));
        Self {
            from: from.or_else(|| content.actor.as_deref().and_then(one_line)),
            text: text(data, "text")
                .or_else(|| text(data, "body"))
                .or_else(|| text(data, "message")),
            time: content.time,
            connection: name_of(data, "connection"),
            group: name_of(data, "erg"),
            context: list(data, "context")
                .iter()
                .rev()
                .filter_map(quoted)
                .take(MAX_CONTEXT)
                .collect::<Vec<_>>()
                .into_iter()
                .rev()
                .collect(),
            attachments: list(data, "attachments")
                .iter()
                .filter_map(linked)
                .take(MAX_ATTACHMENTS)
                .collect(),
            to: name_of(data, "to").or_else(|| name_of(data, "partner")),
        }
    }
}
