//! One line of a list: what it is called, what matters of it, and its buttons.

use actors::action::{input, verb};
use actors::card::{AnswerView, SubjectCard};
use chrono::{DateTime, Utc};
use events::organization::{AnswerForm, CardKind, Family, Role, SubjectState};
use events::user::Rsvp;
use serde_json::Value;

use super::super::buttons::{
    destructive, execute, execute_with, open, primary, row, show_card, unfold, write_to,
};
use super::super::content::connection::Connection;
use super::super::content::event::Event;
use super::super::content::figures::Figures;
use super::super::content::meeting::Meeting;
use super::super::content::message::Message;
use super::super::content::recommended::Recommended;
use super::super::content::request::{Outcome, Request};
use super::super::content::task::Task;
use super::super::elements::{Tone, close, fixed, panel, runs, said, words};
use super::super::escape::shorten;
use super::super::header::Sign;
use super::super::scene::Scene;
use super::super::{erg_event, figures, meeting, survey};
use super::standing::standing;

/// How much of a message a line shows, in characters.
const PREVIEW_CHARS: usize = 120;
/// The measure of text below which a line has one button only, so that every line finds room.
const ROOMY: usize = 200;
/// Most times that a line offers.
const MAX_SLOTS: usize = 2;

/// One line: its number and name, what matters of it, and its buttons, of which the first is the primary one where it
/// is to be marked and the line waits for an answer; and whether one was.
pub(super) fn line(scene: &Scene<'_>, list: CardKind, number: usize, mark: bool) -> (Value, bool) {
    let text = scene.text();
    let (name, about) = line_texts(scene);
    let number = u32::try_from(number).unwrap_or(u32::MAX);
    let item = text.list_item(number, &name);
    // Where all are of one kind the card's headline tells which.
    let sign = format!("{} ", Sign::of(scene.card.kind).letter());
    let mixed = list == CardKind::Pending || list.family() == Family::Summary;
    let mut shown = vec![if mixed {
        runs([(sign.as_str(), Tone::Normal), (item.as_str(), Tone::Strong)])
    } else {
        words(&item, Tone::Strong)
    }];
    let standing = standing(scene);
    let is_open = standing.is_none();
    match standing {
        Some(standing) => {
            shown.push(close(words(&standing, Tone::Normal)));
            // Whoever hears only here that it is off looks for when it would have been.
            let kind = scene.card.kind;
            let news = kind.is_notice() && kind.family().takes_place();
            let about = about.iter().filter(|_| news);
            shown.extend(about.map(|about| close(said(about, Tone::Quiet))));
        }
        None => shown.extend(about.iter().map(|about| close(said(about, Tone::Quiet)))),
    }
    let mut buttons = if scene.max < ROOMY {
        on_its_card(scene, &text.press_show_card())
    } else {
        buttons(scene)
    };
    // A line holds little of what its card says.
    if !buttons.iter().any(|button| button["data"]["verb"] == verb::SHOW) {
        buttons.extend(on_its_card(scene, &text.press_show_card()));
    }
    // What was answered waits for nobody, and its buttons only change the answer.
    let waits = is_open && scene.card.answer.is_none();
    let first = buttons.first_mut().filter(|_| mark && waits);
    let marked = first.map(|first| *first = primary(first.take())).is_some();
    // Times are long: each has a row of its own.
    let alone = scene.card.kind == CardKind::Meeting;
    let rows = buttons
        .chunks(if alone { 1 } else { 3 })
        .map(|buttons| close(row(buttons)));
    shown.extend(rows);
    (panel(&shown), marked)
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
    let kind = scene.card.kind;
    match kind.family() {
        Family::Request if kind.role() != Role::Outcome => {
            let request = Request::read(content, scene.told_by("mentoring_request.sent"));
            let about = request.person.about().into_iter();
            let until = request.respond_by.map(|at| deadline(text.label_answer_by(), at));
            (
                text.request_from(&somebody(request.person.name)),
                about.chain(until).collect(),
            )
        }
        Family::Request => {
            let name = somebody(Outcome::read(content, &scene.opened.newest).person.name);
            let name = outcome(scene, &name);
            (name, Vec::new())
        }
        Family::Connection => {
            let partner = Connection::read(content).partner;
            (
                partner.name.clone().unwrap_or_else(|| text.your_partner()),
                partner.about().into_iter().collect(),
            )
        }
        Family::Match => {
            let mentor = Recommended::read(content).mentor;
            (
                text.match_title(&somebody(mentor.name.clone())),
                mentor.about().into_iter().collect(),
            )
        }
        Family::Meeting => {
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
        Family::ErgEvent if kind.role() == Role::Outcome => {
            let name = figures::name_of(scene, &Figures::read(content));
            (text.event_figures_title(&name), Vec::new())
        }
        Family::ErgEvent => {
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
        Family::Message if scene.card.kind.role() == Role::Notice => not_delivered(scene),
        Family::Message => {
            let message = Message::read(&content.written_as(&scene.opened.original));
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
        Family::Task => {
            let due = Task::read(content)
                .due_at
                .map(|at| deadline(text.label_due(), at));
            (content.headline(text), due.into_iter().collect())
        }
        Family::Announcement if scene.opened.newest.takes_back_a_mistake() => {
            (text.kind_announcement(), Vec::new())
        }
        Family::Announcement
        | Family::Survey
        | Family::News
        | Family::Greeting
        | Family::Summary
        | Family::Reply => (content.headline(text), Vec::new()),
    }
}

/// What became of a request, in the words of a line.
fn outcome(scene: &Scene<'_>, name: &str) -> String {
    let text = scene.text();
    match scene.card.state {
        SubjectState::Accepted => text.outcome_accepted(name),
        SubjectState::Declined => text.outcome_declined(name),
        SubjectState::Withdrawn => text.outcome_withdrawn(name),
        SubjectState::Expired
        | SubjectState::Open
        | SubjectState::Scheduled
        | SubjectState::Moved
        | SubjectState::Cancelled
        | SubjectState::Updated
        | SubjectState::Closed
        | SubjectState::Completed
        | SubjectState::Ending
        | SubjectState::Ended
        | SubjectState::Edited
        | SubjectState::Deleted
        | SubjectState::Failed => text.outcome_expired(name),
    }
}

/// What the reader wrote and did not arrive.
fn not_delivered(scene: &Scene<'_>) -> (String, Vec<String>) {
    let (text, content) = (scene.text(), &scene.content);
    let message = Message::read(content);
    let own = if scene.card.answer.is_some() {
        scene.opened.reply.clone()
    } else {
        message.text
    };
    let own = own.map(|own| shorten(&own.replace('\n', " "), PREVIEW_CHARS));
    let to = message.to.or(message.group).or(message.from);
    (
        text.message_failed(&to.unwrap_or_else(|| text.your_partner())),
        content.reason().into_iter().chain(own).collect(),
    )
}

fn when(
    scene: &Scene<'_>,
    starts_at: Option<DateTime<Utc>>,
    ends_at: Option<DateTime<Utc>>,
) -> Option<String> {
    let facts = &scene.card.facts;
    let starts_at = facts.starts_at.or(starts_at)?;
    Some(scene.reader.near_span(starts_at, facts.ends_at.or(ends_at)))
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
    let unanswered = open_still && answer.is_none();
    let role = kind.role();
    match kind.answer() {
        AnswerForm::Request if unanswered => {
            let decline = execute(&text.press_decline_now(), verb::DECLINE_REQUEST, scene.place);
            let ask_back = [fixed(text.decline_ask(), Tone::Normal)];
            vec![
                execute(&text.press_accept(), verb::ACCEPT_REQUEST, scene.place),
                destructive(unfold(&text.press_decline(), &ask_back, &destructive(decline))),
            ]
        }
        AnswerForm::Meeting if role == Role::Main && *state == SubjectState::Open && unanswered => {
            slots(scene)
        }
        AnswerForm::Meeting if role == Role::Main && *state == SubjectState::Moved && unanswered => {
            let mut buttons = vec![execute(&text.press_accept(), verb::ACCEPT_MEETING, scene.place)];
            buttons.extend(on_its_card(scene, &text.press_show_card()));
            buttons
        }
        AnswerForm::Held if unanswered => meeting::held_buttons(scene).into(),
        AnswerForm::Survey if survey::is_asked_here(scene) => on_its_card(scene, &text.press_answer_here()),
        AnswerForm::Match if unanswered => on_its_card(scene, &text.press_show_card()),
        AnswerForm::Meeting if role != Role::Notice && !state.is_final() => {
            let join = Meeting::read(&scene.content).join;
            join.iter()
                .map(|link| open(text, &text.press_join(), link))
                .collect()
        }
        AnswerForm::Rsvp if role != Role::Notice && open_still => {
            let given = match answer {
                Some(AnswerView::Rsvp(rsvp)) => Some(*rsvp),
                _ => None,
            };
            let full = Event::read(&scene.content).seats_left == Some(0);
            let offered = [Rsvp::Going, Rsvp::Maybe, Rsvp::NotGoing]
                .into_iter()
                .filter(|rsvp| Some(*rsvp) != given && !(full && *rsvp == Rsvp::Going));
            offered.map(|rsvp| erg_event::rsvp_button(scene, rsvp)).collect()
        }
        // Nobody can say that they read what a line has no room for.
        AnswerForm::Acknowledgement if unanswered && scene.card.facts.acknowledge => {
            on_its_card(scene, &text.press_show_card())
        }
        AnswerForm::Done if unanswered => {
            vec![execute(&text.press_complete(), verb::COMPLETE_TASK, scene.place)]
        }
        AnswerForm::Reply | AnswerForm::Words => {
            let title = if kind.answer() == AnswerForm::Reply {
                text.press_list_reply()
            } else {
                text.press_list_message()
            };
            let to = scene.card.writes_to.iter();
            to.map(|to| write_to(&title, to)).collect()
        }
        AnswerForm::Request
        | AnswerForm::Meeting
        | AnswerForm::Held
        | AnswerForm::Rsvp
        | AnswerForm::Survey
        | AnswerForm::Acknowledgement
        | AnswerForm::Match
        | AnswerForm::Done
        | AnswerForm::Nothing => {
            let link = scene.content.web();
            link.iter()
                .map(|link| open(text, &text.press_open(), link))
                .collect()
        }
    }
}

/// What takes more than a press is answered on the thing's own card, which comes again.
fn on_its_card(scene: &Scene<'_>, title: &str) -> Vec<Value> {
    vec![show_card(title, scene.card.notification_id)]
}

/// A button for each of the first times on offer; the others, and another time, are on the meeting's own card.
fn slots(scene: &Scene<'_>) -> Vec<Value> {
    let text = scene.text();
    let meeting = Meeting::read(&scene.content);
    if meeting.slots.is_empty() {
        let mut buttons = vec![execute(&text.press_accept(), verb::ACCEPT_MEETING, scene.place)];
        buttons.extend(on_its_card(scene, &text.press_show_card()));
        return buttons;
    }
    let offered = meeting::asked::ahead(scene, &meeting).into_iter();
    let mut buttons: Vec<Value> = offered
        .take(MAX_SLOTS)
        .map(|slot| {
            let title = scene.reader.span(slot.starts_at, slot.ends_at);
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
    buttons.push(destructive(unfold(
        &text.press_meeting_decline(),
        &ask_back,
        &destructive(decline),
    )));
    buttons.extend(on_its_card(scene, &text.press_show_card()));
    buttons
}
