//! What waits for the morning or for a digest's time follows the person's zone, quiet hours and plan: where these change, it is
//! put off anew, or free at once.

use chrono::{DateTime, Utc};
use events::user::{DeferReason, NotificationDeferred, Presence, Settings};
use events::{Metadata, NotificationId, UserEvent};

use super::cause::cause;
use super::{Decision, Fact};
use crate::settings::Rules;
use crate::user::quiet;
use crate::user::state::{Notification, Phase, UserState};

pub(super) fn follow(decision: &mut Decision, state: &UserState, now: DateTime<Utc>, rules: &Rules) {
    let told: Vec<&Fact> = decision
        .facts
        .iter()
        .filter(|fact| is_about_time(&fact.event))
        .collect();
    if told.is_empty() {
        return;
    }
    let mut after = state.clone();
    for fact in told {
        let meta = Metadata {
            time: now,
            correlation_id: fact.correlation_id,
            causation_id: fact.causation_id,
        };
        after.apply(&fact.event, &meta);
    }
    let is_same = quiet::zone(state) == quiet::zone(&after)
        && (state.preferences.quiet_hours, state.preferences.digest)
            == (after.preferences.quiet_hours, after.preferences.digest);
    if is_same {
        return;
    }
    let waiting = state
        .notifications
        .iter()
        .filter(|card| !is_decided(decision, card.id));
    let moved: Vec<(&Notification, NotificationDeferred)> = waiting
        .filter_map(|card| Some((card, put_off(card, &after, now, rules)?)))
        .collect();
    for (card, event) in moved {
        decision.record(card.correlation_id, cause(card), event);
    }
}

/// Until when a card that waits is put off now, where that is another time.
fn put_off(
    card: &Notification,
    after: &UserState,
    now: DateTime<Utc>,
    rules: &Rules,
) -> Option<NotificationDeferred> {
    let Phase::Deferred(until) = card.phase else {
        return None;
    };
    let reason = card.deferred_for?;
    let moved = match reason {
        DeferReason::QuietHours => quiet::quiet_until(after, now, rules).unwrap_or(now),
        // Nothing but a digest is put off for this.
        DeferReason::Digest => {
            let plan = after.preferences.digest.unwrap_or_default();
            quiet::digest_at(quiet::zone(after), plan, now)
        }
        DeferReason::Paused
        | DeferReason::Scheduled
        | DeferReason::Profile
        | DeferReason::Conflict
        | DeferReason::Throttled => return None,
    };
    (until > now && moved != until).then_some(NotificationDeferred {
        notification_id: card.id,
        until: moved,
        reason,
    })
}

/// Whether this decision says already what becomes of the card.
fn is_decided(decision: &Decision, id: NotificationId) -> bool {
    decision.facts.iter().any(|fact| match &fact.event {
        UserEvent::Queue(event) => event.notification_id() == id,
        UserEvent::Presence(_)
        | UserEvent::Identity(_)
        | UserEvent::Settings(_)
        | UserEvent::Chat(_)
        | UserEvent::Answer(_)
        | UserEvent::Delivery(_)
        | UserEvent::Update(_) => false,
    })
}

fn is_about_time(event: &UserEvent) -> bool {
    matches!(
        event,
        UserEvent::Presence(Presence::ClientObserved(_) | Presence::ClientDefaultsChanged(_))
            | UserEvent::Settings(Settings::PreferencesChanged(_))
    )
}
