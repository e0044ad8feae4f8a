//! A meeting: asked for, confirmed, moved, cancelled; its reminders; and whether it took place.

use events::organization::SubjectState;
use serde_json::Value;

use super::content::meeting::Meeting;
use super::elements::Drawing;
use super::scene::{Scene, details};

pub(in crate::cards) mod asked;
mod moments;
mod planned;

pub(super) use self::asked::answer_given;
pub(super) use self::moments::{follow_up, held_buttons, notice, reminder};

/// The meeting as it stands.
pub(super) fn living(scene: &Scene<'_>) -> Drawing {
    let meeting = Meeting::read(&scene.content);
    match scene.card.state {
        SubjectState::Open => asked::draw(scene, &meeting),
        SubjectState::Scheduled | SubjectState::Moved | SubjectState::Updated => {
            planned::draw(scene, &meeting)
        }
        SubjectState::Accepted
        | SubjectState::Declined
        | SubjectState::Withdrawn
        | SubjectState::Expired
        | SubjectState::Cancelled
        | SubjectState::Closed
        | SubjectState::Completed
        | SubjectState::Ending
        | SubjectState::Ended
        | SubjectState::Edited
        | SubjectState::Deleted
        | SubjectState::Failed => planned::over(scene, &meeting),
    }
}

/// Join, calendar, Chronus. Joining comes first where nothing else does.
fn links(scene: &Scene<'_>, meeting: &Meeting, first: bool, card: &mut Drawing) {
    let text = scene.text();
    if let Some(link) = &meeting.join {
        card.link(text, &text.press_join(), link);
        if first {
            card.mark_last();
        }
    }
    if let Some(link) = meeting.calendar.as_ref().or(scene.opened.calendar.as_ref()) {
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
