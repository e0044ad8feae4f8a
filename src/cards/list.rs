//! Cards that list: what waits, meetings, events, connections, what is still open after an absence, and the summary.
//! Each line has the buttons that its own card would have, as far as they need nothing typed.

use actors::action::words::fold;
use actors::action::{input, verb};
use actors::card::{AnswerView, CardSpec, ListView, SubjectCard};
use events::organization::{CardKind, SubjectState};
use events::user::{Command, Rsvp};
use serde_json::Value;

use super::buttons::{Place, command, command_with, execute, execute_with, open, row, unfold};
use super::content::connection::Connection;
use super::content::event::Event;
use super::content::meeting::Meeting;
use super::content::message::Message;
use super::content::recommended::Recommended;
use super::content::request::{Outcome, Request};
use super::content::task::Task;
use super::elements::{Drawing, Tone, close, fixed, heading, panel, words};
use super::escape::shorten;
use super::scene::Scene;
use super::text::Texts;
use super::time::Reader;
use super::{Opened, erg_event, meeting};

/// How much of a message a line shows, in characters.
const PREVIEW_CHARS: usize = 120;
/// From this much room for text on, every line of a list is shown; else this many.
const ROOMY_CHARS: usize = 3_000;
const TIGHT_LINES: usize = 5;
/// Most times that a line offers.
const MAX_SLOTS: usize = 2;

/// Draws the list with as many lines as `max`, a card's measure of text, leaves room for.
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
    let shown = lines(reader, spec, list, opened, max);
    if shown.is_empty() {
        card.show(fixed(none, Tone::Normal));
    } else {
        card.show_all(intro.map(|intro| fixed(intro, Tone::Normal)));
        card.show(close(words(&text.list_times(reader.zone_name()), Tone::Small)));
    }
    let whole = list.item.is_none() && list.query.is_none();
    let more = usize::try_from(list.total)
        .unwrap_or(usize::MAX)
        .saturating_sub(shown.len());
    let more = u32::try_from(more).unwrap_or_default();
    card.show_all(shown);
    card.show_all((whole && more > 0).then(|| words(&text.list_more(more), Tone::Quiet)));
    card.show_all(gone(text, list));
    ways_on(text, list.kind, &mut card);
    card
}

