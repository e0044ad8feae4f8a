//! What Teams told of who the person is, or that it does not tell.

use chrono::{DateTime, Utc};
use events::EventId;
use events::user::{ProfileResolved, ProfileUnavailable};
use uuid::Uuid;

use super::Decision;
use super::turn::{greeting, update};
use crate::settings::Rules;
use crate::user::state::{Notification, Profile, UserState};

pub(super) fn found(state: &UserState, profile: &ProfileResolved, now: DateTime<Utc>) -> Decision {
    if state.erased || !matches!(state.profile, Profile::Requested(_)) {
        return Decision::nothing();
    }
    let (mut decision, thread) = told(now, profile.clone());
    draw_greeting(&mut decision, state, thread);
    decision
}

pub(super) fn failed(
    state: &UserState,
    status: Option<u16>,
    code: &str,
    now: DateTime<Utc>,
    rules: &Rules,
) -> Decision {
    let Profile::Requested(failed) = state.profile else {
        return Decision::nothing();
    };
    // 403 and 404 are the connector's last word until the person shows up again.
    let is_final = matches!(status, Some(400 | 403 | 404));
    let delay = rules
        .profile_delays
        .get(failed as usize)
        .copied()
        .filter(|_| !is_final);
    let unavailable = ProfileUnavailable {
        status,
        code: code.to_owned(),
        retry_at: delay.map(|delay| now + delay),
    };
    let (mut decision, thread) = told(now, unavailable);
    if delay.is_none() {
        draw_greeting(&mut decision, state, thread);
    }
    decision
}

fn told(now: DateTime<Utc>, event: impl Into<events::UserEvent>) -> (Decision, Uuid) {
    let key = format!("profile/{}", now.timestamp_millis());
    let thread = EventId::derive(["profile", key.as_str()]).0;
    let mut decision = Decision::new(key);
    decision.record(thread, thread, event);
    (decision, thread)
}

/// A greeting that went out before says that the person is being looked for.
fn draw_greeting(decision: &mut Decision, state: &UserState, thread: Uuid) {
    let greeted = |greeting: &&Notification| state.installed_at.is_some_and(|at| at <= greeting.queued_at);
    if let Some(greeting) = greeting(state).filter(greeted) {
        update(decision, thread, greeting);
    }
}
