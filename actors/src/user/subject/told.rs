//! What Chronus told of a subject, kept in the order in which it happened, so that what comes late finds its place and
//! changes nothing newer. What is known of the subject is the fold of all of it.

use chrono::{DateTime, Utc};
use events::organization::{CardKind, SubjectFacts, SubjectState, Tells};
use events::user::Source;
use events::{EventId, Position};
use serde::{Deserialize, Serialize};

use super::moves;

/// Words of Chronus that are kept one by one; older ones are kept as what they add up to.
const KEPT: usize = 16;
/// Earlier contents that a subject remembers.
const EARLIER: usize = 6;

/// When something happened, and of equal times where it stands in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Order {
    /// When.
    pub happened_at: DateTime<Utc>,
    /// Where it stands.
    pub position: Position,
}

impl Order {
    /// The place of a domain event that `source` names and that happened at `happened_at`.
    pub fn of(source: Option<&Source>, happened_at: DateTime<Utc>) -> Self {
        let position = match source {
            Some(Source::DomainEvent { position, .. }) => *position,
            Some(Source::Chat) | None => Position::START,
        };
        Self {
            happened_at,
            position,
        }
    }
}

/// What one domain event told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Told {
    /// Which domain event.
    pub event: EventId,
    /// Its place among the others.
    pub order: Order,
    /// Whether its time is known. Older events did not tell; these stand in the order of the log.
    pub timed: bool,
    /// When this person's stream learnt of it.
    pub known_at: DateTime<Utc>,
    /// The card that it leads to.
    pub card: CardKind,
    /// The state of the subject; absent where older events did not tell.
    pub state: Option<SubjectState>,
    /// Its content; absent where older events did not tell.
    pub source: Option<Source>,
    /// What rules go by.
    pub facts: SubjectFacts,
}

/// What several domain events add up to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Account {
    /// The card that tells most of it.
    pub kind: CardKind,
    /// How the subject stands.
    pub state: SubjectState,
    /// Since when.
    pub at: DateTime<Utc>,
    /// Since when this person's stream knows.
    pub known_at: DateTime<Utc>,
    /// The newest content.
    pub source: Option<Source>,
    /// The contents before the newest, oldest first: what a newer event leaves out still holds. Of very many the first
    /// and the last few.
    pub earlier: Vec<Source>,
    /// The content before the last change of time or place.
    pub previous: Option<Source>,
    /// What rules go by.
    pub facts: SubjectFacts,
    /// The same before the last change of time or place.
    pub previous_facts: Option<SubjectFacts>,
    /// The newest domain event by which Chronus asked anew for what it had ended.
    pub asked: Option<EventId>,
}

impl Account {
    fn first(told: &Told) -> Self {
        // That one message failed says nothing of its thread.
        let state = told.state.filter(|state| *state != SubjectState::Failed);
        Self {
            kind: told.card,
            state: state.unwrap_or(SubjectState::Open),
            at: told.order.happened_at,
            known_at: told.known_at,
            source: told.source.clone(),
            earlier: Vec::new(),
            previous: None,
            facts: told.facts.clone(),
            previous_facts: None,
            asked: None,
        }
    }

    /// Adds what happened next.
    fn add(&mut self, told: &Told) {
        match told.card.tells() {
            Tells::Moment => return,
            Tells::Whole => self.kind = told.card,
            Tells::Part | Tells::Nothing => {}
        }
        let Some(state) = told.state else { return };
        let offers_other_times =
            told.card.opens() && !told.facts.slots.is_empty() && told.facts.slots != self.facts.slots;
        if told.source.is_some() {
            let now = self.facts.overlaid(&told.facts);
            if moves(&self.facts, &now) {
                self.previous.clone_from(&self.source);
                self.previous_facts = Some(std::mem::replace(&mut self.facts, now));
            } else {
                self.facts = now;
            }
            let before = std::mem::replace(&mut self.source, told.source.clone());
            self.earlier
                .extend(before.filter(|before| told.source.as_ref() != Some(before)));
            if self.earlier.len() > EARLIER {
                self.earlier.remove(1);
            }
        }
        self.enter(state, told, offers_other_times);
    }

    fn enter(&mut self, state: SubjectState, told: &Told, offers_other_times: bool) {
        if state == SubjectState::Failed {
            return;
        }
        if self.state.is_final() && state == SubjectState::Open {
            // A reminder of something that ended does not reopen it; asking for it anew does.
            if !told.card.opens() {
                return;
            }
            self.asked = Some(told.event);
        }
        let repeats = matches!(
            state,
            SubjectState::Scheduled | SubjectState::Moved | SubjectState::Updated
        );
        if self.state != state || repeats || (state == SubjectState::Open && offers_other_times) {
            (self.state, self.at, self.known_at) = (state, told.order.happened_at, told.known_at);
        }
    }
}

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct History {
    /// What the words that are not kept any more add up to, and the place of the last of them.
    base: Option<(Account, Order)>,
    /// In order.
    told: Vec<Told>,
}

impl History {
    /// Puts what a domain event told in its place, once. What is older than all that is kept comes too late.
    pub(super) fn insert(&mut self, mut told: Told) {
        if told.source.is_none() {
            let last = self.told.iter().map(|told| told.order.position).max();
            told.order.position = last.unwrap_or(told.order.position);
        }
        if !told.timed {
            told.order.happened_at = self.estimated(told.order);
        }
        let known = self.told.iter().any(|known| known.event == told.event);
        let too_late = self.base.as_ref().is_some_and(|(_, last)| told.order <= *last);
        if known || too_late {
            return;
        }
        let place = self.told.partition_point(|known| known.order <= told.order);
        self.told.insert(place, told);
        if self.told.len() > KEPT {
            let oldest = self.told.remove(0);
            let account = match self.base.take() {
                Some((mut account, _)) => {
                    account.add(&oldest);
                    account
                }
                None => Account::first(&oldest),
            };
            self.base = Some((account, oldest.order));
        }
    }

    /// When something of unknown time happened: not before what stands before it in the log, nor after what stands
    /// behind it.
    fn estimated(&self, order: Order) -> DateTime<Utc> {
        let untimed = || self.told.iter().filter(|told| !told.timed).map(|told| told.order);
        let before = untimed().filter(|known| known.position < order.position);
        let after = untimed().filter(|known| known.position > order.position);
        let at = before
            .map(|known| known.happened_at)
            .fold(order.happened_at, DateTime::max);
        after.map(|known| known.happened_at).fold(at, DateTime::min)
    }

    /// What it all adds up to; `None` where nothing was told.
    pub(super) fn account(&self) -> Option<Account> {
        let mut told = self.told.iter();
        let mut account = match &self.base {
            Some((account, _)) => account.clone(),
            None => Account::first(told.next()?),
        };
        told.for_each(|told| account.add(told));
        Some(account)
    }

    /// The place of the newest content, reminders left out.
    pub(super) fn newest(&self) -> Option<Order> {
        let newest = self.told.iter().rev().find(|told| !told.card.is_reminder());
        newest
            .map(|told| told.order)
            .or_else(|| self.base.as_ref().map(|(_, last)| *last))
    }
}
