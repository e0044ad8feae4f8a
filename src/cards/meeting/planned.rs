//! A meeting that has a time, and one that will not be.

use actors::action::verb;
use actors::card::AnswerView;
use chrono::{DateTime, Utc};
use events::organization::SubjectState;
use serde_json::Value;

use super::super::buttons::{execute, primary, secondary};
use super::super::content::meeting::Meeting;
use super::super::elements::{Drawing, Tone, close, labelled, labelled_strongly, struck, words};
use super::super::scene::{Scene, standing, title};
use super::asked::{answer_given, answered, cancel, reschedule};
use super::{links, name_of, place, why_changed, with};

/// The meeting has a time; after a move the old one beside it.
pub(super) fn draw(scene: &Scene<'_>, meeting: &Meeting) -> Drawing {
    let text = scene.text();
    let moved = scene.is(SubjectState::Moved);
    let toast = if moved {
        text.toast_meeting_moved()
    } else {
        text.toast_meeting_scheduled()
    };
    let mut card = Drawing::new(toast);
    card.show(close(title(&name_of(scene, meeting))));
    let state = if moved {
        text.meeting_moved()
    } else {
        text.meeting_confirmed()
    };
    card.show(standing(&state, None));
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
    match scene.card.answer {
        Some(AnswerView::MeetingDeclined) => {
            card.show_all(answered(scene, meeting));
            return card;
        }
        Some(AnswerView::Proposed { .. }) => card.show_all(answered(scene, meeting)),
        Some(AnswerView::SlotAccepted { .. }) if moved => {
            card.show_all(answer_given(scene, meeting).map(|given| standing(&given, None)));
        }
        _ => {}
    }
    let asks = scene.card.open && moved && scene.card.answer.is_none();
    if asks {
        card.press(primary(execute(
            &text.press_accept(),
            verb::ACCEPT_MEETING,
            scene.place,
        )));
    }
    links(scene, meeting, !asks, &mut card);
    if scene.card.open {
        let ways = [reschedule(scene), cancel(scene)];
        card.actions
            .extend(ways.map(|way| if asks { secondary(way) } else { way }));
    }
    card
}

/// When it is; what no longer holds is struck through and says so.
pub(super) fn times(scene: &Scene<'_>, meeting: &Meeting) -> Vec<Value> {
    let text = scene.text();
    let Some(now) = scene.when(meeting.starts_at, meeting.ends_at) else {
        return Vec::new();
    };
    match before(scene) {
        Some(before) if scene.is(SubjectState::Moved) && before != now => vec![
            struck(&text.label_before(), &before),
            close(labelled_strongly(&text.label_now(), &now)),
        ],
        _ => vec![close(words(&now, Tone::Strong))],
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
pub(super) fn over(scene: &Scene<'_>, meeting: &Meeting) -> Drawing {
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
    card.show(if cancelled {
        standing(
            &text.meeting_cancelled(&scene.at()),
            Some(&text.meeting_cancelled_next()),
        )
    } else if scene.is(SubjectState::Withdrawn) {
        standing(&text.withdrawn(&scene.at()), None)
    } else {
        standing(&text.ended(&scene.at()), Some(&text.meeting_expired_next()))
    });
    card
}
