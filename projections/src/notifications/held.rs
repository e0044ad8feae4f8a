//! The cards that a batch touches. Each is read once and written once, when the batch ends or before any other statement looks
//! at cards ([`crate::fold::Fold::rows`]): a card that is queued, tried and delivered in one batch is one change of its row.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::LazyLock;

use events::NotificationId;
use events::user::SuppressedReason;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};
use uuid::Uuid;

use super::NotificationState;
use crate::database::{Sql, Statements as _, stored_at};

/// What of a notification changes after it was queued.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Card {
    pub(crate) id: NotificationId,
    /// Whether it comes from a domain event.
    pub(crate) of_chronus: bool,
    pub(crate) user: Option<String>,
    pub(crate) tenant: Option<String>,
    pub(crate) rank: i64,
    pub(crate) state: NotificationState,
    pub(crate) reason: Option<String>,
    pub(crate) code: Option<String>,
    pub(crate) status: Option<u16>,
    pub(crate) state_position: i64,
    pub(crate) state_ms: i64,
    pub(crate) settled_ms: Option<i64>,
    pub(crate) expires_ms: i64,
    pub(crate) queued_position: Option<i64>,
    pub(crate) queued_ms: Option<i64>,
    pub(crate) due_ms: Option<i64>,
    pub(crate) owed_ms: Option<i64>,
    pub(crate) attempts: u32,
    pub(crate) activity: Option<String>,
    pub(crate) shown: u32,
    pub(crate) wanted: u32,
    pub(crate) abandoned: u32,
    pub(crate) update_position: Option<i64>,
    pub(crate) update_ms: Option<i64>,
    pub(crate) update_due_ms: Option<i64>,
    pub(crate) answer: Option<String>,
    /// Why it is not sent although it waits: its part was switched off.
    pub(crate) stopped: Option<SuppressedReason>,
}

impl Card {
    /// The statement that reads `which` of them, as [`Self::read`] wants them, and `further` columns.
    pub(crate) fn select(further: &str, which: &str) -> String {
        format!(
            "SELECT user, tenant, class, state, reason, code, status, state_position, state_ms, settled_ms, queued_position,
                 queued_ms, due_ms, attempts, activity, shown, wanted, abandoned, update_position, update_ms, answer,
                 expires_ms, update_due_ms, owed_ms, organization IS NOT NULL, id, stopped{further}
             FROM notifications {which}"
        )
    }

    /// Reads by number: this is the read that folding does most.
    pub(crate) fn read(row: &Row<'_>) -> Sql<Self> {
        Ok(Self {
            id: NotificationId(Uuid::from_bytes(row.get(25)?)),
            stopped: stopped_at(row, 26)?,
            of_chronus: row.get(24)?,
            user: row.get(0)?,
            tenant: row.get(1)?,
            rank: row.get(2)?,
            state: stored_at(row, 3)?,
            reason: row.get(4)?,
            code: row.get(5)?,
            status: row.get(6)?,
            state_position: row.get(7)?,
            state_ms: row.get(8)?,
            settled_ms: row.get(9)?,
            queued_position: row.get(10)?,
            queued_ms: row.get(11)?,
            due_ms: row.get(12)?,
            attempts: row.get(13)?,
            activity: row.get(14)?,
            shown: row.get(15)?,
            wanted: row.get(16)?,
            abandoned: row.get(17)?,
            update_position: row.get(18)?,
            update_ms: row.get(19)?,
            answer: row.get(20)?,
            expires_ms: row.get(21)?,
            update_due_ms: row.get(22)?,
            owed_ms: row.get(23)?,
        })
    }

    /// The columns of [`Self::read_waiting`].
    pub(crate) const WAITING: &'static str =
        "user, class, state, reason, queued_position, queued_ms, due_ms, expires_ms, owed_ms,
         organization IS NOT NULL, id, stopped";

    /// Reads no more than what says when a card is to be sent: a start does this for each that waits.
    pub(crate) fn read_waiting(row: &Row<'_>) -> Sql<Self> {
        Ok(Self {
            user: row.get(0)?,
            rank: row.get(1)?,
            state: stored_at(row, 2)?,
            reason: row.get(3)?,
            queued_position: row.get(4)?,
            queued_ms: row.get(5)?,
            due_ms: row.get(6)?,
            expires_ms: row.get(7)?,
            owed_ms: row.get(8)?,
            of_chronus: row.get(9)?,
            id: NotificationId(Uuid::from_bytes(row.get(10)?)),
            stopped: stopped_at(row, 11)?,
            tenant: None,
            code: None,
            status: None,
            state_position: 0,
            state_ms: 0,
            settled_ms: None,
            attempts: 0,
            activity: None,
            shown: 0,
            wanted: 0,
            abandoned: 0,
            update_position: None,
            update_ms: None,
            update_due_ms: None,
            answer: None,
        })
    }

    /// Whether another card about the same subject shows it.
    fn is_covered(&self) -> bool {
        self.state == NotificationState::Merged && self.reason.as_deref() == Some(super::SAME_SUBJECT)
    }
}

/// Why a card is stopped, in this column.
fn stopped_at(row: &Row<'_>, column: usize) -> Sql<Option<SuppressedReason>> {
    match row.get_ref(column)? {
        ValueRef::Null => Ok(None),
        ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Text(_) | ValueRef::Blob(_) => {
            stored_at(row, column).map(Some)
        }
    }
}

