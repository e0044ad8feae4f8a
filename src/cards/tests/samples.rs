//! One sample of each card and state, by the name of its snapshot.

mod chat;
mod data;
mod lists;
mod subjects;

use actors::card::{CardContent, CardSpec, LinkState, LinkView};
use actors::ports::Message;
use chrono::{DateTime, Utc};
use events::{NotificationId, OrganizationId, UserKey};

pub(super) use self::data::{content, request_data};
pub(super) use self::subjects::{subject, subject_card};
use crate::cards::language::Language;
use crate::cards::{Opened, OpenedSubject, draw};

pub(super) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub(super) fn now() -> DateTime<Utc> {
    at("2026-11-23T14:05:00Z")
}

pub(super) fn spec(content: CardContent) -> CardSpec {
    CardSpec {
        user: UserKey::parse("tenant-1/person-1").unwrap(),
        notification_id: NotificationId::derive(["sample"]),
        revision: 1,
        locale: Some("en-GB".into()),
        timezone: Some("Europe/Lisbon".into()),
        fault: None,
        content,
    }
}

pub(super) fn link(state: LinkState) -> LinkView {
    LinkView {
        name: None,
        address: None,
        state,
        disconnected: false,
    }
}

pub(super) fn linked() -> LinkView {
    link(LinkState::Linked(OrganizationId::parse("acme").unwrap()))
}

/// What the reader is called and what Chronus says in the samples.
pub(super) fn opened(items: Vec<OpenedSubject>) -> Opened {
    Opened {
        name: Some("Sam Okafor".into()),
        address: Some("sam_okafor@acme.example".into()),
        items,
        hosts_are_named: true,
        ..Opened::default()
    }
}

/// A card before it is drawn.
pub(super) struct Sample {
    /// The name of its snapshot.
    pub(super) name: &'static str,
    /// What it says.
    pub(super) content: CardContent,
    /// What is opened for it.
    pub(super) opened: Opened,
}

impl Sample {
    /// The card in a language.
    pub(super) fn drawn(&self, language: Language) -> Message {
        let spec = CardSpec {
            locale: Some(language.code().into()),
            ..spec(self.content.clone())
        };
        draw(&spec, &self.opened, now())
    }
}

/// Every sample.
pub(super) fn all() -> Vec<Sample> {
    [chat::all(), subjects::all(), lists::all()]
        .into_iter()
        .flatten()
        .collect()
}

/// Every sample in every language.
pub(super) fn drawn() -> impl Iterator<Item = (String, Message)> {
    all().into_iter().flat_map(|sample| {
        let name = |language: Language| format!("{} in {}", sample.name, language.code());
        Language::ALL.map(|language| (name(language), sample.drawn(language)))
    })
}
