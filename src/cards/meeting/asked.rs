//! Somebody would like to meet: the times to choose from, and what the person answered.

use actors::action::{MAX_NOTE_CHARS, input, verb};
use actors::card::AnswerView;
use serde_json::Value;

use super::super::buttons::{destructive, execute, primary, unfold};
use super::super::content::meeting::{Meeting, Slot};
use super::super::elements::{Drawing, Tone, close, fixed, heading, words};
use super::super::inputs::{date, free_text, radio, required, time};
use super::super::mark::ZONE;
use super::super::scene::{Scene, details, standing};
use super::place;

/// Somebody would like to meet: choose a time, propose another, decline.
pub(super) fn draw(scene: &Scene<'_>, meeting: &Meeting) -> Drawing {
    let text = scene.text();
    let mut card = Drawing::new(text.toast_meeting());
    let name = asker(scene, meeting);
    card.show(close(heading(scene.markdown().meeting_asks(&name))));
    card.show_all(topic(scene, meeting));
    if let Some(standing) = answered(scene, meeting) {
        card.show_all(
            scene
                .when(meeting.starts_at, meeting.ends_at)
                .map(|when| words(&when, Tone::Strong)),
        );
        card.show_all(place(scene, meeting));
        card.show(standing);
        return card;
    }
    if scene.card.newer {
        return card;
    }
    if !scene.card.open {
        return late(scene, meeting, card);
    }
    card.show_all(scene.waits(None));
    let whole = scene
        .when(meeting.starts_at, meeting.ends_at)
        .filter(|_| meeting.slots.is_empty());
    card.show_all(whole.map(|when| words(&when, Tone::Strong)));
    card.show_all(place(scene, meeting));
    let title = if meeting.slots.is_empty() {
        text.press_accept()
    } else {
        card.show(slot_choice(scene, &ahead(scene, meeting)));
        text.press_slot_accept()
    };
    card.press(primary(execute(&title, verb::ACCEPT_MEETING, scene.place)));
    card.press(propose(scene));
    card.press(decline(scene));
    card
}

/// Nobody answered while there was time.
fn late(scene: &Scene<'_>, meeting: &Meeting, mut card: Drawing) -> Drawing {
    let text = scene.text();
    let last = meeting
        .slots
        .last()
        .map(|slot| scene.reader.span(slot.starts_at, slot.ends_at));
    card.show_all(details([(
        text.label_when(),
        scene.when(meeting.starts_at, meeting.ends_at).or(last),
    )]));
    card.show(standing(&text.meeting_expired_next(), None));
    card
}

/// The times that have not begun: nobody can come to another one.
pub(in crate::cards) fn ahead<'a>(scene: &Scene<'_>, meeting: &'a Meeting) -> Vec<&'a Slot> {
    let now = scene.reader.now;
    meeting.slots.iter().filter(|slot| slot.starts_at > now).collect()
}

/// Times to choose from, the first that suits both chosen beforehand.
fn slot_choice(scene: &Scene<'_>, slots: &[&Slot]) -> Value {
    let text = scene.text();
    let options: Vec<(String, String)> = slots
        .iter()
        .map(|slot| {
            let time = scene.reader.span(slot.starts_at, slot.ends_at);
            let title = if slot.both_free {
                text.slot_both_free(&time)
            } else {
                time
            };
            (slot.id.clone(), title)
        })
        .collect();
    let chosen = slots.iter().find(|slot| slot.both_free).or(slots.first());
    radio(
        input::SLOT,
        &format!("{}{ZONE}", text.meeting_slots()),
        options.iter().map(|(id, title)| (id.as_str(), title.as_str())),
        chosen.map(|slot| slot.id.as_str()),
    )
}

/// What the person answered to the wish to meet.
pub(super) fn answered(scene: &Scene<'_>, meeting: &Meeting) -> Option<Value> {
    let text = scene.text();
    let next = match scene.card.answer.as_ref()? {
        AnswerView::SlotAccepted { .. } => text.meeting_accepted_next(),
        AnswerView::Proposed { .. } => text.meeting_proposed_next(),
        AnswerView::MeetingDeclined
        | AnswerView::Accepted
        | AnswerView::Declined
        | AnswerView::Held(_)
        | AnswerView::Rsvp(_)
        | AnswerView::Survey { .. }
        | AnswerView::Acknowledged
        | AnswerView::MatchRequested
        | AnswerView::MatchDismissed
        | AnswerView::Replied { .. }
        | AnswerView::Completed => text.meeting_declined_next(),
    };
    Some(standing(&answer_given(scene, meeting)?, Some(&next)))
}

