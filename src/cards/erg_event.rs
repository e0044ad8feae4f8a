//! An event: the invitation with the person's answer, what changed, that it is cancelled, and its reminder.

use actors::action::{input, verb};
use actors::card::AnswerView;
use events::organization::SubjectState;
use events::user::{Command, Rsvp};
use serde_json::Value;

use super::buttons::{command, execute_with, primary};
use super::content::event::{Event, Replacement};
use super::elements::{Drawing, Tone, close, heading, image, labelled, labelled_strongly, struck, words};
use super::scene::{Scene, details, standing, title};

/// The invitation as it stands.
pub(super) fn living(scene: &Scene<'_>) -> Drawing {
    let event = Event::read(&scene.content);
    let text = scene.text();
    if scene.card.state.is_final() {
        return over(scene, &event);
    }
    let updated = scene.is(SubjectState::Updated);
    let toast = if updated {
        text.toast_event_updated()
    } else {
        text.toast_event()
    };
    let mut card = Drawing::new(toast);
    card.show_all(banner(scene, &event));
    card.show(close(title(&name_of(scene, &event))));
    let answer = answer(scene);
    let given = answer.map(|rsvp| answer_name(scene, rsvp));
    let state = match (updated, given) {
        (true, Some(given)) => format!("{} · {given}", text.event_updated()),
        (true, None) => text.event_updated(),
        (false, Some(given)) => given,
        (false, None) => text.event_invited(),
    };
    card.show(standing(&state, None));
    card.show_all(times(scene, &event));
    card.show_all(facts(scene, &event));
    if let Some(description) = &event.description {
        card.show_all(scene.folded(description));
    }
    if scene.card.open {
        answers(scene, &event, answer, &mut card);
    }
    links(scene, &event, &mut card);
    card
}

/// The answers that may be given now.
fn answers(scene: &Scene<'_>, event: &Event, answer: Option<Rsvp>, card: &mut Drawing) {
    let full = event.seats_left == Some(0);
    for rsvp in [Rsvp::Going, Rsvp::Maybe, Rsvp::NotGoing] {
        let taken = full && rsvp == Rsvp::Going;
        if answer != Some(rsvp) && !taken {
            let button = rsvp_button(scene, rsvp);
            let first = answer.is_none() && card.actions.is_empty();
            card.press(if first { primary(button) } else { button });
        }
    }
}

fn over(scene: &Scene<'_>, event: &Event) -> Drawing {
    let text = scene.text();
    let cancelled = scene.is(SubjectState::Cancelled);
    let mut card = Drawing::new(if cancelled {
        text.toast_event_cancelled()
    } else {
        text.toast_ended()
    });
    let mut headline = title(&name_of(scene, event));
    headline["isSubtle"] = true.into();
    card.show(close(headline));
    if cancelled {
        cancellation(scene, event, &mut card);
    } else {
        card.show(standing(&text.ended(&scene.at()), None));
    }
    card.press(command(&text.press_other_events(), Command::Events));
    card
}

/// What is said of a cancelled event, on the invitation and in the notice.
fn cancellation(scene: &Scene<'_>, event: &Event, card: &mut Drawing) {
    let text = scene.text();
    card.show_all(
        scene
            .when(event.starts_at, event.ends_at)
            .map(|when| struck(&text.label_when(), &when)),
    );
    card.show_all(details([
        (text.label_group(), event.group.clone()),
        (text.label_cancelled_by(), event.actor.clone()),
        (text.label_reason(), scene.content.reason()),
    ]));
    card.show(standing(
        &text.event_cancelled(),
        Some(&text.event_cancelled_next()),
    ));
    if let Some(replacement) = &event.replacement {
        instead(scene, replacement, card);
    }
}

/// The new date, where there is one.
fn instead(scene: &Scene<'_>, replacement: &Replacement, card: &mut Drawing) {
    let text = scene.text();
    let when = replacement.starts_at.map(|at| scene.reader.moment(at));
    let parts: Vec<String> = replacement.title.clone().into_iter().chain(when).collect();
    if !parts.is_empty() {
        card.show(labelled(&text.label_new_date(), &parts.join(" · ")));
    }
    if let Some(link) = &replacement.link {
        card.link(text, &text.press_new_date(), link);
    }
}

/// A short word to those who come, or perhaps: changed or cancelled.
pub(super) fn notice(scene: &Scene<'_>) -> Drawing {
    let text = scene.text();
    let event = Event::read(&scene.content);
    let name = name_of(scene, &event);
    if scene.card.state.is_final() {
        let mut card = Drawing::new(text.toast_event_cancelled());
        card.show(close(heading(scene.markdown().event_notice_cancelled(&name))));
        cancellation(scene, &event, &mut card);
        card.press(command(&text.press_other_events(), Command::Events));
        return card;
    }
    let mut card = Drawing::new(text.toast_event_updated());
    card.show(close(heading(scene.markdown().event_notice_updated(&name))));
    card.show_all(times(scene, &event));
    card.show_all(place(scene, &event));
    if scene.is(SubjectState::Updated) {
        card.show_all(details([
            (text.label_changed_by(), event.actor.clone()),
            (text.label_reason(), scene.content.reason()),
        ]));
    }
    card.show_all(answered(scene).map(|answered| standing(&answered, None)));
    if scene.card.open {
        card.press(command(&text.press_change_answer(), Command::Events));
    }
    links(scene, &event, &mut card);
    card
}

