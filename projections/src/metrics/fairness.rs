//! Fairness between tenants: how many cards of its own a card found before it, and how long it waited.

use std::borrow::Cow;

use events::{NotificationId, TenantId};

use super::card_state::{Outcome, Stage};
use super::cards::{Cards, Moment, Step};
use super::definition::{Definition, Measure, Section};
use super::kept::Kept;
use super::ledger::{Cell, Ledger, Origin};
use super::state_file::StateFile;

pub(super) static DEFINITION: Definition = Definition {
    name: "fairness",
    version: 1,
    about: "how long each tenant's cards wait for their first try, and how many of its own stand before them",
    text: "waiting: by tenant, from the moment in which a card was queued to its first try; cards that a person's wish put off \
           (night, pause, digest, a set time) are left out, since they wait on purpose. queue_place: how many cards of the same \
           tenant were queued before it and neither tried, nor put off, nor ended. Percentiles by the nearest rank. Time: when it \
           was tried first (waiting) or queued (queue_place). Every card stands in the queue, the chat's own included; of \
           these the figures tell where they are asked for (chat). Erased people keep counting.",
    sections: &[
        Section {
            name: "waiting",
            title: "From the queue to the first try",
            labels: &["tenant"],
            measure: Measure::Duration,
            lines: &[],
            group_labels: 0,
            moves: false,
        },
        Section {
            name: "queue_place",
            title: "Cards of the tenant before it",
            labels: &["tenant"],
            measure: Measure::Number,
            lines: &[],
            group_labels: 0,
            moves: false,
        },
    ],
    guarded: false,
    of_cards: true,
};

/// Which cards wait for their turn, by tenant.
#[derive(Debug)]
pub(super) struct Fairness {
    waiting: Kept<TenantId, i64>,
    /// Cards in the count.
    counted: Kept<NotificationId, TenantId>,
    /// Cards that were put off at some time before their first try.
    put_off: Kept<NotificationId, bool>,
}

impl Default for Fairness {
    fn default() -> Self {
        Self {
            waiting: Kept::new("waiting"),
            counted: Kept::new("counted"),
            put_off: Kept::new("put_off"),
        }
    }
}

impl Fairness {
    pub(super) fn go_on_from(&mut self, file: &StateFile) {
        self.waiting.go_on_from(file);
        self.counted.go_on_from(file);
        self.put_off.go_on_from(file);
    }

    pub(super) fn settle(&mut self) {
        self.waiting.settle();
        self.counted.settle();
        self.put_off.settle();
    }

    pub(super) fn see(&mut self, at: Moment, steps: &[Step], cards: &Cards, ledger: &mut Ledger) {
        for step in steps {
            let Some(card) = cards.get(step.id) else { continue };
            let Some(tenant) = card.row.tenant.clone() else {
                continue;
            };
            self.waiting.need(&tenant);
            self.counted.need(&step.id);
            self.put_off.need(&step.id);
            let origin = Origin {
                position: at.position,
                at: at.time,
            };
            let labels = vec![Cow::Owned(tenant.to_string())];
            if step.reached.contains(&Stage::Queued) {
                let waiting = self.waiting.get_or_insert_with(tenant.clone(), || 0);
                let section = "queue_place";
                ledger.note(
                    origin,
                    Cell {
                        section,
                        labels: labels.clone(),
                    },
                    &card.row,
                    *waiting,
                    1,
                );
                *waiting += 1;
                self.counted.insert(step.id, tenant);
            }
            let tried = step.reached.contains(&Stage::Attempted);
            if !tried && matches!(card.state, super::card_state::CardState::Deferred(_)) {
                self.put_off.insert(step.id, true);
            }
            if tried
                && self.put_off.remove(&step.id).is_none()
                && let Some(queued) = card.queued
            {
                let waited = (at.time - queued.time).num_milliseconds().max(0);
                let section = "waiting";
                ledger.note(origin, Cell { section, labels }, &card.row, waited, 1);
            }
            let waits = matches!(card.state.outcome(), Outcome::Waiting)
                && card.stage == Stage::Queued
                && !matches!(card.state, super::card_state::CardState::Deferred(_));
            if !waits && let Some(tenant) = self.counted.remove(&step.id) {
                self.waiting.need(&tenant);
                if let Some(waiting) = self.waiting.get_mut(&tenant) {
                    *waiting -= 1;
                }
            }
        }
    }
}
