//! Why no answer is possible on a card any more, in the words that the card then says. A press that only repeats what is
//! so already, by a double click say, lost nothing and hears nothing.

use events::Sealed;
use events::organization::SubjectState;
use events::user::{IgnoredReason, Rsvp};

use super::on::On;
use super::turn::{Refusal, Turn};
use crate::action::Act;
use crate::user::subject::{Answered, Subject};
use crate::user::{membership, standing};

/// Why `act` cannot be given any more. Who wrote something hears that it was not sent.
pub(super) fn why(turn: &Turn<'_>, on: &On<'_>, subject: &Subject, act: &Act<Sealed>) -> Refusal {
    let state = turn.state;
    if standing::is_past(state, on.card, turn.now) {
        Refusal::PAST
    } else if !membership::is_theirs(state, on.card) || is_so(subject, on, act) {
        IgnoredReason::AlreadyResolved.into()
    } else if was_answered(subject) {
        Refusal::ANSWERED
    } else if !subject.state.is_final() {
        // It goes on and has no answer: the card does not ask for one.
        Refusal::NOT_AN_ACTION
    } else if act.words().is_some() {
        Refusal::OVER
    } else {
        Refusal::ENDED
    }
}

/// Whether the person's own answer is what closed it, and not an end that came of something else.
fn was_answered(subject: &Subject) -> bool {
    let Some(answer) = &subject.answer else {
        return subject.held.is_some();
    };
    match answer.what {
        Answered::Accepted | Answered::Declined => {
            matches!(subject.state, SubjectState::Accepted | SubjectState::Declined)
        }
        Answered::Submitted
        | Answered::Acknowledged
        | Answered::MatchRequested
        | Answered::MatchDismissed
        | Answered::Completed => true,
        Answered::Slot(_) | Answered::MeetingDeclined | Answered::Proposed(_) | Answered::Rsvp(_) => {
            subject.held.is_some()
        }
    }
}

/// Whether what is pressed is so already, word for word.
pub(super) fn is_so(subject: &Subject, on: &On<'_>, act: &Act<Sealed>) -> bool {
    let answer = subject.answer.as_ref();
    let answered = |what: &Answered| answer.is_some_and(|answer| answer.what == *what);
    let given = on.given(act);
    let same_words = given.is_none() || answer.is_some_and(|answer| answer.given == given);
    let kept = |question: &str| subject.survey.holds(question, given);
    match act {
        Act::AcceptRequest => subject.state == SubjectState::Accepted,
        Act::DeclineRequest { .. } => subject.state == SubjectState::Declined && same_words,
        Act::DeclineMeeting { .. } => answered(&Answered::MeetingDeclined) && same_words,
        Act::Rsvp(rsvp) => *rsvp == Rsvp::NotGoing && answered(&Answered::Rsvp(*rsvp)),
        Act::TellMeetingHeld { held } => subject.held.is_some_and(|(told, _)| told == *held),
        Act::Acknowledge => answered(&Answered::Acknowledged),
        Act::RequestMatch { .. } => answered(&Answered::MatchRequested) && same_words,
        Act::DismissMatch => answered(&Answered::MatchDismissed),
        Act::CompleteTask => subject.state == SubjectState::Completed || answered(&Answered::Completed),
        Act::AnswerSurvey { question, .. } => kept(question),
        // To leaf through it gives no answer.
        Act::BackInSurvey | Act::SkipInSurvey => !subject.state.is_final() || subject.answer.is_some(),
        Act::SubmitSurvey { question, .. } => {
            answered(&Answered::Submitted) && question.as_deref().is_none_or(kept)
        }
        Act::AcceptMeeting { .. }
        | Act::ProposeMeeting { .. }
        | Act::Reply { .. }
        | Act::Send { .. }
        | Act::Refresh
        | Act::Show
        | Act::Run(_)
        | Act::SaveSettings(_)
        | Act::SetPause(_)
        | Act::EndPause
        | Act::ConfirmDisconnect
        | Act::ConfirmErasure
        | Act::Unknown => false,
    }
}
