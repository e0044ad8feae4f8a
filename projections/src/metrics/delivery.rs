//! The delivery funnel, and how every card stands with its reason.

use std::borrow::Cow;

use super::card_state::{CardState, Outcome};
use super::cards::{Card, Cards, Moment, Step};
use super::definition::{Definition, Measure, Section};
use super::ledger::{Cell, Ledger, Origin, cell};

pub(super) static DEFINITION: Definition = Definition {
    name: "delivery",
    version: 1,
    about: "how far cards came, and how each one stands that did not, with its reason",
    text: "One row is one card for one recipient whom an event of Chronus lists, or whom it was queued for where an event is \
           for all. accepted: Chronus handed it over. queued: it stands in its person's queue. attempted: a try was made. \
           delivered: it is in the chat. seen: a read receipt, a reaction, a press or any later act on it shows that it was \
           read; who reads and does nothing counts only where receipts are permitted. acted: its person answered on it. \
           Each stage includes those after it; shares are of accepted. A card that another card shows is counted once, under \
           shown_elsewhere. Cards of the chat itself (welcomes, answers to commands) count with --chat only. Time: when the \
           domain event happened by its own time, or when it was handed over where it has none or a later one. Erased people \
           keep counting; nothing of them is opened.",
    sections: &[
        Section {
            name: "funnel",
            title: "How far cards came",
            labels: &["stage"],
            measure: Measure::Count(Some(&["accepted"])),
            lines: &[
                &["accepted"],
                &["queued"],
                &["attempted"],
                &["delivered"],
                &["seen"],
                &["acted"],
            ],
            group_labels: 0,
            moves: false,
        },
        Section {
            name: "standing",
            title: "How cards stand that are not in the chat",
            labels: &["outcome", "state", "reason", "code"],
            measure: Measure::Count(None),
            lines: &[],
            group_labels: 0,
            moves: true,
        },
    ],
    guarded: false,
    of_cards: true,
};

pub(super) fn see(at: Moment, steps: &[Step], cards: &Cards, ledger: &mut Ledger) {
    for step in steps {
        let Some(card) = cards.get(step.id) else { continue };
        let origin = Origin {
            position: at.position,
            at: card.happened,
        };
        for stage in &step.reached {
            ledger.count(origin, cell("funnel", [stage.as_str()]), &card.row);
        }
        moved(origin, step, card, ledger);
    }
}

fn moved(origin: Origin, step: &Step, card: &Card, ledger: &mut Ledger) {
    let before = step.before.as_ref().and_then(standing);
    let now = standing(&card.state);
    if before == now {
        return;
    }
    if let Some(before) = before {
        ledger.note(origin, before, &card.row, 1, -1);
    }
    if let Some(now) = now {
        ledger.count(origin, now, &card.row);
    }
}

/// The line of a card that is not in the chat.
fn standing(state: &CardState) -> Option<Cell> {
    let outcome = state.outcome();
    (outcome != Outcome::Delivered).then(|| Cell {
        section: "standing",
        labels: vec![
            Cow::Borrowed(outcome.as_str()),
            Cow::Borrowed(state.as_str()),
            state.reason(),
            Cow::Owned(state.code().to_owned()),
        ],
    })
}
