//! One notification while an event changes it: read, changed in memory, written back together with the outbox
//! rows that follow from it.

use std::sync::LazyLock;

use events::NotificationId;
use rusqlite::Row;
use serde_json::Value;
use uuid::Uuid;

use super::NotificationState;
use crate::database::{Sql, Statements as _, stored};
use crate::fold::Fold;
use crate::later::Note;
use crate::outbox::{self, Due, Key, Slot};

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
}

/// The particulars of a state.
#[derive(Debug)]
pub(crate) struct Why {
    pub(crate) reason: Option<String>,
    pub(crate) code: Option<String>,
    pub(crate) status: Option<u16>,
    pub(crate) due_ms: Option<i64>,
}

impl Why {
    /// A state that needs no reason.
    pub(crate) const PLAIN: Self = Self {
        reason: None,
        code: None,
        status: None,
        due_ms: None,
    };

    /// A reason and nothing else.
    pub(crate) fn because(reason: impl Into<String>) -> Self {
        Self {
            reason: Some(reason.into()),
            ..Self::PLAIN
        }
    }
}

/// How sure a state is that the person has the card; a surer one is not taken back by a less sure one.
fn certainty(state: NotificationState) -> u8 {
    match state {
        NotificationState::Answered => 2,
        NotificationState::Seen => 1,
        NotificationState::Unresolved
        | NotificationState::Resolved
        | NotificationState::Queued
        | NotificationState::Attempted
        | NotificationState::Retry
        | NotificationState::Delivered
        | NotificationState::Refused
        | NotificationState::UnknownHeld
        | NotificationState::UnknownRetry
        | NotificationState::Suppressed
        | NotificationState::Withdrawn
        | NotificationState::Expired
        | NotificationState::Deferred
        | NotificationState::Merged
        | NotificationState::Unroutable => 0,
    }
}

impl Card {
    /// The statement that reads `which` of them, as [`Self::read`] wants them.
    pub(crate) fn select(which: &str) -> String {
        format!(
            "SELECT user, tenant, class, state, reason, code, status, state_position, state_ms, settled_ms, queued_position,
                 queued_ms, due_ms, attempts, activity, shown, wanted, abandoned, update_position, update_ms, answer,
                 expires_ms, update_due_ms, owed_ms, organization IS NOT NULL, id
             FROM notifications {which}"
        )
    }

    pub(crate) fn load(f: &Fold<'_>, id: NotificationId) -> Sql<Option<Self>> {
        static BY_ID: LazyLock<String> = LazyLock::new(|| Card::select("WHERE id = ?1"));
        f.db.first(&BY_ID, [id.0.into_bytes()], Self::read)
    }

