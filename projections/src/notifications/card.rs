//! One notification while an event changes it, and what follows from it for the outbox.

use events::NotificationId;
use serde_json::Value;

use super::NotificationState;
pub(crate) use super::held::Card;
use crate::database::Sql;
use crate::fold::Fold;
use crate::later::Note;
use crate::outbox::{self, Due, Key, Slot};

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
    /// As the batch has it so far.
    pub(crate) fn load(f: &Fold<'_>, id: NotificationId) -> Sql<Option<Self>> {
        f.cards.with(f.db, id, |held| held.card.clone())
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

    /// Whether it is not sent although it waits. What a lane began is looked at to its end.
    fn is_stopped(&self) -> bool {
        let waits = matches!(
            self.state,
            NotificationState::Queued | NotificationState::Retry | NotificationState::Deferred
        );
        waits && self.stopped.is_some()
    }

    /// Whether it waits for the time that it is meant for, and stands in nobody's queue.
    pub(crate) fn is_scheduled(&self) -> bool {
        self.state == NotificationState::Deferred && self.queued_position.is_none()
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
        if self.is_stopped() {
            return None;
        }
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

/// Changes a notification, where there is one, and what it asks of the outbox.
pub(crate) fn change(f: &Fold<'_>, id: NotificationId, apply: impl FnOnce(&mut Card)) -> Sql<()> {
    change_since(f, id, None, apply)
}

/// The same, where the outbox knows of it what it was at some earlier moment.
pub(super) fn change_since(
    f: &Fold<'_>,
    id: NotificationId,
    since: Option<Card>,
    apply: impl FnOnce(&mut Card),
) -> Sql<()> {
    let changed = f.cards.with(f.db, id, |held| {
        let before = held.card.clone();
        apply(&mut held.card);
        held.changed |= held.card != before;
        (since.unwrap_or(before), held.card.clone())
    })?;
    if let Some((before, card)) = changed.filter(|(before, card)| before != card) {
        sync(f, before.send().as_ref(), card.send().as_ref());
        sync(f, before.update().as_ref(), card.update().as_ref());
    }
    Ok(())
}

/// Notes what touched a notification, where there is a row of it.
pub(crate) fn note(f: &Fold<'_>, id: NotificationId, what: &'static str, detail: &Value) -> Sql<()> {
    if let Some(row) = f.cards.row(f.db, id)? {
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
