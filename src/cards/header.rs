//! What tells a card's kind at a glance: a sign on a disc in the colour of its family, or the picture of the person it is
//! about; beside it what the card is, its headline, and who that person is.
//!
//! The signs are small pictures inside the card itself, so that nothing is fetched and no host need be allowed; how they
//! are made is told in `tools/cards/icons.mjs`. A person's picture is shown only where the organization names the
//! hosts that its cards may show pictures from, for whoever fetches a picture is seen by its host.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use events::organization::{CardKind, Family};
use serde_json::{Value, json};

use super::link::HttpsLink;
use super::names::kind_name;
use super::scene::Scene;

/// How wide the sign or picture is drawn, in pixels.
const WIDTH: &str = "40px";

/// The kinds that have a sign of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    Request,
    Connection,
    Match,
    Meeting,
    Event,
    Announcement,
    News,
    Survey,
    Message,
    Task,
}

impl Sign {
    /// All of them, in the order of their numbers.
    const ALL: [Self; 10] = [
        Self::Request,
        Self::Connection,
        Self::Match,
        Self::Meeting,
        Self::Event,
        Self::Announcement,
        Self::News,
        Self::Survey,
        Self::Message,
        Self::Task,
    ];

    /// The sign of a card about something in Chronus.
    pub(super) fn of(kind: CardKind) -> Self {
        match kind.family() {
            Family::Request => Self::Request,
            Family::Connection => Self::Connection,
            Family::Match => Self::Match,
            Family::Meeting => Self::Meeting,
            Family::ErgEvent => Self::Event,
            Family::Announcement => Self::Announcement,
            Family::Survey => Self::Survey,
            Family::Message => Self::Message,
            Family::Task => Self::Task,
            Family::News | Family::Greeting | Family::Summary | Family::Reply => Self::News,
        }
    }

    /// The same in a line of a list, where there is no room for pictures.
    pub(super) fn letter(self) -> &'static str {
        match self {
            Self::Request => "✍",
            Self::Connection => "∞",
            Self::Match => "★",
            Self::Meeting => "🗓",
            Self::Event => "⚑",
            Self::Announcement => "✦",
            Self::News => "☰",
            Self::Survey => "📋",
            Self::Message => "🗨",
            Self::Task => "☑",
        }
    }

    fn png(self) -> &'static [u8] {
        match self {
            Self::Request => include_bytes!("icons/request.png"),
            Self::Connection => include_bytes!("icons/connection.png"),
            Self::Match => include_bytes!("icons/match.png"),
            Self::Meeting => include_bytes!("icons/meeting.png"),
            Self::Event => include_bytes!("icons/event.png"),
            Self::Announcement => include_bytes!("icons/announcement.png"),
            Self::News => include_bytes!("icons/news.png"),
            Self::Survey => include_bytes!("icons/survey.png"),
            Self::Message => include_bytes!("icons/message.png"),
            Self::Task => include_bytes!("icons/task.png"),
        }
    }

    /// The picture as an address that needs no fetching.
    pub(super) fn address(self) -> &'static str {
        static ADDRESSES: LazyLock<[String; 10]> = LazyLock::new(|| {
            Sign::ALL.map(|sign| format!("data:image/png;base64,{}", STANDARD.encode(sign.png())))
        });
        &ADDRESSES[self as usize]
    }
}

/// The head of a card about something in Chronus.
pub(super) fn header(scene: &Scene<'_>, lines: &[Value]) -> Value {
    let picture = match scene.person_picture() {
        Some((link, name)) => person(&link, &name),
        None => icon(scene),
    };
    json!({ "type": "ColumnSet", "columns": [
        { "type": "Column", "width": "auto", "items": [picture] },
        { "type": "Column", "width": "stretch", "verticalContentAlignment": "Center", "items": lines },
    ] })
}

fn icon(scene: &Scene<'_>) -> Value {
    let kind = scene.card.kind;
    json!({
        "type": "Image", "url": Sign::of(kind).address(), "altText": kind_name(scene.text(), kind), "width": WIDTH,
    })
}

fn person(link: &HttpsLink, name: &str) -> Value {
    json!({ "type": "Image", "url": link.as_str(), "altText": name, "style": "Person", "width": WIDTH })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sign_is_a_small_picture_of_its_own() {
        let mut seen = std::collections::HashSet::new();
        for sign in Sign::ALL {
            assert!(sign.png().starts_with(b"\x89PNG"), "{sign:?}");
            assert!(sign.address().len() < 800, "{sign:?}: {}", sign.address().len());
            assert!(
                seen.insert(sign.address()) && seen.insert(sign.letter()),
                "{sign:?}"
            );
        }
    }
}
