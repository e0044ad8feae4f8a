//! Cards: what an actor decided to say, drawn as the JSON of an activity.
//!
//! Drawing is pure: the same [`CardSpec`], opened texts and time give the same JSON. It refuses nothing: what is
//! missing is left out, what is too long is cut, so that a person gets a card in any case. The cards are shown and
//! explained in `docs/cards.md`.
//!
//! Facts on what Teams takes (version 1.5, sizes, toasts, fallbacks): Microsoft's "Cards" and "Format your bot
//! messages" pages, and the 1.5 schema kept in `tests/fixtures/`.

use actors::card::{CardContent, CardSpec};
use actors::ports::Message;
use chrono::{DateTime, Utc};
use events::user::InputFault;
use serde_json::{Value, json};

use self::buttons::Place;
use self::content::Content;
use self::elements::{Drawing, Tone, panel, paragraphs, warning, words};
use self::escape::shorten;
use self::language::Language;
use self::link::HttpsLink;
use self::scene::Scene;
use self::text::Texts;
use self::time::Reader;

mod announcement;
mod buttons;
pub mod calendar;
mod chat;
mod compose;
mod connection;
pub mod content;
pub mod drafts;
mod elements;
mod erg_event;
pub mod escape;
mod figures;
mod fit;
mod header;
pub mod html;
mod inputs;
pub mod language;
pub mod link;
mod list;
mod mark;
mod meeting;
mod mentoring;
mod message;
mod names;
pub mod notes;
mod plain;
mod recommended;
pub mod renderer;
mod scene;
mod settings;
mod subject;
mod survey;
mod task;
mod text;
pub mod time;
mod zone;

#[cfg(test)]
mod tests;

/// The attachment type of an Adaptive Card.
pub const CONTENT_TYPE: &str = "application/vnd.microsoft.card.adaptive";

/// Largest message, in bytes of UTF-16 as Teams counts them. Teams refuses about 100 KB, some of its parts about 28.
pub const TARGET_BYTES: usize = 25 * 1024;

/// The personal texts that a [`CardSpec`] names, opened.
#[derive(Clone, Default)]
pub struct Opened {
    /// The reader's name.
    pub name: Option<String>,
    /// The reader's address.
    pub address: Option<String>,
    /// The name that was typed behind a command.
    pub query: Option<String>,
    /// What the person sent from this card last.
    pub sent: Option<String>,
    /// What the person typed before the card asked where it belongs.
    pub draft: Option<String>,
    /// What the person wrote on this card, where it did not count.
    pub returned: Option<String>,
    /// What Chronus says of the card's subject, or of each in its list, in its order; empty for the chat's own cards.
    pub items: Vec<OpenedSubject>,
    /// Whether the organizations of all of these name the hosts that cards may lead to. Else buttons say their host.
    pub hosts_are_named: bool,
    /// Whether people of the reader's organization call each other *du*.
    pub familiar: bool,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opened")
            .field("items", &self.items)
            .finish_non_exhaustive()
    }
}

/// What Chronus says of one subject and what the person answered, opened.
#[derive(Clone, Default)]
pub struct OpenedSubject {
    /// The newest content.
    pub newest: Content,
    /// The content before the newest, oldest first.
    pub earlier: Vec<Content>,
    /// The content before the last move or update.
    pub previous: Option<Content>,
    /// The content that the notification came from.
    pub original: Content,
    /// Later messages of the thread, oldest first.
    pub more: Vec<Content>,
    /// Answers to a survey's questions: question and answer.
    pub answers: Vec<(String, String)>,
    /// The person's last reply.
    pub reply: Option<String>,
    /// Where its calendar entry is, if this service has one.
    pub calendar: Option<HttpsLink>,
}

impl std::fmt::Debug for OpenedSubject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenedSubject")
            .field("newest", &self.newest)
            .finish_non_exhaustive()
    }
}

