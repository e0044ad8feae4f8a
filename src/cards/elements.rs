//! The few Adaptive Card elements that the cards are made of (version 1.5, the newest that Teams takes from a bot).
//!
//! Two ways to show text: [`fixed`] and [`heading`](heading()) for our own words, which are Markdown and known to be
//! harmless, and [`words`] for everything that came from outside, which no client reads as Markdown.

use actors::ports::Message;
use serde_json::{Value, json};

use super::buttons::{open, primary, secondary};
use super::escape::uncomputed;
use super::language::{Direction, ISOLATE};
use super::link::HttpsLink;
use super::text::Texts;
use super::time::Reader;
use super::zone;

/// A card without its envelope.
#[derive(Debug, Clone, Default)]
pub(super) struct Drawing {
    /// What a toast, a lock screen and a screen reader tell first. Nothing private.
    pub(super) toast: String,
    /// Elements.
    pub(super) body: Vec<Value>,
    /// Buttons.
    pub(super) actions: Vec<Value>,
}

impl Drawing {
    /// An empty card with this toast.
    pub(super) fn new(toast: String) -> Self {
        Self {
            toast,
            ..Self::default()
        }
    }

    /// Adds an element.
    pub(super) fn show(&mut self, element: Value) {
        self.body.push(element);
    }

    /// Adds elements.
    pub(super) fn show_all(&mut self, elements: impl IntoIterator<Item = Value>) {
        self.body.extend(elements);
    }

    /// Adds a button.
    pub(super) fn press(&mut self, action: Value) {
        self.actions.push(action);
    }

    /// Adds a button that leaves Teams.
    pub(super) fn link(&mut self, text: Texts, title: &str, link: &HttpsLink) {
        self.press(open(text, title, link));
    }

    /// Marks the button that was added last as the one that most people came for.
    pub(super) fn mark_last(&mut self) {
        if let Some(last) = self.actions.pop() {
            self.press(primary(last));
        }
    }

    /// As [`Drawing::link`], under "more".
    pub(super) fn link_aside(&mut self, text: Texts, title: &str, link: &HttpsLink) {
        self.press(secondary(open(text, title, link)));
    }

    /// The activity that posts the card. It has no `text`: Teams would make two messages of it and name neither.
    /// Where the reader's organization does not name the hosts that cards may lead to, each button says its own.
    pub(super) fn into_message(self, reader: &Reader) -> Message {
        let language = reader.text.language();
        let Self {
            toast,
            mut body,
            mut actions,
        } = self;
        let direction = language.direction();
        body.iter_mut().chain(&mut actions).for_each(|element| {
            embed(element, direction);
            show_as_written(element);
            if !reader.hosts_are_named {
                show_host(element, reader.text);
            }
        });
        zone::name_once(body.iter_mut().chain(&mut actions), &reader.zone_phrase());
        let mut card = json!({
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "type": "AdaptiveCard",
            "version": "1.5",
            "lang": language.code(),
            "fallbackText": toast,
            "speak": toast,
            "body": body,
        });
        if direction == Direction::RightToLeft {
            card["rtl"] = true.into();
        }
        if !actions.is_empty() {
            card["actions"] = Value::Array(actions);
        }
        Message(json!({
            "type": "message",
            "summary": toast,
            "attachments": [{ "contentType": super::CONTENT_TYPE, "content": card }],
            "channelData": { "notification": { "alert": true } },
        }))
    }
}

/// Marks a text as somebody else's until the card is put together; no card that leaves carries it.
const FROM_OUTSIDE: &str = "fromOutside";

/// Marks a text that is wholly from outside. What is inserted into texts of ours is isolated there.
pub(super) fn from_outside(mut element: Value) -> Value {
    element[FROM_OUTSIDE] = true.into();
    element
}

