//! Changes: from which position on which row counts in which cell. A number is the sum of its changes.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use events::organization::{CardKind, Class};
use events::{OrganizationId, Position, SubjectRef, TenantId};
use serde::{Deserialize, Serialize};

/// What is counted: a card, a person, a try, an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Its id in the log: a notification's, a person's key, an event's.
    pub id: String,
    /// Whose it is; `None` for cards of the chat itself, and people of a tenant that is nobody's yet.
    pub organization: Option<OrganizationId>,
    /// The tenant, once known.
    pub tenant: Option<TenantId>,
    /// The programme that Chronus named.
    pub program: Option<String>,
    /// Which card.
    pub kind: Option<CardKind>,
    /// From person to person, or to many.
    pub class: Option<Class>,
    /// The domain event's type.
    pub event_type: Option<String>,
    /// The Chronus thing.
    pub subject: Option<SubjectRef>,
    /// Whom it concerns: the Teams user's key, or what Chronus named where nobody was found.
    pub person: String,
    /// Whether it is never shown by itself: an anonymous survey's.
    pub anonymous: bool,
}

/// A row as it is written into a checkpoint.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct SharedRow(#[serde(with = "shared")] pub(super) Arc<Row>);

/// Writes what several share as if each had its own.
pub(super) mod shared {
    use std::sync::Arc;

    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    use super::Row;

    pub(in super::super) fn serialize<S: Serializer>(row: &Arc<Row>, into: S) -> Result<S::Ok, S::Error> {
        row.as_ref().serialize(into)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Arc<Row>, D::Error> {
        Row::deserialize(from).map(Arc::new)
    }
}

/// A row counts from here on, or no longer.
#[derive(Debug, Clone)]
pub struct Change {
    /// The event that says so.
    pub position: Position,
    /// When what is counted happened; the bucket goes by it.
    pub at: DateTime<Utc>,
    /// In which cell, see [`Ledger::cell`].
    pub cell: u32,
    /// What.
    pub row: Arc<Row>,
    /// What the row measures there: milliseconds, a place in a queue; 1 where it is only counted.
    pub value: i64,
    /// +1 or -1.
    pub delta: i64,
}

/// One line's place: the section of a report and the labels within it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cell {
    /// The section's name.
    pub section: &'static str,
    /// Its labels, in the order of the section's columns.
    pub labels: Vec<Cow<'static, str>>,
}

/// Which rows are counted; every field narrows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only this organization's.
    pub organization: Option<OrganizationId>,
    /// Only of this programme.
    pub program: Option<String>,
    /// Only these cards.
    pub kind: Option<CardKind>,
    /// Only of domain events of this type.
    pub event_type: Option<String>,
    /// Only what happened at this moment or later.
    pub from: Option<DateTime<Utc>>,
    /// Only what happened before this moment.
    pub to: Option<DateTime<Utc>>,
    /// The chat's own cards too: welcomes and answers to commands.
    pub chat: bool,
}

impl Filter {
    /// Whether a row is counted, whenever it happened.
    pub fn takes(&self, row: &Row) -> bool {
        self.admits(
            row.organization.as_ref(),
            row.program.as_ref(),
            row.kind,
            row.event_type.as_ref(),
        )
    }

    /// The same of what a row says of itself.
    pub(super) fn admits(
        &self,
        organization: Option<&OrganizationId>,
        program: Option<&String>,
        kind: Option<CardKind>,
        event_type: Option<&String>,
    ) -> bool {
        let is = |wanted: &Option<String>, has: Option<&String>| wanted.is_none() || wanted.as_ref() == has;
        self.organization
            .as_ref()
            .map_or(self.chat || organization.is_some() || kind.is_none(), |one| {
                organization == Some(one)
            })
            && is(&self.program, program)
            && is(&self.event_type, event_type)
            && self.kind.is_none_or(|wanted| kind == Some(wanted))
    }

    /// Whether it picks some of an organization's people, and not all of them.
    pub fn narrows(&self) -> bool {
        self.program.is_some()
            || self.kind.is_some()
            || self.event_type.is_some()
            || self.from.is_some()
            || self.to.is_some()
    }
}

/// The changes of one report, in the log's order.
#[derive(Debug, Default)]
pub struct Ledger {
    filter: Filter,
    cells: Vec<Cell>,
    numbers: HashMap<Cell, u32>,
    changes: Vec<Change>,
}

/// Where a change comes from.
#[derive(Debug, Clone, Copy)]
pub struct Origin {
    /// The event.
    pub position: Position,
    /// When what is counted happened.
    pub at: DateTime<Utc>,
}

impl Ledger {
    /// An empty one that keeps what `filter` takes.
    pub fn new(filter: Filter) -> Self {
        Self {
            filter,
            ..Self::default()
        }
    }

    /// The cell with this number.
    pub fn cell(&self, number: u32) -> &Cell {
        &self.cells[number as usize]
    }

    /// Lets go of the changes; cells keep their numbers.
    pub(super) fn forget_changes(&mut self) {
        self.changes.clear();
    }

    /// Every change kept.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// A row counts from here on (`delta` 1), or no longer (-1), with this value.
    pub(super) fn note(&mut self, origin: Origin, cell: Cell, row: &Arc<Row>, value: i64, delta: i64) {
        if !self.filter.takes(row) {
            return;
        }
        let next = u32::try_from(self.cells.len()).unwrap_or(u32::MAX);
        let number = *self.numbers.entry(cell.clone()).or_insert_with(|| {
            self.cells.push(cell);
            next
        });
        self.changes.push(Change {
            position: origin.position,
            at: origin.at,
            cell: number,
            row: Arc::clone(row),
            value,
            delta,
        });
    }

    /// A row counts from here on.
    pub(super) fn count(&mut self, origin: Origin, cell: Cell, row: &Arc<Row>) {
        self.note(origin, cell, row, 1, 1);
    }
}

/// A cell by its section and labels.
pub(super) fn cell<const N: usize>(section: &'static str, labels: [&'static str; N]) -> Cell {
    Cell {
        section,
        labels: labels.into_iter().map(Cow::Borrowed).collect(),
    }
}
