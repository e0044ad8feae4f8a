//! A meeting of two or more people.

use chrono::{DateTime, Utc};

use super::super::link::HttpsLink;
use super::Content;
use super::field::{flag, id, line, link, list, moment, name_of, one_line, text};

/// Most people named.
const MAX_PEOPLE: usize = 6;
/// Most times offered.
const MAX_SLOTS: usize = 6;

/// What is known of a meeting.
pub(crate) struct Meeting {
    /// What it is called.
    pub(crate) title: Option<String>,
    /// What it is about.
    pub(crate) agenda: Option<String>,
    /// The place.
    pub(crate) location: Option<String>,
    /// The online meeting.
    pub(crate) join: Option<HttpsLink>,
    /// A calendar entry.
    pub(crate) calendar: Option<HttpsLink>,
    /// Who called it.
    pub(crate) organizer: Option<String>,
    /// Everybody who is named, the organizer first.
    pub(crate) people: Vec<String>,
    /// Who changed it last.
    pub(crate) actor: Option<String>,
    /// When it begins.
    pub(crate) starts_at: Option<DateTime<Utc>>,
    /// When it ends.
    pub(crate) ends_at: Option<DateTime<Utc>>,
    /// Times to choose from.
    pub(crate) slots: Vec<Slot>,
}

/// A time to choose.
pub(crate) struct Slot {
    /// What an answer names; by its place where Chronus gives none.
    pub(crate) id: String,
    /// From when.
    pub(crate) starts_at: DateTime<Utc>,
    /// Until when.
    pub(crate) ends_at: Option<DateTime<Utc>>,
    /// Whether both calendars are free.
    pub(crate) both_free: bool,
}

impl Meeting {
    /// Reads it.
    pub(crate) fn read(content: &Content) -> Self {
        let data = &content.data;
        let actor = line(&data["actor"], "name").or_else(|| content.actor.as_deref().and_then(one_line));
        let organizer = name_of(data, "organizer");
        let named = list(data, "participants").iter().filter_map(|person| {
            person
                .as_str()
                .and_then(one_line)
                .or_else(|| line(person, "name"))
        });
        let mut people: Vec<String> = Vec::new();
        for name in organizer.clone().into_iter().chain(named) {
            if !people.contains(&name) && people.len() < MAX_PEOPLE {
                people.push(name);
            }
        }
        Self {
            title: line(data, "title"),
            agenda: text(data, "agenda"),
            location: line(data, "location"),
            join: link(data, "join_url"),
            calendar: link(data, "calendar_url").or_else(|| link(&data["links"], "calendar")),
            organizer,
            people,
            actor,
            starts_at: moment(data, "starts_at"),
            ends_at: moment(data, "ends_at"),
            slots: list(data, "slots")
                .iter()
                .enumerate()
                .filter_map(slot)
                .take(MAX_SLOTS)
                .collect(),
        }
    }
}

fn slot((at, slot): (usize, &serde_json::Value)) -> Option<Slot> {
    Some(Slot {
        id: id(slot, "id").unwrap_or_else(|| (at + 1).to_string()),
        starts_at: moment(slot, "starts_at")?,
        ends_at: moment(slot, "ends_at"),
        both_free: flag(slot, "both_free").unwrap_or_default(),
    })
}
