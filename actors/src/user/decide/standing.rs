//! Cards that tell a person how they are connected are re-rendered when that changes, whatever changed it.

use chrono::{DateTime, Utc};
use events::organization::CardKind;
use events::user::Identity;
use events::{Metadata, UserEvent};

use super::turn::{greeting, update};
use super::{Decision, Fact};
use crate::user::state::{Notification, UserState};
use crate::user::view;

pub(super) fn redraw(decision: &mut Decision, state: &UserState, now: DateTime<Utc>) {
    let identity: Vec<&Fact> = decision
        .facts
        .iter()
        .filter(|fact| is_about_identity(&fact.event))
        .collect();
    let Some(cause) = identity.last().map(|fact| fact.causation_id) else {
        return;
    };
    let mut after = state.clone();
    for fact in identity {
        let meta = Metadata {
            time: now,
            correlation_id: fact.correlation_id,
            causation_id: fact.causation_id,
        };
        after.apply(&fact.event, &meta);
    }
    if view::link(state) == view::link(&after) {
        return;
    }
    let newest = state.notifications.iter().rev().find(|card| tells_standing(card));
    for card in first_greeting(state).into_iter().chain(newest) {
        update(decision, cause, card);
    }
}

/// The first greeting, unless the person went away since.
fn first_greeting(state: &UserState) -> Option<&Notification> {
    let greeted = |greeting: &&Notification| state.installed_at.is_some_and(|at| at <= greeting.queued_at);
    greeting(state).filter(greeted)
}

/// Whether the card shows how the person is connected.
fn tells_standing(card: &Notification) -> bool {
    matches!(
        card.card,
        CardKind::Welcome | CardKind::WelcomeBack | CardKind::Connected | CardKind::Status | CardKind::Help
    )
}

fn is_about_identity(event: &UserEvent) -> bool {
    matches!(
        event,
        UserEvent::Identity(
            Identity::ProfileResolved(_)
                | Identity::ProfileUnavailable(_)
                | Identity::MemberLinked(_)
                | Identity::MemberUnlinked(_)
        )
    )
}
