//! What of the things that a person was told of is so now: what waits for them, what is still ahead, which card
//! stands for a thing.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use events::SubjectRef;
use events::organization::{AnswerForm, CardKind, Family, Lists, Role, SubjectFacts, SubjectState};
use events::user::Rsvp;

use super::membership::{self, Membership};
use super::state::{Notification, Phase, UserState};
use super::subject::{Answered, Subject};

/// Messages after which a thread is not taken for open any more, in days.
const THREAD_DAYS: i64 = 30;

/// Whether a thing has a place in time and that is past. Of times to choose from, the last one must not have begun.
fn is_over(facts: &SubjectFacts, now: DateTime<Utc>) -> bool {
    let last_slot = facts.slots.iter().map(|slot| slot.starts_at).max();
    facts.over_at().or(last_slot).is_some_and(|over| over <= now)
}

fn is_late(facts: &SubjectFacts, now: DateTime<Utc>) -> bool {
    facts.respond_by.is_some_and(|by| by <= now)
}

/// Whether an answer is possible on this card now.
pub fn can_answer(state: &UserState, card: &Notification, now: DateTime<Utc>) -> bool {
    if !membership::is_theirs(state, card) {
        return false;
    }
    let Some(subject) = state.subject_of(card) else {
        return false;
    };
    let facts = &subject.facts;
    let goes_on = !subject.state.is_final();
    let unanswered = goes_on && subject.answer.is_none();
    match card.card.answer() {
        AnswerForm::Held => subject.held.is_none(),
        AnswerForm::Reply => {
            let edit = subject.edit_of(&card.facts);
            goes_on && edit.is_none_or(|edit| edit.state != SubjectState::Deleted)
        }
        AnswerForm::Words => goes_on,
        AnswerForm::Meeting | AnswerForm::Rsvp => goes_on && !is_over(facts, now),
        // A long survey that is answered in Chronus has no questions here.
        AnswerForm::Survey => unanswered && !facts.questions.is_empty(),
        AnswerForm::Acknowledgement => unanswered && facts.acknowledge,
        AnswerForm::Request | AnswerForm::Done | AnswerForm::Match => unanswered,
        AnswerForm::Nothing => false,
    }
}

/// Whether no answer is possible on this card since its moment is past, and for no other reason.
pub fn is_past(state: &UserState, card: &Notification, now: DateTime<Utc>) -> bool {
    let timed = matches!(card.card.answer(), AnswerForm::Meeting | AnswerForm::Rsvp);
    let subject = state.subject_of(card).filter(|subject| !subject.state.is_final());
    timed && membership::is_theirs(state, card) && subject.is_some_and(|subject| is_over(&subject.facts, now))
}

/// Whether this card's subject waits for an answer of the person.
pub fn waits(state: &UserState, card: &Notification, now: DateTime<Utc>) -> bool {
    let Some(subject) = state.subject_of(card) else {
        return false;
    };
    let facts = &subject.facts;
    match card.card.role() {
        Role::FollowUp => return subject.held.is_none() && card.expires_at > now,
        Role::Main => {}
        Role::Reminder | Role::Notice | Role::Outcome | Role::Chat => return false,
    }
    if subject.state.is_final() || is_over(facts, now) || is_late(facts, now) {
        return false;
    }
    let unanswered = subject.standing_answer().is_none();
    match card.card.answer() {
        AnswerForm::Request | AnswerForm::Survey | AnswerForm::Done | AnswerForm::Rsvp => unanswered,
        AnswerForm::Meeting => {
            unanswered && matches!(subject.state, SubjectState::Open | SubjectState::Moved)
        }
        AnswerForm::Acknowledgement => facts.acknowledge && unanswered,
        // Nobody waits for a word, nor for what is only suggested.
        AnswerForm::Match
        | AnswerForm::Reply
        | AnswerForm::Words
        | AnswerForm::Held
        | AnswerForm::Nothing => false,
    }
}

/// Whether a card is the short one which tells that a thing was cancelled, or came to an end.
fn is_news_of_end(card: &Notification) -> bool {
    card.card.is_notice() && card.tells.is_some_and(SubjectState::is_final)
}

/// Whether the person was told of a card's subject before that card: what they never heard of has no end for them.
fn was_told(state: &UserState, card: &Notification) -> bool {
    let mut about = card
        .subject
        .iter()
        .flat_map(|subject| state.notifications.about(subject));
    about.any(|other| other.id != card.id && (other.phase.may_be_shown() || other.delivered_at.is_some()))
}

