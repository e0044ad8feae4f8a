//! What an answer is given on: the card about the subject, and the one that was pressed, where that is another.

use events::user::{AnsweredOn, Source};
use events::{EventId, NotificationId, Sealed};
use uuid::Uuid;

use super::turn::{Refusal, Turn};
use crate::action::Act;
use crate::user::command::PressInput;
use crate::user::state::Notification;

/// What an answer is given on.
pub(super) struct On<'a> {
    /// The card about the subject.
    pub(super) card: &'a Notification,
    /// The card that was pressed; `None` for a typed command.
    pub(super) pressed: Option<&'a Notification>,
    /// Which form of the pressed card the person had before them.
    pub(super) revision: Option<u32>,
    /// What is known of what the person gave; `None` for a typed command.
    pub(super) input: Option<&'a PressInput>,
}

impl<'a> On<'a> {
    /// A card that a command names.
    pub(super) fn by_command(card: &'a Notification) -> Self {
        Self {
            card,
            pressed: None,
            revision: None,
            input: None,
        }
    }

    /// The card pressed, where it is not the one about the subject.
    pub(super) fn elsewhere(&self) -> Option<NotificationId> {
        self.pressed
            .map(|pressed| pressed.id)
            .filter(|id| *id != self.card.id)
    }

    /// Whether this very form of the card had its effect before: a double click, or a second device that does not show
    /// the effect yet.
    pub(super) fn is_repeated(&self) -> bool {
        self.pressed
            .zip(self.revision)
            .is_some_and(|(pressed, revision)| revision <= pressed.acted)
    }

    /// Tells what the person gave with `act` from something else: equal words and reasons have equal ones. `None` where
    /// they gave none, or typed.
    pub(super) fn given(&self, act: &Act<Sealed>) -> Option<Uuid> {
        let words = self.input.and_then(|input| input.fingerprint);
        let Act::DeclineRequest {
            reason: Some(reason), ..
        } = act
        else {
            return words;
        };
        let words = words.map(|words| words.to_string()).unwrap_or_default();
        Some(EventId::derive(["given", reason, words.as_str()]).0)
    }

    /// What the answer is about, in the words of its event.
    pub(super) fn about(&self, turn: &Turn<'_>) -> Result<AnsweredOn, Refusal> {
        let (
            Source::DomainEvent {
                organization_id,
                event_id,
                ..
            },
            Some(subject),
        ) = (&self.card.source, &self.card.subject)
        else {
            return Err(Refusal::NOT_AN_ACTION);
        };
        let (state, client) = (turn.state, &turn.inbound.client);
        Ok(AnsweredOn {
            organization_id: organization_id.clone(),
            notification_id: self.card.id,
            subject: subject.clone(),
            domain_event: *event_id,
            member_id: state.link.as_ref().and_then(|link| link.member_id.clone()),
            platform: client.platform.clone().or_else(|| state.client.platform.clone()),
            pressed: self.elsewhere(),
            at: turn.told_at(),
        })
    }

    /// An answer was given: every card about its subject shows it.
    pub(super) fn changed(&self, turn: &mut Turn<'_>) {
        if let Some(subject) = &self.card.subject {
            turn.update_about(subject);
        }
        self.update_pressed(turn);
    }

    /// The pressed card shows that it was.
    pub(super) fn update_pressed(&self, turn: &mut Turn<'_>) {
        if let Some(pressed) = self.pressed {
            turn.update(pressed);
        }
    }
}
