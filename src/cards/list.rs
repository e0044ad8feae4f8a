//! Cards that list: what waits, meetings, events, connections, what is still open after an absence, and the summary.
//! Each line has the buttons that its own card would have, as far as they need nothing typed.

use actors::action::words::fold;
use actors::card::{CardSpec, ListView};
use events::organization::{CardKind, Lists};
use events::user::Command;
use serde_json::Value;

use self::line::{line, name_of};
use super::Opened;
use super::buttons::{Place, command};
use super::elements::{Drawing, Tone, close, fixed, heading, words};
use super::mark::ZONE;
use super::scene::Scene;
use super::text::Texts;
use super::time::Reader;
use super::zone;

mod line;
mod standing;

/// Draws the list. All its lines stand on the card, since what a list shows counts as told: where `max`, a card's measure of
/// text, leaves little room, each has one button only.
pub(super) fn draw(
    reader: &Reader,
    spec: &CardSpec,
    list: &ListView,
    opened: &Opened,
    max: usize,
) -> Drawing {
    let text = reader.text;
    let (title, intro, none) = names(text, list.kind);
    let mut card = Drawing::new(title.clone());
    card.show(heading(title));
    let shown = lines_with(reader, spec, list, opened, max, Mark::First);
    if shown.is_empty() {
        card.show(fixed(none, Tone::Normal));
    } else {
        card.show_all(intro.map(|intro| fixed(intro, Tone::Normal)));
        // Named above the lines: some times are told by buttons alone, which have no room for it.
        let timed = shown.iter().any(zone::has_time);
        card.show_all(timed.then(|| close(words(&ZONE.to_string(), Tone::Small))));
    }
    let whole = list.item.is_none() && list.query.is_none();
    let more = Some(list.more).filter(|more| *more > 0 && whole);
    card.show_all(shown);
    card.show_all(more.map(|more| words(&text.list_more(more), Tone::Quiet)));
    card.show_all(gone(text, list));
    card.actions.extend(more.map(|more| go_on(text, spec, more)));
    ways_on(text, list.kind, &mut card);
    card
}

/// Whether the first thing that can be pressed on the lines is the card's primary action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    First,
    Nothing,
}

/// The lines of a list on a card with a primary action of its own.
pub(super) fn lines(
    reader: &Reader,
    spec: &CardSpec,
    list: &ListView,
    opened: &Opened,
    max: usize,
) -> Vec<Value> {
    lines_with(reader, spec, list, opened, max, Mark::Nothing)
}

/// The lines of a list, numbered as a person can type them: the one that was asked for by its number, those whose
/// name was typed, else all.
fn lines_with(
    reader: &Reader,
    spec: &CardSpec,
    list: &ListView,
    opened: &Opened,
    max: usize,
    mark: Mark,
) -> Vec<Value> {
    let from = usize::try_from(list.from).unwrap_or_default();
    let all: Vec<(usize, Scene<'_>)> = list
        .items
        .iter()
        .zip(&opened.items)
        .enumerate()
        .map(|(at, (item, opened))| {
            // A plain card may be about nothing that has a name; its line has no button that would need one.
            let place = match &item.subject {
                Some(subject) => Place::item(spec, subject),
                None => Place::card(spec),
            };
            (from + at + 1, Scene::new(*reader, item, opened, place, max))
        })
        .collect();
    let asked = |number: usize| list.item.is_some_and(|item| usize::try_from(item) == Ok(number));
    let named = |scene: &Scene<'_>| {
        opened
            .query
            .as_deref()
            .is_some_and(|query| matches(&name_of(scene), query))
    };
    let mut chosen: Vec<&(usize, Scene<'_>)> = all.iter().filter(|(number, _)| asked(*number)).collect();
    if chosen.is_empty() {
        chosen = all.iter().filter(|(_, scene)| named(scene)).collect();
    }
    if chosen.is_empty() {
        chosen = all.iter().collect();
    }
    let mut mark = mark == Mark::First;
    let drawn = chosen.into_iter().map(|(number, scene)| {
        let (line, marked) = line(scene, list.kind, *number, mark);
        mark &= !marked;
        line
    });
    drawn.collect()
}

/// What comes next of a list, and the button for it.
pub(super) fn more(text: Texts, spec: &CardSpec, list: &ListView) -> Option<(Value, Value)> {
    let more = Some(list.more).filter(|more| *more > 0)?;
    Some((words(&text.list_more(more), Tone::Quiet), go_on(text, spec, more)))
}

fn go_on(text: Texts, spec: &CardSpec, more: u32) -> Value {
    let mut button = command(&text.press_more(more), Command::More);
    button["data"]["notification_id"] = spec.notification_id.to_string().into();
    button
}

/// What is left out because it is void by now.
pub(super) fn gone(text: Texts, list: &ListView) -> Option<Value> {
    let gone = list.missed.saturating_sub(list.total);
    (gone > 0).then(|| words(&text.list_gone(gone), Tone::Small))
}

/// Whether every word of what was typed begins a word of the name.
pub(super) fn matches(name: &str, query: &str) -> bool {
    all_words(name, query, |word, asked| word.starts_with(asked))
}

/// Whether every word of what was typed is a word of the name.
pub(super) fn has_words(name: &str, query: &str) -> bool {
    all_words(name, query, |word, asked| word == asked)
}

fn all_words(name: &str, query: &str, fits: impl Fn(&str, &str) -> bool) -> bool {
    let name = fold(name);
    let words: Vec<&str> = name.split(|c: char| !c.is_alphanumeric()).collect();
    let asked = fold(query);
    let mut asked = asked
        .split(|c: char| !c.is_alphanumeric())
        .filter(|asked| !asked.is_empty())
        .peekable();
    asked.peek().is_some() && asked.all(|asked| words.iter().any(|word| fits(word, asked)))
}

/// Headline, what stands above the lines, and what is said where there are none.
fn names(text: Texts, kind: CardKind) -> (String, Option<String>, String) {
    match kind.lists() {
        Lists::Meetings => (text.list_meetings(), None, text.list_meetings_none()),
        Lists::Events => (text.list_events(), None, text.list_events_none()),
        Lists::Connections => (text.list_connections(), None, text.list_connections_none()),
        Lists::Missed => (
            text.list_catch_up(),
            Some(text.list_catch_up_what()),
            text.list_catch_up_none(),
        ),
        Lists::Digest => (
            text.list_digest(),
            Some(text.list_digest_what()),
            text.list_digest_none(),
        ),
        Lists::Pending | Lists::Nothing => (text.list_pending(), None, text.list_pending_none()),
    }
}

fn ways_on(text: Texts, kind: CardKind, card: &mut Drawing) {
    card.press(if kind == CardKind::Digest {
        command(&text.press_fewer(), Command::Notifications)
    } else if kind == CardKind::Pending {
        command(&text.list_meetings(), Command::Meetings)
    } else {
        command(&text.press_pending(), Command::Pending)
    });
    card.press(command(&text.press_help(), Command::Help));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_by_the_beginnings_of_its_words_whatever_their_accents() {
        for query in ["amelie", "Amélie L", "laur", "LAURENT amé"] {
            assert!(matches("Amélie Laurent", query), "{query}");
        }
        for query in ["", " ", "melie", "amelie nair"] {
            assert!(!matches("Amélie Laurent", query), "{query}");
        }
    }
}
