//! How a listed thing stands once nothing of it waits any more. A list keeps its numbers, so what was answered or came
//! to an end stays in it, and says so.

use actors::card::AnswerView;
use events::organization::{Family, Role, SubjectState};

use super::super::content::connection::Connection;
use super::super::content::meeting::Meeting;
use super::super::mentoring::how_it_ended;
use super::super::scene::Scene;
use super::super::{meeting, survey};

/// In a few words, with a sign that needs no colour; `None` while it is open.
pub(super) fn standing(scene: &Scene<'_>) -> Option<String> {
    let text = scene.text();
    let ended = scene.card.ended();
    let role = scene.card.kind.role();
    match scene.card.kind.family() {
        Family::Request if role != Role::Outcome => ended.map(|state| how_it_ended(scene, state)),
        Family::Meeting if role != Role::FollowUp => match ended {
            Some(SubjectState::Cancelled) => Some(text.meeting_cancelled(&scene.at())),
            Some(_) => Some(text.meeting_expired_next()),
            None if scene.is(SubjectState::Open) => {
                meeting::answer_given(scene, &Meeting::read(&scene.content))
            }
            None => None,
        },
        Family::ErgEvent => ended.map(|_| text.event_cancelled()),
        Family::Connection if role == Role::Notice => {
            let partner = Connection::read(&scene.content).partner;
            let name = partner.name.unwrap_or_else(|| text.your_partner());
            ended.map(|_| text.connection_ended(&name))
        }
        Family::Survey if survey::is_submitted(scene) => Some(text.survey_thanks(&scene.answered_at())),
        Family::Survey => ended.map(|_| text.survey_closed(&scene.at())),
        Family::Request
        | Family::Connection
        | Family::Match
        | Family::Meeting
        | Family::Announcement
        | Family::Message
        | Family::Task
        | Family::News
        | Family::Greeting
        | Family::Summary
        | Family::Reply => answered(scene).or_else(|| taken_back(scene)),
    }
}

/// What the person answered, where that is one word.
fn answered(scene: &Scene<'_>) -> Option<String> {
    let text = scene.text();
    let at = scene.answered_at();
    match scene.card.answer.as_ref()? {
        AnswerView::Held(true) => Some(text.meeting_held(&at)),
        AnswerView::Held(false) => Some(text.meeting_not_held(&at)),
        AnswerView::Acknowledged => Some(text.announcement_acknowledged(&at)),
        AnswerView::MatchRequested => Some(text.match_requested(&at)),
        AnswerView::MatchDismissed => Some(text.match_dismissed(&at)),
        AnswerView::Completed => Some(text.task_done(&at)),
        AnswerView::Replied { failed: true, at, .. } => {
            Some(text.message_reply_failed(&scene.reader.moment(*at)))
        }
        AnswerView::Replied { at, .. } => Some(text.message_replied(&scene.reader.moment(*at))),
        AnswerView::Accepted
        | AnswerView::Declined
        | AnswerView::SlotAccepted { .. }
        | AnswerView::MeetingDeclined
        | AnswerView::Proposed { .. }
        | AnswerView::Rsvp(_)
        | AnswerView::Survey { .. } => None,
    }
}

fn taken_back(scene: &Scene<'_>) -> Option<String> {
    let (text, at) = (scene.text(), scene.at());
    let state = scene.card.ended()?;
    match scene.card.kind.family() {
        Family::Match => Some(text.match_withdrawn(&at)),
        Family::Announcement => Some(text.announcement_withdrawn(&at)),
        Family::Task if state == SubjectState::Completed => Some(text.task_done(&at)),
        Family::Task => Some(text.task_withdrawn(&at)),
        // A thread does not end; a message that was taken back is told of by its state.
        Family::Message
        | Family::Request
        | Family::Connection
        | Family::Meeting
        | Family::ErgEvent
        | Family::Survey
        | Family::News
        | Family::Greeting
        | Family::Summary
        | Family::Reply => None,
    }
}