/// Isolates the texts from outside that run against the card's direction, so that they cannot turn what stands around
/// them.
fn embed(element: &mut Value, direction: Direction) {
    match element {
        Value::Array(elements) => elements.iter_mut().for_each(|inner| embed(inner, direction)),
        Value::Object(fields) => {
            // A text says what it shows as `text`, a choice as `title`.
            let shown = match (fields.remove(FROM_OUTSIDE), fields.contains_key("type")) {
                (Some(_), _) => Some("text"),
                (None, false) if fields.contains_key("value") => Some("title"),
                _ => None,
            };
            // What we put together has its parts isolated already; once more, and nothing would tell its direction.
            let put_together = |text: &String| text.contains(ISOLATE);
            if let Some(Value::String(text)) = shown.and_then(|shown| fields.get_mut(shown))
                && !put_together(text)
            {
                *text = direction.embed(text);
            }
            let is_input = fields
                .get("type")
                .and_then(Value::as_str)
                .is_some_and(|kind| kind.starts_with("Input."));
            if let Some(Value::String(label)) = fields.get_mut("label").filter(|_| is_input)
                && !put_together(label)
            {
                *label = direction.embed(label);
            }
            fields.values_mut().for_each(|inner| embed(inner, direction));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// What of an element a person reads. Addresses, data, and what inputs hold or mean, are not to be changed.
pub(super) const SHOWN: [&str; 7] = [
    "text",
    "title",
    "label",
    "placeholder",
    "altText",
    "tooltip",
    "errorMessage",
];

/// Takes care that a client computes nothing out of a text.
fn show_as_written(element: &mut Value) {
    match element {
        Value::Array(elements) => elements.iter_mut().for_each(show_as_written),
        Value::Object(fields) => {
            for (key, value) in fields.iter_mut() {
                match value {
                    Value::String(text) if SHOWN.contains(&key.as_str()) && text.contains('{') => {
                        *text = uncomputed(text);
                    }
                    Value::Array(_) | Value::Object(_) if key != "data" => show_as_written(value),
                    Value::Null
                    | Value::Bool(_)
                    | Value::Number(_)
                    | Value::String(_)
                    | Value::Array(_)
                    | Value::Object(_) => {}
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Takes care that each button that leaves Teams says where it leads; phones show no tooltip.
fn show_host(element: &mut Value, text: Texts) {
    match element {
        Value::Array(elements) => elements.iter_mut().for_each(|inner| show_host(inner, text)),
        Value::Object(fields) => {
            let leads = fields.get("type").is_some_and(|kind| kind == "Action.OpenUrl");
            let url = fields.get("url").and_then(Value::as_str).filter(|_| leads);
            if let (Some(link), Some(Value::String(title))) =
                (url.and_then(HttpsLink::parse), fields.get_mut("title"))
            {
                *title = text.open_at(title, link.host());
            }
            fields.values_mut().for_each(|inner| show_host(inner, text));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// How a text stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    /// Ordinary.
    Normal,
    /// Bold.
    Strong,
    /// Less important.
    Quiet,
    /// Less important, and small: footers and labels above the heading.
    Small,
}

impl Tone {
    fn apply(self, mut element: Value) -> Value {
        match self {
            Self::Normal => {}
            Self::Strong => element["weight"] = "Bolder".into(),
            Self::Quiet => element["isSubtle"] = true.into(),
            Self::Small => {
                element["isSubtle"] = true.into();
                element["size"] = "Small".into();
            }
        }
        element
    }
}

/// The card's heading. Text from outside must have gone through [`super::escape::markdown`].
pub(super) fn heading(text: impl Into<String>) -> Value {
    let text: String = text.into();
    json!({ "type": "TextBlock", "text": text, "style": "heading", "size": "Large", "weight": "Bolder", "wrap": true })
}

/// Our own words.
pub(super) fn fixed(text: impl Into<String>, tone: Tone) -> Value {
    let text: String = text.into();
    tone.apply(json!({ "type": "TextBlock", "text": text, "wrap": true }))
}

/// Words shown as they are on one wrapped line.
pub(super) fn words(text: &str, tone: Tone) -> Value {
    runs([(text, tone)])
}

/// The same, wholly from outside.
pub(super) fn said(text: &str, tone: Tone) -> Value {
    let run = from_outside(tone.apply(json!({ "type": "TextRun", "text": text })));
    json!({ "type": "RichTextBlock", "inlines": [run] })
}

/// Several texts on one wrapped line, each in its tone, shown as they are.
pub(super) fn runs<'a>(texts: impl IntoIterator<Item = (&'a str, Tone)>) -> Value {
    let inlines: Vec<Value> = texts
        .into_iter()
        .map(|(text, tone)| tone.apply(json!({ "type": "TextRun", "text": text })))
        .collect();
    json!({ "type": "RichTextBlock", "inlines": inlines })
}

/// Width of the column in which labels stand, in pixels: beside it a narrow card has room for a short line.
const LABEL_WIDTH: &str = "96px";

/// A label and, in a column beside it, what it labels.
fn fact(label: &str, value: &Value) -> Value {
    json!({ "type": "ColumnSet", "columns": [
        { "type": "Column", "width": LABEL_WIDTH, "items": [words(label, Tone::Quiet)] },
        { "type": "Column", "width": "stretch", "items": [value] },
    ] })
}

/// A label and what it labels, which may come from outside.
pub(super) fn labelled(label: &str, text: &str) -> Value {
    fact(label, &said(text, Tone::Normal))
}

/// The same, where it is what matters most.
pub(super) fn labelled_strongly(label: &str, text: &str) -> Value {
    fact(label, &said(text, Tone::Strong))
}

/// A label and a text that holds no longer.
pub(super) fn struck(label: &str, text: &str) -> Value {
    let run = json!({ "type": "TextRun", "text": text, "strikethrough": true, "isSubtle": true });
    fact(
        label,
        &json!({ "type": "RichTextBlock", "inlines": [from_outside(run)] }),
    )
}

/// Whether it is one quiet line.
pub(super) fn is_quiet(element: &Value) -> bool {
    let run = &element["inlines"][0];
    run["isSubtle"] == true && run["size"].is_null()
}

/// A picture and what it shows, for those who cannot see it.
pub(super) fn image(link: &HttpsLink, alt: &str) -> Value {
    json!({ "type": "Image", "url": link.as_str(), "altText": alt, "size": "Stretch" })
}

/// Most lines that become blocks of their own. A text of very many short lines would otherwise become a card many
/// times its size.
const MAX_LINES: usize = 12;

/// A text of several paragraphs from outside. Clients join the lines of one run, so each line is a block; what
/// follows the last of them runs on.
pub(super) fn paragraphs(text: &str) -> Vec<Value> {
    let lines: Vec<&str> = text.lines().collect();
    let (own, rest) = lines.split_at(lines.len().min(MAX_LINES));
    let rest = rest
        .iter()
        .filter(|line| !line.is_empty())
        .copied()
        .collect::<Vec<_>>()
        .join(" ");
    let mut blocks: Vec<Value> = Vec::new();
    let mut after_gap = false;
    for line in own.iter().copied().chain([rest.as_str()]) {
        if line.is_empty() {
            after_gap = true;
            continue;
        }
        let mut block = said(line, Tone::Normal);
        if !blocks.is_empty() && !after_gap {
            block["spacing"] = "None".into();
        }
        after_gap = false;
        blocks.push(block);
    }
    blocks
}

/// Two columns of our own words.
pub(super) fn facts(rows: impl IntoIterator<Item = (String, String)>) -> Value {
    let facts: Vec<Value> = rows
        .into_iter()
        .map(|(title, value)| json!({ "title": title, "value": value }))
        .collect();
    json!({ "type": "FactSet", "facts": facts })
}

/// A shaded box.
pub(super) fn panel(items: &[Value]) -> Value {
    json!({ "type": "Container", "style": "emphasis", "items": items })
}

/// A box with what is wrong; its words say so without its colour.
pub(super) fn warning(text: &str) -> Value {
    json!({ "type": "Container", "style": "attention", "items": [words(text, Tone::Strong)] })
}

/// `element` under a line.
pub(super) fn after_line(mut element: Value) -> Value {
    element["separator"] = true.into();
    element["spacing"] = "Medium".into();
    element
}

/// `element` close to the one above.
pub(super) fn close(mut element: Value) -> Value {
    element["spacing"] = "Small".into();
    element
}
