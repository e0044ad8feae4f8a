//! The few Adaptive Card elements that the cards are made of (version 1.5, the newest that Teams takes from a bot).
//!
//! Two ways to show text: [`fixed`] and [`heading`](heading()) for our own words, which are Markdown and known to be
//! harmless, and [`words`] for everything that came from outside, which no client reads as Markdown.

use actors::ports::Message;
use serde_json::{Value, json};

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
    /// The activity that posts the card. It has no `text`: Teams would make two messages of it and name neither.
    pub(super) fn into_message(self) -> Message {
        let Self { toast, body, actions } = self;
        let mut card = json!({
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "type": "AdaptiveCard",
            "version": "1.5",
            "lang": "en",
            "fallbackText": toast,
            "speak": toast,
            "body": body,
        });
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

/// The card's heading. Text from outside must have gone through [`super::escape::heading`].
pub(super) fn heading(text: impl Into<String>) -> Value {
    let text: String = text.into();
    json!({ "type": "TextBlock", "text": text, "style": "heading", "size": "Large", "weight": "Bolder", "wrap": true })
}

/// Our own words.
pub(super) fn fixed(text: impl Into<String>, tone: Tone) -> Value {
    let text: String = text.into();
    tone.apply(json!({ "type": "TextBlock", "text": text, "wrap": true }))
}

/// Words from outside, shown as they are on one wrapped line.
pub(super) fn words(text: &str, tone: Tone) -> Value {
    runs([(text, tone)])
}

/// Several texts on one wrapped line, each in its tone, shown as they are.
pub(super) fn runs<'a>(texts: impl IntoIterator<Item = (&'a str, Tone)>) -> Value {
    let inlines: Vec<Value> = texts
        .into_iter()
        .map(|(text, tone)| tone.apply(json!({ "type": "TextRun", "text": text })))
        .collect();
    json!({ "type": "RichTextBlock", "inlines": inlines })
}

/// A label in bold and what it labels, which may come from outside.
pub(super) fn labelled(label: &str, text: &str) -> Value {
    runs([
        (format!("{label}: ").as_str(), Tone::Strong),
        (text, Tone::Normal),
    ])
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
        let mut block = words(line, Tone::Normal);
        if !blocks.is_empty() && !after_gap {
            block["spacing"] = "None".into();
        }
        after_gap = false;
        blocks.push(block);
    }
    blocks
}

/// Two columns of our own words.
pub(super) fn facts<'a>(rows: impl IntoIterator<Item = (&'a str, String)>) -> Value {
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
