//! Surveys: how many were asked and how far they came. What anybody answered stays sealed and is counted nowhere.

use std::borrow::Cow;
use std::sync::Arc;

use events::organization::CardKind;
use events::user::{Answer, Chat};
use events::{Event, NotificationId, UserEvent};

use super::card_state::Stage;
use super::cards::{Cards, Moment, Step};
use super::definition::{Definition, Measure, Section};
use super::kept::Kept;
use super::ledger::{Cell, Ledger, Origin, Row, cell};
use super::state_file::StateFile;

pub(super) static DEFINITION: Definition = Definition {
    name: "surveys",
    version: 1,
    about: "how many were asked, opened surveys, answered questions, and submitted",
    text: "One row is one survey card for one person. asked: accepted. delivered: in the chat. opened: a read receipt, a press \
           or any later act shows that it was read. begun: a question was answered, submitted or not. completed: it was \
           submitted. Shares are of asked. questions: by survey and question, how many submitted surveys hold an answer to it; \
           what the answers are is sealed and never counted. Groups of fewer than five people are always hidden here, and rows \
           of anonymous surveys are never listed. Time: when Chronus asked. Erased people keep counting.",
    sections: &[
        Section {
            name: "progress",
            title: "How far surveys came",
            labels: &["step"],
            measure: Measure::Count(Some(&["asked"])),
            lines: &[
                &["asked"],
                &["delivered"],
                &["opened"],
                &["begun"],
                &["completed"],
            ],
            group_labels: 0,
            moves: false,
        },
        Section {
            name: "questions",
            title: "Submitted answers by question",
            labels: &["survey", "question"],
            measure: Measure::Count(None),
            lines: &[],
            group_labels: 1,
            moves: true,
        },
    ],
    guarded: true,
    of_cards: true,
};

/// Which questions a survey's submission held, so that a second one does not count twice.
#[derive(Debug)]
pub(super) struct Surveys {
    begun: Kept<NotificationId, bool>,
    submitted: Kept<NotificationId, Vec<String>>,
}

impl Default for Surveys {
    fn default() -> Self {
        Self {
            begun: Kept::new("begun"),
            submitted: Kept::new("submitted"),
        }
    }
}

impl Surveys {
    pub(super) fn go_on_from(&mut self, file: &StateFile) {
        self.begun.go_on_from(file);
        self.submitted.go_on_from(file);
    }

    pub(super) fn settle(&mut self) {
        self.begun.settle();
        self.submitted.settle();
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
            let Some(card) = cards.get(step.id).filter(|card| is_survey(&card.row)) else {
                continue;
            };
            for stage in &step.reached {
                let word = match stage {
                    Stage::Accepted => "asked",
                    Stage::Delivered => "delivered",
                    Stage::Seen => "opened",
                    Stage::Queued | Stage::Attempted | Stage::Acted => continue,
                };
                let origin = Origin {
                    position: at.position,
                    at: card.happened,
                };
                ledger.count(origin, cell("progress", [word]), &card.row);
            }
        }
        match event {
            Event::User(UserEvent::Chat(Chat::SurveyStepSaved(e))) => {
                self.begin(at, e.on.notification_id, cards, ledger);
            }
            Event::User(UserEvent::Answer(Answer::SurveyAnswered(e))) => {
                self.begin(at, e.on.notification_id, cards, ledger);
                let questions = e.answers.iter().map(|answer| answer.question.clone()).collect();
                self.submit(at, e.on.notification_id, questions, cards, ledger);
            }
            Event::User(_)
            | Event::Organization(_)
            | Event::Tenant(_)
            | Event::Outbound(_)
            | Event::Lease(_)
            | Event::Log(_) => {}
        }
    }

    fn begin(&mut self, at: Moment, id: NotificationId, cards: &Cards, ledger: &mut Ledger) {
        self.begun.need(&id);
        if let Some((origin, row)) = survey(at, id, cards)
            && self.begun.insert(id, true).is_none()
        {
            ledger.count(origin, cell("progress", ["begun"]), &row);
        }
    }

    fn submit(
        &mut self,
        at: Moment,
        id: NotificationId,
        questions: Vec<String>,
        cards: &Cards,
        ledger: &mut Ledger,
    ) {
        let Some((origin, row)) = survey(at, id, cards) else {
            return;
        };
        self.submitted.need(&id);
        let before = self.submitted.insert(id, questions.clone());
        if before.is_none() {
            ledger.count(origin, cell("progress", ["completed"]), &row);
        }
        let before = before.unwrap_or_default();
        for gone in before.iter().filter(|one| !questions.contains(one)) {
            ledger.note(origin, question(&row, gone), &row, 1, -1);
        }
        for new in questions.iter().filter(|one| !before.contains(one)) {
            ledger.count(origin, question(&row, new), &row);
        }
    }
}

fn is_survey(row: &Row) -> bool {
    matches!(row.kind, Some(CardKind::Survey | CardKind::SurveyReminder))
}

fn survey(at: Moment, id: NotificationId, cards: &Cards) -> Option<(Origin, Arc<Row>)> {
    let card = cards.get(id).filter(|card| is_survey(&card.row))?;
    let origin = Origin {
        position: at.position,
        at: card.happened,
    };
    Some((origin, Arc::clone(&card.row)))
}

fn question(row: &Row, question: &str) -> Cell {
    let survey = row.subject.as_ref().map(ToString::to_string).unwrap_or_default();
    Cell {
        section: "questions",
        labels: vec![Cow::Owned(survey), Cow::Owned(question.to_owned())],
    }
}