/// Draws a card as the activity to post or put. `now` serves only to tell how long something has waited.
pub fn draw(spec: &CardSpec, opened: &Opened, now: DateTime<Utc>) -> Message {
    let language = Language::of(spec.locale.as_deref());
    let reader = Reader {
        text: Texts::of(if opened.familiar {
            language.familiar()
        } else {
            language
        }),
        zone: time::zone(spec.timezone.as_deref()),
        now,
        hosts_are_named: opened.hosts_are_named,
    };
    fit::fitting(|max| draw_within(&reader, spec, opened, max).into_message(&reader))
}

fn draw_within(reader: &Reader, spec: &CardSpec, opened: &Opened, max: usize) -> Drawing {
    let mut card = draw_content(reader, spec, opened, max);
    let fault = spec.fault.map(|fault| warning(&fault_text(reader.text, fault)));
    let returned = opened
        .returned
        .as_ref()
        .map(|own| returned(reader.text, own, max));
    let above: Vec<Value> = fault.into_iter().chain(returned).collect();
    card.body.splice(0..0, above);
    card
}

/// What the person wrote and what was not taken, so that it is not lost.
fn returned(text: Texts, own: &str, max: usize) -> Value {
    let mut lines = vec![words(&text.words_returned(), Tone::Strong)];
    lines.extend(paragraphs(&shorten(own, max)));
    panel(&lines)
}

/// What was wrong with what the person gave.
fn fault_text(text: Texts, fault: InputFault) -> String {
    match fault {
        InputFault::Missing => text.fault_missing(),
        InputFault::NotOffered => text.fault_not_offered(),
        InputFault::TooLong => text.fault_too_long(),
        InputFault::BadTime => text.fault_bad_time(),
        InputFault::Overtaken => format!("⚠ {}", text.overtaken()),
        InputFault::AskedAnew => text.fault_asked_anew(),
        InputFault::Past => text.fault_past(),
        InputFault::Over => text.fault_over(),
        InputFault::Answered => text.fault_answered(),
        InputFault::Ended => text.fault_ended(),
        InputFault::Changed => text.fault_changed(),
    }
}

fn draw_content(reader: &Reader, spec: &CardSpec, opened: &Opened, max: usize) -> Drawing {
    let text = reader.text;
    match &spec.content {
        CardContent::Welcome { link, waiting } => chat::welcome(reader, link, waiting, opened),
        CardContent::WelcomeBack {
            link,
            paused_until,
            list,
            ..
        } => chat::welcome_back(reader, spec, (link, *paused_until), list, opened, max),
        CardContent::Help(link) => chat::help(reader, link, opened),
        CardContent::Status(view) => chat::status(reader, view, opened),
        CardContent::Connected {
            link,
            paused_until,
            list,
        } => chat::connected(reader, spec, (link, *paused_until), list, opened, max),
        CardContent::Disconnected => chat::disconnected(text),
        CardContent::SwitchedOff => chat::switched_off(text),
        CardContent::NotUnderstood { near } => chat::not_understood(text, near),
        CardContent::StaleAction => chat::stale_action(text),
        CardContent::NotTheirs => chat::not_theirs(text),
        CardContent::InDoubt => chat::in_doubt(text),
        CardContent::Subject(card) => {
            let nothing = OpenedSubject::default();
            let opened = opened.items.first().unwrap_or(&nothing);
            subject::draw(&Scene::new(*reader, card, opened, Place::card(spec), max))
        }
        CardContent::List(view) => list::draw(reader, spec, view, opened, max),
        CardContent::Compose(view) => compose::draw(reader, spec, view, opened, max),
        CardContent::Settings(view) => settings::draw(reader, spec, view),
        CardContent::Paused { until } => chat::paused(reader, spec, *until),
        CardContent::Resumed { list } => chat::resumed(reader, spec, list, opened, max),
        CardContent::Privacy(link) => chat::privacy(text, spec, link, opened),
        CardContent::Erasing => chat::erasing(text),
        CardContent::ConfirmDisconnect => chat::confirm_disconnect(text, spec),
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
