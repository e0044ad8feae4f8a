//! A message from a partner or a group, with a box to reply; several that came together; what was changed or taken
//! back; and the word that one of the reader's own did not arrive.

use actors::action::{MAX_MESSAGE_CHARS, input, verb};
use actors::card::AnswerView;
use chrono::{DateTime, Utc};
use events::organization::SubjectState;
use serde_json::Value;

use super::buttons::{execute, open, primary, row};
use super::content::Content;
use super::content::message::Message;
use super::elements::{Drawing, Tone, close, fixed, heading, panel, said as said_by_others, words};
use super::escape::shorten;
use super::inputs::{free_text, hinted, required};
use super::scene::{Scene, details, standing};

/// How much of an earlier message is quoted, in characters.
const QUOTED_CHARS: usize = 200;

/// Draws it.
pub(super) fn draw(scene: &Scene<'_>) -> Drawing {
    let text = scene.text();
    let messages = messages(scene);
    let first = Message::read(&scene.opened.original);
    let mut card = Drawing::new(text.toast_message());
    card.show(close(heading(headline(scene, &first, messages.len()))));
    card.show_all(
        first
            .connection
            .as_ref()
            .map(|name| close(words(name, Tone::Quiet))),
    );
    card.show_all(earlier(scene, &first));
    let from = messages.iter().any(|said| said.message.from != first.from);
    let share = scene.max / messages.len().max(1);
    for said in &messages {
        card.show(said.draw(scene, from, share));
    }
    attachments(scene, &messages, &mut card);
    card.show_all(replied(scene));
    if scene.card.open {
        reply_box(scene, &first, &mut card);
    }
    if let Some(link) = scene.content.web() {
        card.link_aside(text, &text.press_open_in_chronus(), &link);
    }
    card
}

/// One message as it is now.
struct Said {
    message: Message,
    at: DateTime<Utc>,
    edited: bool,
    deleted: bool,
}

impl Said {
    fn draw(&self, scene: &Scene<'_>, with_name: bool, max: usize) -> Value {
        let text = scene.text();
        let time = Some(scene.reader.moment(self.at));
        let name = self.message.from.clone().filter(|_| with_name);
        let edited = self.edited.then(|| text.message_edited());
        let above: Vec<String> = [name, time, edited].into_iter().flatten().collect();
        let mut shown: Vec<Value> = Vec::new();
        shown.extend((!above.is_empty()).then(|| words(&above.join(" · "), Tone::Small)));
        if self.deleted {
            shown.push(close(words(&text.message_deleted(), Tone::Quiet)));
        } else if let Some(said) = &self.message.text {
            shown.extend(scene.prose_within(said, max));
        }
        panel(&shown)
    }
}

/// All messages of the card, oldest first, each as it is now.
fn messages(scene: &Scene<'_>) -> Vec<Said> {
    let own = scene.content.written_as(&scene.opened.original);
    let first = said(&own, scene.card.state, scene.card.at);
    let later = scene.card.more.iter().zip(&scene.opened.more);
    let later = later.map(|(view, content)| said(content, view.state, view.at));
    [first].into_iter().chain(later).collect()
}

fn said(content: &Content, state: SubjectState, at: DateTime<Utc>) -> Said {
    let message = Message::read(content);
    Said {
        at: message.time.unwrap_or(at),
        message,
        edited: state == SubjectState::Edited,
        deleted: state == SubjectState::Deleted,
    }
}

fn headline(scene: &Scene<'_>, first: &Message, count: usize) -> String {
    let text = scene.markdown();
    let name = first.from.clone().unwrap_or_else(|| scene.text().somebody());
    let several = u32::try_from(count).ok().filter(|count| *count > 1);
    match (&first.group, several) {
        (None, None) => text.message_from(&name),
        (Some(group), None) => text.message_in_group(&name, group),
        (None, Some(count)) => text.message_several(count, &name),
        (Some(group), Some(count)) => text.message_group_several(count, group),
    }
}

