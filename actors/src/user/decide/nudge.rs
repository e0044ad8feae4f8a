//! A card that changes in place draws nobody's eye. Where a person must know of the change, one short new card does;
//! these rules say when.

use events::organization::{CardKind, Family, Role, SubjectFacts, SubjectState};
use events::user::Rsvp;

use crate::ports::SubjectRoute;
use crate::user::state::{Notification, Phase, UserState};
use crate::user::subject::{Answered, Subject, moves};

/// A short new card.
pub(super) struct Nudge<'a> {
    /// Which.
    pub(super) card: CardKind,
    /// A card about the subject that the person has.
    pub(super) holder: &'a Notification,
    /// What is so now.
    pub(super) facts: &'a SubjectFacts,
}

/// The short card that follows a change, where the person has a card about the subject in the chat already. One that
/// still waits to be sent says by itself what is so.
pub(super) fn due<'a>(
    state: &'a UserState,
    change: &'a SubjectRoute,
    known: Option<&Subject>,
    after: &'a Subject,
) -> Option<Nudge<'a>> {
    let known = known?;
    let holder = holder(state, change)?;
    let is_newest = after.source == change.source;
    let card = card(change, known, after).filter(|_| is_newest)?;
    Some(Nudge {
        card,
        holder,
        facts: &after.facts,
    })
}

fn card(change: &SubjectRoute, known: &Subject, after: &Subject) -> Option<CardKind> {
    let unanswered = after.answer.is_none() && !after.state.is_final();
    let answer = known.standing_answer().map(|answer| &answer.what);
    let card = change.card?;
    match card.role() {
        Role::Main => {}
        // Chronus may know of answers that were given elsewhere: whom it lists, it reminds, and nobody else.
        Role::Reminder => return (unanswered && change.addressed).then_some(card),
        Role::Notice | Role::FollowUp | Role::Outcome | Role::Chat => return None,
    }
    match card.family() {
        Family::Meeting => {
            let declined = answer == Some(&Answered::MeetingDeclined);
            let changed = matches!(change.state, SubjectState::Moved | SubjectState::Cancelled);
            // Who chose one of the times waits for no news; whoever else hears that the time is fixed.
            let chose = matches!(answer, Some(Answered::Slot(_)));
            let fixed = change.state == SubjectState::Scheduled && !chose;
            (!declined && (changed || fixed)).then_some(CardKind::MeetingNotice)
        }
        Family::ErgEvent => {
            let comes = matches!(known.rsvp(), Some(Rsvp::Going | Rsvp::Maybe));
            let moved = change.state == SubjectState::Updated && moves(&known.facts, &after.facts);
            let must_know = moved || change.state == SubjectState::Cancelled;
            (comes && must_know).then_some(CardKind::ErgEventNotice)
        }
        Family::Connection => matches!(change.state, SubjectState::Ending | SubjectState::Ended)
            .then_some(CardKind::ConnectionNotice),
        Family::Request
        | Family::Match
        | Family::Announcement
        | Family::Survey
        | Family::Message
        | Family::Task
        | Family::News
        | Family::Greeting
        | Family::Summary
        | Family::Reply => None,
    }
}

/// The card about a change's subject that the person has in the chat, by itself or as a line of another that arrived.
fn holder<'a>(state: &'a UserState, change: &'a SubjectRoute) -> Option<&'a Notification> {
    let shown = |card: &Notification| {
        card.phase.may_be_shown() || (matches!(card.phase, Phase::Merged(_)) && card.delivered_at.is_some())
    };
    let mut cards = state.notifications.about(&change.subject);
    cards.find(|card| card.is_from_chronus() && shown(card))
}
