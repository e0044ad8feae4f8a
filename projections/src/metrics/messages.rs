//! Messages between people: what came through the chat, what was written in it, and what was lost.

use std::sync::Arc;

use events::organization::CardKind;
use events::user::{Answer, Chat};
use events::{Event, UserEvent};
use uuid::Uuid;

use super::card_state::Stage;
use super::cards::{Cards, Moment, Step};
use super::definition::{Definition, Measure, Section};
use super::kept::Kept;
use super::ledger::{Ledger, Origin, Row, SharedRow, cell};
use super::state_file::StateFile;

pub(super) static DEFINITION: Definition = Definition {
    name: "messages",
    version: 1,
    about: "messages that reached people, that people wrote, and that were lost",
    text: "received: one row is one message card for one person; shown is what is in the chat or listed on another card, replied \
           what was answered on at least once. written: one row is one text that a person wrote to somebody: reply to a message, \
           or new (the command message). lost: a written text that could not be handed to Chronus as far as is known; its writer \
           was told. Shares are of received. Time: when the message happened (received), when it was written (written, lost). What \
           was said is sealed and counted nowhere. Erased people keep counting.",
    sections: &[
        Section {
            name: "received",
            title: "Messages to people",
            labels: &["step"],
            measure: Measure::Count(Some(&["received"])),
            lines: &[&["received"], &["delivered"], &["seen"], &["replied"]],
            group_labels: 0,
            moves: false,
        },
        Section {
            name: "written",
            title: "Messages that people wrote",
            labels: &["what"],
            measure: Measure::Count(None),
            lines: &[&["reply"], &["new"], &["lost"]],
            group_labels: 0,
            moves: false,
        },
    ],
    guarded: false,
    of_cards: true,
};

/// Who wrote what.
#[derive(Debug)]
pub(super) struct Messages {
    written: Kept<Uuid, SharedRow>,
}

impl Default for Messages {
    fn default() -> Self {
        Self {
            written: Kept::new("written"),
        }
    }
}

impl Messages {
    pub(super) fn go_on_from(&mut self, file: &StateFile) {
        self.written.go_on_from(file);
    }

    pub(super) fn settle(&mut self) {
        self.written.settle();
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
            if card.row.kind != Some(CardKind::Message) {
                continue;
            }
            for stage in &step.reached {
                let word = match stage {
                    Stage::Accepted => "received",
                    Stage::Delivered => "delivered",
                    Stage::Seen => "seen",
                    Stage::Acted => "replied",
                    Stage::Queued | Stage::Attempted => continue,
                };
                let origin = Origin {
                    position: at.position,
                    at: card.happened,
                };
                ledger.count(origin, cell("received", [word]), &card.row);
            }
        }
        self.written(at, event, cards, ledger);
    }

    fn written(&mut self, at: Moment, event: &Event, cards: &Cards, ledger: &mut Ledger) {
        let origin = Origin {
            position: at.position,
            at: at.time,
        };
        match event {
            Event::User(UserEvent::Answer(answer)) => {
                let word = match answer {
                    Answer::MessageReplied(_) => "reply",
                    Answer::MessageSent(_) => "new",
                    Answer::RequestAccepted(_)
                    | Answer::RequestDeclined(_)
                    | Answer::MeetingAccepted(_)
                    | Answer::MeetingDeclined(_)
                    | Answer::MeetingProposed(_)
                    | Answer::MeetingHeld(_)
                    | Answer::EventRsvpGiven(_)
                    | Answer::SurveyAnswered(_)
                    | Answer::AnnouncementAcknowledged(_)
                    | Answer::MatchRequested(_)
                    | Answer::MatchDismissed(_)
                    | Answer::TaskCompleted(_) => return,
                };
                let card = cards.get(answer.answered_on().notification_id);
                if let (Some(id), Some(card)) = (answer.written_id(), card) {
                    let row = Row {
                        id: id.to_string(),
                        ..Row::clone(&card.row)
                    };
                    let row = Arc::new(row);
                    self.written.insert(id, SharedRow(Arc::clone(&row)));
                    ledger.count(origin, cell("written", [word]), &row);
                }
            }
            Event::User(UserEvent::Chat(Chat::MessageHandOverFailed(e))) => {
                self.written.need(&e.reply_id);
                if let Some(row) = self.written.get(&e.reply_id) {
                    ledger.count(origin, cell("written", ["lost"]), &row.0);
                }
            }
            Event::User(_)
            | Event::Organization(_)
            | Event::Tenant(_)
            | Event::Outbound(_)
            | Event::Lease(_)
            | Event::Log(_) => {}
        }
    }
}