/// What was said before.
fn earlier(scene: &Scene<'_>, first: &Message) -> Vec<Value> {
    if first.context.is_empty() {
        return Vec::new();
    }
    let quotes = first.context.iter().map(|(name, said)| {
        let said = shorten(&said.replace('\n', " "), QUOTED_CHARS);
        let line = name
            .as_ref()
            .map_or_else(|| said.clone(), |name| format!("{name}: {said}"));
        close(said_by_others(&line, Tone::Quiet))
    });
    [words(&scene.text().label_context(), Tone::Small)]
        .into_iter()
        .chain(quotes)
        .collect()
}

fn attachments(scene: &Scene<'_>, messages: &[Said], card: &mut Drawing) {
    let text = scene.text();
    let shown = messages
        .iter()
        .filter(|said| !said.deleted)
        .flat_map(|said| &said.message.attachments);
    // Several messages of a thread often link the same file.
    let mut seen = Vec::new();
    let shown = shown.filter(|(_, link)| {
        let is_new = !seen.contains(&link);
        seen.push(link);
        is_new
    });
    let shown: Vec<_> = shown.take(3).collect();
    if shown.is_empty() {
        return;
    }
    let buttons: Vec<Value> = shown
        .iter()
        .map(|(title, link)| {
            let title = title.as_deref().unwrap_or_else(|| link.host());
            open(text, &format!("↗ {title}"), link)
        })
        .collect();
    card.show(words(&text.label_attachments(), Tone::Small));
    card.show(close(row(&buttons)));
}

/// What the person answered, and whether it went through.
fn replied(scene: &Scene<'_>) -> Option<Value> {
    let text = scene.text();
    let Some(AnswerView::Replied {
        at, failed, count, ..
    }) = &scene.card.answer
    else {
        return None;
    };
    let at = scene.reader.moment(*at);
    let state = match (failed, count) {
        (true, _) => text.message_reply_failed(&at),
        (false, 0 | 1) => text.message_replied(&at),
        (false, count) => text.message_replied_more(*count, &at),
    };
    let own = scene
        .opened
        .reply
        .as_ref()
        .map(|reply| shorten(&reply.replace('\n', " "), QUOTED_CHARS));
    let next = if *failed {
        Some(text.message_reply_failed_what())
    } else {
        own
    };
    Some(standing(&state, next.as_deref()))
}

fn reply_box(scene: &Scene<'_>, first: &Message, card: &mut Drawing) {
    let text = scene.text();
    let hint = match (&first.group, &first.from) {
        (Some(group), _) => text.message_reply_group_hint(group),
        (None, Some(name)) => text.message_reply_hint(name),
        (None, None) => text.message_reply_hint(&text.your_partner()),
    };
    let field = free_text(input::TEXT, &text.message_reply(), MAX_MESSAGE_CHARS);
    card.show(required(text, hinted(field, &hint)));
    card.press(primary(execute(&text.press_reply(), verb::REPLY, scene.place)));
}

/// The reader's own message did not arrive.
pub(super) fn not_delivered(scene: &Scene<'_>) -> Drawing {
    let text = scene.text();
    let message = Message::read(&scene.content);
    let name = message
        .to
        .or(message.group)
        .or(message.from)
        .unwrap_or_else(|| text.your_partner());
    let mut card = Drawing::new(text.toast_message_failed());
    card.show(close(heading(scene.markdown().message_failed(&name))));
    card.show(fixed(scene.markdown().message_failed_what(&name), Tone::Normal));
    card.show_all(details([(text.label_reason(), scene.content.reason())]));
    // What never reached Chronus stands on a card about the partner's message: their words are not the reader's.
    let own = if scene.card.answer.is_some() {
        scene.opened.reply.as_ref()
    } else {
        message.text.as_ref()
    };
    if let Some(said) = own {
        card.show(panel(&scene.folded(said)));
    }
    if let Some(link) = scene.content.web() {
        card.link(text, &text.press_open_in_chronus(), &link);
    }
    card
}
