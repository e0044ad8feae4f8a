//! One pass over the log for one report, or for all of them.

use events::{DecodeError, Recorded};

use super::cards::{Cards, Moment};
use super::catalogue;
use super::definition::Definition;
use super::fairness::Fairness;
use super::ledger::{Filter, Ledger};
use super::messages::Messages;
use super::names::Names;
use super::people::People;
use super::programmes::Programmes;
use super::state_file::StateFile;
use super::surveys::Surveys;
use super::{delivery, faults, reach, responsiveness};

/// What a family remembers of the log.
#[derive(Debug)]
enum Family {
    Delivery,
    Reach,
    Responsiveness,
    Programmes(Programmes),
    Surveys(Surveys),
    Messages(Messages),
    Faults,
    Fairness(Fairness),
}

impl Family {
    fn of(definition: &Definition) -> Option<Self> {
        Some(match definition.name {
            "delivery" => Self::Delivery,
            "reach" => Self::Reach,
            "responsiveness" => Self::Responsiveness,
            "programmes" => Self::Programmes(Programmes::default()),
            "surveys" => Self::Surveys(Surveys::default()),
            "messages" => Self::Messages(Messages::default()),
            "faults" => Self::Faults,
            "fairness" => Self::Fairness(Fairness::default()),
            _ => return None,
        })
    }

    fn go_on_from(&mut self, file: &StateFile) {
        match self {
            Self::Delivery | Self::Reach | Self::Responsiveness | Self::Faults => {}
            Self::Programmes(family) => family.go_on_from(file),
            Self::Surveys(family) => family.go_on_from(file),
            Self::Messages(family) => family.go_on_from(file),
            Self::Fairness(family) => family.go_on_from(file),
        }
    }

    fn settle(&mut self) {
        match self {
            Self::Delivery | Self::Reach | Self::Responsiveness | Self::Faults => {}
            Self::Programmes(family) => family.settle(),
            Self::Surveys(family) => family.settle(),
            Self::Messages(family) => family.settle(),
            Self::Fairness(family) => family.settle(),
        }
    }
}

/// One report in the making.
#[derive(Debug)]
struct Part {
    definition: &'static Definition,
    family: Family,
    ledger: Ledger,
}

impl Part {
    fn new(definition: &'static Definition, filter: Filter) -> Option<Self> {
        Some(Self {
            definition,
            family: Family::of(definition)?,
            ledger: Ledger::new(filter),
        })
    }
}

/// The log folded so far into the changes of reports.
#[derive(Debug)]
pub struct Fold {
    first: Part,
    others: Vec<Part>,
    cards: Cards,
    people: People,
    names: Names,
}

impl Fold {
    /// Of one report, before the log's first event; `None` where no family makes the report.
    pub fn new(definition: &'static Definition, filter: Filter) -> Option<Self> {
        Some(Self::with(Part::new(definition, filter)?, Vec::new()))
    }

    fn with(first: Part, others: Vec<Part>) -> Self {
        Self {
            first,
            others,
            cards: Cards::default(),
            people: People::default(),
            names: Names::default(),
        }
    }

    /// Of every report, before the log's first event; `None` where no family makes one.
    pub fn of_every_report() -> Option<Self> {
        let all = Filter {
            chat: true,
            ..Filter::default()
        };
        let parts = catalogue::ALL.into_iter();
        let mut parts = parts.filter_map(|definition| Part::new(definition, all.clone()));
        let first = parts.next()?;
        Some(Self::with(first, parts.collect()))
    }

    /// Of every report, where the state in a file ends.
    pub(super) fn of_all(file: &StateFile) -> Option<Self> {
        let mut fold = Self::of_every_report()?;
        fold.cards.go_on_from(file);
        fold.people.go_on_from(file);
        for part in fold.parts() {
            part.family.go_on_from(file);
        }
        fold.names = Names::read(file);
        Some(fold)
    }

    /// Writes the state into the file from which it goes on.
    pub(super) fn settle(&mut self, file: &StateFile) {
        self.cards.settle();
        self.people.settle();
        for part in self.parts() {
            part.family.settle();
        }
        self.names.write(file);
    }

    fn parts(&mut self) -> impl Iterator<Item = &mut Part> {
        std::iter::once(&mut self.first).chain(&mut self.others)
    }

    /// Folds the next event of the log.
    pub fn see(&mut self, recorded: &Recorded) -> Result<(), DecodeError> {
        let event = recorded.decode_any()?;
        self.names.learn(recorded, &event);
        let at = Moment::of(recorded);
        let people = self.people.see(recorded, &event);
        let steps = self.cards.see(recorded, &event);
        let cards = &self.cards;
        for part in std::iter::once(&mut self.first).chain(&mut self.others) {
            let ledger = &mut part.ledger;
            match &mut part.family {
                Family::Delivery => delivery::see(at, &steps, cards, ledger),
                Family::Reach => reach::see(at, &people, ledger),
                Family::Responsiveness => responsiveness::see(at, &steps, cards, ledger),
                Family::Programmes(family) => family.see(at, &event, &steps, cards, ledger),
                Family::Surveys(family) => family.see(at, &event, &steps, cards, ledger),
                Family::Messages(family) => family.see(at, &event, &steps, cards, ledger),
                Family::Faults => faults::see(recorded, &event, cards, ledger),
                Family::Fairness(family) => family.see(at, &steps, cards, ledger),
            }
        }
        Ok(())
    }

    /// What is reported; of several the first.
    pub fn definition(&self) -> &'static Definition {
        self.first.definition
    }

    /// The changes so far; of several reports the first's.
    pub fn ledger(&self) -> &Ledger {
        &self.first.ledger
    }

    /// Lets go of the changes so far; what they are changes of is still known.
    pub fn forget_changes(&mut self) {
        for part in self.parts() {
            part.ledger.forget_changes();
        }
    }

    /// The changes of a report so far.
    pub fn ledger_of(&self, definition: &Definition) -> Option<&Ledger> {
        let mut parts = std::iter::once(&self.first).chain(&self.others);
        let found = parts.find(|part| part.definition.name == definition.name);
        found.map(|part| &part.ledger)
    }

    /// The names that the log holds.
    pub fn names(&self) -> &Names {
        &self.names
    }
}
