//! Putting a card's newest form over the one in the chat: what the lanes' commands lead to.

use chrono::{DateTime, Utc};
use events::NotificationId;
use events::user::{CardUpdateAbandoned, CardUpdateRetryScheduled, CardUpdated, Reachability};

use super::Decision;
use super::cause::cause;
use super::sending::shown_by;
use crate::delivery::plan::{Update, UpdateSettlement};
use crate::ports::SendResult;
use crate::settings::Rules;
use crate::user::revisions::{update_is_due, wants_update};
use crate::user::state::{Notification, UserState};

/// An update in place is a PUT, safe to repeat, so it needs no record before it; what became of it is recorded.
pub(super) fn begin(state: &UserState, id: NotificationId, now: DateTime<Utc>) -> Decision {
    let Some(card) = state.notification(id).filter(|card| update_is_due(card, now)) else {
        return Decision::nothing();
    };
    let reachable = state.installed && state.reachability == Reachability::Reachable;
    if reachable && card.activity_id.is_some() {
        return Decision::nothing();
    }
    let code = if reachable {
        "no_activity_id"
    } else {
        CardUpdateAbandoned::NOT_REACHABLE
    };
    abandon(card, card.wanted, code)
}

pub(super) fn finish(
    state: &UserState,
    id: NotificationId,
    revision: u32,
    abandoned: Option<&str>,
) -> Decision {
    let Some(card) = outdated(state, id, revision) else {
        return Decision::nothing();
    };
    if let Some(code) = abandoned {
        return abandon(card, revision, code);
    }
    let mut decision = Decision::new(format!("update/{id}/{revision}"));
    let event = CardUpdated {
        notification_id: id,
        revision,
    };
    decision.record(card.correlation_id, cause(card), event);
    if revision >= card.wanted {
        shown_by(&mut decision, state, card, cause(card));
    }
    decision
}

/// A try that did not put it: tried again like a card, unless the message itself is gone.
pub(super) fn failed(
    state: &UserState,
    id: NotificationId,
    revision: u32,
    result: &SendResult,
    now: DateTime<Utc>,
    rules: &Rules,
) -> Decision {
    let Some(card) = outdated(state, id, revision) else {
        return Decision::nothing();
    };
    let this = Update {
        notification_id: id,
        tries: card.update_tries + 1,
        now,
    };
    match rules.plan.settle_update(this, result) {
        UpdateSettlement::Done => finish(state, id, revision, None),
        UpdateSettlement::Abandoned { code } => abandon(card, revision, &code),
        UpdateSettlement::Retry {
            at,
            reason,
            status,
            recover,
        } => {
            let mut decision = Decision::new(format!("update/{id}/{revision}/{}", this.tries));
            let event = CardUpdateRetryScheduled {
                notification_id: id,
                revision,
                tries: this.tries,
                retry_at: at,
                reason,
                status,
                recover,
            };
            decision.record(card.correlation_id, cause(card), event);
            decision
        }
    }
}

fn outdated(state: &UserState, id: NotificationId, revision: u32) -> Option<&Notification> {
    state
        .notification(id)
        .filter(|card| wants_update(card) && revision > card.shown)
}

fn abandon(card: &Notification, revision: u32, code: &str) -> Decision {
    let mut decision = Decision::new(format!("update/{}/{revision}", card.id));
    let event = CardUpdateAbandoned {
        notification_id: card.id,
        revision,
        code: code.to_owned(),
    };
    decision.record(card.correlation_id, cause(card), event);
    decision
}
