//! One pass over the log for one report.

use std::collections::BTreeMap;

use events::{DecodeError, Event, OrganizationId, Position, Recorded};

use super::cards::{Cards, Moment};
use super::definition::Definition;
use super::fairness::Fairness;
use super::ledger::{Filter, Ledger};
use super::messages::Messages;
use super::people::People;
use super::programmes::Programmes;
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
}

/// The log folded so far into the changes of one report.
#[derive(Debug)]
pub struct Fold {
    definition: &'static Definition,
    family: Family,
    cards: Cards,
    people: People,
    ledger: Ledger,
    /// Each with where it was named first.
    programs: BTreeMap<(OrganizationId, String), Position>,
    organizations: BTreeMap<OrganizationId, Position>,
}

impl Fold {
    /// Before the log's first event; `None` where no family makes the report.
    pub fn new(definition: &'static Definition, filter: Filter) -> Option<Self> {
        Some(Self {
            definition,
            family: Family::of(definition)?,
            cards: Cards::default(),
            people: People::default(),
            ledger: Ledger::new(filter),
            programs: BTreeMap::new(),
            organizations: BTreeMap::new(),
        })
    }

    /// Folds the next event of the log.
    pub fn see(&mut self, recorded: &Recorded) -> Result<(), DecodeError> {
        let event = recorded.decode_any()?;
        self.learn_names(recorded, &event);
        let at = Moment::of(recorded);
        let people = self.people.see(recorded, &event);
        let steps = self.cards.see(recorded, &event);
        let (cards, ledger) = (&self.cards, &mut self.ledger);
        match &mut self.family {
            Family::Delivery => delivery::see(at, &steps, cards, ledger),
            Family::Reach => reach::see(at, &people, ledger),
            Family::Responsiveness => responsiveness::see(at, &steps, cards, ledger),
            Family::Programmes(family) => family.see(at, &event, &steps, cards, ledger),
            Family::Surveys(family) => family.see(at, &event, &steps, cards, ledger),
            Family::Messages(family) => family.see(at, &event, &steps, cards, ledger),
            Family::Faults => faults::see(recorded, &event, cards, ledger),
            Family::Fairness(family) => family.see(at, &steps, cards, ledger),
        }
        Ok(())
    }

    fn learn_names(&mut self, recorded: &Recorded, event: &Event) {
        match event {
            Event::Organization(events::OrganizationEvent::DomainEventAccepted(e)) => {
                let Some(organization) = recorded.stream.organization_id() else {
                    return;
                };
                if let Some(program) = &e.program {
                    let named = (organization.clone(), program.clone());
                    self.programs.entry(named).or_insert(recorded.position);
                }
                self.organizations
                    .entry(organization)
                    .or_insert(recorded.position);
            }
            Event::Tenant(events::TenantEvent::OrganizationLinked(e)) => {
                let named = self.organizations.entry(e.organization_id.clone());
                named.or_insert(recorded.position);
            }
            Event::User(_) | Event::Tenant(_) | Event::Outbound(_) | Event::Lease(_) | Event::Log(_) => {}
        }
    }

    /// What is reported.
    pub fn definition(&self) -> &'static Definition {
        self.definition
    }

    /// The changes so far.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The organizations that the log named up to a position.
    pub fn organizations(&self, upto: Position) -> impl Iterator<Item = &OrganizationId> {
        let named = self.organizations.iter();
        named
            .filter(move |(_, first)| **first <= upto)
            .map(|(organization, _)| organization)
    }

    /// The programmes that events of an organization, or of any, named up to a position.
    pub fn programs<'a>(
        &'a self,
        of: Option<&'a OrganizationId>,
        upto: Position,
    ) -> impl Iterator<Item = &'a str> {
        self.programs
            .iter()
            .filter(move |((organization, _), first)| {
                of.is_none_or(|of| of == organization) && **first <= upto
            })
            .map(|((_, program), _)| program.as_str())
    }
}
