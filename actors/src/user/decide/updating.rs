//! Putting a card's newest form over the one in the chat: what the lanes' commands lead to.

use chrono::{DateTime, Utc};
use events::user::{
    CardUpdateAbandoned, CardUpdateRetryScheduled, CardUpdated, NotificationRequeued, Reachability,
};
use events::{EventId, NotificationId};

use super::Decision;
use super::cause::cause;
use super::sending::shown_by;
use crate::delivery::plan::{Update, UpdateSettlement};
use crate::ports::SendResult;
use crate::settings::Rules;
use crate::user::revisions::{update_is_due, wants_update};
use crate::user::state::{Notification, Phase, UserState};

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
    abandon(state, card, card.wanted, code, now)
}

pub(super) fn finish(
    state: &UserState,
    id: NotificationId,
    revision: u32,
    abandoned: Option<&str>,
    now: DateTime<Utc>,
) -> Decision {
    let Some(card) = outdated(state, id, revision) else {
        return Decision::nothing();
    };
    if let Some(code) = abandoned {
        return abandon(state, card, revision, code, now);
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
        UpdateSettlement::Done => finish(state, id, revision, None, now),
        UpdateSettlement::Abandoned { code } => abandon(state, card, revision, &code, now),
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

/// The card stays as it is in the chat, or is gone from it. What it was to show beside what it shows comes as a card of its
/// own then.
fn abandon(
    state: &UserState,
    card: &Notification,
    revision: u32,
    code: &str,
    now: DateTime<Utc>,
) -> Decision {
    let mut decision = Decision::new(format!("update/{}/{revision}", card.id));
    let event = CardUpdateAbandoned {
        notification_id: card.id,
        revision,
        code: code.to_owned(),
    };
    let is_for_good = event.is_for_good();
    decision.record(card.correlation_id, cause(card), event);
    let bundled = card.of.iter().filter_map(|id| state.notification(*id));
    let unseen =
        bundled.filter(|other| other.phase == Phase::Merged(card.id) && other.delivered_at.is_none());
    for other in unseen.filter(|other| is_for_good && other.expires_at > now) {
        let replay = EventId::derive([
            "unbundled",
            card.id.to_string().as_str(),
            other.id.to_string().as_str(),
        ]);
        let event = NotificationRequeued {
            notification_id: other.id,
            replay_id: replay.0,
            expires_at: other.expires_at,
            by: "service".to_owned(),
        };
        decision.record(other.correlation_id, cause(other), event);
    }
    decision
}
