//! Writing to somebody: one box, and one button for each conversation that it may go to. What was typed before this
//! card came stands in the box as long as it is at hand (`super::drafts`); nothing of it is stored.

use actors::action::{MAX_MESSAGE_CHARS, beside_message, input, verb};
use actors::card::{CardSpec, ComposeView, SentView};
use events::organization::CardKind;
use events::user::Command;
use serde_json::Value;

use super::buttons::{Place, command, execute, primary, row};
use super::content::connection::Connection;
use super::content::message::Message;
use super::elements::{Drawing, Tone, close, fixed, heading, panel, said, words};
use super::escape::shorten;
use super::inputs::{filled, free_text, required};
use super::list::{has_words, matches};
use super::scene::Scene;
use super::time::Reader;
use super::{Opened, returned};

/// How much of what was sent is quoted, in characters.
const QUOTED_CHARS: usize = 200;
/// Longest name looked for in what was typed, in words.
const NAME_WORDS: usize = 6;
/// Most buttons, by the room for text that the card has; more people than that are found by a longer name.
fn most_targets(max: usize) -> usize {
    if max < 1_500 { 2 } else { 5 }
}

/// Draws it.
pub(super) fn draw(
    reader: &Reader,
    spec: &CardSpec,
    view: &ComposeView,
    opened: &Opened,
    max: usize,
) -> Drawing {
    let text = reader.text;
    let markdown = text.markdown();
    if view.is_closed {
        return closed(
            reader,
            view,
            &those_to_write_to(reader, spec, view, opened),
            opened,
        );
    }
    let all = without_doubles(those_to_write_to(reader, spec, view, opened));
    let asks = view.kind == CardKind::WhichThread;
    let mut addressed = Addressed::read(opened, &all, asks);
    let query = addressed.query.clone();
    let query = query.as_deref();
    let matching: Vec<&(Scene<'_>, String)> = all
        .iter()
        .filter(|(_, name)| query.is_none_or(|query| matches(name, query)))
        .collect();
    let found = !matching.is_empty();
    // Who asked for somebody else gets no form to anybody, unless it may have been an answer that begins like the command:
    // that is offered to the open conversations as it was typed. A name by itself is no answer.
    let mut threads = Vec::new();
    if !found && !asks && opened.draft.as_deref().is_some_and(|draft| !is_name_only(draft)) {
        threads = those_to_write_to(reader, spec, view, opened);
        threads.retain(|(scene, _)| scene.card.kind == CardKind::Message);
        addressed.draft.clone_from(&opened.draft);
    }
    let targets: Vec<&(Scene<'_>, String)> = matching.into_iter().chain(&threads).collect();
    let title = match (found, query, targets.as_slice()) {
        (true, _, [(_, name)]) if asks && view.sent.is_some() => markdown.compose_to(name),
        (true, _, _) if asks && view.sent.is_some() => text.compose_whom(),
        (true, _, [(_, name)]) if asks && opened.draft.is_some() => markdown.compose_send_to(name),
        (true, _, [(_, name)]) if asks => markdown.compose_which_one(name),
        (true, _, _) if asks => text.compose_which(),
        (true, _, [(_, name)]) => markdown.compose_to(name),
        (true, _, _) => text.compose_whom(),
        (false, Some(query), _) => markdown.compose_none_query(query),
        (false, None, _) => text.compose_none(),
    };
    let mut card = Drawing::new(text.kind_message());
    if targets.is_empty() && view.was_shown {
        card.show_all(
            view.sent
                .as_ref()
                .map(|sent| sent_panel(reader, sent, &all, opened)),
        );
        card.show(fixed(text.compose_over(), Tone::Normal));
        // Beside words to somebody, a command that asked for this form is not worth giving back.
        let own = opened.draft.as_ref().filter(|_| asks || spec.fault.is_some());
        card.show_all(own.map(|own| returned(text, own, max)));
        return card;
    }
    card.show(heading(title));
    if targets.is_empty() {
        card.show(fixed(text.compose_none_what(), Tone::Normal));
        card.press(primary(command(&text.list_connections(), Command::Connections)));
        card.press(command(&text.press_help(), Command::Help));
        return card;
    }
    if let [(_, name)] = threads.as_slice() {
        card.show(words(&markdown.compose_send_to(name), Tone::Strong));
    } else if !threads.is_empty() {
        card.show(words(&text.compose_which(), Tone::Strong));
    }
    if !threads.is_empty() {
        card.show(fixed(text.compose_draft_what(), Tone::Normal));
    }
    // Once something was sent from here, the question is answered.
    if asks && view.sent.is_none() {
        let what = match (&opened.draft, targets.len()) {
            (Some(_), _) => text.compose_draft_what(),
            (None, 1) => text.compose_which_one_what(),
            (None, _) => text.compose_which_what(),
        };
        card.show(fixed(what, Tone::Normal));
    }
    if let Some(sent) = &view.sent {
        card.show(sent_panel(reader, sent, &all, opened));
    }
    let field = free_text(input::TEXT, &text.compose_text(), MAX_MESSAGE_CHARS);
    let field = match &addressed.draft {
        Some(draft) => filled(field, draft),
        None => field,
    };
    card.show(required(text, field));
    let buttons: Vec<Value> = targets
        .iter()
        .take(most_targets(max))
        .map(|(scene, name)| execute(&text.press_compose_to(name), verb::SEND, scene.place))
        .collect();
    if let [button] = buttons.as_slice() {
        card.press(primary(button.clone()));
    } else {
        // Names are long: each has a row of its own.
        card.show_all(
            buttons
                .iter()
                .map(|button| close(row(std::slice::from_ref(button)))),
        );
    }
    card
}

/// A newer card asks the same: what was sent from this one stands, and nothing more is to be written here.
fn closed(reader: &Reader, view: &ComposeView, all: &[(Scene<'_>, String)], opened: &Opened) -> Drawing {
    let mut card = Drawing::new(reader.text.kind_message());
    let sent = view.sent.as_ref();
    card.show_all(sent.map(|sent| sent_panel(reader, sent, all, opened)));
    card.show(fixed(reader.text.compose_closed(), Tone::Quiet));
    card
}

/// Most words of a name that stands beside the command by itself.
const PLAIN_NAME_WORDS: usize = 2;

/// Whether the command was typed with nothing but a name: a word or two, and no mark of a sentence.
fn is_name_only(draft: &str) -> bool {
    let beside = beside_message(draft).unwrap_or_default();
    let is_sentence = beside.contains(['.', ',', ';', ':', '!', '?']);
    !is_sentence && beside.split_whitespace().count() <= PLAIN_NAME_WORDS
}

/// Everybody who can be written to, by a connection or an open conversation.
fn those_to_write_to<'a>(
    reader: &Reader,
    spec: &'a CardSpec,
    view: &'a ComposeView,
    opened: &'a Opened,
) -> Vec<(Scene<'a>, String)> {
    let targets = view.targets.iter().zip(&opened.items);
    targets
        .filter_map(|(target, opened)| {
            let place = Place::item(spec, target.subject.as_ref()?);
            let scene = Scene::new(*reader, target, opened, place, 0);
            let name = name_of(&scene);
            Some((scene, name))
        })
        .collect()
}

/// Whom a typed text goes to, and what it says.
struct Addressed {
    /// The name that was typed.
    query: Option<String>,
    /// What stands in the box.
    draft: Option<String>,
}

impl Addressed {
    /// Where somebody is asked for, the longest beginning of the text that is the name of one of those who can be written
    /// to is the name, and what follows it stands in the box.
    fn read(opened: &Opened, all: &[(Scene<'_>, String)], asks: bool) -> Self {
        if asks {
            return Self {
                query: opened.query.clone(),
                draft: opened.draft.clone(),
            };
        }
        let typed = opened.draft.as_deref().and_then(beside_message);
        let Some(typed) = typed.as_deref().or(opened.query.as_deref()) else {
            return Self {
                query: None,
                draft: None,
            };
        };
        let is_name = |name: &str| all.iter().any(|(_, known)| matches(known, name));
        let is_whole = |name: &str| all.iter().any(|(_, known)| has_words(known, name));
        let named = name_end(typed, is_name, is_whole);
        let Some((name, rest)) = named.and_then(|end| typed.split_at_checked(end)) else {
            return Self {
                query: opened.query.clone(),
                draft: None,
            };
        };
        let rest = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ':' | '"' | '-'));
        let said = opened.draft.is_some() && rest.chars().any(char::is_alphanumeric);
        Self {
            query: Some(name.to_owned()),
            draft: said.then(|| rest.to_owned()),
        }
    }
}

/// Where the name ends that a text begins with: all of it where that begins a name, else the longest beginning that is words
/// of a name, or several words of which the last one may be cut short. One cut word before others may be any word.
fn name_end(typed: &str, is_name: impl Fn(&str) -> bool, is_whole: impl Fn(&str) -> bool) -> Option<usize> {
    if is_name(typed) {
        return Some(typed.len());
    }
    let gaps = typed.char_indices().filter(|(_, c)| c.is_whitespace());
    let ends: Vec<usize> = gaps.map(|(at, _)| at).take(NAME_WORDS).collect();
    let fits = |name: &str| is_whole(name) || (name.contains(char::is_whitespace) && is_name(name));
    ends.into_iter().rev().find(|end| fits(&typed[..*end]))
}

/// Leaves out a thread with somebody whom a connection names as well: two buttons with one name would be a riddle. A
/// group's thread is another place.
fn without_doubles(all: Vec<(Scene<'_>, String)>) -> Vec<(Scene<'_>, String)> {
    let is_connection = |scene: &Scene<'_>| scene.card.kind == CardKind::Connection;
    let connected: Vec<String> = all
        .iter()
        .filter(|(scene, _)| is_connection(scene))
        .map(|(_, name)| name.clone())
        .collect();
    all.into_iter()
        .filter(|(scene, name)| {
            let in_group = || Message::read(&scene.opened.original).group.is_some();
            is_connection(scene) || in_group() || !connected.contains(name)
        })
        .collect()
}

/// What was sent from this card, and whether it went through.
fn sent_panel(reader: &Reader, sent: &SentView, all: &[(Scene<'_>, String)], opened: &Opened) -> Value {
    let text = reader.text;
    let to = all
        .iter()
        .find(|(scene, _)| scene.card.subject.as_ref() == Some(&sent.subject));
    let name = to.map_or_else(|| text.your_partner(), |(_, name)| name.clone());
    let (state, next) = if sent.failed {
        (text.compose_not_sent(&name), text.message_reply_failed_what())
    } else {
        (text.compose_sent(&name), text.compose_sent_what())
    };
    let own = opened
        .sent
        .as_ref()
        .map(|own| shorten(&own.replace('\n', " "), QUOTED_CHARS));
    let mut lines = vec![
        words(&state, Tone::Strong),
        close(words(&reader.moment(sent.at), Tone::Small)),
    ];
    lines.extend(own.map(|own| close(said(&own, Tone::Normal))));
    lines.push(close(words(&next, Tone::Quiet)));
    panel(&lines)
}

/// The person or group that a text would go to.
fn name_of(scene: &Scene<'_>) -> String {
    let text = scene.text();
    let connection = || Connection::read(&scene.content).partner.name;
    let message = || {
        let message = Message::read(&scene.opened.original);
        message.group.or(message.from)
    };
    let name = if scene.card.kind == CardKind::Message {
        message()
    } else {
        connection()
    };
    name.unwrap_or_else(|| text.your_partner())
}
