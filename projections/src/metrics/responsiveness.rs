//! How long cards take to arrive, and people to answer.

use std::borrow::Cow;

use super::card_state::Stage;
use super::cards::{Card, Cards, Moment, Step};
use super::definition::{Definition, Measure, Section};
use super::ledger::{Cell, Ledger, Origin};

pub(super) static DEFINITION: Definition = Definition {
    name: "responsiveness",
    version: 1,
    about: "how long cards take to arrive and people to answer: median and 90th percentile, by card",
    text: "to_deliver: from the moment in which Chronus handed a card over (or the service queued it by itself) to the one in \
           which it was in the chat; waiting that the person wished for (night, pause, digest) and looking for the person \
           included. to_see: from the chat to the first read receipt, reaction, press or act. to_answer: from the chat to the \
           first answer on the card; only cards that were answered count, so read the count beside it. All times are those at \
           which the log recorded the events, to the millisecond. Percentiles by the nearest rank: the value at rank p*n/100 \
           rounded up, so always one that occurred; of an even number the lower middle one is the median. Time of a bucket: when \
           the card was delivered (to_deliver) or answered or seen. Erased people keep counting.",
    sections: &[
        Section {
            name: "to_deliver",
            title: "From Chronus to the chat",
            labels: &["card"],
            measure: Measure::Duration,
            lines: &[],
            group_labels: 1,
            moves: false,
        },
        Section {
            name: "to_see",
            title: "From the chat to the first sign that it was seen",
            labels: &["card"],
            measure: Measure::Duration,
            lines: &[],
            group_labels: 1,
            moves: false,
        },
        Section {
            name: "to_answer",
            title: "From the chat to the answer",
            labels: &["card"],
            measure: Measure::Duration,
            lines: &[],
            group_labels: 1,
            moves: false,
        },
    ],
    guarded: true,
    of_cards: true,
};

pub(super) fn see(at: Moment, steps: &[Step], cards: &Cards, ledger: &mut Ledger) {
    for step in steps {
        let Some(card) = cards.get(step.id) else { continue };
        for stage in &step.reached {
            let (section, from) = match stage {
                Stage::Delivered => ("to_deliver", card.accepted.or(card.queued)),
                Stage::Seen => ("to_see", card.delivered),
                Stage::Acted => ("to_answer", card.delivered),
                Stage::Accepted | Stage::Queued | Stage::Attempted => continue,
            };
            let origin = Origin {
                position: at.position,
                at: at.time,
            };
            took(origin, section, from, card, ledger);
        }
    }
}

fn took(origin: Origin, section: &'static str, from: Option<Moment>, card: &Card, ledger: &mut Ledger) {
    let (Some(from), Some(kind)) = (from, card.row.kind) else {
        return;
    };
    // Clocks of several nodes may disagree by a little; nothing takes less than no time.
    let took = (origin.at - from.time).num_milliseconds().max(0);
    let place = Cell {
        section,
        labels: vec![Cow::Borrowed(kind.as_str())],
    };
    ledger.note(origin, place, &card.row, took, 1);
}