/// The event is near.
pub(super) fn reminder(scene: &Scene<'_>) -> Drawing {
    if scene.card.state.is_final() {
        return living(scene);
    }
    let text = scene.text();
    let event = Event::read(&scene.content);
    let mut card = Drawing::new(text.toast_event_reminder());
    card.show(close(heading(
        scene.markdown().event_reminder(&name_of(scene, &event)),
    )));
    card.show_all(
        scene
            .soon(event.starts_at, event.ends_at)
            .map(|when| close(words(&when, Tone::Strong))),
    );
    card.show_all(place(scene, &event));
    card.show_all(answered(scene).map(|answered| standing(&answered, None)));
    links(scene, &event, &mut card);
    if let Some(given) = answer(scene).filter(|_| scene.card.open) {
        for rsvp in [Rsvp::Going, Rsvp::NotGoing] {
            if rsvp != given {
                card.press(rsvp_button(scene, rsvp));
            }
        }
    }
    card
}

fn answer(scene: &Scene<'_>) -> Option<Rsvp> {
    match scene.card.answer {
        Some(AnswerView::Rsvp(rsvp)) => Some(rsvp),
        _ => None,
    }
}

/// What the person answered, in words.
pub(super) fn answered(scene: &Scene<'_>) -> Option<String> {
    answer(scene).map(|rsvp| answer_name(scene, rsvp))
}

fn answer_name(scene: &Scene<'_>, rsvp: Rsvp) -> String {
    let text = scene.text();
    match rsvp {
        Rsvp::Going => text.event_answer_going(),
        Rsvp::Maybe => text.event_answer_maybe(),
        Rsvp::NotGoing => text.event_answer_not_going(),
    }
}

/// One of the three answers.
pub(super) fn rsvp_button(scene: &Scene<'_>, rsvp: Rsvp) -> Value {
    let text = scene.text();
    let (value, title) = match rsvp {
        Rsvp::Going => ("going", text.press_going()),
        Rsvp::Maybe => ("maybe", text.press_maybe()),
        Rsvp::NotGoing => ("not_going", text.press_not_going()),
    };
    execute_with(&title, verb::RSVP, scene.place, [(input::RSVP, value.into())])
}

/// What it is called.
pub(super) fn name_of(scene: &Scene<'_>, event: &Event) -> String {
    event.title.clone().unwrap_or_else(|| scene.text().kind_event())
}

fn banner(scene: &Scene<'_>, event: &Event) -> Option<Value> {
    let (link, alt) = event.image.as_ref()?;
    let described = alt
        .clone()
        .unwrap_or_else(|| scene.text().image_of(&name_of(scene, event)));
    Some(image(link, &described))
}

/// When it is, and when it was where that changed.
fn times(scene: &Scene<'_>, event: &Event) -> Vec<Value> {
    let text = scene.text();
    let Some(now) = scene.when(event.starts_at, event.ends_at) else {
        return Vec::new();
    };
    let facts = scene.card.previous_facts.as_ref();
    let read = scene.opened.previous.as_ref().map(Event::read);
    let starts_at = facts
        .and_then(|facts| facts.starts_at)
        .or(read.as_ref().and_then(|old| old.starts_at));
    let ends_at = facts
        .and_then(|facts| facts.ends_at)
        .or(read.and_then(|old| old.ends_at));
    match starts_at.map(|at| scene.reader.span(at, ends_at)) {
        Some(before) if scene.is(SubjectState::Updated) && before != now => vec![
            struck(&text.label_before(), &before),
            close(labelled_strongly(&text.label_now(), &now)),
        ],
        _ => vec![close(words(&now, Tone::Strong))],
    }
}

/// The place; where it changed, the old one struck through.
fn place(scene: &Scene<'_>, event: &Event) -> Vec<Value> {
    let text = scene.text();
    let place = event
        .location
        .clone()
        .or_else(|| event.online.as_ref().map(|_| text.event_online()));
    let read = scene.opened.previous.as_ref().map(Event::read);
    let before = read.and_then(|old| old.location).filter(|old| {
        scene.is(SubjectState::Updated) && event.location.as_ref().is_some_and(|new| new != old)
    });
    before
        .map(|before| close(struck(&text.label_before(), &before)))
        .into_iter()
        .chain(details([(text.label_where(), place)]))
        .collect()
}

fn facts(scene: &Scene<'_>, event: &Event) -> Vec<Value> {
    let text = scene.text();
    let seats = event.seats_left.map(|seats| match seats {
        0 => text.event_full(),
        seats => seats.to_string(),
    });
    let mut shown = place(scene, event);
    shown.extend(details([
        (text.label_group(), event.group.clone()),
        (text.label_host(), event.host.clone()),
        (text.label_seats(), seats),
    ]));
    let going = event.going.filter(|count| *count > 0);
    shown.extend(going.map(|count| close(words(&text.event_going_count(count), Tone::Quiet))));
    if scene.is(SubjectState::Updated) {
        shown.extend(details([(text.label_reason(), scene.content.reason())]));
    }
    shown
}

fn links(scene: &Scene<'_>, event: &Event, card: &mut Drawing) {
    let text = scene.text();
    if let Some(link) = &event.online {
        card.link_aside(text, &text.press_join(), link);
    }
    if let Some(link) = &scene.opened.calendar {
        card.link_aside(text, &text.press_calendar(), link);
    }
    if let Some(link) = scene.content.web() {
        card.link_aside(text, &text.press_open_in_chronus(), &link);
    }
}