/// Whether what a card says is still worth telling somebody who did not get it.
pub fn still_so(state: &UserState, card: &Notification, now: DateTime<Utc>) -> bool {
    if card.switched_off || membership::of(state, card) != Membership::Theirs {
        return false;
    }
    let lives = card.expires_at > now;
    let Some(subject) = state.subject_of(card) else {
        return lives;
    };
    let facts = &subject.facts;
    // News of an end is what it is as long as nothing else became of the thing.
    let goes_on = if is_news_of_end(card) {
        card.tells == Some(subject.state) && was_told(state, card)
    } else {
        !subject.state.is_final()
    };
    match card.card.family() {
        Family::Meeting if card.card.role() == Role::FollowUp => waits(state, card, now),
        Family::Meeting => {
            let answer = subject.standing_answer();
            let declined = answer.is_some_and(|answer| answer.what == Answered::MeetingDeclined);
            goes_on && !is_over(facts, now) && !declined
        }
        Family::ErgEvent => goes_on && !is_over(facts, now) && subject.rsvp() != Some(Rsvp::NotGoing),
        // What became of it, or what is lost, does not change any more.
        Family::Request if card.card.role() == Role::Outcome => lives,
        Family::Message if card.card.role() == Role::Notice => lives,
        Family::Request => goes_on && subject.answer.is_none() && !is_late(facts, now) && lives,
        Family::Survey | Family::Task => goes_on && subject.answer.is_none() && !is_late(facts, now),
        Family::Message => subject
            .edit_of(&card.facts)
            .is_none_or(|edit| edit.state != SubjectState::Deleted),
        Family::Match => goes_on && subject.answer.is_none() && lives,
        Family::Announcement | Family::Connection => goes_on && lives,
        Family::News | Family::Greeting | Family::Summary | Family::Reply => lives,
    }
}

/// Whether a card says what no other card about its subject does: each message of a thread, and what was not delivered.
fn is_by_itself(card: &Notification) -> bool {
    card.card.family() == Family::Message
}

/// Of several cards, those still worth telling, one for each subject: the newest.
pub fn still_told<'a>(
    state: &'a UserState,
    cards: impl DoubleEndedIterator<Item = &'a Notification>,
    now: DateTime<Utc>,
) -> Vec<&'a Notification> {
    let mut named: HashSet<&SubjectRef> = HashSet::new();
    let mut told: Vec<&Notification> = cards
        .rev()
        .filter(|card| still_so(state, card, now))
        .filter(|card| {
            is_by_itself(card) || card.subject.as_ref().is_none_or(|subject| named.insert(subject))
        })
        .collect();
    told.reverse();
    told
}

/// Cards of their own about a card's subject that came after it, oldest first.
fn after<'a>(state: &'a UserState, card: &'a Notification) -> impl Iterator<Item = &'a Notification> {
    let mut about = card
        .subject
        .iter()
        .flat_map(|subject| state.notifications.about(subject));
    // Up to the card itself.
    let _ = about.by_ref().find(|other| other.id == card.id);
    about
}

/// Whether a newer card in the chat asks what this one asks: that one is to be answered, and this one says so. What is perhaps
/// in the chat takes no other card's place.
pub fn gave_way(state: &UserState, card: &Notification) -> bool {
    let takes_its_place = |newer: &Notification| {
        newer.card.asks() && newer.phase == Phase::Delivered && membership::is_theirs(state, newer)
    };
    card.card.asks() && after(state, card).any(takes_its_place)
}

/// The newer card by which Chronus asks the same anew, where it is in the chat or comes to be.
pub fn asked_anew<'a>(state: &'a UserState, card: &'a Notification) -> Option<&'a Notification> {
    let comes = |newer: &&Notification| {
        let is_gone = matches!(
            newer.phase,
            Phase::Suppressed | Phase::Withdrawn | Phase::Expired | Phase::Refused
        );
        newer.card.opens() && newer.is_from_chronus() && !is_gone && membership::is_theirs(state, newer)
    };
    after(state, card).filter(|_| card.card.opens()).find(comes)
}

/// The cards that stand for the person's subjects, newest first: of each subject the newest living one that `which`
/// picks. A card that was never sent stands for its subject as well, but for one that was withdrawn.
pub fn cards_of<'a>(
    state: &'a UserState,
    mut which: impl FnMut(&'a Notification, &'a Subject) -> bool,
) -> Vec<&'a Notification> {
    let mut named: HashSet<&SubjectRef> = HashSet::new();
    let mut cards = Vec::new();
    for card in state.notifications.iter().rev() {
        let (Some(name), Some(subject)) = (&card.subject, state.subject_of(card)) else {
            continue;
        };
        let stands = (card.card.is_living() || card.card.role() == Role::FollowUp)
            && card.is_from_chronus()
            && card.phase != Phase::Withdrawn
            && membership::is_theirs(state, card);
        if stands && !named.contains(name) && which(card, subject) {
            named.insert(name);
            cards.push(card);
        }
    }
    cards
}

