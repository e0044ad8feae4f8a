//! The rules of each answer: when it counts, what is recorded, which cards change. Exactly one event per decision;
//! where a person may change their mind, each change is a decision of its own.

use chrono::{DateTime, Utc};
use events::organization::{AnswerForm, CardKind, SubjectState};
use events::user::{
    AnnouncementAcknowledged, AnsweredOn, EventRsvpGiven, IgnoredReason, InputFault, MatchDismissed,
    MatchRequested, MeetingAccepted, MeetingDeclined, MeetingHeld, MeetingProposed, MessageReplied,
    MessageSent, RequestAccepted, RequestDeclined, TaskCompleted,
};
use events::{EventId, Sealed, SubjectRef, UserEvent};
use uuid::Uuid;

use super::happened::CLOCKS_DIFFER;
use super::on::On;
use super::over;
use super::survey;
use super::turn::{Refusal, Turn, end_subject};
use crate::action::Act;
use crate::user::state::{Notification, Phase, UserState};
use crate::user::subject::{Answered, Subject};
use crate::user::{membership, quiet, standing};

type Outcome = Result<(), Refusal>;

/// Records the answer, or why it has no effect.
pub(super) fn give(turn: &mut Turn<'_>, on: &On<'_>, act: &Act<Sealed>) {
    match record(turn, on, act) {
        Ok(()) => {}
        Err(refusal) if refusal == Refusal::STANDS => {
            turn.affirm(on.pressed.unwrap_or(on.card), on.card.subject.as_ref());
        }
        Err(refusal) => turn.ignore(Some(on.pressed.unwrap_or(on.card)), refusal),
    }
}

/// Records what `act` leads to.
fn record(turn: &mut Turn<'_>, on: &On<'_>, act: &Act<Sealed>) -> Outcome {
    let card = on.card;
    let subject = turn.state.subject_of(card).ok_or(IgnoredReason::UnknownCard)?;
    if !fits(card.card, act) {
        return Err(Refusal::NOT_AN_ACTION);
    }
    if on
        .pressed
        .is_some_and(|pressed| is_of_older_asking(turn.state, pressed, on.revision))
    {
        return Err(InputFault::AskedAnew.into());
    }
    if !standing::can_answer(turn.state, card, turn.now) && !is_reply_to_deleted(turn.state, card, act) {
        return Err(over::why(turn, on, subject, act));
    }
    if on.input.is_some_and(|input| input.too_long) {
        return Err(InputFault::TooLong.into());
    }
    let about = on.about(turn)?;
    if may_be_changed(act) && turn.is_overtaken(subject.answer.as_ref().map(|answer| answer.wished_at)) {
        return Err(Refusal::OVERTAKEN);
    }
    let event: UserEvent = match act {
        Act::AcceptRequest | Act::DeclineRequest { .. } => {
            request(turn, on, about, act);
            return Ok(());
        }
        Act::AcceptMeeting { slot: None } if is_of_another_time(turn, subject, on) => {
            return Err(Refusal::CHANGED);
        }
        Act::AcceptMeeting { slot } => MeetingAccepted {
            slot: chosen(subject, slot.as_deref(), turn.now)?,
            on: about,
        }
        .into(),
        Act::DeclineMeeting { note } => {
            let given = on.given(act);
            other_than(subject, &Answered::MeetingDeclined, given)?;
            MeetingDeclined {
                on: about,
                note: note.clone(),
                given,
            }
            .into()
        }
        Act::ProposeMeeting { at, note } => {
            let zone = quiet::zone(turn.state).unwrap_or(chrono_tz::Tz::UTC);
            let starts_at = at.map(|at| quiet::instant(zone, at)).filter(|at| *at > turn.now);
            let starts_at = starts_at.ok_or(InputFault::BadTime)?;
            let given = on.given(act);
            other_than(subject, &Answered::Proposed(starts_at), given)?;
            MeetingProposed {
                on: about,
                starts_at,
                note: note.clone(),
                given,
            }
            .into()
        }
        Act::TellMeetingHeld { held } => MeetingHeld {
            on: about,
            held: *held,
        }
        .into(),
        Act::Rsvp(rsvp) => {
            other_than(subject, &Answered::Rsvp(*rsvp), None)?;
            EventRsvpGiven {
                on: about,
                rsvp: *rsvp,
            }
            .into()
        }
        Act::Acknowledge => AnnouncementAcknowledged { on: about }.into(),
        Act::RequestMatch { message } => MatchRequested {
            on: about,
            message: Some(message.clone().ok_or(InputFault::Missing)?),
            given: on.given(act),
        }
        .into(),
        Act::DismissMatch => MatchDismissed { on: about }.into(),
        Act::CompleteTask => TaskCompleted { on: about }.into(),
        Act::Reply { text } | Act::Send { text } => return write(turn, on, about, text.as_ref()),
        Act::AnswerSurvey { .. } | Act::BackInSurvey | Act::SkipInSurvey | Act::SubmitSurvey { .. } => {
            return survey::answer(turn, on, about, act);
        }
        Act::Refresh
        | Act::Show
        | Act::Run(_)
        | Act::SaveSettings(_)
        | Act::SetPause(_)
        | Act::EndPause
        | Act::ConfirmDisconnect
        | Act::ConfirmErasure
        | Act::Unknown => return Err(Refusal::NOT_AN_ACTION),
    };
    turn.record_on(card, event);
    on.changed(turn);
    Ok(())
}

