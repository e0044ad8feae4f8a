//! Programmes and ERGs: what reached people, and who comes to events.

use std::borrow::Cow;
use std::sync::Arc;

use events::organization::CardKind;
use events::user::{Answer, Rsvp};
use events::{Event, NotificationId, UserEvent};

use super::card_state::Stage;
use super::cards::{Cards, Moment, Step};
use super::definition::{Definition, Measure, Section};
use super::kept::Kept;
use super::ledger::{Cell, Ledger, Origin, Row, cell};
use super::state_file::StateFile;

pub(super) static DEFINITION: Definition = Definition {
    name: "programmes",
    version: 1,
    about: "what each programme sent and what reached people, and who comes to ERG events",
    text: "cards: per programme (the name that Chronus gives in its events; '(none)' where it gives none) how many cards were \
           accepted, delivered, seen and acted on, as in the report delivery. events: one row is one invitation card of an ERG \
           event for one person. invited: accepted. reached: in the chat. going, maybe, not_going: the newest answer. changed: \
           answered more than once with different answers. no_answer: reached, and not answered. Time: when the invitation \
           happened. Erased people keep counting.",
    sections: &[
        Section {
            name: "cards",
            title: "Cards by programme",
            labels: &["programme", "stage"],
            measure: Measure::Count(None),
            lines: &[],
            group_labels: 1,
            moves: false,
        },
        Section {
            name: "events",
            title: "Answers to invitations",
            labels: &["answer"],
            measure: Measure::Count(Some(&["invited"])),
            lines: &[
                &["invited"],
                &["reached"],
                &["going"],
                &["maybe"],
                &["not_going"],
                &["changed"],
                &["no_answer"],
            ],
            group_labels: 0,
            moves: true,
        },
    ],
    guarded: true,
    of_cards: true,
};

/// The newest answer to each invitation, and whether it was changed.
#[derive(Debug)]
pub(super) struct Programmes {
    answers: Kept<NotificationId, (Rsvp, bool)>,
}

impl Default for Programmes {
    fn default() -> Self {
        Self {
            answers: Kept::new("rsvps"),
        }
    }
}

impl Programmes {
    pub(super) fn go_on_from(&mut self, file: &StateFile) {
        self.answers.go_on_from(file);
    }

    pub(super) fn settle(&mut self) {
        self.answers.settle();
    }

    pub(super) fn see(
        &mut self,
        at: Moment,
        event: &Event,
        steps: &[Step],
        cards: &Cards,
        ledger: &mut Ledger,
    ) {
        for step in steps {
            let Some(card) = cards.get(step.id) else { continue };
            let origin = Origin {
                position: at.position,
                at: card.happened,
            };
            for stage in &step.reached {
                reached(origin, *stage, &card.row, ledger);
            }
        }
        if let Event::User(UserEvent::Answer(Answer::EventRsvpGiven(e))) = event
            && let Some(card) = cards.get(e.on.notification_id)
        {
            let origin = Origin {
                position: at.position,
                at: card.happened,
            };
            self.answered(origin, e.on.notification_id, e.rsvp, &card.row, ledger);
        }
    }

    fn answered(
        &mut self,
        origin: Origin,
        id: NotificationId,
        rsvp: Rsvp,
        row: &Arc<Row>,
        ledger: &mut Ledger,
    ) {
        if row.kind != Some(CardKind::ErgEvent) {
            return;
        }
        self.answers.need(&id);
        let before = self.answers.get(&id).copied();
        let changed = before.is_some_and(|(old, changed)| changed || old != rsvp);
        self.answers.insert(id, (rsvp, changed));
        match before {
            Some((old, _)) if old == rsvp => return,
            Some((old, had_changed)) => {
                ledger.note(origin, cell("events", [old.as_str()]), row, 1, -1);
                if !had_changed {
                    ledger.count(origin, cell("events", ["changed"]), row);
                }
            }
            None => ledger.note(origin, cell("events", ["no_answer"]), row, 1, -1),
        }
        ledger.count(origin, cell("events", [rsvp.as_str()]), row);
    }
}

fn reached(origin: Origin, stage: Stage, row: &Arc<Row>, ledger: &mut Ledger) {
    let shown = match stage {
        Stage::Accepted | Stage::Delivered | Stage::Seen | Stage::Acted => true,
        Stage::Queued | Stage::Attempted => false,
    };
    if shown {
        let programme = row.program.clone().map_or(Cow::Borrowed("(none)"), Cow::Owned);
        let place = Cell {
            section: "cards",
            labels: vec![programme, Cow::Borrowed(stage.as_str())],
        };
        ledger.count(origin, place, row);
    }
    if row.kind == Some(CardKind::ErgEvent) {
        match stage {
            Stage::Accepted => ledger.count(origin, cell("events", ["invited"]), row),
            Stage::Delivered => {
                ledger.count(origin, cell("events", ["reached"]), row);
                ledger.count(origin, cell("events", ["no_answer"]), row);
            }
            Stage::Queued | Stage::Attempted | Stage::Seen | Stage::Acted => {}
        }
    }
}
