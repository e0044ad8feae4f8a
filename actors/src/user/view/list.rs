//! Cards with several things: lists, and what may be written to.

use chrono::{DateTime, Utc};
use events::NotificationId;
use events::organization::CardKind;

use super::subject::subject_card;
use crate::card::{ComposeView, ListView, SentView, SubjectCard};
use crate::user::state::delivery::tells_missed;
use crate::user::state::{Notification, UserState};
use crate::user::{membership, standing};

fn cards<'a>(
    state: &UserState,
    of: impl Iterator<Item = &'a Notification>,
    now: DateTime<Utc>,
) -> Vec<SubjectCard> {
    of.take(ListView::MOST)
        .map(|card| subject_card(state, card, now))
        .collect()
}

/// The list that a card holds. What it lists was fixed when it was asked for or sent, so numbers keep their meaning;
/// how each thing stands is as of now.
pub(super) fn list(state: &UserState, card: &Notification, now: DateTime<Utc>) -> ListView {
    // A list that was not sent yet lists what it would if it were sent now.
    let unsent_missed = card.phase.is_unsent() && tells_missed(card.card);
    let (ids, missed): (&[NotificationId], u32) = if !unsent_missed {
        (&card.of, card.missed)
    } else if state.lists_missed(card, now) {
        (&state.missed.of, card.missed + state.missed.count)
    } else {
        (&[], 0)
    };
    let count = |cards: usize| u32::try_from(cards).unwrap_or(u32::MAX);
    let from = usize::try_from(card.from).unwrap_or(usize::MAX);
    let listed = ids.iter().skip(from).filter_map(|id| state.notification(*id));
    let listed: Vec<&Notification> = listed.filter(|card| membership::is_theirs(state, card)).collect();
    let unsent = card.phase.is_unsent() && (unsent_missed || card.card == CardKind::Digest);
    let listed = if unsent {
        standing::still_told(state, listed.into_iter(), now)
    } else {
        listed
    };
    let beyond = listed.len().saturating_sub(ListView::MOST);
    let more = match standing::listed(state, card.card, now) {
        // What came since the list was asked for is on the next one.
        Some(all) => beyond.max(all.len().saturating_sub(from + listed.len())),
        None if unsent || !state.lists_missed(card, now) => beyond,
        None => beyond + rest(state, now),
    };
    ListView {
        kind: card.card,
        total: count(listed.len()),
        items: cards(state, listed.into_iter(), now),
        from: card.from,
        more: count(more),
        missed,
        query: card.query.clone(),
        item: card.item,
    }
}

/// How many lines of what was missed did not find room on the card that told of it.
fn rest(state: &UserState, now: DateTime<Utc>) -> usize {
    let missed = state.missed.of.iter().filter_map(|id| state.notification(*id));
    let missed: Vec<&Notification> = missed.collect();
    standing::still_told(state, missed.into_iter(), now).len()
}

/// What the person may write to.
pub(super) fn compose(state: &UserState, card: &Notification, now: DateTime<Utc>) -> ComposeView {
    let chosen = card.of.iter().filter_map(|id| state.notification(*id));
    let named = !card.of.is_empty();
    let chosen: Vec<&Notification> = chosen
        .filter(|card| standing::can_answer(state, card, now))
        .collect();
    let targets = if card.card == CardKind::WhichThread {
        standing::threads(state, now)
    } else if chosen.is_empty() && !named {
        let threads = standing::threads(state, now);
        standing::connections(state).into_iter().chain(threads).collect()
    } else {
        chosen
    };
    ComposeView {
        kind: card.card,
        targets: targets
            .into_iter()
            .map(|target| subject_card(state, target, now))
            .collect(),
        query: card.query.clone(),
        sent: card.written.last().map(|sent| SentView {
            subject: sent.subject.clone(),
            text: sent.text.clone(),
            at: sent.at,
            failed: sent.failed,
        }),
        was_shown: card.wanted > 1,
        is_closed: card.card == CardKind::WhichThread
            && standing::open_question(state).is_some_and(|newest| newest.id != card.id),
    }
}