/// A reply that was being written while its message was taken back: the conversation goes on, and nothing that somebody wrote
/// is dropped.
fn is_reply_to_deleted(state: &UserState, card: &Notification, act: &Act<Sealed>) -> bool {
    matches!(act, Act::Reply { .. } | Act::Send { .. })
        && card.card == CardKind::Message
        && membership::is_theirs(state, card)
        && state
            .subject_of(card)
            .is_some_and(|thread| !thread.state.is_final())
}

/// Whether Chronus asked anew since the form of the card that the person had before them: what they saw is not what is asked
/// for now. The pressed card as it is now is the answer.
fn is_of_older_asking(state: &UserState, pressed: &Notification, revision: Option<u32>) -> bool {
    let arrived = |newer: &Notification| newer.phase == Phase::Delivered;
    let is_older_form = revision.is_some_and(|revision| revision < pressed.asked_since);
    is_older_form || standing::asked_anew(state, pressed).is_some_and(arrived)
}

/// Whether a card of this kind offers the act.
fn fits(card: CardKind, act: &Act<Sealed>) -> bool {
    let form = card.answer();
    match act {
        Act::AcceptRequest | Act::DeclineRequest { .. } => form == AnswerForm::Request,
        Act::AcceptMeeting { .. } | Act::DeclineMeeting { .. } | Act::ProposeMeeting { .. } => {
            form == AnswerForm::Meeting
        }
        Act::TellMeetingHeld { .. } => form == AnswerForm::Held,
        Act::Rsvp(_) => form == AnswerForm::Rsvp,
        Act::AnswerSurvey { .. } | Act::BackInSurvey | Act::SkipInSurvey | Act::SubmitSurvey { .. } => {
            form == AnswerForm::Survey
        }
        Act::Acknowledge => form == AnswerForm::Acknowledgement,
        Act::RequestMatch { .. } | Act::DismissMatch => form == AnswerForm::Match,
        Act::Reply { .. } | Act::Send { .. } => matches!(form, AnswerForm::Reply | AnswerForm::Words),
        Act::CompleteTask => form == AnswerForm::Done,
        Act::Refresh
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

/// Refuses an answer that stands already. With other words it is another answer: nobody loses what they wrote.
fn other_than(subject: &Subject, answer: &Answered, given: Option<Uuid>) -> Outcome {
    match subject.standing_answer() {
        Some(standing) if standing.what == *answer && (given.is_none() || given == standing.given) => {
            Err(Refusal::STANDS)
        }
        _ => Ok(()),
    }
}

/// Whether a person may answer otherwise later: the newest answer counts, whenever it comes.
fn may_be_changed(act: &Act<Sealed>) -> bool {
    matches!(
        act,
        Act::AcceptMeeting { .. } | Act::DeclineMeeting { .. } | Act::ProposeMeeting { .. } | Act::Rsvp(_)
    )
}

/// Whether the person may have had another time before them than the one that holds now: accepting it would mean a time that
/// they never saw. The card as it is now is the answer, and can be pressed.
fn is_of_another_time(turn: &Turn<'_>, subject: &Subject, on: &On<'_>) -> bool {
    let is_old = || {
        on.pressed
            .zip(on.revision)
            .is_some_and(|(pressed, revision)| revision < pressed.wanted)
    };
    let came_before = || turn.happened_at() < subject.known_at - CLOCKS_DIFFER;
    subject.state == SubjectState::Moved && (is_old() || came_before())
}

/// The time that is accepted: of several one must be named, of one it need not be.
fn chosen(subject: &Subject, slot: Option<&str>, now: DateTime<Utc>) -> Result<Option<String>, Refusal> {
    if let Some(Answered::Slot(standing)) = subject.standing_answer().map(|answer| &answer.what) {
        let is_same = slot.is_none() || slot == standing.as_deref();
        return Err(if is_same {
            Refusal::STANDS
        } else {
            Refusal::ANSWERED
        });
    }
    let slots = &subject.facts.slots;
    let named = |id: &str| slots.iter().find(|known| known.id == id);
    // Once its time is fixed, another one is what an older form offered.
    let is_fixed = subject.state != SubjectState::Open;
    let is_its_time = |id: &str| named(id).map(|slot| slot.starts_at) == subject.facts.starts_at;
    if is_fixed && slot.is_some_and(|id| subject.facts.starts_at.is_none() || !is_its_time(id)) {
        return Err(Refusal::CHANGED);
    }
    let slot = match (slots.as_slice(), slot) {
        ([], _) => return Ok(None),
        ([only], None) => only,
        (_, Some(id)) => named(id).ok_or(InputFault::NotOffered)?,
        // Once its time is fixed, accepting means that time.
        (_, None) if subject.state != SubjectState::Open => return Ok(None),
        (_, None) => return Err(InputFault::Missing.into()),
    };
    // Nobody can come any more to a time that has begun.
    if subject.state == SubjectState::Open && slot.starts_at <= now {
        return Err(InputFault::BadTime.into());
    }
    Ok(Some(slot.id.clone()))
}

/// A request is answered once, for good.
fn request(turn: &mut Turn<'_>, on: &On<'_>, about: AnsweredOn, act: &Act<Sealed>) {
    let AnsweredOn {
        organization_id,
        notification_id,
        subject,
        domain_event,
        member_id,
        platform,
        ..
    } = about;
    let (event, ended): (UserEvent, _) = if let Act::DeclineRequest { reason, note } = act {
        let event = RequestDeclined {
            organization_id,
            notification_id,
            subject: subject.clone(),
            domain_event,
            member_id,
            platform,
            reason: reason.clone(),
            note: note.clone(),
            given: on.given(act),
        };
        (event.into(), SubjectState::Declined)
    } else {
        let event = RequestAccepted {
            organization_id,
            notification_id,
            subject: subject.clone(),
            domain_event,
            member_id,
            platform,
        };
        (event.into(), SubjectState::Accepted)
    };
    turn.record_on(on.card, event);
    end_subject(
        &mut turn.decision,
        turn.state,
        &subject,
        ended,
        turn.inbound.activity_key,
    );
    on.update_pressed(turn);
}

/// What the person wrote goes to the card's thread or connection, and to no other.
fn write(turn: &mut Turn<'_>, on: &On<'_>, about: AnsweredOn, text: Option<&Sealed>) -> Outcome {
    let text = text.ok_or(InputFault::Missing)?.clone();
    let id = written_id(turn, on).ok_or(IgnoredReason::Repeated)?;
    let event: UserEvent = if on.card.card == CardKind::Message {
        MessageReplied {
            on: about,
            reply_id: id,
            text,
        }
        .into()
    } else {
        MessageSent {
            on: about,
            message_id: id,
            text,
        }
        .into()
    };
    turn.record_on(on.card, event);
    match on.pressed {
        Some(pressed) => turn.update(pressed),
        None => turn.update(on.card),
    }
    Ok(())
}

/// The id of what the person writes; `None` where the same words came from the same form of the card before: a double
/// click, or a second device that does not show the first press yet. Other words are another message, wherever they
/// were typed.
fn written_id(turn: &Turn<'_>, on: &On<'_>) -> Option<Uuid> {
    let of_activity = || EventId::derive(["written", turn.inbound.activity_key.to_string().as_str()]).0;
    let fingerprint = on.input.and_then(|input| input.fingerprint);
    let (Some(fingerprint), Some(pressed), Some(revision)) = (fingerprint, on.pressed, on.revision) else {
        return Some(of_activity());
    };
    let subject = on.card.subject.as_ref().map_or("", SubjectRef::as_str);
    let id = EventId::derive([
        "written",
        pressed.id.to_string().as_str(),
        subject,
        revision.to_string().as_str(),
        fingerprint.to_string().as_str(),
    ])
    .0;
    match pressed.written.iter().find(|written| written.id == id) {
        // What was lost may be sent again, from the same form too.
        Some(known) if known.failed => Some(of_activity()),
        Some(_) => None,
        None => Some(id),
    }
}
