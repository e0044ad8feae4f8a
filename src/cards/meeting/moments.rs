//! Moments of a meeting, each with a short card of its own: it changed, it is near, it should have taken place.

use actors::action::{input, verb};
use actors::card::AnswerView;
use events::organization::{ReminderKind, SubjectState};
use serde_json::Value;

use super::super::buttons::{execute_with, primary, write_to};
use super::super::content::meeting::Meeting;
use super::super::elements::{Drawing, Tone, close, fixed, heading, labelled, said, struck, words};
use super::super::scene::{Scene, standing};
use super::planned::times;
use super::{links, living, name_of, place, why_changed, with};

/// A short word to those who must know: a time was fixed, it moved, it will not be.
pub(in crate::cards) fn notice(scene: &Scene<'_>) -> Drawing {
    let text = scene.text();
    let meeting = Meeting::read(&scene.content);
    let name = name_of(scene, &meeting);
    let cancelled = scene.card.state.is_final();
    let markdown = scene.markdown();
    let (toast, headline) = if scene.is(SubjectState::Scheduled) {
        (
            text.toast_meeting_scheduled(),
            markdown.meeting_notice_scheduled(&name),
        )
    } else if cancelled {
        (
            text.toast_meeting_cancelled(),
            markdown.meeting_notice_cancelled(&name),
        )
    } else {
        (text.toast_meeting_moved(), markdown.meeting_notice_moved(&name))
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
    let changed = matches!(
        scene.card.state,
        SubjectState::Moved | SubjectState::Updated | SubjectState::Cancelled
    );
    card.show_all(why_changed(scene, &meeting, changed));
    if cancelled {
        card.show(standing(
            &text.meeting_cancelled(&scene.at()),
            Some(&text.meeting_cancelled_next()),
        ));
    } else {
        links(scene, &meeting, true, &mut card);
    }
    card
}

/// The meeting is near.
pub(in crate::cards) fn reminder(scene: &Scene<'_>) -> Drawing {
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
    card.show_all(
        scene
            .soon(meeting.starts_at, meeting.ends_at)
            .map(|when| close(words(&when, Tone::Strong))),
    );
    card.show_all(with(scene, &meeting));
    card.show_all(place(scene, &meeting));
    card.show_all(
        meeting
            .agenda
            .as_ref()
            .map(|agenda| labelled(&text.label_topic(), agenda)),
    );
    links(scene, &meeting, true, &mut card);
    card
}

/// Yes and no.
pub(in crate::cards) fn held_buttons(scene: &Scene<'_>) -> [Value; 2] {
    let text = scene.text();
    [(text.press_held_yes(), true), (text.press_held_no(), false)].map(|(title, held)| {
        execute_with(
            &title,
            verb::MEETING_HELD,
            scene.place,
            [(input::HELD, held.into())],
        )
    })
}

/// Whether it took place.
pub(in crate::cards) fn follow_up(scene: &Scene<'_>) -> Drawing {
    let text = scene.text();
    let meeting = Meeting::read(&scene.content);
    let mut card = Drawing::new(text.toast_meeting_follow_up());
    card.show(close(heading(text.meeting_follow_up())));
    card.show(said(&name_of(scene, &meeting), Tone::Strong));
    card.show_all(
        scene
            .when(meeting.starts_at, meeting.ends_at)
            .map(|when| close(words(&when, Tone::Strong))),
    );
    card.show_all(with(scene, &meeting));
    let at = scene.answered_at();
    match scene.card.answer {
        Some(AnswerView::Held(true)) => {
            card.show(standing(&text.meeting_held(&at), Some(&text.meeting_held_next())));
        }
        Some(AnswerView::Held(false)) => card.show(standing(
            &text.meeting_not_held(&at),
            Some(&if scene.card.writes_to.is_some() {
                text.meeting_not_held_next()
            } else {
                text.meeting_not_held_elsewhere()
            }),
        )),
        _ if !scene.card.open => card.show(standing(&text.ended(&scene.at()), None)),
        _ => {
            card.show_all(scene.waits(None));
            card.show(fixed(text.meeting_follow_up_what(), Tone::Quiet));
            let [yes, no] = held_buttons(scene);
            card.actions.extend([primary(yes), no]);
        }
    }
    if let (Some(_), Some(to)) = (&scene.card.answer, &scene.card.writes_to) {
        card.press(primary(write_to(&text.press_list_message(), to)));
    }
    if let Some(link) = scene.content.web() {
        card.link(text, &text.press_open_in_chronus(), &link);
    }
    card
}
