//! Rows that nothing which is folded looks at: what became of a card in its history, and which domain events were accepted.
//! They are written when the batch has told what is to be done, so that no card waits for them.

use std::cell::RefCell;

use events::{EventId, NotificationId};
use rusqlite::Connection;

use crate::database::{Sql, Statements as _};

/// Something that touched a card.
#[derive(Debug)]
pub(crate) struct Note {
    /// The card's row.
    pub(crate) row: i64,
    pub(crate) notification: NotificationId,
    pub(crate) position: i64,
    pub(crate) what: &'static str,
    pub(crate) ms: i64,
    /// As JSON.
    pub(crate) detail: String,
}

/// A domain event that was accepted.
#[derive(Debug)]
pub(crate) struct Accepted {
    pub(crate) event: EventId,
    pub(crate) position: i64,
    pub(crate) ms: i64,
    pub(crate) superseded: bool,
}

/// What is written when the batch is folded, in order.
#[derive(Debug, Default)]
pub(crate) struct Later {
    notes: RefCell<Vec<Note>>,
    accepted: RefCell<Vec<Accepted>>,
}

impl Later {
    pub(crate) fn note(&self, note: Note) {
        self.notes.borrow_mut().push(note);
    }

    pub(crate) fn accept(&self, accepted: Accepted) {
        self.accepted.borrow_mut().push(accepted);
    }

    /// Writes it: rows of one table after the other, each in the order of its key, so that pages are touched once.
    pub(crate) fn write(self, db: &Connection) -> Sql<()> {
        let mut notes = self.notes.into_inner();
        notes.sort_by_key(|note| (note.row, note.position));
        for note in notes {
            db.run(
                "INSERT OR REPLACE INTO history (row, notification, position, what, time_ms, detail)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                (
                    note.row,
                    note.notification.0.into_bytes(),
                    note.position,
                    note.what,
                    note.ms,
                    note.detail,
                ),
            )?;
        }
        let mut accepted = self.accepted.into_inner();
        // Of the same event the first counts.
        accepted.sort_by_key(|accepted| (accepted.event, accepted.position));
        for accepted in accepted {
            db.run(
                "INSERT OR IGNORE INTO accepted (event, position, accepted_ms, superseded) VALUES (?1, ?2, ?3, ?4)",
                (
                    accepted.event.0.into_bytes(),
                    accepted.position,
                    accepted.ms,
                    accepted.superseded,
                ),
            )?;
        }
        Ok(())
    }
}