/// The lines of a list, numbered as a person can type them: the one that was asked for by its number, those whose
/// name was typed, else all.
pub(super) fn lines(
    reader: &Reader,
    spec: &CardSpec,
    list: &ListView,
    opened: &Opened,
    max: usize,
) -> Vec<Value> {
    let room = if max >= ROOMY_CHARS {
        ListView::MOST
    } else {
        TIGHT_LINES
    };
    let all: Vec<(usize, Scene<'_>)> = list
        .items
        .iter()
        .zip(&opened.items)
        .enumerate()
        .filter_map(|(at, (item, opened))| {
            let place = Place::item(spec, item.subject.as_ref()?);
            Some((at + 1, Scene::new(*reader, item, opened, place, max)))
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
    chosen
        .into_iter()
        .take(room)
        .map(|(number, scene)| line(scene, *number))
        .collect()
}

/// What is left out because it is void by now.
pub(super) fn gone(text: Texts, list: &ListView) -> Option<Value> {
    let gone = list.missed.saturating_sub(list.total);
    (gone > 0).then(|| words(&text.list_gone(gone), Tone::Small))
}

/// Whether every word of what was typed begins a word of the name.
pub(super) fn matches(name: &str, query: &str) -> bool {
    let name = fold(name);
    let words: Vec<&str> = name.split(|c: char| !c.is_alphanumeric()).collect();
    let asked = fold(query);
    let mut asked = asked
        .split(|c: char| !c.is_alphanumeric())
        .filter(|asked| !asked.is_empty())
        .peekable();
    asked.peek().is_some() && asked.all(|asked| words.iter().any(|word| word.starts_with(asked)))
}

/// Headline, what stands above the lines, and what is said where there are none.
fn names(text: Texts, kind: CardKind) -> (String, Option<String>, String) {
    match kind {
        CardKind::Meetings => (text.list_meetings(), None, text.list_meetings_none()),
        CardKind::Events => (text.list_events(), None, text.list_events_none()),
        CardKind::Connections => (text.list_connections(), None, text.list_connections_none()),
        CardKind::CatchUp => (
            text.list_catch_up(),
            Some(text.list_catch_up_what()),
            text.list_catch_up_none(),
        ),
        CardKind::Digest => (
            text.list_digest(),
            Some(text.list_digest_what()),
            text.list_digest_none(),
        ),
        _ => (text.list_pending(), None, text.list_pending_none()),
    }
}

fn ways_on(text: Texts, kind: CardKind, card: &mut Drawing) {
    match kind {
        CardKind::Digest => card.press(command(&text.press_fewer(), Command::Notifications)),
        CardKind::Pending => card.press(command(&text.list_meetings(), Command::Meetings)),
        _ => card.press(command(&text.press_pending(), Command::Pending)),
    }
    card.press(command(&text.press_help(), Command::Help));
}

/// One line: its number and name, what matters of it, and its buttons.
fn line(scene: &Scene<'_>, number: usize) -> Value {
    let text = scene.text();
    let (name, about) = line_texts(scene);
    let number = u32::try_from(number).unwrap_or(u32::MAX);
    let mut shown = vec![words(&text.list_item(number, &name), Tone::Strong)];
    shown.extend(about.iter().map(|about| close(words(about, Tone::Quiet))));
    let buttons = buttons(scene);
    if !buttons.is_empty() {
        shown.push(close(row(&buttons)));
    }
    panel(&shown)
}

/// What a thing is called in a list.
pub(super) fn name_of(scene: &Scene<'_>) -> String {
    line_texts(scene).0
}

fn line_texts(scene: &Scene<'_>) -> (String, Vec<String>) {
    let text = scene.text();
    let content = &scene.content;
    let somebody = |name: Option<String>| name.unwrap_or_else(|| text.somebody());
    let deadline = |label: String, at| format!("{label}: {}", scene.reader.deadline(at));
    match scene.card.kind {
        CardKind::MentoringRequest | CardKind::RequestReminder => {
            let request = Request::read(&scene.opened.original);
            let about = request.person.about().into_iter();
            let until = request.respond_by.map(|at| deadline(text.label_answer_by(), at));
            (
                text.request_from(&somebody(request.person.name.clone())),
                about.chain(until).collect(),
            )
        }
        CardKind::RequestOutcome => {
            let name = somebody(Outcome::read(content).person.name);
            let name = match scene.card.state {
                SubjectState::Accepted => text.outcome_accepted(&name),
                SubjectState::Declined => text.outcome_declined(&name),
                SubjectState::Withdrawn => text.outcome_withdrawn(&name),
                _ => text.outcome_expired(&name),
            };
            (name, Vec::new())
        }
        CardKind::Connection => {
            let partner = Connection::read(content).partner;
            (
                partner.name.clone().unwrap_or_else(|| text.your_partner()),
                partner.about().into_iter().collect(),
            )
        }
        CardKind::RecommendedMatch => {
            let mentor = Recommended::read(content).mentor;
            (
                text.match_title(&somebody(mentor.name.clone())),
                mentor.about().into_iter().collect(),
            )
        }
        CardKind::Meeting
        | CardKind::MeetingReminder
        | CardKind::MeetingNotice
        | CardKind::MeetingFollowUp => {
            let read = Meeting::read(content);
            let with = Some(read.people.join(", ")).filter(|people| !people.is_empty());
            (
                meeting::name_of(scene, &read),
                when(scene, read.starts_at, read.ends_at)
                    .into_iter()
                    .chain(with)
                    .collect(),
            )
        }
        CardKind::ErgEvent | CardKind::ErgEventReminder | CardKind::ErgEventNotice => {
            let event = Event::read(content);
            let answer = erg_event::answered(scene);
            (
                erg_event::name_of(scene, &event),
                when(scene, event.starts_at, event.ends_at)
                    .into_iter()
                    .chain(answer)
                    .collect(),
            )
        }
        CardKind::Message | CardKind::MessageNotice => {
            let message = Message::read(content);
            let said = message
                .text
                .as_ref()
                .map(|said| shorten(&said.replace('\n', " "), PREVIEW_CHARS));
            let name = somebody(message.from.clone());
            let name = message.group.as_ref().map_or_else(
                || text.message_from(&name),
                |group| text.message_in_group(&name, group),
            );
            (
                name,
                said.filter(|_| !scene.is(SubjectState::Deleted))
                    .into_iter()
                    .collect(),
            )
        }
        CardKind::Task | CardKind::TaskReminder => {
            let due = Task::read(content)
                .due_at
                .map(|at| deadline(text.label_due(), at));
            (content.headline(text), due.into_iter().collect())
        }
        _ => (content.headline(text), Vec::new()),
    }
}

fn when(
    scene: &Scene<'_>,
    starts_at: Option<chrono::DateTime<chrono::Utc>>,
    ends_at: Option<chrono::DateTime<chrono::Utc>>,
) -> Option<String> {
    let facts = &scene.card.facts;
    let starts_at = facts.starts_at.or(starts_at)?;
    Some(scene.reader.short_span(starts_at, facts.ends_at.or(ends_at)))
}

fn buttons(scene: &Scene<'_>) -> Vec<Value> {
    let text = scene.text();
    let SubjectCard {
        kind,
        state,
        answer,
        open: open_still,
        ..
    } = scene.card;
    let open_still = *open_still;
    match kind {
        CardKind::MentoringRequest | CardKind::RequestReminder if open_still && answer.is_none() => {
            let decline = execute(&text.press_decline_now(), verb::DECLINE_REQUEST, scene.place);
            let ask_back = [fixed(text.decline_ask(), Tone::Normal)];
            vec![
                execute(&text.press_accept(), verb::ACCEPT_REQUEST, scene.place),
                unfold(&text.press_decline(), &ask_back, &decline),
            ]
        }
        CardKind::Meeting if *state == SubjectState::Open && answer.is_none() => slots(scene),
        CardKind::Meeting | CardKind::MeetingReminder if !state.is_final() => {
            let join = Meeting::read(&scene.content).join;
            join.iter()
                .map(|link| open(text, &text.open_at(&text.press_join(), link.host()), link))
                .collect()
        }
        CardKind::ErgEvent | CardKind::ErgEventReminder if open_still => {
            let given = match answer {
                Some(AnswerView::Rsvp(rsvp)) => Some(*rsvp),
                _ => None,
            };
            let offered = [Rsvp::Going, Rsvp::Maybe, Rsvp::NotGoing]
                .into_iter()
                .filter(|rsvp| Some(*rsvp) != given);
            offered
                .map(|rsvp| erg_event::rsvp_button(scene, rsvp, given.is_some()))
                .collect()
        }
        CardKind::Announcement if open_still && answer.is_none() && scene.card.facts.acknowledge => {
            vec![execute(&text.press_acknowledge(), verb::ACKNOWLEDGE, scene.place)]
        }
        CardKind::Task | CardKind::TaskReminder if open_still && answer.is_none() => {
            vec![execute(&text.press_complete(), verb::COMPLETE_TASK, scene.place)]
        }
        CardKind::Message => {
            let name = Message::read(&scene.content).from;
            name.iter()
                .map(|name| command_with(&text.press_list_reply(), Command::Message, name))
                .collect()
        }
        CardKind::Connection if !state.is_final() => {
            let name = Connection::read(&scene.content).partner.name;
            name.iter()
                .map(|name| command_with(&text.press_list_message(), Command::Message, name))
                .collect()
        }
        _ => {
            let link = scene.content.web();
            link.iter()
                .map(|link| open(text, &text.open_at(&text.press_open(), link.host()), link))
                .collect()
        }
    }
}

/// A button for each of the first times on offer; the others are on the meeting's own card.
fn slots(scene: &Scene<'_>) -> Vec<Value> {
    let text = scene.text();
    let meeting = Meeting::read(&scene.content);
    if meeting.slots.is_empty() {
        return vec![execute(&text.press_accept(), verb::ACCEPT_MEETING, scene.place)];
    }
    let offered = meeting.slots.iter().take(MAX_SLOTS);
    let mut buttons: Vec<Value> = offered
        .map(|slot| {
            let title = scene.reader.short_span(slot.starts_at, slot.ends_at);
            execute_with(
                &title,
                verb::ACCEPT_MEETING,
                scene.place,
                [(input::SLOT, slot.id.as_str().into())],
            )
        })
        .collect();
    let decline = execute(
        &text.press_meeting_decline_now(),
        verb::DECLINE_MEETING,
        scene.place,
    );
    let ask_back = [fixed(text.decline_ask(), Tone::Normal)];
    buttons.push(unfold(&text.press_meeting_decline(), &ask_back, &decline));
    buttons
}
