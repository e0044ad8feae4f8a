//! What the person wants to get, when and when not: pausing, quiet hours, topics, and what follows for cards that
//! wait.

use chrono::{DateTime, Days, TimeDelta, Utc};
use chrono_tz::Tz;
use events::organization::{CardKind, Class};
use events::user::{
    DeferReason, Disconnected, NotificationDeferred, NotificationSuppressed, Paused, PreferencesChanged,
    Prompt, QuietDays, QuietHours, Resumed, ResumedBy, SuppressedReason, TimeOfDay,
};

use super::turn::Turn;
use crate::action::{PauseTime, QuietChange, SettingsForm};
use crate::user::quiet;
use crate::user::state::{Notification, Phase};

/// Longest pause.
const LONGEST_PAUSE: TimeDelta = TimeDelta::days(366);
/// How long the card that follows a pause is worth sending.
const CATCH_UP_LIFE: TimeDelta = TimeDelta::days(14);

/// `pause <time>`; without a time that makes sense the settings are shown, where one can be chosen.
pub(super) fn pause(turn: &mut Turn<'_>, time: Option<PauseTime>) {
    let Some(until) = time.and_then(|time| pause_until(turn, time)) else {
        return turn.reply(CardKind::Settings, Prompt::default());
    };
    set_pause(turn, until);
    turn.reply(CardKind::Paused, Prompt::default());
}

/// When a pause ends that a person asked for now; `None` where that is not in the future.
pub(super) fn pause_until(turn: &Turn<'_>, time: PauseTime) -> Option<DateTime<Utc>> {
    let zone = quiet::zone(turn.state).unwrap_or(Tz::UTC);
    let today = turn.now.with_timezone(&zone).date_naive();
    let until = match time {
        PauseTime::For(span) => turn.now.checked_add_signed(span.min(LONGEST_PAUSE))?,
        PauseTime::Until(day) => quiet::start_of(zone, day),
        PauseTime::Tomorrow => quiet::start_of(zone, today.checked_add_days(Days::new(1))?),
        PauseTime::Next(weekday) => {
            let days = today.iter_days().skip(1).take(7);
            let next = days
                .into_iter()
                .find(|day| chrono::Datelike::weekday(day) == weekday)?;
            quiet::start_of(zone, next)
        }
    };
    (until > turn.now).then(|| until.min(turn.now + LONGEST_PAUSE))
}

/// Pauses. The card for afterwards is queued now, to be looked at when the pause ends: so nothing need remember to
/// end it.
pub(super) fn set_pause(turn: &mut Turn<'_>, until: DateTime<Utc>) {
    if turn.state.paused_until == Some(until) {
        return;
    }
    turn.record(Paused { until });
    let id = if let Some(waiting) = waiting_catch_up(turn) {
        waiting.id
    } else {
        let id = turn.second_id("pause");
        let expires_at = until + CATCH_UP_LIFE;
        turn.queue(
            id,
            CardKind::CatchUp,
            Class::Direct,
            expires_at,
            Prompt::default(),
        );
        id
    };
    turn.record(NotificationDeferred {
        notification_id: id,
        until,
        reason: DeferReason::Paused,
    });
}

fn waiting_catch_up<'a>(turn: &Turn<'a>) -> Option<&'a Notification> {
    let mut cards = turn.state.notifications.iter().rev();
    cards.find(|card| card.card == CardKind::CatchUp && matches!(card.phase, Phase::Deferred(_)))
}

/// `resume`. The answer lists what was missed.
pub(super) fn resume(turn: &mut Turn<'_>) {
    end_pause(turn);
    turn.reply(CardKind::Resumed, Prompt::default());
}

/// Ends a pause, and takes back the card that waits for its end; answers whether there was one.
pub(super) fn end_pause(turn: &mut Turn<'_>) -> bool {
    if turn.state.paused_until.is_none() {
        return false;
    }
    turn.record(Resumed {
        by: ResumedBy::Command,
    });
    if let Some(waiting) = waiting_catch_up(turn) {
        turn.record_on(
            waiting,
            NotificationSuppressed {
                notification_id: waiting.id,
                reason: SuppressedReason::Superseded,
            },
        );
    }
    true
}

/// `quiet …`
pub(super) fn quiet(turn: &mut Turn<'_>, change: Option<QuietChange>) {
    let form = SettingsForm {
        quiet: change,
        ..SettingsForm::default()
    };
    save(turn, &form);
    turn.reply(CardKind::Settings, Prompt::default());
}

/// Keeps settings, where they are others than before; answers whether they are.
pub(super) fn save(turn: &mut Turn<'_>, form: &SettingsForm) -> bool {
    let before = &turn.state.preferences;
    let mut after: PreferencesChanged = before.clone();
    after.topics.extend(&form.topics);
    after.topics.retain(|_, how| *how != events::user::TopicWay::On);
    if let Some(change) = form.quiet {
        after.quiet_hours = Some(changed(before.quiet_hours.or(turn.rules.quiet_hours), change));
    }
    if let Some(every) = form.digest {
        let plan = after.digest.unwrap_or_default();
        if plan.every != every {
            after.digest = Some(events::user::DigestPlan { every, ..plan });
        }
    }
    if after == *before {
        return false;
    }
    let moves_digest = after.digest != before.digest;
    let plan = after.digest.unwrap_or_default();
    turn.record(after);
    if moves_digest {
        move_digest(turn, plan);
    }
    true
}

fn changed(before: Option<QuietHours>, change: QuietChange) -> QuietHours {
    let known = before.unwrap_or(QuietHours {
        from: TimeOfDay::of(21, 0),
        to: TimeOfDay::of(7, 0),
        days: QuietDays::All,
        off: false,
    });
    let (from, to) = change.hours.unwrap_or((known.from, known.to));
    QuietHours {
        from,
        to,
        days: change.days.unwrap_or(known.days),
        off: change.off.unwrap_or(known.off),
    }
}

/// A digest that gathers comes when the new plan says.
fn move_digest(turn: &mut Turn<'_>, plan: events::user::DigestPlan) {
    let mut cards = turn.state.notifications.iter().rev();
    let open = cards.find(|card| card.card == CardKind::Digest && matches!(card.phase, Phase::Deferred(_)));
    if let Some(digest) = open {
        let event = NotificationDeferred {
            notification_id: digest.id,
            until: quiet::digest_at(quiet::zone(turn.state), plan, turn.now),
            reason: DeferReason::Digest,
        };
        turn.record_on(digest, event);
    }
}

/// Disconnects, where the person is connected.
pub(super) fn disconnect(turn: &mut Turn<'_>) -> bool {
    if turn.state.connected {
        turn.record(Disconnected {});
    }
    turn.state.connected
}
