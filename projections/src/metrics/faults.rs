//! Throttling and faults: what became of every try, and what Teams said.

use std::borrow::Cow;
use std::sync::Arc;

use events::user::{Delivery, Update};
use events::{Event, Recorded, UserEvent};

use super::cards::{Cards, Moment};
use super::definition::{Definition, Measure, Section};
use super::ledger::{Cell, Ledger, Origin, Row};

pub(super) static DEFINITION: Definition = Definition {
    name: "faults",
    version: 1,
    about: "what became of tries: throttled, refused, unknown; and cards that could not be updated",
    text: "One row is one event about one try. tries: how each try to post a card ended: begun (every try), delivered, retry (it \
           certainly created nothing; the reason says why: throttled, not_sent, ...), refused (with Teams' code), unknown. A try \
           that is begun and has no end yet is under way. updates: a card in the chat that could not be updated: retry or \
           abandoned. Time: when the event was recorded. Erased people keep counting.",
    sections: &[
        Section {
            name: "tries",
            title: "How tries ended",
            labels: &["outcome", "reason", "status"],
            measure: Measure::Count(Some(&["begun", "", ""])),
            lines: &[&["begun", "", ""], &["delivered", "", ""]],
            group_labels: 0,
            moves: false,
        },
        Section {
            name: "updates",
            title: "Cards that could not be updated",
            labels: &["outcome", "reason", "status"],
            measure: Measure::Count(None),
            lines: &[],
            group_labels: 0,
            moves: false,
        },
    ],
    guarded: false,
    of_cards: true,
};

pub(super) fn see(recorded: &Recorded, event: &Event, cards: &Cards, ledger: &mut Ledger) {
    let (section, id, outcome, reason, status) = match event {
        Event::User(UserEvent::Delivery(event)) => {
            let (outcome, reason, status) = match event {
                Delivery::Attempted(_) => ("begun", "", None),
                Delivery::Delivered(_) => ("delivered", "", None),
                Delivery::RetryScheduled(e) => ("retry", &*e.reason, e.status),
                Delivery::Refused(e) => ("refused", &*e.code, e.status),
                Delivery::OutcomeUnknown(e) => ("unknown", &*e.reason, None),
                Delivery::Seen(_) => return,
            };
            ("tries", event.notification_id(), outcome, reason, status)
        }
        Event::User(UserEvent::Update(event)) => {
            let (outcome, reason, status) = match event {
                Update::RetryScheduled(e) => ("retry", &*e.reason, e.status),
                Update::Abandoned(e) => ("abandoned", &*e.code, None),
                Update::Queued(_) | Update::Updated(_) => return,
            };
            ("updates", event.notification_id(), outcome, reason, status)
        }
        Event::User(_)
        | Event::Organization(_)
        | Event::Tenant(_)
        | Event::Outbound(_)
        | Event::Lease(_)
        | Event::Log(_) => return,
    };
    let Some(card) = cards.get(id) else { return };
    let at = Moment::of(recorded);
    let row = Row {
        id: recorded.id.to_string(),
        ..Row::clone(&card.row)
    };
    let origin = Origin {
        position: at.position,
        at: at.time,
    };
    let status = status.map_or(Cow::Borrowed(""), |status| Cow::Owned(status.to_string()));
    let labels = vec![Cow::Borrowed(outcome), Cow::Owned(reason.to_owned()), status];
    ledger.count(origin, Cell { section, labels }, &Arc::new(row));
}