/// The same in a few words.
pub(in crate::cards) fn answer_given(scene: &Scene<'_>, meeting: &Meeting) -> Option<String> {
    let text = scene.text();
    let at = scene.answered_at();
    match scene.card.answer.as_ref()? {
        AnswerView::SlotAccepted { slot } => {
            let chosen = slot
                .as_ref()
                .and_then(|id| meeting.slots.iter().find(|slot| slot.id == *id));
            Some(chosen.map_or_else(
                || text.meeting_accepted(&at),
                |slot| text.meeting_slot_chosen(&scene.reader.span(slot.starts_at, slot.ends_at)),
            ))
        }
        AnswerView::Proposed { starts_at } => Some(text.meeting_proposed(&scene.reader.moment(*starts_at))),
        AnswerView::MeetingDeclined => Some(text.meeting_declined(&at)),
        AnswerView::Accepted
        | AnswerView::Declined
        | AnswerView::Held(_)
        | AnswerView::Rsvp(_)
        | AnswerView::Survey { .. }
        | AnswerView::Acknowledged
        | AnswerView::MatchRequested
        | AnswerView::MatchDismissed
        | AnswerView::Replied { .. }
        | AnswerView::Completed => None,
    }
}

/// Another time for a meeting that is only asked for.
fn propose(scene: &Scene<'_>) -> Value {
    propose_as(scene, &scene.text().press_slot_propose())
}

/// Another time for a meeting that has one.
pub(super) fn reschedule(scene: &Scene<'_>) -> Value {
    propose_as(scene, &scene.text().press_reschedule())
}

fn propose_as(scene: &Scene<'_>, title: &str) -> Value {
    let text = scene.text();
    let body = [
        required(text, date(input::DATE, &text.propose_date())),
        required(
            text,
            time(input::TIME, &text.propose_time(&scene.reader.zone_phrase())),
        ),
        fixed(text.propose_hint(), Tone::Small),
    ];
    let now = execute(&text.press_slot_propose_now(), verb::PROPOSE_MEETING, scene.place);
    unfold(title, &body, &now)
}

fn decline(scene: &Scene<'_>) -> Value {
    let text = scene.text();
    let titles = (text.press_meeting_decline(), text.press_meeting_decline_now());
    decline_as(scene, titles, None)
}

/// The person does not come to a meeting that has a time.
pub(super) fn cancel(scene: &Scene<'_>) -> Value {
    let text = scene.text();
    let titles = (text.press_meeting_cancel(), text.press_meeting_cancel_now());
    decline_as(scene, titles, Some(text.meeting_cancel_hint()))
}

fn decline_as(scene: &Scene<'_>, (title, now): (String, String), ask: Option<String>) -> Value {
    let note = free_text(input::NOTE, &scene.text().note_optional(), MAX_NOTE_CHARS);
    let asked = ask.map(|ask| fixed(ask, Tone::Normal));
    let body: Vec<Value> = asked.into_iter().chain([note]).collect();
    let now = execute(&now, verb::DECLINE_MEETING, scene.place);
    destructive(unfold(&title, &body, &destructive(now)))
}

/// Who would like to meet.
fn asker(scene: &Scene<'_>, meeting: &Meeting) -> String {
    let original = Meeting::read(scene.told_by("meeting.requested"));
    let asker = original
        .organizer
        .or(original.actor)
        .or_else(|| meeting.organizer.clone());
    asker.unwrap_or_else(|| scene.text().your_partner())
}

fn topic(scene: &Scene<'_>, meeting: &Meeting) -> Vec<Value> {
    let mut shown: Vec<Value> = meeting
        .title
        .iter()
        .map(|title| words(title, Tone::Strong))
        .collect();
    if let Some(agenda) = &meeting.agenda {
        shown.extend(scene.folded(agenda));
    }
    shown
}
