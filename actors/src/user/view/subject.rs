//! A card about a Chronus thing, read off the state.

use chrono::{DateTime, Utc};
use events::SubjectRef;
use events::organization::{AnswerForm, CardKind, Family, Role, SubjectState};

use crate::card::{AnswerView, MessageView, SubjectCard};
use crate::user::standing;
use crate::user::state::{Notification, UserState};
use crate::user::subject::{Answered, Subject};

/// A card of its own about a subject. Where a newer one in the chat asks the same, that one is to be answered.
pub(super) fn own_card(state: &UserState, card: &Notification, now: DateTime<Utc>) -> SubjectCard {
    let shown = subject_card(state, card, now);
    let newer = standing::gave_way(state, card);
    SubjectCard {
        newer,
        open: shown.open && !newer,
        writes_to: shown.writes_to.filter(|_| !newer),
        ..shown
    }
}

/// The newest form of a notification's subject.
pub(super) fn subject_card(state: &UserState, card: &Notification, now: DateTime<Utc>) -> SubjectCard {
    let origin = origin(state, card).unwrap_or(card);
    let plain = SubjectCard {
        kind: card.card,
        notification_id: card.id,
        subject: card.subject.clone(),
        source: origin.source.clone(),
        earlier: Vec::new(),
        previous: None,
        original: origin.source.clone(),
        state: SubjectState::Open,
        at: card.queued_at,
        here: false,
        facts: card.facts.clone(),
        previous_facts: None,
        answer: None,
        answered_at: None,
        open: standing::can_answer(state, card, now),
        newer: false,
        writes_to: writes_to(state, card, now),
        more: Vec::new(),
    };
    let plain = with_written(plain, card);
    match state.subject_of(card) {
        None => plain,
        Some(subject) if card.card == CardKind::Message => message_card(state, plain, origin, subject),
        Some(_) if card.card == CardKind::MessageNotice => notice_card(state, plain),
        Some(subject) => {
            let answer = answer(card, subject);
            SubjectCard {
                source: subject.source.clone().unwrap_or_else(|| plain.source.clone()),
                earlier: subject.earlier.clone(),
                previous: subject.previous.clone(),
                state: subject.state,
                at: subject.at,
                here: subject.here,
                facts: subject.facts.clone(),
                previous_facts: subject.previous_facts.clone(),
                answered_at: answer.as_ref().and_then(|(_, at)| *at).or(plain.answered_at),
                answer: answer.map(|(answer, _)| answer).or(plain.answer),
                ..plain
            }
        }
    }
}

/// The card that holds the content: a card of the chat shows that of another one. `None` where that is gone.
pub(super) fn origin<'a>(state: &'a UserState, card: &'a Notification) -> Option<&'a Notification> {
    if card.is_from_chronus() {
        return Some(card);
    }
    let shown = card.of.first().and_then(|id| state.notification(*id));
    let shown = shown.filter(|shown| shown.is_from_chronus());
    shown.or_else(|| standing::card_about(state, card.subject.as_ref()?))
}

/// The connection or thread in which the person can write to whom the card is about.
fn writes_to(state: &UserState, card: &Notification, now: DateTime<Utc>) -> Option<SubjectRef> {
    let role = card.card.role();
    let on = match card.card.family() {
        // What did not reach its reader says itself whether it can be sent again.
        Family::Message if role == Role::Notice => None,
        Family::Connection | Family::Message => standing::written_on(state, card.subject.as_ref()?, now),
        Family::Meeting if role != Role::FollowUp => None,
        Family::Request | Family::Meeting => standing::connection_with(state, card),
        Family::Match
        | Family::ErgEvent
        | Family::Announcement
        | Family::Survey
        | Family::Task
        | Family::News
        | Family::Greeting
        | Family::Summary
        | Family::Reply => None,
    };
    on?.subject.clone()
}

/// A message is itself, not the newest of its thread, with what became of it; later ones may be bundled with it.
fn message_card(state: &UserState, plain: SubjectCard, card: &Notification, thread: &Subject) -> SubjectCard {
    let own = message(card, thread);
    let bundled = card.of.iter().filter_map(|id| state.notification(*id));
    SubjectCard {
        source: own.source,
        state: own.state,
        at: own.at,
        more: bundled.map(|later| message(later, thread)).collect(),
        ..plain
    }
}

/// The word that something did not arrive: with what the person wrote, where it did not even reach Chronus.
fn notice_card(state: &UserState, plain: SubjectCard) -> SubjectCard {
    let mut written = state.notifications.iter().flat_map(|card| &card.written);
    let lost = written.find(|written| written.notice() == plain.notification_id);
    SubjectCard {
        state: SubjectState::Failed,
        answer: lost.map(|lost| AnswerView::Replied {
            text: lost.text.clone(),
            at: lost.at,
            failed: true,
            count: 1,
        }),
        ..plain
    }
}

fn message(card: &Notification, thread: &Subject) -> MessageView {
    let edit = thread.edit_of(&card.facts);
    MessageView {
        source: edit
            .and_then(|edit| edit.source.clone())
            .unwrap_or_else(|| card.source.clone()),
        original: card.source.clone(),
        state: edit.map_or(SubjectState::Open, |edit| edit.state),
        at: card.queued_at,
    }
}

fn with_written(plain: SubjectCard, card: &Notification) -> SubjectCard {
    let Some(last) = card.written.last() else {
        return plain;
    };
    SubjectCard {
        answer: Some(AnswerView::Replied {
            text: last.text.clone(),
            at: last.at,
            failed: last.failed,
            count: card.written_count,
        }),
        answered_at: Some(last.at),
        ..plain
    }
}

fn answer(card: &Notification, subject: &Subject) -> Option<(AnswerView, Option<DateTime<Utc>>)> {
    if card.card.answer() == AnswerForm::Held {
        let (held, at) = subject.held?;
        return Some((AnswerView::Held(held), Some(at)));
    }
    if card.card.answer() == AnswerForm::Survey {
        return Some(survey(subject));
    }
    let answer = subject.standing_answer()?;
    let view = match &answer.what {
        Answered::Accepted => AnswerView::Accepted,
        Answered::Declined => AnswerView::Declined,
        Answered::Slot(slot) => AnswerView::SlotAccepted { slot: slot.clone() },
        Answered::MeetingDeclined => AnswerView::MeetingDeclined,
        Answered::Proposed(starts_at) => AnswerView::Proposed {
            starts_at: *starts_at,
        },
        Answered::Rsvp(rsvp) => AnswerView::Rsvp(*rsvp),
        Answered::Submitted => survey(subject).0,
        Answered::Acknowledged => AnswerView::Acknowledged,
        Answered::MatchRequested => AnswerView::MatchRequested,
        Answered::MatchDismissed => AnswerView::MatchDismissed,
        Answered::Completed => AnswerView::Completed,
    };
    Some((view, Some(answer.at)))
}

fn survey(subject: &Subject) -> (AnswerView, Option<DateTime<Utc>>) {
    let saved = subject.facts.questions.iter().filter_map(|question| {
        subject
            .survey
            .saved
            .iter()
            .find(|(id, _)| *id == question.id)
            .cloned()
    });
    let submitted = subject
        .answer
        .as_ref()
        .filter(|answer| answer.what == Answered::Submitted);
    let view = AnswerView::Survey {
        saved: saved.collect(),
        current: subject.survey_step(),
        submitted: submitted.is_some(),
    };
    (view, submitted.map(|answer| answer.at))
}