/// What waits for the person's answer, soonest deadline first, then longest waiting.
pub fn pending(state: &UserState, now: DateTime<Utc>) -> Vec<&Notification> {
    let mut cards = cards_of(state, |card, _| waits(state, card, now));
    cards.reverse();
    cards.sort_by_key(|card| {
        let facts = state.subject_of(card).map(|subject| &subject.facts);
        let first_slot = facts.and_then(|facts| facts.slots.iter().map(|slot| slot.starts_at).min());
        let by = facts
            .and_then(|facts| facts.respond_by.or(facts.due_at).or(facts.starts_at))
            .or(first_slot);
        by.unwrap_or(DateTime::<Utc>::MAX_UTC)
    });
    cards
}

fn by_start<'a>(state: &UserState, mut cards: Vec<&'a Notification>) -> Vec<&'a Notification> {
    cards.sort_by_key(|card| {
        let facts = state.subject_of(card).map(|subject| &subject.facts);
        let first_slot = facts.and_then(|facts| facts.slots.iter().map(|slot| slot.starts_at).min());
        facts
            .and_then(|facts| facts.starts_at)
            .or(first_slot)
            .unwrap_or(DateTime::<Utc>::MAX_UTC)
    });
    cards
}

/// Meetings ahead, soonest first.
pub fn meetings(state: &UserState, now: DateTime<Utc>) -> Vec<&Notification> {
    let ahead = |card: &Notification, subject: &Subject| {
        card.card == CardKind::Meeting && !subject.state.is_final() && !is_over(&subject.facts, now)
    };
    by_start(state, cards_of(state, ahead))
}

/// ERG events ahead, soonest first.
pub fn events(state: &UserState, now: DateTime<Utc>) -> Vec<&Notification> {
    let ahead = |card: &Notification, subject: &Subject| {
        card.card == CardKind::ErgEvent && !subject.state.is_final() && !is_over(&subject.facts, now)
    };
    by_start(state, cards_of(state, ahead))
}

/// Mentoring connections that go on, newest first.
pub fn connections(state: &UserState) -> Vec<&Notification> {
    cards_of(state, |card, subject| {
        card.card == CardKind::Connection && !subject.state.is_final()
    })
}

/// What a list that a command asks for is of now; `None` for any other card.
pub fn listed(state: &UserState, list: CardKind, now: DateTime<Utc>) -> Option<Vec<&Notification>> {
    match list.lists() {
        Lists::Pending => Some(pending(state, now)),
        Lists::Meetings => Some(meetings(state, now)),
        Lists::Events => Some(events(state, now)),
        Lists::Connections => Some(connections(state)),
        Lists::Missed | Lists::Digest | Lists::Nothing => None,
    }
}

/// Threads with a message of late, newest first.
pub fn threads(state: &UserState, now: DateTime<Utc>) -> Vec<&Notification> {
    cards_of(state, |card, subject| {
        card.card == CardKind::Message
            && !subject.state.is_final()
            && can_answer(state, card, now)
            && (now - card.queued_at).num_days() < THREAD_DAYS
    })
}

/// The newest card that asks where a text belongs: the one to answer, as long as it is, or comes to be, in the chat.
pub fn open_question(state: &UserState) -> Option<&Notification> {
    let mut newest_first = state.notifications.iter().rev();
    newest_first.find(|card| {
        card.card == CardKind::WhichThread && (card.phase.is_unsent() || card.phase.may_be_shown())
    })
}

/// The card of a connection or a thread on which the person can write now.
pub fn written_on<'a>(
    state: &'a UserState,
    subject: &'a SubjectRef,
    now: DateTime<Utc>,
) -> Option<&'a Notification> {
    let mut about = state.notifications.about(subject).rev();
    about.find(|card| {
        matches!(card.card, CardKind::Connection | CardKind::Message)
            && card.is_from_chronus()
            && card.phase != Phase::Withdrawn
            && can_answer(state, card, now)
    })
}

/// The connection with the person whom a card is about, where Chronus names both by the same id. A name alone is no
/// proof that two people are one.
pub fn connection_with<'a>(state: &'a UserState, card: &Notification) -> Option<&'a Notification> {
    let other = card.facts.counterpart.as_ref()?;
    let is_theirs = |connection: &&Notification| {
        let known = state.subject_of(connection);
        known.is_some_and(|subject| subject.facts.counterpart.as_ref() == Some(other))
    };
    connections(state).into_iter().find(is_theirs)
}

/// The card that stands for a subject.
pub fn card_about<'a>(state: &'a UserState, subject: &'a SubjectRef) -> Option<&'a Notification> {
    let about = || {
        state
            .notifications
            .about(subject)
            .rev()
            .filter(|card| card.is_from_chronus())
    };
    about()
        .find(|card| card.card.is_living() && card.phase != Phase::Withdrawn)
        .or_else(|| about().next())
}

#[cfg(test)]
mod tests;
