//! Lists in the chat and their pages: a card has room for so many lines, and the rest comes when it is asked for.

use chrono::TimeDelta;
use events::NotificationId;
use events::organization::{CardKind, Class};
use events::user::Prompt;

use super::happened::CLOCKS_DIFFER;
use super::turn::Turn;
use crate::card::ListView;
use crate::user::standing;
use crate::user::state::delivery::tells_missed;
use crate::user::state::{Notification, UserState};

/// How long the numbers of a list that was shown can be typed.
const NUMBERS_LIFE: TimeDelta = TimeDelta::days(1);
/// Things that a list numbers at most; more are listed once some of these are done.
const MOST_NUMBERED: usize = 200;

/// Answers with a list of all that there is, from its beginning.
pub(super) fn whole(turn: &mut Turn<'_>, list: CardKind) {
    let of = ids(turn, list);
    turn.reply(
        list,
        Prompt {
            of,
            ..Prompt::default()
        },
    );
}

fn ids(turn: &Turn<'_>, list: CardKind) -> Vec<NotificationId> {
    let listed = standing::listed(turn.state, list, turn.now).unwrap_or_default();
    listed.iter().take(MOST_NUMBERED).map(|card| card.id).collect()
}

/// Where the page begins on which a place of a list is.
pub(super) fn page_of(place: usize) -> u32 {
    u32::try_from(place / ListView::MOST * ListView::MOST).unwrap_or(u32::MAX)
}

/// The next lines of a list: of the one that is named, else of the newest.
pub(super) fn more(turn: &mut Turn<'_>, list: Option<NotificationId>) {
    let state = turn.state;
    let is_list = |card: &&Notification| {
        tells_missed(card.card)
            || card.card == CardKind::Digest
            || standing::listed(state, card.card, turn.now).is_some()
    };
    let named = list.and_then(|id| state.notification(id)).filter(is_list);
    let list = named.or_else(|| state.notifications.iter().rev().find(is_list));
    let Some(list) = list.filter(|list| standing::listed(state, list.card, turn.now).is_some()) else {
        return missed(turn);
    };
    let next = usize::try_from(list.from)
        .unwrap_or(usize::MAX)
        .saturating_add(ListView::MOST);
    if next >= list.of.len() {
        return whole(turn, list.card);
    }
    let prompt = Prompt {
        of: list.of.clone(),
        from: page_of(next),
        ..Prompt::default()
    };
    turn.reply(list.card, prompt);
}

/// The next of what was missed; where nothing is left, what waits.
fn missed(turn: &mut Turn<'_>) {
    if turn.has_missed() && turn.state.connected {
        let expires_at = turn.now + turn.rules.time_to_live;
        let id = turn.inbound.reply_id();
        turn.queue(id, CardKind::CatchUp, Class::Reply, expires_at, Prompt::default());
    } else {
        whole(turn, CardKind::Pending);
    }
}

/// The list whose numbers a person types.
pub(super) struct Numbered<'a> {
    pub(super) of: Vec<NotificationId>,
    /// Cards that showed parts of it.
    pages: Vec<&'a Notification>,
}

impl Numbered<'_> {
    /// Whether the line at this place stood on a card. A list that was never shown has the order of the one that is.
    pub(super) fn was_seen(&self, place: usize) -> bool {
        let shows = |card: &&Notification| {
            let from = usize::try_from(card.from).unwrap_or(usize::MAX);
            (from..from.saturating_add(ListView::MOST)).contains(&place)
        };
        (self.pages.is_empty() && place < ListView::MOST) || self.pages.iter().any(shows)
    }
}

/// The list that the person saw last when they typed a number, else what waits now.
pub(super) fn numbered<'a>(turn: &Turn<'a>, number: Option<u32>) -> Numbered<'a> {
    let typed_at = turn.happened_at();
    let is_shown = |card: &&Notification| {
        // A list that came after the number was typed is not the one that it was read on.
        card.card == CardKind::Pending
            && turn.now - card.queued_at < NUMBERS_LIFE
            && card.queued_at <= typed_at + CLOCKS_DIFFER
    };
    let state: &UserState = turn.state;
    let mut newest_first = state.notifications.iter().rev().filter(is_shown);
    let newest = newest_first.next().filter(|_| number.is_some());
    match newest {
        Some(list) => {
            let pages = newest_first.filter(|card| card.of == list.of);
            Numbered {
                of: list.of.clone(),
                pages: std::iter::once(list).chain(pages).collect(),
            }
        }
        None => Numbered {
            of: ids(turn, CardKind::Pending),
            pages: Vec::new(),
        },
    }
}