    /// Reads by number: this is the read that folding does most.
    pub(crate) fn read(row: &Row<'_>) -> Sql<Self> {
        Ok(Self {
            id: NotificationId(Uuid::from_bytes(row.get(25)?)),
            of_chronus: row.get(24)?,
            user: row.get(0)?,
            tenant: row.get(1)?,
            rank: row.get(2)?,
            state: stored(row, "state")?,
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

    /// Enters a state; one that is surer that the person has the card stays.
    pub(crate) fn enter(&mut self, f: &Fold<'_>, state: NotificationState, why: Why) {
        if certainty(self.state) > certainty(state) {
            return;
        }
        self.state = state;
        self.state_position = f.position;
        self.state_ms = f.ms;
        self.reason = why.reason;
        self.code = why.code;
        self.status = why.status;
        self.due_ms = why.due_ms;
        self.settled_ms = if state.is_settled() {
            self.settled_ms.or(Some(f.ms))
        } else {
            None
        };
    }

    /// Whether it holds back no later card of the person: one that is put off, and one that waits for hours to find out
    /// whether an administrator's switch still holds, which ends every other card at once.
    fn waits_alone(&self) -> bool {
        self.probes() || self.state == NotificationState::Deferred
    }

    /// Whether it waits on purpose to find out whether an administrator's switch still holds.
    fn probes(&self) -> bool {
        self.state == NotificationState::Retry && self.reason.as_deref() == Some("BotDisabledByAdmin")
    }

    /// The outbox row for posting the card, as its state asks.
    pub(crate) fn send(&self) -> Option<(Key<'_>, Due)> {
        let user = self.user.as_deref()?;
        let slot = if self.waits_alone() {
            Slot::Deferred
        } else {
            Slot::Send
        };
        let key = Key::of_card(user, slot, self.rank, self.queued_position?, self.id);
        let waits_since = self.queued_ms?;
        let expires_ms = self.expires_ms;
        let owed_ms = match self.due_ms {
            Some(due_ms) if self.probes() => due_ms,
            Some(_) | None => self.owed_ms.unwrap_or(waits_since),
        };
        let at_once = |attempted| Due {
            expires_ms,
            at_ms: waits_since,
            delayed: false,
            attempted,
            owed_ms,
            of_chronus: self.of_chronus,
        };
        let due = match self.state {
            NotificationState::Queued => at_once(false),
            NotificationState::Attempted => at_once(true),
            NotificationState::Retry | NotificationState::UnknownRetry | NotificationState::Deferred => Due {
                expires_ms,
                at_ms: self.due_ms.unwrap_or(waits_since),
                delayed: true,
                attempted: false,
                owed_ms,
                of_chronus: self.of_chronus,
            },
            NotificationState::Unresolved
            | NotificationState::Resolved
            | NotificationState::Delivered
            | NotificationState::Seen
            | NotificationState::Answered
            | NotificationState::Refused
            | NotificationState::UnknownHeld
            | NotificationState::Suppressed
            | NotificationState::Withdrawn
            | NotificationState::Expired
            | NotificationState::Merged
            | NotificationState::Unroutable => return None,
        };
        Some((key, due))
    }

    /// The outbox row for updating the card in the chat, where it shows something old. A card whose update was
    /// abandoned once is never updated again.
    pub(crate) fn update(&self) -> Option<(Key<'_>, Due)> {
        let in_chat = self.activity.is_some() && self.shown > 0;
        if !in_chat || self.abandoned > 0 || self.wanted <= self.shown {
            return None;
        }
        let (user, position) = (self.user.as_deref()?, self.update_position?);
        if let Some(at_ms) = self.update_due_ms {
            let due = Due {
                expires_ms: 0,
                at_ms,
                delayed: true,
                attempted: false,
                owed_ms: self.update_ms?,
                of_chronus: self.of_chronus,
            };
            return Some((
                Key::of_card(user, Slot::LaterUpdate, self.rank, position, self.id),
                due,
            ));
        }
        let key = Key::of_card(user, Slot::Update, self.rank, position, self.id);
        Some((
            key,
            Due {
                // A card in the chat that is not true any more is put right before new ones come.
                expires_ms: 0,
                at_ms: self.update_ms?,
                delayed: false,
                attempted: false,
                owed_ms: self.update_ms?,
                of_chronus: self.of_chronus,
            },
        ))
    }

    /// Writes the card back, and what `before` and now ask of the outbox.
    pub(crate) fn store(&self, f: &Fold<'_>, before: Option<&Self>) -> Sql<()> {
        f.db.prepare_cached(
            "UPDATE notifications SET state = ?2, reason = ?3, code = ?4, status = ?5, state_position = ?6,
                 state_ms = ?7, settled_ms = ?8, due_ms = ?9, attempts = ?10, activity = ?11, shown = ?12,
                 wanted = ?13, abandoned = ?14, update_position = ?15, update_ms = ?16, answer = ?17,
                 expires_ms = ?18, queued_position = ?19, queued_ms = ?20, update_due_ms = ?21, owed_ms = ?22
             WHERE id = ?1",
        )?
        .execute(rusqlite::params![
            self.id.0.into_bytes(),
            self.state.as_str(),
            self.reason,
            self.code,
            self.status,
            self.state_position,
            self.state_ms,
            self.settled_ms,
            self.due_ms,
            self.attempts,
            self.activity,
            self.shown,
            self.wanted,
            self.abandoned,
            self.update_position,
            self.update_ms,
            self.answer,
            self.expires_ms,
            self.queued_position,
            self.queued_ms,
            self.update_due_ms,
            self.owed_ms,
        ])?;
        sync(f, before.and_then(Self::send).as_ref(), self.send().as_ref());
        sync(f, before.and_then(Self::update).as_ref(), self.update().as_ref());
        Ok(())
    }
}

fn sync(f: &Fold<'_>, before: Option<&(Key<'_>, Due)>, now: Option<&(Key<'_>, Due)>) {
    if before == now {
        return;
    }
    if let Some((key, _)) = before
        && now.is_none_or(|(new, _)| new != key)
    {
        outbox::remove(f, key);
    }
    if let Some((key, due)) = now {
        outbox::put(f, key, *due);
    }
}

/// Changes a notification's row, where there is one.
pub(super) fn change(f: &Fold<'_>, id: NotificationId, apply: impl FnOnce(&mut Card)) -> Sql<()> {
    let Some(before) = Card::load(f, id)? else {
        return Ok(());
    };
    let mut card = before.clone();
    apply(&mut card);
    if card == before {
        return Ok(());
    }
    card.store(f, Some(&before))
}

/// Notes what touched a notification, where there is a row of it.
pub(crate) fn note(f: &Fold<'_>, id: NotificationId, what: &'static str, detail: &Value) -> Sql<()> {
    let sql = "SELECT row FROM notifications WHERE id = ?1";
    if let Some(row) = f.db.first(sql, [id.0.into_bytes()], |row| row.get(0))? {
        f.later.note(Note {
            row,
            notification: id,
            position: f.position,
            what,
            ms: f.ms,
            detail: detail.to_string(),
        });
    }
    Ok(())
}
