//! Cards: what an actor decided to say, drawn as the JSON of an activity.
//!
//! Drawing is pure: the same [`CardSpec`], opened texts and time give the same JSON. It refuses nothing: what is
//! missing is left out, what is too long is cut, so that a person gets a card in any case. The cards are shown and
//! explained in `docs/cards.md`.
//!
//! Facts on what Teams takes (version 1.5, sizes, toasts, fallbacks): Microsoft's "Cards" and "Format your bot
//! messages" pages, and the 1.5 schema kept in `tests/fixtures/`.

use actors::card::{CardContent, CardSpec, SubjectCard};
use actors::ports::Message;
use chrono::{DateTime, Utc};
use events::organization::{CardKind, SubjectState};
use serde_json::{Value, json};

use self::content::{Content, MAX_TEXT_CHARS};
use self::elements::Drawing;

mod buttons;
mod chat;
pub mod content;
mod elements;
pub mod escape;
pub mod link;
mod plain;
pub mod renderer;
mod request;
mod text;
pub mod time;

#[cfg(test)]
mod tests;

/// The attachment type of an Adaptive Card.
pub const CONTENT_TYPE: &str = "application/vnd.microsoft.card.adaptive";

/// Largest message we send where texts can be cut, in bytes of UTF-16 as Teams counts them. Teams refuses about
/// 100 KB, Microsoft advises to stay under 80 KB.
pub const TARGET_BYTES: usize = 25 * 1024;

/// How much of a long text is shown, tried in this order until the message is small enough.
const TEXT_LIMITS: [usize; 4] = [MAX_TEXT_CHARS, 3_000, 1_500, 500];

/// The personal texts that a [`CardSpec`] names, opened.
#[derive(Clone, Default)]
pub struct Opened {
    /// The reader's name.
    pub name: Option<String>,
    /// The reader's address.
    pub address: Option<String>,
    /// What the domain event says; empty for the chat's own cards.
    pub content: Content,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opened")
            .field("content", &self.content)
            .finish_non_exhaustive()
    }
}

/// Draws a card as the activity to post or put. `now` serves only to tell how long something has waited.
pub fn draw(spec: &CardSpec, opened: &Opened, now: DateTime<Utc>) -> Message {
    let [first, shorter @ ..] = TEXT_LIMITS;
    let mut message = draw_within(spec, opened, now, first).into_message();
    for limit in shorter {
        if utf16_bytes(&message) <= TARGET_BYTES {
            break;
        }
        message = draw_within(spec, opened, now, limit).into_message();
    }
    message
}

fn draw_within(spec: &CardSpec, opened: &Opened, now: DateTime<Utc>, max: usize) -> Drawing {
    let zone = time::zone(spec.timezone.as_deref());
    let content = &opened.content;
    match &spec.content {
        CardContent::Welcome(link) => chat::welcome(link, opened),
        CardContent::WelcomeBack { link, missed, .. } => chat::welcome_back(link, *missed, opened),
        CardContent::Help(link) => chat::help(link, opened),
        CardContent::Status(view) => chat::status(view, opened, zone, now),
        CardContent::Connected { link, missed } => chat::connected(link, *missed, opened),
        CardContent::Disconnected => chat::disconnected(),
        CardContent::NotUnderstood { .. } => chat::not_understood(),
        CardContent::StaleAction => chat::stale_action(),
        CardContent::Subject(card) => match (card.kind, card.ended()) {
            (CardKind::MentoringRequest, None) => request::open_request(spec, content, zone, max),
            (CardKind::MentoringRequest, Some(_)) => request::ended_request(content, &resolution(card), zone),
            (_, ended) => plain::plain(content, ended.map(|_| resolution(card)).as_ref(), zone, max),
        },
        CardContent::List(_)
        | CardContent::Compose(_)
        | CardContent::Settings(_)
        | CardContent::Paused { .. }
        | CardContent::Resumed { .. }
        | CardContent::Privacy(_)
        | CardContent::ConfirmDisconnect => chat::not_understood(),
    }
}

/// How a subject ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Resolution {
    /// The state it entered.
    pub(crate) state: SubjectState,
    /// Whether this person did it here in Teams.
    pub(crate) here: bool,
    /// When it became known.
    pub(crate) at: DateTime<Utc>,
}

fn resolution(card: &SubjectCard) -> Resolution {
    Resolution {
        state: card.state,
        here: card.here,
        at: card.at,
    }
}

/// The size of a message as Teams counts it.
pub fn utf16_bytes(message: &Message) -> usize {
    message.0.to_string().encode_utf16().count() * 2
}

/// The Adaptive Card inside a message that [`draw`] made.
pub fn card_of(message: &Message) -> &Value {
    &message.0["attachments"][0]["content"]
}

/// The body of the answer to an `adaptiveCard/action` invoke that puts this card in the old one's place. It goes
/// out with HTTP status 200: clients read the status inside, and proxies eat the text of errors.
pub fn invoke_response(message: &Message) -> Value {
    json!({ "statusCode": 200, "type": CONTENT_TYPE, "value": card_of(message) })
}