/// A card of the batch, with what of its row does not change by being sent.
#[derive(Debug)]
pub(crate) struct Held {
    row: i64,
    pub(crate) card: Card,
    pub(crate) organization: Option<String>,
    pub(crate) domain_event: Option<[u8; 16]>,
    /// The stored name of its kind.
    pub(crate) kind: String,
    pub(crate) subject: Option<String>,
    /// Whether Chronus was told that it does not arrive as things stand.
    pub(crate) unreached: bool,
    /// 1 once it arrived, 2 once it was seen.
    pub(crate) arrived: i64,
    /// Whether the row is another one by now.
    pub(crate) changed: bool,
    /// Whether its row is that of a card that another one shows.
    was_covered: bool,
}

impl Held {
    fn read(row: &Row<'_>) -> Sql<Self> {
        let card = Card::read(row)?;
        Ok(Self {
            was_covered: card.is_covered(),
            card,
            row: row.get(27)?,
            organization: row.get(28)?,
            domain_event: row.get(29)?,
            kind: row.get(30)?,
            subject: row.get(31)?,
            unreached: row.get(32)?,
            arrived: row.get(33)?,
            changed: false,
        })
    }

    fn write(&self, db: &Connection) -> Sql<()> {
        let card = &self.card;
        db.prepare_cached(
            "UPDATE notifications SET state = ?2, reason = ?3, code = ?4, status = ?5, state_position = ?6,
                 state_ms = ?7, settled_ms = ?8, due_ms = ?9, attempts = ?10, activity = ?11, shown = ?12,
                 wanted = ?13, abandoned = ?14, update_position = ?15, update_ms = ?16, answer = ?17,
                 expires_ms = ?18, queued_position = ?19, queued_ms = ?20, update_due_ms = ?21, owed_ms = ?22,
                 arrived = ?23, stopped = ?24
             WHERE row = ?1",
        )?
        .execute(rusqlite::params![
            self.row,
            card.state.as_str(),
            card.reason,
            card.code,
            card.status,
            card.state_position,
            card.state_ms,
            card.settled_ms,
            card.due_ms,
            card.attempts,
            card.activity,
            card.shown,
            card.wanted,
            card.abandoned,
            card.update_position,
            card.update_ms,
            card.answer,
            card.expires_ms,
            card.queued_position,
            card.queued_ms,
            card.update_due_ms,
            card.owed_ms,
            self.arrived,
            card.stopped.map(SuppressedReason::as_str),
        ])
        .map(drop)
    }
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Cards {
    held: RefCell<HashMap<NotificationId, Held>>,
    /// Where rows are is known for as long as the batch lasts: none is taken out.
    rows: RefCell<HashMap<NotificationId, i64>>,
    /// Whether something is held that is not written.
    changed: Cell<bool>,
    /// Whether that is about cards that others show.
    covered: Cell<bool>,
}

impl Cards {
    /// Looks at a card as the batch has it so far, and may change it; `None` where there is none.
    pub(crate) fn with<T>(
        &self,
        db: &Connection,
        id: NotificationId,
        look: impl FnOnce(&mut Held) -> T,
    ) -> Sql<Option<T>> {
        static BY_ID: LazyLock<String> = LazyLock::new(|| {
            Card::select(
                ", row, organization, domain_event, card, subject, unreached <> '', arrived",
                "WHERE id = ?1",
            )
        });
        let mut held = self.held.borrow_mut();
        let one = match held.entry(id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                let Some(read) = db.first(&BY_ID, [id.0.into_bytes()], Held::read)? else {
                    return Ok(None);
                };
                self.rows.borrow_mut().insert(id, read.row);
                place.insert(read)
            }
        };
        let seen = look(one);
        if one.changed {
            self.changed.set(true);
            let covered = self.covered.get() || one.was_covered || one.card.is_covered();
            self.covered.set(covered);
        }
        Ok(Some(seen))
    }

    /// Where a card's row is.
    pub(crate) fn row(&self, db: &Connection, id: NotificationId) -> Sql<Option<i64>> {
        if let Some(row) = self.rows.borrow().get(&id) {
            return Ok(Some(*row));
        }
        let sql = "SELECT row FROM notifications WHERE id = ?1";
        let row = db.first(sql, [id.0.into_bytes()], |row| row.get(0))?;
        if let Some(row) = row {
            self.came(id, row);
        }
        Ok(row)
    }

    /// A card's row was written.
    pub(crate) fn came(&self, id: NotificationId, row: i64) {
        self.rows.borrow_mut().insert(id, row);
    }

    /// Writes what changed, each row once and in their order, and holds nothing any more.
    pub(crate) fn write(&self, db: &Connection) -> Sql<()> {
        let mut held = self.held.borrow_mut();
        if self.changed.replace(false) {
            let mut changed: Vec<&Held> = held.values().filter(|held| held.changed).collect();
            changed.sort_by_key(|held| held.row);
            changed.into_iter().try_for_each(|held| held.write(db))?;
        }
        self.covered.set(false);
        held.clear();
        Ok(())
    }

    /// The same before a statement that asks of cards only which ones others show.
    pub(crate) fn write_covered(&self, db: &Connection) -> Sql<()> {
        if self.covered.get() {
            self.write(db)
        } else {
            Ok(())
        }
    }
}
