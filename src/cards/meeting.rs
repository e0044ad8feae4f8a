//! A meeting: asked for, confirmed, moved, cancelled; its reminders; and whether it took place.

use actors::action::{MAX_NOTE_CHARS, input, verb};
use actors::card::AnswerView;
use chrono::{DateTime, Utc};
use events::organization::{ReminderKind, SubjectState};
use events::user::Command;
use serde_json::Value;

use super::buttons::{command_with, execute, execute_with, secondary, unfold};
use super::content::meeting::{Meeting, Slot};
use super::elements::{Drawing, Tone, close, fixed, heading, labelled, runs, said, struck, words};
use super::inputs::{date, free_text, radio, required, time};
use super::scene::{Scene, details, standing, title};

/// The meeting as it stands.
pub(super) fn living(scene: &Scene<'_>) -> Drawing {
    let meeting = Meeting::read(&scene.content);
    match scene.card.state {
        SubjectState::Open => asked(scene, &meeting),
        SubjectState::Scheduled | SubjectState::Moved | SubjectState::Updated => planned(scene, &meeting),
        _ => over(scene, &meeting),
    }
}

/// Somebody would like to meet: choose a time, propose another, decline.
fn asked(scene: &Scene<'_>, meeting: &Meeting) -> Drawing {
    let text = scene.text();
    let mut card = Drawing::new(text.toast_meeting());
    let name = asker(scene, meeting);
    card.show(close(heading(scene.markdown().meeting_asks(&name))));
    card.show_all(topic(scene, meeting));
    if let Some(standing) = answered(scene, meeting, &name) {
        card.show_all(
            scene
                .when(meeting.starts_at, meeting.ends_at)
                .map(|when| labelled(&text.label_when(), &when)),
        );
        card.show_all(place(scene, meeting));
        card.show(standing);
        return card;
    }
    if !scene.card.open {
        return late(scene, meeting, card);
    }
    match meeting.slots.as_slice() {
        [] => {
            let when = scene.when(meeting.starts_at, meeting.ends_at);
            card.show_all(when.map(|when| labelled(&text.label_when(), &when)));
            card.show_all(place(scene, meeting));
            card.press(execute(&text.press_accept(), verb::ACCEPT_MEETING, scene.place));
        }
        slots => {
            card.show_all(place(scene, meeting));
            card.show(slot_choice(scene, slots));
            card.press(execute(
                &text.press_slot_accept(),
                verb::ACCEPT_MEETING,
                scene.place,
            ));
        }
    }
    card.press(propose(scene, &name));
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

/// Times to choose from, the first that suits both chosen beforehand.
fn slot_choice(scene: &Scene<'_>, slots: &[Slot]) -> Value {
    let text = scene.text();
    let options: Vec<(String, String)> = slots
        .iter()
        .map(|slot| {
            let time = scene.reader.short_span(slot.starts_at, slot.ends_at);
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
        &text.meeting_slots(scene.reader.zone_name()),
        options.iter().map(|(id, title)| (id.as_str(), title.as_str())),
        chosen.map(|slot| slot.id.as_str()),
    )
}

/// What the person answered to the wish to meet.
fn answered(scene: &Scene<'_>, meeting: &Meeting, name: &str) -> Option<Value> {
    let text = scene.text();
    let at = scene.answered_at();
    let (state, next) = match scene.card.answer.as_ref()? {
        AnswerView::SlotAccepted { slot } => {
            let chosen = slot
                .as_ref()
                .and_then(|id| meeting.slots.iter().find(|slot| slot.id == *id));
            let state = chosen.map_or_else(
                || text.meeting_accepted(&at),
                |slot| text.meeting_slot_chosen(&scene.reader.span(slot.starts_at, slot.ends_at)),
            );
            (state, text.meeting_accepted_next(name))
        }
        AnswerView::Proposed { starts_at } => {
            let time = scene.reader.moment(*starts_at);
            (text.meeting_proposed(&time), text.meeting_proposed_next(name))
        }
        AnswerView::MeetingDeclined => (text.meeting_declined(&at), text.meeting_declined_next(name)),
        _ => return None,
    };
    Some(standing(&state, Some(&next)))
}

/// The meeting has a time; after a move the old one beside it.
fn planned(scene: &Scene<'_>, meeting: &Meeting) -> Drawing {
    let text = scene.text();
    let moved = scene.is(SubjectState::Moved);
    let toast = if moved {
        text.toast_meeting_moved()
    } else {
        text.toast_meeting_scheduled()
    };
    let mut card = Drawing::new(toast);
    card.show(close(title(&name_of(scene, meeting))));
    card.show(close(words(
        &if moved {
            text.meeting_moved()
        } else {
            text.meeting_confirmed()
        },
        Tone::Strong,
    )));
    card.show_all(times(scene, meeting));
    card.show_all(with(scene, meeting));
    card.show_all(place(scene, meeting));
    card.show_all(
        meeting
            .agenda
            .as_ref()
            .map(|agenda| labelled(&text.label_topic(), agenda)),
    );
    card.show_all(why_changed(scene, meeting, moved));
    let name = asker(scene, meeting);
    match scene.card.answer {
        Some(AnswerView::MeetingDeclined) => {
            card.show_all(answered(scene, meeting, &name));
            return card;
        }
        Some(AnswerView::Proposed { .. }) => card.show_all(answered(scene, meeting, &name)),
        _ => {}
    }
    links(scene, meeting, &mut card);
    if scene.card.open {
        card.press(secondary(propose(scene, &name)));
        card.press(secondary(decline(scene)));
    }
    card
}

/// When it is; what no longer holds is struck through and says so.
fn times(scene: &Scene<'_>, meeting: &Meeting) -> Vec<Value> {
    let text = scene.text();
    let Some(now) = scene.when(meeting.starts_at, meeting.ends_at) else {
        return Vec::new();
    };
    match before(scene) {
        Some(before) if scene.is(SubjectState::Moved) && before != now => vec![
            struck(&text.label_before(), &before),
            close(runs([
                (format!("{}: ", text.label_now()).as_str(), Tone::Strong),
                (now.as_str(), Tone::Strong),
            ])),
        ],
        _ => vec![labelled(&text.label_when(), &now)],
    }
}

/// When it was before it moved.
fn before(scene: &Scene<'_>) -> Option<String> {
    let facts = scene.card.previous_facts.as_ref();
    let read = scene.opened.previous.as_ref().map(Meeting::read);
    let starts_at = facts
        .and_then(|facts| facts.starts_at)
        .or(read.as_ref().and_then(|old| old.starts_at))?;
    let ends_at: Option<DateTime<Utc>> = facts
        .and_then(|facts| facts.ends_at)
        .or(read.and_then(|old| old.ends_at));
    Some(scene.reader.span(starts_at, ends_at))
}

/// The meeting will not be.
fn over(scene: &Scene<'_>, meeting: &Meeting) -> Drawing {
    let text = scene.text();
    let cancelled = scene.is(SubjectState::Cancelled);
    let toast = if cancelled {
        text.toast_meeting_cancelled()
    } else {
        text.toast_ended()
    };
    let mut card = Drawing::new(toast);
    let mut headline = title(&name_of(scene, meeting));
    headline["isSubtle"] = true.into();
    card.show(close(headline));
    card.show_all(
        scene
            .when(meeting.starts_at, meeting.ends_at)
            .map(|when| struck(&text.label_when(), &when)),
    );
    card.show_all(with(scene, meeting));
    card.show_all(why_changed(scene, meeting, cancelled));
    card.show(match scene.card.state {
        SubjectState::Cancelled => standing(
            &text.meeting_cancelled(&scene.at()),
            Some(&text.meeting_cancelled_next()),
        ),
        SubjectState::Withdrawn => standing(&text.withdrawn(&scene.at()), None),
        _ => standing(&text.ended(&scene.at()), Some(&text.meeting_expired_next())),
    });
    card
}

/// A short word to those who must know: moved or cancelled.
pub(super) fn notice(scene: &Scene<'_>) -> Drawing {
    let text = scene.text();
    let meeting = Meeting::read(&scene.content);
    let name = name_of(scene, &meeting);
    let cancelled = scene.card.state.is_final();
    let (toast, headline) = if cancelled {
        (
            text.toast_meeting_cancelled(),
            scene.markdown().meeting_notice_cancelled(&name),
        )
    } else {
        (
            text.toast_meeting_moved(),
            scene.markdown().meeting_notice_moved(&name),
        )
    };
    let mut card = Drawing::new(toast);
    card.show(close(heading(headline)));
    if cancelled {
        card.show_all(
            scene
                .when(meeting.starts_at, meeting.ends_at)
                .map(|when| struck(&text.label_when(), &when)),
        );
    } else {
        card.show_all(times(scene, &meeting));
    }
    card.show_all(with(scene, &meeting));
    card.show_all(why_changed(scene, &meeting, true));
    if cancelled {
        card.show(fixed(text.meeting_cancelled_next(), Tone::Normal));
    } else {
        links(scene, &meeting, &mut card);
    }
    card
}

/// The meeting is near.
pub(super) fn reminder(scene: &Scene<'_>) -> Drawing {
    if scene.card.state.is_final() {
        return living(scene);
    }
    let text = scene.text();
    let meeting = Meeting::read(&scene.content);
    let name = name_of(scene, &meeting);
    let soon = scene.card.facts.reminder == Some(ReminderKind::Soon);
    let (toast, headline) = if soon {
        (
            text.toast_meeting_soon(),
            scene.markdown().meeting_reminder_soon(&name),
        )
    } else {
        (
            text.toast_meeting_reminder(),
            scene.markdown().meeting_reminder_day(&name),
        )
    };
    let mut card = Drawing::new(toast);
    card.show(close(heading(headline)));
    card.show_all(times(scene, &meeting));
    card.show_all(with(scene, &meeting));
    card.show_all(place(scene, &meeting));
    card.show_all(
        meeting
            .agenda
            .as_ref()
            .map(|agenda| labelled(&text.label_topic(), agenda)),
    );
    links(scene, &meeting, &mut card);
    card
}

/// Whether it took place.
pub(super) fn follow_up(scene: &Scene<'_>) -> Drawing {
    let text = scene.text();
    let meeting = Meeting::read(&scene.content);
    let mut card = Drawing::new(text.toast_meeting_follow_up());
    card.show(close(heading(text.meeting_follow_up())));
    card.show(said(&name_of(scene, &meeting), Tone::Strong));
    card.show_all(
        scene
            .when(meeting.starts_at, meeting.ends_at)
            .map(|when| close(labelled(&text.label_when(), &when))),
    );
    card.show_all(with(scene, &meeting));
    let at = scene.answered_at();
    match scene.card.answer {
        Some(AnswerView::Held(true)) => {
            card.show(standing(&text.meeting_held(&at), Some(&text.meeting_held_next())));
        }
        Some(AnswerView::Held(false)) => card.show(standing(
            &text.meeting_not_held(&at),
            Some(&text.meeting_not_held_next()),
        )),
        _ if !scene.card.open => card.show(standing(&text.ended(&scene.at()), None)),
        _ => {
            card.show(fixed(text.meeting_follow_up_what(), Tone::Quiet));
            let press = |title: &str, held: bool| {
                execute_with(
                    title,
                    verb::MEETING_HELD,
                    scene.place,
                    [(input::HELD, held.into())],
                )
            };
            card.press(press(&text.press_held_yes(), true));
            card.press(press(&text.press_held_no(), false));
        }
    }
    if let (Some(_), [name]) = (&scene.card.answer, meeting.people.as_slice()) {
        card.press(command_with(&text.press_list_message(), Command::Message, name));
    }
    if let Some(link) = scene.content.web() {
        card.link(text, &text.press_open_in_chronus(), &link);
    }
    card
}

fn propose(scene: &Scene<'_>, name: &str) -> Value {
    let text = scene.text();
    let body = [
        required(text, date(input::DATE, &text.propose_date())),
        required(
            text,
            time(input::TIME, &text.propose_time(scene.reader.zone_name())),
        ),
        fixed(scene.markdown().propose_hint(name), Tone::Small),
    ];
    let now = execute(&text.press_slot_propose_now(), verb::PROPOSE_MEETING, scene.place);
    unfold(&text.press_slot_propose(), &body, &now)
}

fn decline(scene: &Scene<'_>) -> Value {
    let text = scene.text();
    let body = [free_text(input::NOTE, &text.note_optional(), MAX_NOTE_CHARS)];
    let now = execute(
        &text.press_meeting_decline_now(),
        verb::DECLINE_MEETING,
        scene.place,
    );
    unfold(&text.press_meeting_decline(), &body, &now)
}

/// Join, calendar, Chronus.
fn links(scene: &Scene<'_>, meeting: &Meeting, card: &mut Drawing) {
    let text = scene.text();
    if let Some(link) = &meeting.join {
        card.link(text, &text.press_join(), link);
    }
    if let Some(link) = &meeting.calendar {
        card.link(text, &text.press_calendar(), link);
    }
    if let Some(link) = scene.content.web() {
        card.link_aside(text, &text.press_open_in_chronus(), &link);
    }
}

/// What it is called, else what it is.
pub(super) fn name_of(scene: &Scene<'_>, meeting: &Meeting) -> String {
    let text = scene.text();
    meeting
        .title
        .clone()
        .unwrap_or_else(|| match meeting.people.as_slice() {
            [name] => text.meeting_with(name),
            _ => text.kind_meeting(),
        })
}

/// Who would like to meet.
fn asker(scene: &Scene<'_>, meeting: &Meeting) -> String {
    let original = Meeting::read(&scene.opened.original);
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

fn with(scene: &Scene<'_>, meeting: &Meeting) -> Vec<Value> {
    let people = Some(meeting.people.join(", ")).filter(|people| !people.is_empty());
    details([(scene.text().label_with(), people)])
}

fn place(scene: &Scene<'_>, meeting: &Meeting) -> Vec<Value> {
    details([(scene.text().label_where(), meeting.location.clone())])
}

/// Who changed it and why.
fn why_changed(scene: &Scene<'_>, meeting: &Meeting, changed: bool) -> Vec<Value> {
    let text = scene.text();
    let label = if scene.is(SubjectState::Cancelled) {
        text.label_cancelled_by()
    } else {
        text.label_changed_by()
    };
    details([
        (label, meeting.actor.clone().filter(|_| changed)),
        (text.label_reason(), scene.content.reason().filter(|_| changed)),
    ])
}
