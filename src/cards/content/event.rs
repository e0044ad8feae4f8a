//! An event of an employee resource group.

use chrono::{DateTime, Utc};

use super::super::link::HttpsLink;
use super::Content;
use super::field::{count, image, line, link, moment, name_of, one_line, text};

/// What is known of an event.
pub(crate) struct Event {
    /// What it is called.
    pub(crate) title: Option<String>,
    /// The group that holds it.
    pub(crate) group: Option<String>,
    /// Who receives the guests.
    pub(crate) host: Option<String>,
    /// Who changed or cancelled it.
    pub(crate) actor: Option<String>,
    /// What happens there.
    pub(crate) description: Option<String>,
    /// A banner and what it shows.
    pub(crate) image: Option<(HttpsLink, Option<String>)>,
    /// When it begins.
    pub(crate) starts_at: Option<DateTime<Utc>>,
    /// When it ends.
    pub(crate) ends_at: Option<DateTime<Utc>>,
    /// The place.
    pub(crate) location: Option<String>,
    /// The online meeting.
    pub(crate) online: Option<HttpsLink>,
    /// Places that are left.
    pub(crate) seats_left: Option<u32>,
    /// Colleagues who come.
    pub(crate) going: Option<u32>,
    /// What happens instead of a cancelled one.
    pub(crate) replacement: Option<Replacement>,
}

/// The event that takes the place of a cancelled one.
pub(crate) struct Replacement {
    /// What it is called.
    pub(crate) title: Option<String>,
    /// When it begins.
    pub(crate) starts_at: Option<DateTime<Utc>>,
    /// Where to find it.
    pub(crate) link: Option<HttpsLink>,
}

impl Event {
    /// Reads it.
    pub(crate) fn read(content: &Content) -> Self {
        let data = &content.data;
        let replacement = &data["replacement"];
        Self {
            title: line(data, "title"),
            group: name_of(data, "erg"),
            host: name_of(data, "host"),
            actor: line(&data["actor"], "name").or_else(|| content.actor.as_deref().and_then(one_line)),
            description: text(data, "description").or_else(|| text(data, "body")),
            image: image(data, "image"),
            starts_at: moment(data, "starts_at"),
            ends_at: moment(data, "ends_at"),
            location: line(data, "location"),
            online: link(data, "online_url"),
            seats_left: count(data, "seats_left"),
            going: count(data, "going_count"),
            replacement: replacement.is_object().then(|| Replacement {
                title: line(replacement, "title"),
                starts_at: moment(replacement, "starts_at"),
                link: link(replacement, "url"),
            }),
        }
    }
}
