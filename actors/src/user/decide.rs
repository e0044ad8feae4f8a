//! The rules of one Teams user: `decide(state, command) -> facts`. Pure: no clock, no store, no network.
//!
//! Every command may come twice (a crash between append and answer, a lagging work list, Teams' own redelivery),
//! so each rule first looks whether its effect is there already.

use chrono::{DateTime, Utc};
use events::user::ProfileCause;
use events::{EventId, UserEvent};
use uuid::Uuid;

use super::command::UserCommand;
use super::state::UserState;
use crate::settings::Rules;

mod afterwards;
mod answer;
mod asked;
mod cap;
mod cause;
mod digest;
mod gate;
mod happened;
mod inbound;
mod link;
mod lists;
mod nudge;
mod on;
mod over;
mod pauses;
mod presence;
mod press;
mod profile;
mod recovering;
mod replan;
mod routing;
mod seen;
mod sending;
mod settings;
mod shown;
mod standing;
mod stopped;
mod survey;
mod switched_off;
#[cfg(test)]
mod tests;
mod turn;
mod unlinked;
mod updating;

pub(crate) use press::pressed_card;
pub(crate) use recovering::requeued;
pub(crate) use sending::asks_first;

/// Facts that a command leads to, all-or-nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// What makes this effect unique; the events' ids are derived from it.
    pub key: String,
    /// In order.
    pub facts: Vec<Fact>,
}

/// One event to append, with its place in the causal thread.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// The event.
    pub event: UserEvent,
    /// The thread.
    pub correlation_id: Uuid,
    /// The direct cause.
    pub causation_id: Uuid,
}

impl Decision {
    fn nothing() -> Self {
        Self {
            key: String::new(),
            facts: Vec::new(),
        }
    }

    fn new(key: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            facts: Vec::new(),
        }
    }

    /// Adds a fact that belongs to the thread `correlation_id` and was caused by `causation_id`.
    fn record(&mut self, correlation_id: Uuid, causation_id: Uuid, event: impl Into<UserEvent>) {
        self.facts.push(Fact {
            event: event.into(),
            correlation_id,
            causation_id,
        });
    }

    /// The id of the fact with this index.
    pub fn event_id(&self, stream: &str, index: usize) -> EventId {
        EventId::derive([stream, self.key.as_str(), index.to_string().as_str()])
    }
}

/// Decides what `command` leads to at `now`.
pub fn decide(state: &UserState, command: &UserCommand, now: DateTime<Utc>, rules: &Rules) -> Decision {
    if let UserCommand::Receive(inbound) = command
        && state.erased
    {
        let Some(inbound) = inbound::comes_back(state, inbound, now) else {
            return Decision::nothing();
        };
        let command = UserCommand::Receive(Box::new(inbound));
        return decide(&state.as_somebody_new(), &command, now, rules);
    }
    let mut decision = decide_command(state, command, now, rules);
    standing::redraw(&mut decision, state, now);
    pauses::redraw(&mut decision, state);
    replan::follow(&mut decision, state, now, rules);
    decision
}

fn decide_command(state: &UserState, command: &UserCommand, now: DateTime<Utc>, rules: &Rules) -> Decision {
    match command {
        UserCommand::Receive(inbound) => inbound::receive(state, inbound, now, rules),
        UserCommand::Queue(route) => routing::queue(state, route, now, rules),
        UserCommand::Link(link) => link::follow(state, link, now),
        UserCommand::ChangeSubject(change) => routing::change_subject(state, change, rules),
        UserCommand::HandOverFailed {
            reply_id,
            correlation_id,
        } => routing::hand_over_failed(state, *reply_id, *correlation_id, now, rules),
        UserCommand::BeginSend { notification_id } => {
            switched_off::begin_on(state, *notification_id, now, rules)
        }
        UserCommand::BeginSendAtOnce { notification_id } => {
            sending::begin_at_once(state, *notification_id, now, rules)
        }
        UserCommand::BeginSendWhileOff { notification_id } => {
            switched_off::begin(state, *notification_id, now, rules)
        }
        UserCommand::TenantOff { notification_id } => {
            switched_off::not_sent(state, *notification_id, now, rules)
        }
        UserCommand::Stop {
            notification_id,
            reason,
        } => stopped::stop(state, *notification_id, *reason),
        UserCommand::WasHeld { notification_id } => {
            switched_off::was_held(state, *notification_id, now, rules)
        }
        UserCommand::ReferenceOpened {
            notification_id,
            attempt,
            conversation,
        } => recovering::opened(state, *notification_id, *attempt, conversation),
        UserCommand::Requeue {
            notification_id,
            replay_id,
            by,
        } => recovering::requeue(state, *notification_id, *replay_id, by, now),
        UserCommand::Erase { erasure_id, by } => presence::erase(state, *erasure_id, by),
        UserCommand::FinishSend {
            notification_id,
            attempt,
            revision,
            result,
        } => sending::finish(state, *notification_id, *attempt, *revision, result, now, rules),
        UserCommand::ContentGone {
            notification_id,
            attempt,
        } => sending::content_gone(state, *notification_id, *attempt),
        UserCommand::Interrupted { notification_id } => {
            sending::interrupted(state, *notification_id, now, rules)
        }
        UserCommand::BeginUpdate { notification_id } => updating::begin(state, *notification_id, now),
        UserCommand::FinishUpdate {
            notification_id,
            revision,
            abandoned,
        } => updating::finish(state, *notification_id, *revision, abandoned.as_deref(), now),
        UserCommand::UpdateFailed {
            notification_id,
            revision,
            result,
        } => updating::failed(state, *notification_id, *revision, result, now, rules),
        UserCommand::UpdateReferenceOpened {
            notification_id,
            revision,
            conversation,
        } => recovering::opened_for_update(state, *notification_id, *revision, conversation),
        UserCommand::Look => Decision::nothing(),
        UserCommand::RequestProfile {
            because: ProfileCause::ChatShared,
            cause,
        } => presence::chat_is_shared(state, *cause),
        UserCommand::RequestProfile { because, cause } => profile::request_for(state, *because, *cause),
        UserCommand::ProfileFound(told) => profile::found(state, told, now),
        UserCommand::ProfileFailed(failure) => profile::failed(state, failure, now, rules),
    }
}
