//! Receipts that outran the try that made their message: somebody reads or reacts before the connector's own answer, which
//! brings the message's id, was taken in. They are looked at again then. Kept in memory only: a lost one costs no more than
//! that a card counts as seen later, by whatever the person does next.

use std::collections::VecDeque;

use events::ActivityId;

use super::Request;
use super::command::{UserCommand, What};
use super::state::{Phase, UserState};

/// Receipts kept for one person.
const KEPT: usize = 8;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Early(VecDeque<Request>);

impl Early {
    /// Keeps it where its message is not known while a card is on its way, or came to be known together with it.
    pub(super) fn keep(&mut self, request: &Request, state: &UserState) {
        let outran = request.commands.iter().filter_map(message).any(|message| {
            let mut cards = state.notifications.iter();
            let card = cards.find(|card| card.activity_id.as_ref() == Some(message));
            card.map_or_else(|| is_trying(state), |card| !card.seen)
        });
        if outran {
            if self.0.len() == KEPT {
                self.0.pop_front();
            }
            self.0.push_back(request.clone());
        }
    }

    /// Those to look at again: no card is on its way any more.
    pub(super) fn due(&mut self, state: &UserState) -> Vec<Request> {
        if is_trying(state) {
            return Vec::new();
        }
        self.0.drain(..).collect()
    }
}

fn is_trying(state: &UserState) -> bool {
    state
        .notifications
        .iter()
        .any(|card| card.phase == Phase::Attempted)
}

/// The message that a receipt is of.
fn message(command: &UserCommand) -> Option<&ActivityId> {
    let UserCommand::Receive(inbound) = command else {
        return None;
    };
    match &inbound.what {
        What::Reacted(message) | What::ReadUpTo(message) => Some(message),
        What::Installed(_)
        | What::Upgraded
        | What::Uninstalled(_)
        | What::Typed(_)
        | What::Pressed { .. }
        | What::Contact => None,
    }
}

#[cfg(test)]
mod tests;
